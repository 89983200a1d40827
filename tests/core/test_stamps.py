"""Counters grow with every change, however it is made, and only when it is kept."""

import pytest
from sqlalchemy import delete, update

from kts.accounts.models import User
from kts.core import stamps
from kts.extensions import db


def thread_stamp(thread):
    return stamps.read(f"thread:{thread.id}", "threads", "threads:many")


@pytest.fixture
def thread(db_session, make_user):
    from kts.forum import services

    category = services.create_category(None, "Allgemeines", visibility="public")
    thread = services.create_thread(make_user(), category, "Wie fängt man an?", "Ganz am Anfang.")
    db_session.commit()
    return thread


def test_a_change_of_an_object_counts_for_it_and_for_lists(db_session, thread):
    one, lists, many = thread_stamp(thread)
    thread.title = "Ein anderer Titel"
    db_session.commit()
    assert thread_stamp(thread) == (one + 1, lists + 1, many)


def test_what_is_rolled_back_does_not_count(db_session, thread):
    before = thread_stamp(thread)
    thread.title = "Ein anderer Titel"
    db_session.flush()
    db_session.rollback()
    db_session.commit()
    assert thread_stamp(thread) == before


def test_statements_in_bulk_count_for_all(db_session, thread):
    from kts.forum.models import Post, Thread

    for statement in (update(Thread).values(pinned=True), delete(Post).where(Post.id == -1)):
        _one, lists, many = thread_stamp(thread)
        db_session.execute(statement)
        db_session.commit()
        assert thread_stamp(thread)[1:] == (lists + 1, many + 1)


def test_only_what_readers_see_of_a_person_counts(db_session, make_user):
    person = make_user()
    (before,) = stamps.read("people")
    person.language = "en"
    db_session.commit()
    assert stamps.read("people") == (before,)
    person.name = "Neuer Name"
    db_session.commit()
    assert stamps.read("people") == (before + 1,)


def test_a_savepoint_alone_does_not_count_yet(db_session, make_user):
    person = make_user()
    (before,) = stamps.read("people")
    with db_session.begin_nested():
        person.name = "Neuer Name"
    assert stamps.read("people") == (before,)
    db_session.commit()
    assert stamps.read("people") == (before + 1,)


def test_it_is_an_error_of_nobody_to_ask_for_an_unknown_name(db_session):
    assert stamps.read("nothing", "people")[0] == 0
    assert db.session.get(User, -1) is None
