"""What differs between two states of a dossier, as one viewer may see it.

Parts are laid beside each other by their numbers. A part of which the viewer sees nothing is left
out, whether it came, went or changed.
"""

from dataclasses import dataclass, field

from kts.core.access import Viewer
from kts.curation.dossiers.parts import ShownPart, shown_parts
from kts.curation.dossiers.snapshots import REFERENCE, Book
from kts.forum.differences import Line, differences

ADDED, REMOVED, CHANGED, MOVED = "added", "removed", "changed", "moved"


@dataclass(frozen=True)
class PartChange:
    """What became of one part."""

    kind: str
    shown: ShownPart
    moved: bool = False
    quote: list[Line] = field(default_factory=list)
    note: list[Line] = field(default_factory=list)
    reference: bool = False


@dataclass(frozen=True)
class BookChange:
    """All that differs; ``texts`` are title, summary and introduction where they do."""

    texts: list[tuple[str, list[Line]]]
    parts: list[PartChange]

    @property
    def is_empty(self) -> bool:
        """Say whether there is no difference that the viewer may see."""
        return not self.texts and not self.parts


def compare(old: Book, new: Book, viewer: Viewer) -> BookChange:
    """Lay two states beside each other."""
    texts = [
        (name, differences(getattr(old, name), getattr(new, name)))
        for name in ("title", "summary", "text")
        if getattr(old, name) != getattr(new, name)
    ]
    before = {s.part.id: s for s in shown_parts(old, viewer) if s.is_shown}
    after = {s.part.id: s for s in shown_parts(new, viewer) if s.is_shown}
    kept = [number for number in after if number in before]
    moved = moved_among([number for number in before if number in after], kept)
    changes = []
    for number, shown in after.items():
        if number not in before:
            changes.append(PartChange(ADDED, shown))
        elif change := _changed(before[number], shown, moved=number in moved):
            changes.append(change)
    gone = [PartChange(REMOVED, before[number]) for number in before if number not in after]
    return BookChange(texts, [*changes, *gone])


def moved_among(before: list[int], after: list[int]) -> set[int]:
    """Give the fewest numbers whose moving explains the new order (a longest rising row stays)."""
    places = {number: place for place, number in enumerate(before)}
    rows: list[list[int]] = []  # the best row that ends with each number so far
    for number in after:
        fits = [row for row in rows if places[row[-1]] < places[number]]
        rows.append([*max(fits, key=len, default=[]), number])
    return set(after) - set(max(rows, key=len, default=[]))


def _changed(old: ShownPart, new: ShownPart, *, moved: bool) -> PartChange | None:
    names = (*REFERENCE, "accessed")
    reference = any(getattr(old.part, n) != getattr(new.part, n) for n in names)
    quote, note = (_lines(getattr(old.part, n), getattr(new.part, n)) for n in ("quote", "note"))
    if not (reference or quote or note or moved):
        return None
    kind = CHANGED if reference or quote or note else MOVED
    return PartChange(kind, new, moved, quote, note, reference)


def _lines(old: str, new: str) -> list[Line]:
    return differences(old, new) if old != new else []
