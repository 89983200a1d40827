"""``kts import documents``: takes over files listed in a manifest (see :mod:`.manifest`).

Each row is taken or refused as a whole and committed by itself: what was imported before an
interruption stays, and the next run goes on. A file is recognised by its content and its key, so
a second run changes nothing; a row whose file has changed becomes a newer version.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext
from flask_babel import force_locale
from sqlalchemy import select

from kts.core.errors import DomainError, Invalid
from kts.documents import completion, recognition, services, tasks
from kts.documents import manifest as manifests
from kts.documents.extraction import tesseract
from kts.documents.licences import recognise
from kts.documents.manifest import Manifest, ManifestError, Refused, Row
from kts.documents.messages import explain
from kts.documents.models import Document, DocumentVersion
from kts.documents.queries import all_topics, find_municipality
from kts.extensions import db
from kts.municipalities.models import Municipality, Topic
from kts.municipalities.queries import topics_by_name
from kts.municipalities.services import seed_topics

MOST_SHOWN = 50  # refused lines; more would scroll the counts away


@dataclass
class Counts:
    """What became of the rows."""

    documents: int = 0
    versions: int = 0
    changed: int = 0
    unchanged: int = 0
    pages: int = 0
    refused: list[Refused] = field(default_factory=list)
    notes: list[Refused] = field(default_factory=list)


@click.command("documents")
@click.argument("manifest", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_appcontext
def documents_command(manifest: Path) -> None:
    """Import documents listed in a CSV manifest, reading every page."""
    started = time.monotonic()
    try:
        found = manifests.read(manifest)
    except ManifestError as error:
        raise click.ClickException(str(error)) from error
    with (
        force_locale("en"),
        click.progressbar(
            length=len(found.rows), label="Documents", item_show_func=lambda text: text or ""
        ) as bar,
    ):
        counts = import_documents(found, bar.update)
    _name(counts.notes, "")
    _name(counts.refused, "refused")
    click.echo(
        f"{counts.documents} new documents, {counts.versions} newer versions, "
        f"{counts.changed} changed, {counts.unchanged} unchanged, "
        f"{len(counts.refused)} lines refused; {counts.pages} pages read "
        f"in {time.monotonic() - started:.1f} s."
    )


def _name(lines: Sequence[Refused], what: str) -> None:
    for line in sorted(lines, key=lambda refused: refused.line)[:MOST_SHOWN]:
        click.echo(f"line {line.line}{' ' if what else ''}{what}: {line.reason}", err=True)
    if len(lines) > MOST_SHOWN:
        click.echo(f"... and {len(lines) - MOST_SHOWN} more lines", err=True)


def import_documents(found: Manifest, step: Callable[..., Any] = lambda *_: None) -> Counts:
    """Import the rows; ``step(number, text)`` is told of rows done and pages read. Commits."""
    counts = Counts(refused=list(found.refused))
    known: dict[str, int] = {}
    if not all_topics():
        seed_topics()
    db.session.commit()
    for row in found.rows:
        try:
            document = _take(row, known, counts, step)
        except DomainError as error:
            db.session.rollback()
            counts.refused.append(Refused(row.line, error.message))
        else:
            known[row.key] = known[row.file] = document.id
        step(1, None)
    return counts


def _take(row: Row, known: dict[str, int], counts: Counts, step: Callable[..., Any]) -> Document:
    values = _values(row, counts)
    digest = _digest(row.path)
    document = _target(row, known, digest, values)
    present = _version_with(document, digest)
    if document is not None and present is not None:
        _note_unchanged(row, document, present, values, counts)
        return document
    document_id = document.id if document else None
    db.session.commit()  # reading the file takes seconds: no transaction may wait for it
    with row.path.open("rb") as file:
        received = services.receive(file, row.path.name)
    with services.kept_if_published(received):
        version = _publish(row, document_id, received, values)
        db.session.commit()
    version = _read(version.id, row, step)
    document = version.document
    if document_id is None:
        counts.documents += 1
    else:
        counts.versions += 1
        services.edit_document(None, document, **_stated(row, values))
        db.session.commit()
    counts.pages += version.page_count
    return document


def _values(row: Row, counts: Counts) -> dict[str, Any]:
    """Give what the row says, with the municipality and topics found."""
    municipality = _municipality(row.municipality)
    topics = _topics(row, counts)
    return {
        "title": row.title,
        "year": row.year,
        "language": row.language,
        "licence": recognise(row.licence),
        "description": row.description,
        "publisher": row.publisher[:200],
        "source_url": row.source_url[:1000],
        "topics": topics,
        "municipality_id": municipality.id if municipality else None,
        "kind": row.kind or "strategy",
        "visibility": row.visibility or "public",
    }


def _municipality(text: str) -> Municipality | None:
    return find_municipality(text) if text else None


def _topics(row: Row, counts: Counts) -> list[Topic]:
    """Find the topics by name or slug; an unknown one is left out and named."""
    vocabulary = topics_by_name()
    found: list[Topic] = []
    for name in row.topics:
        topic = vocabulary.get(name.casefold())
        if topic is None:
            text = f"topic “{name}” is not in the vocabulary and was left out"
            counts.notes.append(Refused(row.line, text))
        elif topic not in found:
            found.append(topic)
    return found


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _target(
    row: Row, known: dict[str, int], digest: str, values: dict[str, Any]
) -> Document | None:
    """Give the document that the row belongs to; None for a new one."""
    if row.group_with:
        return _grouped(row, known)
    versions = db.session.scalars(
        select(DocumentVersion).filter_by(external_key=row.key).order_by(DocumentVersion.id)
    ).all()
    for version in versions:
        document = version.document
        same_name = row.title in ("", document.title)
        if document.municipality_id == values["municipality_id"] and (
            version.blob_key == digest or same_name
        ):
            return document
    moved = db.session.scalars(
        select(DocumentVersion)
        .join(Document, DocumentVersion.document_id == Document.id)
        .where(
            DocumentVersion.blob_key == digest,
            DocumentVersion.external_key.is_not(None),
            Document.municipality_id == values["municipality_id"],
            Document.title == row.title,
        )
    ).first()
    return moved.document if moved else None


def _grouped(row: Row, known: dict[str, int]) -> Document:
    if row.group_with in known:
        return db.session.get_one(Document, known[row.group_with])
    earlier = db.session.scalar(
        select(DocumentVersion)
        .filter_by(external_key=row.group_with)
        .order_by(DocumentVersion.id.desc())
        .limit(1)
    )
    if earlier is None or row.group_with in (row.key, row.file):
        raise Invalid(f"group_with “{row.group_with}” names no earlier row that was imported")
    return earlier.document


def _version_with(document: Document | None, digest: str) -> DocumentVersion | None:
    versions = document.versions if document else []
    return next((version for version in versions if version.blob_key == digest), None)


def _note_unchanged(
    row: Row,
    document: Document,
    version: DocumentVersion,
    values: dict[str, Any],
    counts: Counts,
) -> None:
    """Take changed details over, unless a newer version has its own."""
    changed = False
    if version is document.newest_version:
        changed = services.edit_document(None, document, **_stated(row, values))
    db.session.commit()
    counts.changed += changed
    counts.unchanged += not changed


def _stated(row: Row, values: dict[str, Any]) -> dict[str, Any]:
    """Give what the row says itself: an empty column changes nothing."""
    stated = {name: value for name, value in values.items() if value or name == "year"}
    if row.year is None:
        stated.pop("year", None)
    if not row.kind:
        stated.pop("kind", None)
    if not row.visibility:
        stated.pop("visibility", None)
    return stated


def _publish(
    row: Row, document_id: int | None, received: services.Received, values: dict[str, Any]
) -> DocumentVersion:
    common = {"external_key": row.key, "label": row.label, "in_background": False}
    if document_id is None:
        document = services.publish_document(None, received, **common, **values)
        return document.versions[0]
    document = db.session.get_one(Document, document_id)
    return services.publish_version(None, document, received, year=values["year"], **common)


def _read(version_id: int, row: Row, step: Callable[..., Any]) -> DocumentVersion:
    """Read the version's text now; what can't be read is removed again."""
    tasks.extract_version(
        version_id, lambda done, total: step(0, f"{row.path.name} {done}/{total}")
    )
    version = db.session.get_one(DocumentVersion, version_id, populate_existing=True)
    if version.is_ready:
        return version
    reason = explain(version.extraction_error or "broken", version.extraction_detail)
    document = version.document
    if len(document.versions) > 1:
        services.delete_version(version)
    else:
        services.delete_document(None, document)
    db.session.commit()
    raise Invalid(reason)


@click.group("documents")
def documents_group() -> None:
    """Look after what was read from the library's files."""


@documents_group.command("ocr")
@with_appcontext
def ocr_command() -> None:
    """Recognise the text of scanned pages now; the worker does the same by itself."""
    if not tesseract.languages():
        raise click.ClickException(
            "Tesseract with its German model is not installed. On Debian and Ubuntu: "
            "apt install tesseract-ocr tesseract-ocr-deu"
        )
    recognition.settle_availability()
    with click.progressbar(length=recognition.count_waiting(), label="Pages") as bar:
        while waiting := recognition.waiting_versions():
            done = recognition.recognise_some(waiting[0], lambda: bar.update(1))
            if not done and recognition.waiting_versions() == waiting:
                break
    left = recognition.count_waiting()
    click.echo(f"{left} scanned pages wait, the worker is at it." if left else "All are read.")


@documents_group.command("complete")
@with_appcontext
def complete_command() -> None:
    """Read again from PDFs what earlier releases did not keep: places of words, accessibility."""
    number = len(completion.incomplete_versions())
    with click.progressbar(length=number, label="Versions") as bar:
        done = completion.complete_versions(number, lambda: bar.update(1))
    click.echo(f"{done} versions completed.")
