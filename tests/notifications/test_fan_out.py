"""Telling many: in few statements, through a killed worker, nobody twice."""

import json
from datetime import timedelta

import pytest

from kts.accounts.models import User
from kts.core import tasks
from kts.core.clock import now
from kts.extensions import db
from kts.forum import services
from kts.notifications import telling
from kts.notifications.models import Notification, NotificationEvent, Subscription
from kts.notifications.tasks import (
    forget_old_events,
    forget_old_messages,
    tell,
    tell_of_unfinished,
)


@pytest.fixture
def author(make_user):
    return make_user(name="Frida Frage")


@pytest.fixture
def thread(db_session, author):
    room = services.create_category(None, "Allgemeines", visibility="public")
    made = services.create_thread(author, room, "Wie fängt man an?", "Text")
    db_session.commit()
    return made


@pytest.fixture
def asleep(app):
    """Let the queue lose everything, as if no worker ran."""
    app.extensions["kts_run_task"] = lambda name, *ids: None


def add_followers(thread, number, level):
    first = db.session.scalar(db.select(db.func.max(User.id))) or 0
    people = [
        {"id": first + n, "email": f"p{first + n}@example.org", "name": f"P {n}", "role": "member"}
        for n in range(1, number + 1)
    ]
    db.session.execute(db.insert(User), people)
    rows = [
        {"user_id": one["id"], "kind": "thread", "target_id": thread.id, "level": level}
        for one in people
    ]
    db.session.execute(db.insert(Subscription), rows)
    db.session.commit()
    return [one["id"] for one in people]


def told(event_id=None):
    db.session.rollback()
    statement = db.select(Notification.user_id).where(Notification.kind == "thread_answer")
    if event_id is not None:
        statement = statement.where(Notification.event_id == event_id)
    return list(db.session.scalars(statement))


def events():
    db.session.rollback()
    return db.session.scalars(db.select(NotificationEvent).order_by(NotificationEvent.id)).all()


@pytest.mark.parametrize("level", ["watch", "follow"])
def test_two_thousand_are_told_in_few_statements(
    thread, make_user, asleep, query_counter, db_session, level
):
    add_followers(thread, 2000, level)
    with query_counter() as few:
        services.add_post(make_user(), thread, "Eins")
        db_session.commit()
    posted = len(few)
    event = events()[-1].id
    with query_counter() as ran:
        tell(event)
    assert len(told(event)) == 2000 + (level == "follow") * 0 + 1  # and the author
    batches = -(-2001 // telling.BATCH)
    assert len(ran) <= 4 * batches + 20
    assert posted < 45


def test_posting_costs_the_same_for_one_follower_and_for_many(
    thread, make_user, asleep, query_counter, db_session
):
    def statements(person):
        with query_counter() as ran:
            services.add_post(person, thread, "Text")
            db_session.commit()
        return len(ran)

    one, two = make_user(), make_user()
    few = statements(one)
    add_followers(thread, 300, "watch")
    assert statements(two) == few


@pytest.mark.parametrize("level", ["watch", "follow"])
def test_a_worker_killed_half_way_goes_on_and_tells_nobody_twice(
    thread, make_user, asleep, db_session, monkeypatch, level
):
    followers = add_followers(thread, 500, level)
    services.add_post(make_user(), thread, "Eins")
    db_session.commit()
    event = events()[-1].id
    write, batches = telling._write, iter(range(10))

    def dies(*arguments):
        write(*arguments)
        if next(batches) == 1:  # within the second batch
            raise KeyboardInterrupt

    monkeypatch.setattr(telling, "_write", dies)
    with pytest.raises(KeyboardInterrupt):
        tell(event)
    monkeypatch.undo()
    db_session.rollback()
    half = told(event)
    assert len(half) == telling.BATCH
    assert events()[-1].done is None
    tell_of_unfinished()
    assert sorted(told(event)) == sorted([*followers, thread.author_id])
    assert events()[-1].done is not None
    tell(event)
    tell_of_unfinished()
    assert len(told(event)) == 501


def test_an_event_that_was_overtaken_by_a_later_one_counts_once(
    thread, make_user, asleep, db_session
):
    (follower,) = add_followers(thread, 1, "follow")
    person = make_user()
    first = services.add_post(person, thread, "Eins")
    second = services.add_post(person, thread, "Zwei")
    db_session.commit()
    earlier, later = (event.id for event in events()[-2:])
    tell(later)
    tell(earlier)
    message = db_session.scalars(db.select(Notification).filter_by(user_id=follower)).one()
    assert sorted(message.data["posts"]) == [first.id, second.id]
    event = db_session.get_one(NotificationEvent, earlier)
    event.done = None
    db_session.commit()
    tell(earlier)
    db_session.refresh(message)
    assert sorted(message.data["posts"]) == [first.id, second.id]
    assert db_session.query(Notification).filter_by(user_id=follower).count() == 1


def test_the_worker_finds_events_whose_wake_up_call_was_lost(
    app, thread, make_user, asleep, db_session
):
    services.add_post(make_user(), thread, "Eins")
    db_session.commit()
    assert told() == []
    asker = thread.author_id
    tasks.recover_all()
    assert told() == [asker]


def test_what_is_rolled_back_is_told_to_nobody(thread, make_user, db_session):
    person, before = make_user(), len(events())
    services.add_post(person, thread, "Eins")
    db_session.rollback()
    assert len(events()) == before
    assert told() == []


def test_one_event_that_fails_stops_no_other(thread, make_user, asleep, db_session, monkeypatch):
    def fails(event):
        raise RuntimeError(event.kind)

    db_session.add(NotificationEvent(kind="broken", target="x", data={}))
    db_session.commit()
    monkeypatch.setitem(telling.AUDIENCES, "broken", fails)
    services.add_post(make_user(), thread, "Eins")
    db_session.commit()
    tell_of_unfinished()
    assert told() == [thread.author_id]


def test_whoever_read_the_post_meanwhile_is_not_told(thread, make_user, asleep, db_session):
    services.add_post(make_user(), thread, "Eins")
    db_session.commit()
    services.mark_read(thread.author, thread, thread.last_number)
    db_session.commit()
    tell_of_unfinished()
    assert told() == []


@pytest.mark.parametrize("change", ["hidden", "deleted", "left", "inactive"])
def test_what_counts_is_the_moment_of_telling(thread, make_user, asleep, db_session, change):
    from kts.accounts.models import Group

    group = Group(name="AG")
    db_session.add(group)
    db_session.flush()
    person = make_user()
    follower = make_user(groups=[group])
    thread.visibility = group.token
    db_session.add(
        Subscription(user_id=follower.id, kind="thread", target_id=thread.id, level="watch")
    )
    post = services.add_post(person, thread, "Eins")
    db_session.commit()
    if change == "hidden":
        post.hidden = True
    elif change == "deleted":
        post.deleted = now()
    elif change == "left":
        db_session.delete(follower.group_memberships[0])
    else:
        follower.active = False
    db_session.commit()
    tell_of_unfinished()
    assert told() == []
    assert [event.done is None for event in events()] == [False] * len(events())


def test_messages_hold_no_words_of_what_they_tell(thread, make_user, db_session):
    thread.title = "Ein verräterischer Titel"
    services.add_post(make_user(name="Verräter"), thread, "Geheim")
    db_session.commit()
    for message in db_session.scalars(db.select(Notification)):
        kept = json.dumps(message.data) + message.text
        assert "errät" not in kept
        assert "Geheim" not in kept


def test_old_messages_and_events_go_at_night(make_user, db_session):
    person = make_user()

    def message(days, read=None):
        moment = now() - timedelta(days=days)
        row = Notification(user_id=person.id, kind="x", url="/", text=f"{days}", created=moment)
        row.read_at = None if read is None else now() - timedelta(days=read)
        db_session.add(row)

    message(399), message(401), message(200, read=179), message(200, read=181)
    done, undone = now() - timedelta(days=31), None
    db_session.add_all(
        [NotificationEvent(kind="x", data={}, done=moment) for moment in (done, undone)]
    )
    db_session.commit()
    assert forget_old_messages() == 2
    assert forget_old_events() == 1
    left = db_session.scalars(db.select(Notification.text)).all()
    assert sorted(left) == ["200", "399"]
