"""Drafts on the moderators' desk: those of which all were heard and that wait for publishing."""

from collections.abc import Iterator

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from kts.core import waiting
from kts.core.waiting import Due
from kts.curation.distilling.models import Distillate, DistillateContributor
from kts.curation.distilling.queries import is_ready
from kts.extensions import db

DISTILLING = "distilling"


def register() -> None:
    """Make the kind of work known to the desk."""
    waiting.register(
        DISTILLING,
        _l("Knowledge to be published"),
        _l(
            "Everybody was heard or had three weeks. Publishing tells the contributors; dropping "
            "it tells nobody."
        ),
        _ready,
    )


def _ready() -> Iterator[Due]:
    last = (
        select(func.max(DistillateContributor.answered_at))
        .where(DistillateContributor.distillate_id == Distillate.id)
        .scalar_subquery()
    )
    for distillate, since in db.session.execute(select(Distillate, last).where(is_ready())):
        yield _due(distillate, since or distillate.updated)


def _due(distillate: Distillate, since: object) -> Due:
    return Due(distillate.id, distillate.title, distillate.path, since)  # type: ignore[arg-type]


def is_waiting(distillate: Distillate) -> None:
    """Put the draft on the desk, or take it from there, as its state says now."""
    db.session.flush()
    found = select(Distillate.id).where(Distillate.id == distillate.id, is_ready())
    if db.session.scalar(found) is None:
        waiting.settle(DISTILLING, distillate.id)
    else:
        title, path = distillate.title, distillate.path
        waiting.put(DISTILLING, distillate.id, title=title, url=path)


def is_done(actor: object, distillate: Distillate) -> None:
    """Take a decided draft from the desk."""
    waiting.settle(DISTILLING, distillate.id, by=actor)
