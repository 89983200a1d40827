"""Objections: once for each party, decided by somebody else, told to all."""

from datetime import timedelta

import pytest

from kts.accounts.models import User
from kts.core.clock import now
from kts.core.waiting import WaitingItem
from kts.curation.reporting import links, services
from kts.curation.reporting.models import Decision, Objection
from kts.forum.models import Post
from kts.notifications.models import Notification
from tests.curation.conftest import FACTS

TEXT = "Die Anschrift ist die des Amtes und steht im Netz."
REASONS = "Die Anschrift ist die dienstliche, das haben wir nachgesehen."


@pytest.fixture
def answer(app, login):
    """Give a function that decides an objection as a moderator."""

    def send(person, objection, outcome="reversed", reasons=REASONS):
        client = login(app.test_client(), person)
        return client.post(objection.path, data={"outcome": outcome, "reasons": reasons})

    return send


def test_the_author_objects_without_signing_in_and_another_moderator_is_asked(
    app, decision, moderator, colleague, db_session
):
    client = app.test_client()
    assert 'name="text"' in client.get(links.statement_link(decision)).text
    sent = client.post(f"{links.statement_link(decision)}/widerspruch", data={"text": TEXT})
    assert sent.status_code == 303
    objection = db_session.query(Objection).one()
    assert (objection.party, objection.user_id) == ("author", decision.case.author_id)
    waiting = db_session.query(WaitingItem).filter_by(kind="objection").one()
    assert (waiting.subject_id, waiting.weight, waiting.url) == (objection.id, 15, objection.path)
    asked = {n.user_id for n in db_session.query(Notification).filter_by(url=objection.path)}
    assert asked == {colleague.id}
    assert 'name="text"' not in client.get(links.statement_link(decision)).text


def test_moderators_do_not_object_in_the_place_of_the_person_concerned(
    app, login, decision, colleague, author, db_session
):
    client = login(app.test_client(), colleague)
    assert 'name="text"' not in client.get(decision.path).text
    address = f"{links.statement_link(decision)}/widerspruch"
    assert client.post(address, data={"text": TEXT}).status_code == 403
    assert db_session.query(Objection).count() == 0
    assert login(app.test_client(), author).post(address, data={"text": TEXT}).status_code == 303


def test_the_number_and_the_address_lead_to_the_statement(client, decision, author):
    data = {"number": decision.number, "email": author.email}
    found = client.post("/melden/stand", data=data)
    assert found.location == links.statement_link(decision)
    data["email"] = "gast@example.org"
    assert client.post("/melden/stand", data=data).status_code == 422


def test_a_reporter_objects_by_her_own_link(client, case, moderator, decide, db_session):
    decide(moderator, case, content="keep", ground="none", paragraph="")
    address = links.report_link(case.reports[0])
    sent = client.post(f"{address}/widerspruch", data={"text": TEXT})
    assert sent.status_code == 303
    objection = db_session.query(Objection).one()
    assert (objection.party, objection.report_id) == ("reporter", case.reports[0].id)


def test_each_party_objects_once(client, decision, case, objection, db_session):
    own = f"{links.statement_link(decision)}/widerspruch"
    assert client.post(own, data={"text": TEXT}).status_code == 409
    reporter = f"{links.report_link(case.reports[0])}/widerspruch"
    assert client.post(reporter, data={"text": TEXT}).status_code == 303
    assert client.post(reporter, data={"text": TEXT}).status_code == 409
    assert db_session.query(Objection).count() == 2


def test_after_six_months_it_is_too_late(client, decision, db_session):
    address = links.statement_link(decision)
    decision.created = now() - timedelta(days=183)
    db_session.commit()
    assert 'name="text"' in client.get(address).text
    decision.created = now() - services.OBJECTION_WITHIN - timedelta(minutes=1)
    db_session.commit()
    assert 'name="text"' not in client.get(address).text
    assert client.post(f"{address}/widerspruch", data={"text": TEXT}).status_code == 409


def test_an_objection_needs_words_and_a_decision(client, case, post, send_report, db_session):
    address = links.report_link(case.reports[0])
    assert client.post(f"{address}/widerspruch", data={"text": TEXT}).status_code == 409
    assert db_session.query(Objection).count() == 0


def test_a_short_objection_is_given_back(client, decision, db_session):
    address = f"{links.statement_link(decision)}/widerspruch"
    assert client.post(address, data={"text": "Nein!"}).status_code == 422
    assert db_session.query(Objection).count() == 0


def test_an_author_has_nothing_to_object_to_when_everything_stays(
    client, case, moderator, decide, db_session
):
    decide(moderator, case, content="keep", ground="none", paragraph="")
    address = f"{links.statement_link(case.decision)}/widerspruch"
    assert client.post(address, data={"text": TEXT}).status_code == 409


def test_the_moderator_who_decided_cannot_decide_the_objection(
    app, login, objection, moderator, answer, db_session
):
    page = login(app.test_client(), moderator).get(objection.path)
    assert page.status_code == 200
    assert 'name="outcome"' not in page.text
    assert answer(moderator, objection).status_code == 403
    refused = login(app.test_client(), moderator).post(f"{objection.path}/neu", data={})
    assert refused.status_code == 403
    db_session.expire_all()
    assert objection.state == "open"


def test_where_there_is_one_moderator_an_administrator_decides(
    objection, make_user, answer, db_session
):
    assert answer(make_user("admin"), objection).status_code == 303
    db_session.expire_all()
    assert objection.outcome == "reversed"


def test_only_moderators_see_and_decide_objections(app, login, make_user, objection):
    for outsider in (app.test_client(), login(app.test_client(), make_user("editor"))):
        for address in ("/kuratierung/widersprueche", objection.path, f"{objection.path}/neu"):
            assert outsider.get(address).status_code in (302, 403)
        assert outsider.post(objection.path, data={"outcome": "reversed"}).status_code == 403


def test_a_moderator_does_not_decide_her_own_objection(objection, author, answer, db_session):
    db_session.get(User, author.id).role = "moderator"
    db_session.commit()
    assert answer(author, objection).status_code == 403


def test_reversing_brings_the_post_back_and_tells_all_parties(
    client, objection, decision, post, author, colleague, answer, mails, db_session
):
    assert answer(colleague, objection).status_code == 303
    db_session.expire_all()
    assert not db_session.get(Post, post.id).hidden
    assert decision.ended is not None
    assert decision.measures[0].lifted_by_id == colleague.id
    assert db_session.query(WaitingItem).filter_by(kind="objection").count() == 0
    for address in (author.email, "gast@example.org"):
        assert REASONS in mails(address)[-1].body
    assert "Gerda" not in mails(author.email)[-1].body
    assert REASONS in client.get(links.statement_link(decision)).text


def test_what_stands_is_told_too_and_stays_done(
    objection, decision, post, author, colleague, answer, mails, db_session
):
    assert answer(colleague, objection, "upheld").status_code == 303
    db_session.expire_all()
    assert db_session.get(Post, post.id).hidden
    assert decision.ended is None
    assert REASONS in mails(author.email)[-1].body


def test_a_decision_is_replaced_by_another_with_measures_of_its_own(
    objection, decision, case, post, author, colleague, decide, mails, db_session
):
    address = f"{objection.path}/neu"
    shown = decide(
        colleague, case, address, content="keep", person="warn", reasons=REASONS, confirm=""
    )
    assert shown.status_code == 200
    assert 'name="confirm"' in shown.text
    sent = decide(colleague, case, address, content="keep", person="warn", reasons=REASONS)
    assert sent.status_code == 303
    db_session.expire_all()
    assert not db_session.get(Post, post.id).hidden
    new = case.decision
    assert (new.replaces_id, [m.kind for m in new.measures]) == (decision.id, ["warn"])
    assert decision.ended is not None
    assert objection.outcome == "changed"
    subjects = [mail.subject for mail in mails(author.email)]
    assert new.number in mails(author.email)[-1].body  # the new statement of reasons
    assert len(subjects) == 3


def test_what_restricts_nothing_is_not_reversed_but_decided_anew(
    client, case, moderator, colleague, decide, answer, post, db_session
):
    decide(moderator, case, content="keep", ground="none", paragraph="")
    client.post(f"{links.report_link(case.reports[0])}/widerspruch", data={"text": TEXT})
    objection = db_session.query(Objection).one()
    assert answer(colleague, objection).status_code == 422
    assert decide(colleague, case, f"{objection.path}/neu", reasons=REASONS).status_code == 303
    db_session.expire_all()
    assert db_session.get(Post, post.id).hidden


def test_of_two_who_decide_an_objection_the_second_is_told(
    objection, colleague, make_user, answer, mails, author, db_session
):
    third = make_user("moderator")
    answer(colleague, objection)
    told = len(mails(author.email))
    second = answer(third, objection, "upheld")
    assert second.status_code == 409
    assert "Konrad Kollege" in second.text
    assert len(mails(author.email)) == told
    db_session.expire_all()
    assert objection.outcome == "reversed"


def test_a_second_objection_to_what_has_ended_can_only_stand(
    client, objection, decision, case, colleague, answer, db_session
):
    client.post(f"{links.report_link(case.reports[0])}/widerspruch", data={"text": TEXT})
    other = db_session.query(Objection).filter_by(party="reporter").one()
    answer(colleague, objection)
    assert answer(colleague, other).status_code == 409
    assert answer(colleague, other, "upheld").status_code == 303
    assert db_session.query(Decision).count() == 1


def test_reasons_are_needed(objection, colleague, answer, db_session):
    assert answer(colleague, objection, reasons="").status_code == 422
    assert answer(colleague, objection, outcome="").status_code == 422


def test_the_list_of_objections_has_the_open_and_the_decided(
    app, login, objection, colleague, answer
):
    client = login(app.test_client(), colleague)
    assert objection.path in client.get("/kuratierung/widersprueche").text
    answer(colleague, objection)
    assert objection.path not in client.get("/kuratierung/widersprueche").text
    assert objection.path in client.get("/kuratierung/widersprueche?stand=entschieden").text


def test_the_objection_of_a_signed_in_author_is_on_her_page(
    app, login, decision, objection, author
):
    page = login(app.test_client(), author).get(decision.path).text
    assert FACTS in page
    assert 'name="text"' not in page
