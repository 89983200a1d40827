"""Reading, asking and answering."""

import re

import pytest

from kts.documents.models import DocumentVersion
from kts.forum import queries, services
from kts.forum.models import Post, Thread
from tests.together import clicks_at_once, statuses

from .conftest import add_version


def text(response):
    return response.get_data(as_text=True)


def count(session, model):
    return session.query(model).count()


def new_thread(room, **values):
    return {"category": room.slug, "title": "Wer hat Erfahrung?", "body": "Text", **values}


def test_a_guest_reads_a_public_thread_and_is_asked_to_sign_in(client, thread):
    page = text(client.get(thread.path))
    assert "Wir stehen am Anfang." in page
    assert "/anmelden?next=" in page
    assert "<textarea" not in page


def test_a_wrong_slug_leads_to_the_right_one(client, thread):
    response = client.get(f"/thema/{thread.id}-falsch?seite=1&slug=x")
    assert response.status_code == 301
    assert response.location == f"{thread.path}?seite=1&slug=x"
    assert client.get("/thema/999-x").status_code == 404


def test_members_open_threads_and_guests_do_not(client, login, make_user, category, db_session):
    assert client.get("/forum/neu").status_code == 302
    assert client.post("/forum/neu", data=new_thread(category)).status_code == 403
    login(client, make_user())
    assert client.get(f"/forum/neu?kategorie={category.slug}").status_code == 200
    response = client.post("/forum/neu", data=new_thread(category))
    assert response.status_code == 303
    thread = db_session.query(Thread).one()
    assert response.location == f"{thread.path}#beitrag-1"
    assert (thread.post_count, thread.last_number, thread.visibility) == (1, 1, "public")


def test_an_incomplete_thread_comes_back_with_what_was_written(
    client, login, make_user, category, db_session
):
    login(client, make_user())
    response = client.post("/forum/neu", data=new_thread(category, title="", body="Mühsam"))
    assert response.status_code == 422
    assert "Mühsam" in text(response)
    response = client.post("/forum/neu", data=new_thread(category, category="anderswo"))
    assert response.status_code == 422
    assert count(db_session, Thread) == 0


def test_only_moderators_open_threads_where_the_category_says_so(
    client, login, make_user, make_category
):
    notices = make_category("Mitteilungen", writable_by="moderators")
    login(client, make_user())
    assert client.post("/forum/neu", data=new_thread(notices)).status_code == 422
    login(client, make_user("moderator"))
    assert client.post("/forum/neu", data=new_thread(notices)).status_code == 303


def test_a_member_cannot_open_a_thread_in_a_foreign_group(
    client, login, make_user, make_category, make_group, category
):
    room = make_category("Werkraum", make_group().token)
    login(client, make_user())
    assert client.post("/forum/neu", data=new_thread(room)).status_code == 422
    assert "Werkraum" not in text(client.get("/forum/neu"))


def test_members_answer_and_guests_do_not(client, login, make_user, thread, db_session):
    address = f"{thread.path}/antworten"
    assert client.post(address, data={"body": "Als Gast"}).status_code == 403
    assert count(db_session, Post) == 1
    login(client, make_user())
    response = client.post(address, data={"body": "Mit **Nachdruck**"})
    assert response.status_code == 303
    assert response.location == f"{thread.path}#beitrag-2"
    assert "<strong>Nachdruck</strong>" in text(client.get(thread.path))
    assert client.get(address).location == f"{thread.path}#antwort"


def test_an_answer_in_a_foreign_group_is_not_found(
    client, login, make_user, make_thread, make_category, make_group
):
    thread = make_thread(category=make_category("Werkraum", make_group().token))
    login(client, make_user())
    assert client.post(f"{thread.path}/antworten", data={"body": "Hallo"}).status_code == 404


def test_an_empty_answer_is_refused_with_a_hint(client, login, make_user, thread, db_session):
    login(client, make_user())
    response = client.post(f"{thread.path}/antworten", data={"body": "  \n "})
    assert response.status_code == 422
    assert 'id="body-error"' in text(response)
    assert count(db_session, Post) == 1


def test_the_same_form_sent_twice_makes_one_post(client, login, make_user, thread, db_session):
    login(client, make_user())
    token = re.search(r'name="token"[^>]*value="([^"]+)"', text(client.get(thread.path)))[1]
    data = {"body": "Einmal bitte", "token": token}
    first = client.post(f"{thread.path}/antworten", data=data)
    second = client.post(f"{thread.path}/antworten", data=data)
    assert first.location == second.location
    assert count(db_session, Post) == 2
    data["body"] = "Ein zweiter Gedanke in dieselbe Maske"
    client.post(f"{thread.path}/antworten", data=data)
    assert count(db_session, Post) == 3


def test_the_same_new_thread_sent_twice_makes_one(client, login, make_user, category, db_session):
    login(client, make_user())
    data = new_thread(category, token="einmalig")
    assert client.post("/forum/neu", data=data).location == (
        client.post("/forum/neu", data=data).location
    )
    assert count(db_session, Thread) == 1


def at_the_same_time(app, login, people, thread, body):
    """Post from several threads at once; ``body`` gives each person's form."""
    address = f"{thread.path}/antworten"
    clicks = [(person, address, body(number)) for number, person in enumerate(people)]
    return statuses(clicks_at_once(app, login, clicks))


def test_answers_at_the_same_moment_get_their_own_numbers(
    app, login, make_user, thread, db_session
):
    people = [make_user() for _ in range(4)]
    sent = at_the_same_time(app, login, people, thread, lambda n: {"body": f"Antwort {n}"})
    assert sent == [303] * 4
    db_session.expire_all()
    assert [post.number for post in db_session.query(Post).order_by(Post.number)] == [1, 2, 3, 4, 5]
    assert (thread.post_count, thread.last_number) == (5, 5)


def test_one_form_sent_at_the_same_moment_makes_one_post(app, login, make_user, thread, db_session):
    person = make_user()
    data = {"body": "Doppelklick", "token": "einmalig"}
    assert at_the_same_time(app, login, [person] * 3, thread, lambda n: data) == [303] * 3
    assert count(db_session, Post) == 2


def test_a_preview_shows_the_text_and_saves_nothing(
    client, login, make_user, thread, category, db_session
):
    login(client, make_user())
    data = {"body": "Das wird *schön*", "preview": "1"}
    response = client.post(f"{thread.path}/antworten", data=data)
    assert response.status_code == 200
    assert "<em>schön</em>" in text(response)
    assert "Das wird *schön*" in text(response)
    response = client.post("/forum/neu", data=new_thread(category, **data))
    assert response.status_code == 200
    assert "<em>schön</em>" in text(response)
    assert count(db_session, Post) == 1


def test_a_quotation_fills_the_form(client, login, make_user, thread):
    login(client, make_user())
    quoted = thread.last_post_id
    page = text(client.get(f"{thread.path}?zitat={quoted}"))
    assert "&gt; Wir stehen am Anfang." in page
    assert "Frida Frage" in page
    client.post(f"{thread.path}/antworten", data={"body": "Dazu:", "reply_to": quoted})
    assert f'href="/beitrag/{quoted}">Antwort auf' in text(client.get(thread.path))


def test_words_that_one_may_not_read_cannot_be_quoted(
    client, login, make_user, make_thread, make_category, make_group, thread, db_session
):
    foreign = make_thread(category=make_category("Werkraum", make_group().token))
    login(client, make_user())
    assert client.get(f"{thread.path}?zitat={foreign.last_post_id}").status_code == 404
    services.hide_post(None, db_session.get(Post, thread.last_post_id), "Werbung")
    db_session.commit()
    assert client.get(f"{thread.path}?zitat={thread.last_post_id}").status_code == 404


def test_a_locked_thread_refuses_and_gives_the_text_back(
    client, login, make_user, thread, db_session
):
    services.lock_thread(None, thread, "Beantwortet")
    db_session.commit()
    login(client, make_user())
    response = client.post(f"{thread.path}/antworten", data={"body": "Ich noch schnell"})
    assert response.status_code == 403
    assert "Ich noch schnell" in text(response)
    assert '<form class="kts-form"' not in text(client.get(thread.path))
    login(client, make_user("moderator"))
    assert client.post(f"{thread.path}/antworten", data={"body": "Hinweis"}).status_code == 303


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[klick](javascript:alert(1))",
        '<a href="javascript:alert(1)">x</a>',
        "<svg onload=alert(1)>",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        '"><script>alert(1)</script>',
        "`<script>`<script>alert(1)</script>",
        "<form action=//boese.example><input name=x></form>",
        '<div style="position:fixed">x</div>',
    ],
)
def test_hostile_text_stays_inert(client, login, make_user, thread, attack):
    login(client, make_user())
    client.post(f"{thread.path}/antworten", data={"body": attack})
    preview = client.post(f"{thread.path}/antworten", data={"body": attack, "preview": "1"})
    for response in (client.get(thread.path), preview):
        body = re.sub(r"(?s)<textarea.*?</textarea>", "", text(response))
        body = body[body.index('<main id="main"') : body.index("</main>")].lower()
        assert "<script" not in body
        assert not re.search(r"<[^>]+\son\w+\s*=", body)
        assert 'href="javascript' not in body
        assert 'href="data:' not in body
        assert 'boese.example"' not in body
        assert "style=" not in body


def test_a_hostile_title_is_escaped(client, login, make_user, category):
    login(client, make_user())
    client.post("/forum/neu", data=new_thread(category, title="<b onmouseover=x>Titel</b>"))
    for address in ("/forum", f"/forum/{category.slug}"):
        assert "<b onmouseover" not in text(client.get(address))


def test_posts_are_numbered_and_found_on_their_page(client, make_thread, db_session):
    thread = make_thread(answers=44)
    post = db_session.query(Post).filter_by(thread_id=thread.id, number=42).one()
    assert client.get(f"/beitrag/{post.id}").location == f"{thread.path}?seite=3#beitrag-42"
    page = text(client.get(f"{thread.path}?seite=3"))
    assert 'id="beitrag-42"' in page
    assert 'id="beitrag-40"' not in page
    assert 'id="beitrag-45"' in text(client.get(f"{thread.path}?seite=99"))
    assert client.get("/beitrag/99999").status_code == 404


def test_a_thread_page_needs_a_fixed_number_of_statements(
    client, login, make_user, make_thread, db_session, query_counter, forget_pages
):
    thread = make_thread(answers=1)
    reader = make_user()
    login(client, reader)

    def statements():
        services.mark_read(reader, thread, 99)
        db_session.commit()
        forget_pages()
        with query_counter() as new:
            client.get(thread.path)
        with query_counter() as kept:
            client.get(thread.path)
        return len(new), len(kept)

    statements()
    before = statements()
    for number in range(5):
        services.add_post(make_user(), thread, f"Antwort {number}")
    assert statements() == before
    assert before[1] < 20, "a kept page asks only for what is the reader's own"


def test_a_link_to_a_page_becomes_a_card_for_those_who_may_see_it(
    client, login, make_user, thread, make_document
):
    document, inner = make_document(), make_document("Internes Konzept", "members")
    member = make_user()
    login(client, member)
    body = f"[Seite]({document.path}/seite/2) und [das]({inner.path}/seite/3) und /dokumente/9-x"
    client.post(f"{thread.path}/antworten", data={"body": body})
    page = text(client.get(thread.path))
    assert page.count('class="forum-card"') == 2
    assert "Erste Fassung, Seite 2" in page
    assert "Musterstadt" in page
    with client.session_transaction() as session:
        session.clear()
    page = text(client.get(thread.path))
    assert page.count('class="forum-card"') == 1
    assert "Internes Konzept" not in page


def test_a_card_keeps_the_page_that_was_meant_when_a_newer_version_comes(
    client, thread, make_user, make_document, db_session
):
    document = make_document()
    services.add_post(make_user(), thread, f"[x]({document.path}/seite/2)")
    add_version(db_session, document, 2, "Neue Fassung")
    services.add_post(make_user(), thread, f"[x]({document.path}/seite/2?version=1)")
    services.add_post(make_user(), thread, f"[x]({document.path}/seite/3)")
    db_session.commit()
    page = text(client.get(thread.path))
    assert page.count("Erste Fassung, Seite 2") == 2
    assert page.count("Neue Fassung, Seite 3") == 1
    assert f"{document.path}/seite/2?version=1" in page
    assert db_session.query(DocumentVersion).count() == 2


def test_asking_about_a_page_prefills_the_form(
    client, login, make_user, make_document, category, db_session
):
    document = make_document()
    secret = make_document("Nur für Gruppe", "group:77")
    login(client, make_user())
    page = text(client.get(f"/forum/neu?dokument={document.id}&seite=2"))
    assert f"{document.path}/seite/2)" in page
    assert 'class="forum-card"' in page
    assert '<option selected value="musterstadt">' in page
    assert client.get(f"/forum/neu?dokument={secret.id}&seite=1").status_code == 404
    assert client.get(f"/forum/neu?dokument={document.id}&seite=9").status_code == 404
    data = new_thread(category, municipality="musterstadt", body=f"[S. 2]({document.path}/seite/2)")
    client.post(f"/forum/neu?dokument={document.id}&seite=2", data=data)
    thread = db_session.query(Thread).one()
    assert thread.municipality.slug == "musterstadt"
    rows = queries.document_threads(make_user(), document.id)
    assert [row.thread for row in rows] == [thread]


def test_the_title_of_a_document_stays_among_those_who_may_see_it(
    client, login, make_user, make_document, make_category
):
    make_category("Offen", visibility="public")
    make_category("Unter Mitgliedern", visibility="members")
    internal = make_document("Nur für Mitglieder", "members")
    login(client, make_user())
    address = f"/forum/neu?dokument={internal.id}&seite=1"
    page = text(client.get(address))
    assert "Unter Mitgliedern" in page
    assert ">Offen<" not in page
    public = {"category": "offen", "title": "Frage", "body": "Wie?"}
    assert client.post(address, data=public).status_code == 422


def test_unread_posts_are_marked_and_found(client, login, make_user, make_thread, db_session):
    reader = make_user()
    thread = make_thread(answers=24)
    login(client, reader)
    assert "25 neu" in text(client.get("/forum"))
    response = client.get(f"{thread.path}?neu=1")
    assert response.location == f"{thread.path}#beitrag-1"
    client.get(thread.path)
    assert queries.last_read(reader, thread) == 20
    response = client.get(f"{thread.path}?neu=1")
    assert response.location == f"{thread.path}?seite=2#beitrag-21"
    client.get(f"{thread.path}?seite=2")
    assert queries.last_read(reader, thread) == 25
    assert " neu<" not in text(client.get("/forum"))
    services.add_post(thread.author, thread, "Noch etwas")
    db_session.commit()
    assert "1 neu" in text(client.get("/forum"))
    assert client.get(f"{thread.path}?neu=1").location == f"{thread.path}?seite=2#beitrag-26"


def test_jumping_to_the_end_loses_no_unread_post(client, login, make_user, make_thread):
    reader = make_user()
    thread = make_thread(answers=50)
    login(client, reader)
    client.get(thread.path)
    page = text(client.get(f"{thread.path}?seite=3"))
    assert queries.last_read(reader, thread) == 20
    assert "forum-gap" in page
    client.post(f"{thread.path}/gelesen")
    assert queries.last_read(reader, thread) == 51
    assert "forum-gap" not in text(client.get(f"{thread.path}?seite=3"))


def test_read_marks_belong_to_the_signed_in(client, thread):
    client.get(thread.path)
    assert client.post(f"{thread.path}/gelesen").status_code == 403


def test_own_words_are_not_news(client, login, make_user, thread):
    reader = make_user()
    login(client, reader)
    client.get(thread.path)
    client.post(f"{thread.path}/antworten", data={"body": "Meine Antwort"})
    assert queries.thread_rows(reader, [thread])[0].unread == 0


def test_what_was_written_before_a_person_came_is_not_news(
    client, login, make_user, make_thread, db_session
):
    thread = make_thread(answers=3)
    newcomer = make_user()
    assert queries.thread_counts(newcomer)["unread"] == 0
    services.add_post(thread.author, thread, "Neues")
    db_session.commit()
    assert queries.thread_counts(newcomer) == {"threads": 1, "posts": 5, "unread": 1}


def test_lists_on_other_pages_show_what_the_viewer_may_see(
    app, make_thread, make_category, municipality, make_user
):
    from kts.core import slots

    make_thread("Offene Frage", municipality_id=municipality.id)
    inner = make_category("Innen", "members")
    make_thread("Innere Frage", category=inner, municipality_id=municipality.id)
    with app.test_request_context("/"):
        html = str(slots.render("municipality_threads", municipality=municipality))
    assert "Offene Frage" in html
    assert "Innere Frage" not in html
    rows = queries.latest_threads(make_user(), 1)
    assert [row.thread.title for row in rows] == ["Innere Frage"]
