"""What words and sites have in common: version check, deletion that can be undone."""

from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from kts.core import audit
from kts.core.audit import AuditEntry
from kts.core.errors import Conflict, Invalid
from kts.curation.rules.models import WatchedHost, WatchedWord
from kts.extensions import db

Rule = WatchedWord | WatchedHost
KEPT = {
    WatchedWord: ("phrase", "folded", "whole", "note", "active", "since", "until"),
    WatchedHost: ("host", "effect", "note", "active"),
}
DAYS = ("since", "until")


def require_version(row: Any, version: int) -> None:
    """Lock the row; raise Conflict where somebody else has saved another version."""
    db.session.refresh(row, with_for_update=True)
    if row.version != version:
        raise Conflict(
            _(
                "Somebody else has changed this rule meanwhile. Your entries are still here; "
                "what is saved now stands below."
            )
        )


def add_once(row: Any, sentence: str) -> None:
    """Add a row; raise Invalid with the sentence where a colleague adds the same at this moment."""
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError as error:
        raise Invalid(sentence) from error


def write(row: Any, values: dict[str, Any]) -> dict[str, list[Any]]:
    """Write what differs, and give the changes as the log keeps them."""
    changes = {
        name: [_plain(getattr(row, name)), _plain(value)]
        for name, value in values.items()
        if getattr(row, name) != value
    }
    for name, value in values.items():
        setattr(row, name, value)
    return changes


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def delete_rule(actor: Any, rule: Rule) -> AuditEntry:
    """Delete a rule; the log keeps it, so that ``bring_back`` can undo it."""
    before = {name: _plain(getattr(rule, name)) for name in KEPT[type(rule)]}
    if isinstance(rule, WatchedWord):
        entry = audit.record(actor, "watched_word.delete", rule, changes={"before": before})
    else:
        entry = audit.record(actor, "watched_host.delete", rule, changes={"before": before})
    db.session.delete(rule)
    db.session.flush()
    return entry


def bring_back(actor: Any, entry: AuditEntry) -> Rule:
    """Undo a deletion; raise Conflict where the same was added since."""
    kept = dict(entry.changes["before"])
    if entry.action == "watched_host.delete":
        known = db.session.scalar(db.select(WatchedHost.id).filter_by(host=kept["host"]))
        host = WatchedHost(**kept)
        _add_again(host, known)
        audit.record(actor, "watched_host.restore", host)
        return host
    for name in DAYS:
        kept[name] = date.fromisoformat(kept[name]) if kept[name] else None
    same = {"folded": kept["folded"], "whole": kept["whole"]}
    word = WatchedWord(**kept)
    _add_again(word, db.session.scalar(db.select(WatchedWord.id).filter_by(**same)))
    audit.record(actor, "watched_word.restore", word)
    return word


def _add_again(rule: Rule, known: int | None) -> None:
    if known is not None:
        raise Conflict(_("The same rule was added since; there is nothing to bring back."))
    db.session.add(rule)
    db.session.flush()
