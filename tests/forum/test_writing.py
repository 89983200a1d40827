"""What the editor gets while somebody types, and what it looks like without JavaScript."""

import pytest

from kts.forum.services.contents import render_post

from .test_threads import new_thread


def text(response):
    return response.get_data(as_text=True)


def people(client, typed, context="new", **more):
    return text(
        client.get("/schreiben/personen", query_string={"q": typed, "context": context, **more})
    )


def documents(client, typed):
    return text(client.get("/schreiben/dokumente", query_string={"q": typed}))


@pytest.mark.parametrize("address", ["personen?context=new", "dokumente?q=x", "aehnlich?title=xyz"])
def test_only_people_who_are_signed_in_are_given_proposals(client, login, make_user, address):
    assert client.get(f"/schreiben/{address}").status_code in (302, 403)
    assert client.post("/schreiben/vorschau", data={"body": "x"}).status_code in (302, 403)
    login(client, make_user())
    assert client.get(f"/schreiben/{address}").status_code == 200


@pytest.mark.parametrize("typed", ["anna", "beisp", "Anna Bei", "BEISPIEL", "anna-b"])
def test_people_are_found_by_the_beginning_of_any_word(client, login, make_user, typed):
    anna = make_user(name="Anna Beispiel")
    login(client, make_user(name="Otto Other"))
    found = people(client, typed)
    assert 'data-insert="@anna-beispiel "' in found
    assert anna.email not in found
    assert "spiel" not in typed or people(client, "spiel") == people(client, "zzz")


@pytest.mark.parametrize("typed", ["mül", "muel", "mul", "MÜLLER"])
def test_umlauts_are_found_in_any_spelling(client, login, make_user, typed):
    make_user(name="Jürgen Müller")
    login(client, make_user(name="Otto Other"))
    assert "Jürgen Müller" in people(client, typed)


def test_nobody_is_proposed_who_cannot_read_what_is_written(
    client, login, make_user, make_group, make_category, make_thread
):
    group = make_group()
    gerd = make_user(name="Person Gerd", groups=[group])
    make_user(name="Person Fremd")
    make_user("moderator", name="Person Mona")
    make_user(name="Person Fort", active=False)
    room = make_category("Gruppenraum", visibility=group.token)
    thread = make_thread(title="Drinnen", category=room, author=gerd)
    login(client, make_user(groups=[group]))
    for found in (
        people(client, "pers", f"answer:{thread.id}"),
        people(client, "pers", category=room.slug),
    ):
        assert "Person Gerd" in found
        assert "Person Mona" in found
        assert "Person Fremd" not in found
        assert "Person Fort" not in found
    assert "Person Fremd" in people(client, "pers")
    login(client, make_user())
    for query in (f"context=answer:{thread.id}", f"context=new&category={room.slug}", "context=x"):
        assert client.get(f"/schreiben/personen?q=pers&{query}").status_code == 404


def test_who_writes_in_the_thread_comes_first_and_the_list_is_short(
    client, login, make_user, make_thread, query_counter
):
    for letter in "abcdefghij":
        make_user(name=f"Person {letter}")
    thread = make_thread(author=make_user(name="Person Zuletzt"))
    login(client, make_user())
    people(client, "x")  # the first request in a test finds the session empty
    with query_counter() as many:
        found = people(client, "person", f"answer:{thread.id}")
    assert found.count('role="option"') == 8
    assert found.index("Person Zuletzt") < found.index("Person a")
    with query_counter() as few:
        assert people(client, "person zul", f"answer:{thread.id}").count('role="option"') == 1
    assert len(many) == len(few)
    assert "Person Zuletzt" in people(client, "", f"answer:{thread.id}")


@pytest.mark.parametrize("typed", ["%", "_", "@", "<script>", "x" * 500])
def test_odd_signs_find_nobody(client, login, make_user, typed):
    make_user(name="Anna Beispiel")
    login(client, make_user(name="Otto Other"))
    assert people(client, typed).strip() == ""


@pytest.mark.parametrize("typed", ["Strat", "strategie muster", "musterstadt", "MÜSTERSTADT strat"])
def test_documents_are_found_by_title_and_municipality(
    client, login, make_user, make_document, typed
):
    document = make_document("Strategie [Entwurf]")
    login(client, make_user())
    found = documents(client, typed)
    assert f'data-insert="[Strategie (Entwurf)]({document.path}) "' in found
    assert "Kapitel 2" in found  # it alone is meant, so its pages follow
    assert documents(client, "ategie").strip() == documents(client, "%").strip() == ""


@pytest.mark.parametrize("typed", ["Strategie 2", "strat s. 2", "Strategie Seite 2"])
def test_a_number_behind_the_title_gives_the_page(client, login, make_user, make_document, typed):
    document = make_document("Strategie")
    make_document("Strategie der anderen")
    login(client, make_user())
    found = documents(client, typed)
    insert = f'data-insert="[Strategie, Kapitel 2]({document.path}/seite/2) "'
    assert insert in found
    assert found.index(insert) < found.index(f"({document.path}) ")
    assert "seite/3" not in found


def test_documents_of_closed_groups_are_not_proposed(
    client, login, make_user, make_document, make_group, query_counter
):
    group = make_group()
    make_document("Geheime Strategie", visibility=group.token)
    login(client, make_user())
    assert documents(client, "geheime").strip() == documents(client, "geheime 2").strip() == ""
    login(client, make_user(groups=[group]))
    with query_counter() as one:
        assert "Geheime Strategie" in documents(client, "geheime 2")
    make_document("Geheime Strategie zwei")
    with query_counter() as two:
        assert "Geheime Strategie zwei" in documents(client, "geheime 2")
    assert len(one) == len(two)


def test_a_preview_is_what_the_post_will_be(client, login, make_user, make_document, make_thread):
    make_user(name="Anna Beispiel")
    document = make_document()
    body = f"Danke @anna-beispiel, siehe [Seite 2]({document.path}/seite/2) und ~~alt~~."
    login(client, make_user())
    preview = text(client.post("/schreiben/vorschau", data={"body": body}))
    assert render_post(body) in preview
    assert "forum-card" in preview
    assert "Kapitel 2" in preview
    thread = make_thread(body=body)
    assert thread.last_post.html in preview


def test_a_preview_shows_no_card_of_what_the_person_may_not_see(
    client, login, make_user, make_document, make_group
):
    document = make_document("Geheim", visibility=make_group().token)
    login(client, make_user())
    preview = text(
        client.post("/schreiben/vorschau", data={"body": f"[x]({document.path}/seite/2)"})
    )
    assert "forum-card" not in preview
    assert "Geheim" not in preview
    assert "<script" not in text(
        client.post("/schreiben/vorschau", data={"body": "<script>x</script>"})
    )


@pytest.mark.parametrize(
    ("written", "made"),
    [
        ("| a | b |\n|---|---|\n| 1 | 2 |", "<table>"),
        ("Text[^1]\n\n[^1]: Beleg", 'class="footnote"'),
        ("- [x] fertig", 'type="checkbox"'),
        ("```python\nx = 1\n```", 'class="language-python"'),
        ("~~alt~~", "<del>alt</del>"),
        ("Siehe https://example.org", 'href="https://example.org"'),
    ],
)
def test_what_the_toolbar_writes_is_understood(client, login, make_user, written, made):
    login(client, make_user())
    assert made in text(client.post("/schreiben/vorschau", data={"body": written}))
    assert made in render_post(written)


def test_without_javascript_there_is_a_preview_with_cards_too(
    client, login, make_user, thread, make_document
):
    document = make_document()
    login(client, make_user())
    form = {"body": f"[x]({document.path}/seite/2) **fett**", "preview": "1"}
    page = text(client.post(f"{thread.path}/antworten", data=form))
    assert "<strong>fett</strong>" in page
    assert "forum-card" in page
    assert 'id="vorschau"' not in text(client.get(thread.path))


@pytest.fixture
def indexed(app, make_thread, make_document, make_group, make_category, db_session):
    from kts.search.sync import rebuild

    group = make_group()
    room = make_category("Gruppenraum", visibility=group.token)
    answered = make_thread("Wie gelingt Bürgerbeteiligung online?", "Wir planen etwas.", answers=1)
    answered.accepted_post_id = answered.last_post_id
    make_thread("Bürgerbeteiligung in der Gruppe", category=room)
    make_document("Leitfaden")
    db_session.commit()
    rebuild()
    return group


def test_similar_threads_and_pages_are_shown_while_the_title_is_typed(
    client, login, make_user, indexed
):
    login(client, make_user())
    found = text(client.get("/schreiben/aehnlich?title=Beteiligung+der+Bürger"))
    assert "Wie gelingt Bürgerbeteiligung online?" in found
    assert "forum-similar__answered" in found
    assert "/seite/" in found
    assert "<mark>" in found
    assert "in der Gruppe" not in found
    login(client, make_user(groups=[indexed]))
    assert "in der Gruppe" in text(client.get("/schreiben/aehnlich?title=Bürgerbeteiligung"))
    assert "forum-similar__box" not in text(client.get("/schreiben/aehnlich?title=abc"))


def test_what_was_hidden_a_moment_ago_is_not_shown(client, login, make_user, indexed, db_session):
    from kts.forum.models import Thread

    login(client, make_user())
    thread = db_session.query(Thread).filter(Thread.accepted_post_id.is_not(None)).one()
    db_session.execute(Thread.__table__.update().where(Thread.id == thread.id).values(hidden=True))
    assert thread.title not in text(client.get("/schreiben/aehnlich?title=Bürgerbeteiligung"))


def test_without_javascript_a_button_looks_for_similar_ones_and_keeps_the_text(
    client, login, make_user, indexed, category
):
    login(client, make_user())
    form = new_thread(category, title="Bürgerbeteiligung", body="Mein Text", preview="similar")
    page = text(client.post("/forum/neu", data=form))
    assert "Wie gelingt Bürgerbeteiligung online?" in page
    assert "Mein Text" in page
    assert 'id="vorschau"' not in page


def test_the_editor_names_its_form_for_drafts(client, login, make_user, make_thread):
    author = make_user()
    thread = make_thread(author=author)
    login(client, author)
    assert f'data-draft-context="answer:{thread.id}"' in text(client.get(thread.path))
    assert 'data-draft-context="new"' in text(client.get("/forum/neu"))
    address = f"/beitrag/{thread.last_post_id}/bearbeiten"
    assert f'data-draft-context="edit:{thread.last_post_id}"' in text(client.get(address))


def test_a_report_is_shown_as_it_will_be_while_its_fields_are_filled_in(
    client, login, make_user, category
):
    login(client, make_user())
    fields = {"failed": "Zu **spät** gefragt", "cost_euro": "1200", "effort_days": "viele"}
    shown = text(client.post("/schreiben/vorschau", data={"kind": "experience", **fields}))
    assert "<strong>spät</strong>" in shown
    assert "1.200" in shown
    assert shown.count("<h3") == 2  # what did not work, what it cost; empty fields say nothing
    assert "<h3" not in text(client.post("/schreiben/vorschau", data=fields | {"body": "x"}))
    page = text(client.get("/forum/neu?art=erfahrung"))
    assert "data-report-fields" in page
    assert "forum-report" in page
