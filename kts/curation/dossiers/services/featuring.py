"""Which dossiers stand on the home page, in which order, until when."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import or_, select

from kts.core import audit
from kts.core.clock import now
from kts.core.errors import Invalid
from kts.curation.dossiers.models import Dossier
from kts.curation.dossiers.queries import MOST_FEATURED
from kts.extensions import db


def feature_dossier(
    actor: Any, dossier: Dossier, until: date | None = None, place: int | None = None
) -> None:
    """Put a published dossier on the home page, until the end of a day where one is given.

    ``place`` counts from 1; without it the dossier comes last, or stays where it is. Raises Invalid
    where all places are taken, the day has passed, or the dossier is not published.
    """
    if not dossier.is_published:
        raise Invalid(_("Only a published dossier can stand on the home page."))
    if until is not None and until < now().date():
        raise Invalid(_("This day has passed. Please choose a later one."))
    others = [other for other in featured_now() if other.id != dossier.id]
    if len(others) >= MOST_FEATURED:
        raise Invalid(
            _(
                "There is room for %(most)d dossiers on the home page. Please take one away first.",
                most=MOST_FEATURED,
            )
        )
    here = place or dossier.featured_place or len(others) + 1
    others.insert(min(max(1, here), len(others) + 1) - 1, dossier)
    _number(others)
    dossier.featured_until = until
    told = until.isoformat() if until else ""
    audit.record(actor, "dossier.feature", dossier, changes={"until": [None, told]})


def unfeature_dossier(actor: Any, dossier: Dossier) -> None:
    """Take it from the home page."""
    if dossier.featured_place is not None:
        dossier.featured_place = dossier.featured_until = None
        audit.record(actor, "dossier.unfeature", dossier)
        _number(featured_now())


def move_featured(actor: Any, dossier: Dossier, step: int) -> None:
    """Let it change places with its neighbour: -1 up, 1 down."""
    row = list(featured_now())
    if dossier not in row:
        return
    here = row.index(dossier)
    if 0 <= here + step < len(row):
        row.insert(here + step, row.pop(here))
        _number(row)
        audit.record(actor, "dossier.feature", dossier)


def featured_now() -> list[Dossier]:
    """Give what stands on the home page in its order, whoever may read it; what ran out is not."""
    in_time = or_(Dossier.featured_until.is_(None), Dossier.featured_until >= now().date())
    statement = select(Dossier).where(
        Dossier.featured_place.is_not(None), Dossier.deleted_at.is_(None), in_time
    )
    return list(db.session.scalars(statement.order_by(Dossier.featured_place, Dossier.id)))


def _number(dossiers: Sequence[Dossier]) -> None:
    for place, dossier in enumerate(dossiers, start=1):
        dossier.featured_place = place
    db.session.flush()
