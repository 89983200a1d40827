"""Sample documents: made as real files, published and read like any upload.

Their text is read at once, since the sample threads link to pages of it; the pictures of the
pages are drawn by the worker afterwards.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from kts.core.text import slugify
from kts.curation.reviewing.models import TrustedMunicipality
from kts.demo import ageing, content, files
from kts.documents.models import Document, DocumentVersion
from kts.documents.search import KIND
from kts.documents.services import (
    Received,
    kept_if_published,
    publish_document,
    publish_version,
    receive,
)
from kts.documents.tasks import extract_version
from kts.extensions import db

if TYPE_CHECKING:
    from kts.demo import Loaded

TRUSTED_FOR = 90  # days; since before the first document


def load_documents(loaded: Loaded) -> dict[str, int]:
    """Publish the versions that are missing, oldest first."""
    _trust_places(loaded)
    documents = versions = 0
    for entry in content.read("documents")["document"]:
        for version in entry["version"]:
            known = _known(version)
            if known is None:
                documents += version is entry["version"][0]
                versions += 1
                known = _publish(loaded, entry, version)
            if known.is_waiting:
                _read(loaded, known, version)
            loaded.documents[entry["key"]] = known.document
    return {"sample_documents": documents, "sample_versions": versions}


def _trust_places(loaded: Loaded) -> None:
    """Let the sample municipalities publish at once: what they publish is there from the start."""
    known = set(db.session.scalars(db.select(TrustedMunicipality.municipality_id)))
    for place in loaded.places.values():
        if place.id not in known:
            since = loaded.ago(TRUSTED_FOR)
            trusted = TrustedMunicipality(
                municipality_id=place.id, since=since, reason="Beispielkommune"
            )
            db.session.add(trusted)
    db.session.commit()


def _key(version: content.Entry) -> str:
    return f"demo:{version['source']}"


def _known(version: content.Entry) -> DocumentVersion | None:
    return db.session.scalar(db.select(DocumentVersion).filter_by(external_key=_key(version)))


def _publish(loaded: Loaded, entry: content.Entry, version: content.Entry) -> DocumentVersion:
    place = loaded.places[entry["municipality"]]
    sheet = files.Sheet(entry["title"], place.name, version["year"], version.get("label", ""))
    made = files.make(sheet, content.text_of(version["source"]), version["format"])
    name = f"{slugify(entry['title'])}-{version['year']}.{version['format']}"
    db.session.commit()  # looking at a file takes a moment: no transaction may wait for it
    received = receive(io.BytesIO(made), name)
    with kept_if_published(received):
        row = _add(loaded, entry, version, received)
        db.session.commit()
    return row


def _read(loaded: Loaded, row: DocumentVersion, version: content.Entry) -> None:
    """Read the text, also of a version that an interrupted run has left, and date it back."""
    db.session.commit()
    extract_version(row.id)
    moment = loaded.ago(version["days"])
    row.created = row.document.updated = moment
    if row.number == 1:
        row.document.created = moment
    ageing.date_back(KIND, row.document_id)
    db.session.commit()


def _add(
    loaded: Loaded, entry: content.Entry, version: content.Entry, received: Received
) -> DocumentVersion:
    actor = loaded.people[entry["uploaded_by"]]
    shared = {
        "year": version["year"],
        "label": version.get("label", ""),
        "external_key": _key(version),
        "in_background": False,
    }
    earlier: Document | None = loaded.documents.get(entry["key"])
    if earlier is not None:
        return publish_version(actor, earlier, received, **shared)
    document = publish_document(
        actor,
        received,
        title=entry["title"],
        topics=[loaded.topics[name] for name in entry["topics"]],
        kind=entry["kind"],
        language="de",
        licence=entry["licence"],
        description=entry["description"],
        publisher=entry.get("publisher", ""),
        source_url=entry.get("source_url", ""),
        visibility=loaded.visibility(entry.get("visibility", "public")),
        municipality_id=loaded.places[entry["municipality"]].id,
        **shared,
    )
    return document.versions[0]
