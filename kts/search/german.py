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
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import Stemmer

DATA = Path(__file__).parent / "data"

LONGEST_WORD = 60  # "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz" has 63
SHORTEST_COMPOUND = 6  # "Radweg"
LONGEST_COMPOUND = 45  # splitting tries every cut, so very long words stay whole
SHORTEST_PART = 3
MOST_PARTS = 4
STEMMED_TWICE_FROM = 6  # letters that are left
PART_AT_LEAST = 1.0  # the weakest part that may take part in a split, see _strength
COST_OF_A_CUT = 0.5
WORDS_REMEMBERED = 200_000  # a vocabulary of hundreds of strategies; about 60 MB when full

# A gender star, colon or the like joins the feminine ending to its word.
_WORD = re.compile(r"[^\W_]+(?:[*:_·/](?:[Ii]n(?:nen)?)(?=[^\W_]|\b)[^\W_]*)*")
# "Bürger:innen", "BürgerInnen"
_GENDERED = re.compile(r"[*:_·/][Ii]n(?:nen)?|(?<=[a-zäöüß])Innen")
_GENDER_MARK = re.compile(r"[*:_·/]")
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
arbeitet
"""


@dataclass(frozen=True, slots=True)
class Word:
    """A word as the index knows it: folded, stemmed, and the stems of its compound parts."""

    exact: str
    stem: str
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Token:
    """A word in a text: where it stands (words counted from 0, characters), and its analysis."""

    position: int
    start: int
    end: int
    word: Word


def fold(text: str) -> str:
    """Fold case, accents, umlauts (ä, ae and a become one), ß and gendered endings."""
    decomposed = unicodedata.normalize("NFKD", _GENDERED.sub("", text).casefold())
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return _UMLAUT_AS_TWO.sub(r"\1", _GENDER_MARK.sub("", bare))


@lru_cache(maxsize=WORDS_REMEMBERED)
def analyse(word: str) -> Word:
    """Analyse one word of a text or a query."""
    exact = fold(word[:LONGEST_WORD])
    return Word(exact, stem(exact), part_stems(exact))


def tokens(text: str) -> Iterator[Token]:
    """Give the words of a text in order; stop words too, for the caller to leave out."""
    for position, match in enumerate(_WORD.finditer(text)):
        yield Token(position, match.start(), match.end(), analyse(match.group()))


def hyphenated(text: str, before: Token, token: Token) -> str:
    """Give the stem of "Home-Office" written in one word; empty where no hyphen joins the two."""
    if text[before.end : token.start] != "-":
        return ""
    return stem(before.word.exact + token.word.exact)


def is_stop_word(word: Word) -> bool:
    """Whether the word says nothing about the content of a text."""
    return word.exact in _stop_words()


def is_weak_word(word: Word) -> bool:
    """Whether the word helps to ask but seldom stands in the answer."""
    return word.exact in _weak_words()


_local = threading.local()  # a Snowball stemmer keeps state while it works


@lru_cache(maxsize=WORDS_REMEMBERED)
def stem(folded: str) -> str:
    """Stem a folded word (Snowball's German algorithm, feminine endings first).

    Once more when the stem is long enough, so that "Förderung" and "fördern" meet.
    """
    if kept := _KEPT_WHOLE.match(folded):
        return kept[1]
    if not hasattr(_local, "stemmer"):
        _local.stemmer = Stemmer.Stemmer("german")
    stemmed = _local.stemmer.stemWord(_FEMININE.sub("", folded))
    if len(stemmed) >= STEMMED_TWICE_FROM and not _KEPT_WHOLE.match(stemmed):
        stemmed = _local.stemmer.stemWord(stemmed)
    return stemmed or folded


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
    as_last = _strength(rest, last=True)
    best: _Split | None = (as_last, 1, (rest,)) if as_last is not None else None
    for cut in range(SHORTEST_PART, len(rest) - SHORTEST_PART + 1):
        strength = _strength(rest[:cut], last=False)
        if strength is None or strength < PART_AT_LEAST:
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


def _strength(form: str, *, last: bool) -> float | None:
    """Say how readily a form takes part in compounds; None when it is no known word."""
    counts = _parts().get(form)
    if counts is None or counts[last] < 0:
        return None
    return math.log(counts[last] + 1) + _trust_in_length(len(form))


def _trust_in_length(length: int) -> float:
    """Weigh short parts down: three letters are a word by chance far more often than eight."""
    if length <= 3:
        return -1.2
    return -0.4 if length == 4 else min((length - 4) * 0.45, 1.6)


@cache
def _parts() -> dict[str, tuple[int, int]]:
    """Read how many nouns begin and end with each form (once a process)."""
    parts = {}
    seen: dict[str, tuple[int, int]] = {}  # most forms share their pair of counts
    with gzip.open(DATA / "german_parts.txt.gz", "rt", encoding="utf-8") as rows:
        for row in rows:
            form, _, counts = row.rstrip().partition(" ")
            if counts not in seen:
                begins, _, ends = counts.partition(" ")
                seen[counts] = (int(begins), int(ends))
            parts[form] = seen[counts]
    return parts


@cache
def _stop_words() -> frozenset[str]:
    return frozenset(fold(word) for word in STOP_WORDS_TEXT.split())


@cache
def _weak_words() -> frozenset[str]:
    return frozenset(fold(word) for word in WEAK_WORDS_TEXT.split())
