"""Who corrects what is said about a document, and that two people at once lose nothing."""

import html
import json
import re

import pytest
from sqlalchemy import select

from kts.accounts import services as accounts
from kts.core import audit
from kts.documents import services
from kts.documents.models import DocumentCorrection
from kts.notifications.models import Notification

pytestmark = pytest.mark.usefixtures("no_drawing")


@pytest.fixture
def editor(make_user, town):
    return make_user(edits=[town])


def seen_on(page):
    """Give what the form says that it showed."""
    return html.unescape(re.search(r'name="seen"[^>]*value="([^"]*)"', page.text)[1])


def form_of(document, page, **changes):
    """Give the form as a browser would send it back."""
    details = services.details_of(document)
    own = {
        name: details[name] or ""
        for name in ("title", "kind", "description", "publisher", "year", "language", "licence")
    }
    places = {"municipality": str(document.municipality_id), "visibility": details["visibility"]}
    return {**own, **places, "topics": details["topics"], "seen": seen_on(page), **changes}


def test_an_editor_states_what_a_library_wants_to_know(
    client, login, editor, publish, town, topics, db_session
):
    document = publish(title="Satzung", municipality_id=town.id)
    login(client, editor)
    page = client.get(f"{document.path}/bearbeiten")
    changes = {
        "kind": "statute",
        "description": "Worum es geht.",
        "publisher": "Zweckverband Muster",
        "licence": "DL-DE-BY-2.0",
        "topics": [topics[1].id],
        "year": "2022",
    }
    answer = client.post(f"{document.path}/bearbeiten", data=form_of(document, page, **changes))
    assert answer.status_code == 303
    shown = client.get(document.path).text
    for told in (
        "Worum es geht.",
        "Zweckverband Muster",
        "Datenlizenz Deutschland – Namensnennung 2.0",
        "https://www.govdata.de/dl-de/by-2-0",
        "2022",
    ):
        assert told in shown, told
    db_session.refresh(document)
    assert document.kind == "statute"
    assert document.topics == topics[1:]
    assert set(audit.history("document", document.id)[0].changes) == set(changes)


def test_another_licence_needs_its_name(client, login, editor, publish, town, db_session):
    document = publish(title="T", municipality_id=town.id)
    login(client, editor)
    address = f"{document.path}/bearbeiten"
    sent = form_of(document, client.get(address), licence="other")
    assert client.post(address, data=sent).status_code == 422
    assert client.post(address, data={**sent, "licence": "erfunden"}).status_code == 422
    assert client.post(address, data={**sent, "licence_text": "Auf Anfrage"}).status_code == 303
    db_session.refresh(document)
    assert document.licence == "Auf Anfrage"
    assert 'value="Auf Anfrage"' in client.get(address).text


def test_the_second_of_two_editors_sees_what_the_first_saved_and_loses_nothing(
    app, login, make_user, editor, publish, town, db_session
):
    document = publish(title="Alt", municipality_id=town.id, year=2020)
    address = f"{document.path}/bearbeiten"
    first, second = (
        login(app.test_client(), editor),
        login(app.test_client(), make_user(edits=[town])),
    )
    page_one, page_two = first.get(address), second.get(address)
    mine = form_of(document, page_two, year="2024", licence="CC0-1.0")
    theirs = form_of(document, page_one, title="Neu", licence="CC-BY-4.0")
    assert first.post(address, data=theirs).status_code == 303
    conflict = second.post(address, data=mine)
    assert conflict.status_code == 409
    assert editor.display_name in conflict.text
    assert 'value="Neu"' in conflict.text  # she had not touched the title
    assert 'value="2024"' in conflict.text
    assert re.search(r'<option selected value="CC0-1.0"', conflict.text)
    db_session.refresh(document)
    assert (document.title, document.year, document.licence) == ("Neu", 2020, "CC-BY-4.0")
    again = form_of(document, conflict, title="Neu", year="2024", licence="CC0-1.0")
    assert second.post(address, data=again).status_code == 303
    db_session.refresh(document)
    assert (document.title, document.year, document.licence) == ("Neu", 2024, "CC0-1.0")


@pytest.mark.parametrize("seen", ["", "{", "[]", "null", '{"title": {"a": [1]}}', "x" * 5000])
def test_a_damaged_form_overwrites_nothing(client, login, editor, publish, town, db_session, seen):
    document = publish(title="Alt", municipality_id=town.id)
    login(client, editor)
    address = f"{document.path}/bearbeiten"
    sent = form_of(document, client.get(address), title="Neu", seen=seen)
    assert client.post(address, data=sent).status_code == 409
    db_session.refresh(document)
    assert document.title == "Alt"


def test_name_and_year_of_an_older_version_are_corrected(
    client, login, editor, make_user, publish, publish_again, town, db_session
):
    document = publish("Eins.", "a.txt", title="Konzept", municipality_id=town.id, year=2019)
    publish_again(document, "Zwei.", "b.txt", year=2021)
    address = f"{document.path}/fassung/1/bearbeiten"
    data = {"label": "Entwurf", "year": "2018"}
    assert client.post(address, data=data).status_code in (302, 403)
    login(client, make_user())
    assert client.post(address, data=data).status_code == 403
    login(client, editor)
    seen = seen_on(client.get(address))
    assert client.post(address, data={**data, "year": "12"}).status_code == 422
    assert client.post(address, data={**data, "seen": seen}).status_code == 303
    older = document.versions[1]
    db_session.refresh(older)
    assert (older.label, older.year) == ("Entwurf", 2018)
    assert document.year == 2021
    late = client.post(address, data={"label": "Zu spät", "year": "2018", "seen": seen})
    assert late.status_code == 409
    assert "Entwurf" in late.text
    db_session.refresh(older)
    assert older.label == "Entwurf"
    assert client.get(f"{document.path}/fassung/9/bearbeiten").status_code == 404
    page = client.get(document.path).text
    assert f"{document.path}/vergleich?von=1&amp;bis=2" in page


def test_whoever_may_not_edit_tells_of_a_mistake_and_is_answered(
    app, login, make_user, editor, publish, town, db_session
):
    document = publish(title="Konzept", municipality_id=town.id)
    address = f"{document.path}/korrektur"
    guest, reader = app.test_client(), make_user()
    assert guest.post(address, data={"text": "Falsch."}).status_code in (302, 403)
    assert "/korrektur" not in guest.get(document.path).text
    member = login(app.test_client(), reader)
    assert address in member.get(document.path).text
    assert member.post(address, data={"text": " "}).status_code == 422
    assert member.post(address, data={"text": "Das Jahr ist 2021."}).status_code == 303
    told = db_session.scalars(select(Notification).filter_by(kind="document.correction")).all()
    assert [notice.user_id for notice in told] == [editor.id]
    assert "Das Jahr ist 2021." not in member.get(document.path).text
    own = login(app.test_client(), editor)
    assert own.get(address).location.endswith("/bearbeiten")
    assert "Das Jahr ist 2021." in own.get(document.path).text
    number = db_session.scalar(select(DocumentCorrection.id))
    assert member.post(f"{address}/{number}", data={"answer": "x"}).status_code == 403
    assert own.post(f"{address}/{number}", data={"answer": "Danke, berichtigt."}).status_code == 303
    assert own.post(f"{address}/{number}", data={"answer": "Nochmals"}).status_code == 409
    assert "Das Jahr ist 2021." not in own.get(document.path).text
    answer = db_session.scalar(select(Notification).filter_by(user_id=reader.id))
    assert "Danke, berichtigt." in answer.text
    actions = {entry.action for entry in audit.history("document_correction", number)}
    assert actions == {"document.suggest_correction", "document.answer_correction"}


def test_an_editor_hears_of_no_mistake_in_what_is_closed_to_her(
    app, login, make_user, editor, publish, town, db_session
):
    member = make_user()
    moderator = make_user("moderator")
    group = accounts.create_group(moderator, "AEG Daten")
    accounts.add_to_group(member, group)
    document = publish(title="Kranichflug", visibility=group.token, municipality_id=town.id)
    client = login(app.test_client(), member)
    assert client.post(f"{document.path}/korrektur", data={"text": "Falsch."}).status_code == 303
    assert db_session.scalars(select(Notification.user_id)).all() == [moderator.id]
    assert login(app.test_client(), editor).get(document.path).status_code == 404


def test_the_kts_hears_of_mistakes_where_nobody_edits(
    app, login, make_user, publish, other_town, db_session
):
    document = publish(title="Ohne Redaktion", municipality_id=other_town.id)
    moderator = make_user("moderator")
    member = login(app.test_client(), make_user())
    member.post(f"{document.path}/korrektur", data={"text": "Seite 3 fehlt."})
    assert db_session.scalar(select(Notification.user_id)) == moderator.id
    assert member.get("/dokumente/korrekturen").status_code == 403
    desk = login(app.test_client(), moderator)
    assert "/dokumente/korrekturen" in desk.get("/kuratierung").text
    assert "Ohne Redaktion" in desk.get("/dokumente/korrekturen").text


def test_what_is_hidden_from_somebody_cannot_be_corrected(client, login, make_user, publish, town):
    document = publish(title="Intern", visibility="group:7", municipality_id=town.id)
    login(client, make_user())
    assert client.get(f"{document.path}/korrektur").status_code == 404


def test_a_language_that_is_none_of_the_usual_is_kept(
    client, login, editor, publish, town, db_session
):
    document = publish(title="Piano", municipality_id=town.id, language="it")
    login(client, editor)
    address = f"{document.path}/bearbeiten"
    page = client.get(address)
    assert json.loads(seen_on(page))["language"] == "it"
    assert client.post(address, data=form_of(document, page, title="Neu")).status_code == 303
    db_session.refresh(document)
    assert document.language == "it"
