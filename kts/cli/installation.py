"""``kts init``, ``upgrade``, ``demo`` and ``check``: set an installation up and look after it."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import click
import flask_migrate
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import inspect, text

from kts.assets import asset_url
from kts.config import Settings
from kts.core.errors import DomainError
from kts.core.transactions import reading
from kts.extensions import db


def _settings() -> Settings:
    return current_app.config["KTS"]


@click.command()
@with_appcontext
def init() -> None:
    """Make data folder, secret key, tables and first vocabularies; can be run again."""
    make_secret()
    flask_migrate.upgrade()
    seed()
    click.echo(f"Ready: {_settings().instance.resolve()}")
    click.echo("Next: `kts demo` for sample content, or `kts user create EMAIL --role admin …`,")
    click.echo("then `kts serve`.")


@click.command()
@with_appcontext
def upgrade() -> None:
    """Bring the tables to this release; run it after every update."""
    flask_migrate.upgrade()
    seed()
    click.echo("The database is up to date.")


def make_secret() -> None:
    """Write the key that signs sessions, readable by the owner alone, unless there is one."""
    instance = _settings().instance
    instance.mkdir(parents=True, exist_ok=True)
    path = instance / "secret_key"
    if not path.exists() and not current_app.secret_key:
        instance.chmod(0o700)  # people's data: for the user that runs the site alone
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48) + "\n")
        current_app.secret_key = path.read_text().strip()


def seed() -> None:
    """Add the vocabularies that every installation starts with; change none."""
    from kts.curation.reporting.services import seed_house_rules
    from kts.forum.services import seed_categories
    from kts.municipalities.services import seed_topics
    from kts.search.services import seed_synonyms

    for add in (seed_topics, seed_synonyms, seed_categories, seed_house_rules):
        add()
    db.session.commit()


@click.command()
@click.option("--force", is_flag=True, help="Even though real people use this installation.")
@click.option("--optional", is_flag=True, help="No error where real people use it already.")
@with_appcontext
def demo(force: bool, optional: bool) -> None:
    """Fill the site with made-up sample content and the 73 real model projects."""
    from kts import demo as sample

    try:
        counts = sample.load(click.echo, force=force)
    except DomainError as error:
        if optional:
            click.echo(error.message)
            return
        raise click.ClickException(error.message) from error
    click.echo("  ".join(f"{name}: {count}" for name, count in counts.items()))
    click.echo(f"Sign in at {_settings().base_url.rstrip('/')}/anmelden with one of")
    for email, role in sample.SIGN_INS:
        click.echo(f"  {email:<26} {role}")
    click.echo(f"  password: {sample.PASSWORD}")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; ``problem`` is empty where it is sound."""

    what: str
    problem: str = ""
    remedy: str = ""


@click.command()
@with_appcontext
def check() -> None:
    """Look whether this installation is sound; exit with 1 where it is not."""
    with reading():  # the site writes on meanwhile
        found = list(findings())
    for finding in found:
        click.echo(f"{'PROBLEM' if finding.problem else 'ok     '} {finding.what}")
        if finding.problem:
            click.echo(f"        {finding.problem}\n        {finding.remedy}")
    if any(finding.problem for finding in found):
        raise SystemExit(1)


def findings() -> Iterator[Finding]:
    """Examine one part after the other; a part that raises is a finding itself."""
    for what, examine, remedy in (
        ("secret key", _check_secret, "Run `kts init`, or set KTS_SECRET_KEY."),
        ("data folder", _check_folder, "Give the user that runs the site write access to it."),
        ("database and migrations", _check_database, "Run `kts upgrade`."),
        ("uploaded files", _check_files, "Restore the files from a backup (`kts restore`)."),
        ("search index", _check_index, "Run `kts index check`, then `kts index rebuild`."),
        ("static assets", _check_assets, "Run `make setup`."),
        ("mails", _check_mails, "Look at KTS_MAIL_URL and the mail server; nothing is lost."),
    ):
        yield _finding(what, examine, remedy)


def _finding(what: str, examine: Callable[[], str], remedy: str) -> Finding:
    try:
        problem = examine()
    except Exception as error:
        problem = f"{type(error).__name__}: {error}"
    finally:
        db.session.rollback()
    return Finding(what, problem, remedy if problem else "")


def _check_secret() -> str:
    key = current_app.secret_key or ""
    return "" if len(key) >= 32 else "It is missing or shorter than 32 characters."


def _check_folder() -> str:
    probe = _settings().instance / ".write-probe"
    probe.write_text("x")
    probe.unlink()
    return ""


def _check_database() -> str:
    db.session.execute(text("SELECT 1"))
    if _settings().uses_sqlite:
        result = db.session.scalar(text("PRAGMA quick_check"))
        if result != "ok":
            return f"SQLite says: {result}"
    current = MigrationContext.configure(db.session.connection()).get_current_revision()
    head = ScriptDirectory(current_app.extensions["migrate"].directory).get_current_head()
    return "" if current == head else f"The tables are at {current}, this release wants {head}."


def _check_files() -> str:
    from kts.core import storage
    from kts.documents.models import DocumentVersion
    from kts.forum.models.attachments import Attachment

    kept = db.union(db.select(DocumentVersion.blob_key), db.select(Attachment.blob_key))
    keys = db.session.scalars(kept).all()
    missing = [key for key in keys if not storage.exists(key)]
    return f"{len(missing)} of {len(keys)} files are missing." if missing else ""


def _check_index() -> str:
    from kts.search.sync import differences

    found = differences()
    return f"{found} entries differ from the database." if found else ""


def _check_assets() -> str:
    for name in ("vendor/kern.css", "vendor/htmx.js", "css/site.css"):
        asset_url(name)  # raises with what is missing
    return ""


def _check_mails() -> str:
    from kts.core.mail import MailDelivery

    if "mail_delivery" not in inspect(db.engine).get_table_names():
        return "The table is missing."
    stuck = db.session.scalar(
        db.select(db.func.count())
        .select_from(MailDelivery)
        .filter(MailDelivery.sent.is_(None), MailDelivery.attempts > 2)
    )
    return f"{stuck} mails were refused three times or more." if stuck else ""
