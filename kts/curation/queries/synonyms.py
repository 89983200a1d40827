"""The groups of synonyms, and what their words find."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from kts.core.access import PUBLIC
from kts.core.audit import AuditEntry
from kts.core.errors import NotFound
from kts.core.pagination import Page
from kts.core.transactions import reading
from kts.extensions import db
from kts.search import german
from kts.search.engine import SearchRequest
from kts.search.models import Synonym
from kts.search.services import search

PER_PAGE = 50


@dataclass(frozen=True)
class WordHits:
    """How much a guest finds for one word of a group, and the best of it."""

    word: str
    total: int
    title: str = ""
    url: str = ""


def all_groups() -> Sequence[Synonym]:
    """Give all groups by their first word; a few hundred at most."""
    groups = db.session.scalars(select(Synonym)).all()
    return sorted(groups, key=lambda group: german.fold(group.words))


def find_groups(asked: str, page: int) -> Page:
    """Give one page of the groups in whose words the text occurs, whatever its spelling."""
    wanted = german.fold(asked.strip())
    found = [group for group in all_groups() if wanted in german.fold(group.words)]
    last = max(1, -(-len(found) // PER_PAGE))
    page = min(max(1, page), last)
    return Page(found[(page - 1) * PER_PAGE : page * PER_PAGE], len(found), page, PER_PAGE)


def get_group(group_id: int) -> Synonym:
    """Give one group, held against others who change it; raise NotFound where there is none."""
    group = db.session.get(Synonym, group_id, with_for_update=True)
    if group is None:
        raise NotFound
    return group


def same_word(word: str) -> str:
    """Give the form in which the search knows a member: the stems of its words."""
    return " ".join(token.word.stem for token in german.tokens(word))


def groups_with(words: Iterable[str], but: Synonym | None = None) -> list[Synonym]:
    """Give the other groups that hold one of these members already."""
    wanted = {same_word(word) for word in words}
    return [
        group
        for group in all_groups()
        if group is not but and wanted & {same_word(member) for member in group.members}
    ]


def groups_for(asked: str) -> list[Synonym]:
    """Give the groups that take part when this is searched: a member stands in it."""
    query = f" {same_word(asked)} "
    return [
        group
        for group in all_groups()
        if any(f" {known} " in query for member in group.members if (known := same_word(member)))
    ]


def hits_of(words: Iterable[str]) -> list[WordHits]:
    """Ask the search for each word as a guest.

    It ends the session's transaction before and after, since searching takes too long to hold the
    database's only right to write.
    """
    with reading():
        db.session.rollback()
        found = [_hits_of(word) for word in words]
        db.session.rollback()
    return found


def _hits_of(word: str) -> WordHits:
    response = search(SearchRequest(word, frozenset({PUBLIC}), limit=1))
    if not response.hits or response.did_you_mean:
        return WordHits(word, 0)
    best = response.hits[0]
    return WordHits(word, response.total, best.title, best.url)


def deleted_group(entry_id: int) -> AuditEntry:
    """Give the log's entry of a deletion; raise NotFound for any other."""
    entry = db.session.get(AuditEntry, entry_id)
    if entry is None or entry.action != "synonym.delete":
        raise NotFound
    return entry
