"""One person's deeds one after another, however many clicks arrive at the same moment."""

from typing import Any

from kts.accounts.models import User
from kts.extensions import db


def take_own_turn(actor: Any) -> None:
    """Wait until what the same person sent before is saved: her own account's row is the lock.

    Rows that refer to the account can be written meanwhile (``NO KEY UPDATE`` in PostgreSQL):
    otherwise whoever tells her something while she writes waits for her, and she for a thread that
    the other one has locked.
    """
    own = db.select(User.id).filter_by(id=actor.id)
    db.session.execute(own.with_for_update(key_share=True))
