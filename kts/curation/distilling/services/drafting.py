"""A draft: begun with chosen posts, written by several, dropped and brought back."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _

from kts.core import audit
from kts.core.clock import now
from kts.core.errors import Conflict, Invalid
from kts.curation.distilling import work
from kts.curation.distilling.composing import SECTIONS
from kts.curation.distilling.models import (
    AGREED,
    ASKED,
    DECLINED,
    DRAFT,
    DROPPED,
    EXPERIENCE,
    PLACE_LENGTH,
    PUBLISHED,
    TITLE_LENGTH,
    WAITING,
    Distillate,
    DistillateContributor,
    DistillatePassage,
)
from kts.curation.distilling.passages import mark, words_of
from kts.extensions import db
from kts.forum.models import Post, Thread
from kts.forum.queries.people import bylines
from kts.forum.services.turns import take_own_turn

MOST_PASSAGES = 40  # more is no summary; each is asked about


def begin(
    actor: Any, thread: Thread, kind: str, posts: Sequence[Post], token: str = ""
) -> Distillate:
    """Begin a draft with the words of these posts as quotations; raise Invalid without any.

    The same form, known by its token, sent twice gives the same draft.
    """
    if not posts:
        raise Invalid(_("Please tick at least one post."))
    submission = hashlib.sha256(f"{actor.id}:{token}".encode()).hexdigest() if token else None
    take_own_turn(actor)
    if submission and (known := _begun(submission)):
        return known
    distillate = Distillate(
        kind=kind,
        thread=thread,
        municipality_id=thread.municipality_id if kind == EXPERIENCE else None,
        title=thread.title[:TITLE_LENGTH],
        as_of=now().date(),
        created_by_id=actor.id,
        submission=submission,
    )
    db.session.add(distillate)
    db.session.flush()
    passages = _take_in(actor, distillate, posts)
    distillate.texts = _prefilled(distillate, passages)
    audit.record(actor, "distillate.create", distillate)
    return distillate


def _begun(submission: str) -> Distillate | None:
    return db.session.scalar(db.select(Distillate).filter_by(submission=submission))


def add_posts(actor: Any, distillate: Distillate, posts: Sequence[Post]) -> int:
    """Take further posts in; their marks are put at the end of a section. Give their number."""
    known = {one.post_id: one for one in distillate.passages}
    again = [known[post.id] for post in posts if post.id in known and known[post.id].removed_at]
    new = _take_in(actor, distillate, [post for post in posts if post.id not in known])
    for passage in again:
        passage.removed_at = None
        hear_again(actor, passage.contributor)
    if new or again:
        section = "details" if distillate.is_factsheet else "worked"
        ends = [distillate.texts.get(section, ""), *(mark(one.number) for one in (*again, *new))]
        distillate.texts = {**distillate.texts, section: "\n\n".join(filter(None, ends))}
        _changed(distillate)
    return len(new) + len(again)


def _take_in(actor: Any, distillate: Distillate, posts: Sequence[Post]) -> list[DistillatePassage]:
    number = max((one.number for one in distillate.passages), default=0)
    if len(posts) + len(distillate.passages) > MOST_PASSAGES:
        raise Invalid(_("At most %(max)d posts fit into one text.", max=MOST_PASSAGES))
    lines = bylines(post.author for post in posts)
    taken = []
    for post in posts:
        number += 1
        byline = lines.get(post.author_id or 0)
        places = [name for name, _slug in byline.municipalities] if byline else []
        if post.official_for is not None:
            places = [post.official_for.name]
        contributor = _contributor(actor, distillate, post, ", ".join(places)[:PLACE_LENGTH])
        passage = DistillatePassage(
            contributor=contributor, post=post, number=number, words=words_of(post.source)
        )
        distillate.passages.append(passage)
        taken.append(passage)
        hear_again(actor, contributor)
    db.session.flush()
    return taken


def _contributor(
    actor: Any, distillate: Distillate, post: Post, place: str
) -> DistillateContributor:
    for known in distillate.contributors:
        if known.user_id == post.author_id:
            return known
    name = post.author.display_name if post.author else ""
    contributor = DistillateContributor(
        user=post.author, name=name, place=place, answer=WAITING, version=0
    )
    distillate.contributors.append(contributor)
    db.session.flush()
    return contributor


def hear_again(actor: Any, contributor: DistillateContributor) -> None:
    """Let an answer count no more, since the words are other ones; a refusal stays.

    Whoever uses her own words agrees by doing so.
    """
    contributor.version = (contributor.version or 0) + 1
    if contributor.answer == DECLINED:
        return
    contributor.asked_at = contributor.reminded_at = contributor.answered_at = None
    contributor.answer = WAITING
    if contributor.user_id is not None and contributor.user_id == actor.id:
        contributor.answer, contributor.answered_at = AGREED, now()


def _prefilled(distillate: Distillate, passages: Sequence[DistillatePassage]) -> dict[str, str]:
    """Spread the passages over the sections: the question first, the accepted answer where it fits.

    Only a beginning: whoever writes the text moves the marks.
    """
    texts = {name: "" for name, _heading in SECTIONS[distillate.kind]}
    opening, answer, others = (
        ("details", "short", "details") if distillate.is_factsheet else ("start", "done", "worked")
    )
    accepted = distillate.thread.accepted_post_id
    for passage in passages:
        post = passage.post
        place = answer if post.id == accepted else opening if post.number == 1 else others
        texts[place] = "\n\n".join(filter(None, (texts[place], mark(passage.number))))
    if distillate.is_factsheet:
        texts["question"] = distillate.title
    return texts


def change(
    actor: Any,
    distillate: Distillate,
    version: int,
    *,
    title: str,
    texts: Mapping[str, str],
    as_of: date | None,
    municipality_id: int | None,
    words: Mapping[int, str],
    turned: Collection[int] = (),
) -> None:
    """Change the draft; raise Conflict where somebody changed it meanwhile.

    ``words`` are the quotations by passage, ``turned`` the passages to be taken out, or in again.
    Whose words change has to be asked anew.
    """
    require_version(distillate, version)
    distillate.title, distillate.as_of = title.strip(), as_of
    distillate.texts = {
        name: texts.get(name, "").strip() for name, _heading in SECTIONS[distillate.kind]
    }
    if distillate.kind == EXPERIENCE:
        distillate.municipality_id = municipality_id
    for passage in distillate.passages:
        _change_passage(actor, passage, words.get(passage.id), passage.id in turned)
    _changed(distillate)


def _change_passage(
    actor: Any, passage: DistillatePassage, words: str | None, turned: bool
) -> None:
    if turned and passage.removed_at is None:
        passage.removed_at = now()
        return
    if turned:
        passage.removed_at = None
        hear_again(actor, passage.contributor)
    if words is not None and words.strip() and words.strip() != passage.words:
        passage.words, passage.suggested = words.strip(), ""
        hear_again(actor, passage.contributor)


def require_version(distillate: Distillate, version: int) -> None:
    """Raise Conflict where the draft is no more what the actor had before her eyes."""
    if distillate.version != version:
        raise Conflict(
            _(
                "Somebody else has changed this draft meanwhile. Compare your text with the draft "
                "as it is now; if you save again, yours counts."
            )
        )


def _changed(distillate: Distillate) -> None:
    distillate.version += 1
    distillate.updated = now()
    work.is_waiting(distillate)


def drop(actor: Any, distillate: Distillate, reason: str) -> None:
    """Go no further with a draft; raise Invalid for what is published already."""
    if distillate.state == PUBLISHED:
        raise Invalid(_("What is published is hidden on its own page, not dropped here."))
    if distillate.state == DROPPED:
        return
    distillate.state, distillate.dropped_reason = DROPPED, reason.strip()
    _settle(actor, distillate)
    audit.record(actor, "distillate.drop", distillate, reason=distillate.dropped_reason)


def bring_back(actor: Any, distillate: Distillate) -> None:
    """Go on with a draft that was dropped; what contributors answered still counts."""
    if distillate.state != DROPPED:
        return
    asked = any(one.asked_at is not None for one in distillate.contributors)
    distillate.state, distillate.dropped_reason = ASKED if asked else DRAFT, ""
    _changed(distillate)
    audit.record(actor, "distillate.bring_back", distillate)


def _settle(actor: Any, distillate: Distillate) -> None:
    distillate.version += 1
    work.is_done(actor, distillate)
