"""What was searched, as sums of queries; the pages that use it are for moderators only."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, Subquery, and_, case, func, or_, select
from sqlalchemy.orm import joinedload

from kts.core.access import PUBLIC, Viewer
from kts.core.clock import now
from kts.core.pagination import Page, paginate
from kts.curation.dossiers.models import Dossier
from kts.curation.dossiers.queries import visible_dossiers
from kts.documents.models import Document
from kts.documents.queries import visible_documents
from kts.extensions import db
from kts.forum.models import Thread
from kts.forum.queries import visible_threads
from kts.municipalities.models import Municipality
from kts.search.asked import answer, understand
from kts.search.engine import SearchResponse
from kts.search.learning import folded
from kts.search.models import DONE, ClickCount, QueryCount, SettledQuery

PERIODS = (7, 30, 90, 365)
USUAL_PERIOD = 30
EMPTY, WEAK, OFTEN, UNCLICKED, SETTLED = "leer", "kaum", "oft", "ohne-klick", "erledigt"
LISTS = (EMPTY, WEAK, OFTEN, UNCLICKED, SETTLED)
SORTS = ("anzahl", "zuletzt", "name")
PER_PAGE = 25
MOST_EXPORTED = 20_000  # rows of a file; a spreadsheet stays usable
UNCLICKED_FROM = 3  # once is a coincidence, and who reads the passage need not click
SHOWN_HITS = 5
SHOWN_CLICKS = 10


@dataclass(frozen=True)
class QueryRow:
    """A query and its sums over a period."""

    folded: str
    text: str
    searches: int
    empty: int
    weak: int
    clicks: int
    last: date


@dataclass(frozen=True)
class ClickedThing:
    """What people went on to from a query; ``rank`` is the mean place at which it stood."""

    title: str
    url: str
    clicks: int
    rank: float


def _since(days: int) -> date:
    return now().date() - timedelta(days=days - 1)


def _sums(days: int, *, unsettled: bool) -> Subquery:
    """Add up the days of each query, without what moderators have settled."""
    statement = select(
        QueryCount.folded,
        func.max(QueryCount.text).label("text"),
        func.sum(QueryCount.searches).label("searches"),
        func.sum(QueryCount.empty).label("empty"),
        func.sum(QueryCount.weak).label("weak"),
        func.sum(QueryCount.clicks).label("clicks"),
        func.max(QueryCount.day).label("last"),
    ).where(QueryCount.day >= _since(days))
    if unsettled:
        asked_again = and_(SettledQuery.outcome == DONE, QueryCount.day > SettledQuery.day)
        statement = statement.outerjoin(
            SettledQuery, SettledQuery.folded == QueryCount.folded
        ).where(or_(SettledQuery.id.is_(None), asked_again))
    return statement.group_by(QueryCount.folded).subquery()


def _belongs(which: str, sums: Subquery) -> Any:
    """Give the condition of a list; its figure is what it is sorted by."""
    return {
        EMPTY: sums.c.empty > 0,
        WEAK: sums.c.weak > 0,
        OFTEN: sums.c.searches > 0,
        UNCLICKED: and_(sums.c.clicks == 0, sums.c.searches - sums.c.empty >= UNCLICKED_FROM),
    }[which]


def list_sizes(days: int) -> dict[str, int]:
    """Count the queries of each list."""
    open_ones, every = _sums(days, unsettled=True), _sums(days, unsettled=False)
    counted = [
        func.count(case((_belongs(which, open_ones), 1))) for which in (EMPTY, WEAK, UNCLICKED)
    ]
    empty, weak, unclicked = db.session.execute(select(*counted)).one()
    often = db.session.scalar(select(func.count()).select_from(every)) or 0
    settled = db.session.scalar(select(func.count()).select_from(SettledQuery)) or 0
    return {EMPTY: empty, WEAK: weak, OFTEN: often, UNCLICKED: unclicked, SETTLED: settled}


def _rows(which: str, days: int, sort: str) -> Select[Any]:
    sums = _sums(days, unsettled=which != OFTEN)
    figure = {EMPTY: sums.c.empty, WEAK: sums.c.weak}.get(which, sums.c.searches)
    order = {
        "anzahl": (figure.desc(), sums.c.last.desc()),
        "zuletzt": (sums.c.last.desc(), figure.desc()),
        "name": (),
    }[sort]
    return select(sums).where(_belongs(which, sums)).order_by(*order, sums.c.folded)


def query_rows(which: str, days: int, sort: str, page: int, total: int) -> Page:
    """Give one page of a list; ``total`` is its size, which the tabs have counted already."""
    last = max(1, -(-total // PER_PAGE))
    page = min(max(1, page), last)
    statement = _rows(which, days, sort).limit(PER_PAGE).offset((page - 1) * PER_PAGE)
    rows = [QueryRow(*row) for row in db.session.execute(statement)]
    return Page(rows, total, page, PER_PAGE)


def all_query_rows(which: str, days: int, sort: str) -> list[QueryRow]:
    """Give the whole list, for a file."""
    statement = _rows(which, days, sort).limit(MOST_EXPORTED)
    return [QueryRow(*row) for row in db.session.execute(statement)]


def settled_rows(page: int) -> Page:
    """Give one page of what moderators have settled, the newest first."""
    statement = (
        select(SettledQuery)
        .options(joinedload(SettledQuery.by))
        .order_by(SettledQuery.day.desc(), SettledQuery.id.desc())
    )
    return paginate(statement, page, PER_PAGE)


def settled(asked: str) -> SettledQuery | None:
    """Give what a moderator has decided about the query."""
    return db.session.scalar(
        select(SettledQuery).filter_by(folded=folded(asked)).options(joinedload(SettledQuery.by))
    )


def searched_in_vain(times: int) -> list[QueryRow]:
    """Give the queries of the usual period that found nothing so often and are not settled."""
    sums = _sums(USUAL_PERIOD, unsettled=True)
    statement = select(sums).where(sums.c.empty >= times)
    return [QueryRow(*row) for row in db.session.execute(statement)]


def sums_of(asked: str) -> list[tuple[int, QueryRow]]:
    """Give the query's sums over each period, the shortest first; one statement."""
    columns = [QueryCount.searches, QueryCount.empty, QueryCount.weak, QueryCount.clicks]
    statement = select(
        *(
            func.coalesce(func.sum(case((QueryCount.day >= _since(days), column), else_=0)), 0)
            for days in PERIODS
            for column in columns
        ),
        func.max(QueryCount.day),
    ).where(QueryCount.folded == folded(asked))
    *figures, last = db.session.execute(statement).one()
    width = len(columns)
    return [
        (days, QueryRow(folded(asked), asked, *figures[at * width : (at + 1) * width], last))
        for at, days in enumerate(PERIODS)
    ]


def clicked_things(viewer: Viewer, asked: str, days: int = PERIODS[-1]) -> list[ClickedThing]:
    """Give what people went on to, the most frequent first; what the viewer may not see is out."""
    clicks = func.sum(ClickCount.clicks)
    statement = (
        select(ClickCount.parent, clicks, func.sum(ClickCount.ranks))
        .where(ClickCount.folded == folded(asked), ClickCount.day >= _since(days))
        .group_by(ClickCount.parent)
        .order_by(clicks.desc(), ClickCount.parent)
        .limit(SHOWN_CLICKS)
    )
    counted = db.session.execute(statement).all()
    named = _named(viewer, [row[0] for row in counted])
    return [
        ClickedThing(*named[parent], number, ranks / max(1, number))
        for parent, number, ranks in counted
        if parent in named
    ]


def _named(viewer: Viewer, parents: list[str]) -> dict[str, tuple[str, str]]:
    """Give title and address of the things, one statement a kind."""
    ids: dict[str, list[int]] = defaultdict(list)
    for parent in parents:
        kind, _sign, number = parent.partition(":")
        ids[kind].append(int(number))
    doors: dict[str, tuple[Select[Any], Any]] = {
        "document": (visible_documents(viewer), Document.id),
        "thread": (visible_threads(viewer), Thread.id),
        "dossier": (visible_dossiers(viewer), Dossier.id),
        "municipality": (select(Municipality), Municipality.id),
    }
    named = {}
    for kind, (statement, column) in doors.items():
        if not ids[kind]:
            continue
        for thing in db.session.scalars(statement.where(column.in_(ids[kind]))):
            title = thing.name if kind == "municipality" else thing.title
            named[f"{kind}:{thing.id}"] = title, thing.path
    return named


def found_today(asked: str, limit: int = SHOWN_HITS) -> SearchResponse:
    """Ask the search now, as a guest."""
    return answer(understand(asked), frozenset({PUBLIC}), limit=limit)
