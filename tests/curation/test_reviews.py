"""A document on its way to readers: nobody hears of it before it is approved, the author always."""

import pytest

from kts.core.clock import now
from kts.core.mail import MailDelivery
from kts.core.waiting import SOON, WaitingItem
from kts.curation.desk.tasks import mend
from kts.curation.dossiers import services as dossiers
from kts.curation.reviewing import services
from kts.curation.reviewing.models import (
    CannedText,
    Review,
    ReviewComment,
    TopicReviewer,
    TrustedMunicipality,
)
from kts.curation.reviewing.subjects import subject_of
from kts.documents.models import Document
from kts.forum import services as forum
from kts.municipalities.models import Topic
from kts.notifications.models import Notification
from kts.search import sync

SECRET = "Nebelkraehe"


@pytest.fixture
def moderator(make_user):
    return make_user("moderator", name="Maria Muster")


@pytest.fixture
def review(reviewed, upload, editor, db_session):
    """Give the review of a first document that nobody has read."""
    upload(editor, f"Ein Text über die {SECRET}. Sie fliegt.")
    return db_session.query(Review).one()


@pytest.fixture
def second(reviewed, upload, editor, db_session, town):
    """Give the review of a second version of a document that everybody reads."""
    document = upload(None, "Die erste Fassung.", title="Strategie Amsel")
    upload(editor, f"Die {SECRET} kommt dazu.", document, label=f"Fassung {SECRET}")
    return db_session.query(Review).one()


def form(review, **more):
    return {"version": review.version, "seen": subject_of(review).fingerprint, **more}


def approve(app, login, who, review, **more):
    client = login(app.test_client(), who)
    return client.post(f"{review.path}/freigeben", data=form(review, **more))


PLACES = (
    "/", "/dokumente", "/dokumente/liste.csv", "/api/v1/documents", "/kommunen/musterhausen",
    f"/dokumente?q={SECRET}", f"/suche?q={SECRET}", f"/api/v1/search?q={SECRET}", "/forum",
    f"/suche/vorschlaege?q={SECRET[:5]}", "/dossiers", "/kommunen", "/api/v1/municipalities",
)  # fmt: skip


@pytest.mark.parametrize("who", ["guest", "member", "neighbour"])
def test_a_document_that_is_reviewed_is_nowhere(
    who, app, login, review, make_user, other_town, db_session
):
    client = app.test_client()
    if who != "guest":
        login(client, make_user(edits=[other_town] if who == "neighbour" else ()))
    sync.drain()
    document = db_session.query(Document).one()
    for place in PLACES:
        text = client.get(place).text.replace(f"q={SECRET}", "").replace(f'value="{SECRET}"', "")
        text = text.replace(f"„{SECRET}“", "").replace(f'"{SECRET}"', "")
        assert "Strategie Nebelkraehe" not in text, place
        assert document.path not in text, place
    assert client.get(f"/api/v1/search?q={SECRET}").json["total"] == 0
    path = document.path
    for end in ("", "/seite/1", "/seite/1?version=1", "/datei", "/datei?version=1", "/titelbild",
                "/vergleich", f"/suche?q={SECRET}", "/zitat.bib", "/seite?nummer=1",
                "/seite/1/bild?version=1"):  # fmt: skip
        assert client.get(path + end).status_code == 404, end
    assert client.get(f"/api/v1/documents/{document.id}").status_code == 404
    assert client.get(f"/forum/neu?dokument={document.id}").status_code in (302, 404)
    for address in (review.path, review.author_path):
        assert client.get(address).status_code in (302, 403, 404)


@pytest.mark.parametrize("who", ["guest", "member", "neighbour"])
def test_a_version_that_is_reviewed_changes_nothing_for_readers(
    who, app, login, second, make_user, other_town, db_session
):
    client = app.test_client()
    if who != "guest":
        login(client, make_user(edits=[other_town] if who == "neighbour" else ()))
    sync.drain()
    document = db_session.query(Document).one()
    path = document.path
    page = client.get(path)
    assert page.status_code == 200
    for address in (path, f"{path}/seite/1", f"{path}/vergleich", f"{path}/zitat.bib", *PLACES):
        text = client.get(address).text
        assert "kommt dazu" not in text, address
        assert f"Fassung {SECRET}" not in text, address
        assert "version=2" not in text, address
    assert client.get(f"/api/v1/search?q={SECRET}").json["total"] == 0
    for end in ("/seite/1?version=2", "/datei?version=2", "/vergleich?von=1&bis=2",
                "/zitat.bib?version=2", "/seite/1/bild?version=2"):  # fmt: skip
        assert client.get(path + end).status_code == 404, end
    assert document.current_version.number == 1


def test_nothing_of_an_unreleased_version_can_be_linked_to(
    second, app, login, make_user, moderator, db_session
):
    document = db_session.query(Document).one()
    person = make_user()
    area = forum.create_category(None, "Offen", visibility="public")
    link = f"Siehe [hier](/dokumente/{document.id}/seite/1?version=2)"
    thread = forum.create_thread(person, area, "Frage", link)
    dossier = dossiers.create_dossier(moderator, "Sammlung")
    db_session.commit()
    assert "kommt dazu" not in app.test_client().get(thread.path).text
    client = login(app.test_client(), moderator)
    address = f"/dokumente/{document.id}/seite/1?version=2"
    client.post(f"/dossiers/{dossier.id}/teile", data={"address": address, "kind": "address"})
    db_session.expire_all()
    assert [item.version_number for item in dossier.items if item.version_number == 2] == []


def test_the_time_of_the_last_change_does_not_tell_of_a_submission(reviewed, upload, editor):
    document = upload(None, "Die erste Fassung.")
    before = document.updated
    upload(editor, "Die zweite.", document)
    assert document.updated == before


def test_author_colleague_and_moderators_read_it_with_its_state(
    app, login, review, editor, moderator, make_user, town, db_session
):
    document = db_session.query(Document).one()
    for person in (editor, make_user(edits=[town]), moderator):
        client = login(app.test_client(), person)
        page = client.get(document.path)
        where = review.path if person is moderator else review.author_path
        assert where in page.text
        assert SECRET in client.get(f"{document.path}/seite/1").text
        assert client.get(where).status_code == 200
    assert document.path in login(app.test_client(), editor).get("/dokumente").text


def test_approval_publishes_indexes_and_tells(
    app, login, review, editor, moderator, mails, db_session
):
    assert approve(app, login, moderator, review).status_code == 303
    db_session.expire_all()
    sync.drain()
    document = db_session.query(Document).one()
    assert (review.state, review.open_key) == ("published", None)
    guest = app.test_client()
    assert document.path in guest.get("/dokumente").text
    assert guest.get(f"/api/v1/search?q={SECRET}").json["total"] == 1
    assert guest.get(document.path).status_code == 200
    (mail,) = mails(editor.email)
    assert document.path in mail.body
    told = db_session.query(Notification).filter_by(user_id=editor.id).one()
    assert told.url == review.author_path


def test_an_approved_version_becomes_the_newest(app, login, second, moderator, db_session):
    assert approve(app, login, moderator, second).status_code == 303
    db_session.expire_all()
    document = db_session.query(Document).one()
    assert document.current_version.number == 2
    assert app.test_client().get(f"{document.path}/vergleich?von=1&bis=2").status_code == 200


def test_trusted_municipalities_and_moderators_publish_at_once(
    reviewed, upload, editor, moderator, town, db_session
):
    assert upload(moderator, "Vom KTS.").versions[0].released
    db_session.add(TrustedMunicipality(municipality_id=town.id))
    db_session.commit()
    assert upload(editor, "Von Vertrauten.").current_version is not None
    assert db_session.query(Review).count() == 0


def test_without_a_rule_nobody_is_reviewed(upload, editor, db_session):
    assert upload(editor, "Ein Text.").current_version is not None
    assert db_session.query(Review).count() == 0


def test_what_only_a_group_reads_is_not_reviewed_and_does_not_become_public(
    reviewed, app, login, upload, make_user, town, db_session
):
    from kts.accounts.models import Group

    group = Group(name="AG Daten", closed=True)
    db_session.add(group)
    db_session.commit()
    person = make_user(edits=[town], groups=[group])
    document = upload(person, "Unter uns.", visibility=group.token)
    assert document.current_version is not None
    client = login(app.test_client(), person)
    data = {"title": "Neuer Titel", "kind": "strategy", "language": "de", "visibility": "public",
            "municipality": town.id, "licence": "", "seen": ""}  # fmt: skip
    answer = client.post(f"{document.path}/bearbeiten", data=data)
    assert answer.status_code in (409, 422)
    db_session.expire_all()
    assert document.visibility == group.token


def test_asking_sends_all_open_comments_and_the_author_answers(
    app, login, review, editor, moderator, mails, db_session
):
    client = login(app.test_client(), moderator)
    note = {"page": "1", "quote": "Sie fliegt.", "text": "Wohin fliegt sie?"}
    assert client.post(f"{review.path}/kommentar", data=note).status_code == 303
    assert mails(editor.email) == []
    asked = form(review, words="Bitte die Zahlen belegen.")
    assert client.post(f"{review.path}/aenderungen", data=asked).status_code == 303
    (mail,) = mails(editor.email)
    for words in ("Bitte die Zahlen belegen.", "Sie fliegt.", "Wohin fliegt sie?"):
        assert words in mail.body
        assert words in mail.html
    author = login(app.test_client(), editor)
    page = author.get(review.author_path)
    assert "Wohin fliegt sie?" in page.text
    number = db_session.query(ReviewComment).one().id
    answer = {
        "version": review.version,
        "again": "1",
        "answer": "Belegt.",
        f"done-{number}": "1",
        f"answer-{number}": "In den Süden.",
    }
    assert author.post(review.author_path, data=answer).status_code == 303
    db_session.expire_all()
    assert (review.state, review.round, review.answer) == ("submitted", 2, "Belegt.")
    assert review.comments[0].settled_by_id == editor.id
    page = client.get(review.path).text
    assert "In den Süden." in page
    assert "Belegt." in page
    again = author.post(review.author_path, data=answer)
    assert again.status_code == 303  # a double click
    db_session.expire_all()
    assert review.round == 2


def test_nothing_asked_is_no_question(app, login, review, moderator, mails, editor):
    client = login(app.test_client(), moderator)
    answer = client.post(f"{review.path}/aenderungen", data=form(review, words="  "))
    assert answer.status_code == 422
    assert mails(editor.email) == []


def test_an_answer_that_comes_second_is_kept_in_the_form(
    app, login, review, editor, moderator, db_session
):
    old = review.version
    services.ask_for_changes(moderator, review, old, "Bitte.")
    services.add_comment(moderator, review, "Noch etwas.")
    db_session.commit()
    client = login(app.test_client(), editor)
    answer = client.post(
        review.author_path, data={"version": old, "again": "1", "answer": "Schon getan."}
    )
    assert answer.status_code == 409
    assert "Schon getan." in answer.text
    assert "Maria Muster" in answer.text


def test_two_people_are_needed_where_the_rule_says_so(
    app, login, review, reviewed, moderator, editor, make_user, db_session
):
    reviewed.two_persons = True
    db_session.commit()
    assert approve(app, login, moderator, review).status_code == 303
    db_session.expire_all()
    assert review.state == "submitted"
    assert approve(app, login, moderator, review).status_code == 409
    other = make_user("moderator")
    assert approve(app, login, other, review).status_code == 303
    db_session.expire_all()
    assert review.state == "published"


def test_a_moderator_never_approves_for_her_own_municipality(
    app, login, review, make_user, town, db_session
):
    from kts.accounts.services import add_membership

    person = make_user("moderator")
    add_membership(person, town.id, "editor")
    db_session.commit()
    answer = approve(app, login, person, review)
    assert answer.status_code == 403
    db_session.expire_all()
    assert review.state == "submitted"


def test_an_approval_is_for_what_was_seen(
    app, login, review, reviewed, moderator, make_user, db_session
):
    reviewed.two_persons = True
    db_session.commit()
    approve(app, login, moderator, review)
    db_session.expire_all()
    seen = form(review)
    document = db_session.query(Document).one()
    document.title = "Ein anderer Titel"
    db_session.commit()
    other = login(app.test_client(), make_user("moderator"))
    assert other.post(f"{review.path}/freigeben", data=seen).status_code == 409
    assert other.post(f"{review.path}/freigeben", data=form(review)).status_code == 303
    db_session.expire_all()
    assert review.state == "submitted"  # the first yes was to another title
    assert approve(app, login, moderator, review).status_code == 303
    db_session.expire_all()
    assert review.state == "published"


def test_what_is_approved_can_be_published_later(app, login, review, moderator, db_session):
    assert approve(app, login, moderator, review, later="1").status_code == 303
    db_session.expire_all()
    document = db_session.query(Document).one()
    assert (review.state, document.current_version) == ("approved", None)
    client = login(app.test_client(), moderator)
    document.title = "Doch anders"
    db_session.commit()
    assert client.post(f"{review.path}/veroeffentlichen", data=form(review)).status_code == 409
    assert approve(app, login, moderator, review, later="1").status_code == 303
    db_session.expire_all()
    assert client.post(f"{review.path}/veroeffentlichen", data=form(review)).status_code == 303
    db_session.expire_all()
    assert document.current_version is not None


def test_a_newer_file_takes_the_place_of_the_reviewed_one(
    app, login, review, upload, editor, moderator, db_session
):
    document = db_session.query(Document).one()
    services.ask_for_changes(moderator, review, review.version, "Bitte.")
    db_session.commit()
    upload(editor, "Der verbesserte Text.", document)
    assert db_session.query(Review).count() == 1
    assert (review.state, review.file.number) == ("changes", 2)
    services.submit_again(editor, review, review.version, {})
    db_session.commit()
    assert approve(app, login, moderator, review).status_code == 303
    db_session.expire_all()
    assert [(v.number, v.released) for v in document.versions] == [(1, True)]
    assert "verbesserte" in app.test_client().get(f"{document.path}/seite/1").text


def test_an_author_may_remove_what_was_never_published(app, login, review, editor, db_session):
    document = db_session.query(Document).one()
    client = login(app.test_client(), editor)
    assert client.post(f"{document.path}/loeschen").status_code == 303
    assert db_session.query(Document).count() == db_session.query(Review).count() == 0
    assert db_session.query(WaitingItem).count() == 0


def test_a_retired_document_keeps_its_address_and_says_why(
    app, login, review, moderator, editor, mails, db_session
):
    approve(app, login, moderator, review)
    db_session.expire_all()
    client = login(app.test_client(), moderator)
    document = db_session.query(Document).one()
    reason = "Die Förderung ist beendet."
    sent = client.post(f"{review.path}/stilllegen", data=form(review, reason=reason))
    assert sent.status_code == 303
    sync.drain()
    guest = app.test_client()
    page = guest.get(document.path)
    assert page.status_code == 200
    assert reason in page.text
    assert reason in guest.get(f"{document.path}/seite/1").text
    assert document.path not in guest.get("/dokumente").text
    assert guest.get(f"/api/v1/search?q={SECRET}").json["total"] == 0
    assert reason in mails(editor.email)[-1].body
    db_session.expire_all()
    assert client.post(f"{review.path}/zurueckholen", data=form(review)).status_code == 303
    assert document.path in guest.get("/dokumente").text


def test_a_document_without_a_review_is_retired_and_brought_back(
    app, login, upload, moderator, make_user, db_session
):
    document = upload(None, "Ein Text.")
    address = f"/kuratierung/pruefungen/stilllegen/{document.id}"
    member = login(app.test_client(), make_user())
    assert member.post(address, data={"reason": "weg"}).status_code == 403
    client = login(app.test_client(), moderator)
    assert client.post(address, data={"reason": " "}).status_code == 422
    assert client.post(address, data={"reason": "Überholt."}).status_code == 303
    assert "Überholt." in app.test_client().get(document.path).text
    assert client.post(address, data={"back": "1"}).status_code == 303
    assert document.path in app.test_client().get("/dokumente").text


def test_the_reviewer_of_the_topic_has_it_in_hand_and_is_told(
    reviewed, upload, editor, moderator, db_session
):
    topic = Topic(slug="daten", name="Daten")
    db_session.add_all([topic, TopicReviewer(topic=topic, user=moderator)])
    db_session.commit()
    upload(editor, "Ein Text.", topics=[topic])
    item = db_session.query(WaitingItem).filter_by(kind="review").one()
    assert item.claimed_by_id == moderator.id
    assert db_session.query(Review).one().reviewer_id == moderator.id
    assert db_session.query(Notification).filter_by(user_id=moderator.id).count() == 1


def test_a_review_presses_after_the_days_wanted(review, db_session):
    from datetime import timedelta

    review.submitted_at = now() - timedelta(days=15)
    db_session.commit()
    mend()
    db_session.expire_all()
    assert db_session.query(WaitingItem).filter_by(kind="review").one().weight == SOON


def test_a_canned_text_is_put_into_the_comment_without_a_script(
    app, login, review, moderator, db_session
):
    canned = CannedText(title="Quelle", text="Bitte nennen Sie die Quelle.", kinds=["document"])
    db_session.add_all([canned, CannedText(title="Dossier", text="x", kinds=["dossier"])])
    db_session.commit()
    client = login(app.test_client(), moderator)
    data = {"canned": canned.id, "text": "Zu Absatz 2:", "insert": "1"}
    page = client.post(f"{review.path}/kommentar", data=data)
    assert "Zu Absatz 2:\n\nBitte nennen Sie die Quelle." in page.text
    assert ">Dossier<" not in page.text.partition('name="canned"')[2].partition("</select>")[0]
    assert db_session.query(ReviewComment).count() == 0


def test_the_author_sees_her_submissions_and_nobody_elses(
    app, login, review, editor, make_user, other_town, db_session
):
    mine = login(app.test_client(), editor).get("/meine/einreichungen")
    assert review.author_path in mine.text
    other = login(app.test_client(), make_user(edits=[other_town])).get("/meine/einreichungen")
    assert review.author_path not in other.text
    assert "/meine/einreichungen" in login(app.test_client(), editor).get("/entwuerfe").text
    assert (
        "/meine/einreichungen" not in login(app.test_client(), make_user()).get("/entwuerfe").text
    )


@pytest.mark.parametrize("address", ["/kuratierung/pruefungen", "/meine/einreichungen"])
def test_the_lists_take_a_fixed_number_of_statements(
    address, app, login, review, editor, moderator, query_counter, upload, db_session
):
    client = login(app.test_client(), moderator if "kuratierung" in address else editor)
    client.get(address)
    with query_counter() as few:
        client.get(address)
    for number in range(3):
        upload(editor, f"Text {number}.", title=f"Papier {number}")
    with query_counter() as many:
        assert "Papier 2" in client.get(address).text
    assert len(many) == len(few)


def test_mails_are_rows_before_anything_is_sent(app, login, review, moderator, db_session):
    approve(app, login, moderator, review)
    assert db_session.query(MailDelivery).count() == 1
