"""Build ``kts/search/data/german_parts.txt.gz``, the words that German compounds are made of.

The list is derived from the noun table of the PyPI package ``german-nouns`` (compiled from
German Wiktionary, CC BY-SA 4.0) and from ``own_parts.txt``. Only what the splitter needs is kept:
the folded form, and how many dictionary nouns begin or end with it. Run it again when one of the
two sources changes, and rebuild the index afterwards::

    pip install german-nouns
    python benchmarks/relevance/build_parts.py path/to/german_nouns/nouns.csv
"""

from __future__ import annotations

import collections
import csv
import gzip
import re
import sys
from pathlib import Path

from kts.search import german
from kts.search.german import DATA, fold

NAME = re.compile(r"^[A-ZÄÖÜ][a-zäöüßé]+$")
SKIPPED = re.compile(r"Nachname|Vorname|Toponym|Eigenname|Abkürzung|Buchstabe|Suffix|Affix|Straße")
LINKING_S = ("ung", "heit", "keit", "ion", "tat", "schaft", "ing", "tum", "sal", "ment")
ADJECTIVE_ENDINGS = ("", "e", "er", "en", "em", "es")
SHORTEST = 3
LONGEST_UNPRODUCTIVE = 9
LONGEST_SIMPLE = 14  # longer words that begin and end nothing are compounds themselves
OWN_AT_LEAST = 8


def main(nouns_csv: Path) -> None:
    own = read_own()
    never = own["never"]
    nouns = read_nouns(nouns_csv, never)
    for word in own["nouns"] - never:
        nouns.setdefault(word, set()).update({word, word + "n", word + "en", word + "s"})
    first = first_forms(nouns, own["first"])
    last: dict[str, set[str]] = collections.defaultdict(set)
    for lemma, forms in nouns.items():
        for form in forms | {lemma}:
            last[form].add(lemma)
    begins, ends = productivity(nouns, first)
    for word in own["nouns"] - never:  # modern words have few entries yet and many compounds
        begins[word] = max(begins[word], OWN_AT_LEAST)
        ends[word] = max(ends[word], OWN_AT_LEAST)
    for word in own["last"]:
        for ending in ADJECTIVE_ENDINGS:
            last[word + ending].add(word)
            ends[word] = max(ends[word], OWN_AT_LEAST)
    rows = score(first, last, begins, ends)
    write(rows, never)
    print(f"{len(rows)} forms")


def read_own() -> dict[str, set[str]]:
    sections: dict[str, set[str]] = collections.defaultdict(set)
    section = ""
    for line in (DATA / "own_parts.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif not line.startswith("#"):
            sections[section].update(fold(word.replace("-", "")) for word in line.split())
    return sections


def read_nouns(path: Path, never: set[str]) -> dict[str, set[str]]:
    nouns: dict[str, set[str]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            lemma = row.pop("lemma") or ""
            if not NAME.match(lemma) or SKIPPED.search(row.pop("pos") or ""):
                continue
            folded = fold(lemma)
            if len(folded) < SHORTEST or folded in never:
                continue
            forms = {
                fold(value)
                for column, value in row.items()
                if value and not column.startswith("genus") and NAME.match(value)
            }
            nouns.setdefault(folded, set()).update(forms - never)
    return nouns


def first_forms(nouns: dict[str, set[str]], extra: set[str]) -> dict[str, set[str]]:
    first: dict[str, set[str]] = collections.defaultdict(set)
    for lemma, forms in nouns.items():
        for form in forms | {lemma}:
            first[form].add(lemma)
        if lemma.endswith(LINKING_S) or len(lemma) >= 5:
            first[lemma + "s"].add(lemma)
        if lemma.endswith("e") and len(lemma) > 4:
            first[lemma[:-1]].add(lemma)
    for word in extra:
        first[word].add(word)
    return first


def productivity(nouns, first):
    begins: collections.Counter[str] = collections.Counter()
    ends: collections.Counter[str] = collections.Counter()
    for noun in nouns:
        for cut in range(SHORTEST, len(noun) - SHORTEST + 1):
            left, right = noun[:cut], noun[cut:]
            if left in first and right in nouns:
                ends[right] += 1
                for base in first[left]:
                    begins[base] += 1
    return begins, ends


def score(first, last, begins, ends) -> dict[str, tuple[int, int]]:
    """Give each form its two counts; leave out compounds that begin and end nothing."""
    rows, doubtful = {}, {}
    for form in first.keys() | last.keys():
        begin = max((begins[base] for base in first.get(form, ())), default=-1)
        end = max((ends[base] for base in last.get(form, ())), default=-1)
        if max(begin, end) > 0 or len(form) <= LONGEST_UNPRODUCTIVE:
            rows[form] = (begin, end)
        elif len(form) <= LONGEST_SIMPLE:
            doubtful[form] = (begin, end)
    german._parts = lambda: rows  # what these parts cannot make is a simple word
    rows |= {form: counts for form, counts in doubtful.items() if len(german.split(form)) == 1}
    return rows


def write(rows: dict[str, tuple[int, int]], never: set[str]) -> None:
    lines = [
        f"{form} {begin} {end}" for form, (begin, end) in sorted(rows.items()) if form not in never
    ]
    text = "\n".join(lines) + "\n"
    with (
        (DATA / "german_parts.txt.gz").open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed,
    ):
        packed.write(text.encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
