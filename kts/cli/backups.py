"""``kts backup`` and ``kts restore``: everything that must not be lost, in one file.

The archive holds a consistent copy of the database (taken while the site runs), the uploaded
files, the secret key, and a list of checksums. The search index, previews of pages and the queue
are left out, since they are made again from the rest. Restoring checks every checksum before it
changes anything.
"""

import hashlib
import json
import shutil
import sqlite3
import tarfile
import tempfile
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from kts.config import Settings
from kts.core import storage
from kts.core.clock import now
from kts.extensions import db
from kts.version import __version__

MANIFEST = "manifest.json"
DATABASE = "kts.sqlite3"


def _sqlite_settings() -> Settings:
    settings: Settings = current_app.config["KTS"]
    if not settings.uses_sqlite:
        raise click.ClickException(
            "The database is not SQLite: use pg_dump for it, and copy the files folder."
        )
    return settings


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
def backup(file: Path) -> None:
    """Write database, files and key to FILE (.tar.gz); the site may run on."""
    settings = _sqlite_settings()
    partial = file.with_name(file.name + ".part")
    partial.unlink(missing_ok=True)
    partial.touch(mode=0o600)  # it holds the key, and what only members may read
    try:
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / DATABASE
            _copy_database(copy)
            count = _write_archive(partial, copy, settings)
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)
    click.echo(f"{file}: {count} entries, {file.stat().st_size / 1e6:.1f} MB")


def _copy_database(target: Path) -> None:
    path = db.engine.url.database or ""
    source, copy = sqlite3.connect(path), sqlite3.connect(target)
    with source, copy:
        source.backup(copy)
    source.close()
    copy.close()


def _write_archive(target: Path, database: Path, settings: Settings) -> int:
    entries: dict[str, str] = {}
    with tarfile.open(target, "w:gz", compresslevel=3) as archive:

        def add(path: Path, name: str) -> None:
            entries[name] = _digest(path)
            archive.add(path, name)

        add(database, DATABASE)
        secret = settings.instance / "secret_key"
        if secret.exists():
            add(secret, "secret_key")
        keys = list(storage.all_keys())
        with click.progressbar(keys, label="Files") as progress:
            for key in progress:
                add(storage.blob_path(key), f"files/{key}")
        manifest = Path(database).with_name(MANIFEST)
        manifest.write_text(
            json.dumps({"version": __version__, "made": now().isoformat(), "sha256": entries})
        )
        archive.add(manifest, MANIFEST)
    return len(entries)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace what this installation holds now.")
@with_appcontext
def restore(file: Path, force: bool) -> None:
    """Bring back what `kts backup` wrote to FILE; stop the site first."""
    settings = _sqlite_settings()
    if _has_people() and not force:
        raise click.ClickException(
            "This installation is not empty. Nothing was changed; --force replaces its content."
        )
    with tempfile.TemporaryDirectory(dir=settings.instance) as folder:
        unpacked = Path(folder)
        count = _unpack(file, unpacked)
        db.session.remove()
        db.engine.dispose()
        _put_in_place(unpacked, settings)
    click.echo(f"{count} entries are back. The search index is made anew at the next start.")


def _has_people() -> bool:
    from sqlalchemy import inspect

    from kts.accounts.models import User

    if "user" not in inspect(db.engine).get_table_names():
        return False
    return db.session.scalar(db.select(User.id).limit(1)) is not None


def _unpack(file: Path, target: Path) -> int:
    try:
        with tarfile.open(file) as archive:
            archive.extractall(target, filter="data")
        manifest = json.loads((target / MANIFEST).read_text())
    except (tarfile.TarError, EOFError, OSError, KeyError, ValueError) as error:
        raise click.ClickException(
            f"{file} is no complete backup ({type(error).__name__}). Nothing was changed."
        ) from error
    entries: dict[str, str] = manifest["sha256"]
    for name, digest in entries.items():
        path = target / name
        if not path.is_file() or _digest(path) != digest:
            raise click.ClickException(
                f"{name} in the backup is missing or damaged. Nothing was changed."
            )
    return len(entries)


def _put_in_place(unpacked: Path, settings: Settings) -> None:
    for path in (unpacked / "files").glob("*"):
        final = storage.blob_path(path.name)
        final.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(path, final)
    if (unpacked / "secret_key").exists():
        shutil.move(unpacked / "secret_key", settings.instance / "secret_key")
    database = Path(settings.database.removeprefix("sqlite:///"))
    for suffix in ("-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)
    shutil.move(unpacked / DATABASE, database)
    shutil.rmtree(settings.instance / "index", ignore_errors=True)
