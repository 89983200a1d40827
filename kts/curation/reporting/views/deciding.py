"""The form of a decision: filled in, looked at once more, then sent. Two pages share it."""

from typing import Any

from flask import request

from kts.core.errors import DomainError
from kts.curation.reporting import services
from kts.curation.reporting.forms import DecisionForm, end_of
from kts.curation.reporting.models import ReportCase
from kts.curation.reporting.services.deciding import check_choice

BUTTONS = {"preview", "confirm", "change", "csrf_token"}


def choice_of(form: DecisionForm) -> services.Choice:
    """Give what was filled in, without the form."""
    return services.Choice(
        content=form.content.data,
        facts=form.facts.data,
        ground=form.ground.data,
        lock=bool(form.lock.data) if "lock" in form else False,
        person=form.person.data or "" if "person" in form else "",
        content_until=end_of(form.content_until.data),
        person_until=end_of(form.person_until.data) if "person_until" in form else None,
        law=form.law.data or "",
        reasoning=form.reasoning.data or "",
        paragraph=form.paragraph.data or "",
        territory=form.territory.data or "",
        note=form.note.data or "",
    )


def complete(actor: Any, case: ReportCase, form: DecisionForm) -> services.Choice | None:
    """Give a choice that can be carried out; none where the form has to be filled in again."""
    if not form.validate_on_submit():
        return None
    choice = choice_of(form)
    if choice.ground == "rule" and not choice.paragraph:
        form.paragraph.errors = [str(form.paragraph.description)]
        return None
    try:
        check_choice(actor, case, choice)
    except DomainError as error:
        form.ground.errors = [error.message]
        return None
    return choice


def entries() -> list[tuple[str, str]]:
    """List what was sent, to send it again after the preview."""
    return [(name, value) for name, value in request.form.items(multi=True) if name not in BUTTONS]
