"""Migrations, bound where commands run: the processes that serve pages need none of it."""

from pathlib import Path

from flask import Flask
from flask_migrate import Migrate

from kts.extensions import db

MIGRATIONS = Path(__file__).parents[2] / "migrations"


def bind(app: Flask) -> None:
    """Let ``flask_migrate.upgrade()`` find the application's migrations."""
    Migrate(directory=str(MIGRATIONS)).init_app(app, db)
