"""Deciding with reasons: what is done, who is told, what the second of two moderators reads."""

from datetime import timedelta

import pytest

from kts.accounts.models import User
from kts.core.audit import history
from kts.core.clock import now
from kts.core.waiting import WaitingItem
from kts.curation.dossiers import services as dossiers
from kts.curation.dossiers.models import Dossier
from kts.curation.reporting import links, queries, services
from kts.curation.reporting.models import Decision, HouseRules, Measure, ReportCase
from kts.curation.reporting.tasks import end_measures_in_time
from kts.documents.models import Document
from kts.extensions import db
from kts.forum import services as forum
from kts.forum.models import Post
from kts.municipalities.models import Municipality
from kts.notifications.models import Notification
from tests.conftest import PASSWORD
from tests.curation.conftest import FACTS, REASON, WHY

SOON = (now() + timedelta(days=2)).date().isoformat()  # later than today at midnight too
NEXT_WEEK = (now() + timedelta(days=7)).date().isoformat()


@pytest.fixture
def silenced(case, moderator, decide, author):
    sent = decide(moderator, case, content="keep", person="silence", person_until=NEXT_WEEK)
    assert sent.status_code == 303
    return author


@pytest.fixture
def suspended(case, moderator, decide, author):
    sent = decide(moderator, case, content="keep", person="suspend", person_until=NEXT_WEEK)
    assert sent.status_code == 303
    return author


def sign_in(client, person):
    return client.post("/anmelden", data={"email": person.email, "password": PASSWORD})


def over(db_session):
    """Let all measures have ended a moment ago."""
    db_session.expire_all()
    for measure in db_session.query(Measure):
        measure.until = now() - timedelta(seconds=1)
    db_session.commit()


def test_a_decision_is_shown_first_and_made_when_confirmed(
    client, case, moderator, author, decide, db_session
):
    shown = decide(moderator, case, confirm="", preview="1", note="Danke für den Hinweis.")
    assert shown.status_code == 200
    assert 'name="confirm"' in shown.text
    assert author.name in shown.text
    assert "Gerda Gast" in shown.text
    assert db_session.query(Decision).count() == 0
    assert decide(moderator, case).status_code == 303
    decision = db_session.query(Decision).one()
    assert decision.facts == FACTS
    assert decision.rules.number == 1
    assert not decision.automated_decided


def test_a_preview_can_be_changed_with_all_entries_kept(case, moderator, decide, db_session):
    back = decide(moderator, case, confirm="", change="1")
    assert back.status_code == 200
    assert FACTS in back.text
    assert 'name="preview"' in back.text
    assert db_session.query(Decision).count() == 0


def test_hiding_leaves_the_ground_in_the_place_of_the_post_and_no_facts(
    client, post, decision, db_session
):
    db_session.expire_all()
    page = client.get(post.thread.path).text
    assert post.hidden
    assert decision.number in page
    assert "§ 3" in page
    assert FACTS not in page
    assert "Musterstraße" not in page
    assert history("post", post.id)[0].action == "post.hide"


def test_the_author_gets_the_reasons_by_mail_and_page_and_never_who_reported(
    app, client, login, author, case, decision, mails, make_user
):
    (mail,) = mails(author.email)  # one mail, not one of the forum's besides
    for words in (decision.number, FACTS, "§ 3", links.statement_link(decision)):
        assert words in mail.body
    assert "Gerda" not in mail.body + mail.html
    assert "gast@example.org" not in mail.body
    page = login(client, author).get(decision.path).text
    assert FACTS in page
    assert "/hausregeln/fassung/1#paragraf-3" in page
    assert "Gerda" not in page
    assert WHY not in page
    by_link = app.test_client().get(links.statement_link(decision))
    assert FACTS in by_link.text
    assert by_link.headers["Cache-Control"] == "no-store"
    told = db.session.query(Notification).filter_by(user_id=author.id, kind="statement").one()
    assert told.url == decision.path


def test_only_the_author_and_moderators_read_the_statement(
    app, login, decision, author, moderator, make_user
):
    assert app.test_client().get(decision.path).status_code == 404
    for person, status in ((make_user(), 404), (author, 200), (moderator, 200)):
        client = login(app.test_client(), person)
        assert client.get(decision.path).status_code == status


def test_every_reporter_is_told_the_decision_and_how_to_object(
    client, post, send_report, moderator, decide, mails, db_session, make_user, login
):
    reporter = make_user(name="Rita Report")
    send_report(post)
    send_report(post, login(client, reporter), explanation=WHY + " Bitte bald.")
    case = db_session.query(ReportCase).one()
    decide(moderator, case, note="Danke für Ihren Hinweis.", person="warn")
    for address in ("gast@example.org", reporter.email):
        mail = mails(address)[-1]
        assert "Danke für Ihren Hinweis." in mail.body
        assert "/melden/stand/" in mail.body
        assert FACTS not in mail.body
        assert "Anton" not in mail.body
    page = client.get(links.report_link(case.reports[1])).text
    assert "Danke für Ihren Hinweis." in page
    assert 'name="text"' in page  # the form of the objection
    told = db_session.query(Notification).filter_by(user_id=reporter.id, kind="report").one()
    assert told.url == links.report_link(case.reports[1])


def test_nothing_is_told_to_the_author_when_everything_stays(
    app, login, case, moderator, author, decide, mails, db_session
):
    decide(moderator, case, content="keep", ground="none", paragraph="")
    assert mails(author.email) == []
    assert db_session.query(Notification).filter_by(user_id=author.id).count() == 0
    assert len(mails("gast@example.org")) == 2
    assert login(app.test_client(), author).get(case.decision.path).status_code == 404


def test_a_decided_case_leaves_the_desk_and_is_logged(case, moderator, decide, db_session):
    assert db_session.query(WaitingItem).filter_by(kind="report").count() == 1
    decide(moderator, case)
    assert db_session.query(WaitingItem).filter_by(kind="report").count() == 0
    entry = history("report_case", case.id)[0]
    assert (entry.action, entry.actor_name, entry.reason) == (
        "report.decide",
        "Maria Muster",
        FACTS,
    )


def test_the_second_of_two_moderators_is_told_who_was_first_and_nothing_is_done_twice(
    case, moderator, colleague, author, decide, mails, db_session
):
    version = case.version
    assert decide(moderator, case).status_code == 303
    second = decide(colleague, case, version=version, content="remove")
    assert second.status_code == 409
    assert "Maria Muster" in second.text
    assert db_session.query(Decision).count() == 1
    assert db_session.query(Measure).count() == 1
    assert len(mails(author.email)) == 1


def test_a_report_that_came_in_meanwhile_is_read_before_deciding(
    case, post, moderator, decide, send_report, db_session
):
    version = case.version
    send_report(post, email="zweite@example.org", explanation="Außerdem ist das Foto verboten!!!!")
    refused = decide(moderator, case, version=version)
    assert refused.status_code == 409
    assert FACTS in refused.text
    assert "Außerdem ist das Foto" in refused.text
    assert db_session.query(Decision).count() == 0
    db_session.expire_all()
    assert f'name="version" type="hidden" value="{case.version}"' in refused.text
    assert decide(moderator, case).status_code == 303


def test_nobody_decides_about_her_own_words(app, login, post, send_report, decide, db_session):
    author = db_session.get(User, post.author_id)
    send_report(post)
    author.role = "moderator"
    db_session.commit()
    case = db_session.query(ReportCase).one()
    client = login(app.test_client(), author)
    assert client.get(f"{case.path}/entscheiden").status_code == 403
    assert decide(author, case).status_code == 403
    assert client.get(case.path).status_code == 200
    assert db_session.query(Decision).count() == 0


WRONG = (
    {"facts": "kurz"},
    {"ground": ""},
    {"ground": "none"},  # it restricts something
    {"ground": "law", "law": ""},
    {"ground": "law", "law": "§ 185 StGB"},  # without a why
    {"paragraph": ""},
    {"paragraph": "99"},
    {"content": "verbrennen"},
    {"content_until": "2020-01-01"},
    {"content_until": "2099-01-01"},
    {"person": "silence"},
    {"person": "suspend", "person_until": "2020-01-01"},
    {"territory": ""},
)


def test_a_decision_without_reasons_or_end_is_refused(case, moderator, decide, db_session):
    for wrong in WRONG:
        answer = decide(moderator, case, **wrong)
        assert answer.status_code == 422, wrong
        assert 'id="form-errors"' in answer.text
    assert db_session.query(Decision).count() == 0


def test_a_law_is_named_with_the_why(app, case, moderator, decide, mails, author):
    decide(moderator, case, ground="law", law="§ 185 StGB", reasoning="Es ist eine Beleidigung.")
    mail = mails(author.email)[0]
    assert "§ 185 StGB" in mail.body
    assert "Es ist eine Beleidigung." in mail.body


def test_a_thread_is_closed_for_answers_and_opened_again(
    app, login, case, post, moderator, decide, make_user, db_session
):
    decide(moderator, case, content="keep", lock="y")
    db_session.expire_all()
    assert post.thread.locked
    assert not post.hidden
    measure = db_session.query(Measure).one()
    client = login(app.test_client(), moderator)
    assert client.post(f"/kuratierung/massnahmen/{measure.id}/aufheben", data={"reason": REASON})
    db_session.expire_all()
    assert not post.thread.locked


def test_every_measure_is_taken_back_with_a_reason_once(
    app, login, decision, post, author, moderator, mails, db_session
):
    measure = decision.measures[0]
    address = f"/kuratierung/massnahmen/{measure.id}/aufheben"
    client = login(app.test_client(), moderator)
    assert client.post(address, data={"reason": ""}).status_code == 422
    assert client.get(address).status_code == 200
    assert client.post(address, data={"reason": REASON}).status_code == 303
    db_session.expire_all()
    assert not post.hidden
    assert (measure.lifted_by_id, measure.lift_reason) == (moderator.id, REASON)
    assert history("measure", measure.id)[0].action == "measure.lift"
    assert REASON in mails(author.email)[-1].body
    assert client.post(address, data={"reason": REASON}).status_code == 409


def test_only_moderators_take_measures_back(app, login, make_user, decision, db_session):
    address = f"/kuratierung/massnahmen/{decision.measures[0].id}/aufheben"
    for outsider in (app.test_client(), login(app.test_client(), make_user("editor"))):
        assert outsider.post(address, data={"reason": REASON}).status_code == 403
    assert db_session.query(Measure).one().lifted_at is None


def test_a_moderator_never_reads_who_reported_her_own_words(
    app, login, case, author, moderator, decision, colleague, db_session, objection
):
    db_session.get(User, author.id).role = "moderator"
    db_session.commit()
    own, others = (login(app.test_client(), person) for person in (author, colleague))
    for address in (case.path, objection.path):
        assert "Gerda Gast" in others.get(address).text
        page = own.get(address)
        assert page.status_code == 200
        for words in ("Gerda", "gast@example.org", WHY):
            assert words not in page.text


def test_a_moderator_decides_nothing_about_the_municipality_that_she_edits(
    make_user, send_report, decide, db_session
):
    place = Municipality(name="Musterhausen", slug="musterhausen", kind="town", land="08")
    db_session.add(place)
    db_session.commit()
    concerned = make_user("moderator", belongs_to=[place])
    concerned.memberships[0].role = "editor"
    db_session.commit()
    assert send_report(place.path).status_code == 303
    case = db_session.query(ReportCase).one()
    assert decide(concerned, case).status_code == 403
    assert decide(make_user("moderator"), case).status_code == 303


def test_nobody_shows_by_the_way_what_was_decided(
    app, login, case, post, author, moderator, colleague, decide, db_session
):
    decide(moderator, case, lock="y")
    db_session.get(User, author.id).role = "moderator"
    db_session.commit()
    events = [measure.event_id for measure in case.decision.measures]
    for person in (author, colleague):
        client = login(app.test_client(), person)
        sent = [
            client.post(f"/beitrag/{post.id}/moderation", data={"act": "unhide"}),
            client.post(f"{post.thread.path}/moderation", data={"act": "unlock"}),
            *(
                client.post(f"/thema/{post.thread_id}/moderation/{event}/rueckgaengig")
                for event in events
            ),
        ]
        assert [answer.status_code for answer in sent] == [409] * 4
        assert case.decision.number in sent[0].text
    db_session.expire_all()
    assert (post.hidden, post.thread.locked) == (True, True)
    for measure in case.decision.measures:
        services.lift_measure(colleague, measure, REASON)
    db_session.commit()
    assert (post.hidden, post.thread.locked) == (False, False)
    client = login(app.test_client(), colleague)
    client.post(f"/beitrag/{post.id}/moderation", data={"act": "hide", "reason": "Doppelt"})
    answer = client.post(f"/beitrag/{post.id}/moderation", data={"act": "unhide"})
    assert answer.status_code == 303  # what no decision has hidden


def test_a_document_that_was_decided_is_not_shown_by_the_way(
    app, login, make_user, moderator, decide, send_report, db_session
):
    document = Document(title="Strategie", visibility="public", created_by_id=make_user().id)
    db_session.add(document)
    db_session.commit()
    client = login(app.test_client(), moderator)
    send_report(f"/dokumente/{document.id}", client)
    decide(moderator, db_session.query(ReportCase).one())
    db_session.expire_all()
    assert client.post(f"{document.path}/einblenden").status_code == 409
    db_session.expire_all()
    assert document.is_hidden


def test_a_dossier_that_was_decided_is_not_published_by_the_way(
    app, login, moderator, colleague, decide, send_report, db_session
):
    dossier = dossiers.create_dossier(moderator, "Sensoren", "Kurz", "Ein Text.")
    dossiers.publish_dossier(moderator, dossier)
    db_session.commit()
    client = login(app.test_client(), colleague)
    send_report(f"/dossiers/{dossier.id}", client)
    assert decide(colleague, db_session.query(ReportCase).one()).status_code == 303
    db_session.expire_all()
    assert client.post(f"/dossiers/{dossier.id}/veroeffentlichen").status_code == 409
    db_session.expire_all()
    assert not dossier.is_published


def test_what_two_decisions_hide_stays_hidden_until_both_have_ended(
    case, post, moderator, colleague, decide, send_report, app, login, db_session
):
    decide(moderator, case, content_until=SOON, lock="y")
    client = login(app.test_client(), colleague)  # moderators still see it
    assert send_report(post, client).status_code == 303
    second = db_session.query(ReportCase).filter_by(state="open").one()
    decide(moderator, second, lock="y")
    first = case.decision.measures
    for measure in first:
        measure.until = now() - timedelta(seconds=1)
    db_session.commit()
    end_measures_in_time()
    db_session.expire_all()
    assert all(measure.lifted_at for measure in first)
    assert (post.hidden, post.thread.locked) == (True, True)
    for measure in second.decision.measures:
        services.lift_measure(colleague, measure, REASON)
    db_session.commit()
    assert (post.hidden, post.thread.locked) == (False, False)


def test_what_was_hidden_for_a_time_is_shown_again_by_itself(
    case, post, moderator, author, decide, mails, db_session
):
    decide(moderator, case, content_until=SOON)
    end_measures_in_time()
    db_session.expire_all()
    assert db_session.get(Post, post.id).hidden
    over(db_session)
    end_measures_in_time()
    assert not db_session.get(Post, post.id).hidden
    assert db_session.query(Measure).one().lifted_at is not None
    told = len(mails(author.email))
    end_measures_in_time()
    assert len(mails(author.email)) == told == 2


def test_a_post_that_is_shown_by_hand_is_left_alone_when_the_measure_is_taken_back(
    decision, post, moderator, db_session
):
    forum.unhide_post(moderator, db_session.get(Post, post.id))
    services.lift_measure(moderator, decision.measures[0], REASON)
    db_session.commit()
    assert decision.measures[0].lifted_at
    assert not db_session.get(Post, post.id).hidden


def test_removed_words_go_for_good_when_nobody_can_object_any_more(
    case, post, moderator, decide, db_session
):
    decide(moderator, case, content="remove")
    measure = db_session.query(Measure).one()
    assert services.forget_removed_words() == 0
    measure.created = now() - services.OBJECTION_WITHIN - timedelta(days=1)
    db_session.commit()
    assert services.forget_removed_words() == 1
    db_session.commit()
    assert db_session.get(Post, post.id).source == ""
    assert services.forget_removed_words() == 0
    assert not measure.can_be_lifted


def test_a_silenced_person_reads_and_does_not_write(
    app, login, silenced, post, case, db_session, make_user
):
    client = login(app.test_client(), db_session.get(User, silenced.id))
    assert client.get(post.thread.path).status_code == 200
    refused = client.post(f"{post.thread.path}/antworten", data={"body": "Noch etwas"})
    assert refused.status_code == 403
    assert case.decision.number in refused.text
    assert links.statement_link(case.decision) in refused.text
    assert client.get("/forum/neu").status_code == 403
    assert client.post(f"/beitrag/{post.id}/bearbeiten", data={"body": "x"}).status_code == 403
    other = login(app.test_client(), make_user())
    answer = other.post(f"{post.thread.path}/antworten", data={"body": "Noch etwas"})
    assert answer.status_code == 303


def test_a_silenced_person_keeps_what_concerns_only_herself(
    app, login, silenced, post, send_report, db_session
):
    client = login(app.test_client(), db_session.get(User, silenced.id))
    assert client.post("/benachrichtigungen/gelesen").status_code == 303
    assert client.get("/konto").status_code == 200
    named = {"name": "Meine Meinung über Sie", "language": "de"}
    assert client.post("/konto", data=named).status_code == 403  # all read it beside her posts
    assert client.get("/konto/passwort").status_code == 200
    assert client.post("/konto/passwort", data={}).status_code == 422
    assert send_report(post.thread.path, client).status_code == 303
    assert client.post("/abmelden").status_code == 303


def test_silence_ends_by_its_date_alone_and_the_person_is_told_at_night(
    app, login, silenced, post, mails, db_session
):
    over(db_session)
    person = db_session.get(User, silenced.id)
    client = login(app.test_client(), person)
    sent = client.post(f"{post.thread.path}/antworten", data={"body": "Wieder da"})
    assert sent.status_code == 303
    told = len(mails(person.email))
    assert services.tell_ended_measures() == 1
    assert services.tell_ended_measures() == 0
    assert len(mails(person.email)) == told + 1


def test_a_suspended_person_is_signed_out_and_told_why_she_cannot_come_in(
    app, client, case, moderator, author, decide, db_session
):
    assert sign_in(client, author).status_code == 303
    assert client.get("/konto").status_code == 200
    decide(moderator, case, content="keep", person="suspend", person_until=NEXT_WEEK)
    assert client.get("/konto").status_code == 302  # her session has ended
    for wanted in ({}, {"remember": "y"}):
        data = {"email": author.email, "password": PASSWORD, **wanted}
        refused = client.post("/anmelden", data=data)
        assert refused.status_code == 403
        assert links.statement_link(case.decision) in refused.text
        assert "remember_token" not in " ".join(refused.headers.getlist("Set-Cookie"))
        assert client.get("/konto").status_code == 302
    wrong = client.post("/anmelden", data={"email": author.email, "password": "falsch"})
    assert wrong.status_code == 422
    assert case.decision.number not in wrong.text  # nobody else learns of it


def test_a_suspension_ends_by_its_date_or_by_hand(client, suspended, moderator, db_session):
    assert sign_in(client, suspended).status_code == 403
    measure = db_session.query(Measure).one()
    services.lift_measure(moderator, measure, REASON)
    db_session.commit()
    assert sign_in(client, suspended).status_code == 303


def test_moderators_are_restricted_by_administrators_alone(
    case, author, moderator, make_user, decide, db_session
):
    author.role = "moderator"
    db_session.commit()
    refused = decide(moderator, case, content="keep", person="suspend", person_until=NEXT_WEEK)
    assert refused.status_code == 422
    assert db_session.query(Measure).count() == 0
    sent = decide(
        make_user("admin"), case, content="keep", person="suspend", person_until=NEXT_WEEK
    )
    assert sent.status_code == 303


def test_all_routes_that_a_silenced_person_may_use_exist(app):
    from kts.curation.reporting.restrictions import (
        FREE_BLUEPRINTS,
        FREE_ENDPOINTS,
        WRITING_FORMS,
    )

    endpoints = set(app.view_functions)
    assert endpoints >= FREE_ENDPOINTS | WRITING_FORMS
    assert {endpoint.partition(".")[0] for endpoint in endpoints} >= FREE_BLUEPRINTS


def test_a_document_a_dossier_and_a_profile_are_hidden_and_shown_again(
    db_session, make_user, moderator, decide, send_report, app, login
):
    place = Municipality(
        name="Musterhausen",
        slug="musterhausen",
        kind="town",
        land="08",
        profile="Unwahres über Nachbarn",
        website="https://example.org",
    )
    document = Document(title="Strategie", visibility="public", created_by_id=make_user().id)
    db_session.add_all([place, document])
    dossier = dossiers.create_dossier(moderator, "Sensoren", "Kurz", "Ein Text.")
    dossiers.publish_dossier(moderator, dossier)
    db_session.commit()
    editor = make_user(edits=[place])
    other = make_user("moderator")
    client = login(app.test_client(), other)
    for thing in (f"/dokumente/{document.id}", f"/dossiers/{dossier.id}", place.path):
        assert send_report(thing, client).status_code == 303
    for case in db_session.query(ReportCase).all():
        assert decide(other, case).status_code == 303
    db_session.expire_all()
    assert document.is_hidden
    assert not dossier.is_published
    assert (place.profile, place.website) == ("", "")
    decision = db_session.query(ReportCase).filter_by(kind="municipality").one().decision
    assert decision.own_initiative  # a moderator reported it
    assert login(app.test_client(), editor).get(decision.path).status_code == 200
    for measure in db_session.query(Measure).all():
        services.lift_measure(other, measure, REASON)
    db_session.commit()
    assert not document.is_hidden
    assert db_session.get(Dossier, dossier.id).is_published
    assert (place.profile, place.website) == ("Unwahres über Nachbarn", "https://example.org")


def test_earlier_measures_about_the_author_are_counted(
    app, login, decision, moderator, author, post, send_report, db_session
):
    send_report(f"{post.thread.path}#beitrag-1")
    asker = db_session.query(ReportCase).filter_by(state="open").one()
    client = login(app.test_client(), moderator)
    assert queries.earlier_measures(asker) == {}
    forum.add_post(author, post.thread, "Noch ein Beitrag mit Anschrift")
    db_session.commit()
    send_report(f"{post.thread.path}#beitrag-3")
    again = db_session.query(ReportCase).filter_by(author_id=author.id, state="open").one()
    assert queries.earlier_measures(again) == {"hide": 1}
    assert client.get(again.path).status_code == 200


def test_a_decision_names_the_version_of_the_rules_that_counted(decision, db_session):
    newer = HouseRules(
        number=2,
        body="## § 3 Anders\n\nNeu.",
        paragraphs=services.paragraphs_of("## § 3 Anders\n\nNeu."),
        published_at=now(),
        in_force_from=now(),
    )
    db_session.add(newer)
    db_session.commit()
    assert decision.rules.number == 1
    assert "Personenbezogene" in decision.rules.paragraph("3")["title"]
