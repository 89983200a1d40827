"""Migrations lead from nothing to what the models say, and back."""

import re
from pathlib import Path

import flask_migrate
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from kts.cli import migrating
from kts.documents.models import KINDS, Document
from kts.extensions import db
from tests.conftest import make_app

VERSIONS = Path(__file__).resolve().parents[2] / "migrations" / "versions"


@pytest.fixture
def empty(tmp_path):
    app = make_app(tmp_path)
    migrating.bind(app)
    with app.app_context():
        yield
        db.session.remove()
        db.engine.dispose()


def tables():
    return set(inspect(db.engine).get_table_names()) - {"alembic_version"}


@pytest.mark.usefixtures("empty")
def test_migrations_from_empty_give_what_the_models_say():
    flask_migrate.upgrade()
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, db.metadata) == []


@pytest.mark.usefixtures("empty")
def test_all_migrations_can_be_taken_back():
    flask_migrate.upgrade()
    assert tables()
    flask_migrate.downgrade(revision="base")
    assert tables() == set()


@pytest.mark.usefixtures("empty")
def test_a_migrated_database_takes_every_kind_of_document():
    flask_migrate.upgrade()
    db.session.add_all(Document(title=kind, kind=kind) for kind in KINDS)
    db.session.flush()
    db.session.rollback()


def test_migrations_do_not_lean_on_the_models():
    for path in VERSIONS.glob("*.py"):
        assert not re.search(r"^\s*(from|import) kts", path.read_text(), re.M), path.name
        assert re.match(r"\d{8}_\w+\.py", path.name), path.name
