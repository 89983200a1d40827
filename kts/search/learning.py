"""What is searched for, counted without the person, so that the KTS sees what is missing.

Kept are sums: how often a query was asked on a day, how often in vain, how often somebody went on
to which hit. There is no person, address, session or time of day in them, and nothing that would
lead to one; so it needs no consent and no cookie. The address and the browser's name are looked at
while a request is answered (programs and reloads are not counted) and not kept.

It refuses: what looks like an e-mail address, a telephone or account number; text beyond
``LONGEST_KEPT``; more new queries a day than people ask; rows older than ``KEPT``. A name that
somebody types cannot be told from other words: that is why only moderators see what was asked
rarely, and why only what many days of searching and the public content have in common is ever
suggested to others (``choose_good_queries``).

Counting never delays or breaks an answer. A search is a GET request that only reads, and SQLite
has one writer; so counts gather in memory and are written together, in a transaction of their own,
by a thread of its own. A crash loses the last seconds of them, which is no matter for sums.
"""

from __future__ import annotations

import logging
import re
import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask import Flask, current_app, has_request_context, request
from sqlalchemy import Connection, Table, delete, func, select

from kts.core import tasks
from kts.core.access import PUBLIC
from kts.core.clock import now
from kts.core.transactions import reading, writing
from kts.core.upserts import insert
from kts.extensions import db
from kts.search import german
from kts.search.engine import SearchError, SearchResponse
from kts.search.models import (
    IGNORED,
    LONGEST_KEPT,
    LONGEST_PARENT,
    ClickCount,
    GoodQuery,
    QueryCount,
    SettledQuery,
)
from kts.search.query import parse

log = logging.getLogger(__name__)

KEPT = timedelta(days=396)  # thirteen months: this month beside the same month of last year
FEW_HITS = 2  # who finds no more than this has probably not found it
WRITTEN_AFTER = 2.0  # seconds; a moderator's page is that fresh, and writes are few
MOST_WAITING = 2_000  # different counts in memory; an attack fills it and is not counted on
NEW_A_DAY = 5_000  # different queries; 500 people with ten questions each
DEEPEST_RANK = 1_000  # the last place that the pages of hits show

GOOD_DAYS = 3  # different days on which it was asked: one person's afternoon is one day
GOOD_SEARCHES = 5  # and that often altogether
GOOD_CANDIDATES = 500  # looked at each night; each costs a search
GOOD_LENGTH = 60  # characters; longer ones are questions in somebody's own words

_AT_SIGNS = "@＠﹫"  # of an address, or of a name in another network
_TELEPHONE = re.compile(r"(?<!\d)(?:\+|0)[\d\s/().-]{6,}")
_LONG_NUMBER = re.compile(r"\d{6,}")  # longer than years, paragraphs and postcodes
MOST_DIGITS = 9  # in one query: a telephone or account number in groups has more

_PROGRAM = re.compile(
    r"bot\b|bot[/_-]|crawl|spider|slurp|preview|monitor|curl|wget|python|scan|fetch", re.I
)


@dataclass(frozen=True)
class _Key:
    """What a count is about; without ``parent`` it is the query itself."""

    day: date
    folded: str
    parent: str = ""


class _Waiting:
    """The counts of one application that are not written yet."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.counts: dict[_Key, Counter[str]] = {}
        self.texts: dict[_Key, str] = {}
        self.timer: threading.Timer | None = None

    def take(self) -> tuple[dict[_Key, Counter[str]], dict[_Key, str]]:
        with self.lock:
            taken = self.counts, self.texts
            self.counts, self.texts, self.timer = {}, {}, None
        return taken


def spelled(asked: str) -> str:
    """Give a query as it is kept and shown: in one line, without control characters, cut."""
    printed = "".join(char for char in asked if char.isprintable() or char.isspace())
    return " ".join(printed.split())[:LONGEST_KEPT]


def folded(asked: str) -> str:
    """Give the form that all spellings of a query share: folded, without signs at its ends."""
    return " ".join(german.fold(spelled(asked)).split()).strip(" .,;:!?")[:LONGEST_KEPT]


def may_be_kept(asked: str) -> bool:
    """Say whether a query holds words, and nothing that looks like personal data."""
    return (
        any(character.isalpha() for character in asked)
        and not any(sign in asked for sign in _AT_SIGNS)
        and not _TELEPHONE.search(asked)
        and not _LONG_NUMBER.search(asked)
        and sum(character.isdigit() for character in asked) <= MOST_DIGITS
    )


def record_search(asked: str, response: SearchResponse, filtered: bool) -> None:
    """Count a search of a person; never raises.

    ``filtered``: it is a further page, a filter or another order of a search already counted.
    """
    if filtered or _is_no_new_search(asked) or _says_nothing(response):
        return
    weak = response.total <= FEW_HITS or response.loosened or bool(response.did_you_mean)
    found = response.total > 0
    _count(asked, {"searches": 1, "empty": int(not found), "weak": int(found and weak)})


def record_click(asked: str, parent: str, rank: int) -> None:
    """Count that somebody went from a query's hits to one of them; never raises.

    Only a query that was searched today is counted; the caller has made sure that it finds
    ``parent`` for this person.
    """
    rank = min(max(1, rank), DEEPEST_RANK)
    _count(asked, {"clicks": 1}, parent[:LONGEST_PARENT], {"clicks": 1, "ranks": rank})


def good_queries(prefix: str, limit: int = 5) -> list[str]:
    """Give queries that begin so and that others asked with success, the most frequent first."""
    beginning = folded(prefix)
    if not beginning:
        return []
    with reading():
        return list(
            db.session.scalars(
                select(GoodQuery.text)
                .where(GoodQuery.folded.startswith(beginning, autoescape=True))
                .order_by(GoodQuery.weight.desc(), GoodQuery.folded)
                .limit(limit)
            )
        )


def _says_nothing(response: SearchResponse) -> bool:
    """Say whether finding nothing is no news: only common words, or no index to look into."""
    from kts.search.services import engine

    if response.total:
        return False
    return response.only_common_words or not engine().status().ready


def _is_no_new_search(asked: str) -> bool:
    """Say whether a program asks, or a browser goes on with a search that was counted."""
    if not has_request_context():
        return False
    headers = request.headers
    caching = {part.strip() for part in headers.get("Cache-Control", "").split(",")}
    return bool(
        caching & {"max-age=0", "no-cache"}  # a reload
        or "prefetch" in headers.get("Sec-Purpose", "")
        or _PROGRAM.search(headers.get("User-Agent", ""))
        or "seite" in request.args
        or _same_search(headers.get("Referer", ""), asked)
    )


def _same_search(referrer: str, asked: str) -> bool:
    """Say whether the page before was the same search, of which a filter was taken away."""
    try:
        before = urlsplit(referrer)
    except ValueError:
        return False
    same_page = before.netloc == request.host and before.path == request.path
    return same_page and folded(parse_qs(before.query).get("q", [""])[0]) == folded(asked)


def _count(
    asked: str,
    query_counts: Mapping[str, int],
    parent: str = "",
    click_counts: Mapping[str, int] | None = None,
) -> None:
    try:
        key = folded(asked)
        if not key or not may_be_kept(asked):
            return
        day = now().date()
        counts = {_Key(day, key): query_counts}
        if click_counts:
            counts[_Key(day, key, parent)] = click_counts
        _gather(current_app._get_current_object(), counts, spelled(asked))
    except Exception:
        log.exception("a search was not counted")


def _gather(app: Flask, counts: Mapping[_Key, Mapping[str, int]], text: str) -> None:
    waiting: _Waiting = app.extensions.setdefault("kts_search_counts", _Waiting())
    with waiting.lock:
        if len(waiting.counts) >= MOST_WAITING:
            return
        for key, numbers in counts.items():
            waiting.counts.setdefault(key, Counter()).update(numbers)
            waiting.texts.setdefault(key, text)
        if waiting.timer is None and app.config.get("TASKS") != "now":
            waiting.timer = threading.Timer(WRITTEN_AFTER, write_counts, [app])
            waiting.timer.daemon = True
            waiting.timer.start()
    if app.config.get("TASKS") == "now":
        write_counts(app)


def write_counts(app: Flask) -> None:
    """Write what has gathered, in one transaction; what cannot be written is dropped."""
    counts, texts = app.extensions.setdefault("kts_search_counts", _Waiting()).take()
    if not counts:
        return
    try:
        with app.app_context(), writing(), db.engine.begin() as connection:
            _write(connection, counts, texts)
    except Exception:
        log.exception("%d counts of searches were not written", len(counts))


def _write(
    connection: Connection, counts: Mapping[_Key, Mapping[str, int]], texts: Mapping[_Key, str]
) -> None:
    known = _known(connection, counts)
    room = {day: NEW_A_DAY - _number_of_day(connection, day) for day in {k.day for k in counts}}
    for key, numbers in counts.items():
        query = (key.day, key.folded)
        if key.parent:
            if query in known:
                values = {"parent": key.parent, **numbers}
                _add(connection, ClickCount.__table__, key, values, ("day", "folded", "parent"))
            continue
        if query not in known:
            if not numbers.get("searches") or room[key.day] <= 0:
                continue
            room[key.day] -= 1
            known.add(query)
        values = {"searches": 0, "empty": 0, "weak": 0, "clicks": 0, **numbers}
        values["text"] = texts[key]
        _add(connection, QueryCount.__table__, key, values, ("day", "folded"))


def _known(connection: Connection, keys: Iterable[_Key]) -> set[tuple[date, str]]:
    """Give which of the queries have a row of their day already."""
    keys = list(keys)
    rows = connection.execute(
        select(QueryCount.day, QueryCount.folded).where(
            QueryCount.day.in_({key.day for key in keys}),
            QueryCount.folded.in_({key.folded for key in keys}),
        )
    )
    return {(row.day, row.folded) for row in rows}


def _number_of_day(connection: Connection, day: date) -> int:
    return connection.scalar(select(func.count()).where(QueryCount.day == day)) or 0


def _add(
    connection: Connection,
    table: Table,
    key: _Key,
    values: dict[str, Any],
    unique: tuple[str, ...],
) -> None:
    """Add the numbers to the row, or make it; one statement, so two processes cannot collide."""
    statement = insert(table, connection.dialect.name).values(
        day=key.day, folded=key.folded, **values
    )
    added = {
        name: table.c[name] + statement.excluded[name]
        for name, value in values.items()
        if isinstance(value, int)
    }
    connection.execute(statement.on_conflict_do_update(index_elements=unique, set_=added))


@tasks.nightly
def forget_old_counts() -> None:
    """Remove what is older than is kept."""
    oldest = now().date() - KEPT
    for table in (QueryCount, ClickCount):
        db.session.execute(delete(table).where(table.day < oldest))
    db.session.commit()


@tasks.nightly
def choose_good_queries() -> None:
    """Choose anew what may be suggested to everybody.

    A query must have been asked on several days and be answered *today* by public content, with
    all of its words as they were typed: so what only a closed group finds, or what holds a word
    that no public text holds, never gets in. What moderators ignore stays out.
    """
    with reading():
        candidates = db.session.execute(_candidates()).all()
        texts = _usual_spellings([row.folded for row in candidates])
        good = [row for row in candidates if _is_answered_publicly(texts[row.folded])]
        db.session.rollback()
    db.session.execute(delete(GoodQuery))
    for row in good:
        db.session.add(GoodQuery(folded=row.folded, text=texts[row.folded], weight=row.weight))
    db.session.commit()


def _usual_spellings(queries: Sequence[str]) -> dict[str, str]:
    """Give the spelling of each query that most searches have; no single odd one is shown."""
    searches = func.sum(QueryCount.searches)
    rows = db.session.execute(
        select(QueryCount.folded, QueryCount.text)
        .where(QueryCount.folded.in_(queries), func.length(QueryCount.text) <= GOOD_LENGTH)
        .group_by(QueryCount.folded, QueryCount.text)
        .order_by(searches, QueryCount.text.desc())
    )
    return {row.folded: row.text for row in rows}


def _candidates() -> Any:
    """Select what was asked often enough; clicks weigh more, since they tell of success."""
    searches = func.sum(QueryCount.searches)
    weight = (searches + 2 * func.sum(QueryCount.clicks)).label("weight")
    ignored = select(SettledQuery.folded).filter_by(outcome=IGNORED)
    return (
        select(QueryCount.folded, weight)
        .where(func.length(QueryCount.text) <= GOOD_LENGTH, QueryCount.folded.not_in(ignored))
        .group_by(QueryCount.folded)
        .having(
            func.count() >= GOOD_DAYS,
            searches >= GOOD_SEARCHES,
            func.sum(QueryCount.empty) < searches,
        )
        .order_by(weight.desc(), QueryCount.folded)
        .limit(GOOD_CANDIDATES)
    )


def _is_answered_publicly(text: str) -> bool:
    """Say whether public content holds all that was typed; what is left out it need not hold."""
    from kts.search.asked import answer, understand

    asked = understand(text)
    parsed = parse(asked.words)
    if asked.notes or parsed.excluded or parsed.excluded_phrases:
        return False
    try:
        response = answer(asked, frozenset({PUBLIC}), limit=1)
    except SearchError:  # no index: nothing is suggested until there is one
        return False
    return response.total > 0 and not response.loosened and not response.did_you_mean
