"""What ends by time: measures, the names of those who reported, words that were removed.

Each function works on a bounded number of rows and flushes; the tasks commit and call again.
"""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import exists, select

from kts.core import audit
from kts.core.clock import now
from kts.curation.reporting import telling
from kts.curation.reporting.models import (
    CONTENT_MEASURES,
    DECIDED,
    OPEN,
    REMOVE,
    SILENCE,
    SUSPEND,
    Decision,
    Measure,
    Objection,
    Report,
    ReportCase,
)
from kts.curation.reporting.services.measures import end_measure
from kts.curation.reporting.services.objecting import OBJECTION_WITHIN
from kts.curation.reporting.targets import POST
from kts.extensions import db
from kts.forum.models import Post
from kts.forum.services.deleting import forget_post

KEPT_AFTER_END = timedelta(days=365)  # a year for questions and courts, then nobody needs the names
AT_ONCE = 200


def content_measures_over() -> Sequence[Measure]:
    """List the measures on content that were to last until now."""
    statement = select(Measure).where(
        Measure.until <= now(),
        Measure.lifted_at.is_(None),
        Measure.kind.in_(CONTENT_MEASURES),
    )
    return db.session.scalars(statement.order_by(Measure.id).limit(AT_ONCE)).all()


def end_content_measures() -> int:
    """Show again what was hidden or closed until now; give how many measures ended."""
    over = content_measures_over()
    for measure in over:
        end_measure(None, measure, "")
        audit.record(None, "measure.over", measure)
        measure.told_at = now()
        telling.tell_lifted(None, measure)
    return len(over)


def tell_ended_measures() -> int:
    """Tell people that they may write or come in again; give how many were told.

    Nothing is opened by this: a measure on a person ends by its date alone.
    """
    statement = select(Measure).where(
        Measure.until <= now(),
        Measure.lifted_at.is_(None),
        Measure.told_at.is_(None),
        Measure.kind.in_((SILENCE, SUSPEND)),
    )
    over = db.session.scalars(statement.order_by(Measure.id).limit(AT_ONCE)).all()
    for measure in over:
        measure.told_at = now()
        if measure.person is not None:
            telling.tell_lifted(None, measure)
    db.session.flush()
    return len(over)


def forget_reporters() -> int:
    """Cut name, address and account of those who reported, a year after the end; give how many."""
    statement = (
        select(Report)
        .join(Report.case)
        .where(
            Report.forgotten.is_(None),
            ReportCase.state == DECIDED,
            ReportCase.decided_at < now() - KEPT_AFTER_END,
            ~_objected_to(ReportCase.id),
        )
    )
    found = db.session.scalars(statement.order_by(Report.id).limit(AT_ONCE)).all()
    for report in found:
        report.name = report.email = ""
        report.user_id, report.forgotten = None, now()
        for objection in db.session.scalars(select(Objection).filter_by(report_id=report.id)):
            objection.user_id = None
    for case in {report.case for report in found}:
        audit.record(None, "report.forget", case)
    db.session.flush()
    return len(found)


def forget_removed_words() -> int:
    """Delete for good what was removed, when nobody can object any more; give how many posts.

    Each is looked at once: a post that the decision no longer hides is left alone.
    """
    statement = (
        select(Measure)
        .join(Measure.decision)
        .join(Decision.case)
        .where(
            Measure.kind == REMOVE,
            Measure.lifted_at.is_(None),
            Measure.done_at.is_(None),
            Measure.created < now() - OBJECTION_WITHIN,
            ReportCase.kind == POST,
            ~_objected_to(ReportCase.id),
        )
    )
    found = db.session.scalars(statement.order_by(Measure.id).limit(AT_ONCE)).all()
    for measure in found:
        measure.done_at = now()
        post = db.session.get(Post, measure.decision.case.object_id)
        if post is not None and post.hidden:
            forget_post(post)
            audit.record(None, "measure.done", measure)
    db.session.flush()
    return len(found)


def _objected_to(case_id: object) -> object:
    """Say in SQL whether an objection in the case still waits."""
    return exists().where(
        Objection.decision_id == Decision.id,
        Decision.case_id == case_id,
        Objection.state == OPEN,
    )
