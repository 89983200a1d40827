"""Where the search page tells which hit was opened (``js/clicks.js``).

It takes no token from a session: a guest who only reads would get a cookie for it, and counting is
nothing that a cookie may be set for. A page of another site is refused by what the browser says of
where the request comes from; more than a sum that is too high by one it could not reach anyway.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from kts.core import access
from kts.core.transactions import reading
from kts.core.web import whole_number
from kts.extensions import csrf, db, limiter
from kts.search import learning
from kts.search.asked import answer, understand
from kts.search.engine import SearchError
from kts.search.models import LONGEST_PARENT
from kts.search.query import LONGEST_QUERY

blueprint = Blueprint("clicks", __name__)

CLICKS = "60 per minute"  # a person opens a few hits a minute; an office shares an address
_PARENT = re.compile(r"[a-z_]+:[0-9]{1,10}")


@blueprint.post("/suche/klick")
@access.rule("everyone", "counts without the person, and only what the person's search shows")
@csrf.exempt
@limiter.limit(CLICKS)
def click() -> ResponseReturnValue:
    """Count that a hit was opened; the answer says nothing."""
    if not _is_from_this_site():
        abort(400)
    asked = request.form.get("q", "").strip()[:LONGEST_QUERY]
    parent = request.form.get("hit", "")[: LONGEST_PARENT + 1]
    rank = request.form.get("rank", 1, type=whole_number)
    if asked and _PARENT.fullmatch(parent) and _finds(asked, parent):
        learning.record_click(asked, parent, rank)
    return "", 204


def _is_from_this_site() -> bool:
    said = request.headers.get("Sec-Fetch-Site")
    if said is not None:
        return said == "same-origin"
    origin = request.headers.get("Origin", "")
    return bool(origin) and urlsplit(origin).netloc == request.host


def _finds(asked: str, parent: str) -> bool:
    """Say whether this person's search for it shows the thing."""
    try:
        with reading():
            tokens = current_user.visibility_tokens
            found = answer(understand(asked), tokens, within=parent, limit=1, pages_per_hit=0)
            return found.total > 0
    except SearchError:
        return False
    finally:
        db.session.rollback()  # counting writes in a transaction of its own
