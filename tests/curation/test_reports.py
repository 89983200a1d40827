"""Anybody reports what she can see: receipt, state, and the case that moderators get."""

from datetime import timedelta

from kts.core.clock import now
from kts.core.waiting import WaitingItem
from kts.curation.reporting import links, services
from kts.curation.reporting.models import Report, ReportCase
from kts.forum import services as forum
from kts.municipalities.models import Municipality
from kts.notifications.models import Notification
from tests.curation.conftest import WHY, reports


def test_a_guest_reports_a_post_and_gets_a_number_by_page_and_mail(
    client, post, send_report, mails, db_session
):
    sent = send_report(post)
    report = reports()[0]
    assert sent.status_code == 303
    assert report.number in client.get(sent.location).text
    mail = mails("gast@example.org")[0]
    assert report.number in mail.subject
    assert links.report_link(report) in mail.body
    assert WHY not in mail.body + mail.html  # nobody can send texts to others
    assert post.thread.title not in mail.body
    case = db_session.query(ReportCase).one()
    assert (case.kind, case.object_id, case.author_id) == ("post", post.id, post.author_id)
    assert report.copy == post.source


def test_the_form_is_filled_in_by_the_link_beside_the_post(client, post):
    assert f"/melden?adresse=/beitrag/{post.id}" in client.get(post.thread.path).text
    page = client.get(f"/melden?adresse=/beitrag/{post.id}").text
    assert f'value="/beitrag/{post.id}"' in page
    assert post.thread.title in page


def test_the_link_is_the_same_for_guests_and_people(client, login, post, make_user):
    link = f'href="/melden?adresse=/beitrag/{post.id}"'
    assert link in client.get(post.thread.path).text
    assert link in login(client, make_user()).get(post.thread.path).text


def test_a_pasted_address_leads_to_the_post(app, post, send_report, db_session):
    base = app.config["KTS"].base_url.rstrip("/")
    thread = post.thread.path
    for address in (
        f"/beitrag/{post.id}",
        f"{base}/beitrag/{post.id}",
        f"{thread}#beitrag-2",
        f"{base}{thread}?seite=1#beitrag-2",
    ):
        assert send_report(address, explanation=WHY + address).status_code == 303, address
    assert len(db_session.query(ReportCase).one().reports) == 4


def test_other_things_can_be_reported_too(
    db_session, client, login, moderator, author, post, send_report
):
    from kts.accounts import services as accounts

    db_session.add(Municipality(name="Musterhausen", slug="musterhausen", kind="town", land="08"))
    accounts.create_group(moderator, "Offen", closed=False)
    db_session.commit()
    login(client, author)
    person = f"/personen/{author.handle}"
    for address in ("/kommunen/musterhausen", post.thread.path, "/gruppen/offen", person):
        assert send_report(address, client).status_code == 303, address
    assert db_session.query(ReportCase).count() == 4


def test_what_is_not_of_this_site_or_not_there_cannot_be_reported(send_report, post, db_session):
    elsewhere = f"https://example.com/beitrag/{post.id}"
    for address in (elsewhere, "/beitrag/4711", "/impressum", "//", "http://[", ""):
        answer = send_report(address)
        assert answer.status_code == 422, address
        assert 'id="address-error"' in answer.text
        assert WHY in answer.text  # what was typed stays
    assert db_session.query(Report).count() == 0


def test_only_those_who_see_a_closed_group_can_report_what_is_in_it(
    client, login, closed_post, author, make_user, send_report
):
    hidden, missing = send_report(closed_post), send_report("/beitrag/4711")
    assert hidden.status_code == missing.status_code == 422
    assert "Unter uns" not in hidden.text
    page = client.get(f"/melden?adresse=/beitrag/{closed_post.id}").text
    assert "Unter uns" not in page
    assert send_report(closed_post, login(client, make_user())).status_code == 422
    assert send_report(closed_post, login(client, author)).status_code == 303


def test_a_report_that_is_not_complete_is_given_back(post, send_report, db_session):
    for lack in (
        {"explanation": "zu kurz"},
        {"category": ""},
        {"category": "gibtsnicht"},
        {"good_faith": ""},
        {"name": ""},
        {"email": ""},
        {"email": "keine"},
    ):
        answer = send_report(post, **lack)
        assert answer.status_code == 422, lack
        assert 'id="form-errors"' in answer.text
    assert db_session.query(Report).count() == 0


def test_abuse_of_children_can_be_reported_without_a_name(client, post, send_report, mails):
    sent = send_report(post, category="abuse", name="", email="")
    assert sent.status_code == 303
    assert reports()[0].email == ""
    assert client.get(sent.location).status_code == 200


def test_a_barrier_goes_to_the_form_for_barriers(post, send_report, db_session):
    sent = send_report(post, category="barrier")
    assert sent.location.startswith("/barriere-melden?von=")
    assert db_session.query(Report).count() == 0


def test_a_program_that_fills_the_trap_leaves_nothing(post, send_report, db_session):
    assert send_report(post, website="https://spam.example").status_code == 303
    assert db_session.query(Report).count() == 0


def test_a_person_with_an_account_is_known_and_finds_her_reports(
    client, login, make_user, post, send_report
):
    person = make_user(name="Petra Person")
    login(client, person)
    assert 'name="email"' not in client.get("/melden").text
    send_report(post, client, name="Jemand anders", email="fremd@example.org")
    report = reports()[0]
    assert (report.name, report.email, report.user_id) == (person.name, person.email, person.id)
    assert report.number in client.get("/melden/meine").text
    assert report.number not in login(client, make_user()).get("/melden/meine").text


def test_reports_of_the_same_thing_make_one_case_with_the_heaviest_weight(
    post, send_report, db_session, moderator
):
    send_report(post, category="other")
    assert db_session.query(WaitingItem).filter_by(kind="report").one().weight == 0
    send_report(post, category="illegal", email="zweite@example.org", name="Zweite")
    case = db_session.query(ReportCase).one()
    assert len(case.reports) == 2
    assert case.category == "illegal"
    waiting = db_session.query(WaitingItem).filter_by(kind="report").one()
    assert (waiting.weight, waiting.subject_id, waiting.url) == (20, case.id, case.path)
    told = db_session.query(Notification).filter_by(user_id=moderator.id).all()
    assert len(told) == 1  # of the case, not of every report


def test_the_same_form_sent_twice_is_one_report(post, send_report, db_session):
    first, second = send_report(post), send_report(post)
    assert first.location == second.location
    assert db_session.query(Report).count() == 1


def test_the_state_is_found_by_number_and_address_together(client, case):
    number = case.reports[0].number
    right = client.post(
        "/melden/stand", data={"number": number.lower(), "email": "GAST@example.org"}
    )
    assert right.status_code == 303
    assert number in client.get(right.location).text
    for wrong in (
        {"number": number, "email": "andere@example.org"},
        {"number": "M-2026-AAAAAAAA", "email": "gast@example.org"},
    ):
        assert client.post("/melden/stand", data=wrong).status_code == 422


def test_a_made_up_link_shows_nothing(client, case, decision):
    good = links.report_link(case.reports[0])
    assert client.get(good).status_code == 200
    assert client.get(good[:-2] + "xx").status_code == 404
    assert client.get("/melden/stand/unsinn").status_code == 404
    swapped = links.report_link(case.reports[0]).replace("/melden/stand/", "/entscheidung/")
    assert client.get(swapped).status_code == 404  # a link for one thing opens no other


def test_the_state_page_names_nobody_and_is_kept_by_no_cache(client, case, author):
    page = client.get(links.report_link(case.reports[0]))
    assert author.name not in page.text
    assert page.headers["Cache-Control"] == "no-store"


def test_only_moderators_see_cases(app, client, login, make_user, case):
    for outsider in (client, login(app.test_client(), make_user("editor"))):
        for address in ("/kuratierung/meldungen", case.path, f"{case.path}/entscheiden"):
            assert outsider.get(address).status_code in (302, 403)
        assert outsider.post(f"{case.path}/entscheiden").status_code == 403


def test_moderators_read_the_text_as_it_was_and_what_has_changed(
    client, login, moderator, author, post, case, db_session
):
    login(client, moderator)
    same = client.get(case.path).text
    assert "Musterstraße 5" in same
    assert "forum-diff" not in same
    forum.edit_post(author, post, "Frau Beispiel wohnt anderswo.", version=post.version)
    db_session.commit()
    changed = client.get(case.path).text
    assert "Musterstraße 5" in changed
    assert "<ins>" in changed
    assert "gast@example.org" in changed


def test_the_list_of_cases_costs_the_same_for_one_and_for_three(
    client, login, moderator, post, case, send_report, query_counter
):
    login(client, moderator)
    client.get("/kuratierung/meldungen")
    with query_counter() as one:
        client.get("/kuratierung/meldungen")
    send_report(post.thread.path)
    send_report(f"{post.thread.path}#beitrag-1")
    with query_counter() as three:
        page = client.get("/kuratierung/meldungen").text
    assert page.count("/kuratierung/meldungen/") >= 3
    assert len(three) == len(one)


def test_names_and_addresses_are_cut_a_year_after_the_end(
    client, login, moderator, decision, case, db_session
):
    report = case.reports[0]
    assert services.forget_reporters() == 0
    case.decided_at = now() - timedelta(days=366)
    db_session.commit()
    assert services.forget_reporters() == 1
    db_session.commit()
    assert (report.name, report.email, report.user_id) == ("", "", None)
    assert report.explanation == WHY
    assert "gast@example.org" not in login(client, moderator).get(case.path).text
    gone = client.post("/melden/stand", data={"number": report.number, "email": "gast@example.org"})
    assert gone.status_code == 422


def test_names_stay_while_an_objection_waits(objection, case, db_session):
    case.decided_at = now() - timedelta(days=366)
    db_session.commit()
    assert services.forget_reporters() == 0
