"""Writes about the site itself: its pages, reports of barriers, a person's language."""

from datetime import timedelta
from typing import Any

from flask_babel import gettext as _

from kts.accounts.models import User
from kts.core import audit
from kts.core.clock import now
from kts.core.errors import Conflict
from kts.core.mail import queue_mail
from kts.core.text import RENDER_VERSION
from kts.core.waiting import settle
from kts.extensions import db
from kts.home import pages
from kts.home.models import BarrierReport, SitePage
from kts.home.waiting import BARRIER, wait_for_answer
from kts.notifications.services import notify

ANSWER_WITHIN = timedelta(days=30)  # BITV 2.0, § 7: an answer within a month


def update_page(actor: Any, page: SitePage, *, title: str, body: str, version: int) -> SitePage:
    """Write the page; raise Conflict where somebody wrote after `version`."""
    if page.version != version:
        raise Conflict(_("Somebody else changed this page meanwhile. Nothing was overwritten."))
    changes = {"title": [page.title, title], "body": [page.body, body]}
    page.title, page.body = title, body
    page.html, page.render_version = pages.render(body), RENDER_VERSION
    page.version = version + 1
    page.updated_by_id = actor.id
    db.session.add(page)
    db.session.flush()
    changed = {name: pair for name, pair in changes.items() if pair[0] != pair[1]}
    audit.record(actor, "site_page.update", page, changes=changed)
    return page


def report_barrier(
    *, page: str, description: str, name: str = "", email: str = "", lang: str = "de"
) -> BarrierReport:
    """Keep the report, confirm it by mail where there is an address, tell the moderators."""
    moment = now()
    report = BarrierReport(
        created=moment,
        due=moment + ANSWER_WITHIN,
        page=page.strip(),
        description=description.strip(),
        name=name.strip(),
        email=email.strip(),
        lang=lang,
    )
    db.session.add(report)
    db.session.flush()
    if report.email:
        queue_mail(report.email, "barrier_received", locale=lang, report=report)
    for moderator in _moderators():
        notify(
            moderator,
            "barrier_report",
            _("Somebody reports a barrier: %(page)s", page=report.title),
            f"/barrieren/{report.id}",
        )
    wait_for_answer(report)
    return report


def answer_barrier_report(actor: Any, report: BarrierReport, answer: str) -> BarrierReport:
    """Close the report with an answer; raise Conflict where it has one."""
    if report.answered is not None:
        raise Conflict(_("This report has been answered meanwhile. Your answer was not sent."))
    report.answer, report.answered, report.answered_by_id = answer.strip(), now(), actor.id
    audit.record(actor, "barrier_report.answer", report)
    settle(BARRIER, report.id, by=actor)
    if report.email:
        queue_mail(report.email, "barrier_answered", locale=report.lang, report=report)
    return report


def remember_language(user: User, language: str) -> None:
    """Keep the person's language, for mails and her other devices."""
    user.language = language
    db.session.flush()


def _moderators() -> list[User]:
    statement = db.select(User).where(User.role.in_(("moderator", "admin")), User.active)
    return list(db.session.scalars(statement))
