"""The knowledge-transfer platform of the Koordinations- und Transferstelle (KTS)."""

from importlib import import_module
from typing import Any

from flask import Flask

from kts import assets, config, extensions
from kts.core import access, errors, mail, shared_pages, tasks, transactions, web
from kts.version import __version__

__all__ = ["__version__", "create_app"]


def create_app(overrides: dict[str, Any] | None = None, **settings: Any) -> Flask:
    """Make the application; ``settings`` override KTS_* variables, ``overrides`` Flask's own."""
    app = Flask(__name__, instance_relative_config=False, static_folder=None)
    app.config.update(config.flask_config(config.load_settings(**settings)))
    app.config.update(overrides or {})
    _bind_extensions(app)
    _add_features(app)
    _refuse_undeclared_routes(app)
    return app


def _bind_extensions(app: Flask) -> None:
    extensions.db.init_app(app)
    extensions.csrf.init_app(app)
    extensions.limiter.init_app(app)
    extensions.compress.init_app(app)
    transactions.init_app(app)
    shared_pages.init_app(app)
    web.init_app(app)
    tasks.init_app(app)
    mail.init_app(app)
    errors.init_app(app)
    assets.init_app(app)


#: From left to right: each may import those before it (docs/architecture.md).
FEATURES = (
    "accounts",
    "search",
    "notifications",
    "saved_searches",
    "municipalities",
    "documents",
    "forum",
    "curation",
    "home",
    "api",
)


def _add_features(app: Flask) -> None:
    for feature in FEATURES:
        import_module(f"kts.{feature}").init_app(app)


def _refuse_undeclared_routes(app: Flask) -> None:
    if missing := access.undeclared_routes(app):
        raise RuntimeError(
            'These routes declare no access rule; put @access.rule("everyone" | "signed-in" | '
            '"moderator" | "admin" | "policy") from kts.core.access directly below @bp.route: '
            + ", ".join(missing)
        )
