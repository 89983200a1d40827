"""The mix of questions that the benchmark asks: always the same ones, 40 of each length.

One to eight words long, made from the first 10,000 entries of the texts. Of twenty questions of a
length,

* 3 are content words picked from one text, in any order; many are rare;
* 3 are familiar words (of the 5,000 commonest) picked from one text;
* 5 are words that follow each other in one text, stop words among them;
* 3 are words by how common they are, not from one text, so mostly no entry has them all;
* 2 are of the hundred commonest content words, which cost the most;
* 2 have a compound that was put together of two words of the text and stands in none as such;
* 2 have words of one text in another inflection.

Besides, one question of twelve has a typing error in its longest word, one of twenty a quoted
phrase (of those with two words and more), and one of twenty is restricted to a kind, a Land, a
topic or a year. They are asked in turn by a visitor, a member and a member of two groups, so that
each lacks some of the entries.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Any

from corpus import documents, vocabulary

from kts.search import german
from kts.search.engine import IndexDocument, SearchRequest

MADE_FROM = 10_000
LENGTHS = range(1, 9)
OF_EACH_LENGTH = 40
COMMON, FAMILIAR = 100, 5_000
TYPO_EVERY, PHRASE_EVERY, FILTER_EVERY = 12, 20, 20
LIMIT = 10
ASKERS = (
    frozenset({"public"}),
    frozenset({"public", "members"}),
    frozenset({"public", "members", "group:1", "group:3"}),
)
_ENDINGS = ("en", "es", "er", "e", "n", "s")
_WORD = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True)
class Question:
    """A query as typed, who asks, and what it is restricted to."""

    text: str
    length: int
    asker: frozenset[str]
    filters: dict[str, Any] = field(default_factory=dict)

    def request(self) -> SearchRequest:
        """Give it as the engines take it."""
        chosen = {name: frozenset({value}) for name, value in self.filters.items()}
        return SearchRequest(self.text, self.asker, limit=LIMIT, **chosen)


def questions(entries: Sequence[IndexDocument]) -> list[Question]:
    """Make the questions from entries, in the order in which they are asked."""
    chance = Random(3)
    made = [
        _question(number, length, chance, entries)
        for length in LENGTHS
        for number in range(OF_EACH_LENGTH)
    ]
    chance.shuffle(made)
    return made


def default(number: int) -> list[Question]:
    """Make the questions for an index of so many entries."""
    return questions(list(documents(min(number, MADE_FROM))))


def _question(
    number: int, length: int, chance: Random, entries: Sequence[IndexDocument]
) -> Question:
    entry = chance.choice(entries)
    words = _KINDS[number % len(_KINDS)](chance, entry, length)
    if number % TYPO_EVERY == length % TYPO_EVERY:
        _mistype(words, chance)
    text = " ".join(words)
    if length > 1 and number % PHRASE_EVERY == (length * 5 + 3) % PHRASE_EVERY:
        run = _run(chance, entry, 2)
        text = " ".join([f'"{" ".join(run)}"', *words[2:]])
    filters = {}
    if number % FILTER_EVERY == (length * 3 + 1) % FILTER_EVERY:
        filters = _filter(chance, entry)
    return Question(text, length, ASKERS[number % len(ASKERS)], filters)


def _content(entry: IndexDocument) -> list[str]:
    text = f"{entry.title} {entry.body}"
    found = dict.fromkeys(_WORD.findall(text))
    return [word for word in found if not german.is_stop_word(german.analyse(word))]


def _from_one_text(chance: Random, entry: IndexDocument, length: int) -> list[str]:
    return chance.sample(_content(entry), length)


def _familiar(chance: Random, entry: IndexDocument, length: int) -> list[str]:
    content = _content(entry)
    known = [word for word in content if word in _familiar_words()]
    rest = [word for word in content if word not in _familiar_words()]
    chance.shuffle(known)
    return (known + rest)[:length]


@cache
def _familiar_words() -> frozenset[str]:
    return frozenset(vocabulary().words[:FAMILIAR])


def _run(chance: Random, entry: IndexDocument, length: int) -> list[str]:
    """Take words in a row that are not all stop words."""
    words = _WORD.findall(entry.body)
    content = set(_content(entry))
    while True:
        start = chance.randrange(len(words) - length)
        found = words[start : start + length]
        if content.intersection(found):
            return found


def _at_large(chance: Random, _entry: IndexDocument, length: int) -> list[str]:
    return vocabulary().draw(chance, length)


def _common(chance: Random, _entry: IndexDocument, length: int) -> list[str]:
    return chance.sample(vocabulary().words[:COMMON], length)


def _new_compound(chance: Random, entry: IndexDocument, length: int) -> list[str]:
    words = chance.sample(_content(entry), length + 1)
    return [words[0] + words[1].lower(), *words[2:]]


def _inflected(chance: Random, entry: IndexDocument, length: int) -> list[str]:
    return [_other_ending(word, chance) for word in chance.sample(_content(entry), length)]


def _other_ending(word: str, chance: Random) -> str:
    bare = next((word[: -len(end)] for end in _ENDINGS if word.endswith(end)), word)
    return (bare if len(bare) > 3 else word) + chance.choice(_ENDINGS)


_KINDS = [
    *[_from_one_text] * 3,
    *[_familiar] * 3,
    *[_run] * 5,
    *[_at_large] * 3,
    *[_common] * 2,
    *[_new_compound] * 2,
    *[_inflected] * 2,
]


def _mistype(words: list[str], chance: Random) -> None:
    """Swap, drop or change a letter in the longest word."""
    place = max(range(len(words)), key=lambda number: len(words[number]))
    word = words[place]
    at = chance.randrange(1, len(word) - 1)
    words[place] = chance.choice(
        (
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + word[at + 1 :],
            word[:at] + chance.choice("eanrti") + word[at + 1 :],
        )
    )


def _filter(chance: Random, entry: IndexDocument) -> dict[str, Any]:
    return chance.choice(
        (
            {"kinds": entry.kind},
            {"lands": entry.land},
            {"topics": entry.topics[0]},
            {"years": entry.year},
        )
    )


if __name__ == "__main__":
    for question in default(MADE_FROM):
        print(question.length, question.text, question.filters or "", sep="\t")
