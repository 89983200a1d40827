"""People: sign-in, roles, groups, membership in a municipality."""

from flask import Flask

from kts.core import access
from kts.extensions import login


def init_app(app: Flask) -> None:
    """Bind sign-in, the policies and the pages."""
    from kts.accounts import archives, policies, queries, views, waiting
    from kts.accounts.models import Guest

    login.init_app(app)
    login.anonymous_user = Guest
    login.session_protection = "basic"
    login.user_loader(queries.load_user)
    access.register(app, policies)
    archives.init_app(app)
    waiting.register()
    for blueprint in views.BLUEPRINTS:
        app.register_blueprint(blueprint)
