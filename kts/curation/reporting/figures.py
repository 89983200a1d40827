"""The yearly figures: numbers by kind, ground, measure and outcome, and median times.

A year is one of the people here (Europe/Berlin). Nothing names anybody, and nothing changes when
names are cut later.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

from flask_babel import get_timezone
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, select

from kts.core.clock import now
from kts.curation.reporting.models import (
    CATEGORIES,
    CHANGED,
    DECIDED,
    LAW,
    MEASURES,
    NO_GROUND,
    REVERSED,
    RULES,
    UPHELD,
    Decision,
    Measure,
    Objection,
    Report,
    ReportCase,
)
from kts.curation.reporting.texts import CATEGORIES as CATEGORY_NAMES
from kts.curation.reporting.texts import CONTENT, GROUNDS, OUTCOMES
from kts.curation.reporting.texts import MEASURES as MEASURE_NAMES
from kts.extensions import db


@dataclass(frozen=True)
class Section:
    """One table of the page; a number is None where there was nothing to measure."""

    title: str
    rows: Sequence[tuple[str, float | int | None]]


def this_year() -> int:
    """Give the year that people here write."""
    return now().astimezone(get_timezone()).year


def years() -> list[int]:
    """List the years with reports, and this one, the newest first."""
    first = db.session.scalar(select(func.min(Report.created)))
    begin = first.astimezone(get_timezone()).year if first else this_year()
    return list(range(this_year(), begin - 1, -1))


def year_figures(year: int) -> list[Section]:
    """Count one year, in a fixed number of statements."""
    return [_notices(year), _decisions(year), _measures(year), _objections(year), _machines()]


def _within(column: Any, year: int) -> ColumnElement[bool]:
    zone = get_timezone()
    begin, end = (zone.localize(datetime(y, 1, 1)) for y in (year, year + 1))  # noqa: DTZ001
    return (column >= begin) & (column < end)


def _counts(column: Any, *conditions: Any, join: Any = None) -> dict[Any, int]:
    statement = select(column, func.count()).where(*conditions).group_by(column)
    if join is not None:
        statement = statement.join(join)
    return {row[0]: row[1] for row in db.session.execute(statement)}


def _notices(year: int) -> Section:
    by_category = _counts(Report.category, _within(Report.created, year))
    own = db.session.scalar(
        select(func.count()).where(_within(Report.created, year), Report.by_moderator)
    )
    rows = [(_("Reports"), sum(by_category.values()))]
    rows += [(str(CATEGORY_NAMES[kind]), by_category.get(kind, 0)) for kind in CATEGORIES]
    rows += [
        (_("By moderators of the KTS themselves"), own),
        (_("By trusted flaggers"), 0),
    ]
    return Section(_("Reports of content"), rows)


def _decisions(year: int) -> Section:
    within = _within(Decision.created, year)
    first = Decision.replaces_id.is_(None)
    by_content = _counts(Decision.content, within, first)
    by_ground = _counts(Decision.ground, within, first)
    times = db.session.execute(
        select(ReportCase.opened, Decision.created).join(Decision.case).where(within, first)
    ).all()
    rows: list[tuple[str, float | int | None]] = [(_("Decisions"), sum(by_content.values()))]
    rows += [(str(CONTENT[kind]), by_content.get(kind, 0)) for kind in CONTENT]
    names = {LAW: _("On the ground of a law"), RULES: _("On the ground of the house rules")}
    rows += [(names.get(kind, str(GROUNDS[kind])), by_ground.get(kind, 0)) for kind in names]
    rows.append((str(GROUNDS[NO_GROUND]), by_ground.get(NO_GROUND, 0)))
    rows.append((_("Median time to the decision, in hours"), _median_hours(times)))
    return Section(_("Decisions"), rows)


def _measures(year: int) -> Section:
    by_kind = _counts(Measure.kind, _within(Measure.created, year))
    rows = [(str(MEASURE_NAMES[kind]), by_kind.get(kind, 0)) for kind in MEASURES]
    lifted = db.session.scalar(
        select(func.count()).where(
            _within(Measure.lifted_at, year), Measure.lifted_by_id.is_not(None)
        )
    )
    rows.append((_("Taken back by moderators"), lifted))
    return Section(_("Measures"), rows)


def _objections(year: int) -> Section:
    received = db.session.scalar(select(func.count()).where(_within(Objection.created, year)))
    by_party = _counts(Objection.party, _within(Objection.created, year))
    decided = _within(Objection.decided_at, year)
    by_outcome = _counts(Objection.outcome, decided, Objection.state == DECIDED)
    times = db.session.execute(select(Objection.created, Objection.decided_at).where(decided)).all()
    rows: list[tuple[str, float | int | None]] = [
        (_("Objections"), received),
        (_("by authors"), by_party.get("author", 0)),
        (_("by people who reported"), by_party.get("reporter", 0)),
    ]
    rows += [(str(OUTCOMES[kind]), by_outcome.get(kind, 0)) for kind in (UPHELD, CHANGED, REVERSED)]
    rows.append((_("Median time to the decision, in hours"), _median_hours(times)))
    return Section(_("Objections"), rows)


def _machines() -> Section:
    """Say what the law asks for although nothing here works by itself."""
    return Section(
        _("Automated means"),
        [(_("Content found by automated means"), 0), (_("Decisions made by automated means"), 0)],
    )


def _median_hours(times: Sequence[Any]) -> float | None:
    hours = [(end - begin).total_seconds() / 3600 for begin, end in times]
    return round(median(hours), 1) if hours else None
