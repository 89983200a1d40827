"""Texts that are not sent yet: kept while typing, discarded when sent.

A context names the form: ``new``, ``answer:<thread id>``, ``edit:<post id>``. Nothing that was
typed is overwritten unseen: a save that does not know the one before it puts that one aside as a
text of its own.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import bindparam, delete, func

from kts.core.clock import now
from kts.core.errors import Invalid, NotFound
from kts.core.prepared import Prepared
from kts.extensions import db
from kts.forum.models import BODY_LENGTH, TITLE_LENGTH, Post
from kts.forum.models.drafts import Draft
from kts.forum.models.held import HeldContribution
from kts.forum.services.attachments import pass_attachments
from kts.forum.services.turns import take_own_turn

CONTEXT = re.compile(r"new|(?:answer|edit):[1-9][0-9]{0,9}")
MOST_DRAFTS = 100  # of one person; nobody finds her way among more
MOST_ENTRIES = 80  # of a form besides title and text: a poll has twenty answers
LONGEST_ENTRIES = 60_000  # characters of them together: an experience report has long ones
UNDO_FOR = timedelta(days=7)  # a discarded draft can be brought back so long
JUST_SENT = timedelta(minutes=10)  # a save that arrives after the sending is late by seconds


class Gone(Exception):
    """The draft was sent or discarded elsewhere while this form was still open."""


@dataclass(frozen=True)
class Words:
    """What a form holds."""

    title: str = ""
    body: str = ""
    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)
    municipality_id: int | None = None

    @property
    def is_empty(self) -> bool:
        """Say whether nothing is worth keeping."""
        return not (self.title.strip() or self.body.strip())


def find_draft(actor: Any, context: str) -> Draft | None:
    """Give the draft that the form of this context opens with; None where there is none."""
    return db.session.scalar(db.select(Draft).filter_by(user_id=actor.id, context=context, copy=0))


def get_draft(actor: Any, draft_id: int) -> Draft:
    """Give one of the person's own drafts, discarded or not; raise NotFound for all others."""
    draft = db.session.get(Draft, draft_id)
    if draft is None or draft.user_id != actor.id:
        raise NotFound
    return draft


def count_drafts(actor: Any) -> int:
    """Count the person's drafts."""
    return _WAITING(person=actor.id)[0][0]


_WAITING = Prepared(
    lambda: db.select(func.count(Draft.id)).where(
        Draft.user_id == bindparam("person"), Draft.discarded.is_(None)
    )
)


def save_draft(
    actor: Any, context: str, words: Words, *, version: int
) -> tuple[Draft, Draft | None]:
    """Keep what was typed; ``version`` is the last one that the form knows, 0 for none.

    Gives the draft, and the one that was put aside where somebody saved a version that this form
    did not know. Raises Invalid for what is too long or one too many, and Gone where the draft was
    sent or discarded meanwhile.
    """
    _check(context, words)
    take_own_turn(actor)
    draft = find_draft(actor, context)
    if draft is None:
        return _first_draft(actor, context, words, version), None
    db.session.refresh(draft)
    if draft.version == version or _says_the_same(draft, words):
        if not _says_the_same(draft, words) or draft.fields != dict(words.fields):
            _write(draft, words)
        return draft, None
    aside = _put_aside(draft)
    fresh = Draft(user_id=actor.id, context=context, version=draft.version)
    db.session.add(fresh)
    _write(fresh, words)
    db.session.flush()
    return fresh, aside


def _check(context: str, words: Words) -> None:
    if not CONTEXT.fullmatch(context):
        raise Invalid(_("It is not known what the draft belongs to."))
    if len(words.body) > BODY_LENGTH or len(words.title) > TITLE_LENGTH:
        raise Invalid(
            _(
                "The draft is too long to be kept: at most %(number)s characters.",
                number=BODY_LENGTH,
            )
        )
    entries = [entry for values in words.fields.values() for entry in values]
    if len(entries) > MOST_ENTRIES or sum(map(len, entries)) > LONGEST_ENTRIES:
        raise Invalid(_("The form has too many entries for a draft."))


def _first_draft(actor: Any, context: str, words: Words, version: int) -> Draft:
    if version or _was_just_sent(actor, words.body):
        raise Gone
    if count_drafts(actor) >= MOST_DRAFTS:
        raise Invalid(
            _(
                "You have %(number)s drafts. Please delete some; until then nothing is kept of "
                "this text.",
                number=MOST_DRAFTS,
            )
        )
    draft = Draft(user_id=actor.id, context=context, version=0)
    db.session.add(draft)
    _write(draft, words)
    db.session.flush()
    return draft


def _was_just_sent(actor: Any, body: str) -> bool:
    """Tell a save that arrives after the form was sent, which would bring the draft back."""
    words = body.replace("\r\n", "\n").strip()
    statement = db.select(Post.id).where(
        Post.author_id == actor.id, Post.created > now() - JUST_SENT, Post.source == words
    )
    return db.session.scalar(statement.limit(1)) is not None or _was_just_held(actor, words)


def _was_just_held(actor: Any, words: str) -> bool:
    held = db.select(HeldContribution.payload).where(
        HeldContribution.author_id == actor.id, HeldContribution.created > now() - JUST_SENT
    )
    return any(p["texts"].get("body") == words for p in db.session.scalars(held))


def _says_the_same(draft: Draft, words: Words) -> bool:
    return (draft.title, draft.body) == (words.title, words.body)


def _write(draft: Draft, words: Words) -> None:
    draft.title, draft.body = words.title, words.body
    draft.fields = {name: list(values) for name, values in words.fields.items()}
    draft.municipality_id = words.municipality_id
    draft.version += 1
    draft.updated = now()


def _put_aside(draft: Draft) -> Draft:
    """Make room for another text of the same form."""
    draft.copy = draft.id
    db.session.flush()
    return draft


def take_up_draft(actor: Any, draft: Draft) -> None:
    """Let the form open with this draft; the one that it opened with so far is put aside."""
    current = find_draft(actor, draft.context)
    if current is not None and current.id != draft.id:
        _put_aside(current)
    draft.copy, draft.discarded = 0, None
    db.session.flush()


def throw_away_draft(actor: Any, draft: Draft) -> None:
    """Delete a draft so that it can be brought back for some days."""
    draft.copy, draft.discarded = draft.id, now()
    db.session.flush()


def bring_back_draft(actor: Any, draft: Draft) -> None:
    """Undo the deletion; beside a text that was begun since, where there is one."""
    draft.discarded = None
    if find_draft(actor, draft.context) is None:
        draft.copy = 0
    db.session.flush()


def discard_draft(actor: Any, context: str) -> None:
    """Forget the draft of a form that was sent."""
    db.session.execute(
        delete(Draft).where(Draft.user_id == actor.id, Draft.context == context, Draft.copy == 0)
    )


def pass_drafts(
    from_user: Any, to_user: Any, municipality_id: int, *, only: Sequence[int] | None = None
) -> int:
    """Hand on the drafts written in a municipality's name, or ``only`` these; give how many.

    They stand beside the taker's own of the same forms, and the uploads that they show go along.
    """
    statement = db.select(Draft).where(
        Draft.user_id == from_user.id,
        Draft.municipality_id == municipality_id,
        Draft.discarded.is_(None),
    )
    if only is not None:
        statement = statement.where(Draft.id.in_(only))
    drafts = db.session.scalars(statement).all()
    for draft in drafts:
        taken = find_draft(to_user, draft.context) is not None
        draft.user_id, draft.copy = to_user.id, draft.id if taken else 0
        draft.body = pass_attachments(from_user, to_user, draft.body)
        db.session.flush()
    return len(drafts)


def pass_held(from_user: Any, to_user: Any, only: Sequence[int]) -> int:
    """Hand on what was held back in a municipality's name; it keeps its place on the desk."""
    statement = db.select(HeldContribution).where(
        HeldContribution.author_id == from_user.id, HeldContribution.id.in_(only)
    )
    held = db.session.scalars(statement).all()
    for one in held:
        texts = one.payload["texts"].items()
        passed = {name: pass_attachments(from_user, to_user, text) for name, text in texts}
        one.payload = {**one.payload, "texts": passed, "token": ""}
        one.author_id, one.submission = to_user.id, None
        one.version += 1
    db.session.flush()
    return len(held)


def remove_discarded() -> int:
    """Delete drafts that were discarded long enough ago; give how many."""
    old = delete(Draft).where(Draft.discarded < now() - UNDO_FOR)
    return db.session.execute(old).rowcount
