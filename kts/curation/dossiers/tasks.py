"""PDFs are made by the worker; what it finished is forgotten after some days.

What sets them takes a quarter of the memory of a process that serves pages, and keeps it.
"""

import time
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from kts.core import storage
from kts.core.clock import now
from kts.core.tasks import after_commit, nightly, recover, task
from kts.curation.dossiers.exporting.content import digest_of, length_of
from kts.curation.dossiers.models import DossierExport
from kts.extensions import db

#: Characters that are set in about a second; more would let a visitor wait without a word.
LONG = 30_000
PATIENCE = 3.0  # seconds that an answer waits for a short one
GLANCE = 0.1
MOST_ATTEMPTS = 3
KEPT_FOR = timedelta(days=3)


def is_long(content: dict[str, Any]) -> bool:
    """Say whether setting it takes longer than a visitor should wait for a page."""
    return length_of(content) > LONG


def awaited(content: dict[str, Any]) -> DossierExport | None:
    """Give the export as soon as the worker has made it; a long one only where it is there.

    Waits outside of a transaction, so that it holds nobody up.
    """
    until = time.monotonic() + (0 if is_long(content) else PATIENCE)
    while True:
        export = finished_export(content)
        if export is not None or time.monotonic() >= until:
            return export
        db.session.rollback()
        time.sleep(GLANCE)


def pdf_of(content: dict[str, Any], cover: Path | None) -> bytes:
    """Set the content as PDF."""
    from kts.curation.dossiers.exporting import pdf  # 35 MB that pages have no use for

    return pdf.pdf_of(content, cover)


def cover_file(content: dict[str, Any]) -> Path | None:
    """Give the file of the cover image, if there is one."""
    key = (content.get("cover") or {}).get("key")
    path = storage.blob_path(key) if key else None
    return path if path and path.is_file() else None


def wanted_export(content: dict[str, Any]) -> DossierExport:
    """Give the export with this content, noted for the worker where nobody wanted it before.

    The caller commits.
    """
    digest = digest_of(content)
    export = db.session.scalar(select(DossierExport).filter_by(digest=digest))
    if export is None:
        export = DossierExport(digest=digest, content=content)
        try:
            with db.session.begin_nested():
                db.session.add(export)
        except IntegrityError:  # somebody else asked for the same at the same moment
            return db.session.scalars(select(DossierExport).filter_by(digest=digest)).one()
        after_commit(make_pdf, export.id)
    return export


def has_failed(export: DossierExport) -> bool:
    """Say whether it was tried often enough."""
    return export.blob_key is None and export.attempts >= MOST_ATTEMPTS


def finished_export(content: dict[str, Any]) -> DossierExport | None:
    """Give the export with this content where it is made; reads only."""
    export = db.session.scalar(select(DossierExport).filter_by(digest=digest_of(content)))
    return export if export is not None and export.blob_key else None


@task
def make_pdf(export_id: int) -> None:
    """Set one export; another process may have done it already."""
    export = db.session.get(DossierExport, export_id)
    if export is None or export.content is None or export.attempts >= MOST_ATTEMPTS:
        return
    content = export.content
    export.attempts += 1
    db.session.commit()
    blob = storage.store(BytesIO(pdf_of(content, cover_file(content))))
    export = db.session.get_one(DossierExport, export_id)
    export.blob_key, export.content = blob.key, None
    db.session.commit()


@recover
def find_unfinished() -> None:
    """Make what a lost queue or a killed worker left behind."""
    statement = select(DossierExport.id).where(
        DossierExport.blob_key.is_(None), DossierExport.attempts < MOST_ATTEMPTS
    )
    for export_id in db.session.scalars(statement).all():
        make_pdf(export_id)


@nightly
def forget_old() -> None:
    """Delete exports that were made some days ago, with their files."""
    old = db.session.scalars(
        select(DossierExport).where(DossierExport.created < now() - KEPT_FOR)
    ).all()
    keys = [export.blob_key for export in old if export.blob_key]
    for export in old:
        db.session.delete(export)
    db.session.commit()
    for key in keys:
        storage.delete_unused(key)
