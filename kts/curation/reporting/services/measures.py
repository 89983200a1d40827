"""Measures: done through the services of the feature that has the thing, and taken back there."""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _

from kts.accounts.models import User
from kts.core import audit
from kts.core.clock import now
from kts.core.errors import Conflict, NotFound
from kts.curation.dossiers.services import show_dossier_again, withdraw_dossier
from kts.curation.reporting import queries, targets, telling
from kts.curation.reporting.models import (
    CONTENT_MEASURES,
    HIDE,
    LOCK,
    REMOVE,
    SUSPEND,
    Decision,
    Measure,
)
from kts.curation.reporting.services import neutral
from kts.curation.reporting.targets import (
    DOCUMENT,
    DOSSIER,
    GROUP,
    MUNICIPALITY,
    PERSON,
    POST,
    PROJECT,
    THREAD,
    Target,
)
from kts.curation.reporting.texts import public_reason
from kts.documents.services import hide_document, unhide_document
from kts.extensions import db
from kts.forum.models import Post, Thread
from kts.forum.models.moderating import ThreadEvent
from kts.forum.services import moderation as forum
from kts.forum.services.moderation.events import note_event
from kts.forum.services.moderation.marks import change_mark
from kts.municipalities.services.profiles import (
    ContactDraft,
    ProfileDraft,
    current_draft,
    update_profile,
)


def apply_measure(
    actor: Any,
    decision: Decision,
    kind: str,
    target: Target | None,
    person: User | None = None,
    until: datetime | None = None,
) -> Measure:
    """Do one thing and write it down; what is so already is noted without being done again."""
    measure = Measure(decision=decision, kind=kind, person=person, until=until)
    db.session.add(measure)
    db.session.flush()
    if kind in CONTENT_MEASURES and target is not None:
        with force_locale("de"):  # it stands in the place of the content, for everybody
            reason = public_reason(decision)
        _DO[LOCK if kind == LOCK else target.kind](actor, measure, target.thing, reason)
    if kind == SUSPEND and person is not None:
        person.session_key = secrets.token_hex(8)  # ends all her sessions at once
    audit.record(actor, "measure.apply", measure, changes=_change(measure))
    return measure


def _change(measure: Measure) -> dict[str, list[Any]]:
    told = [measure.kind]
    if measure.person is not None:
        told.append(measure.person.display_name)
    if measure.until is not None:
        told.append(measure.until.date().isoformat())
    return {"measure": [None, " · ".join(told)]}


def lift_measure(actor: Any, measure: Measure, reason: str, *, tells: bool = True) -> None:
    """Take a measure back; raise Conflict where it is over or cannot be taken back any more."""
    db.session.refresh(measure, with_for_update={"of": Measure})
    if not measure.can_be_lifted:
        raise Conflict(_("This measure is over already. Nothing was changed."))
    end_measure(actor, measure, reason)
    audit.record(actor, "measure.lift", measure, reason=reason, changes=_change(measure))
    if tells:
        telling.tell_lifted(actor, measure)


def end_measure(actor: Any, measure: Measure, reason: str) -> None:
    """Undo what the measure did and note who ended it; ``actor`` is None when its time is over.

    What another decision keeps hidden or closed stays so: the way back passes to its measure.
    """
    if measure.kind in CONTENT_MEASURES:
        case = measure.decision.case
        target = targets.load(case.kind, case.object_id)
        if target is not None and not _hand_over(measure, target.thing):
            _UNDO[LOCK if measure.kind == LOCK else case.kind](actor, measure, target.thing)
    measure.lifted_at, measure.lift_reason = now(), reason
    measure.lifted_by_id = getattr(actor, "id", None)
    db.session.flush()


def _hand_over(measure: Measure, thing: Any) -> bool:
    """Give the way back to another measure that still counts; say whether there is one."""
    mark = "locked" if measure.kind == LOCK else "hidden"
    held = thing.thread if measure.kind == LOCK and isinstance(thing, Post) else thing
    other = queries.measure_keeping(held, mark, but=measure.id)
    if other is None:
        return False
    other.event_id = other.event_id or measure.event_id
    if not any(other.data.values()):
        other.data = measure.data
    return True


def _mark(
    actor: Any, measure: Measure, thing: Post | Thread, field: str, kind: str, reason: str
) -> None:
    """Set a mark of the forum without its own mail: the statement of reasons tells the author."""
    if getattr(thing, field):
        return
    is_post = isinstance(thing, Post)
    change_mark(thing, field, True, reason)
    event = note_event(
        actor,
        thing,
        kind,
        reason=reason,
        changes={field: [False, True]},
        data={"post_id": thing.id, "number": thing.number} if is_post else None,
        after=thing.number if is_post else None,
    )
    measure.event_id = event.id


def _hide_post(actor: Any, measure: Measure, post: Post, reason: str) -> None:
    _mark(actor, measure, post, "hidden", "post.hide", reason)


def _hide_thread(actor: Any, measure: Measure, thread: Thread, reason: str) -> None:
    _mark(actor, measure, thread, "hidden", "thread.hide", reason)


def _lock(actor: Any, measure: Measure, thing: Post | Thread, reason: str) -> None:
    thread = thing.thread if isinstance(thing, Post) else thing
    _mark(actor, measure, thread, "locked", "thread.lock", reason)


def _hide_document(actor: Any, measure: Measure, document: Any, reason: str) -> None:
    if not document.is_hidden:
        measure.data = {"hidden": True}
        hide_document(actor, document, reason)


def _withdraw_dossier(actor: Any, measure: Measure, dossier: Any, _reason: str) -> None:
    if dossier.is_published:
        measure.data = {"withdrawn": True}
        withdraw_dossier(actor, dossier)


def _empty_profile(actor: Any, measure: Measure, place: Any, _reason: str) -> None:
    """Take what a municipality says about itself from its page, and keep it for the way back."""
    draft = current_draft(place)
    measure.data = {
        "profile": draft.profile,
        "website": draft.website,
        "contacts": [[c.office, c.email, c.phone] for c in draft.contacts],
    }
    _write_profile(actor, place, "", "", ())


def _write_profile(
    actor: Any, place: Any, profile: str, website: str, contacts: tuple[ContactDraft, ...]
) -> None:
    draft = current_draft(place)
    changed = ProfileDraft(
        version=draft.version,
        profile=profile,
        website=website,
        strategy_state=draft.strategy_state,
        contacts=contacts,
        topic_ids=draft.topic_ids,
    )
    update_profile(actor, place, changed)


def _undo_mark(actor: Any, measure: Measure, _thing: Any) -> None:
    """Take the forum's act back; where somebody else has done so, nothing is left to do."""
    event = db.session.get(ThreadEvent, measure.event_id) if measure.event_id else None
    if event is None:
        return
    try:
        with db.session.begin_nested():
            forum.undo(actor, event)
    except (Conflict, NotFound):
        db.session.expire_all()


def _show_document(actor: Any, measure: Measure, document: Any) -> None:
    if measure.data.get("hidden"):
        unhide_document(actor, document)


def _publish_dossier(actor: Any, measure: Measure, dossier: Any) -> None:
    if measure.data.get("withdrawn") and dossier.deleted_at is None:
        show_dossier_again(actor, dossier)


def _fill_profile(actor: Any, measure: Measure, place: Any) -> None:
    """Bring the earlier texts back, unless the municipality has written new ones."""
    draft = current_draft(place)
    if measure.data and not (draft.profile or draft.website or draft.contacts):
        contacts = tuple(ContactDraft(*contact) for contact in measure.data["contacts"])
        _write_profile(actor, place, measure.data["profile"], measure.data["website"], contacts)


_DO: dict[str, Callable[[Any, Measure, Any, str], None]] = {
    LOCK: _lock,
    POST: _hide_post,
    THREAD: _hide_thread,
    DOCUMENT: _hide_document,
    DOSSIER: _withdraw_dossier,
    MUNICIPALITY: _empty_profile,
    PROJECT: neutral.empty_project,
    GROUP: neutral.empty_group,
    PERSON: neutral.take_name,
}
_UNDO: dict[str, Callable[[Any, Measure, Any], None]] = {
    LOCK: _undo_mark,
    POST: _undo_mark,
    THREAD: _undo_mark,
    DOCUMENT: _show_document,
    DOSSIER: _publish_dossier,
    MUNICIPALITY: _fill_profile,
    PROJECT: neutral.fill_project,
    GROUP: neutral.fill_group,
    PERSON: neutral.give_name_back,
}
HIDING = (HIDE, REMOVE)
