"""What moderators do with what waits; of two at once the second learns who was first.

Every verb takes the version that the moderator saw and raises Conflict where the row has moved on
since, with the name of whoever moved it; nothing is overwritten. None of them decides anything:
that happens on the page of the thing itself.
"""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import format_datetime
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete

from kts.accounts import notifications as accounts
from kts.accounts.models import User
from kts.core import audit
from kts.core.audit import AuditEntry
from kts.core.clock import now
from kts.core.errors import Conflict, Invalid, NotFound
from kts.core.upserts import insert
from kts.core.waiting import WaitingItem
from kts.curation.desk.models import DeskSetting
from kts.extensions import db
from kts.notifications.models import Notification

HELD_FOR = timedelta(days=3)  # a long weekend; what lies longer has been forgotten
LONGEST_PUT_OFF = timedelta(days=366)
NOTE_LENGTH = 2000
HANDED_ON = "desk_handed_on"
BERLIN = ZoneInfo("Europe/Berlin")

#: What the second of two is told; the log's words name the deed, these the person.
FIRST = {
    "waiting_item.take": _l("%(name)s took this in hand (%(time)s)."),
    "waiting_item.give_back": _l("%(name)s gave this back (%(time)s)."),
    "waiting_item.hand_on": _l("%(name)s handed this on (%(time)s)."),
    "waiting_item.put_off": _l("%(name)s put this off (%(time)s)."),
    "waiting_item.note": _l("%(name)s changed the note (%(time)s)."),
    "waiting_item.undo": _l("%(name)s took the last step back (%(time)s)."),
    "waiting_item.settle": _l("%(name)s has decided on this (%(time)s)."),
}


def take(actor: User, item_id: int, version: int) -> AuditEntry:
    """Take it in hand: colleagues see the name and leave it alone for some days."""
    item = _as_seen(item_id, version)
    _require_free(actor, item)
    return _change(
        actor, item, "take", claimed_by_id=actor.id, claimed_at=now(), snoozed_until=None
    )


def give_back(actor: User, item_id: int, version: int) -> AuditEntry:
    """Let go of what one has in hand oneself; raise Conflict for what a colleague has."""
    item = _as_seen(item_id, version)
    if item.claimed_by_id != actor.id:
        raise Conflict(_("You do not have this in hand. Nothing was changed."))
    return _change(actor, item, "give_back", claimed_by_id=None, claimed_at=None)


def hand_on(actor: User, item_id: int, version: int, to: User) -> AuditEntry:
    """Put it into a colleague's hand and tell her."""
    item = _as_seen(item_id, version)
    _require_free(actor, item)
    if not (to.is_moderator and to.active) or to.id == actor.id:
        raise Invalid(_("Please choose a colleague of the KTS."))
    entry = _change(
        actor,
        item,
        "hand_on",
        shown={"person": [_name_of(item.claimed_by_id), to.display_name]},
        claimed_by_id=to.id,
        claimed_at=now(),
        snoozed_until=None,
    )
    sentence = _l("%(name)s hands this on to you: %(title)s", name=actor.name, title=item.title)
    accounts.tell(to, HANDED_ON, sentence, _address(item), actor)
    return entry


def put_off(actor: User, item_id: int, version: int, until: datetime) -> AuditEntry:
    """Take it from the desk until that moment; raise Invalid for one that is past or far."""
    item = _as_seen(item_id, version)
    _require_free(actor, item)
    if not now() < until <= now() + LONGEST_PUT_OFF:
        raise Invalid(_("Please choose a day from tomorrow on, within a year."))
    shown = {"until": [None, until.astimezone(BERLIN).date().isoformat()]}
    return _change(actor, item, "put_off", shown=shown, snoozed_until=until)


def keep_note(actor: User, item_id: int, version: int, note: str) -> AuditEntry:
    """Keep what colleagues should know; the log keeps the earlier words."""
    item = _as_seen(item_id, version)
    shown = {"note": [item.note, note.strip()]}
    return _change(actor, item, "note", shown=shown, note=note.strip())


def undo(actor: User, entry_id: int) -> WaitingItem:
    """Take the own step back; raise Conflict where somebody has gone on from there."""
    entry = db.session.get(AuditEntry, entry_id)
    if entry is None or entry.actor_id != actor.id or entry.kind != "waiting_item":
        raise NotFound
    before = entry.changes.get("before", {})
    if "version" not in before or entry.object_id is None:
        raise NotFound
    item = _as_seen(entry.object_id, before["version"] + 1)
    if entry.action == "waiting_item.hand_on":
        _untell(item)
    _change(
        actor,
        item,
        "undo",
        claimed_by_id=before["claimed_by_id"],
        claimed_at=_moment(before["claimed_at"]),
        snoozed_until=_moment(before["snoozed_until"]),
        note=before["note"],
    )
    return item


def start_of(day: date) -> datetime:
    """Give the moment at which a day begins in Germany."""
    return datetime.combine(day, time(), BERLIN)


def is_held(item: WaitingItem) -> bool:
    """Say whether somebody has it in hand and may still be at it."""
    since = item.snoozed_until or item.claimed_at
    return item.claimed_by_id is not None and since is not None and since >= now() - HELD_FOR


def what_became_of(item_id: int) -> str:
    """Tell who did the last thing to a row; for one that is gone, that it is done."""
    history = audit.history("waiting_item", item_id)
    if not history or (
        history[0].action != "waiting_item.settle" and db.session.get(WaitingItem, item_id) is None
    ):
        return _("This has been decided meanwhile.")
    return _told(history[0])


def _told(entry: AuditEntry) -> str:
    name = entry.actor_name or _("The system")
    return str(FIRST[entry.action]) % {
        "name": name,
        "time": format_datetime(entry.at, "short"),
    }


def _as_seen(item_id: int, version: int) -> WaitingItem:
    """Find and lock the row; raise Conflict with the colleague's name if it has moved on."""
    item = db.session.scalar(
        db.select(WaitingItem)
        .filter_by(id=item_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if item is None or item.version != version:
        kept = _("Nothing was overwritten.")
        raise Conflict(f"{what_became_of(item_id)} {kept}")
    return item


def _require_free(actor: User, item: WaitingItem) -> None:
    if is_held(item) and item.claimed_by_id != actor.id:
        name = _name_of(item.claimed_by_id)
        raise Conflict(_("%(name)s has this in hand. Nothing was changed.", name=name))


def _change(
    actor: User, item: WaitingItem, deed: str, *, shown: dict[str, Any] | None = None, **new: Any
) -> AuditEntry:
    before = {
        "version": item.version,
        "claimed_by_id": item.claimed_by_id,
        "claimed_at": _text(item.claimed_at),
        "snoozed_until": _text(item.snoozed_until),
        "note": item.note,
    }
    for name, value in new.items():
        setattr(item, name, value)
    item.version += 1
    changes = {**(shown or {}), "before": before}
    return audit.record(actor, f"waiting_item.{deed}", item, changes=changes)


def _untell(item: WaitingItem) -> None:
    """Take the message back that the colleague has not read yet."""
    db.session.execute(
        delete(Notification).where(
            Notification.user_id == item.claimed_by_id,
            Notification.kind == HANDED_ON,
            Notification.url == _address(item),
            Notification.read_at.is_(None),
        )
    )


def _address(item: WaitingItem) -> str:
    return f"/kuratierung/wartend/{item.id}"


def _name_of(user_id: int | None) -> str:
    user = db.session.get(User, user_id) if user_id else None
    return user.display_name if user else ""


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def has_shortcuts(person: Any) -> bool:
    """Say whether single keys act at this person's desk; they do until she switches them off."""
    setting = db.session.get(DeskSetting, person.id)
    return setting is None or setting.shortcuts


def switch_shortcuts(person: Any, on: bool) -> None:
    """Keep for the person whether single keys act at the desk."""
    statement = insert(DeskSetting).values(user_id=person.id, shortcuts=on)
    values = {"shortcuts": on}
    db.session.execute(statement.on_conflict_do_update(index_elements=["user_id"], set_=values))
