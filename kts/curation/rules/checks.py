"""What the rules say of one contribution; the forum asks through ``kts.core.judging``.

The rules are read once and kept in the process as long as their counter stands, so that a
contribution costs one small statement, and a new member's a few more only where rules for new
members are on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from flask_babel import format_datetime, ngettext, to_user_timezone
from flask_babel import lazy_gettext as _l
from sqlalchemy import func

from kts.core import judging, stamps
from kts.core.clock import now
from kts.core.judging import ANSWER, EXPERIENCE, THREAD, Contribution, Reason, TooMuch
from kts.core.text import plain_text
from kts.curation.rules.matching import (
    Phrase,
    fold,
    host_rule,
    hosts_in,
    linked_hosts,
    phrases_in,
    plain_host,
)
from kts.curation.rules.models import HELD, NewcomerRule, VouchedMember, WatchedHost, WatchedWord
from kts.extensions import db
from kts.forum.models import Post, Thread
from kts.forum.models.held import OPEN, HeldContribution
from kts.forum.services.attachments import WRITTEN
from kts.forum.services.contents import render_post

STAMP = "holding_rules"
WORD, LINK, MANY_LINKS, FIRST = "word", "link", "many_links", "first"
A_DAY, A_MINUTE = timedelta(days=1), timedelta(minutes=1)
SHOWN_KEPT = 8  # rendered texts; one contribution asks for its own several times

SENTENCES = {
    WORD: _l("The text holds something that a moderator looks at first."),
    LINK: _l("A link leads to a site that a moderator looks at first."),
    MANY_LINKS: _l("It has more links to other sites than new members usually write."),
    FIRST: _l("The first contributions of new members are looked at before they appear."),
}


@dataclass(frozen=True)
class Rules:
    """All rules as they are applied."""

    stamp: int
    words: Sequence[tuple[Phrase, date | None, date | None]] = ()
    hosts: dict[str, tuple[int, str]] = field(default_factory=dict)
    newcomers: dict[str, int] | None = None
    vouched: frozenset[int] = frozenset()

    def phrases(self) -> list[Phrase]:
        """Give the watched words that count today."""
        today = to_user_timezone(now()).date()
        return [
            phrase
            for phrase, since, until in self.words
            if (since is None or since <= today) and (until is None or until >= today)
        ]


def register() -> None:
    """Let contributions be judged, and changes of the rules count."""
    for model in (WatchedWord, WatchedHost, NewcomerRule, VouchedMember):
        stamps.watch(model, lambda _row: [STAMP], bulk=[STAMP])
    judging.register(reasons)
    judging.register_limit(limit)
    for key, sentence in SENTENCES.items():
        judging.name_reason(key, sentence)


def current_rules() -> Rules:
    """Give the rules as they are now; reads them only when they have changed."""
    (stamp,) = stamps.read(STAMP)
    kept: Rules | None = current_app.extensions.get("kts_holding_rules")
    if kept is None or kept.stamp != stamp:
        kept = _read(stamp)
        current_app.extensions["kts_holding_rules"] = kept
    return kept


def _read(stamp: int) -> Rules:
    words = db.session.scalars(db.select(WatchedWord).filter_by(active=True))
    hosts = db.session.scalars(db.select(WatchedHost).filter_by(active=True))
    row = db.session.scalar(db.select(NewcomerRule).limit(1))
    return Rules(
        stamp=stamp,
        words=[(Phrase(w.id, fold(w.phrase), w.whole), w.since, w.until) for w in words],
        hosts={h.host: (h.id, h.effect) for h in hosts},
        newcomers=_numbers(row) if row is not None and row.is_on else None,
        vouched=frozenset(db.session.scalars(db.select(VouchedMember.user_id))),
    )


def _numbers(row: NewcomerRule) -> dict[str, int]:
    columns = NewcomerRule.__table__.columns.keys()
    return {name: getattr(row, name) for name in columns if isinstance(getattr(row, name), int)}


def _rules_for(contribution: Contribution) -> Rules | None:
    """Give the rules for one contribution; None for people whom no rule concerns."""
    if contribution.actor.is_moderator:
        return None
    if "rules" not in contribution.known:
        contribution.known["rules"] = current_rules()
    rules: Rules = contribution.known["rules"]
    return None if contribution.actor.id in rules.vouched else rules


def reasons(contribution: Contribution) -> Iterator[Reason]:
    """Say why the contribution waits; what an edit leaves as it was is no reason."""
    rules = _rules_for(contribution)
    if rules is None:
        return
    for key in _keys(rules, contribution):
        yield Reason(key, SENTENCES[key])


def _keys(rules: Rules, contribution: Contribution) -> Iterator[str]:
    text = f"{contribution.title}\n{contribution.text}"
    if watched_words(rules, text) - watched_words(rules, contribution.before):
        yield WORD
    if watched_hosts(rules, text) - watched_hosts(rules, contribution.before):
        yield LINK
    if not is_new(rules, contribution):
        return
    limits = rules.newcomers or {}
    most = limits["most_links"]
    if most and len(links_elsewhere(rules, text)) > most:
        yield MANY_LINKS
    if limits["hold_first"] and _posts_of(contribution) < limits["hold_first"]:
        yield FIRST


@lru_cache(SHOWN_KEPT)
def _shown(text: str) -> str:
    """Give the HTML that readers would get; marks and entities in the source hide words."""
    return render_post(text)


def watched_words(rules: Rules, text: str) -> set[int]:
    """Give the numbers of the watched words that stand in a text, as written or as shown."""
    phrases = rules.phrases() if text else []
    if not phrases:
        return set()
    return phrases_in(phrases, text) | phrases_in(phrases, plain_text(_shown(text)))


def watched_hosts(rules: Rules, text: str) -> set[int]:
    """Give the numbers of the listed sites that a text links to."""
    if not rules.hosts or not text:
        return set()
    hosts = {*hosts_in(text), *linked_hosts(_shown(text))}
    found = (host_rule(rules.hosts, host) for host in hosts)
    return {rule[0] for rule in found if rule is not None and rule[1] == HELD}


def links_elsewhere(rules: Rules, text: str) -> list[str]:
    """Give the hosts of links to other sites than this one and those that never count."""
    own = plain_host(urlsplit(current_app.config["KTS"].base_url).hostname or "")
    written = max(hosts_in(text), linked_hosts(_shown(text)), key=len)
    hosts = [host for host in written if host != own]
    return [host for host in hosts if not _never_counts(rules, host)]


def _never_counts(rules: Rules, host: str) -> bool:
    rule = host_rule(rules.hosts, host)
    return rule is not None and rule[1] != HELD


def is_new(rules: Rules, contribution: Contribution) -> bool:
    """Say whether its author is new, and nobody vouches for her."""
    if rules.newcomers is None:
        return False
    if "is_new" not in contribution.known:
        contribution.known["is_new"] = _is_new(rules.newcomers, contribution)
    return bool(contribution.known["is_new"])


def _is_new(limits: dict[str, int], contribution: Contribution) -> bool:
    age = now() - contribution.actor.created
    is_young = age < timedelta(days=limits["young_days"])
    least = max(limits["few_posts"], limits["hold_first"])
    if not is_young and _posts_of(contribution) >= least:
        return False
    return not judging.is_vouched_for(contribution.actor)


def _posts_of(contribution: Contribution) -> int:
    """Count her posts that others can read."""
    if "posts" not in contribution.known:
        counted = db.select(func.count(Post.id)).where(
            Post.author_id == contribution.actor.id, Post.shown
        )
        contribution.known["posts"] = db.session.scalar(counted) or 0
    return int(contribution.known["posts"])


def limit(contribution: Contribution) -> TooMuch | None:
    """Give the limit for new members that stands against it, with the sentence that says so."""
    rules = _rules_for(contribution)
    if rules is None or not is_new(rules, contribution):
        return None
    limits = rules.newcomers or {}
    return _too_much_in_text(rules, limits, contribution) or _too_often(limits, contribution)


def _too_much_in_text(
    rules: Rules, limits: dict[str, int], contribution: Contribution
) -> TooMuch | None:
    text, most = contribution.text, limits["links_a_post"]
    if most and len(links_elsewhere(rules, text)) > most:
        sentence = ngettext(
            "As a new member you can put at most %(num)d link to other sites into one post. "
            "Nothing was sent; your text is still here.",
            "As a new member you can put at most %(num)d links to other sites into one post. "
            "Nothing was sent; your text is still here.",
            most,
        )
        return TooMuch(sentence, HTTPStatus.UNPROCESSABLE_ENTITY)
    most = limits["files_a_post"]
    if most and len(set(WRITTEN.findall(text))) > most:
        sentence = ngettext(
            "As a new member you can put at most %(num)d picture or file into one post. "
            "Nothing was sent; your text is still here.",
            "As a new member you can put at most %(num)d pictures or files into one post. "
            "Nothing was sent; your text is still here.",
            most,
        )
        return TooMuch(sentence, HTTPStatus.UNPROCESSABLE_ENTITY)
    return None


def _too_often(limits: dict[str, int], contribution: Contribution) -> TooMuch | None:
    if contribution.kind not in (THREAD, EXPERIENCE, ANSWER):
        return None
    opens = contribution.kind != ANSWER
    if opens and (ends := _ends(_threads_today(contribution.actor), limits["threads_a_day"])):
        return TooMuch(
            ngettext(
                "As a new member you can open %(num)d thread a day. Nothing was sent; your text "
                "is still here. You can open the next one from %(time)s on.",
                "As a new member you can open %(num)d threads a day. Nothing was sent; your text "
                "is still here. You can open the next one from %(time)s on.",
                limits["threads_a_day"],
                time=format_datetime(ends, "short"),
            )
        )
    if limits["posts_a_day"] and (
        ends := _ends(_posts_today(contribution.actor), limits["posts_a_day"])
    ):
        return TooMuch(
            ngettext(
                "As a new member you can write %(num)d post a day. Nothing was sent; your text "
                "is still here. You can send the next one from %(time)s on.",
                "As a new member you can write %(num)d posts a day. Nothing was sent; your text "
                "is still here. You can send the next one from %(time)s on.",
                limits["posts_a_day"],
                time=format_datetime(ends, "short"),
            )
        )
    return None


def _ends(moments: list[datetime], most: int) -> datetime | None:
    """Give the full minute at which one more is possible; None where it is, or without limit."""
    if not most or len(moments) < most:
        return None
    return (sorted(moments)[-most] + A_DAY + A_MINUTE).replace(second=0, microsecond=0)


def _posts_today(actor: Any) -> list[datetime]:
    posts = db.select(Post.created).where(Post.author_id == actor.id, Post.created > now() - A_DAY)
    return [*db.session.scalars(posts), *_held_today(actor, (THREAD, EXPERIENCE, ANSWER))]


def _threads_today(actor: Any) -> list[datetime]:
    threads = db.select(Thread.created).where(
        Thread.author_id == actor.id, Thread.created > now() - A_DAY
    )
    return [*db.session.scalars(threads), *_held_today(actor, (THREAD, EXPERIENCE))]


def _held_today(actor: Any, kinds: Sequence[str]) -> list[datetime]:
    statement = db.select(HeldContribution.created).where(
        HeldContribution.author_id == actor.id,
        HeldContribution.created > now() - A_DAY,
        HeldContribution.kind.in_(kinds),
        HeldContribution.state.in_(OPEN),
    )
    return list(db.session.scalars(statement))
