"""Taking a report: into the case that waits for the same thing, or into a new one."""

from sqlalchemy.exc import IntegrityError

from kts.accounts.queries import fold_email
from kts.core.access import Viewer
from kts.curation.reporting import telling, work
from kts.curation.reporting.links import new_number
from kts.curation.reporting.models import (
    CATEGORIES,
    OPEN,
    Report,
    ReportCase,
)
from kts.curation.reporting.targets import Target
from kts.extensions import db


def file_report(
    viewer: Viewer,
    target: Target,
    *,
    category: str,
    explanation: str,
    law: str = "",
    paragraph: str = "",
    name: str = "",
    email: str = "",
    lang: str = "de",
) -> Report:
    """Keep the report with the text of the thing as it is now, confirm it, let it wait.

    The same person with the same words for the same open case gets her first report again.
    """
    case, is_new = _open_case(target, category)
    email = fold_email(email)
    if earlier := _same(case, viewer, email, explanation):
        return earlier
    report = Report(
        number=new_number("M"),
        case=case,
        category=category,
        law=law.strip(),
        paragraph=paragraph,
        explanation=explanation.strip(),
        name=name.strip(),
        email=email,
        lang=lang,
        user_id=viewer.id,
        by_moderator=viewer.is_moderator,
        address=target.address,
        part=target.part,
        copy=target.text,
    )
    db.session.add(report)
    if not is_new:
        case.version += 1
    case.category = min(case.category, category, key=CATEGORIES.index)
    db.session.flush()
    work.case_waits(case)
    telling.tell_receipt(report)
    if is_new:
        telling.tell_moderators_of_case(viewer, case)
    return report


def _open_case(target: Target, category: str) -> tuple[ReportCase, bool]:
    """Find the case that waits, or open one; two people at once open one together."""
    if case := _waiting_case(target):
        return case, False
    case = ReportCase(
        kind=target.kind,
        object_id=target.thing.id,
        title=target.title[:300],
        address=target.address,
        visibility=target.visibility,
        author_id=target.author.id if target.author else None,
        municipality_id=target.municipality_id,
        category=category,
    )
    try:
        with db.session.begin_nested():
            db.session.add(case)
    except IntegrityError:
        case = _waiting_case(target)
        if case is None:
            raise
        return case, False
    return case, True


def _waiting_case(target: Target) -> ReportCase | None:
    statement = (
        db.select(ReportCase)
        .filter_by(kind=target.kind, object_id=target.thing.id, state=OPEN)
        .with_for_update(of=ReportCase)
    )
    return db.session.scalar(statement)


def _same(case: ReportCase, viewer: Viewer, email: str, explanation: str) -> Report | None:
    """Find what the same person has reported already, as when a form is sent twice."""
    for report in case.reports:
        own = report.user_id == viewer.id if viewer.id else bool(email) and report.email == email
        if own and report.explanation == explanation.strip():
            return report
    return None
