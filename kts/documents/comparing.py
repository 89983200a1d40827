"""What a newer version of a document adds, removes, moves and changes, chapter by chapter.

**Measure.** Sentences are the unit (:mod:`kts.documents.sentences`), paragraphs are what is shown
and counted. Two sentences are the same when their words are, without regard to case, punctuation,
hyphens, line breaks, running heads and page numbers. Sentences that occur once in both versions
and stand in the same order (the longest such series) hold the versions together, between them the
longest common subsequence does. What is left over is *moved* where the same words stand elsewhere,
and *changed* where a sentence shares at least ``CHANGED_FROM`` of its words, in order, with one of
the other version (2 × common / both lengths: the ratio of difflib, on words). A paragraph counts
as moved when nothing of it stayed in its place; the rest is *added* or *removed*.

**Where it is blind.** It compares words, not meaning: a sentence put in wholly new words is one
removed and one added. Punctuation and capital letters alone are no change. Sentences of fewer than
``SHORTEST_MOVED`` words are not followed to another place on their own. Pictures, tables as such,
layout and type are not looked at, nor is text that could not be read from the file.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from kts.documents.aligning import Pairs, paragraphs
from kts.documents.sentences import Cut, PageText, words_of

SAME, CHANGED, MOVED, ADDED, REMOVED = "same", "changed", "moved", "added", "removed"
KINDS = (ADDED, REMOVED, CHANGED, MOVED)

SMALL_LINK = 3  # letters of a lone word between two changes that is told with them

MATCHING_FROM = 0.25  # share of the words that tell pages apart, from which one matches


@dataclass(frozen=True)
class Segment:
    """A run of words of a passage: ``equal``, ``ins`` or ``del``."""

    op: str
    text: str


@dataclass
class Passage:
    """A paragraph and what became of it; a moved one may have changes inside as well."""

    kind: str
    segments: list[Segment]
    old_page: int | None = None
    new_page: int | None = None
    moved_from: str = ""

    @property
    def is_edited(self) -> bool:
        """Say whether words changed inside of it."""
        return self.kind in (CHANGED, MOVED) and any(s.op != "equal" for s in self.segments)


@dataclass
class Chapter:
    """A chapter of the newer version, or one of the older that is gone (``kind`` says which).

    ``sources`` are the headings of the older version under which most of its text stood, where
    they are not just its own.
    """

    heading: str
    kind: str = SAME
    sources: tuple[str, ...] = ()
    passages: list[Passage] = field(default_factory=list)

    @property
    def counts(self) -> Counter[str]:
        """Count its passages by kind."""
        return Counter(passage.kind for passage in self.passages)

    @property
    def changes(self) -> int:
        """Count what is not the same."""
        return len(self.passages) - self.counts[SAME]


@dataclass
class Comparison:
    """All chapters in the order of the newer version, those that are gone where they stood."""

    chapters: list[Chapter]

    @property
    def counts(self) -> Counter[str]:
        """Count all passages by kind."""
        return sum((chapter.counts for chapter in self.chapters), Counter())


def compare(old: Cut, new: Cut) -> Comparison:
    """Compare two versions."""
    pairs = Pairs(old.sentences, new.sentences)
    pairs.align()
    pairs.follow_moved()
    pairs.match_similar()
    pairs.keep_whole_paragraphs_moved()
    return _Report(old, new, pairs).written()


class _Report:
    """Writes paragraphs and chapters from the pairs."""

    def __init__(self, old: Cut, new: Cut, pairs: Pairs) -> None:
        self.old, self.new, self.pairs = old, new, pairs
        self.became = {place: number for number, place in pairs.in_place.items()}
        self.became |= {place: number for number, place in pairs.moved.items()}
        # What was removed, by the newer sentence that it stood before or after.
        self.sentences_before: dict[int, list[int]] = defaultdict(list)
        self.sentences_after: dict[int, list[int]] = defaultdict(list)
        self.passages_before: dict[int, list[Passage]] = defaultdict(list)
        self.passages_after: dict[int, list[Passage]] = defaultdict(list)
        self.chapters_after: dict[int, list[Chapter]] = defaultdict(list)  # -1: at the beginning

    def written(self) -> Comparison:
        """Give the chapters with their passages."""
        self._place_removed()
        chapters = [Chapter(heading) for heading in self.new.chapters]
        for numbers in paragraphs(self.new.sentences):
            home = chapters[self.new.sentences[numbers[0]].chapter].passages
            home.extend(p for number in numbers for p in self.passages_before[number])
            home.append(self._passage(numbers))
            home.extend(p for number in numbers for p in self.passages_after[number])
        self._describe(chapters)
        ordered = list(self.chapters_after[-1])
        for number, chapter in enumerate(chapters):
            ordered += [chapter, *self.chapters_after[number]]
        return Comparison(ordered)

    def _place_removed(self) -> None:
        stayed = sorted((place, number) for number, place in self.pairs.in_place.items())
        kept_chapters = {self.old.sentences[place].chapter for place in self.became}
        gone: dict[int, Chapter] = {}
        for places in paragraphs(self.old.sentences):
            kept = [place for place in places if place in self.became]
            if kept:
                self._keep_beside(places, kept)
                continue
            first = self.old.sentences[places[0]]
            passage = Passage(REMOVED, _merged(self._deleted(places)), old_page=first.page)
            beside, is_after = self._beside(stayed, places[0], first.chapter)
            if first.chapter in kept_chapters and beside is not None:
                where = self.passages_after if is_after else self.passages_before
                where[beside].append(passage)
                continue
            if first.chapter not in gone:
                gone[first.chapter] = Chapter(self.old.chapters[first.chapter], REMOVED)
                home = -1 if beside is None else self.new.sentences[beside].chapter
                self.chapters_after[home].append(gone[first.chapter])
            gone[first.chapter].passages.append(passage)

    def _keep_beside(self, places: list[int], kept: list[int]) -> None:
        """Keep the removed sentences of a paragraph beside those that stayed."""
        for place in places:
            if place in self.became:
                continue
            position = bisect_left(kept, place)
            if position:
                self.sentences_after[self.became[kept[position - 1]]].append(place)
            else:
                self.sentences_before[self.became[kept[0]]].append(place)

    def _beside(
        self, stayed: list[tuple[int, int]], place: int, chapter: int
    ) -> tuple[int | None, bool]:
        """Give the newer sentence that a removed one stood beside, and whether it stood after it.

        One of the same chapter if there is one.
        """
        position = bisect_left(stayed, (place, -1))
        before = stayed[position - 1] if position else None
        following = stayed[position] if position < len(stayed) else None
        if before is not None and self.old.sentences[before[0]].chapter == chapter:
            return before[1], True
        if following is not None and self.old.sentences[following[0]].chapter == chapter:
            return following[1], False
        return (before[1], True) if before is not None else (None, False)

    def _passage(self, numbers: list[int]) -> Passage:
        segments = [segment for number in numbers for segment in self._segments(number)]
        partners = [place for n in numbers if (place := self.pairs.partner(n)) is not None]
        passage = Passage(
            self._kind(numbers, segments, bool(partners)),
            _merged(segments),
            self.old.sentences[partners[0]].page if partners else None,
            self.new.sentences[numbers[0]].page,
        )
        if passage.kind == MOVED:
            passage.moved_from = self.old.chapters[self.old.sentences[partners[0]].chapter]
        return passage

    def _kind(self, numbers: list[int], segments: list[Segment], known: bool) -> str:
        if not known:
            return ADDED
        if any(number in self.pairs.moved for number in numbers):
            return MOVED
        return SAME if all(segment.op == "equal" for segment in segments) else CHANGED

    def _segments(self, number: int) -> Iterator[Segment]:
        sentence, place = self.new.sentences[number], self.pairs.partner(number)
        yield from self._deleted(self.sentences_before[number])
        if place is None:
            yield Segment("ins", sentence.text)
        elif sentence.words == self.old.sentences[place].words:
            yield Segment("equal", sentence.text)
        else:
            yield from word_changes(self.old.sentences[place].text, sentence.text)
        yield from self._deleted(self.sentences_after[number])

    def _deleted(self, places: list[int]) -> Iterator[Segment]:
        return (Segment("del", self.old.sentences[place].text) for place in places)

    def _describe(self, chapters: list[Chapter]) -> None:
        """Say of each chapter where its text stood before, and which are new."""
        sources = [Counter[int]() for _ in chapters]
        for number, sentence in enumerate(self.new.sentences):
            place = self.pairs.partner(number)
            if place is not None:
                origin = self.old.sentences[place].chapter
                sources[sentence.chapter][origin] += len(sentence.words)
        for chapter, found in zip(chapters, sources, strict=True):
            if not found:
                chapter.kind = ADDED
                continue
            most = sum(found.values()) / 4  # a stray sentence does not make a source
            headings = [self.old.chapters[key] for key, n in found.most_common() if n >= most]
            if headings != [chapter.heading]:
                chapter.sources = tuple(dict.fromkeys(headings))


def word_changes(before: str, after: str) -> Iterator[Segment]:
    """Give two forms of a sentence as words kept, removed and put in."""
    old, new = before.split(), after.split()
    for tag, old_from, old_to, new_from, new_to in _smoothed(old, new):
        if tag == "equal":
            yield Segment("equal", " ".join(new[new_from:new_to]))
            continue
        if old_from < old_to:
            yield Segment("del", " ".join(old[old_from:old_to]))
        if new_from < new_to:
            yield Segment("ins", " ".join(new[new_from:new_to]))


def _smoothed(old: list[str], new: list[str]) -> list[tuple[str, int, int, int, int]]:
    """Join neighbouring changes, also over a lone little word, which nobody can follow."""
    from rapidfuzz.distance import LCSseq  # 4 MB that few processes need

    blocks = list(LCSseq.opcodes(old, new))
    joined: list[tuple[str, int, int, int, int]] = []
    for number, (tag, *ends) in enumerate(blocks):
        inside = 0 < number < len(blocks) - 1
        is_link = tag == "equal" and ends[1] - ends[0] == 1 and len(old[ends[0]]) <= SMALL_LINK
        kind = "equal" if tag == "equal" and not (inside and is_link) else "change"
        if joined and joined[-1][0] == kind == "change":
            _kind, old_from, _old_to, new_from, _new_to = joined[-1]
            joined[-1] = (kind, old_from, ends[1], new_from, ends[3])
        else:
            joined.append((kind, *ends))
    return joined


def _merged(segments: Iterable[Segment]) -> list[Segment]:
    merged: list[Segment] = []
    for segment in segments:
        if merged and merged[-1].op == segment.op:
            merged[-1] = Segment(segment.op, f"{merged[-1].text} {segment.text}")
        else:
            merged.append(segment)
    return merged


def matching_page(page: PageText, pages: Sequence[PageText]) -> int | None:
    """Give the page of another version that says what this one says; None where none does.

    Each word that both pages hold counts the more the fewer pages hold it. Of equally good pages
    the one with the nearest number is given.
    """
    contents = [(other.number, frozenset(words_of(other.text))) for other in pages]
    spread = Counter(word for _, words in contents for word in words)
    wanted = {word: 1 / spread[word] for word in set(words_of(page.text)) if spread[word]}
    own = frozenset(words_of(page.text))
    unknown = sum(1 for word in own if not spread[word])
    total = sum(wanted.values()) + unknown
    scored = [
        (sum(wanted[word] for word in words & own), -abs(number - page.number), number)
        for number, words in contents
    ]
    best = max(scored, default=(0.0, 0, 0))
    return best[2] if total and best[0] / total >= MATCHING_FROM else None
