"""German texts to measure a search engine with: made up, any number of them, always the same ones.

No text of anybody's is needed and none is published. The words come from the platform's own German
texts (the commonest, umlauts and all), from the noun table of the German analysis in all its
inflections, and from compounds put together of that table's parts. They are drawn by the law of
Zipf and Mandelbrot; a third of the words come from the subject of a thing and a seventh from a few
words of its own, because texts repeat themselves. Two in five words are stop words, as often as in
the platform's texts. With 100,000 entries that gives more than 150,000 different forms, and the
commonest content word stands in about four entries of ten.

Things are documents of 1 to 40 pages (every eighth also in an older version), threads and
municipalities, from 2012 to 2026, in 16 Länder, with 14 visibilities. The entries for a smaller
number are the first ones of a larger number.
"""

from __future__ import annotations

import gzip
import itertools
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from pathlib import Path
from random import Random

import kts
from kts.search import german
from kts.search.engine import IndexDocument

OWN_TEXTS = Path(kts.__file__).parent
FORMS = 450_000
SHIFT = 6.0  # Mandelbrot's: how much the commonest words are held down
_LINKED = ("ungs", "heits", "keits", "ions", "tats", "schafts", "en")  # before another part
SUBJECTS = 40
WORDS_OF_A_SUBJECT = 3_000
WORDS_OF_A_THING = 30
WORDS_OF_AN_ENTRY = (100, 25)  # mean, deviation
MOST_PAGES = 40
GROUPS = 12
NUMBERS_SHARE = 0.02
HYPHENS_SHARE = 0.01
EVERY_OLDER_VERSION = 8
NEW_HEADING = 0.4  # of the pages begin a new chapter
TOPICS = (
    *("mobilitaet", "energie-und-klima", "beteiligung", "daten", "verwaltung", "bildung"),
    *("gesundheit", "wirtschaft", "wohnen", "kultur", "sicherheit", "innenstadt"),
)
_KEY = re.compile(r"^(?:\w+ = |\[\[.*)|\S+@\S+|https?:\S+", re.M)  # what is no text in TOML
_WORD = re.compile(r"[A-Za-zÄÖÜäöüß]{2,}")


class Vocabulary:
    """All words that may stand in a text, the commonest first."""

    def __init__(self) -> None:
        counted = _own_words()
        small = Counter[str]()
        for word, count in counted.items():
            small[word.casefold()] += count
        self.stop_words = [word for word in small if german.fold(word) in _stop_words()]
        self._stop_weights = list(itertools.accumulate(small[word] for word in self.stop_words))
        self.words = self._all_words(counted)
        self._weights = list(
            itertools.accumulate(1 / (rank + SHIFT) for rank in range(len(self.words)))
        )

    def _all_words(self, counted: Counter[str]) -> list[str]:
        stop = set(self.stop_words)
        familiar = [word for word, _count in counted.most_common() if word.casefold() not in stop]
        chance = Random(1)
        nouns = [form.capitalize() for group in _nouns() for form in group]
        chance.shuffle(nouns)
        compounds = _compounds(chance)
        # Every second one is a compound that no dictionary has; the rarest are all such.
        mixed = itertools.chain.from_iterable(zip(nouns, compounds, strict=False))
        every = dict.fromkeys(itertools.chain(familiar, mixed))
        every.update(dict.fromkeys(itertools.islice(compounds, FORMS - len(every))))
        return list(every)

    def draw(self, chance: Random, number: int) -> list[str]:
        """Draw content words by how common they are."""
        return chance.choices(self.words, cum_weights=self._weights, k=number)

    def draw_stop_words(self, chance: Random, number: int) -> list[str]:
        """Draw stop words by how common they are."""
        return chance.choices(self.stop_words, cum_weights=self._stop_weights, k=number)

    @cached_property
    def subjects(self) -> list[list[str]]:
        """Give each subject's words, the commonest first; no very common word is among them."""
        chance = Random(2)
        weights = list(itertools.accumulate(1 / (rank + 200) for rank in range(60_000)))
        return [
            [
                self.words[300 + rank]
                for rank in chance.choices(range(60_000), cum_weights=weights, k=WORDS_OF_A_SUBJECT)
            ]
            for _subject in range(SUBJECTS)
        ]


_SUBJECT_WEIGHTS = list(itertools.accumulate(1 / (rank + 10) for rank in range(WORDS_OF_A_SUBJECT)))


@cache
def _stop_words() -> frozenset[str]:
    return frozenset(german.fold(word) for word in german.STOP_WORDS_TEXT.split())


@cache
def vocabulary() -> Vocabulary:
    """Give the vocabulary (made once a process)."""
    return Vocabulary()


def _own_words() -> Counter[str]:
    """Count the words of the platform's own German texts, as they are mostly written."""
    written: Counter[str] = Counter()
    files = [*(OWN_TEXTS / "demo" / "content").rglob("*.*"), *OWN_TEXTS.rglob("texts/*.de.md")]
    for path in sorted(files):
        if path.suffix in {".md", ".toml"}:
            text = _KEY.sub("", path.read_text(encoding="utf-8"))
            written.update(_WORD.findall(text))
    counts: Counter[str] = Counter()
    spelling: dict[str, str] = {}
    for word, count in written.most_common():
        spelled = spelling.setdefault(word.casefold(), word)
        counts[spelled] += count
    return counts


@cache
def _parts() -> dict[str, tuple[int, int]]:
    parts = {}
    with gzip.open(german.DATA / "german_parts.txt.gz", "rt", encoding="utf-8") as rows:
        for row in rows:
            form, begins, ends = row.split()
            parts[form] = (int(begins), int(ends))
    return {form: counts for form, counts in parts.items() if not _is_odd(form, parts)}


def _is_odd(form: str, parts: Mapping[str, object]) -> bool:
    """Whether a rule made a plural that nobody writes ("Amtn"); the analysis needs them."""
    return form.endswith("n") and form[-2:-1] not in "elr" and form[:-1] in parts


def _nouns() -> list[list[str]]:
    """Give the nouns of the table, each with its inflected forms."""
    groups: list[list[str]] = []
    for form, (_begins, ends) in _parts().items():
        if ends < 0 or len(form) < 4:
            continue
        stem = groups[-1][0] if groups else "?"
        if form.startswith(stem) and len(form) <= len(stem) + 3:
            groups[-1].append(form)
        else:
            groups.append([form])
    return groups


def _compounds(chance: Random) -> Iterator[str]:
    """Put compounds together of parts that often stand in some, without an end."""
    whole = {group[0] for group in _nouns()}
    firsts = [
        (form, begins)
        for form, (begins, _ends) in _parts().items()
        if begins > 3 and (form in whole or form.endswith(_LINKED))
    ]
    lasts = [(form, ends) for form, (_begins, ends) in _parts().items() if ends > 3]
    first_weights = list(itertools.accumulate(count for _form, count in firsts))
    last_weights = list(itertools.accumulate(count for _form, count in lasts))
    while True:
        parts = [form for form, _count in chance.choices(firsts, cum_weights=first_weights, k=2)]
        last = chance.choices(lasts, cum_weights=last_weights)[0][0]
        yield "".join([*parts[: 2 if chance.random() < 0.1 else 1], last]).capitalize()


class _Thing:
    """A document, a thread or a municipality while its texts are made."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.chance = Random(1_000_003 * number + 7)
        self.words = vocabulary()
        self.subject = self.words.subjects[self.chance.randrange(SUBJECTS)]
        self.own = [*self._of_subject(WORDS_OF_A_THING // 2), *self._drawn(WORDS_OF_A_THING // 2)]

    def _of_subject(self, number: int) -> list[str]:
        return self.chance.choices(self.subject, cum_weights=_SUBJECT_WEIGHTS, k=number)

    def _drawn(self, number: int) -> list[str]:
        return self.words.draw(self.chance, number)

    def content_words(self, number: int) -> list[str]:
        """Draw words: half of them at large, the others of the subject and of the thing."""
        of_subject, own = number // 3, number // 7
        found = [
            *self._drawn(number - of_subject - own),
            *self._of_subject(of_subject),
            *self.chance.choices(self.own, k=own),
        ]
        self.chance.shuffle(found)
        return found

    def text(self) -> str:
        """Make sentences of about as many words as an entry has."""
        length = max(30, min(200, round(self.chance.gauss(*WORDS_OF_AN_ENTRY))))
        words = [*self.content_words(length * 3 // 5), *(["\0"] * (length - length * 3 // 5))]
        self.chance.shuffle(words)
        small = iter(self.words.draw_stop_words(self.chance, length))
        words = [next(small) if word == "\0" else self._varied(word) for word in words]
        sentences = []
        while words:
            size = self.chance.randint(6, 22)
            sentences.append(self._sentence(words[:size]))
            del words[:size]
        return "".join(sentences).strip()

    def _varied(self, word: str) -> str:
        dice = self.chance.random()
        if dice < NUMBERS_SHARE:
            return str(
                self.chance.choice((self.chance.randint(2, 99), self.chance.randint(2000, 2035)))
            )
        return (
            f"{word}-{self.chance.choice(self.own)}"
            if dice < NUMBERS_SHARE + HYPHENS_SHARE
            else word
        )

    def _sentence(self, words: list[str]) -> str:
        middle = len(words) // 2
        if len(words) > 10:
            words[middle] += ","
        end = ".\n\n" if self.chance.random() < 0.2 else ". "
        first = words[0]
        return " ".join([first[:1].upper() + first[1:], *words[1:]]) + end

    def heading(self) -> str:
        """Make a heading of one to four words."""
        return " ".join(
            [*self.content_words(self.chance.randint(1, 3)), self.chance.choice(self.own)]
        )

    def entries(self, first_key: int) -> Iterator[IndexDocument]:
        """Give the entries of the thing; their keys count from ``first_key``."""
        kind = self.chance.choices(("document", "thread", "municipality"), (45, 50, 5))[0]
        created = datetime(2012, 1, 1, tzinfo=UTC) + timedelta(hours=self.chance.randrange(130_000))
        place = self.chance.randrange(400)
        template = IndexDocument(
            key="", kind=kind, id=self.number, parent=f"{kind}:{self.number}", language="de",
            title=self.heading() + " " + " ".join(self.content_words(3)), body="",
            url=f"/{kind}/{self.number}", topics=tuple(self.chance.sample(TOPICS, 2)),
            municipality=f"musterort-{place}", land=f"{place % 16 + 1:02}",
            visibility=self._visibility(), created=created, updated=created, year=created.year,
        )  # fmt: skip
        keys = itertools.count(first_key)
        if kind == "document":
            yield from self._pages(template, keys)
            return
        for _post in range(self.chance.randint(1, 9) if kind == "thread" else 1):
            yield replace(template, key=f"{kind}-entry:{next(keys)}", body=self.text())

    def _pages(self, template: IndexDocument, keys: Iterator[int]) -> Iterator[IndexDocument]:
        number = min(MOST_PAGES, 1 + int(self.chance.expovariate(1 / 9)))
        versions = 2 if self.number % EVERY_OLDER_VERSION == 0 else 1
        pages, heading = [], ""
        for page in range(1, number + 1):
            if page == 1 or self.chance.random() < NEW_HEADING:
                heading = self.heading()
            text = f"{heading}\n{self.text()}"
            url = f"{template.url}/seite/{page}"
            pages.append(
                replace(
                    template, key=f"page:{next(keys)}", body=text, heading=heading, page=page,
                    url=url, version=versions,
                )
            )  # fmt: skip
        yield from pages
        if versions == 2:
            for page in pages:
                body = page.body.rpartition("\n\n")[0] or page.body
                yield replace(page, key=f"page:{next(keys)}", body=body, version=1, superseded=True)

    def _visibility(self) -> str:
        groups = [f"group:{number}" for number in range(1, GROUPS + 1)]
        return self.chance.choices(("public", "members", *groups), (60, 22, *[1.5] * GROUPS))[0]


def documents(number: int) -> Iterator[IndexDocument]:
    """Give the first ``number`` entries."""
    return itertools.islice(_entries(), number)


def _entries() -> Iterator[IndexDocument]:
    key = 1
    for number in itertools.count(1):
        for entry in _Thing(number).entries(key):
            yield entry
            key += 1


def describe(entries: Sequence[IndexDocument]) -> str:
    """Say how large the texts are and how their words are spread."""
    held: Counter[str] = Counter()
    words = 0
    for entry in entries:
        found = [word.casefold() for word in re.findall(r"\w+", entry.body)]
        words += len(found)
        held.update(set(found))
    common = (row for row in held.most_common() if german.fold(row[0]) not in _stop_words())
    word, count = next(common)
    return (
        f"{len(entries):,} entries of {words / len(entries):.0f} words, {len(held):,} forms; "
        f'"{word}" stands in {count / len(entries):.0%} of them'
    )


if __name__ == "__main__":
    print(describe(list(documents(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))))
