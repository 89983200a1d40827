"""Watched words: one, changed, or many lines at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from kts.core import audit
from kts.core.errors import Invalid
from kts.curation.rules.forms import useful_phrase
from kts.curation.rules.matching import fold
from kts.curation.rules.models import WatchedWord
from kts.curation.rules.services.keeping import add_once, require_version, write
from kts.extensions import db


@dataclass(frozen=True)
class Added:
    """What became of pasted lines: how many are new, which were known, which cannot be watched."""

    new: int
    known: Sequence[str]
    refused: Sequence[tuple[str, Any]]


def add_word(actor: Any, values: dict[str, Any]) -> WatchedWord:
    """Watch a word; raise Invalid where it is watched already."""
    word = WatchedWord(**values, folded=fold(values["phrase"]))
    _refuse_known(word.folded, word.whole)
    add_once(word, _("“%(phrase)s” is watched already.", phrase=word.phrase))
    audit.record(actor, "watched_word.create", word)
    return word


def change_word(actor: Any, word: WatchedWord, values: dict[str, Any], version: int) -> None:
    """Change a rule; raise Conflict where somebody did so meanwhile."""
    require_version(word, version)
    folded = fold(values["phrase"])
    _refuse_known(folded, values["whole"], but=word)
    changes = write(word, values)
    if not changes:
        return
    word.folded = folded
    word.version += 1
    db.session.flush()
    audit.record(actor, "watched_word.change", word, changes=changes)


def add_words(actor: Any, phrases: Sequence[str], *, whole: bool, note: str) -> Added:
    """Watch many words; those that are watched already stay as they are."""
    known = set(db.session.scalars(db.select(WatchedWord.folded).filter_by(whole=whole)))
    new: list[WatchedWord] = []
    doubled, refused = [], []
    for phrase in phrases:
        if sentence := useful_phrase(phrase, whole=whole):
            refused.append((phrase, sentence))
        elif (folded := fold(phrase)) in known:
            doubled.append(phrase)
        else:
            known.add(folded)
            new.append(WatchedWord(phrase=phrase, folded=folded, whole=whole, note=note))
    db.session.add_all(new)
    db.session.flush()
    if new:
        words = [word.phrase for word in new]
        audit.record(actor, "watched_word.import", None, changes={"words": [None, words]})
    return Added(len(new), doubled, refused)


def _refuse_known(folded: str, whole: bool, but: WatchedWord | None = None) -> None:
    known = db.session.scalar(db.select(WatchedWord).filter_by(folded=folded, whole=whole))
    if known is not None and known is not but:
        raise Invalid(_("“%(phrase)s” is watched already.", phrase=known.phrase))
