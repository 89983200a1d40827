"""The one German analysis that every search engine uses.

It exists so that an index and a query, and two engines, agree on what a word is: folded (``ü``,
``ue`` and ``u`` are one letter), stemmed, and split into the parts of a compound. It depends on no
engine and no database. It refuses nothing: any text gives a list of words, and a word is cut at
``LONGEST_WORD`` so that no input takes long.
"""

from __future__ import annotations

import gzip
import math
import re
import threading
import unicodedata
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

import Stemmer

DATA = Path(__file__).parent / "data"
T = TypeVar("T")

LONGEST_WORD = 60  # "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz" has 63
SHORTEST_COMPOUND = 6  # "Radweg"
LONGEST_COMPOUND = 45  # splitting tries every cut, so very long words stay whole
SHORTEST_PART = 3
MOST_PARTS = 4
STEMMED_TWICE_FROM = 6  # letters that are left
PART_AT_LEAST = 1.0  # the weakest part that may take part in a split, see _strength
COST_OF_A_CUT = 0.5
BLOCK = 256  # bytes of the list of parts that are searched through for a form, about 16 lines
WORDS_REMEMBERED = 5_000  # last analysed, and up to as many before; 3 MB each when full
WORDS_REMEMBERED_WRITING = 100_000  # while a whole index is written: half the time, 60 MB

# A gender star, colon or the like joins the feminine ending to its word.
_WORD = re.compile(r"[^\W_]+(?:[*:_·/](?:[Ii]n(?:nen)?)(?=[^\W_]|\b)[^\W_]*)*")
# "Bürger:innen", "BürgerInnen"
_GENDERED = re.compile(r"[*:_·/][Ii]n(?:nen)?|(?<=[a-zäöüß])Innen")
_GENDER_MARK = re.compile(r"[*:_·/]")
_UMLAUTS = str.maketrans("äöü", "aou")  # the usual ones, much faster than any letter's parts
_UMLAUT_AS_TWO = re.compile(r"(?<![aeiouq])([aou])e")
_FEMININE = re.compile(r"(?<=.{3}(?:er|or|nt|st|og))in(?:nen)?$")
# Snowball takes the -er away and so makes Burg, Grund and Zahl of them.
_KEPT_WHOLE = re.compile(r"(burger|grunder|zahler)(?:n|s|in|innen)?$")

# Words that carry no content in an index or a query.
STOP_WORDS_TEXT = """
aber alle allem allen aller alles als also am an ander andere anderem anderen anderer anderes auch
auf aus bei beim bin bis bist da dabei dadurch dafür dagegen daher dahin damit danach daneben dann
daran darauf daraus darf darin darum darüber das dass davon davor dazu dein deine dem den denen denn
der deren derer des dessen deshalb die dies diese diesem diesen dieser dieses doch dort du durch
dürfen ein eine einem einen einer eines einig einige einigem einigen einiger einiges er es etwa
etwas euch euer eure für gegen gewesen hab habe haben hat hatte hatten hier hin hinter ich ihm ihn
ihnen ihr ihre ihrem ihren ihrer ihres im in indem ins ist jede jedem jeden jeder jedes jene jener
jetzt kann kein keine keinem keinen keiner können könnte könnten man manche mein meine mich mir mit
möchte möchten muss müssen musste nach nicht nichts noch nun nur ob oder ohne sehr sein seine seinem
seinen seiner seines selbst sich sie sind so solche soll sollen sollte sollten sondern sonst sowie
sowohl um und uns unse unser unsere unserem unseren unter vom von vor während war waren warst was
weg weil weiter welche welchem welchen welcher welches wenn wer werde werden wessen wem wen wie
wieder wieso weshalb warum will wir wird wirst wo wobei wodurch wofür woher wohin womit woran worauf
woraus worin worüber wollen wollte wurde wurden würde würden z zu zum zur zwar zwischen bzw etc usw
gibt gibts eigentlich denn mal ja nein bitte wann hätte hätten wäre wären
the of and to in for is are on with at by from or be as an it this that what how does do can
"""

# Words that a question needs and an answer need not have. They count little in a query.
WEAK_WORDS_TEXT = """
machen macht gemacht tun tut geht gehen kommt kommen bekommt bekommen lässt lassen finden findet
gilt gelten haben heißt heissen bedeutet wichtig viel viele vielen mehr meisten möglich
möglichkeiten möglichkeit konkret konkrete genau eigene eigenen neue neuen neuer bereits schon
heute immer oft zuständig verantwortlich braucht brauchen nutzt nutzen helfen hilft hilfe beispiel
beispiele erreicht erreichen umgang rolle welche art sagen sagt steht stehen stellt arbeiten
arbeitet lang lange langer hoch hohe groß große gab gaben hieß hießen nennt nannte genannt stammt
stammen liegt lag dient dienen versteht unterscheidet dauert dauerte passiert geschieht geschah
sieht fand laut nie zuerst
"""


EXACT = "="  # before an index term: the folded word itself
PART = "~"  # the stem of a part of a compound; a term without a sign is a word's stem


@dataclass(frozen=True, slots=True)
class Word:
    """A word as the index knows it: folded, stemmed, and the stems of its compound parts.

    ``terms`` are the index terms that it is found by besides the exact one; a stop word has none.
    """

    exact: str
    stem: str
    parts: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Token:
    """A word in a text: where it stands (words counted from 0, characters), and its analysis."""

    position: int
    start: int
    end: int
    word: Word


def fold(text: str) -> str:
    """Fold case, accents, umlauts (ä, ae and a become one), ß and gendered endings."""
    bare = _GENDERED.sub("", text).casefold().translate(_UMLAUTS)
    if not bare.isascii():
        decomposed = unicodedata.normalize("NFKD", bare)
        bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return _UMLAUT_AS_TWO.sub(r"\1", _GENDER_MARK.sub("", bare))


class _Recent(dict[str, T]):
    """Values that take long to make, by word: the last ones, and as many that were before."""

    def __init__(self, make: Callable[[str], T]) -> None:
        super().__init__()
        self._make = make
        self._before: dict[str, T] = {}

    def __missing__(self, word: str) -> T:
        found = self._before.get(word) or self._make(word)
        if len(self) >= _room:
            self.lay_aside()
        self[word] = found
        return found

    def lay_aside(self) -> None:
        self._before = dict(self) if len(self) <= _room else {}
        self.clear()


_room = WORDS_REMEMBERED


@contextmanager
def remembering_more() -> Iterator[None]:
    """Remember the words of a whole index while it is written."""
    global _room
    _room = WORDS_REMEMBERED_WRITING
    try:
        yield
    finally:
        _room = WORDS_REMEMBERED
        for words_of_it in (_analysed, _stems):
            words_of_it.lay_aside()


def analyse(word: str) -> Word:
    """Analyse one word of a text or a query."""
    return _analysed[word]


def analyse_for(word: str, stems: Iterable[str]) -> Word | None:
    """Analyse a word unless it surely holds none of the stems.

    Splitting and stemming take letters away at the ends only, so a word can hold a stem only where
    it is written in it; but the stemmer reads ae, oe and ue as umlauts. To see that takes a tenth
    of the time of an analysis.
    """
    found = _analysed.get(word)
    if found is None:
        folded = fold(word)
        letters = (*stems, "ae", "oe", "ue")
        if not any(some in folded for some in letters):
            return None
        found = analyse(word)
    return found


def _analyse(word: str) -> Word:
    exact = fold(word[:LONGEST_WORD])
    stemmed, parts = stem(exact), part_stems(exact)
    terms = () if exact in _stop_words() else (stemmed, *(PART + part for part in parts))
    return Word(exact, stemmed, parts, terms)


_analysed = _Recent(_analyse)


def tokens(text: str) -> Iterator[Token]:
    """Give the words of a text in order; stop words too, for the caller to leave out."""
    for position, match in enumerate(_WORD.finditer(text)):
        yield Token(position, match.start(), match.end(), analyse(match.group()))


def words(text: str) -> Iterator[re.Match[str]]:
    """Give where the words of a text stand, without their analysis."""
    return _WORD.finditer(text)


def written_words(text: str) -> list[str]:
    """Give the words of a text as they are written, in order; much faster than ``tokens``."""
    return _WORD.findall(text)


def joined(before: str, word: str) -> str:
    """Give the stem of two words written in one."""
    return stem(analyse(before).exact + analyse(word).exact)


def is_stop_word(word: Word) -> bool:
    """Whether the word says nothing about the content of a text."""
    return not word.terms


def is_weak_word(word: Word) -> bool:
    """Whether the word helps to ask but seldom stands in the answer."""
    return word.exact in _weak_words()


_local = threading.local()  # a Snowball stemmer keeps state while it works


def stem(folded: str) -> str:
    """Stem a folded word (Snowball's German algorithm, feminine endings first).

    Once more when the stem is long enough, so that "Förderung" and "fördern" meet.
    """
    return _stems[folded]


def _stem(folded: str) -> str:
    if kept := _KEPT_WHOLE.match(folded):
        return kept[1]
    if not hasattr(_local, "stemmer"):
        _local.stemmer = Stemmer.Stemmer("german")
    stemmed = _local.stemmer.stemWord(_FEMININE.sub("", folded))
    if len(stemmed) >= STEMMED_TWICE_FROM and not _KEPT_WHOLE.match(stemmed):
        stemmed = _local.stemmer.stemWord(stemmed)
    return stemmed or folded


_stems = _Recent(_stem)


def part_stems(folded: str) -> tuple[str, ...]:
    """Give the stems of a compound's parts and of its runs of parts, without the whole word."""
    parts = split(folded)
    if len(parts) < 2:
        return ()
    runs = [
        "".join(parts[start:end])
        for start in range(len(parts))
        for end in range(start + 1, len(parts) + 1)
        if end - start < len(parts)
    ]
    whole = stem(folded)
    return tuple(dict.fromkeys(found for run in runs if (found := stem(run)) != whole))


def split(folded: str) -> tuple[str, ...]:
    """Split a folded compound into its parts; a word that is none is its own only part.

    Koehn and Knight's measure (EACL 2003): a split is as good as the geometric mean of its parts'
    frequencies. Frequency here is how many dictionary nouns begin or end with a part, so an
    everyday word such as "Transport" stays whole though "Tran" and "Sport" are words.
    """
    if not SHORTEST_COMPOUND <= len(folded) <= LONGEST_COMPOUND or not folded.isalpha():
        return (folded,)
    best = _best_split(folded, {})
    return best[2] if best else (folded,)


_Split = tuple[float, int, tuple[str, ...]]


def _best_split(rest: str, known: dict[str, _Split | None]) -> _Split | None:
    """Give (mean strength, number of parts, parts) of the best way to cut ``rest``."""
    if rest in known:
        return known[rest]
    as_last = _strengths(rest)[1]
    best: _Split | None = (as_last, 1, (rest,)) if as_last > NO_WORD else None
    for cut in range(SHORTEST_PART, len(rest) - SHORTEST_PART + 1):
        strength = _strengths(rest[:cut])[0]
        if strength < PART_AT_LEAST:
            continue
        tail = _best_split(rest[cut:], known)
        if tail is None or tail[1] >= MOST_PARTS or tail[0] < PART_AT_LEAST:
            continue
        count = tail[1] + 1
        mean = (strength + tail[0] * tail[1]) / count - COST_OF_A_CUT
        if best is None or mean > best[0]:
            best = (mean, count, (rest[:cut], *tail[2]))
    known[rest] = best
    return best


NO_WORD = -math.inf
_NO_STRENGTH = (NO_WORD, NO_WORD)


def _strengths(form: str) -> tuple[float, float]:
    """Say how readily the form begins and ends a compound."""
    counts = _parts().get(form)
    if counts is None:
        return _NO_STRENGTH
    begins, ends = counts
    return _strength(begins, len(form)), _strength(ends, len(form))


@cache  # a few thousand pairs of numbers
def _strength(count: int, length: int) -> float:
    return NO_WORD if count < 0 else math.log(count + 1) + _trust_in_length(length)


def _trust_in_length(length: int) -> float:
    """Weigh short parts down: three letters are a word by chance far more often than eight."""
    if length <= 3:
        return -1.2
    return -0.4 if length == 4 else min((length - 4) * 0.45, 1.6)


class Parts:
    """How many nouns begin and end with each form; -1 where none does.

    The list stays the text that it is, a sorted line for each form (a dictionary of 150,000 words
    would take 15 MB): the first forms of its blocks are looked up, then the form in its block.
    """

    def __init__(self, lines: bytes) -> None:
        self._text = b"\n" + lines
        self._starts = array("I", [0])
        while (at := self._text.find(b"\n", self._starts[-1] + BLOCK, -1)) >= 0:
            self._starts.append(at)
        self._firsts = [
            self._text[start + 1 : self._text.index(b" ", start)] for start in self._starts
        ]
        self._starts.append(len(self._text))

    def get(self, form: str) -> tuple[int, int] | None:
        """Give the two counts of a form; None where it is not in the list."""
        key = form.encode()
        block = bisect_right(self._firsts, key)
        end = self._starts[block]
        at = self._text.find(b"\n%b " % key, self._starts[block - 1], end) if block else -1
        if at < 0:
            return None
        begins, _, ends = self._text[at + len(key) + 2 : end].partition(b"\n")[0].partition(b" ")
        return int(begins), int(ends)

    def __iter__(self) -> Iterator[str]:
        for line in self._text.splitlines()[1:]:
            yield line.partition(b" ")[0].decode()


@cache
def _parts() -> Parts:
    """Read the list (once a process)."""
    with gzip.open(DATA / "german_parts.txt.gz") as packed:
        return Parts(packed.read())


@cache
def _stop_words() -> frozenset[str]:
    return frozenset(fold(word) for word in STOP_WORDS_TEXT.split())


@cache
def _weak_words() -> frozenset[str]:
    return frozenset(fold(word) for word in WEAK_WORDS_TEXT.split())
