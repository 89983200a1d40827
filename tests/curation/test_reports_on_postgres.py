"""Two who act in the same moment, on the database that lets both begin."""

import pytest

from kts.curation.reporting import links
from kts.curation.reporting.models import Decision, Measure, Objection, Report, ReportCase
from tests.curation.conftest import FACTS, WHY
from tests.together import at_once, clicks_at_once, statuses


@pytest.fixture
def app(postgres_app):
    """Take the place of the application that all other fixtures stand on."""
    return postgres_app


def test_of_two_at_once_one_decides_and_one_is_told(
    app, login, post, moderator, colleague, send_report, db_session
):
    assert send_report(post).status_code == 303
    case = db_session.query(ReportCase).one()
    data = {
        "content": "hide",
        "facts": FACTS,
        "ground": "rule",
        "paragraph": "3",
        "territory": "Überall",
        "version": case.version,
        "confirm": "1",
    }
    address = f"{case.path}/entscheiden"
    clicks = [(person, address, data) for person in (moderator, colleague)]
    assert statuses(clicks_at_once(app, login, clicks)) == [303, 409]
    assert db_session.query(Decision).count() == db_session.query(Measure).count() == 1

    statement = links.statement_link(db_session.query(Decision).one())
    address, words = f"{statement}/widerspruch", {"text": "Das ist die Anschrift des Amtes."}
    guests = [app.test_client(), app.test_client()]
    sent = at_once(*(lambda c=c: c.post(address, data=words).status_code for c in guests))
    assert sorted(sent) == [303, 409]
    objection = db_session.query(Objection).one()
    third = login(app.test_client(), colleague)
    first = db_session.query(Decision).one().decided_by_id
    if first == colleague.id:
        third = login(app.test_client(), moderator)
    answer = {"outcome": "reversed", "reasons": "Es ist die dienstliche Anschrift."}
    assert third.post(objection.path, data=answer).status_code == 303
    db_session.expire_all()
    assert not post.hidden


def test_two_reports_at_once_make_one_case(app, post, db_session):
    data = {
        "address": f"/beitrag/{post.id}",
        "category": "personal",
        "explanation": WHY,
        "name": "Gerda Gast",
        "good_faith": "y",
    }

    def report(number):
        sent = data | {"email": f"{number}@example.org"}
        return app.test_client().post("/melden", data=sent).status_code

    assert at_once(lambda: report(1), lambda: report(2)) == [303, 303]
    assert db_session.query(ReportCase).count() == 1
    assert db_session.query(Report).count() == 2
