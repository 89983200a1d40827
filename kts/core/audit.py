"""Who did what to what, when and why.

Entries are written by services in the same transaction as the deed, and are never changed. The
actor's name is copied, since an account may go while its deeds stay. They are kept for a set time
(``KTS_AUDIT_DAYS``), after which the worker removes them at night.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, delete
from sqlalchemy.orm import Mapped, mapped_column

from kts.core.clock import now
from kts.core.models import UTCDateTime
from kts.extensions import db


class AuditEntry(db.Model):
    """One deed; ``kind`` and ``object_id`` name the row it was done to."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_object", "kind", "object_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=now, index=True)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    actor_name: Mapped[str] = mapped_column(String(200), default="")
    action: Mapped[str] = mapped_column(String(80), index=True)
    kind: Mapped[str] = mapped_column(String(80))
    object_id: Mapped[int | None]
    label: Mapped[str] = mapped_column(String(300), default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    changes: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


def record(
    actor: Any,
    action: str,
    obj: Any,
    *,
    reason: str = "",
    changes: dict[str, Any] | None = None,
) -> AuditEntry:
    """Write an entry; ``changes`` maps a field to ``[old, new]``. Flushes, so ids are known.

    ``obj`` is None where the deed was done to no single row. What stands under ``before`` in the
    changes is for undoing and is shown to nobody.
    """
    db.session.flush()
    entry = AuditEntry(
        actor_id=getattr(actor, "id", None),
        actor_name=getattr(actor, "display_name", "") or "",
        action=action,
        kind=action.partition(".")[0] if obj is None else obj.__tablename__,
        object_id=getattr(obj, "id", None),
        label=_label(obj),
        reason=reason,
        changes=changes or {},
    )
    db.session.add(entry)
    return entry


def _label(obj: Any) -> str:
    for name in ("title", "name", "display_name", "email"):
        value = getattr(obj, name, None)
        if isinstance(value, str) and value:
            return value[:300]
    return ""


def history(kind: str, object_id: int) -> list[AuditEntry]:
    """List what was done to one row, newest first."""
    statement = (
        db.select(AuditEntry)
        .filter_by(kind=kind, object_id=object_id)
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
    )
    return list(db.session.scalars(statement))


def forget_before(moment: datetime, limit: int) -> int:
    """Remove the oldest entries from before that moment, at most ``limit``; give how many."""
    old = db.select(AuditEntry.id).where(AuditEntry.at < moment).order_by(AuditEntry.at)
    ids = db.session.scalars(old.limit(limit)).all()
    db.session.execute(
        delete(AuditEntry)
        .where(AuditEntry.id.in_(ids))
        .execution_options(synchronize_session=False)
    )
    return len(ids)
