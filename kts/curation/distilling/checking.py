"""What stands in the way of a publication, in sentences for whoever works on the draft.

Nothing is published with words whose author declined, was not asked, or waits to be heard; whoever
kept silent for :data:`SILENT_AFTER` is neither quoted nor named.
"""

from collections.abc import Iterator

from flask_babel import format_date
from flask_babel import gettext as _

from kts.curation.distilling.composing import NEEDED, SECTIONS, experience_values, is_usable
from kts.curation.distilling.models import (
    AGREED,
    CHANGES,
    DECLINED,
    FULL,
    GONE,
    NEW,
    SECTION_LENGTH,
    SILENT,
    SILENT_AFTER,
    WAITING,
    Distillate,
    DistillateContributor,
    DistillatePassage,
)
from kts.curation.distilling.naming import naming_of
from kts.curation.distilling.passages import folded, is_verbatim, marks_in, repeats

SHORTEST_NAME = 4  # a shorter one is part of many words


def obstacles(distillate: Distillate) -> list[str]:
    """List what must be done before the draft can be published; empty where nothing must."""
    return list(
        dict.fromkeys(
            [
                *_of_thread(distillate),
                *_of_texts(distillate),
                *_of_marks(distillate),
                *(
                    sentence
                    for contributor in distillate.contributors
                    for sentence in _of_contributor(distillate, contributor)
                ),
            ]
        )
    )


def _of_thread(distillate: Distillate) -> Iterator[str]:
    thread = distillate.thread
    if not thread.shown or thread.merged_into_id is not None:
        yield _("The conversation is hidden, deleted or merged. Nothing of it can be published.")
    if not any(passage.removed_at is None for passage in distillate.passages):
        yield _("No post is used any more. Take one in, or drop the draft.")


def _of_texts(distillate: Distillate) -> Iterator[str]:
    headings = dict(SECTIONS[distillate.kind])
    for name in NEEDED[distillate.kind]:
        if not distillate.texts.get(name, "").strip():
            yield _("The section “%(name)s” is empty.", name=headings[name])
    if distillate.is_factsheet:
        return
    for name, text in experience_values(distillate).items():
        if len(text) > SECTION_LENGTH:
            yield _(
                "The section “%(name)s” is too long with its quotations: at most %(max)d "
                "characters fit.",
                name=headings[name],
                max=SECTION_LENGTH,
            )


def _of_marks(distillate: Distillate) -> Iterator[str]:
    known = {one.number: one for one in distillate.passages}
    for text in distillate.texts.values():
        for number in marks_in(text):
            passage = known.get(number)
            if passage is None or passage.removed_at is not None:
                yield _("[[Zitat %(number)d]] means no passage. Remove it.", number=number)
            elif not is_usable(passage):
                yield _(
                    "The post of quotation %(number)d can no longer be read by those who read "
                    "the conversation. Take the passage out.",
                    number=number,
                )


def _of_contributor(distillate: Distillate, contributor: DistillateContributor) -> Iterator[str]:
    passages = [one for one in contributor.passages if one.removed_at is None]
    standing, name = contributor.standing, contributor.shown_name
    if passages and standing in (NEW, WAITING, CHANGES):
        yield _unheard(contributor)
    if standing in (DECLINED, SILENT):
        yield from _must_go(distillate, contributor)
    if standing == GONE:
        yield from _altered(passages)
    if standing in (AGREED, SILENT, DECLINED) and _is_named_all_the_same(distillate, contributor):
        yield _("The text names %(name)s, who is not to be named.", name=name)


def _unheard(contributor: DistillateContributor) -> str:
    name, standing = contributor.shown_name, contributor.standing
    if standing == NEW:
        return _("%(name)s has not been asked about these words yet.", name=name)
    if standing == CHANGES:
        return _("%(name)s has suggested another wording. Take it over or answer it.", name=name)
    since = contributor.asked_at
    if since is None:
        raise ValueError("whoever waits was asked")
    return _(
        "%(name)s has not answered yet. From %(day)s on you can publish without quotation and "
        "name.",
        name=name,
        day=format_date((since + SILENT_AFTER).date(), "long"),
    )


def _must_go(distillate: Distillate, contributor: DistillateContributor) -> Iterator[str]:
    """Ask for words to be taken out: all of who declined, the quotations of who kept silent."""
    declined, name = contributor.standing == DECLINED, contributor.shown_name
    quoted = {number for text in distillate.texts.values() for number in marks_in(text)}
    text = "\n".join(distillate.texts.values())
    for passage in contributor.passages:
        if passage.removed_at is None and declined:
            yield _(
                "%(name)s does not agree. Take passage %(number)d out.",
                name=name,
                number=passage.number,
            )
        elif passage.removed_at is None and passage.number in quoted:
            yield _(
                "%(name)s has not answered for 21 days. Put quotation %(number)d into your own "
                "words.",
                name=name,
                number=passage.number,
            )
        if repeats(text, passage.words):
            yield _(
                "The text still holds words of %(name)s (passage %(number)d) that may not be used.",
                name=name,
                number=passage.number,
            )


def _altered(passages: list[DistillatePassage]) -> Iterator[str]:
    """Keep what somebody said who can no longer be asked as she said it."""
    for passage in passages:
        if passage.post is not None and not is_verbatim(passage.words, passage.post.source):
            yield _(
                "The author of passage %(number)d can no longer be asked. Quote her word for "
                "word; leave out with […].",
                number=passage.number,
            )


def _is_named_all_the_same(distillate: Distillate, contributor: DistillateContributor) -> bool:
    if naming_of(contributor) == FULL:
        return False
    name = contributor.shown_name
    text = f" {folded(distillate.title)} {folded(' '.join(distillate.texts.values()))} "
    return len(name) >= SHORTEST_NAME and f" {folded(name)} " in text
