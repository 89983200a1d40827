"""The link in a reminder: confirming without signing in.

Opening it changes nothing, for scanners of mail servers open every link; its page has the buttons.
Whoever has the mail has the link, so it does what the owner can do with what the mail names, and
for each thing once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask import redirect as lead_to
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from kts.accounts.models import User
from kts.core.access import rule
from kts.core.errors import Conflict
from kts.core.shelf_life import ShelfLife
from kts.curation.keeping import queries, services, telling
from kts.curation.keeping.policies import is_owner
from kts.curation.keeping.queries import Kept
from kts.extensions import csrf, db

confirming = Blueprint("confirming", __name__)

DEEDS: dict[str, Callable[[Any, Kept, int], Any]] = {
    "confirm": services.confirm,
    "doubt": services.doubt,
    "leave": services.leave,
}


@dataclass(frozen=True)
class Asked:
    """One thing of a link: open, or what became of it."""

    kept: Kept
    version: int
    mine: bool

    @property
    def is_open(self) -> bool:
        """Say whether the link still works for it."""
        return self.mine and self.kept.row.version == self.version


@confirming.get("/bestaetigen/<signed>")
@rule("everyone", "the signature of the link")
def ask(signed: str) -> ResponseReturnValue:
    """Ask whether the things still hold; opening the link changes nothing."""
    try:
        person, versions = telling.read(signed)
    except telling.LinkExpired:
        return render_template("keeping/link.html", step="expired"), 410
    except telling.LinkForged:
        return render_template("keeping/link.html", step="forged"), 404
    return _page(person, versions, signed)


@confirming.post("/bestaetigen/<signed>")
@csrf.exempt
@rule("everyone", "the signature of the link")
def answer(signed: str) -> ResponseReturnValue:
    """Take the answer for one thing, or that all are still right."""
    try:
        person, versions = telling.read(signed)
    except telling.LinkExpired:
        return render_template("keeping/link.html", step="expired"), 410
    except telling.LinkForged:
        return render_template("keeping/link.html", step="forged"), 400
    deed, _sign, chosen = request.form.get("tun", "").partition(":")
    wanted = [one for one in _asked(person, versions) if chosen in ("alle", str(one.kept.row.id))]
    if deed in DEEDS:
        for one in wanted:
            if one.is_open:
                _do(person, DEEDS[deed], one)
    return lead_to(url_for("confirming.ask", signed=signed), 303)


def _do(person: User, deed: Callable[[Any, Kept, int], Any], one: Asked) -> None:
    try:
        deed(person, one.kept, one.version)
        db.session.commit()
    except Conflict:  # a colleague was quicker; the page says what holds now
        db.session.rollback()


def _asked(person: User, versions: dict[int, int]) -> list[Asked]:
    statement = select(ShelfLife).where(ShelfLife.id.in_(versions)).order_by(ShelfLife.due)
    found = queries.kept_of(person, db.session.scalars(statement).all())
    return [Asked(kept, versions[kept.row.id], is_owner(person, kept.row)) for kept in found]


def _page(person: User, versions: dict[int, int], signed: str) -> ResponseReturnValue:
    """Show the page in the language of the account, which the mail was in, too."""
    with force_locale(person.language):
        return render_template(
            "keeping/link.html",
            step="ask",
            person=person,
            asked=_asked(person, versions),
            signed=signed,
            title=_("Is this still right?"),
        )
