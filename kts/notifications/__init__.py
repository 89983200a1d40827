"""Who hears about what: notifications in the site."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Bind the page and the count in the header."""
    from kts.notifications import queries
    from kts.notifications.views import notifications

    app.register_blueprint(notifications)
    app.jinja_env.globals["unread_notifications"] = queries.unread_count
