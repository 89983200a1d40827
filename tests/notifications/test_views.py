"""Everybody reads her own notifications, grouped by what they are about."""

import re

import pytest

from kts.extensions import db
from kts.forum import services
from kts.notifications import subscriptions
from kts.notifications.models import WATCH, Notification
from kts.notifications.services import notify


@pytest.fixture
def make_watched(make_user, db_session):
    """Give a function that lets a person watch a new thread with some answers by others."""
    room = services.create_category(None, "Allgemeines", visibility="public")
    author = make_user(name="Frida Frage")

    def make(person, title="Wie fängt man an?", writers=(), answers=1):
        thread = services.create_thread(author, room, title, "Text")
        db_session.commit()
        subscriptions.choose_level(person, "thread", thread.id, WATCH)
        for writer in writers or [author] * answers:
            services.add_post(writer, thread, "Antwort")
        db_session.commit()
        return thread

    return make


def unread(person):
    db.session.commit()
    statement = db.select(db.func.count(Notification.id)).filter(
        Notification.user_id == person.id, Notification.read_at.is_(None)
    )
    return db.session.scalar(statement)


def test_a_message_is_shown_to_its_person_alone_and_leads_on(app, make_user, login):
    anna, otto = make_user(name="Anna"), make_user(name="Otto")
    notify(anna, "answer", "Otto hat geantwortet", "/forum", actor=otto)
    notify(otto, "answer", "Eigenes zählt nicht", "/forum", actor=otto)
    db.session.commit()
    message = db.session.scalars(db.select(Notification)).one()
    mine, other = login(app.test_client(), anna), login(app.test_client(), otto)
    assert "Otto hat geantwortet" in mine.get("/benachrichtigungen").text
    assert "Otto hat geantwortet" not in other.get("/benachrichtigungen").text
    path = f"/benachrichtigungen/{message.id}"
    assert other.post(path).status_code == 404
    assert app.test_client().get("/benachrichtigungen").status_code == 302
    assert mine.post(path).location == "/forum"
    db.session.expire_all()
    assert message.read_at is not None


def test_posts_of_a_thread_are_one_entry_that_names_who_wrote(
    client, login, make_user, make_watched
):
    reader = make_user()
    names = ("Anna", "Bernd", "Clara", "Anna")
    people = {name: make_user(name=name) for name in set(names)}
    thread = make_watched(reader, writers=[people[name] for name in names])
    page = login(client, reader).get("/benachrichtigungen").text
    assert "4 neue Beiträge in „Wie fängt man an?“ von Anna, Bernd und 1 weiteren Person" in page
    assert page.count('class="notes__group') == 1
    (message_id,) = re.findall(r'action="/benachrichtigungen/(\d+)"', page)
    assert client.post(f"/benachrichtigungen/{message_id}").location == f"{thread.path}?neu=1"
    assert unread(reader) == 0
    page = client.get("/benachrichtigungen").text
    assert "4 Beiträge in „Wie fängt man an?“" in page


def test_the_filters_keep_what_is_unread_or_direct(client, login, make_user, make_watched):
    reader = make_user()
    watched = make_watched(reader, "Beobachtetes")
    mine = services.add_post(reader, watched, "Ich")
    services.add_post(watched.author, watched, "An Sie", reply_to_id=mine.id)
    make_watched(reader, "Gelesenes")
    db.session.commit()
    login(client, reader)
    target = f"thread:{watched.id + 1}"
    client.post("/benachrichtigungen/gelesen", data={"target": target})
    everything = client.get("/benachrichtigungen").text
    fresh = client.get("/benachrichtigungen?nur=ungelesen").text
    direct = client.get("/benachrichtigungen?nur=direkt").text
    assert "Gelesenes" in everything
    assert "Gelesenes" not in fresh
    assert "Ein neuer Beitrag" in fresh
    assert "Ein neuer Beitrag" not in direct
    assert "hat auf Ihren Beitrag in „Beobachtetes“ geantwortet" in direct
    assert client.get("/benachrichtigungen?nur=unsinn").status_code == 200


def test_a_group_is_marked_and_unmarked(client, login, make_user, make_watched):
    reader, other = make_user(), make_user()
    first, second = make_watched(reader, "Eins", answers=3), make_watched(reader, "Zwei")
    make_watched(other, "Fremdes")
    login(client, reader)
    form = {"target": f"thread:{first.id}", "upto": "999999"}
    answer = client.post("/benachrichtigungen/gelesen", data=form)
    assert unread(reader) == 1
    page = client.get(answer.location).text
    moment = re.search(r'name="moment" value="([^"]+)"', page)[1]
    client.post("/benachrichtigungen/ungelesen", data={"moment": moment})
    assert unread(reader) == 4
    client.post("/benachrichtigungen/gelesen", data={"target": f"thread:{second.id}"})
    client.post("/benachrichtigungen/ungelesen", data={"moment": "gestern"})
    assert unread(reader) == 3
    assert unread(other) == 1


def test_all_are_marked_at_once_but_not_what_came_since(client, make_user, login):
    anna = make_user()
    for number in range(3):
        notify(anna, "answer", f"Nachricht {number}", "/forum")
    login(client, anna)
    page = client.get("/benachrichtigungen").text
    upto = re.search(r'name="upto" value="(\d+)"', page)[1]
    notify(anna, "answer", "Eben erst", "/forum")
    answer = client.post("/benachrichtigungen/gelesen", data={"upto": upto})
    assert answer.status_code == 303
    assert unread(anna) == 1
    client.post("/benachrichtigungen/gelesen")
    assert unread(anna) == 0


def test_reading_the_thread_reads_its_messages(client, login, make_user, make_watched):
    reader = make_user()
    thread = make_watched(reader, answers=3)
    assert unread(reader) == 3
    login(client, reader).get(thread.path)
    assert unread(reader) == 0


def test_the_page_takes_no_more_statements_for_more_groups(
    client, login, make_user, make_watched, query_counter
):
    reader = make_user()
    login(client, reader)

    def statements():
        with query_counter() as ran:
            page = client.get("/benachrichtigungen").text
        return len(ran), page.count('class="notes__group')

    make_watched(reader, "Erstes", answers=2)
    few, _one = statements()
    for number in range(8):
        make_watched(reader, f"Thema {number}", answers=3)
    many, groups = statements()
    assert (many, groups) == (few, 9)


def test_more_are_shown_when_asked(client, login, make_user):
    anna = make_user()
    for number in range(30):
        notify(anna, "answer", f"Nachricht {number:02}", "/forum")
    login(client, anna)
    page = client.get("/benachrichtigungen").text
    assert "Nachricht 29" in page
    assert "Nachricht 09" not in page
    assert "zeige=40" in page
    page = client.get("/benachrichtigungen?zeige=40").text
    assert "Nachricht 00" in page
    assert "zeige=" not in page
    assert client.get("/benachrichtigungen?zeige=99999999").status_code == 200


def test_the_number_in_the_header_stops_at_99(client, login, make_user, query_counter):
    anna = make_user()
    for number in range(120):
        notify(anna, "answer", f"Nachricht {number}", "/forum")
    page = login(client, anna).get("/konto").text
    assert "99+" in page
    assert "120" not in page


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59-14:00", "2026-01-01", "\x00", "x"])
def test_a_moment_that_is_none_undoes_nothing(client, login, make_user, moment):
    anna = make_user()
    notify(anna, "answer", "Nachricht", "/forum")
    login(client, anna).post("/benachrichtigungen/gelesen")
    answer = client.post("/benachrichtigungen/ungelesen", data={"moment": moment})
    assert answer.status_code == 303
    assert client.get("/benachrichtigungen", query_string={"gelesen": moment}).status_code == 200
    assert unread(anna) == 0


def test_a_target_that_no_message_has_marks_nothing_else(client, login, make_user):
    anna = make_user()
    notify(anna, "answer", "Nachricht", "/forum")
    login(client, anna).post("/benachrichtigungen/gelesen", data={"target": "thread:4711"})
    assert unread(anna) == 1
    assert client.post("/abonnements/user/1", data={"level": ""}).status_code == 404
