"""The rules as lists, what a rule would have held, and what a held contribution is held for."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from kts.accounts.models import User
from kts.core.audit import AuditEntry
from kts.core.clock import now
from kts.core.errors import NotFound
from kts.core.pagination import Page
from kts.core.transactions import reading
from kts.curation.rules import checks
from kts.curation.rules.matching import Phrase, fold, host_rule, hosts_in, phrases_in
from kts.curation.rules.models import HELD, VouchedMember, WatchedHost, WatchedWord
from kts.extensions import db
from kts.forum.models import Post, Thread
from kts.forum.models.held import HeldContribution
from kts.forum.services.held_texts import texts_of

PER_PAGE = 50
LOOKED_BACK = timedelta(days=90)
MOST_LOOKED_AT = 5_000  # posts; about half a second
EXAMPLES = 5
DELETIONS = ("watched_word.delete", "watched_host.delete", "vouched_member.remove")


def words_page(asked: str, number: int) -> Page:
    """Give one page of the watched words in which the text stands, whatever its spelling."""
    wanted = fold(asked)
    statement = select(WatchedWord).order_by(WatchedWord.folded, WatchedWord.id)
    found = [word for word in db.session.scalars(statement) if wanted in word.folded]
    return _cut(found, number)


def hosts_page(number: int) -> Page:
    """Give one page of the listed sites, by name."""
    statement = select(WatchedHost).order_by(WatchedHost.host)
    return _cut(db.session.scalars(statement).all(), number)


def vouched_page(number: int) -> Page:
    """Give one page of the people whom nobody holds back, the newest first."""
    people = (joinedload(VouchedMember.user), joinedload(VouchedMember.vouched_by))
    statement = select(VouchedMember).options(*people).order_by(VouchedMember.id.desc())
    return _cut(db.session.scalars(statement).all(), number)


def _cut(found: Sequence[Any], number: int) -> Page:
    last = max(1, -(-len(found) // PER_PAGE))
    number = min(max(1, number), last)
    shown = list(found[(number - 1) * PER_PAGE : number * PER_PAGE])
    return Page(shown, len(found), number, PER_PAGE)


def get_rule(model: Any, rule_id: int) -> Any:
    """Give one rule; raise NotFound where there is none."""
    rule = db.session.get(model, rule_id)
    if rule is None:
        raise NotFound
    return rule


def deleted_rule(entry_id: int | None) -> AuditEntry | None:
    """Give the log's entry of a deletion that can be undone; None for any other number."""
    entry = db.session.get(AuditEntry, entry_id) if entry_id else None
    return entry if entry is not None and entry.action in DELETIONS else None


def vouched_for(person_id: int) -> VouchedMember | None:
    """Give the note that nothing of a person is held."""
    return db.session.scalar(select(VouchedMember).filter_by(user_id=person_id))


@dataclass
class Preview:
    """How many posts of the last 90 days a rule would have held, of how many looked at."""

    looked_at: int = 0
    found: int = 0
    examples: list[tuple[str, str]] = field(default_factory=list)
    is_cut: bool = False


def preview_word(phrase: str, *, whole: bool) -> Preview:
    """Look through the newest posts for a phrase that is not saved yet."""
    phrases = [Phrase(0, fold(phrase), whole)]
    return _preview(lambda text: bool(phrases_in(phrases, text)))


def preview_host(host: str) -> Preview:
    """Look through the newest posts for links to a site that is not saved yet."""
    rules = {host: (0, HELD)}
    return _preview(lambda text: any(host_rule(rules, found) for found in hosts_in(text)))


def _preview(matches: Any) -> Preview:
    """Read in a transaction of its own: it takes too long to keep others from writing."""
    with reading():
        db.session.rollback()
        preview = _look_through(matches)
        db.session.rollback()
    return preview


def _look_through(matches: Any) -> Preview:
    preview = Preview()
    statement = (
        select(Post.id, Post.number, Post.source, Thread.title)
        .join(Thread, Thread.id == Post.thread_id)
        .join(User, User.id == Post.author_id)
        .where(Post.created > now() - LOOKED_BACK, User.role.not_in(("moderator", "admin")))
        .order_by(Post.id.desc())
        .limit(MOST_LOOKED_AT)
    )
    for number, place, source, title in db.session.execute(statement):
        preview.looked_at += 1
        text = f"{title}\n{source}" if place == 1 else source
        if not matches(text):
            continue
        preview.found += 1
        if len(preview.examples) < EXAMPLES:
            preview.examples.append((f"/beitrag/{number}", f"{title} #{place}"))
    preview.is_cut = preview.looked_at == MOST_LOOKED_AT
    return preview


@dataclass(frozen=True)
class Matches:
    """What the rules of now find in a held contribution."""

    phrases: Sequence[Phrase]
    words: Sequence[WatchedWord]
    hosts: Sequence[WatchedHost]


def matches_of(held: HeldContribution) -> Matches:
    """Find the words and sites for which it is held, as far as the rules still say so."""
    rules = checks.current_rules()
    text = "\n".join(texts_of(held).values())
    numbers = checks.watched_words(rules, text)
    sites = checks.watched_hosts(rules, text)
    return Matches(
        phrases=[phrase for phrase in rules.phrases() if phrase.rule_id in numbers],
        words=_by_ids(WatchedWord, numbers),
        hosts=_by_ids(WatchedHost, sites),
    )


def _by_ids(model: Any, numbers: set[int]) -> Sequence[Any]:
    if not numbers:
        return []
    return db.session.scalars(select(model).where(model.id.in_(numbers)).order_by(model.id)).all()
