"""The ``kts`` command: what outsiders and operators rely on (docs/operating.md)."""

import click
from flask import Flask
from flask.cli import FlaskGroup

from kts.cli import migrating
from kts.cli.accounts import user
from kts.cli.backups import backup, restore
from kts.cli.imports import imports
from kts.cli.installation import check, demo, init, upgrade
from kts.cli.processes import serve, worker
from kts.config import ConfigError


def _make_app() -> Flask:
    from kts import create_app

    try:
        app = create_app()
    except ConfigError as error:
        raise click.ClickException(str(error)) from error
    migrating.bind(app)
    return app


group = FlaskGroup(
    name="kts",
    create_app=_make_app,
    add_default_commands=False,
    set_debug_flag=False,
    help="Run and look after the knowledge-transfer platform.",
)
for command in (backup, check, demo, imports, init, restore, serve, upgrade, user, worker):
    group.add_command(command)


def main() -> None:
    """Run the command line."""
    from kts.documents.cli import documents_group
    from kts.search.cli import index, search

    group.add_command(documents_group)
    group.add_command(index)
    group.add_command(search)
    group(prog_name="kts")
