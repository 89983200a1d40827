"""The house rules: a draft, its publication with a date, and paragraphs that keep their numbers."""

import re
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask_babel import gettext as _

from kts.core import audit
from kts.core.clock import now
from kts.core.errors import Conflict, Invalid
from kts.core.text import render_markdown
from kts.curation.reporting import queries
from kts.curation.reporting.models import HouseRules
from kts.extensions import db

STARTING_TEXT = Path(__file__).parents[1] / "starting" / "hausregeln.de.md"
HEADING = re.compile(r"^##\s*§\s*(\d{1,3}[a-z]?)\s+(.+?)\s*$", re.M)


def paragraphs_of(body: str) -> list[dict[str, str]]:
    """Cut the text at its headings ``## § 3 Title``; what stands before the first has no number.

    Raises Invalid where there is none, or where two have the same number.
    """
    pieces = HEADING.split(body)
    found = [_paragraph("", "", pieces[0])] if pieces[0].strip() else []
    for place in range(1, len(pieces), 3):
        number, title, text = pieces[place : place + 3]
        if any(part["number"] == number for part in found):
            raise Invalid(_("There are two paragraphs § %(number)s.", number=number))
        found.append(_paragraph(number, title, text))
    if len(pieces) == 1:
        raise Invalid(_("Every paragraph needs a heading like: ## § 1 Title"))
    return found


def _paragraph(number: str, title: str, text: str) -> dict[str, str]:
    text = text.strip()
    return {"number": number, "title": title, "text": text, "html": render_markdown(text)}


def starting_rules() -> HouseRules:
    """Make the first version as it comes with the software, not stored."""
    body = _starting_body()
    return HouseRules(number=1, body=body, paragraphs=paragraphs_of(body))


@lru_cache(maxsize=1)
def _starting_body() -> str:
    return STARTING_TEXT.read_text(encoding="utf-8").strip()


def seed_house_rules() -> None:
    """Put the first version in force, where there is none; an installation begins with it."""
    if db.session.scalar(db.select(HouseRules.id).limit(1)) is None:
        first = starting_rules()
        first.published_at = first.in_force_from = now()
        db.session.add(first)
        db.session.flush()


def rules_in_force() -> HouseRules:
    """Give the version that counts now, stored, so that a decision can name it."""
    seed_house_rules()
    return queries.rules_now() or starting_rules()


def save_draft(actor: Any, draft: HouseRules | None, body: str, version: int) -> HouseRules:
    """Write the draft of the next version; raise Conflict where somebody else has written it.

    Raises Invalid for a text that cannot be cut into paragraphs.
    """
    if (draft.version if draft else 0) != version:
        raise Conflict(_("Somebody else has changed the draft meanwhile. Nothing was overwritten."))
    body = body.replace("\r\n", "\n").strip()
    paragraphs = paragraphs_of(body)
    if draft is None:
        seed_house_rules()
        draft = HouseRules(body=body, paragraphs=paragraphs)
        db.session.add(draft)
    else:
        draft.version += 1
    draft.body, draft.paragraphs = body, paragraphs
    db.session.flush()
    return draft


def publish_rules(actor: Any, draft: HouseRules, version: int, from_when: datetime) -> None:
    """Make the draft the next version, in force from that moment; it cannot be changed any more.

    Raises Invalid for a number that once stood for another paragraph and was given up, since
    decisions name it; and for a day before that of an announced version.
    """
    db.session.refresh(draft, with_for_update={"of": HouseRules})
    if draft.number is not None or draft.version != version:
        raise Conflict(_("Somebody else has changed the draft meanwhile. Nothing was published."))
    earlier = db.session.scalars(
        db.select(HouseRules).where(HouseRules.number.is_not(None)).order_by(HouseRules.number)
    ).all()
    _require_new_numbers(draft, earlier)
    if from_when < earlier[-1].in_force_from:
        raise Invalid(_("An announced version comes into force later; choose a day after it."))
    draft.number = earlier[-1].number + 1
    draft.published_at, draft.in_force_from = now(), from_when
    draft.published_by_id = actor.id
    audit.record(actor, "house_rules.publish", draft)


def _require_new_numbers(draft: HouseRules, earlier: Any) -> None:
    given_up = {part["number"] for rules in earlier for part in rules.paragraphs}
    given_up -= {part["number"] for part in earlier[-1].paragraphs}
    reused = sorted(given_up & {part["number"] for part in draft.paragraphs})
    if reused:
        raise Invalid(
            _(
                "§ %(number)s stood for another paragraph in an earlier version, which decisions "
                "may name. Please take a new number.",
                number=reused[0],
            )
        )


def discard_draft(actor: Any, draft: HouseRules) -> None:
    """Throw the draft away; the versions stay."""
    db.session.delete(draft)
    db.session.flush()
