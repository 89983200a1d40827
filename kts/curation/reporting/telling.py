"""Who is told what: receipt, decision, reasons, outcome of an objection, the end of a measure.

By mail, and in the site where there is an account. Who reported is told to nobody; what was done to
a person is told to her alone. Everything is put into the words of whoever reads it.
"""

from collections.abc import Collection
from typing import Any

from flask import Flask
from flask_babel import force_locale, format_datetime
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from kts.accounts.models import User
from kts.core.access import Viewer
from kts.core.mail import queue_mail
from kts.curation.reporting import links, queries
from kts.curation.reporting.models import (
    CONTENT_MEASURES,
    Decision,
    Measure,
    Objection,
    Report,
    ReportCase,
)
from kts.curation.reporting.policies import deciders
from kts.curation.reporting.texts import CONTENT, GROUNDS, MEASURES, OUTCOMES, ground_of
from kts.notifications.contents import register_mailed_apart
from kts.notifications.services import notify

TOLD_REPORTER, TOLD_AUTHOR, TOLD_MODERATOR = "report", "statement", "report_case"


def init_app(app: Flask) -> None:
    """Let no second mail be made of what is mailed here."""
    for kind in (TOLD_REPORTER, TOLD_AUTHOR):
        register_mailed_apart(app, kind, lambda _message: True)


def tell_receipt(report: Report) -> None:
    """Confirm a report; the mail repeats nothing of it, for anybody can give any address.

    For the same reason an address that was given often today gets no more of them.
    """
    if queries.gets_receipt(report):
        queue_mail(
            report.email,
            "report_received",
            locale=report.lang,
            user_id=report.user_id,
            number=report.number,
            url=links.complete(links.report_link(report)),
        )


def tell_moderators_of_case(actor: Viewer, case: ReportCase) -> None:
    """Tell those who decide that something was reported."""
    sentence = _l("Somebody reports: %(title)s", title=case.title)
    _tell_moderators(sentence, case.path, but={actor.id})


def tell_moderators_of_objection(objection: Objection) -> None:
    """Tell all that somebody objects, but those who decided in the case."""
    sentence = _l("Somebody objects to decision %(number)s.", number=objection.decision.number)
    _tell_moderators(sentence, objection.path, but=deciders(objection.decision.case))


def _tell_moderators(sentence: Any, url: str, but: Collection[int | None]) -> None:
    for person in queries.moderators(but):
        with force_locale(person.language):
            text = str(sentence)
        notify(person, TOLD_MODERATOR, text, url)


def tell_decision(actor: Any, decision: Decision) -> None:
    """Give the author the reasons (Art. 17) and each reporter the decision (Art. 16(5))."""
    tell_statement(actor, decision)
    for report in decision.case.reports:
        _tell_reporter(
            actor,
            report,
            "report_decided",
            _l("Your report %(number)s has been decided.", number=report.number),
            decision=decision,
        )


def tell_statement(actor: Any, decision: Decision) -> None:
    """Send the reasons to those concerned, if anything was restricted."""
    if not decision.restricts:
        return
    for person in queries.affected_people(decision.case):
        sentence = _l("The KTS has decided about your content: %(title)s", title=_title(decision))
        _tell_person(actor, person, "statement", sentence, decision)


def tell_objection(actor: Any, objection: Objection, new: Decision | None) -> None:
    """Tell all parties what became of an objection, and those concerned the new reasons."""
    decision = objection.decision
    sentence = _l("An objection to decision %(number)s has been decided.", number=decision.number)
    if decision.restricts or (new is not None and new.restricts):
        for person in queries.affected_people(decision.case):
            counts = new if new is not None and new.restricts else decision
            _tell_person(actor, person, "objection_decided", sentence, counts, objection=objection)
    for report in decision.case.reports:
        _tell_reporter(
            actor,
            report,
            "objection_decided",
            sentence,
            decision=new or decision,
            objection=objection,
        )
    if new is not None:
        tell_statement(actor, new)


def tell_lifted(actor: Any, measure: Measure) -> None:
    """Tell those concerned that a measure has ended, and reporters when the content is back."""
    decision = measure.decision
    sentence = _l("A measure of decision %(number)s has ended.", number=decision.number)
    people = [measure.person] if measure.person else queries.affected_people(decision.case)
    for person in people:
        _tell_person(actor, person, "measure_ended", sentence, decision, measure=measure)
    if measure.kind in CONTENT_MEASURES:
        for report in decision.case.reports:
            _tell_reporter(
                actor, report, "measure_ended", sentence, decision=decision, measure=measure
            )


def _tell_person(
    actor: Any,
    person: User,
    template: str,
    sentence: Any,
    decision: Decision,
    **context: Any,
) -> None:
    if not person.active:
        return
    with force_locale(person.language):
        text = str(sentence)
        words = _words(decision, **context)
    notify(person, TOLD_AUTHOR, text, decision.path, actor=actor)
    queue_mail(
        person.email,
        template,
        locale=person.language,
        user_id=person.id,
        name=person.display_name,
        url=links.complete(links.statement_link(decision)),
        is_author=True,
        **words,
    )


def _tell_reporter(
    actor: Any, report: Report, template: str, sentence: Any, *, decision: Decision, **context: Any
) -> None:
    link = links.report_link(report)
    if report.user is not None and report.user.active:
        with force_locale(report.user.language):
            text = str(sentence)
        notify(report.user, TOLD_REPORTER, text, link, actor=actor)
    if not report.email:
        return
    with force_locale(report.lang):
        words = _words(decision, **context)
    queue_mail(
        report.email,
        template,
        locale=report.lang,
        user_id=report.user_id,
        name=report.name,
        report=report,
        url=links.complete(link),
        is_author=False,
        **words,
    )


def _words(
    decision: Decision, objection: Objection | None = None, measure: Measure | None = None
) -> dict[str, Any]:
    """Put into words what the mails say, in the language that is forced at the moment."""
    words: dict[str, Any] = {
        "decision": decision,
        "title": _title(decision),
        "content": str(CONTENT[decision.content]),
        "measures": [told(m) for m in decision.measures],
        "ground": ground_of(decision) if decision.ground != "none" else str(GROUNDS["none"]),
    }
    if objection is not None:
        words |= {"objection": objection, "outcome": str(OUTCOMES[objection.outcome])}
    if measure is not None:
        words |= {"measure": measure, "what": str(MEASURES[measure.kind])}
    return words


def _title(decision: Decision) -> str:
    return decision.case.title


def told(measure: Measure) -> str:
    """Say a measure with its end."""
    if measure.until is None:
        return str(MEASURES[measure.kind])
    until = format_datetime(measure.until, "short")
    return _("%(measure)s until %(until)s", measure=MEASURES[measure.kind], until=until)
