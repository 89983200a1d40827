"""Finds for each sentence of a newer version the one of the older that it was.

What "the same", "moved" and "changed" mean is told in :mod:`kts.documents.comparing`. No step is
quadratic in the length of a version: see ``LARGEST_GAP`` and ``COMMONEST_WORD``.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from kts.documents.sentences import Sentence

CHANGED_FROM = 0.5  # shared words of a changed sentence in its place
CHANGED_ELSEWHERE_FROM = 0.6  # and of one that also moved: chance is likelier among all
PREFERENCE = 0.001  # of two that are equally alike, the one in its place
SHORTEST_MOVED = 5  # words; shorter sentences ("Maßnahmen") recur by themselves
LARGEST_GAP = 25_000_000  # sentences × sentences of one comparison: 3 MB, some milliseconds
COMMONEST_WORD = 25  # sentences; words in more of them don't tell which one is meant
NEAR = 12  # sentences of a gap that are all compared with each other
MOST_CANDIDATES = 5


class Pairs:
    """Which sentence of the newer version was which of the older."""

    def __init__(self, old: Sequence[Sentence], new: Sequence[Sentence]) -> None:
        self.old, self.new = old, new
        self.in_place: dict[int, int] = {}  # new -> old
        self.moved: dict[int, int] = {}
        self._taken: set[int] = set()

    def align(self) -> None:
        """Pair what is the same and in the same order."""
        anchors = [(-1, -1), *_anchors(self.old, self.new), (len(self.old), len(self.new))]
        for (old_from, new_from), (old_to, new_to) in pairwise(anchors):
            self._align_between(old_from + 1, old_to, new_from + 1, new_to)
            if old_to < len(self.old):
                self._pair(new_to, old_to, self.in_place)

    def _align_between(self, old_from: int, old_to: int, new_from: int, new_to: int) -> None:
        if not 0 < (old_to - old_from) * (new_to - new_from) <= LARGEST_GAP:
            return
        from rapidfuzz.distance import LCSseq  # 4 MB that few processes need

        before = [sentence.words for sentence in self.old[old_from:old_to]]
        after = [sentence.words for sentence in self.new[new_from:new_to]]
        for tag, first, last, place, _end in LCSseq.opcodes(before, after):
            if tag == "equal":
                for step in range(last - first):
                    self._pair(new_from + place + step, old_from + first + step, self.in_place)

    def follow_moved(self) -> None:
        """Pair what is the same elsewhere; short sentences only beside a longer one."""
        places: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for number, sentence in enumerate(self.old):
            if number not in self._taken:
                places[sentence.words].append(number)
        for number, sentence in enumerate(self.new):
            if number in self.in_place or len(sentence.words) < SHORTEST_MOVED:
                continue
            free = [
                place for place in places.get(sentence.words, ())[:NEAR] if place not in self._taken
            ]
            if free:
                following = self.moved.get(number - 1, -2) + 1
                self._pair(number, following if following in free else free[0], self.moved)
        self._extend(1)
        self._extend(-1)

    def _extend(self, step: int) -> None:
        for number in sorted(self.moved, reverse=step < 0):
            after, place = number + step, self.moved[number] + step
            while self._may_pair(after, place) and self.new[after].words == self.old[place].words:
                self._pair(after, place, self.moved)
                after, place = after + step, place + step

    def match_similar(self) -> None:
        """Pair what shares most of its words, the likeliest first."""
        for score, number, place, is_near in sorted(self._similar(), reverse=True):
            if self._may_pair(number, place) and score >= CHANGED_FROM:
                self._pair(number, place, self.in_place if is_near else self.moved)

    def _similar(self) -> Iterator[tuple[float, int, int, bool]]:
        """Give how alike, the newer and the older sentence, and whether it is in its place."""
        from rapidfuzz.distance import Indel

        anchors_new = sorted(self.in_place)
        anchors_old = [self.in_place[number] for number in anchors_new]
        free = [place for place in range(len(self.old)) if place not in self._taken]
        gaps: dict[int, list[int]] = defaultdict(list)
        for place in free:
            gaps[bisect_left(anchors_old, place)].append(place)
        rare = _rare_words(self.old, free)
        for number, sentence in enumerate(self.new):
            if self.partner(number) is not None:
                continue
            gap = bisect_left(anchors_new, number)
            for place in self._candidates(sentence.words, rare, gaps.get(gap, [])):
                is_near = bisect_left(anchors_old, place) == gap
                score = Indel.normalized_similarity(sentence.words, self.old[place].words)
                if is_near or self._is_likely_elsewhere(score, sentence.words, place):
                    yield score + is_near * PREFERENCE, number, place, is_near

    def _candidates(
        self, words: tuple[str, ...], rare: dict[str, list[int]], near: list[int]
    ) -> set[int]:
        shared: Counter[int] = Counter()
        for word in set(words):
            holders = rare.get(word, ())
            for place in holders:
                shared[place] += 1 / len(holders)
        found = {place for place, _ in shared.most_common(MOST_CANDIDATES)}
        return found | set(near if len(near) <= NEAR else ())

    def _is_likely_elsewhere(self, score: float, words: tuple[str, ...], place: int) -> bool:
        shortest = min(len(words), len(self.old[place].words))
        return shortest >= SHORTEST_MOVED and score >= CHANGED_ELSEWHERE_FROM

    def keep_whole_paragraphs_moved(self) -> None:
        """Undo moves of single sentences into a paragraph that has others: they read as edits."""
        for numbers in paragraphs(self.new):
            moved = [number for number in numbers if number in self.moved]
            stayed = any(number in self.in_place for number in numbers)
            enough = 2 * _length(self.new, moved) >= _length(self.new, numbers)
            if moved and (stayed or not enough):
                for number in moved:
                    self._taken.discard(self.moved.pop(number))

    def partner(self, number: int) -> int | None:
        """Give the older sentence that this one was."""
        return self.in_place.get(number, self.moved.get(number))

    def _may_pair(self, number: int, place: int) -> bool:
        return (
            0 <= number < len(self.new)
            and 0 <= place < len(self.old)
            and place not in self._taken
            and self.partner(number) is None
        )

    def _pair(self, number: int, place: int, kind: dict[int, int]) -> None:
        kind[number] = place
        self._taken.add(place)


def _anchors(old: Sequence[Sentence], new: Sequence[Sentence]) -> list[tuple[int, int]]:
    """Give the longest series of sentences that are unique in both and in the same order."""
    unique_old = _unique(old)
    both = [
        (unique_old[words], number) for words, number in _unique(new).items() if words in unique_old
    ]
    ends: list[int] = []  # the smallest end of a series of each length
    holders: list[int] = []
    before: list[int] = []
    for index, (place, _number) in enumerate(both):
        length = bisect_left(ends, place)
        ends[length : length + 1] = [place]
        holders[length : length + 1] = [index]
        before.append(holders[length - 1] if length else -1)
    series = []
    index = holders[-1] if holders else -1
    while index >= 0:
        series.append(both[index])
        index = before[index]
    return series[::-1]


def _unique(sentences: Sequence[Sentence]) -> dict[tuple[str, ...], int]:
    counts = Counter(sentence.words for sentence in sentences)
    return {s.words: number for number, s in enumerate(sentences) if counts[s.words] == 1}


def _rare_words(sentences: Sequence[Sentence], places: Iterable[int]) -> dict[str, list[int]]:
    holders: dict[str, list[int]] = defaultdict(list)
    for place in places:
        for word in set(sentences[place].words):
            holders[word].append(place)
    return {word: found for word, found in holders.items() if len(found) <= COMMONEST_WORD}


def paragraphs(sentences: Sequence[Sentence]) -> list[list[int]]:
    """Give the numbers of each paragraph's sentences, in order."""
    found: dict[int, list[int]] = defaultdict(list)
    for number, sentence in enumerate(sentences):
        found[sentence.paragraph].append(number)
    return list(found.values())


def _length(sentences: Sequence[Sentence], numbers: Iterable[int]) -> int:
    return sum(len(sentences[number].words) for number in numbers)
