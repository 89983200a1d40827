"""Texts that are not sent yet: kept, found again, never overwritten unseen."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image

from kts.core.clock import now
from kts.forum import services
from kts.forum.models import Post
from kts.forum.models.attachments import Attachment
from kts.forum.models.drafts import Draft
from kts.forum.services import drafts
from kts.forum.services.drafts import Words
from kts.forum.tasks import remove_drafts

SCRIPT = {"X-Requested-With": "fetch"}


def save(client, context="new", version=0, **data):
    sent = {"draft_context": context, "draft_version": version, **data}
    return client.post("/entwuerfe", data=sent, headers=SCRIPT)


def test_what_was_typed_is_found_in_the_form_again(client, login, make_user, category):
    login(client, make_user())
    first = save(client, title="Eine Frage", body="Wir haben", category=category.slug)
    assert first.status_code == 200
    assert first.get_json()["version"] == 1
    again = save(client, version=1, title="Eine Frage", body="Wir haben angefangen")
    assert again.get_json()["version"] == 2
    page = client.get("/forum/neu").text
    assert "Wir haben angefangen" in page
    assert 'value="Eine Frage"' in page
    assert 'name="draft_version" value="2"' in page


def test_all_entries_of_a_form_are_kept(client, login, make_user, make_category, db_session):
    login(client, make_user())
    make_category()
    second = make_category("Zweiter Bereich")
    save(client, title="T", body="B", category=second.slug, kind="question", csrf_token="geheim")
    draft = db_session.query(Draft).one()
    assert draft.fields == {"category": [second.slug], "kind": ["question"]}
    assert f'selected value="{second.slug}"' in client.get("/forum/neu").text
    save(client, version=1, title="T", body="B", category="gibt-es-nicht", topics=["999"])
    page = client.get("/forum/neu")
    assert page.status_code == 200
    assert re.search(r">\s*B</textarea>", page.text)


def test_an_answer_and_a_change_are_kept_each_for_itself(
    client, login, make_user, thread, db_session
):
    login(client, thread.author)
    post = db_session.query(Post).one()
    save(client, f"answer:{thread.id}", body="Angefangene Antwort")
    save(client, f"edit:{post.id}", body="Halbe Änderung", version_of="1")
    assert "Angefangene Antwort" in client.get(thread.path).text
    assert "Halbe Änderung" in client.get(f"/beitrag/{post.id}/bearbeiten").text
    login(client, make_user())
    assert "Angefangene Antwort" not in client.get(thread.path).text


def test_a_quotation_comes_after_what_was_begun(client, login, make_user, thread, db_session):
    login(client, make_user())
    save(client, f"answer:{thread.id}", body="Mein Anfang")
    page = client.get(f"{thread.path}?zitat={db_session.query(Post).one().id}").text
    assert page.index("Mein Anfang") < page.index("&gt; Wir stehen am Anfang.")


def test_two_devices_lose_nothing(client, login, make_user, db_session, category):
    login(client, make_user())
    save(client, body="Anfang")
    assert save(client, version=1, body="Am Telefon weiter").status_code == 200
    later = save(client, version=1, body="Am Rechner weiter")
    assert later.status_code == 409
    assert later.get_json()["other"]["body"] == "Am Telefon weiter"
    version = later.get_json()["version"]
    assert save(client, version=version, body="Am Rechner weiter, fertig").status_code == 200
    texts = {draft.body for draft in db_session.query(Draft)}
    assert texts == {"Am Telefon weiter", "Am Rechner weiter, fertig"}
    page = client.get("/entwuerfe").text
    assert "Am Telefon weiter" in page
    other = db_session.query(Draft).filter(Draft.copy != 0).one()
    assert client.post(f"/entwuerfe/{other.id}/weiter").location == "/forum/neu"
    assert "Am Telefon weiter" in client.get("/forum/neu").text
    assert "Am Rechner weiter, fertig" in client.get("/entwuerfe").text


def test_the_same_text_from_two_devices_is_no_conflict(client, login, make_user):
    login(client, make_user())
    save(client, body="Gleich")
    assert save(client, version=0, body="Gleich").status_code == 200


def test_what_was_sent_is_no_draft_any_more(client, login, make_user, thread, db_session):
    login(client, make_user())
    context = f"answer:{thread.id}"
    save(client, context, body="Meine Antwort")
    assert (
        client.post(f"{thread.path}/antworten", data={"body": "Meine Antwort"}).status_code == 303
    )
    assert db_session.query(Draft).count() == 0
    late = save(client, context, version=0, body="Meine Antwort\r\n")
    assert late.status_code == 410
    assert save(client, context, version=1, body="Meine Antwort").status_code == 410
    assert save(client, context, version=0, body="Etwas Neues").status_code == 200


def test_a_change_and_a_new_thread_end_their_drafts(
    client, login, make_user, thread, category, db_session
):
    login(client, thread.author)
    post = db_session.query(Post).one()
    save(client, f"edit:{post.id}", body="Halb")
    data = {"title": thread.title, "body": "Ganz", "version": 1}
    assert client.post(f"/beitrag/{post.id}/bearbeiten", data=data).status_code == 303
    save(client, "new", title="Neues Thema", body="Text")
    new = {"category": category.slug, "title": "Neues Thema", "body": "Text", "kind": "discussion"}
    assert client.post("/forum/neu", data=new).status_code == 303
    assert db_session.query(Draft).count() == 0


def test_without_a_script_a_button_saves(client, login, make_user, thread):
    login(client, make_user())
    data = {"draft_context": f"answer:{thread.id}", "draft_version": "0", "body": "Von Hand"}
    response = client.post("/entwuerfe", data=data)
    assert response.status_code == 303
    assert response.location == f"{thread.path}#antwort"
    assert "Von Hand" in client.get(thread.path).text


def test_discarding_can_be_undone_in_the_form_and_in_the_list(
    client, login, make_user, thread, db_session
):
    login(client, make_user())
    context = f"answer:{thread.id}"
    save(client, context, body="Doch nicht")
    draft = db_session.query(Draft).one()
    gone = client.post(f"/entwuerfe/{draft.id}/loeschen", data={"draft_context": context})
    assert gone.location == f"{thread.path}#antwort"
    page = client.get(thread.path).text
    assert "Doch nicht" not in page
    assert f"/entwuerfe/{draft.id}/zurueckholen" in page
    client.post(f"/entwuerfe/{draft.id}/zurueckholen", data={"draft_context": context})
    assert "Doch nicht" in client.get(thread.path).text
    listed = client.post(f"/entwuerfe/{draft.id}/loeschen")
    page = client.get(listed.location).text
    assert "Doch nicht" not in page
    save(client, context, body="Inzwischen Neues")
    client.post(f"/entwuerfe/{draft.id}/zurueckholen")
    page = client.get("/entwuerfe").text
    assert "Doch nicht" in page
    assert "Inzwischen Neues" in page


def test_a_discarded_draft_goes_after_a_week(client, login, make_user, db_session):
    login(client, make_user())
    save(client, body="Weg damit")
    draft = db_session.query(Draft).one()
    client.post(f"/entwuerfe/{draft.id}/loeschen")
    assert remove_drafts() == 0
    db_session.query(Draft).update({"discarded": now() - timedelta(days=8)})
    db_session.commit()
    assert remove_drafts() == 1


def test_nobody_reaches_another_persons_drafts(client, login, make_user, db_session):
    login(client, make_user())
    save(client, body="Geheimer Entwurf")
    number = db_session.query(Draft).one().id
    for role in ("member", "moderator", "admin"):
        login(client, make_user(role))
        assert "Geheimer Entwurf" not in client.get("/entwuerfe").text
        assert "Geheimer Entwurf" not in client.get(f"/entwuerfe?geloescht={number}").text
        for act in ("weiter", "loeschen", "zurueckholen"):
            assert client.post(f"/entwuerfe/{number}/{act}").status_code == 404
    with client.session_transaction() as session:
        session.clear()
    assert save(client, body="x").status_code in (302, 403)
    db_session.expire_all()
    assert db_session.get(Draft, number).body == "Geheimer Entwurf"


def test_words_outlive_the_thread_and_its_title_is_not_told(
    client, login, make_user, make_group, make_category, make_thread, db_session
):
    group = make_group()
    person = make_user(groups=[group])
    room = make_category("Intern", visibility=f"group:{group.id}")
    closed = make_thread("Geheime Pläne", category=room, author=make_user(groups=[group]))
    save(login(client, person), f"answer:{closed.id}", body="Mühsam geschrieben")
    assert "Geheime Pläne" in client.get("/entwuerfe").text
    person.group_memberships.clear()
    db_session.commit()
    page = client.get("/entwuerfe").text
    assert "Mühsam geschrieben" in page
    assert "Geheime Pläne" not in page
    assert closed.path not in page


def test_a_draft_for_a_closed_thread_can_be_copied(client, login, make_user, thread):
    login(client, make_user())
    save(client, f"answer:{thread.id}", body="Zu spät")
    services.lock_thread(None, thread, "Erledigt")
    page = client.get("/entwuerfe").text
    assert "Zu spät" in page
    assert thread.title in page
    assert f'href="{thread.path}' not in page


@pytest.mark.parametrize(
    "context", ["", "alt", "answer:", "answer:0", "answer:x", "edit:-1", "a" * 99]
)
def test_only_known_forms_have_drafts(client, login, make_user, context, db_session):
    login(client, make_user())
    assert save(client, context, body="x").status_code == 422
    assert db_session.query(Draft).count() == 0


def test_there_are_limits(client, login, make_user, monkeypatch, db_session):
    login(client, make_user())
    monkeypatch.setattr(drafts, "MOST_DRAFTS", 2)
    assert save(client, "answer:1", body="x" * 40_001).status_code == 422
    assert save(client, "answer:1", body="a").status_code == 200
    assert save(client, "answer:2", body="b").status_code == 200
    refused = save(client, "answer:3", body="c")
    assert refused.status_code == 422
    assert "2" in refused.get_json()["error"]
    by_hand = client.post("/entwuerfe", data={"draft_context": "answer:3", "body": "Nicht weg"})
    assert by_hand.status_code == 422
    assert "Nicht weg" in by_hand.text
    assert save(client, "answer:2", version=1, body="weiter").status_code == 200


def test_the_list_takes_as_many_statements_for_many_drafts(
    client, login, make_user, make_thread, query_counter
):
    login(client, make_user())
    threads = [make_thread(f"Thema {number}") for number in range(4)]
    save(client, f"answer:{threads[0].id}", body="a")
    save(client, "edit:1", body="a")
    client.get("/entwuerfe")
    with query_counter() as few:
        client.get("/entwuerfe")
    for number, thread in enumerate(threads[1:], 2):
        save(client, f"answer:{thread.id}", body="b")
        save(client, f"edit:{number}", body="b")
    with query_counter() as many:
        assert client.get("/entwuerfe").text.count("<li>") > 8
    assert len(many) == len(few)


def test_the_menu_counts_drafts(client, login, make_user):
    login(client, make_user())
    before = client.get("/entwuerfe").text
    save(client, body="eins")
    assert '/entwuerfe">' in before
    assert client.get("/forum").text.count("kts-count") > 0


def test_a_handover_passes_drafts_and_what_they_show(
    client, login, make_user, municipality, db_session
):
    giver, taker = make_user(edits=[municipality]), make_user()
    login(client, giver)
    image = BytesIO()
    Image.new("RGB", (9, 9)).save(image, "PNG")
    image.seek(0)
    sent = client.post("/anhang", data={"file": (image, "a.png")}).get_json()
    body = f"Im Namen der Stadt ![x](/anhang/{sent['id']})"
    save(client, "new", body=body, official=str(municipality.id))
    save(client, "answer:5", body="Privat")
    login(client, taker)
    save(client, "new", body="Eigenes")
    assert drafts.pass_drafts(giver, taker, municipality.id) == 1
    db_session.commit()
    mine = {draft.body for draft in db_session.query(Draft).filter_by(user_id=taker.id)}
    own = db_session.query(Attachment).filter_by(uploader_id=taker.id).one()
    assert mine == {"Eigenes", f"Im Namen der Stadt ![x](/anhang/{own.id})"}
    assert client.get(own.path).status_code == 200
    assert [d.body for d in db_session.query(Draft).filter_by(user_id=giver.id)] == ["Privat"]


def test_a_draft_that_was_discarded_elsewhere_is_not_brought_back_unseen(make_user, db_session):
    person = make_user()
    draft, _aside = drafts.save_draft(person, "new", Words(body="a"), version=0)
    drafts.throw_away_draft(person, draft)
    with pytest.raises(drafts.Gone):
        drafts.save_draft(person, "new", Words(body="ab"), version=1)


def test_the_form_says_at_its_top_that_it_goes_on_with_a_draft(client, login, make_user, category):
    login(client, make_user())
    save(client, title="Eine Frage", body="Wir haben", category=category.slug)
    page = client.get("/forum/neu").text
    form = page[page.index("data-guard") :]
    assert form.count("data-restored") == 1
    assert form.index("data-restored") < form.index('name="kind"')
    before = form[: form.index("data-restored")]
    assert 'name="preview" value="kind"' in before  # Enter in a field is not "discard"
