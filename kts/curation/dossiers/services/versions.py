"""Publishing: an immutable, numbered version of the draft; going back to an older one."""

from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from kts.core import audit, slots
from kts.core.clock import now
from kts.core.errors import Invalid
from kts.core.text import render_markdown
from kts.curation.dossiers.models import (
    DOCUMENT,
    PUBLISHED,
    Dossier,
    DossierItem,
    DossierVersion,
)
from kts.curation.dossiers.services.whole import write_words
from kts.curation.dossiers.shelf_life import note_version
from kts.curation.dossiers.snapshots import PART, newest_versions, says_the_same, snapshot_of
from kts.documents.models import Document, DocumentVersion
from kts.extensions import db
from kts.municipalities.queries import topics_of


def publish_dossier(actor: Any, dossier: Dossier, note: str = "") -> DossierVersion:
    """Let everybody read the draft as the next version; raise Invalid where there is nothing new.

    A dossier that was withdrawn and not changed since comes back as the version that it was.
    """
    if not dossier.items and not dossier.text:
        raise Invalid(_("The dossier is still empty. Add a text or a part, then publish it."))
    latest = latest_version(dossier)
    told = complete_snapshot(dossier)
    if latest is not None and says_the_same(latest.snapshot, told):
        if dossier.state == PUBLISHED:
            raise Invalid(_("Nothing has changed since version %(number)s.", number=latest.number))
        show_dossier_again(actor, dossier)
        return latest
    dossier.set_aside = None
    return publish_snapshot(actor, dossier, told, note)


def complete_snapshot(dossier: Dossier) -> dict[str, Any]:
    """Write the draft down with the newest versions of the documents that it refers to."""
    return snapshot_of(dossier, newest_versions(dossier, _newest_numbers(dossier)))


def publish_snapshot(
    actor: Any, dossier: Dossier, told: dict[str, Any], note: str = ""
) -> DossierVersion:
    """Let everybody read a state of the draft as the next version, whatever the draft says now."""
    latest = latest_version(dossier)
    version = DossierVersion(
        dossier_id=dossier.id,
        number=latest.number + 1 if latest else 1,
        title=told["title"],
        summary=told["summary"],
        note=note.strip(),
        snapshot=told,
        cover_key=told["cover"].get("key"),
        published_by_id=actor.id if actor else None,
    )
    db.session.add(version)
    _show(dossier, version)
    audit.record(actor, "dossier.publish", dossier, changes={"version": [None, version.number]})
    return version


def show_dossier_again(actor: Any, dossier: Dossier) -> None:
    """Bring a withdrawn dossier back as it was published last, whatever the draft says now."""
    latest = latest_version(dossier)
    if latest is not None and not dossier.is_published:
        _show(dossier, latest)
        audit.record(actor, "dossier.publish", dossier, changes={"version": [None, latest.number]})
        slots.contributions("dossier_retired", actor=actor, dossier=dossier)


def _show(dossier: Dossier, version: DossierVersion) -> None:
    dossier.state, dossier.shown_number = PUBLISHED, version.number
    dossier.published_at = version.created or now()
    dossier.retired_at, dossier.retired_reason = None, ""
    db.session.flush()
    db.session.expire(dossier, ["shown"])
    note_version(dossier, version)


def latest_version(dossier: Dossier) -> DossierVersion | None:
    """Give the version that was published last, whether readers see it or not."""
    statement = select(DossierVersion).filter_by(dossier_id=dossier.id)
    return db.session.scalar(statement.order_by(DossierVersion.number.desc()).limit(1))


def has_unpublished_changes(dossier: Dossier, latest: DossierVersion | None) -> bool:
    """Say whether the draft differs from the version that was published last."""
    return latest is None or not says_the_same(latest.snapshot, snapshot_of(dossier))


def _newest_numbers(dossier: Dossier) -> dict[int, int]:
    ids = {item.object_id for item in dossier.items if item.kind == DOCUMENT}
    if not ids:
        return {}
    statement = select(Document.id, DocumentVersion.number).join(
        DocumentVersion, Document.current_version_id == DocumentVersion.id
    )
    rows = db.session.execute(statement.where(Document.id.in_(ids)))
    return {row.id: row.number for row in rows}


def restore_version(actor: Any, dossier: Dossier, version: DossierVersion) -> None:
    """Make the draft what the version was; the draft of now is set aside and can be brought back.

    Readers go on seeing what was published last, until the draft is published.
    """
    if not says_the_same(version.snapshot, before := snapshot_of(dossier)):
        dossier.set_aside = before
        _write_draft(dossier, version.snapshot)
        audit.record(
            actor, "dossier.restore_version", dossier, changes={"version": [None, version.number]}
        )


def bring_back_draft(actor: Any, dossier: Dossier) -> None:
    """Make the draft again what it was before an older version replaced it."""
    if dossier.set_aside:
        told, dossier.set_aside = dossier.set_aside, None
        _write_draft(dossier, told)
        audit.record(actor, "dossier.change", dossier)


def _write_draft(dossier: Dossier, told: dict[str, Any]) -> None:
    dossier.title = told["title"]
    write_words(dossier, told["summary"], told["text"])
    dossier.topics = topics_of(told["topics"])
    dossier.cover, dossier.cover_key = dict(told["cover"]), told["cover"].get("key")
    known = {
        item.id: item
        for item in db.session.scalars(select(DossierItem).filter_by(dossier_id=dossier.id))
    }
    for position, part in enumerate(told["items"], start=1):
        item = known.pop(part["id"], None)
        if item is None:  # parts are never deleted, but a database may be restored in part
            item = DossierItem(dossier_id=dossier.id, kind=part["kind"])
            db.session.add(item)
        _write_item(item, part, position)
    for item in known.values():
        item.removed_at = item.removed_at or now()
    dossier.version += 1
    dossier.order_version += 1
    dossier.updated = now()
    db.session.flush()
    db.session.expire(dossier, ["items"])


def _write_item(item: DossierItem, part: dict[str, Any], position: int) -> None:
    for name in PART:
        if name != "id":
            setattr(item, name, part[name])
    item.accessed = date.fromisoformat(part["accessed"]) if part["accessed"] else None
    item.html, item.position, item.removed_at = render_markdown(item.note), position, None
    item.version = (item.version or 0) + 1
