"""The newsletter: who gets it, how an issue comes together, and that it goes to each once."""

import re
import shutil
import smtplib
from datetime import timedelta

import pytest

from kts.accounts import services as accounts
from kts.accounts.models import Group
from kts.core import mail
from kts.core.audit import AuditEntry
from kts.core.clock import now
from kts.core.mail import MailDelivery
from kts.curation.dossiers import services as dossiers
from kts.curation.newsletter import checking, forms, news, queries, rendering, tasks
from kts.curation.newsletter.checking import leads_somewhere
from kts.curation.newsletter.links import end_link
from kts.curation.newsletter.models import (
    NewsletterIssue,
    NewsletterItem,
    NewsletterRecipient,
    NewsletterSubscription,
)
from kts.curation.newsletter.services import issues, items, sending, subscriptions
from kts.curation.newsletter.views.subscribing import ASKING
from kts.extensions import db, limiter
from kts.forum import services as forum
from kts.forum.services.kinds.accepting import accept_post
from kts.notifications.models import Notification
from tests.conftest import make_app

DESK = "/kuratierung/newsletter"
GERDA = "gerda@example.org"


@pytest.fixture
def desk(app, moderator, login):
    """Give the client of a moderator."""
    return login(app.test_client(), moderator)


@pytest.fixture
def thread(make_user, db_session):
    category = forum.create_category(None, "Lesesaal", visibility="public")
    thread = forum.create_thread(make_user(), category, "Sensoren im Park", "Wir messen *viel*.")
    db_session.commit()
    return thread


@pytest.fixture
def issue(moderator, thread, db_session):
    """Give a draft with a preface and one section that holds a thread."""
    issue = issues.create_issue(moderator, "Herbstbrief", "Guten Tag, **alle**!")
    items.add_heading(moderator, issue, "Aus dem Forum")
    items.add_address(moderator, issue, thread.path, teaser="Lesen Sie [mehr](/forum).")
    db_session.commit()
    return issue


@pytest.fixture
def subscribe(db_session):
    """Give a function that makes confirmed subscriptions."""

    def make(*addresses):
        made = []
        for address in addresses:
            row = NewsletterSubscription(
                email=address, state="confirmed", wording=1, confirmed_at=now()
            )
            db_session.add(row)
            made.append(row)
        db_session.commit()
        return made

    return make


@pytest.fixture
def wire(app):
    """Give the list of what a mail server has taken, and let it be down or refuse an address."""

    class Server(list):
        down, refuses = False, ()

        def __call__(self, message):
            if "Brief" not in message["Subject"] and "brief" not in message["Subject"]:
                return  # other mails of the site
            if self.down:
                raise ConnectionRefusedError("niemand da")
            if message["To"] in self.refuses:
                raise smtplib.SMTPRecipientsRefused({message["To"]: (550, b"unknown user")})
            self.append(message)

    server = app.extensions["kts_mail_transport"] = Server()
    return server


def ask(client, email=GERDA, **changes):
    data = {"email": email, "language": "de", "agreed": "y", **changes}
    return client.post("/newsletter", data=data)


def rows():
    db.session.rollback()
    return db.session.query(NewsletterSubscription).order_by(NewsletterSubscription.id).all()


def link_in(message, word):
    return re.search(rf"https?://[^\s/]+(/newsletter/{word}/\S+)", message.body)[1]


def send_all(desk, issue, **changes):
    """Send an issue as a moderator does who confirms at once."""
    db.session.refresh(issue)
    data = {"when": "now", "version": issue.version, "order_version": issue.order_version}
    return desk.post(f"{issue.desk_path}/senden", data={**data, "confirm": "1", **changes})


def sent_to(wire):
    return sorted(message["To"] for message in wire)


# --- asking, confirming, ending ---------------------------------------------------------------


def test_the_page_of_the_newsletter_is_for_everybody(client, login, make_user):
    assert 'name="email"' in client.get("/newsletter").text
    assert "/newsletter" in client.get("/").text.split("kts-footer")[-1]
    login(client, make_user())
    page = client.get("/newsletter").text
    assert 'name="newsletter"' in page
    assert 'name="email"' not in page


def test_a_subscription_counts_only_once_the_mailbox_has_confirmed_it(client, mails, db_session):
    answer = ask(client, " Gerda@Example.org ")
    assert answer.status_code == 303
    (row,) = rows()
    assert (row.email, row.state, row.how, row.wording) == (GERDA, "asked", "form", 1)
    assert sending.count_recipients() == 0
    (message,) = mails(GERDA)
    link = link_in(message, "bestaetigen")
    assert GERDA not in link
    for _ in range(2):  # scanners open what is in a mail
        assert client.get(link).status_code == 200
        assert rows()[0].state == "asked"
    assert client.post(link).status_code == 200
    (row,) = rows()
    assert row.state == "confirmed"
    assert row.confirmed_at >= row.asked_at
    assert client.post(link).status_code == 200, "twice is the same as once"
    assert sending.count_recipients() == 1


def test_the_answer_is_the_same_for_every_address(client, subscribe, make_user, mails):
    subscribe("bekannt@example.org")
    account = make_user(email="konto@example.org")
    subscriptions.subscribe_account(account)
    db.session.commit()
    answers = [
        ask(client, one) for one in ("neu@example.org", "bekannt@example.org", account.email)
    ]
    assert len({(one.status_code, one.location, one.text) for one in answers}) == 1
    pages = {client.get(one.location).text.count("<p>") for one in answers}
    assert len(pages) == 1
    for address in ("bekannt@example.org", account.email):
        (message,) = mails(address)
        assert "/newsletter/bestaetigen/" not in message.body
        assert link_in(message, "abmelden")
    assert len(rows()) == 3


def test_what_is_missing_is_told_and_nothing_is_kept(client, db_session):
    for changes in ({"email": "keine"}, {"agreed": ""}, {"language": "xx"}, {"email": ""}):
        assert ask(client, **changes).status_code == 422, changes
    assert rows() == []


def test_a_filled_trap_leaves_nothing(client, mails):
    assert ask(client, website="http://spam.example").status_code == 303
    assert rows() == []
    assert mails(GERDA) == []


def test_nobody_fills_anothers_mailbox(client, mails, monkeypatch):
    for _ in range(3):
        ask(client)
    assert len(mails(GERDA)) == 1, "one mail in ten minutes"
    for hours in range(1, 9):
        later = now() + timedelta(hours=hours)
        monkeypatch.setattr(subscriptions, "now", lambda later=later: later)
        ask(client)
    assert len(mails(GERDA)) == subscriptions.MOST_MAILS


def test_who_gets_it_already_is_told_so_once_a_day(client, subscribe, mails):
    subscribe(GERDA)
    for _ in range(4):
        ask(client)
    assert len(mails(GERDA)) == 1


def test_one_sender_has_an_end(tmp_path, database_template):
    shutil.copy(database_template, tmp_path / "kts.sqlite3")
    app = make_app(tmp_path, RATELIMIT_ENABLED=True)
    limiter.enabled = True
    try:
        most = int(ASKING.split()[0])
        client = app.test_client()
        given = [ask(client, f"a{n}@example.org").status_code for n in range(most + 1)]
        assert given == [303] * most + [429]
    finally:
        limiter.reset()
        limiter.enabled = False
        with app.app_context():
            db.engine.dispose()


def test_what_is_not_confirmed_is_gone_after_a_week(client, mails, db_session):
    ask(client)
    link = link_in(mails(GERDA)[0], "bestaetigen")
    assert tasks.forget_unconfirmed() == 0
    rows()[0].asked_at = now() - timedelta(days=8)
    db_session.commit()
    assert client.get(link).status_code == 410
    assert client.post(link).status_code == 410
    assert tasks.forget_unconfirmed() == 1
    assert rows() == []
    assert db_session.query(MailDelivery).filter_by(recipient=GERDA).count() == 0


def test_one_click_ends_it_and_nothing_is_left(client, subscribe, issue, desk, wire, db_session):
    subscribe(GERDA, "otto@example.org")
    send_all(desk, issue)
    link = re.search(r"<(\S+)>", wire[0]["List-Unsubscribe"])[1].split("localhost")[-1]
    link = link[link.index("/newsletter") :]
    assert wire[0]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert client.get(link).status_code == 200
    assert len(rows()) == 2, "opening the link changes nothing"
    answer = client.post(link, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    gone = wire[0]["To"]
    assert gone not in [row.email for row in rows()]
    left = db_session.query(MailDelivery).filter_by(recipient=gone).count()
    assert left == 0, "the mail that was sent names the address no more"
    assert client.post(link).status_code == 200, "twice is the same as once"
    assert db_session.query(NewsletterRecipient).count() == 2


def test_an_end_can_be_taken_back_on_its_page(client, subscribe, db_session):
    (row,) = subscribe(GERDA)
    number, wording, confirmed = row.id, row.wording, row.confirmed_at
    page = client.post(end_of(row))
    assert rows() == []
    ended = re.search(r'name="ended"[^>]*value="([^"]+)"', page.text)[1]
    assert client.post("/newsletter/abmelden/zurueck", data={"ended": ended}).status_code == 200
    (row,) = rows()
    assert (row.id, row.email, row.wording) == (number, GERDA, wording)
    assert row.confirmed_at == confirmed
    client.post("/newsletter/abmelden/zurueck", data={"ended": ended})
    assert len(rows()) == 1
    assert client.post("/newsletter/abmelden/zurueck", data={"ended": "x"}).status_code == 404


def end_of(row):
    return end_link(row)[end_link(row).index("/newsletter") :]


def test_forged_links_do_nothing(client, subscribe):
    subscribe(GERDA)
    for path in ("/newsletter/abmelden/x.y", "/newsletter/bestaetigen/x.y"):
        assert client.get(path).status_code == 404
        assert client.post(path).status_code in (400, 404)
    assert len(rows()) == 1


def test_a_link_to_confirm_does_not_end_anything(client, mails):
    ask(client)
    token = link_in(mails(GERDA)[0], "bestaetigen").rpartition("/")[2]
    assert client.post(f"/newsletter/abmelden/{token}").status_code == 400
    assert len(rows()) == 1


def test_members_choose_it_among_their_mails(client, login, make_user, mails, db_session):
    user = make_user(email="alt@example.org")
    login(client, user)
    assert 'name="newsletter"' in client.get("/konto/benachrichtigungen").text
    back = {"back": "/konto/benachrichtigungen"}
    answer = client.post("/newsletter/konto", data={"newsletter": "y", **back})
    assert answer.location == back["back"]
    (row,) = rows()
    assert (row.user_id, row.email, row.state, row.how) == (user.id, None, "confirmed", "account")
    assert mails("alt@example.org") == [], "the address of the account is confirmed"
    user.email = "neu@example.org"
    db_session.commit()
    assert rows()[0].address == "neu@example.org"
    client.post("/newsletter/konto", data=back)
    assert rows() == []


def test_form_and_account_of_one_person_are_one(client, login, make_user, subscribe, db_session):
    user = make_user(email=GERDA)
    (row,) = subscribe(GERDA)
    number = row.id
    login(client, user)
    client.post("/newsletter/konto", data={"newsletter": "y"})
    (row,) = rows()
    assert (row.id, row.user_id, row.email) == (number, user.id, None)


def test_two_subscriptions_of_one_address_are_one_mail(subscribe, make_user, desk, issue, wire):
    user = make_user(email="alt@example.org")
    subscriptions.subscribe_account(user)
    subscribe(GERDA)
    user.email = GERDA
    db.session.commit()
    assert sending.count_recipients() == 1
    send_all(desk, issue)
    assert sent_to(wire) == [GERDA]
    assert len(subscriptions.end(rows()[0])) == 2
    db.session.commit()
    assert rows() == []


def test_a_deactivated_account_gets_nothing_more(make_user, moderator, desk, issue, wire):
    stays, goes = make_user(), make_user()
    for user in (stays, goes):
        subscriptions.subscribe_account(user)
    accounts.deactivate(moderator, goes)
    db.session.commit()
    send_all(desk, issue)
    assert sent_to(wire) == [stays.email]
    assert [row.user_id for row in rows()] == [stays.id]


def test_mails_to_an_address_of_before_are_forgotten(make_user, desk, issue, wire, db_session):
    user = make_user(email="alt@example.org")
    subscriptions.subscribe_account(user)
    db_session.commit()
    send_all(desk, issue)
    assert tasks.forget_mails_of_the_gone() == 0
    user.email = "neu@example.org"
    db_session.commit()
    assert tasks.forget_mails_of_the_gone() == 1
    assert db_session.query(MailDelivery).filter_by(recipient="alt@example.org").count() == 0


# --- putting an issue together ----------------------------------------------------------------


def test_an_issue_begins_as_a_draft_that_nobody_reads(desk, client):
    answer = desk.post(f"{DESK}/neu", data={"title": "Winterbrief", "preface": "Hallo"})
    assert answer.status_code == 303
    (issue,) = db.session.query(NewsletterIssue).all()
    assert "Winterbrief" in desk.get(f"{DESK}").text
    for path in ("/newsletter/1", "/newsletter/archiv", "/newsletter"):
        assert "Winterbrief" not in client.get(path).text
    assert client.get("/newsletter/1").status_code == 404
    assert issue.number is None
    assert desk.post(f"{DESK}/neu", data={"title": " "}).status_code == 422


def test_only_moderators_work_on_the_newsletter(client, login, make_user, issue):
    part = issue.items[0].id
    for who in (None, "member", "editor"):
        if who:
            login(client, make_user(who))
        for path in ("", "/auswahl", "/senden", "/vorschau", "/vorschau/mail", f"/teile/{part}"):
            assert client.get(issue.desk_path + path).status_code in (302, 403), path
        for path in ("", "/teile", "/auswahl", "/senden", "/test", "/reihenfolge", "/abbrechen"):
            assert client.post(issue.desk_path + path).status_code == 403, path
        for path in ("/loeschen", "/wiederherstellen", "/berichtigung", f"/teile/{part}/entfernen"):
            assert client.post(issue.desk_path + path).status_code == 403, path
        assert client.get(DESK).status_code in (302, 403)


@pytest.fixture
def closed_thread(make_user, db_session):
    group = Group(name="Runde", closed=True)
    db_session.add(group)
    db_session.flush()
    insider = make_user(groups=[group])
    room = forum.create_category(None, "Raum", visibility=group.token)
    thread = forum.create_thread(insider, room, "Zaunkoenig", "Geheim")
    db_session.commit()
    return thread


def test_what_is_not_public_cannot_be_added(desk, issue, closed_thread, moderator):
    draft = dossiers.create_dossier(moderator, "Entwurf eines Dossiers")
    db.session.commit()
    for address in (closed_thread.path, draft.path, "/thema/4711", "/kuratierung", "ftp://x"):
        answer = desk.post(f"{issue.desk_path}/teile", data={"address": address, "title": "T"})
        assert answer.status_code == 422, address
        assert "Zaunkoenig" not in answer.text
        assert f'value="{address}"' in answer.text, "what was typed is still there"
    db.session.refresh(issue)
    assert len(issue.items) == 2


def test_parts_come_from_addresses_texts_and_links(desk, issue, moderator):
    dossier = dossiers.create_dossier(moderator, "Wärme", "Was Kommunen tun.")
    dossiers.add_text(moderator, dossier, "Ein Text.")
    dossiers.publish_dossier(moderator, dossier)
    db.session.commit()
    for data in (
        {"address": dossier.path},
        {"address": "https://www.example.org/a", "title": "Anderswo", "teaser": "Dort."},
        {"title": "Termin", "teaser": "Am 3. März, online."},
        {"heading": "Zum Schluss"},
    ):
        assert desk.post(f"{issue.desk_path}/teile", data=data).status_code == 303
    db.session.expire_all()
    added = issue.items[2:]
    assert [item.kind for item in added] == ["dossier", "link", "text", "heading"]
    assert added[0].teaser == "Was Kommunen tun."
    page = desk.get(issue.desk_path).text
    for words in ("Wärme", "Anderswo", "Termin", "Zum Schluss", "example.org"):
        assert words in page
    again = desk.post(f"{issue.desk_path}/teile", data={"address": dossier.path})
    assert again.status_code == 422
    empty = desk.post(f"{issue.desk_path}/teile", data={"title": "nur das"})
    assert empty.status_code == 422


def test_what_is_new_and_public_is_offered(desk, issue, closed_thread, make_user, moderator):
    author = make_user()
    category = forum.create_category(None, "Neues", visibility="public")
    kinds = {}
    for kind in ("announcement", "experience", "question", "discussion"):
        made = forum.create_thread(author, category, f"Neu {kind}", "Ein Anfang.")
        made.kind = kind
        kinds[kind] = made
    old = forum.create_thread(author, category, "Alte Nachricht", "?")
    old.kind, old.created = "announcement", now() - timedelta(days=400)
    answer = forum.add_post(moderator, kinds["question"], "So geht es.")
    accept_post(author, answer)
    closed_thread.kind = "announcement"
    db.session.commit()
    page = desk.get(f"{issue.desk_path}/auswahl").text
    for kind in ("announcement", "experience", "question"):
        assert f"Neu {kind}" in page
    for title in ("Neu discussion", "Alte Nachricht", "Zaunkoenig"):
        assert title not in page
    assert "Alte Nachricht" in desk.get(f"{issue.desk_path}/auswahl?seit=2020-01-01").text
    picks = [f"announcements:{kinds['announcement'].id}", f"answered:{kinds['question'].id}"]
    picks += [f"announcements:{closed_thread.id}", "unsinn:1", "answered:x"]
    assert desk.post(f"{issue.desk_path}/auswahl", data={"pick": picks}).status_code == 303
    db.session.expire_all()
    added = [(item.kind, item.title or item.object_id) for item in issue.items[2:]]
    assert [kind for kind, _name in added] == ["heading", "thread", "heading", "thread"]
    assert [added[1][1], added[3][1]] == [kinds["announcement"].id, kinds["question"].id]
    assert issue.items[3].teaser == "Ein Anfang."
    again = desk.post(f"{issue.desk_path}/auswahl", data={"pick": picks})
    assert again.status_code == 422, "it is in already"


def test_the_next_issue_offers_what_is_new_since_the_last(desk, issue, thread, subscribe):
    thread.kind = "announcement"
    db.session.commit()
    send_all(desk, issue)
    desk.post(f"{DESK}/neu", data={"title": "Nächster"})
    new = db.session.query(NewsletterIssue).filter_by(title="Nächster").one()
    assert "Sensoren im Park" not in desk.get(f"{new.desk_path}/auswahl").text
    assert news.offers(now() - timedelta(days=1), set())


def test_the_order_changes_by_buttons_numbers_and_script(desk, issue, moderator):
    items.add_text(moderator, issue, "Drei")
    db.session.commit()
    ids = [item.id for item in issue.items]

    def move(value, **changes):
        db.session.expire_all()
        data = {"version": issue.order_version, "order": ",".join(map(str, ids)), "move": value}
        answer = desk.post(f"{issue.desk_path}/reihenfolge", data={**data, **changes})
        db.session.expire_all()
        return answer, [item.id for item in issue.items]

    answer, order = move(f"{ids[2]}:hoch")
    assert order == [ids[0], ids[2], ids[1]]
    assert answer.location.endswith(f"#hoch-{ids[2]}")
    _answer, order = move("", order=",".join(map(str, reversed(ids))))
    assert order == ids[::-1]
    _answer, order = move("platz", **{f"platz-{ids[2]}": "1"})
    assert order == [ids[2], ids[0], ids[1]]
    assert move("5:weg")[0].status_code == 404


def test_two_editors_never_overwrite_each_other(desk, issue, moderator, colleague, login, app):
    other = login(app.test_client(), colleague)
    first = {"title": "Von Konrad", "preface": "K", "version": issue.version}
    assert other.post(issue.desk_path, data=first).status_code == 303
    answer = desk.post(issue.desk_path, data={**first, "title": "Von Maria"})
    assert answer.status_code == 409
    assert "Von Maria" in answer.text
    assert "Von Konrad" in answer.text
    part = issue.items[1]
    words = {"teaser": "Konrads Worte", "version": part.version}
    path = f"{issue.desk_path}/teile/{part.id}"
    assert other.post(path, data=words).status_code == 303
    answer = desk.post(path, data={**words, "teaser": "Marias Worte"})
    assert answer.status_code == 409
    assert "Marias Worte" in answer.text
    seen = {"version": issue.order_version, "order": f"{issue.items[1].id},{issue.items[0].id}"}
    other.post(f"{issue.desk_path}/teile", data={"heading": "Neu"})
    answer = desk.post(f"{issue.desk_path}/reihenfolge", data=seen)
    assert answer.status_code == 409
    db.session.expire_all()
    assert (issue.title, part.teaser) == ("Von Konrad", "Konrads Worte")
    assert [item.kind for item in issue.items] == ["heading", "thread", "heading"]


def test_parts_and_drafts_can_be_brought_back(desk, issue):
    part = issue.items[1].id
    desk.post(f"{issue.desk_path}/teile/{part}/entfernen")
    db.session.expire_all()
    assert len(issue.items) == 1
    desk.post(f"{issue.desk_path}/teile/{part}/zurueckholen")
    db.session.expire_all()
    assert [item.id for item in issue.items][1] == part
    desk.post(f"{issue.desk_path}/loeschen")
    assert desk.get(issue.desk_path).status_code == 404
    desk.post(f"{issue.desk_path}/wiederherstellen")
    assert desk.get(issue.desk_path).status_code == 200


def test_the_page_of_a_draft_has_a_fixed_number_of_statements(
    desk, issue, thread, moderator, query_counter, db_session
):
    def count(path):
        desk.get(path)
        with query_counter() as statements:
            desk.get(path)
        return len(statements)

    send_all(desk, issues.create_issue(moderator, "Erster", "Hallo"))
    paths = [issue.desk_path, f"{issue.desk_path}/auswahl", DESK, "/newsletter/archiv"]
    before = [count(path) for path in paths]
    for number in range(2):
        one = forum.create_thread(thread.author, thread.category, f"Noch {number}", "Text")
        one.kind = "announcement"
        items.add_address(moderator, issue, one.path)
        send_all(desk, issues.create_issue(moderator, f"Mehr {number}", "Hallo"))
    assert db_session.query(NewsletterIssue).filter_by(state="sent").count() == 3
    assert [count(path) for path in paths] == before


# --- checking, trying, sending ----------------------------------------------------------------


def test_what_is_missing_keeps_an_issue_from_being_sent(desk, issue, moderator, thread, wire):
    items.add_heading(moderator, issue, "Leer")
    items.add_text(moderator, issue, "[Alt](/dokumente/99) ![](/anhang/7) [Gut](/programm)")
    forum.hide_thread(moderator, thread, "gehört nicht hierher")
    db.session.commit()
    page = desk.get(f"{issue.desk_path}/senden").text
    assert "/dokumente/99" in page
    assert "/anhang/7" in page
    assert "/programm" not in page.partition("<main")[2].partition("</main>")[0]
    found = {problem.item_id for problem in checking.problems(issue)}
    assert found == {issue.items[1].id, issue.items[3].id}
    assert send_all(desk, issue).status_code == 422
    assert issue.is_draft
    assert wire == []


def test_an_empty_section_and_an_empty_issue_are_found(moderator, issue):
    items.add_heading(moderator, issue, "Leer")
    assert [problem.item_id for problem in checking.problems(issue)] == [issue.items[2].id]
    assert len(checking.problems(issues.create_issue(moderator, "Nichts drin"))) == 1


def test_links_of_this_site_are_tried(app, db_session):
    addresses = {
        "https://www.example.org/x": True,
        "mailto:kts@example.org": True,
        "/forum": True,
        "/kommunen/gibt-es-nicht": False,
        "/dossiers/12": False,
        "/kuratierung": False,
        "/gibtesnicht": False,
        "forum": False,
        "http://[": False,
        "/newsletter/archiv": True,
    }
    with app.test_request_context():
        assert {address: leads_somewhere(address) for address in addresses} == addresses


def test_a_test_mail_goes_to_oneself_and_one_colleague(desk, issue, moderator, colleague, wire):
    subscribers = rows()
    data = {"colleague": colleague.id}
    assert desk.post(f"{issue.desk_path}/test", data=data).status_code == 303
    assert sent_to(wire) == sorted([moderator.email, colleague.email])
    assert all("Test" in message["Subject"] for message in wire)
    assert all(message["List-Unsubscribe"] is None for message in wire)
    stranger = desk.post(f"{issue.desk_path}/test", data={"colleague": "4711"})
    assert stranger.status_code == 422
    assert len(wire) == 2
    assert issue.is_draft
    assert rows() == subscribers


def test_an_issue_is_sent_in_two_steps(desk, issue, subscribe, wire, client):
    subscribe(GERDA, "otto@example.org")
    answer = send_all(desk, issue, confirm=None)
    assert answer.status_code == 200
    assert 'name="confirm"' in answer.text
    assert wire == []
    assert send_all(desk, issue).status_code == 303
    assert sent_to(wire) == [GERDA, "otto@example.org"]
    db.session.expire_all()
    assert (issue.state, issue.number) == ("sent", 1)
    page = client.get("/newsletter/1").text
    assert "Herbstbrief" in page
    assert "Sensoren im Park" in page
    assert "/newsletter/1" in client.get("/newsletter/archiv").text
    again = send_all(desk, issue)
    assert again.status_code == 409
    assert "Maria Muster" in again.text
    assert len(wire) == 2
    entry = db.session.query(AuditEntry).filter_by(action="newsletter.send").one()
    assert entry.changes == {"recipients": ["", 2]}


def test_what_was_changed_since_is_not_sent(desk, issue, colleague, wire):
    data = {"version": issue.version, "order_version": issue.order_version}
    items.add_text(colleague, issue, "Dazwischen")
    db.session.commit()
    assert send_all(desk, issue, **data).status_code == 409
    assert issue.is_draft
    assert wire == []


def test_the_mail_is_plain_and_tells_nobody_who_reads_it(desk, issue, subscribe, wire, moderator):
    items.add_text(moderator, issue, "- eins\n- zwei\n\n" + "lang " * 60)
    db.session.commit()
    subscribe(GERDA)
    send_all(desk, issue)
    (message,) = wire
    text = message.get_body(("plain",)).get_content()
    assert "Herbstbrief\n===========" in text
    assert "Guten Tag, alle!" in text
    assert re.search(r"mehr \(http://\S+/forum\)", text)
    assert "- eins\n- zwei\n" in text
    assert max(len(line) for line in text.splitlines() if "http" not in line) <= 78
    assert "&" not in text
    html = message.get_body(("html",)).get_content()
    assert "<img" not in html
    assert 'href="/' not in html
    assert "<script" not in html
    assert 'lang="de"' in html
    addresses = re.findall(r'href="([^"]+)"', html)
    personal = [one for one in addresses if "/abmelden/" in one]
    assert len(personal) == 1, "only the link to unsubscribe is a person's own"
    assert message["List-Id"].startswith("<newsletter.")


def test_pictures_become_links(app, db_session):
    with app.test_request_context():
        html = '<p><img src="/anhang/3" alt="Ein Baum &amp; ein Haus" loading="lazy"></p>'
        mailed = rendering.for_mail(html)
        assert "<img" not in mailed
        assert re.search(r'<a href="http\S+/anhang/3">[^<]*Ein Baum &amp; ein Haus</a>', mailed)
        assert "Ein Baum & ein Haus (http" in rendering.for_text(html)
        assert rendering.for_mail('<img src="/anhang/3" alt="">') == ""


def test_everybody_reads_the_frame_in_her_language(desk, issue, make_user, subscribe, wire):
    subscriptions.subscribe_account(make_user(language="en"))
    subscribe(GERDA)
    send_all(desk, issue)
    bodies = {message["To"]: message.get_body(("plain",)).get_content() for message in wire}
    english = next(text for address, text in bodies.items() if address != GERDA)
    assert "You receive this mail because" in english
    assert "Guten Tag, alle!" in english


def test_the_preview_shows_page_mail_and_text(desk, issue):
    assert "Guten Tag" in desk.get(f"{issue.desk_path}/vorschau").text
    html = desk.get(f"{issue.desk_path}/vorschau/mail")
    assert "Sensoren im Park" in html.text
    assert "sandbox" in html.headers["Content-Security-Policy"]
    text = desk.get(f"{issue.desk_path}/vorschau/text")
    assert text.mimetype == "text/plain"
    assert "Guten Tag, alle!" in text.text


def test_mails_are_made_in_batches_and_each_goes_once(desk, issue, subscribe, wire, monkeypatch):
    monkeypatch.setattr(sending, "BATCH", 2)
    people = [f"p{number}@example.org" for number in range(5)]
    subscribe(*people)
    send_all(desk, issue)
    assert sent_to(wire) == people
    tasks.send_what_is_due()
    mail.send_due_mails()
    assert sent_to(wire) == people


def test_a_server_that_is_down_delays_and_loses_nothing(
    desk, issue, subscribe, wire, monkeypatch, db_session
):
    monkeypatch.setattr(sending, "BATCH", 2)
    people = [f"p{number}@example.org" for number in range(5)]
    subscribe(*people)
    wire.down = True
    send_all(desk, issue)
    assert db_session.query(MailDelivery).count() == 2, "other mails are not held up by thousands"
    tasks.send_what_is_due()
    assert db_session.query(MailDelivery).count() == 2
    progress = sending.progress(issue)
    assert (progress.total, progress.sent, progress.waiting, progress.refused) == (5, 0, 5, 0)
    wire.down = False
    for _ in range(3):
        db_session.query(MailDelivery).update({"due": now()})
        db_session.commit()
        mail.send_due_mails()
        tasks.send_what_is_due()
    assert sent_to(wire) == people
    db_session.expire_all()
    assert issue.state == "sent"


def test_a_worker_that_is_killed_goes_on_and_writes_nobody_twice(
    desk, issue, subscribe, wire, monkeypatch, db_session
):
    monkeypatch.setattr(sending, "BATCH", 3)
    people = [f"p{number}@example.org" for number in range(5)]
    subscribe(*people)
    made = mail.queue_mail

    def killed(address, *rest, **more):
        if address == people[4]:
            raise KeyboardInterrupt
        return made(address, *rest, **more)

    monkeypatch.setattr(sending, "queue_mail", killed)
    with pytest.raises(KeyboardInterrupt):
        send_all(desk, issue)
    db_session.rollback()
    assert sent_to(wire) == people[:3]
    assert db_session.query(MailDelivery).count() == 3, "the batch was taken back as a whole"
    monkeypatch.setattr(sending, "queue_mail", made)
    tasks.send_what_is_due()
    assert sent_to(wire) == people
    assert db_session.query(NewsletterRecipient).filter_by(delivery_id=None).count() == 0


def test_what_a_server_refuses_is_told_without_the_address(desk, issue, subscribe, wire):
    subscribe(GERDA, "weg@example.org")
    wire.refuses = ("weg@example.org",)
    send_all(desk, issue)
    page = desk.get(issue.desk_path).text
    assert "unknown user" in page
    assert "weg@example.org" not in page
    progress = sending.progress(issue)
    assert (progress.sent, progress.refused, progress.waiting) == (1, 1, 0)
    db.session.expire_all()
    assert issue.state == "sent"


def test_who_unsubscribes_while_it_is_sent_gets_nothing(
    desk, issue, subscribe, wire, monkeypatch, client
):
    monkeypatch.setattr(sending, "BATCH", 1)
    people = subscribe("a@example.org", "b@example.org")
    wire.down = True
    send_all(desk, issue)
    for row in people:
        client.post(end_of(row))
    wire.down = False
    db.session.query(MailDelivery).update({"due": now()})
    db.session.commit()
    mail.send_due_mails()
    tasks.send_what_is_due()
    assert wire == []
    assert sending.progress(issue).left == 2
    assert db.session.query(MailDelivery).filter(MailDelivery.recipient != "").count() == 0


def plan(desk, issue, day="2030-01-15", time="08:30", **changes):
    return send_all(desk, issue, when="later", day=day, time=time, **changes)


@pytest.fixture
def clock(monkeypatch):
    """Give a function that sets the time for forms, services and the worker."""

    def at(moment):
        for module in (forms, sending, tasks):
            monkeypatch.setattr(module, "now", lambda: moment)

    return at


def test_an_issue_can_be_planned_and_cancelled(desk, issue, subscribe, wire, clock):
    subscribe(GERDA)
    day = (now() + timedelta(days=3)).date().isoformat()
    assert plan(desk, issue, day="", time="").status_code == 422
    assert plan(desk, issue, day="2020-01-01").status_code == 422
    assert plan(desk, issue, day="2099-01-01").status_code == 422
    assert plan(desk, issue, day=day).status_code == 303
    db.session.expire_all()
    assert issue.state == "scheduled"
    tasks.send_what_is_due()
    assert wire == []
    words = {"title": "Anders", "version": issue.version}
    assert desk.post(issue.desk_path, data=words).status_code == 409, "what is planned stays"
    desk.post(f"{issue.desk_path}/abbrechen")
    db.session.expire_all()
    assert issue.is_draft
    assert plan(desk, issue, day=day).status_code == 303
    clock(now() + timedelta(days=4))
    tasks.send_what_is_due()
    assert sent_to(wire) == [GERDA]
    db.session.expire_all()
    assert issue.state == "sent"
    assert desk.post(f"{issue.desk_path}/abbrechen").status_code == 409


def test_a_planned_issue_that_is_no_longer_whole_waits_for_its_planner(
    desk, issue, thread, subscribe, wire, clock, moderator, colleague
):
    subscribe(GERDA)
    plan(desk, issue, day=(now() + timedelta(days=3)).date().isoformat())
    forum.hide_thread(colleague, thread, "Namen von Personen")
    db.session.commit()
    clock(now() + timedelta(days=4))
    tasks.send_what_is_due()
    assert wire == []
    db.session.expire_all()
    assert issue.is_draft
    told = db.session.query(Notification).filter_by(kind="newsletter_not_sent").one()
    assert told.user_id == moderator.id


# --- the archive ------------------------------------------------------------------------------


def test_what_is_hidden_later_disappears_from_the_archive(
    desk, issue, thread, client, moderator, wire
):
    send_all(desk, issue)
    title = thread.title
    thread.title = "Ganz anders"
    db.session.commit()
    assert title in client.get("/newsletter/1").text, "what was sent never changes"
    forum.hide_thread(moderator, thread, "Namen von Personen")
    db.session.commit()
    page = client.get("/newsletter/1").text
    assert title not in page
    assert "Lesen Sie" not in page
    assert "Aus dem Forum" not in page, "nor a section that holds nothing else"
    assert "Guten Tag" in page


def test_a_sent_issue_takes_a_correction_and_nothing_else(desk, issue, client, wire):
    send_all(desk, issue)
    part = issue.items[1].id
    words = {"title": "Neu", "preface": "Neu", "version": issue.version, "teaser": "Neu"}
    for path in ("", "/teile", f"/teile/{part}", f"/teile/{part}/entfernen", "/loeschen"):
        answer = desk.post(issue.desk_path + path, data=words)
        assert answer.status_code == 409, path
    assert desk.get(f"{issue.desk_path}/auswahl").status_code == 409
    desk.post(f"{issue.desk_path}/berichtigung", data={"text": "Der Termin ist am 4. März."})
    page = client.get("/newsletter/1").text
    assert "Der Termin ist am 4. März." in page
    assert "Herbstbrief" in page
    assert db.session.query(NewsletterItem).filter_by(teaser="Neu").count() == 0
    desk.post(f"{issue.desk_path}/berichtigung", data={"text": ""})
    assert "Der Termin" not in client.get("/newsletter/1").text


def test_numbers_follow_each_other(desk, moderator):
    for number in (1, 2):
        send_all(desk, issues.create_issue(moderator, f"Brief {number}", "Hallo"))
    assert [one.number for one in queries.archive(1).items] == [2, 1]
    assert queries.last_sent().title == "Brief 2"


def test_nobody_gets_a_list_of_addresses(desk, issue, subscribe, wire, db_session):
    subscribe(GERDA)
    send_all(desk, issue)
    for path in (DESK, issue.desk_path, "/kuratierung/protokoll", "/newsletter/1"):
        assert GERDA not in desk.get(path).text
    told = db_session.query(AuditEntry).all()
    assert not any(GERDA in f"{one.label}{one.changes}{one.reason}" for one in told)
