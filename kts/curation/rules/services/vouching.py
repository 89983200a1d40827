"""People whose contributions are not held back any more."""

from typing import Any

from flask_babel import gettext as _

from kts.core import audit
from kts.core.audit import AuditEntry
from kts.core.errors import Denied
from kts.curation.rules.models import VouchedMember
from kts.extensions import db


def vouch_for(actor: Any, person: Any, reason: str = "") -> VouchedMember:
    """Hold nothing of a person any more; nobody does so for herself."""
    if actor.id == person.id:
        raise Denied(_("Nobody vouches for herself. Please ask another moderator."))
    known = db.session.scalar(db.select(VouchedMember).filter_by(user_id=person.id))
    if known is not None:
        return known
    vouched = VouchedMember(user_id=person.id, vouched_by_id=actor.id, reason=reason)
    db.session.add(vouched)
    db.session.flush()
    audit.record(actor, "vouched_member.add", vouched, reason=reason)
    return vouched


def stop_vouching(actor: Any, vouched: VouchedMember) -> AuditEntry:
    """Let the rules concern a person again; the log keeps whom, so that it can be undone."""
    before = {"user_id": vouched.user_id, "reason": vouched.reason}
    entry = audit.record(actor, "vouched_member.remove", vouched, changes={"before": before})
    db.session.delete(vouched)
    db.session.flush()
    return entry
