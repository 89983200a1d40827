"""The criteria of the quality seal: a draft, its publication, numbered points."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from kts.core import audit
from kts.core.clock import now
from kts.core.errors import Conflict, Invalid
from kts.core.text import render_markdown
from kts.curation.vocabularies.models import SealCriteria
from kts.extensions import db

STARTING_TEXT = Path(__file__).parents[1] / "starting" / "guetesiegel.de.md"
HEADING = re.compile(r"^##\s*(\d{1,2})\.?\s+(.+?)\s*$", re.M)
MOST = 15  # more would not be answered with care


def points_of(body: str) -> list[dict[str, str]]:
    """Cut the text at its headings ``## 1 Title``; what stands before the first has no number.

    Raises Invalid where there is none, too many, or two with the same number.
    """
    pieces = HEADING.split(body)
    points = [_point("", "", pieces[0])] if pieces[0].strip() else []
    for place in range(1, len(pieces), 3):
        number, title, text = pieces[place : place + 3]
        if any(point["number"] == number for point in points):
            raise Invalid(_("There are two criteria with the number %(number)s.", number=number))
        points.append(_point(number, title, text))
    if not 1 <= len(pieces) // 3 <= MOST:
        raise Invalid(
            _("One to %(most)d criteria need a heading each, like: ## 1 Title", most=MOST)
        )
    return points


def _point(number: str, title: str, text: str) -> dict[str, str]:
    text = text.strip()
    return {"number": number, "title": title, "text": text, "html": render_markdown(text)}


@lru_cache(maxsize=1)
def _starting_body() -> str:
    return STARTING_TEXT.read_text(encoding="utf-8").strip()


def starting_criteria() -> SealCriteria:
    """Make the first version as it comes with the software, not stored."""
    body = _starting_body()
    return SealCriteria(number=1, body=body, points=points_of(body), version=1)


def published() -> list[SealCriteria]:
    """List the versions that were published, newest first."""
    statement = select(SealCriteria).where(SealCriteria.number.is_not(None))
    return list(db.session.scalars(statement.order_by(SealCriteria.number.desc())))


def criteria_now() -> SealCriteria:
    """Give the version that counts; the starting one, not stored, where there is none."""
    return next(iter(published()), None) or starting_criteria()


def stored_criteria() -> SealCriteria:
    """Give the version that counts as a row, so that a seal can name it."""
    found = criteria_now()
    if found.id is None:
        found.published_at = now()
        db.session.add(found)
        db.session.flush()
    return found


def draft() -> SealCriteria | None:
    """Give the draft of the next version."""
    return db.session.scalar(select(SealCriteria).where(SealCriteria.number.is_(None)))


def save_draft(actor: Any, body: str, version: int) -> SealCriteria:
    """Write the draft; raise Conflict where somebody else has written it, Invalid for its text."""
    found = draft()
    if (found.version if found else 0) != version:
        raise Conflict(_("Somebody else has changed the draft meanwhile. Nothing was overwritten."))
    body = body.replace("\r\n", "\n").strip()
    points = points_of(body)
    if found is None:
        stored_criteria()
        found = SealCriteria(body=body, points=points, version=1)
        db.session.add(found)
    else:
        found.body, found.points, found.version = body, points, found.version + 1
    db.session.flush()
    return found


def publish_criteria(actor: Any, version: int) -> SealCriteria:
    """Let the draft count from now on; seals that were given name the version of their time."""
    found = draft()
    if found is None or found.version != version:
        raise Conflict(_("Somebody else has changed the draft meanwhile. Nothing was published."))
    found.number = published()[0].number + 1  # type: ignore[operator] - published ones have one
    found.published_at, found.published_by_id = now(), getattr(actor, "id", None)
    audit.record(actor, "seal_criteria.publish", found)
    return found


def discard_draft(actor: Any) -> None:
    """Throw the draft away; the versions stay."""
    if (found := draft()) is not None:
        db.session.delete(found)
        db.session.flush()
