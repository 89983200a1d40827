"""The public interface for programs: reads, as the caller may see them."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Bind the interface and the health checks."""
    from kts.api.health import health
    from kts.api.views import api

    app.register_blueprint(api)
    app.register_blueprint(health)
