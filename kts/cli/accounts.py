"""``kts user``: accounts from the command line."""

import sys

import click
from email_validator import EmailNotValidError, validate_email
from flask.cli import with_appcontext

from kts.accounts import services
from kts.accounts.models import ROLES
from kts.core.errors import DomainError
from kts.extensions import db


@click.group()
def user() -> None:
    """Accounts."""


@user.command()
@click.argument("email")
@click.option("--name", required=True, help="The name that others read.")
@click.option("--role", type=click.Choice(ROLES), default="member", show_default=True)
@click.option("--municipality", help="AGS or Kreis key of the municipality that she works for.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@with_appcontext
def create(
    email: str, name: str, role: str, municipality: str | None, password_stdin: bool
) -> None:
    """Make an account for EMAIL; without a password it is set by „Passwort vergessen“."""
    try:
        validate_email(email, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise click.ClickException(f"{email} is no e-mail address: {error}") from error
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    try:
        person = services.create_user(email, name, role=role, password=password)
    except DomainError as error:
        raise click.ClickException(error.message) from error
    if municipality:
        _join(person, municipality, role)
    db.session.commit()
    click.echo(f"{person.email}: {role}")
    if role == "editor" and not municipality:
        click.echo("She edits nothing yet: give --municipality, or let a moderator add her.")


def _join(person: services.User, key: str, role: str) -> None:
    from kts.municipalities.models import Municipality

    found = db.session.scalar(
        db.select(Municipality).filter((Municipality.ags == key) | (Municipality.slug == key))
    )
    if found is None:
        raise click.ClickException(f"No municipality has the key {key}; nothing was made.")
    services.add_membership(person, found.id, "editor" if role == "editor" else "member")
