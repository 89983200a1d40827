"""``kts import gv100ad`` and ``kts import projects``."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

import click
from flask.cli import with_appcontext

from kts.core.transactions import writing
from kts.extensions import db
from kts.municipalities import coordinates, projects, register, services
from kts.municipalities.register import Refusal

FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
MOST_SHOWN = 20  # refused lines; more would scroll the counts away


@click.command("gv100ad")
@FILE
@with_appcontext
def gv100ad_command(file: Path) -> None:
    """Import the official register of municipalities (Destatis, format GV100AD)."""
    started = time.monotonic()
    try:
        found = register.read(file)
        click.echo(
            f"Register of {found.date}: {len(found.municipalities)} municipalities, "
            f"{found.district_count} districts, {found.association_count} associations."
        )
        click.echo("Matching coordinates ...")
        places = coordinates.locate(found.entries)
        with writing(), click.progressbar(length=len(found.entries), label="Writing") as bar:
            counts = services.import_register(found, places, bar.update)
            db.session.commit()
    except register.RegisterError as error:
        db.session.rollback()
        raise click.ClickException(str(error)) from error
    independent = found.district_count - len(found.districts)
    _name_refused(found.refusals)
    click.echo(
        f"{counts.new} new, {counts.changed} changed, {counts.unchanged} unchanged, "
        f"{len(found.refusals)} lines refused, {counts.gone} no longer in the register (kept); "
        f"{len(places)} with coordinates; {time.monotonic() - started:.1f} s."
    )
    click.echo(
        f"Rows: {len(found.municipalities)} municipalities and {len(found.districts)} districts; "
        f"the other {independent} districts are independent towns and have one row only."
    )


@click.command("projects")
@FILE
@with_appcontext
def projects_command(file: Path) -> None:
    """Import the list of model projects (CSV)."""
    try:
        found = projects.read(file)
    except projects.ProjectsError as error:
        raise click.ClickException(str(error)) from error
    with writing(), click.progressbar(length=len(found.rows), label="Projects") as bar:
        services.seed_topics()
        counts = services.import_projects(found.rows, bar.update)
        db.session.commit()
    refusals = found.refusals + counts.refusals
    _name_refused(refusals)
    click.echo(
        f"{counts.new} new, {counts.changed} changed, {counts.unchanged} unchanged, "
        f"{len(refusals)} lines refused."
    )


def _name_refused(refusals: Iterable[Refusal]) -> None:
    refusals = sorted(refusals, key=lambda refusal: refusal.line)
    for refusal in refusals[:MOST_SHOWN]:
        click.echo(f"line {refusal.line} refused: {refusal.reason}", err=True)
    if len(refusals) > MOST_SHOWN:
        click.echo(f"... and {len(refusals) - MOST_SHOWN} more lines", err=True)
