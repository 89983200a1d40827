"""Funded projects that ended: their editors are asked what became of them, then the KTS is.

Editors are reminded at most twice. A project that nobody said anything about by then, or that
nobody edits, waits on the moderators' desk.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import selectinload

from kts.accounts.models import MunicipalityMembership, User
from kts.core import waiting
from kts.core.clock import now
from kts.core.tasks import nightly
from kts.core.waiting import Due
from kts.extensions import db
from kts.municipalities.models import ModelProject, Status, model_project_member
from kts.notifications.services import notify

KIND = "operating"
MOST_REMINDERS = 2
AGAIN_AFTER = timedelta(days=60)  # between the two, and from the second until the desk
BATCH = 50  # projects in one transaction


def register() -> None:
    """Make the kind of work known to the moderators' desk."""
    waiting.register(
        KIND,
        _l("Model projects without news"),
        _l(
            "Ask the municipality, and record whether what was funded goes on. Nobody is written "
            "to by recording it."
        ),
        _waiting,
    )


def editors_of(project: ModelProject) -> Sequence[User]:
    """List who edits one of the project's municipalities."""
    ids = {project.lead_id, *(member.id for member in project.members)} - {None}
    statement = (
        select(User)
        .where(User.active, User.id.in_(_editors(MunicipalityMembership.municipality_id.in_(ids))))
        .order_by(User.id)
    )
    return db.session.scalars(statement).all()


def _editors(where: ColumnElement[bool]) -> Any:
    edits = or_(MunicipalityMembership.role == "editor", User.role == "editor")
    return (
        select(MunicipalityMembership.user_id)
        .join(User, User.id == MunicipalityMembership.user_id)
        .where(where, edits, User.active)
    )


def _silent() -> ColumnElement[bool]:
    return and_(ModelProject.status == Status.ENDED, ModelProject.operating == "")


@nightly
def ask_editors() -> int:
    """Remind editors of ended projects that nobody has said anything about; give how many.

    Each project counts its reminders, so that it can be killed and go on.
    """
    moment, done = now(), 0
    due = or_(ModelProject.asked_at.is_(None), ModelProject.asked_at < moment - AGAIN_AFTER)
    statement = (
        select(ModelProject)
        .where(_silent(), ModelProject.asked < MOST_REMINDERS, due)
        .options(selectinload(ModelProject.members))
        .order_by(ModelProject.id)
        .limit(BATCH)
    )
    while projects := db.session.scalars(statement).all():
        for project in projects:
            done += _ask(project, moment)
        db.session.commit()
    return done


def _ask(project: ModelProject, moment: datetime) -> int:
    people = editors_of(project)
    for person in people:
        with force_locale(person.language):
            text = _(
                "The funding of “%(title)s” has ended. Please say in a minute what became of it.",
                title=project.title,
            )
        notify(person, KIND, text, f"{project.path}/betrieb")
    project.asked += 1
    project.asked_at = moment
    return len(people)


def look_again(actor: Any, project: ModelProject) -> None:
    """Take a project from the desk of which somebody said what became of it."""
    if project.operating:
        waiting.settle(KIND, project.id, by=actor)


def _waiting() -> Iterator[Due]:
    moment = now()
    belongs = or_(
        MunicipalityMembership.municipality_id == ModelProject.lead_id,
        exists().where(
            model_project_member.c.project_id == ModelProject.id,
            model_project_member.c.municipality_id == MunicipalityMembership.municipality_id,
        ),
    )
    edited = _editors(belongs).correlate(ModelProject).exists()
    asked = and_(ModelProject.asked >= MOST_REMINDERS, ModelProject.asked_at < moment - AGAIN_AFTER)
    unheard = and_(ModelProject.asked > 0, ~edited)
    statement = select(ModelProject).where(_silent(), or_(asked, unheard)).order_by(ModelProject.id)
    for project in db.session.scalars(statement):
        since = project.asked_at or moment
        yield Due(project.id, project.title, f"{project.path}/betrieb", since)
