"""What the interface tells about each kind of thing: one function and one schema a kind.

The schema's properties and the function's keys are the same; a test holds them together.
"""

from dataclasses import asdict, dataclass
from typing import Any

from flask import current_app

from kts.documents.accessibility import level_of
from kts.documents.licences import Licence
from kts.documents.models import KINDS, Document, DocumentVersion
from kts.forum.models import Thread
from kts.municipalities.models import ModelProject, Municipality

STRING = {"type": "string"}
NULLABLE_STRING = {"type": ["string", "null"]}
INTEGER = {"type": "integer"}
NULLABLE_INTEGER = {"type": ["integer", "null"]}
STRINGS = {"type": "array", "items": STRING}
MOMENT = {"type": "string", "format": "date-time"}


def external(path: str) -> str:
    """Give the full address of a page of this site."""
    return current_app.config["KTS"].base_url.rstrip("/") + path


def _slug(thing: Any) -> str | None:
    return thing.slug if thing is not None else None


def municipality(row: Municipality) -> dict[str, Any]:
    """Describe a municipality by its register figures and its Handlungsfelder."""
    return {
        "id": row.id,
        "slug": row.slug,
        "ags": row.ags,
        "name": row.name,
        "kind": row.kind,
        "type": row.type_text,
        "land": row.land,
        "district": row.district_name or None,
        "population": row.population,
        "area_km2": row.area,
        "latitude": row.lat,
        "longitude": row.lon,
        "register_date": row.register_date.isoformat() if row.register_date else None,
        "is_sample": row.is_sample,
        "topics": [topic.slug for topic in row.topics],
        "projects": [project.slug for project in row.projects],
        "url": external(row.path),
        "updated": row.updated.isoformat(),
    }


def project(row: ModelProject) -> dict[str, Any]:
    """Describe a model project with its members."""
    return {
        "id": row.id,
        "slug": row.slug,
        "title": row.title,
        "cohort": row.cohort,
        "type": row.type,
        "land": row.land,
        "phase": row.phase or None,
        "status": row.status or None,
        "lead": _slug(row.lead),
        "members": [member.slug for member in row.members],
        "url": external(row.path),
        "updated": row.updated.isoformat(),
    }


def document(row: Document) -> dict[str, Any]:
    """Describe a document and the version that is shown."""
    version = row.current_version
    return {
        "id": row.id,
        "slug": row.slug,
        "title": row.title,
        "kind": row.kind,
        "description": row.description,
        "publisher": row.publisher or None,
        "language": row.language,
        **_licence(row.terms),
        "source_url": row.source_url or None,
        "visibility": row.visibility,
        "municipality": _slug(row.municipality),
        "topics": [topic.slug for topic in row.topics],
        "version": version.number if version else None,
        "year": version.year if version else None,
        "format": version.format if version else None,
        "pages": version.page_count if version else 0,
        "size": version.size if version else None,
        "accessibility": _accessibility(version),
        "sha256": version.sha256 if version else None,
        "url": external(row.path),
        "file_url": external(f"{row.path}/datei"),
        "created": row.created.isoformat(),
        "updated": row.updated.isoformat(),
    }


def _licence(terms: Licence) -> dict[str, Any]:
    """Name a licence for people and for programs; none where nothing was stated."""
    stated = bool(terms.id)
    return {
        "licence": str(terms.name) if stated else "",
        "licence_id": terms.id if stated else None,
        "licence_url": terms.url or None,
        "licence_dcat": terms.dcat or None,
    }


def _accessibility(version: DocumentVersion | None) -> dict[str, Any] | None:
    facts = version.accessibility if version else None
    if version is None or facts is None:
        return None
    return {"level": level_of(facts, version.page_count), **asdict(facts)}


def thread(row: Thread) -> dict[str, Any]:
    """Describe a thread by what a list shows of it."""
    return {
        "id": row.id,
        "slug": row.slug,
        "title": row.title,
        "category": row.category.slug,
        "author": row.author.display_name if row.author else None,
        "municipality": _slug(row.municipality),
        "visibility": row.visibility,
        "pinned": row.pinned,
        "locked": row.locked,
        "posts": row.post_count,
        "url": external(row.path),
        "created": row.created.isoformat(),
        "last_post": row.last_post_at.isoformat(),
    }


@dataclass(frozen=True)
class Schema:
    """A kind of thing as the specification describes it."""

    name: str
    properties: dict[str, Any]


MUNICIPALITY = Schema(
    "Municipality",
    {
        "id": INTEGER,
        "slug": STRING,
        "ags": {**NULLABLE_STRING, "description": "8 digits; 5 for a district; none for others"},
        "name": STRING,
        "kind": {**STRING, "enum": ["town", "municipality", "district", "cooperation"]},
        "type": STRING,
        "land": {**STRING, "description": "first two digits of the key"},
        "district": NULLABLE_STRING,
        "population": NULLABLE_INTEGER,
        "area_km2": {"type": ["number", "null"]},
        "latitude": {"type": ["number", "null"]},
        "longitude": {"type": ["number", "null"]},
        "register_date": {"type": ["string", "null"], "format": "date"},
        "is_sample": {"type": "boolean"},
        "topics": STRINGS,
        "projects": STRINGS,
        "url": STRING,
        "updated": MOMENT,
    },
)
PROJECT = Schema(
    "Project",
    {
        "id": INTEGER,
        "slug": STRING,
        "title": STRING,
        "cohort": {**INTEGER, "enum": [2019, 2020, 2021]},
        "type": STRING,
        "land": STRING,
        "phase": {**NULLABLE_STRING, "description": "A strategy, B implementation"},
        "status": NULLABLE_STRING,
        "lead": NULLABLE_STRING,
        "members": STRINGS,
        "url": STRING,
        "updated": MOMENT,
    },
)
DOCUMENT = Schema(
    "Document",
    {
        "id": INTEGER,
        "slug": STRING,
        "title": STRING,
        "kind": {**STRING, "description": f"one of {', '.join(KINDS)}, or one that was added"},
        "description": STRING,
        "publisher": {**NULLABLE_STRING, "description": "where it is not the municipality"},
        "language": STRING,
        "licence": {**STRING, "description": "its name; empty where none is stated"},
        "licence_id": {
            **NULLABLE_STRING,
            "description": "SPDX identifier, officialWork, all-rights-reserved, or other",
        },
        "licence_url": {**NULLABLE_STRING, "description": "the text of the licence"},
        "licence_dcat": {**NULLABLE_STRING, "description": "its address in DCAT-AP.de"},
        "source_url": NULLABLE_STRING,
        "visibility": STRING,
        "municipality": NULLABLE_STRING,
        "topics": STRINGS,
        "version": NULLABLE_INTEGER,
        "year": NULLABLE_INTEGER,
        "format": NULLABLE_STRING,
        "pages": INTEGER,
        "size": {**NULLABLE_INTEGER, "description": "of the file, in bytes"},
        "accessibility": {
            "type": ["object", "null"],
            "description": "what a PDF does for assistive technology, as a program sees it",
            "properties": {
                "level": {**STRING, "enum": ["good", "limited", "bad"]},
                "tagged": {"type": "boolean"},
                "language": STRING,
                "title": STRING,
                "bookmarks": {"type": "boolean"},
                "pdf_ua": {**INTEGER, "description": "the part it claims to follow, 0 for none"},
                "pages_without_text": INTEGER,
                "encrypted": {"type": "boolean"},
                "blocks_reading": {"type": "boolean"},
            },
        },
        "sha256": NULLABLE_STRING,
        "url": STRING,
        "file_url": STRING,
        "created": MOMENT,
        "updated": MOMENT,
    },
)
THREAD = Schema(
    "Thread",
    {
        "id": INTEGER,
        "slug": STRING,
        "title": STRING,
        "category": STRING,
        "author": NULLABLE_STRING,
        "municipality": NULLABLE_STRING,
        "visibility": STRING,
        "pinned": {"type": "boolean"},
        "locked": {"type": "boolean"},
        "posts": INTEGER,
        "url": STRING,
        "created": MOMENT,
        "last_post": MOMENT,
    },
)
HIT = Schema(
    "Hit",
    {
        "kind": {**STRING, "enum": ["document", "thread", "municipality", "dossier"]},
        "id": INTEGER,
        "url": STRING,
        "title": STRING,
        "snippet": {**STRING, "description": "HTML: text and <mark> elements alone"},
        "score": {"type": "number"},
        "page": NULLABLE_INTEGER,
        "document_id": NULLABLE_INTEGER,
        "municipality": NULLABLE_STRING,
        "updated": MOMENT,
        "heading": STRING,
        "version": NULLABLE_INTEGER,
        "superseded": {"type": "boolean", "description": "there is a newer version"},
        "year": NULLABLE_INTEGER,
        "pages": {
            "type": "array",
            "description": "further pages or posts of the same thing that fit",
            "items": {
                "type": "object",
                "properties": {
                    "page": NULLABLE_INTEGER,
                    "url": STRING,
                    "heading": STRING,
                    "snippet": STRING,
                },
            },
        },
    },
)
