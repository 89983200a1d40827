"""Several workers on PostgreSQL serve the same people at the same moment: nothing twice or lost."""

import threading

import pytest

from kts import create_app
from kts.accounts import services
from kts.core.mail import MailDelivery
from kts.extensions import db
from kts.notifications import mailing, telling
from kts.notifications.models import FOLLOW, Notification, NotificationEvent
from kts.notifications.telling import Told
from tests.notifications.conftest import berlin

WORKERS, PEOPLE = 3, 12


@pytest.fixture
def app(tmp_path, postgres_url):
    config = {"TESTING": True, "TASKS": "now"}
    app = create_app(config, instance=tmp_path, secret_key="s" * 40, database_url=postgres_url)
    with app.app_context():
        db.create_all()
    yield app
    with app.app_context():
        db.session.remove()
        db.drop_all()
        db.engine.dispose()


def test_two_workers_make_one_mail_a_person(app):
    with app.app_context():
        app.extensions["kts_mail_transport"] = lambda _message: None
        for number in range(PEOPLE):
            person = services.create_user(f"p{number}@example.org", "P")
            for level in ("direct", "watch"):
                words = {"kind": "note", "level": level, "text": level, "url": "/"}
                db.session.add(Notification(user_id=person.id, created=berlin(), **words))
        db.session.commit()
        mailing.plan_new(berlin(minute=1))
        ids = mailing.due_people(berlin(day=6, hour=8))
    assert len(ids) == PEOPLE
    together = threading.Barrier(WORKERS)

    def work():
        with app.app_context():
            for user_id in ids:
                together.wait(20)
                mailing._serve(user_id, berlin(day=6, hour=8))

    threads = [threading.Thread(target=work) for _worker in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with app.app_context():
        mailing.run(berlin(day=6, hour=8, minute=1))
        made = db.session.query(MailDelivery.user_id, MailDelivery.key).all()
        waiting = db.session.query(Notification).filter_by(mailed_at=None).count()
    assert sorted(user_id for user_id, _key in made) == sorted(ids * 2)
    assert waiting == 0


def test_workers_that_tell_of_one_thread_add_all_posts_to_one_message(app, monkeypatch):
    posts = range(1, 13)
    with app.app_context():
        people = [services.create_user(f"f{n}@example.org", "F") for n in range(PEOPLE)]
        db.session.flush()
        ids = [person.id for person in people]
        made = [
            NotificationEvent(
                kind="added", target="thread:1", data={"post": post}, created=berlin()
            )
            for post in posts
        ]
        db.session.add_all(made)
        db.session.commit()
        events = [event.id for event in made]

    def audience(event):
        data = {"posts": [event.data["post"]]}
        return [Told(user_id, "added", "/", FOLLOW, data, adds_up=True) for user_id in ids]

    monkeypatch.setitem(telling.AUDIENCES, "added", audience)
    failed = []

    def work(own):
        with app.app_context():
            for event_id in own:
                together.wait(20)
                try:
                    telling.tell_people(event_id)
                except Exception as error:
                    failed.append(error)
                    db.session.rollback()

    together = threading.Barrier(WORKERS)
    threads = [threading.Thread(target=work, args=[events[n::WORKERS]]) for n in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
    with app.app_context():
        told = db.session.query(Notification).all()
        assert sorted(message.user_id for message in told) == sorted(ids)
        assert all(sorted(message.data["posts"]) == list(posts) for message in told)
