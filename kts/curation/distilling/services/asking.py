"""Asking contributors, what they answer, and what becomes of another wording they suggest."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from kts.core import audit
from kts.core.clock import now
from kts.core.errors import Conflict, Invalid
from kts.curation.distilling import telling, work
from kts.curation.distilling.models import (
    AGREED,
    ANONYMOUS,
    ASKED,
    CHANGES,
    DECLINED,
    DRAFT,
    DROPPED,
    NAMINGS,
    NEW,
    PLACE,
    PUBLISHED,
    REMINDED_AFTER,
    SECTION_LENGTH,
    WAITING,
    Distillate,
    DistillateContributor,
)
from kts.extensions import db

DECLINE = "decline"
CHOICES = (*NAMINGS, DECLINE)


def ask(actor: Any, distillate: Distillate) -> int:
    """Ask everybody who was not asked about the words as they are now; give their number.

    Raises Invalid for a draft that nobody goes on with, or that uses no post.
    """
    if distillate.state == DROPPED:
        raise Invalid(_("The draft was dropped. Bring it back first."))
    used = [one for one in distillate.contributors if one.is_used]
    if not used:
        raise Invalid(_("No post is used any more. Take one in, or drop the draft."))
    new = [one for one in used if one.standing == NEW]
    for contributor in new:
        contributor.asked_at, contributor.reminded_at = now(), None
        telling.tell_asked(actor, contributor)
    if distillate.state == DRAFT:
        distillate.state = ASKED
        distillate.version += 1
    if new:
        names = [one.name for one in new]
        audit.record(actor, "distillate.ask", distillate, changes={"people": [None, names]})
    work.is_waiting(distillate)
    return len(new)


def answer(
    actor: Any,
    contributor: DistillateContributor,
    version: int,
    choice: str,
    *,
    words: Mapping[int, str],
    note: str = "",
) -> None:
    """Keep what she answered: how she is named, another wording, or that she declines.

    Raises Conflict where her words were changed after she opened the page, or are published.
    """
    distillate = contributor.distillate
    if choice not in CHOICES:
        raise Invalid(_("Please choose one of the answers."))
    if distillate.state == DROPPED:
        raise Conflict(_("The KTS does not go on with this text. Nothing of it is published."))
    if distillate.state == PUBLISHED and contributor.answer != WAITING:
        raise Conflict(_("The text was published meanwhile. You can still take your name out."))
    if contributor.version != version:
        raise Conflict(
            _("The words were changed meanwhile. Please look at them again; nothing is agreed to.")
        )
    contributor.note, contributor.answered_at = note.strip(), now()
    _keep_suggestions(contributor, {} if choice == DECLINE else words)
    if choice == DECLINE:
        contributor.answer, contributor.naming = DECLINED, ANONYMOUS
    else:
        contributor.withdrawn_at = None  # she says anew how she is named
        changes = any(one.suggested for one in contributor.passages)
        contributor.answer = CHANGES if changes else AGREED
        contributor.naming = ANONYMOUS if choice == PLACE and not contributor.place else choice
    telling.tell_answered(actor, contributor)
    work.is_waiting(distillate)


def _keep_suggestions(contributor: DistillateContributor, words: Mapping[int, str]) -> None:
    for passage in contributor.passages:
        wish = (words.get(passage.id) or "").strip()[:SECTION_LENGTH]
        differs = bool(wish) and " ".join(wish.split()) != " ".join(passage.words.split())
        passage.suggested = wish if differs else ""


def take_over(actor: Any, distillate: Distillate, contributor: DistillateContributor) -> None:
    """Let the wording that she suggested be the quotation; with it she has agreed."""
    _require_changes(contributor)
    for passage in contributor.passages:
        if passage.suggested:
            passage.words, passage.suggested = passage.suggested, ""
    contributor.answer = AGREED
    contributor.version += 1
    _decided(actor, distillate, "distillate.take_over", contributor)


def keep_words(
    actor: Any, distillate: Distillate, contributor: DistillateContributor, reason: str
) -> None:
    """Keep the wording and ask her once more, with the reason; raise Invalid without one."""
    _require_changes(contributor)
    if not reason.strip():
        raise Invalid(_("Please say why the wording stays. The contributor reads it."))
    for passage in contributor.passages:
        passage.suggested = ""
    contributor.answer, contributor.answered_at = WAITING, None
    contributor.asked_at, contributor.reminded_at = now(), None
    contributor.version += 1
    telling.tell_kept(actor, contributor, reason.strip())
    _decided(actor, distillate, "distillate.keep_words", contributor, reason.strip())


def _require_changes(contributor: DistillateContributor) -> None:
    if contributor.answer != CHANGES:
        raise Conflict(_("This suggestion was answered already. Nothing was changed now."))


def _decided(
    actor: Any,
    distillate: Distillate,
    action: str,
    contributor: DistillateContributor,
    reason: str = "",
) -> None:
    distillate.version += 1
    changes = {"person": [None, contributor.name]}
    audit.record(actor, action, distillate, reason=reason, changes=changes)
    work.is_waiting(distillate)


def remind(limit: int = 100) -> int:
    """Remind those who were asked a week ago and have not answered, once; give their number."""
    due = (
        select(DistillateContributor)
        .join(Distillate)
        .where(
            Distillate.state.in_((ASKED, PUBLISHED)),
            DistillateContributor.answer == WAITING,
            DistillateContributor.reminded_at.is_(None),
            DistillateContributor.asked_at <= now() - REMINDED_AFTER,
        )
        .order_by(DistillateContributor.id)
        .limit(limit)
    )
    found = db.session.scalars(due).all()
    for contributor in found:
        contributor.reminded_at = now()
        if contributor.is_used:
            telling.tell_reminded(contributor)
    return len(found)
