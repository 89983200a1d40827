"""What counts as read, how that is taken back, and what helps in a long thread."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from kts.forum import queries, services
from kts.forum.models import Post, ReadState
from kts.forum.models.reading import CategoryRead
from kts.forum.queries.lists import unread_count
from kts.forum.queries.reading import gist, own
from kts.forum.services import reading


def text(response):
    return response.get_data(as_text=True)


def unread(person, thread):
    return queries.thread_rows(person, [thread])[0].unread


def count(person, session):
    rooms = session.scalars(queries.visible_categories(person)).all()
    return unread_count(person, rooms)


def post_number(session, thread, number):
    return session.query(Post).filter_by(thread_id=thread.id, number=number).one()


@pytest.fixture
def reader(client, login, make_user):
    person = make_user()
    login(client, person)
    return person


def test_a_category_is_read_at_once_and_unread_again(
    client, reader, make_thread, make_category, db_session, category
):
    elsewhere = make_thread("Anderswo", category=make_category("Erfahrungen"))
    threads = [make_thread(f"Frage {number}", answers=2) for number in range(3)]
    assert count(reader, db_session).total == 4
    response = client.post(f"/forum/gelesen?bereich={category.slug}", follow_redirects=True)
    assert [unread(reader, thread) for thread in threads] == [0, 0, 0]
    assert unread(reader, elsewhere) == 1
    assert db_session.query(ReadState).filter_by(user_id=reader.id).count() == 0
    assert db_session.query(CategoryRead).count() == 1
    moment = re.search(r'name="moment" value="([^"]+)"', text(response))[1].replace("&#43;", "+")
    data = {"moment": moment}
    client.post("/forum/gelesen/zurueck", data=data)
    assert [unread(reader, thread) for thread in threads] == [3, 3, 3]
    assert db_session.query(CategoryRead).count() == 0


def test_the_whole_forum_is_read_at_once_and_only_what_comes_later_is_new(
    client, reader, make_thread, make_category, db_session, make_user
):
    thread, other = make_thread(answers=4), make_thread(category=make_category("Erfahrungen"))
    client.post("/forum/gelesen")
    assert count(reader, db_session).total == 0
    assert "forum-unread" not in text(client.get("/forum"))
    services.add_post(make_user(), thread, "Neues")
    db_session.commit()
    assert (unread(reader, thread), unread(reader, other)) == (1, 0)
    assert client.get(f"{thread.path}?neu=1").location == f"{thread.path}#beitrag-6"
    assert 'beitrag-6"' in text(client.get(thread.path))
    assert unread(reader, thread) == 0


def test_reading_again_can_be_taken_back_to_what_was_read_before(
    reader, make_thread, make_user, db_session, category
):
    thread = make_thread()
    first = reading.read_categories(reader, [category])
    services.add_post(make_user(), thread, "Neues")
    second = reading.read_categories(reader, [category])
    db_session.commit()
    assert unread(reader, thread) == 0
    assert reading.unread_categories(reader, second) == 1
    assert unread(reader, thread) == 1
    assert reading.unread_categories(reader, second) == 0
    assert reading.unread_categories(reader, first + timedelta(days=1)) == 0
    assert unread(reader, thread) == 1


def test_what_a_person_said_last_counts(reader, make_thread, make_user, db_session, category):
    thread = make_thread(answers=5)
    reading.mark_unread(reader, post_number(db_session, thread, 3))
    assert unread(reader, thread) == 4
    reading.read_categories(reader, [category])
    assert unread(reader, thread) == 0
    reading.mark_unread(reader, post_number(db_session, thread, 5))
    assert unread(reader, thread) == 2
    assert count(reader, db_session).total == 1
    services.add_post(make_user(), thread, "Neues")
    assert unread(reader, thread) == 3


def test_a_thread_is_unread_from_a_post_on_until_it_is_read(
    client, reader, make_thread, db_session
):
    thread = make_thread(answers=24)
    client.get(thread.path)
    client.get(f"{thread.path}?seite=2")
    assert unread(reader, thread) == 0
    post = post_number(db_session, thread, 23)
    response = client.post(f"/beitrag/{post.id}/ungelesen")
    assert response.status_code == 303
    assert unread(reader, thread) == 3
    assert f"{thread.path}?neu=1" in text(client.get(response.location))
    assert client.get(f"{thread.path}?neu=1").location == f"{thread.path}?seite=2#beitrag-23"
    client.get(f"{thread.path}?seite=2")
    assert unread(reader, thread) == 0


def test_marks_are_ones_own_and_only_on_what_one_sees(
    client, reader, login, make_user, make_thread, make_category, make_group, app
):
    other, thread = make_user(), make_thread()
    room = make_category("Werkraum", make_group().token)
    secret = make_thread(category=room)
    client.post(f"/beitrag/{thread.last_post_id}/ungelesen")
    client.post("/forum/gelesen")
    assert unread(other, thread) == 1
    assert client.post(f"/beitrag/{secret.last_post_id}/ungelesen").status_code == 404
    assert client.post(f"/forum/gelesen?bereich={room.slug}").status_code == 404
    assert client.post("/forum/gelesen/zurueck", data={"moment": "gestern"}).status_code == 404
    guest = app.test_client()
    for address in (
        *(f"/beitrag/{thread.last_post_id}/ungelesen", "/forum/gelesen"),
        "/forum/gelesen/zurueck",
    ):
        assert guest.post(address).status_code == 403


def test_unread_lists_hold_what_rows_say(client, reader, make_thread, make_user, db_session):
    seen, opened, never = make_thread("Gelesen"), make_thread("Halb", answers=1), make_thread("Nie")
    client.get(seen.path)
    reading.mark_seen(reader, opened, 1, 1)
    db_session.commit()
    page = text(client.get("/forum/liste/ungelesen"))
    assert page.index(">Nie</a>") < page.index(">Halb</a>")
    assert ">Gelesen</a>" not in page
    assert count(reader, db_session).total == 2
    newcomer = make_user()
    assert count(newcomer, db_session).total == 0
    services.add_post(make_user(), never, "Neues")
    assert count(newcomer, db_session).total == 1


def test_unread_threads_are_counted_only_so_far(
    client, reader, make_thread, make_user, monkeypatch, db_session
):
    monkeypatch.setattr("kts.forum.queries.lists.COUNTED", 3)
    author = make_user()
    for number in range(4):
        make_thread(f"Frage {number}", author=author)
    counted = count(reader, db_session)
    assert (counted.total, counted.more) == (3, True)
    assert ">3+<" in text(client.get("/forum"))


def test_marks_need_the_same_statements_however_many_threads(
    client, reader, make_thread, make_user, query_counter
):
    def statements():
        with query_counter() as counted:
            client.post("/forum/gelesen")
        return len(counted)

    make_thread()
    statements()
    before = statements()
    for number in range(3):
        make_thread(f"Weitere {number}", answers=2)
    assert statements() == before


# Long threads ----------------------------------------------------------------------------------


def rated(session, thread, number, rating):
    post = post_number(session, thread, number)
    post.rating = rating
    return post


def test_a_long_thread_begins_with_its_gist(client, make_thread, make_user, db_session):
    thread = make_thread(answers=20, kind="question")
    thread.accepted_post_id = rated(db_session, thread, 7, 9).id
    for number, rating in ((3, 1), (4, 5), (5, 2), (15, 4)):
        rated(db_session, thread, number, rating)
    db_session.commit()
    parts = gist(thread, queries.posts_on_page(thread, 1))
    assert [(part.role, part.post.number) for part in parts] == [
        *(("first", 1), ("accepted", 7), ("best", 4), ("best", 15), ("best", 5))
    ]
    page = text(client.get(thread.path))
    assert page.count("forum-gist__part--best") == 3
    assert f'href="/beitrag/{thread.accepted_post_id}"' in page
    assert "forum-gist" not in text(client.get(f"{thread.path}?seite=2"))


def test_what_nobody_may_read_is_not_in_the_gist(client, make_thread, db_session):
    thread = make_thread(answers=12)
    hidden, deleted = rated(db_session, thread, 4, 9), rated(db_session, thread, 5, 8)
    hidden.source, hidden.html = "x", "<p>Unfug</p>"
    deleted.html = "<p>Bereut</p>"
    thread.accepted_post_id = hidden.id
    rated(db_session, thread, 6, 1)
    services.hide_post(None, hidden, "Werbung")
    deleted.deleted = datetime.now(UTC)
    db_session.commit()
    parts = gist(thread, queries.posts_on_page(thread, 1))
    assert [part.post.number for part in parts] == [1, 6]
    assert "Unfug" not in text(client.get(thread.path))


def test_a_short_thread_needs_no_gist(make_thread, db_session):
    thread = make_thread(answers=9)
    rated(db_session, thread, 4, 3)
    assert gist(thread, queries.posts_on_page(thread, 1)) == []
    longer = make_thread(answers=10)
    assert gist(longer, queries.posts_on_page(longer, 1)) == []


def test_a_page_says_where_it_is_and_leads_on(client, reader, make_thread):
    thread = make_thread(answers=44)
    page = text(client.get(f"{thread.path}?seite=2"))
    assert "21–40" in page
    assert f'hx-get="{thread.path}?seite=3"' in page
    assert "forum-gap" in page
    last = text(client.get(f"{thread.path}?seite=3"))
    assert "41–45" in last
    assert "data-more" not in last


def test_the_head_of_a_thread_leads_to_what_is_unread(client, reader, make_thread, db_session):
    thread = make_thread(answers=5)
    reading.mark_seen(reader, thread, 1, 3)
    db_session.commit()
    posts = queries.posts_on_page(thread, 1)
    assert own(reader, thread, posts) == {"seen": 3, "unread": 3, "gap": False}
    page = text(client.get(thread.path))
    assert f'href="{thread.path}?neu=1" accesskey="u"' in page
    assert "accesskey" not in text(client.get(thread.path)).split("<main")[1]
