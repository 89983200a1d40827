from datetime import timedelta

import pytest

from kts.core.mail import MailDelivery
from kts.home.models import BarrierReport
from kts.home.services import report_barrier
from kts.notifications.models import Notification

REPORT = {"description": "Die Karte hat keinen Text.", "page": "/kommunen"}


@pytest.fixture
def report(db_session):
    made = report_barrier(page="/kommunen", description="Kein Text", email="lea@example.org")
    db_session.commit()
    return made


def test_anybody_reports_a_barrier_without_an_account(client, db_session):
    response = client.post("/barriere-melden", data={**REPORT, "email": "lea@example.org"})

    assert response.status_code == 303
    assert "Danke für Ihre Meldung" in client.get(response.headers["Location"]).text
    kept = db_session.query(BarrierReport).one()
    assert kept.due - kept.created == timedelta(days=30)
    mail = db_session.query(MailDelivery).one()
    assert mail.recipient == "lea@example.org"
    assert "Barriere" in mail.body
    assert REPORT["description"] not in mail.body + mail.html  # nobody can send texts to others


def test_the_form_knows_from_which_page_one_came(client):
    assert 'value="/dokumente"' in client.get("/barriere-melden?von=/dokumente").text


def test_a_report_without_an_address_is_kept_and_mails_nobody(client, db_session):
    assert client.post("/barriere-melden", data=REPORT).status_code == 303
    assert db_session.query(BarrierReport).count() == 1
    assert db_session.query(MailDelivery).count() == 0


@pytest.mark.parametrize(
    "wrong", [{"description": ""}, {"email": "keine Adresse"}, {"description": "x" * 6000}]
)
def test_a_report_that_cannot_be_used_is_given_back_with_its_entries(client, db_session, wrong):
    response = client.post("/barriere-melden", data={**REPORT, **wrong})
    assert response.status_code == 422
    assert 'id="form-errors"' in response.text
    assert "/kommunen" in response.text
    assert db_session.query(BarrierReport).count() == 0


def test_a_program_that_fills_the_trap_gets_the_same_answer_and_leaves_nothing(client, db_session):
    response = client.post("/barriere-melden", data={**REPORT, "website": "https://spam.example"})
    assert response.status_code == 303
    assert db_session.query(BarrierReport).count() == 0


def test_moderators_are_told_and_members_are_not(client, make_user, db_session):
    moderator, member = make_user("moderator"), make_user()
    client.post("/barriere-melden", data=REPORT)
    told = {n.user_id for n in db_session.query(Notification)}
    assert told == {moderator.id}
    assert member.id not in told


@pytest.mark.parametrize("role", [None, "member", "editor"])
def test_only_moderators_read_and_answer_reports(client, make_user, login, report, role):
    if role:
        login(client, make_user(role))
    reading = 403 if role else 302
    assert client.get("/barrieren").status_code == reading
    assert client.get(f"/barrieren/{report.id}").status_code == reading
    assert client.post(f"/barrieren/{report.id}", data={"answer": "x"}).status_code == 403
    assert report.answered is None


def test_a_moderator_answers_once_and_the_person_gets_it(
    client, make_user, login, report, db_session
):
    login(client, make_user("moderator"))
    assert "lea@example.org" in client.get(f"/barrieren/{report.id}").text

    first = client.post(f"/barrieren/{report.id}", data={"answer": "Die Liste hat den Text."})
    second = client.post(f"/barrieren/{report.id}", data={"answer": "Noch einmal"})

    assert (first.status_code, second.status_code) == (303, 403)
    db_session.refresh(report)
    assert report.answer == "Die Liste hat den Text."
    mails = [m.body for m in db_session.query(MailDelivery).order_by(MailDelivery.id)]
    assert "Die Liste hat den Text." in mails[-1]
    assert len(mails) == 2
    assert "beantwortet" in client.get("/barrieren").text


def test_an_open_report_waits_on_the_moderators_desk(client, make_user, login, report):
    login(client, make_user("moderator"))
    waiting = f'href="/barrieren/{report.id}"'
    assert waiting in client.get("/kuratierung").text
    client.post(f"/barrieren/{report.id}", data={"answer": "Erledigt"})
    assert waiting not in client.get("/kuratierung").text


def test_an_empty_answer_is_refused(client, make_user, login, report):
    login(client, make_user("moderator"))
    assert client.post(f"/barrieren/{report.id}", data={"answer": " "}).status_code == 422


def test_a_late_answer_is_shown_as_late(client, make_user, login, report, db_session):
    report.due = report.created - timedelta(days=1)
    db_session.commit()
    login(client, make_user("moderator"))
    assert "überfällig" in client.get("/barrieren").text


def test_a_report_that_does_not_exist_is_not_found(client, make_user, login):
    login(client, make_user("moderator"))
    assert client.get("/barrieren/999").status_code == 404
