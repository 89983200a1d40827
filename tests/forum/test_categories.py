"""The overview, one category, and the management by moderators."""

from kts.core.audit import history
from kts.forum import services
from kts.forum.models import Category, Thread


def text(response):
    return response.get_data(as_text=True)


def test_guests_see_public_categories_only(client, make_category, make_thread):
    make_thread("Öffentliche Frage")
    inner = make_category("Nur Mitglieder", "members")
    make_thread("Innere Frage", category=inner)
    page = text(client.get("/forum"))
    assert "Allgemeines" in page
    assert "Öffentliche Frage" in page
    assert "Nur Mitglieder" not in page
    assert "Innere Frage" not in page


def test_a_group_category_exists_for_its_members_and_moderators_only(
    client, login, make_user, make_category, make_thread, make_group
):
    group = make_group()
    room = make_category("Werkraum", group.token)
    hidden = make_thread("Geheime Frage", category=room)
    outsider, insider = make_user(), make_user(groups=[group])
    for person, seen in ((None, False), (outsider, False), (insider, True)):
        if person:
            login(client, person)
        assert ("Werkraum" in text(client.get("/forum"))) is seen
        assert ("Geheime Frage" in text(client.get("/forum"))) is seen
        assert client.get(f"/forum/{room.slug}").status_code == (200 if seen else 404)
        assert client.get(hidden.path).status_code == (200 if seen else 404)
        assert client.get(f"/beitrag/{hidden.last_post_id}").status_code == (302 if seen else 404)
    assert "Werkraum" in text(login(client, make_user("moderator")).get("/forum"))


def test_a_category_lists_pinned_threads_first(client, db_session, make_thread, category):
    first, _second = make_thread("Ältere Frage"), make_thread("Neuere Frage")
    page = text(client.get(f"/forum/{category.slug}"))
    assert page.index("Neuere Frage") < page.index("Ältere Frage")
    services.pin_thread(None, first)
    db_session.commit()
    page = text(client.get(f"/forum/{category.slug}"))
    assert page.index("Ältere Frage") < page.index("Neuere Frage")


def test_a_category_has_pages(client, make_thread, make_user, category):
    author = make_user()
    for number in range(27):
        make_thread(f"Frage Nummer {number:02}", author=author)
    assert "Frage Nummer 26" in text(client.get(f"/forum/{category.slug}"))
    second = text(client.get(f"/forum/{category.slug}?seite=2"))
    assert "Frage Nummer 00" in second
    assert "Frage Nummer 26" not in second


def test_the_number_of_statements_does_not_grow_with_the_rows(
    client, login, make_user, make_thread, make_category, category, query_counter, forget_pages
):
    make_thread("Eins", answers=2)
    login(client, make_user())
    counts = {}
    for address in ("/forum", f"/forum/{category.slug}"):
        client.get(address)
        forget_pages()
        with query_counter() as statements:
            client.get(address)
        counts[address] = len(statements)
    for number in range(4):
        make_thread(f"Weitere {number}", answers=1)
    make_thread("Anderswo", category=make_category("Zweites"))
    for address, before in counts.items():
        forget_pages()
        with query_counter() as statements:
            client.get(address)
        assert len(statements) == before, address


def test_moderators_open_and_change_categories_and_others_do_not(
    client, login, make_user, db_session
):
    data = {"name": "Erfahrungen", "visibility": "members", "writable_by": "members"}
    for person in (None, make_user(), make_user("editor")):
        if person:
            login(client, person)
        assert client.post("/forum/bereiche", data=data).status_code == 403
    assert client.get("/forum/bereiche").status_code == 403
    login(client, make_user("moderator"))
    assert client.post("/forum/bereiche", data=data).status_code == 303
    category = db_session.scalar(db_session.query(Category).statement)
    assert category.slug == "erfahrungen"
    again = client.post("/forum/bereiche", data=data)
    assert again.status_code == 422
    data["visibility"] = "public"
    assert client.post("/forum/bereiche/erfahrungen", data=data).status_code == 303
    deeds = [entry.action for entry in history("category", category.id)]
    assert deeds == ["category.change", "category.create"]


def test_changing_a_category_is_for_moderators(client, login, make_user, category):
    data = {"name": "Anders", "visibility": "public", "writable_by": "members"}
    address = f"/forum/bereiche/{category.slug}"
    for person in (None, make_user()):
        if person:
            login(client, person)
        assert client.post(address, data=data).status_code == 403
        assert client.post(f"{address}/hoch").status_code == 403


def test_a_changed_audience_holds_for_all_threads_at_once(
    client, login, make_user, make_thread, category, db_session
):
    thread = make_thread("Bisher öffentlich")
    assert client.get(thread.path).status_code == 200
    services.change_category(None, category, visibility="members")
    db_session.commit()
    assert db_session.get(Thread, thread.id).visibility == "members"
    assert client.get(thread.path).status_code == 404
    assert login(client, make_user()).get(thread.path).status_code == 200


def test_categories_change_places(client, login, make_user, make_category):
    for name in ("Eins", "Zwei", "Drei"):
        make_category(name)
    login(client, make_user("moderator"))
    assert client.post("/forum/bereiche/drei/hoch").status_code == 303
    page = text(client.get("/forum"))
    assert page.index(">Eins<") < page.index(">Drei<") < page.index(">Zwei<")
    assert client.post("/forum/bereiche/eins/hoch").status_code == 303
    assert client.post("/forum/bereiche/eins/seitwaerts").status_code == 404


def test_no_category_takes_the_address_of_a_page(make_category):
    assert make_category("Neu").slug == "neu-2"
    assert make_category("Bereiche").slug == "bereiche-2"


def test_an_empty_forum_says_so(client):
    response = client.get("/forum")
    assert response.status_code == 200
    assert client.get("/forum/gibt-es-nicht").status_code == 404
