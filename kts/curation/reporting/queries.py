"""Reads about reports and decisions; what is not the viewer's own is for moderators alone."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import and_, bindparam, func, or_
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from kts.accounts.models import GroupMembership, MunicipalityMembership, User
from kts.accounts.queries import fold_email
from kts.core.access import Viewer
from kts.core.clock import now
from kts.core.errors import NotFound
from kts.core.pagination import Page, paginate
from kts.core.prepared import Prepared
from kts.curation.reporting import targets
from kts.curation.reporting.models import (
    HIDE,
    LOCK,
    MEASURES,
    OPEN,
    REMOVE,
    SILENCE,
    SUSPEND,
    Decision,
    HouseRules,
    Measure,
    Objection,
    Report,
    ReportCase,
)
from kts.curation.reporting.policies import can_read_decision
from kts.extensions import db
from kts.forum.differences import Line, differences
from kts.forum.models import Post

RECEIPTS_A_DAY = 5  # mails to one address that anybody may have given; nobody's inbox is flooded
A_DAY = timedelta(days=1)


def case_page(viewer: Viewer, state: str, page: int) -> Page:
    """Give one page of the cases: open ones oldest first, decided ones newest first."""
    statement = db.select(ReportCase).where(ReportCase.state == state)
    if not viewer.is_moderator:
        statement = statement.where(db.false())
    order = ReportCase.opened if state == OPEN else ReportCase.decided_at.desc()
    options = (
        selectinload(ReportCase.reports).load_only(Report.created, Report.category),
        joinedload(ReportCase.author),
        selectinload(ReportCase.decisions).load_only(Decision.content, Decision.ended),
    )
    return paginate(statement.options(*options).order_by(order, ReportCase.id), page)


def get_case(viewer: Viewer, case_id: int) -> ReportCase:
    """Give one case with what its page needs; raise NotFound for all but moderators."""
    case = db.session.get(
        ReportCase,
        case_id,
        options=(
            selectinload(ReportCase.reports),
            selectinload(ReportCase.decisions).selectinload(Decision.measures),
        ),
    )
    if case is None or not viewer.is_moderator:
        raise NotFound
    return case


@dataclass(frozen=True)
class Seen:
    """What one report was about: as it was then, and what has changed since."""

    report: Report
    changed: bool
    lines: Sequence[Line]


def then_and_now(case: ReportCase) -> tuple[targets.Target | None, list[Seen]]:
    """Give the thing as it is now and, for each report, the difference to the text of then."""
    now_there = targets.load(case.kind, case.object_id)
    seen = []
    for report in case.reports:
        current = now_there
        if report.part:
            current = targets.load(case.kind, case.object_id, report.part)
        text = current.text if current else ""
        changed = text != report.copy
        seen.append(Seen(report, changed, differences(report.copy, text) if changed else ()))
    return now_there, seen


def earlier_measures(case: ReportCase) -> dict[str, int]:
    """Count by kind the measures of earlier decisions about the same author that still count."""
    if case.author_id is None:
        return {}
    statement = (
        db.select(Measure.kind, func.count())
        .join(Measure.decision)
        .join(Decision.case)
        .where(
            ReportCase.author_id == case.author_id,
            ReportCase.id != case.id,
            Decision.ended.is_(None),
            Measure.lifted_at.is_(None),
        )
        .group_by(Measure.kind)
    )
    counts = dict(db.session.execute(statement).all())
    return {kind: counts[kind] for kind in MEASURES if kind in counts}


def earlier_cases(case: ReportCase) -> Sequence[ReportCase]:
    """List what was decided about the same thing before, newest first."""
    statement = db.select(ReportCase).where(
        ReportCase.kind == case.kind,
        ReportCase.object_id == case.object_id,
        ReportCase.id != case.id,
    )
    return db.session.scalars(statement.order_by(ReportCase.id.desc()).limit(20)).all()


def get_measure(viewer: Viewer, measure_id: int) -> Measure:
    """Give one measure; raise NotFound for all but moderators."""
    measure = db.session.get(Measure, measure_id)
    if measure is None or not viewer.is_moderator:
        raise NotFound
    return measure


def objection_page(viewer: Viewer, state: str, page: int) -> Page:
    """Give one page of the objections, the oldest open ones first."""
    statement = db.select(Objection).where(Objection.state == state)
    if not viewer.is_moderator:
        statement = statement.where(db.false())
    order = Objection.created if state == OPEN else Objection.decided_at.desc()
    case = joinedload(Objection.decision).joinedload(Decision.case)
    return paginate(statement.options(case).order_by(order, Objection.id), page)


def get_objection(viewer: Viewer, objection_id: int) -> Objection:
    """Give one objection; raise NotFound for all but moderators."""
    objection = db.session.get(Objection, objection_id)
    if objection is None or not viewer.is_moderator:
        raise NotFound
    return objection


def get_decision(viewer: Viewer, decision_id: int) -> Decision:
    """Give a statement of reasons to those concerned; raise NotFound for everybody else."""
    decision = db.session.get(Decision, decision_id)
    if decision is None or not can_read_decision(viewer, decision):
        raise NotFound
    return decision


def own_reports(viewer: Viewer) -> Sequence[Report]:
    """List what the viewer has reported, newest first."""
    statement = (
        db.select(Report)
        .where(Report.user_id == viewer.id)
        .options(joinedload(Report.case).selectinload(ReportCase.decisions))
        .order_by(Report.id.desc())
    )
    return db.session.scalars(statement.limit(200)).all()


def gets_receipt(report: Report) -> bool:
    """Say whether the report is confirmed by mail: so many times a day for an address.

    Whoever is signed in gave no address: it is her own, and she is told whatever she reports.
    """
    if not report.email or report.user_id is not None:
        return bool(report.email)
    earlier = db.select(func.count()).where(
        Report.email == report.email,
        Report.id < report.id,
        Report.created > report.created - A_DAY,
        Report.created <= report.created,
    )
    return (db.session.scalar(earlier) or 0) < RECEIPTS_A_DAY


def own_decisions(viewer: Viewer) -> Sequence[Decision]:
    """List the statements of reasons that the viewer got as an author, newest first."""
    statement = (
        db.select(Decision)
        .join(Decision.case)
        .where(ReportCase.author_id == viewer.id, Decision.measures.any())
        .options(joinedload(Decision.case))
        .order_by(Decision.id.desc())
    )
    return db.session.scalars(statement.limit(200)).all()


def report_by_number(number: str, email: str) -> Report | None:
    """Find a report by its number and the address that was given with it."""
    statement = db.select(Report).filter_by(number=number, email=fold_email(email))
    return db.session.scalar(statement) if email else None


def decision_by_number(number: str, email: str) -> Decision | None:
    """Find a decision by its number and the address of somebody whom it concerns."""
    decision = db.session.scalar(db.select(Decision).filter_by(number=number))
    if decision is None or not decision.restricts:
        return None
    known = {person.email for person in affected_people(decision.case)}
    return decision if fold_email(email) in known else None


def affected_people(case: ReportCase) -> list[User]:
    """List to whom the reasons are owed: the author, else who keeps the group or municipality."""
    if case.author is not None:
        return [case.author] if case.author.active else []
    if case.kind == targets.GROUP:
        return _coordinators(case.object_id)
    if case.municipality_id is None:
        return []
    statement = (
        db.select(User)
        .join(MunicipalityMembership, MunicipalityMembership.user_id == User.id)
        .where(MunicipalityMembership.municipality_id == case.municipality_id, User.active)
        .order_by(User.id)
    )
    people = db.session.scalars(statement).unique()
    return [person for person in people if person.edits(case.municipality_id)]


def _coordinators(group_id: int) -> list[User]:
    statement = (
        db.select(User)
        .join(GroupMembership, GroupMembership.user_id == User.id)
        .where(GroupMembership.group_id == group_id, GroupMembership.coordinator, User.active)
        .order_by(User.id)
    )
    return list(db.session.scalars(statement))


def moderators(but: Collection[int | None] = ()) -> list[User]:
    """List the moderators and administrators who can sign in, without some of them."""
    statement = db.select(User).where(User.role.in_(("moderator", "admin")), User.active)
    return [person for person in db.session.scalars(statement) if person.id not in but]


def statements(viewer: Viewer, kind: str, ids: Collection[int]) -> dict[int, str]:
    """Give for each of these things the address of the reasons why it is hidden now.

    Only what the viewer may read is in it; where several decisions hide a thing, the newest.
    """
    if not ids or not viewer.is_authenticated:
        return {}
    statement = (
        db.select(Decision)
        .join(Decision.case)
        .join(Decision.measures)
        .where(
            ReportCase.kind == kind,
            ReportCase.object_id.in_(ids),
            Measure.kind.in_((HIDE, REMOVE)),
            Measure.lifted_at.is_(None),
            or_(Measure.until.is_(None), Measure.until > now()),
        )
        .options(contains_eager(Decision.case), contains_eager(Decision.measures))
        .order_by(Decision.id)
    )
    found = db.session.scalars(statement).unique()
    return {one.case.object_id: one.path for one in found if can_read_decision(viewer, one)}


_MEASURED = Prepared(
    lambda: db.select(Measure.id).where(
        Measure.person_id == bindparam("person"), Measure.lifted_at.is_(None)
    )
)


def restriction_of(person_id: int, *kinds: str) -> Measure | None:
    """Give what keeps a person from writing or from coming in at this moment, the longest first.

    It is asked whenever somebody writes; hardly anybody has ever had a measure.
    """
    if not _MEASURED(person=person_id):
        return None
    statement = (
        db.select(Measure)
        .where(
            Measure.person_id == person_id,
            Measure.kind.in_(kinds or (SILENCE, SUSPEND)),
            Measure.lifted_at.is_(None),
            Measure.until > now(),
        )
        .order_by(Measure.kind.desc(), Measure.until.desc())
        .options(joinedload(Measure.decision))
    )
    return db.session.scalar(statement.limit(1))


def measure_keeping(thing: Any, mark: str, but: int = 0) -> Measure | None:
    """Give a measure that counts now and keeps a thing hidden or closed, without one of them.

    ``mark`` is "hidden" or "locked"; a thread is closed by decisions about its posts as well.
    """
    kinds = (LOCK,) if mark == "locked" else (HIDE, REMOVE)
    kind = targets.kind_of(thing)
    about = and_(ReportCase.kind == kind, ReportCase.object_id == thing.id)
    if mark == "locked":
        posts = db.select(Post.id).where(Post.thread_id == thing.id)
        in_it = and_(ReportCase.kind == targets.POST, ReportCase.object_id.in_(posts))
        about = or_(about, in_it)
    statement = (
        db.select(Measure)
        .join(Measure.decision)
        .join(Decision.case)
        .where(
            about,
            Measure.kind.in_(kinds),
            Measure.id != but,
            Measure.lifted_at.is_(None),
            or_(Measure.until.is_(None), Measure.until > now()),
        )
    )
    return db.session.scalar(statement.order_by(Measure.id.desc()).limit(1))


def published_rules() -> Sequence[HouseRules]:
    """List the versions of the house rules, the newest first."""
    statement = db.select(HouseRules).where(HouseRules.number.is_not(None))
    return db.session.scalars(statement.order_by(HouseRules.number.desc())).all()


def rules_now() -> HouseRules | None:
    """Give the version of the house rules that counts now; none before the site was set up."""
    statement = (
        db.select(HouseRules)
        .where(HouseRules.in_force_from <= now())
        .order_by(HouseRules.in_force_from.desc(), HouseRules.number.desc())
    )
    return db.session.scalar(statement.limit(1))


def rules_draft() -> HouseRules | None:
    """Give the draft of the next version."""
    statement = db.select(HouseRules).where(HouseRules.number.is_(None)).order_by(HouseRules.id)
    return db.session.scalar(statement.limit(1))
