"""How Alembic reaches the application's database; run through ``kts init`` and ``kts upgrade``."""

from alembic import context
from flask import current_app
from sqlalchemy.types import TypeDecorator

db = current_app.extensions["migrate"].db


def drop_empty(migration_context, revision, directives):
    """Write no revision where tables and models already match."""
    if (
        getattr(context.config.cmd_opts, "autogenerate", False)
        and directives[0].upgrade_ops.is_empty()
    ):
        directives[:] = []


def render_plainly(kind, thing, _autogen_context):
    """Write the columns' own types, so that a revision never leans on the models."""
    if kind == "type" and isinstance(thing, TypeDecorator):
        return f"sa.{thing.impl!r}"
    return False


def switch_foreign_keys(connection, state):
    """SQLite changes a table by copying it; what refers to it must not notice."""
    if connection.dialect.name == "sqlite":
        connection.connection.driver_connection.execute(f"PRAGMA foreign_keys={state}")


with db.engine.connect() as connection:
    switch_foreign_keys(connection, "OFF")
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        render_as_batch=True,
        render_item=render_plainly,
        compare_type=True,
        compare_server_default=False,
        process_revision_directives=drop_empty,
    )
    try:
        with context.begin_transaction():
            context.run_migrations()
    finally:
        switch_foreign_keys(connection, "ON")
