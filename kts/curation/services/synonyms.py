"""Keeping the groups of synonyms: what a group may hold, and every change with its log entry.

The search reads the table for each question, so a change counts as soon as it is committed.
"""

import re
from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _

from kts.core import audit
from kts.core.audit import AuditEntry
from kts.core.errors import Conflict, Invalid
from kts.curation.queries.synonyms import groups_with, same_word
from kts.extensions import db
from kts.search import german
from kts.search.models import Synonym

FEWEST, MOST = 2, 20  # words of a group; each makes every search for one of them slower
LONGEST = 60  # characters of one word, as long as the search reads a word
MOST_WORDS = 5  # in one member: "mobiles Arbeiten im öffentlichen Dienst"


class Overlap(Conflict):
    """Words of the group stand in other groups already; ``groups`` are these."""

    def __init__(self, groups: Sequence[Synonym]) -> None:
        super().__init__(_("Some of these words are in another group already."))
        self.groups = groups


def read_words(text: str) -> list[str]:
    """Read the members of a group, separated by lines or commas; raise Invalid with the reason.

    Members that the search cannot tell apart ("Fahrrad", "Fahrräder") are one; the first stays.
    """
    words: dict[str, str] = {}
    for part in re.split(r"[,;\n]", text):
        word = " ".join(part.split())
        if word:
            _refuse_useless(word)
            words.setdefault(same_word(word), word)
    if len(words) < FEWEST:
        raise Invalid(
            _(
                "A group needs at least two different words. Words that differ only in their "
                "ending are one word to the search."
            )
        )
    if len(words) > MOST:
        raise Invalid(_("A group can hold at most %(most)d words.", most=MOST))
    return list(words.values())


def _refuse_useless(word: str) -> None:
    tokens = list(german.tokens(word))
    if not tokens:
        raise Invalid(
            _("“%(word)s” holds no word that could be searched for.", word=word[:LONGEST])
        )
    if all(german.is_stop_word(token.word) for token in tokens):
        raise Invalid(
            _(
                "“%(word)s” is in every text, so the search leaves it out. It cannot be a synonym.",
                word=word[:LONGEST],
            )
        )
    if len(word) > LONGEST or len(tokens) > MOST_WORDS:
        raise Invalid(
            _(
                "“%(word)s” is too long. A member has at most %(words)d words and %(length)d "
                "characters.",
                word=word[:LONGEST],
                words=MOST_WORDS,
                length=LONGEST,
            )
        )


def add_group(actor: Any, words: Sequence[str], *, keep_apart: bool = False) -> Synonym:
    """Add a group; raise Overlap where other groups hold some of its words."""
    _refuse_overlap(words, None, keep_apart)
    group = Synonym(words=", ".join(words))
    db.session.add(group)
    audit.record(actor, "synonym.create", group, changes={"words": ["", group.words]})
    return group


def change_group(
    actor: Any, group: Synonym, words: Sequence[str], version: int, *, keep_apart: bool = False
) -> None:
    """Give the group other words; raise Conflict where somebody changed it meanwhile."""
    if group.version != version:
        raise Conflict(
            _(
                "Somebody else has changed this group meanwhile. It now reads: %(words)s",
                words=group.words,
            )
        )
    _refuse_overlap(words, group, keep_apart)
    changes = {"words": [group.words, ", ".join(words)]}
    group.words = ", ".join(words)
    group.version += 1
    audit.record(actor, "synonym.change", group, changes=changes)


def merge_groups(actor: Any, words: Sequence[str], group: Synonym | None = None) -> Synonym:
    """Make one group of these words, the group's own and all groups that share a word."""
    others = groups_with(words, group)
    together = {same_word(word): word for word in words}
    for other in others:
        for word in other.members:
            together.setdefault(same_word(word), word)
    if len(together) > MOST:
        raise Invalid(_("A group can hold at most %(most)d words.", most=MOST))
    if group is None:
        group = others.pop(0)
    for other in others:
        delete_group(actor, other)
    old, group.words = group.words, ", ".join(together.values())
    group.version += 1
    audit.record(actor, "synonym.merge", group, changes={"words": [old, group.words]})
    return group


def delete_group(actor: Any, group: Synonym) -> AuditEntry:
    """Delete the group; the log keeps its words, so that ``restore_group`` can bring it back."""
    entry = audit.record(actor, "synonym.delete", group, changes={"words": [group.words, ""]})
    db.session.delete(group)
    db.session.flush()
    return entry


def restore_group(actor: Any, entry: AuditEntry) -> Synonym:
    """Bring a deleted group back; raise Overlap where its words stand in another one by now."""
    words = entry.changes["words"][0]
    group = Synonym(words=words)
    _refuse_overlap(group.members, None, keep_apart=False)
    db.session.add(group)
    audit.record(actor, "synonym.restore", group, changes={"words": ["", words]})
    return group


def _refuse_overlap(words: Sequence[str], group: Synonym | None, keep_apart: bool) -> None:
    if not keep_apart and (groups := groups_with(words, group)):
        raise Overlap(groups)
