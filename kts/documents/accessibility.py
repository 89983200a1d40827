"""What a version's file does for people who have it read aloud, in plain words.

Only what a program can see in the file is told (see ``extraction.shapes.Accessibility``). It is
no test report: whether the tags make sense is for people to judge.
"""

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from kts.documents.extraction.shapes import Accessibility
from kts.documents.models import DocumentVersion

# A shorter file is leafed through sooner than its bookmarks are opened.
LONG_ENOUGH_FOR_BOOKMARKS = 10

GOOD, LIMITED, BAD = "good", "limited", "bad"


@dataclass(frozen=True)
class Point:
    """One thing that helps or hinders."""

    helps: bool
    text: str


@dataclass(frozen=True)
class Judgement:
    """How usable the file is: ``good``, ``limited`` or ``bad``, with the points behind it."""

    level: str
    points: tuple[Point, ...]

    @property
    def title(self) -> str:
        """Say it in a few words."""
        words = {
            GOOD: _("prepared for accessible reading"),
            LIMITED: _("only partly accessible"),
            BAD: _("not accessible"),
        }
        return words[self.level]


def judge(version: DocumentVersion | None) -> Judgement | None:
    """Judge the version's file; None where nobody has looked at it."""
    facts = version.accessibility if version else None
    if version is None or facts is None:
        return None
    points = tuple(Point(helps, text) for helps, text in _points(facts, version.page_count) if text)
    return Judgement(level_of(facts, version.page_count), points)


def level_of(facts: Accessibility, pages: int) -> str:
    """Give the level: the worst thing decides."""
    if facts.blocks_reading or facts.pages_without_text * 2 > pages:
        return BAD
    if facts.tagged and facts.language and not facts.pages_without_text:
        return GOOD
    return LIMITED


def _points(facts: Accessibility, pages: int) -> list[tuple[bool, Any]]:
    empty = facts.pages_without_text
    return [
        (False, facts.blocks_reading and _("Its protection keeps screen readers away.")),
        (
            False,
            empty
            and ngettext(
                "%(num)d page is a picture without text; nothing there can be read aloud.",
                "%(num)d pages are pictures without text; nothing there can be read aloud.",
                empty,
            ),
        ),
        (
            facts.tagged,
            _("Headings, lists and tables are marked, so a screen reader finds its way.")
            if facts.tagged
            else _("Headings, lists and tables are not marked; only running text is read aloud."),
        ),
        (
            bool(facts.language),
            _("The language is stated.")
            if facts.language
            else _("The language is not stated; it may be read aloud with a wrong pronunciation."),
        ),
        (True, facts.bookmarks and _("Bookmarks lead to the chapters.")),
        (
            False,
            not facts.bookmarks
            and pages >= LONG_ENOUGH_FOR_BOOKMARKS
            and _("There are no bookmarks that lead to the chapters."),
        ),
        (
            True,
            facts.pdf_ua
            and _(
                "The file states that it follows PDF/UA-%(part)s, the norm for accessible PDF.",
                part=facts.pdf_ua,
            ),
        ),
    ]
