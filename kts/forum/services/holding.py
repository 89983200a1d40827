"""Contributions that wait until a moderator has looked: kept, changed, withdrawn, decided.

Nothing of a held contribution is a thread or a post. Releasing makes it one by the services that
everybody's contributions go through, as its author and with the usual messages.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext as _

from kts.core import audit, judging
from kts.core.clock import now
from kts.core.errors import Conflict, Denied
from kts.core.judging import EDIT, Contribution, Reason
from kts.extensions import db
from kts.forum import policies, waiting
from kts.forum.held_telling import tell_held_author
from kts.forum.models import EXPERIENCE, Post, Thread
from kts.forum.models.held import (
    CHANGES,
    OPEN,
    REFUSED,
    RELEASED,
    WAITING,
    WITHDRAWN,
    HeldContribution,
)
from kts.forum.models.kinds import Poll
from kts.forum.services.drafts import discard_draft
from kts.forum.services.held_texts import Sent, joined, texts_of, texts_of_post
from kts.forum.services.kinds import Details, first_post
from kts.forum.services.releasing import carry_out
from kts.forum.services.turns import take_own_turn

__all__ = ["texts_of"]


def judge(actor: Any, sent: Sent) -> HeldContribution | None:
    """Ask whether it appears at once: None if it does, else what is held.

    Raises TooMuch where a limit for new members is reached. The same form sent twice is held
    once, and one that has made a post already is not judged again.
    """
    contribution = sent.contribution(actor)
    reasons = judging.reasons(contribution)
    limit = judging.limit(contribution)
    if not reasons and limit is None:
        return None
    take_own_turn(actor)
    if known := _known(actor, sent):
        return known
    if _is_posted(actor, sent):
        return None
    if limit is not None:
        raise limit
    return hold(actor, sent, reasons)


def hold(actor: Any, sent: Sent, reasons: Iterable[Reason]) -> HeldContribution:
    """Keep what was sent until a moderator has looked; its draft has done its work."""
    held = HeldContribution(
        kind=sent.kind,
        author_id=actor.id,
        category_id=sent.category_id,
        thread_id=sent.thread_id,
        post_id=sent.post_id,
        title=sent.title,
        payload=sent.payload,
        reasons=[reason.key for reason in reasons],
        submission=_submission(sent),
    )
    db.session.add(held)
    db.session.flush()
    discard_draft(actor, sent.context)
    waiting.wait_for_look(held)
    judging.tell_held(held)
    return held


def require_at_once(actor: Any, thread: Thread, details: Details) -> None:
    """Raise Conflict where a change of its own thread's kind or poll would have to wait.

    A change of this sort cannot be held, so it is not made: no discussion becomes an experience
    that nobody has reviewed, and no answers with watched words come into a poll.
    """
    if not policies.acts_for(actor, thread):
        return
    if details.poll is not None and _poll_reasons(actor, thread, details):
        raise Conflict(
            _(
                "A moderator would have to look at these answers first, and an open poll cannot "
                "wait for that. Please change them; nothing was saved."
            )
        )
    becomes_report = details.kind == EXPERIENCE != thread.kind
    if becomes_report and _is_reviewed_report(actor, thread):
        raise Conflict(
            _(
                "Reports of experience of your municipality are reviewed by the KTS before they "
                "appear. Please write it as a new report; this thread stays as it is."
            )
        )


def _poll_reasons(actor: Any, thread: Thread, details: Details) -> tuple[Reason, ...]:
    known = db.session.get(Poll, thread.id)
    before = "\n".join(option.text for option in known.options) if known else ""
    text = "\n".join(details.poll.options if details.poll else ())
    return judging.reasons(
        Contribution(EDIT, actor, "", text, thread.visibility, thread.municipality_id, before)
    )


def _is_reviewed_report(actor: Any, thread: Thread) -> bool:
    texts = texts_of_post(first_post(thread))
    title, text = thread.title, joined(texts)
    before = f"{title}\n\n{text}"
    place = thread.municipality_id
    told = Contribution(
        judging.EXPERIENCE, actor, title, text, thread.visibility, place, before=before
    )
    return any(judging.is_elsewhere(reason.key) for reason in judging.reasons(told))


def _submission(sent: Sent) -> str | None:
    token = sent.rest.get("token")
    if not token:
        return None
    return hashlib.sha256(f"{token}\n{sent.fingerprint}".encode()).hexdigest()


def _known(actor: Any, sent: Sent) -> HeldContribution | None:
    """Find what this very form has sent already, unless an edit is tried a second time."""
    submission = _submission(sent)
    if submission is None:
        return None
    held = db.session.scalar(
        db.select(HeldContribution).filter_by(author_id=actor.id, submission=submission)
    )
    if held is not None and held.kind == EDIT and not held.is_open:
        held.submission = None
        db.session.flush()
        return None
    return held


def _is_posted(actor: Any, sent: Sent) -> bool:
    submission = _submission(sent)
    found = db.select(Post.id).filter_by(author_id=actor.id, submission=submission)
    return submission is not None and db.session.scalar(found) is not None


def open_edit(actor: Any, post: Post) -> HeldContribution | None:
    """Give the change of a post by this person that is held now."""
    return db.session.scalar(
        db.select(HeldContribution).where(
            HeldContribution.author_id == actor.id,
            HeldContribution.post_id == post.id,
            HeldContribution.kind == EDIT,
            HeldContribution.state.in_(OPEN),
        )
    )


def change(
    actor: Any, held: HeldContribution, texts: Mapping[str, str], *, version: int
) -> HeldContribution:
    """Let the author change her words (by name, see ``texts_of``); they wait for a look again.

    Raises Conflict when it is decided already, or when another version was changed.
    """
    _take(held, version)
    kept = {**texts_of(held), **{n: t for n, t in texts.items() if n in held.payload["texts"]}}
    payload = {**held.payload, "texts": kept}
    if held.kind == EDIT and held.post is not None:
        payload |= {"version": held.post.version, "before": texts_of_post(held.post)}
    held.payload = payload
    held.title = kept.get("title") or held.title
    if held.state == CHANGES:
        held.state, held.waits_since = WAITING, now()
    held.reasons = _judged_again(held) or held.reasons
    _note(held)
    waiting.wait_for_look(held)
    judging.tell_held(held)
    return held


def _judged_again(held: HeldContribution) -> list[str]:
    """Judge the changed words; what another feature decides about stays its own."""
    payload = held.payload
    rest = {name: value for name, value in payload.items() if name != "texts"}
    sent = Sent(held.kind, payload["texts"], payload["visibility"], rest=rest)
    found = [reason.key for reason in judging.reasons(sent.contribution(held.author))]
    return [*found, *(k for k in held.reasons if judging.is_elsewhere(k) and k not in found)]


def withdraw(actor: Any, held: HeldContribution, *, version: int) -> None:
    """Let the author take it back; she keeps her text. Raises Conflict when it is decided."""
    _take(held, version)
    held.state = WITHDRAWN
    _note(held)
    waiting.looked_at(held)
    judging.tell_held(held)


def release(
    actor: Any,
    held: HeldContribution,
    *,
    version: int | None = None,
    texts: Mapping[str, str] | None = None,
) -> Thread | Post:
    """Make the thread, the post or the edit of it, as its author and with the usual messages.

    ``texts`` are a moderator's own changes, by name; the author is told and sees them compared.
    Raises Conflict where somebody was first or the place takes nothing any more, Denied in one's
    own case.
    """
    _decide(actor, held, RELEASED, version)
    own = texts_of(held)
    edited = {n: t for n, t in (texts or {}).items() if n in own and t != own[n]}
    made = carry_out(held, {**own, **edited})
    held.edited = edited or None
    held.result_thread_id = made.id if isinstance(made, Thread) else made.thread_id
    held.result_post_id = made.id if isinstance(made, Post) else None
    _note(held)
    changes = {"texts": [None, sorted(edited)]} if edited else {}
    audit.record(actor, "held_contribution.release", held, changes=changes)
    _tell_all(actor, held)
    return made


def ask_for_changes(
    actor: Any, held: HeldContribution, reason: str, *, version: int | None = None
) -> None:
    """Ask the author to change it, with the reason; it waits for her."""
    _decide(actor, held, CHANGES, version)
    held.decision_reason = reason
    _note(held)
    audit.record(actor, "held_contribution.ask", held, reason=reason)
    _tell_all(actor, held)


def refuse(
    actor: Any,
    held: HeldContribution,
    reason: str,
    *,
    rule: str = "",
    version: int | None = None,
) -> None:
    """Refuse it with a reason and the rule; the author is told and keeps her text."""
    _decide(actor, held, REFUSED, version)
    held.decision_reason, held.decision_rule = reason, rule
    _note(held)
    changes = {"paragraph": [None, rule]} if rule else {}
    audit.record(actor, "held_contribution.refuse", held, reason=reason, changes=changes)
    _tell_all(actor, held)


def take_up_again(actor: Any, held: HeldContribution, *, version: int | None = None) -> None:
    """Undo a refusal: it waits for a look again, and the author is told."""
    _refuse_own(actor, held)
    _lock(held)
    if held.state != REFUSED or version not in (None, held.version):
        raise Conflict(_what_happened(held))
    held.state, held.waits_since = WAITING, now()
    held.decided_at = held.decided_by_id = None
    held.decision_reason = held.decision_rule = ""
    _note(held)
    audit.record(actor, "held_contribution.reopen", held)
    waiting.wait_for_look(held)
    tell_held_author(actor, held, reopened=True)
    judging.tell_held(held)


def _decide(actor: Any, held: HeldContribution, state: str, version: int | None) -> None:
    _refuse_own(actor, held)
    _take(held, version)
    held.state, held.decided_at, held.decided_by_id = state, now(), actor.id
    held.decision_reason = held.decision_rule = ""


def _refuse_own(actor: Any, held: HeldContribution) -> None:
    if actor.id == held.author_id:
        raise Denied(_("This is your own contribution. Another moderator has to look at it."))


def _take(held: HeldContribution, version: int | None) -> None:
    """Lock the row; raise Conflict where it is decided or was changed since it was shown."""
    _lock(held)
    if not held.is_open or version not in (None, held.version):
        raise Conflict(_what_happened(held))


def _lock(held: HeldContribution) -> None:
    db.session.refresh(held, with_for_update={"of": HeldContribution})


def _what_happened(held: HeldContribution) -> str:
    name = held.decided_by.display_name if held.decided_by else _("Somebody")
    if held.state == RELEASED:
        return _("%(name)s has released it meanwhile. Nothing was changed.", name=name)
    if held.state == REFUSED:
        return _("%(name)s has refused it meanwhile. Nothing was changed.", name=name)
    if held.state == WITHDRAWN:
        return _("Its author has withdrawn it meanwhile. Nothing was changed.")
    if held.state == CHANGES:
        return _("%(name)s has asked the author meanwhile to change it.", name=name)
    return _("It was changed meanwhile. Please look at it again; nothing was decided.")


def _note(held: HeldContribution) -> None:
    held.version += 1
    db.session.flush()


def _tell_all(actor: Any, held: HeldContribution) -> None:
    waiting.looked_at(held, by=actor)
    tell_held_author(actor, held)
    judging.tell_held(held)
