"""What differs between two texts of a post, and what two people's changes make together.

Lines are laid beside each other first, then the words of those that changed, with the comparison
of the library. A merge works on sentences: two people who changed different sentences get both
changes, whoever changed the same one decides herself.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from kts.documents.comparing import Segment, word_changes

ALIKE_FROM = 0.3  # share of common words from which a line counts as changed, not as replaced
SHOWN_AROUND = 1  # unchanged lines around a change, so that its place is recognised
_SENTENCE = re.compile(r"\n+|(?<=[.!?:;])[ \t]+")


@dataclass(frozen=True)
class Line:
    """A line of a comparison: ``same``, ``changed``, ``added``, ``removed``, or a ``gap``."""

    kind: str
    segments: tuple[Segment, ...] = ()


def differences(before: str, after: str) -> list[Line]:
    """Compare two texts line by line and, where lines changed, word by word."""
    old, new = before.split("\n"), after.split("\n")
    lines: list[Line] = []
    for tag, old_from, old_to, new_from, new_to in _changes(old, new):
        if tag == "equal":
            lines += [Line("same", (Segment("equal", line),)) for line in new[new_from:new_to]]
        else:
            lines += _changed(old[old_from:old_to], new[new_from:new_to])
    return _without_the_unchanged(lines)


def _changes(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, int, int, int, int]]:
    """Join neighbouring removals and additions to replacements."""
    from rapidfuzz.distance import LCSseq  # 4 MB that few processes need

    waiting: tuple[int, int, int, int] | None = None
    for tag, *ends in LCSseq.opcodes(old, new):
        if tag == "equal":
            if waiting:
                yield ("replace", *waiting)
            waiting = None
            yield ("equal", *ends)
        else:
            start = waiting or (ends[0], ends[1], ends[2], ends[3])
            waiting = (start[0], ends[1], start[2], ends[3])
    if waiting:
        yield ("replace", *waiting)


def _changed(old: Sequence[str], new: Sequence[str]) -> Iterator[Line]:
    """Tell lines in each other's place; those with little in common one after another."""
    for number in range(max(len(old), len(new))):
        before = old[number] if number < len(old) else ""
        after = new[number] if number < len(new) else ""
        if before.strip() and after.strip() and _alike(before, after):
            yield Line("changed", tuple(word_changes(before, after)))
            continue
        if before.strip():
            yield Line("removed", (Segment("del", before),))
        if after.strip():
            yield Line("added", (Segment("ins", after),))


def _alike(before: str, after: str) -> bool:
    from rapidfuzz.distance import LCSseq

    return LCSseq.normalized_similarity(before.split(), after.split()) >= ALIKE_FROM


def _without_the_unchanged(lines: list[Line]) -> list[Line]:
    """Leave out unchanged lines far from any change, and say where."""
    near = {
        place
        for number, line in enumerate(lines)
        if line.kind != "same"
        for place in range(number - SHOWN_AROUND, number + SHOWN_AROUND + 1)
    }
    kept: list[Line] = []
    for number, line in enumerate(lines):
        if number in near:
            if line.kind != "same" or line.segments[0].text.strip():
                kept.append(line)
        elif not kept or kept[-1].kind != "gap":
            kept.append(Line("gap"))
    return kept if near else []


def merge(base: str, mine: str, saved: str) -> str | None:
    """Join two changes of one text; None where both changed the same sentence or its edge."""
    pieces = _pieces(base)
    own, others = (_replacements(pieces, _pieces(text)) for text in (mine, saved))
    changes = sorted({*own, *others})
    for first, second in pairwise(changes):
        if second[0] < first[1] or _touches(first, second):
            return None
    for start, end, replacement in reversed(changes):
        pieces[start:end] = replacement
    return "".join(pieces)


def _touches(first: tuple[int, int, tuple], second: tuple[int, int, tuple]) -> bool:
    """Say whether two changes meet where one only puts in: nobody knows which comes first."""
    only_puts_in = first[0] == first[1] or second[0] == second[1]
    return only_puts_in and second[0] <= first[1]


def _pieces(text: str) -> list[str]:
    """Cut into sentences and line breaks; joined they are the text again."""
    pieces, start = [], 0
    for gap in _SENTENCE.finditer(text):
        pieces += [text[start : gap.start()], gap[0]]
        start = gap.end()
    return [piece for piece in (*pieces, text[start:]) if piece]


def _replacements(base: list[str], text: list[str]) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    for tag, base_from, base_to, text_from, text_to in _changes(base, text):
        if tag != "equal":
            yield base_from, base_to, tuple(text[text_from:text_to])
