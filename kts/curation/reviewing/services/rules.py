"""The rules of reviews: who is reviewed, who is trusted, who reviews what, what is often said."""

from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func
from sqlalchemy.exc import IntegrityError

from kts.accounts.models import User
from kts.core import audit
from kts.core.audit import AuditEntry
from kts.core.clock import now
from kts.core.errors import Conflict, Invalid, NotFound
from kts.curation.reviewing import queries
from kts.curation.reviewing.models import (
    CannedText,
    ReviewRule,
    TopicReviewer,
    TrustedMunicipality,
)
from kts.extensions import db
from kts.municipalities.models import Municipality, Topic

UNTRUST = "trusted_municipality.remove"


def change_rule(
    actor: Any, kind: str, version: int, *, who: str, two_persons: bool, days: int
) -> None:
    """Set who is reviewed with a kind; raise Conflict where a colleague has changed it."""
    rule = db.session.scalar(db.select(ReviewRule).filter_by(kind=kind).with_for_update())
    if (rule.version if rule else 0) != version:
        raise Conflict(_("A colleague has changed this rule meanwhile. Nothing was overwritten."))
    if rule is None:
        rule = ReviewRule(kind=kind, version=0)
        db.session.add(rule)
    values = {"who": who, "two_persons": two_persons, "days": days}
    changes = {n: [getattr(rule, n), v] for n, v in values.items() if getattr(rule, n) != v}
    for name, value in values.items():
        setattr(rule, name, value)
    rule.version += 1
    audit.record(actor, "review_rule.change", rule, changes=changes)


def trust(actor: Any, municipality: Municipality, reason: str) -> TrustedMunicipality:
    """Let editors of a municipality publish at once; one that is trusted stays so."""
    known = db.session.scalar(
        db.select(TrustedMunicipality).filter_by(municipality_id=municipality.id)
    )
    if known is not None:
        return known
    trusted = TrustedMunicipality(
        municipality=municipality, by_id=getattr(actor, "id", None), reason=reason.strip()
    )
    try:
        with db.session.begin_nested():
            db.session.add(trusted)
    except IntegrityError as error:
        raise Conflict(_("A colleague has just done the same.")) from error
    audit.record(actor, "trusted_municipality.add", trusted, reason=reason.strip())
    return trusted


def end_trust(actor: Any, trusted: TrustedMunicipality) -> AuditEntry:
    """Let what its editors publish be reviewed from now on; the entry brings the trust back."""
    before = {
        "municipality_id": trusted.municipality_id,
        "since": trusted.since.isoformat(),
        "by_id": trusted.by_id,
        "reason": trusted.reason,
    }
    entry = audit.record(actor, "trusted_municipality.remove", trusted, changes={"before": before})
    db.session.delete(trusted)
    db.session.flush()
    return entry


def trust_again(actor: Any, entry_id: int) -> TrustedMunicipality:
    """Undo the end of trust; raise NotFound for any other entry."""
    entry = db.session.get(AuditEntry, entry_id)
    if entry is None or entry.action != UNTRUST:
        raise NotFound
    before = entry.changes["before"]
    municipality = db.session.get(Municipality, before["municipality_id"])
    if municipality is None:
        raise NotFound
    return trust(actor, municipality, before["reason"])


def name_topic_reviewer(actor: Any, topic: Topic, person: User | None) -> None:
    """Say who has in hand at once what is submitted on a topic; None ends it."""
    if person is not None and not (person.is_moderator and person.active):
        raise Invalid(_("Please choose a colleague of the KTS."))
    known = db.session.scalar(db.select(TopicReviewer).filter_by(topic_id=topic.id))
    if (known.user_id if known else None) == getattr(person, "id", None):
        return
    before = known.user.display_name if known else None
    if known is None:
        known = TopicReviewer(topic=topic, user=person)
        db.session.add(known)
    elif person is not None:
        known.user = person
    changes = {"person": [before, person.display_name if person else None]}
    audit.record(actor, "topic_reviewer.change", known, changes=changes)
    if person is None:
        db.session.delete(known)
    db.session.flush()


def add_text(actor: Any, *, title: str, text: str, kinds: list[str]) -> CannedText:
    """Keep a text that reviewers say often, at the end of the list."""
    last = db.session.scalar(db.select(func.max(CannedText.position))) or 0
    canned = CannedText(title=title.strip(), text=text.strip(), kinds=kinds, position=last + 1)
    db.session.add(canned)
    audit.record(actor, "canned_text.create", canned)
    return canned


def change_text(
    actor: Any, canned: CannedText, version: int, *, title: str, text: str, kinds: list[str]
) -> None:
    """Change a text; raise Conflict where a colleague has changed it meanwhile."""
    db.session.refresh(canned, with_for_update={"of": CannedText})
    if canned.version != version:
        raise Conflict(
            _("A colleague has changed this text meanwhile. What you have typed is still here.")
        )
    changes = {"title": [canned.title, title.strip()], "text": [canned.text, text.strip()]}
    canned.title, canned.text, canned.kinds = title.strip(), text.strip(), kinds
    canned.version += 1
    audit.record(actor, "canned_text.change", canned, changes=changes)


def move_text(canned: CannedText, step: int) -> None:
    """Let a text change places with its neighbour."""
    row = queries.canned_texts()
    place = row.index(canned)
    other = place + step
    if 0 <= other < len(row):
        row[place], row[other] = row[other], row[place]
    for position, text in enumerate(row, start=1):
        text.position = position
    db.session.flush()


def delete_text(actor: Any, canned: CannedText) -> None:
    """Take a text away; ``restore_text`` brings it back."""
    canned.deleted_at = now()
    audit.record(actor, "canned_text.delete", canned)
    db.session.flush()


def restore_text(actor: Any, canned: CannedText) -> None:
    """Bring a deleted text back to its place."""
    canned.deleted_at = None
    audit.record(actor, "canned_text.restore", canned)
    db.session.flush()
