"""What owners of saved searches are told at night: new things, once, and only what they may see."""

from datetime import timedelta

import pytest

from kts.accounts import services as accounts
from kts.accounts.models import GroupMembership
from kts.core.clock import now
from kts.notifications.models import Notification
from kts.saved_searches import queries, services, tasks
from kts.saved_searches.models import SavedSearch, ToldHit
from kts.search.asked import understand
from kts.search.engine import Change
from kts.search.services import engine
from tests.search.conftest import make_document


@pytest.fixture
def person(make_user):
    return make_user()


@pytest.fixture
def save(db_session, person):
    """Give a function that saves a search of the person, as if two hours ago."""

    def saved(text="Sensoren", telling="daily", **values):
        made = services.save_search(person, understand(text), text, telling)
        for name in ("created", "looked", "seen"):
            setattr(made, name, now() - timedelta(hours=2))
        for name, value in values.items():
            setattr(made, name, value)
        db_session.commit()
        return made

    engine().rebuild([make_document(99, "Sensoren von früher.", title="Altes")])
    return saved


def put(number, body="Neue Sensoren.", age=timedelta(hours=1), **values):
    moment = now() - age
    values = {"created": moment, "updated": moment, **values}
    document = make_document(number, body, title=f"Titel {number}", **values)
    engine().apply([Change(document.parent, [document])])


def messages(db_session, user):
    db_session.commit()
    return db_session.query(Notification).filter_by(user_id=user.id).all()


def test_new_hits_are_told_once_with_a_link_to_them(client, login, db_session, person, save):
    saved = save()
    put(1)
    put(2)
    tasks.tell_all()
    (told,) = messages(db_session, person)
    assert told.text == "2 neue Treffer für Ihre gespeicherte Suche „Sensoren“."
    assert told.url.startswith(f"/meine-suchen/{saved.id}?seit=")
    tasks.tell_all()
    assert len(messages(db_session, person)) == 1
    page = login(client, person).get(told.url, follow_redirects=True).text
    assert "Titel 1" in page
    assert "Titel 2" in page
    assert "Altes" not in page
    assert 'aria-current="true">Neueste zuerst' in page


def test_nothing_new_tells_nothing(db_session, person, save):
    save()
    put(1, "Etwas über Busse.")
    tasks.tell_all()
    assert messages(db_session, person) == []


def test_an_edit_is_no_news(db_session, person, save):
    save()
    put(1)
    tasks.tell_all()
    put(1, "Neue Sensoren, besser beschrieben.", updated=now())
    put(99, "Alte Sensoren, bearbeitet.", created=now() - timedelta(days=9), updated=now())
    tasks.tell_all()
    assert len(messages(db_session, person)) == 1


def test_what_resembles_the_words_is_no_news(db_session, person, save):
    save("Sensorenn")
    put(1)
    tasks.tell_all()
    assert messages(db_session, person) == []


def test_only_what_the_owner_may_see_at_this_moment_is_told(db_session, make_user, person, save):
    group = accounts.create_group(make_user("moderator"), "Runde")
    accounts.add_to_group(person, group)
    save()
    put(1, visibility=group.token)
    db_session.commit()
    tasks.tell_all()
    assert len(messages(db_session, person)) == 1
    db_session.query(GroupMembership).filter_by(user_id=person.id).delete()
    db_session.commit()
    put(2, visibility=group.token)
    tasks.tell_all()
    assert len(messages(db_session, person)) == 1


def test_who_left_a_group_sees_no_count_of_its_things(
    client, login, db_session, make_user, person, save
):
    group = accounts.create_group(make_user("moderator"), "Runde")
    save()
    put(1, visibility=group.token)
    assert "neu seit Ihrem" not in login(client, person).get("/meine-suchen").text
    accounts.add_to_group(person, group)
    db_session.commit()
    assert "1 neu seit Ihrem" in client.get("/meine-suchen").text


def test_nobody_is_told_who_does_not_want_it_or_is_gone(db_session, person, save):
    save(telling="off")
    save("Neue", deleted=now())
    put(1)
    tasks.tell_all()
    assert messages(db_session, person) == []
    db_session.query(SavedSearch).update({"telling": "daily", "deleted": None})
    person.active = False
    db_session.commit()
    tasks.tell_all()
    assert messages(db_session, person) == []


def test_weekly_is_told_after_a_week(db_session, person, save):
    saved = save(telling="weekly")
    put(1)
    tasks.tell_all()
    assert messages(db_session, person) == []
    saved.created = saved.looked = now() - timedelta(days=7)
    db_session.commit()
    tasks.tell_all()
    assert len(messages(db_session, person)) == 1


def test_what_reaches_the_index_late_is_told_too(db_session, person, save):
    save()
    tasks.tell_all()
    put(1, age=timedelta(hours=1))
    tasks.tell_all()
    assert len(messages(db_session, person)) == 1


def test_many_hits_are_bounded_and_the_rest_follows(db_session, person, save, monkeypatch):
    monkeypatch.setattr(queries, "MOST_NEWS", 3)
    save()
    for number in range(1, 6):
        put(number, age=timedelta(minutes=number))
    tasks.tell_all()
    (told,) = messages(db_session, person)
    assert told.text.startswith("Mehr als 3 neue Treffer")
    assert db_session.query(ToldHit).count() == 3


def test_a_failure_tells_nothing_halfway_and_stops_no_other(db_session, person, save, monkeypatch):
    first, _second = save("Sensoren"), save("Neue Sensoren")
    put(1)
    tell = services.notify

    def fail_once(user, kind, text, url, actor=None):
        if f"/{first.id}?" in url:
            raise RuntimeError("killed")
        tell(user, kind, text, url, actor)

    monkeypatch.setattr(services, "notify", fail_once)
    tasks.tell_all()
    (told,) = messages(db_session, person)
    assert "„Neue Sensoren“" in told.text
    monkeypatch.setattr(services, "notify", tell)
    tasks.tell_all()
    assert len(messages(db_session, person)) == 2


def test_the_message_is_in_the_language_of_its_reader(db_session, person, save):
    person.language = "en"
    save()
    put(1)
    tasks.tell_all()
    (told,) = messages(db_session, person)
    assert told.text == "1 new hit for your saved search “Sensoren”."
