"""Keeping order: who may, what is logged, who is told, what others see."""

import pytest

from kts.core.audit import history
from kts.core.mail import MailDelivery
from kts.forum import queries, services
from kts.forum.models import Post, Thread
from kts.notifications.models import Notification

ACTS = [
    ("pin", "unpin", "pinned"),
    ("lock", "unlock", "locked"),
    ("hide", "unhide", "hidden"),
]


def text(response):
    return response.get_data(as_text=True)


def moderate(client, thread, act, reason="", **data):
    return client.post(f"{thread.path}/moderation", data={"act": act, "reason": reason, **data})


@pytest.mark.parametrize(("act", "undo", "mark"), ACTS)
def test_each_act_and_its_counterpart_is_for_moderators_logged_and_told(
    client, login, make_user, thread, db_session, act, undo, mark
):
    moderator = make_user("moderator")
    assert moderate(client, thread, act, "Grund").status_code == 403
    for role in ("member", "editor"):
        login(client, make_user(role))
        assert moderate(client, thread, act, "Grund").status_code == 403
        assert client.get(f"{thread.path}/moderation").status_code == 403
        assert "/moderation" not in text(client.get(thread.path))
    login(client, moderator)
    assert moderate(client, thread, act, "Das ist der Grund").status_code == 303
    db_session.expire_all()
    assert getattr(thread, mark) is True
    entry = history("thread", thread.id)[0]
    assert (entry.action, entry.reason) == (f"thread.{act}", "Das ist der Grund")
    assert entry.actor_name == moderator.name
    told = db_session.query(Notification).filter_by(user_id=thread.author_id).one()
    assert "Das ist der Grund" in told.text
    assert moderate(client, thread, undo).status_code == 303
    db_session.expire_all()
    assert getattr(thread, mark) is False
    assert [e.action for e in history("thread", thread.id)] == [f"thread.{undo}", f"thread.{act}"]


@pytest.mark.parametrize("act", ["lock", "hide", "move"])
def test_what_weighs_on_others_needs_a_reason(
    client, login, make_user, thread, make_category, db_session, act
):
    other = make_category("Anderswo")
    login(client, make_user("moderator"))
    response = moderate(client, thread, act, category=other.slug)
    assert response.status_code == 422
    db_session.expire_all()
    assert not thread.locked
    assert not thread.hidden
    assert thread.category_id != other.id


def test_an_act_done_twice_is_logged_and_told_once(client, login, make_user, thread, db_session):
    login(client, make_user("moderator"))
    moderate(client, thread, "pin")
    moderate(client, thread, "pin")
    assert len(history("thread", thread.id)) == 1
    assert db_session.query(Notification).count() == 1
    assert moderate(client, thread, "sprengen", "x").status_code == 404


def test_a_moved_thread_is_seen_by_whom_the_new_category_admits(
    client, login, make_user, thread, make_category, make_group, db_session
):
    room = make_category("Werkraum", make_group().token)
    member, moderator = make_user(), make_user("moderator")
    login(client, moderator)
    assert moderate(client, thread, "move", "Gehört hierher").status_code == 422
    response = moderate(client, thread, "move", "Gehört hierher", category=room.slug)
    assert response.status_code == 303
    db_session.expire_all()
    assert thread.visibility == room.visibility
    assert client.get(thread.path).status_code == 200
    assert login(client, member).get(thread.path).status_code == 404
    assert login(client, thread.author).get(thread.path).status_code == 404
    told = db_session.query(Notification).filter_by(user_id=thread.author_id).one()
    assert told.url == "/forum"
    assert "Werkraum" not in told.text
    assert history("thread", thread.id)[0].changes["visibility"] == ["public", room.visibility]
    login(client, moderator)
    moderate(client, thread, "move", "Doch zurück", category="allgemeines")
    assert login(client, member).get(thread.path).status_code == 200


def test_a_hidden_thread_vanishes_for_others(
    client, login, make_user, thread, category, db_session
):
    services.hide_thread(make_user("moderator"), thread, "Doppelt gestellt")
    db_session.commit()
    addresses = ("/forum", f"/forum/{category.slug}")
    for person in (None, make_user()):
        if person:
            login(client, person)
        assert client.get(thread.path).status_code == 404
        assert client.get(f"/beitrag/{thread.last_post_id}").status_code == 404
        assert all(thread.title not in text(client.get(address)) for address in addresses)
        counts = queries.thread_counts(person) if person else {"threads": 0}
        assert counts["threads"] == 0
    for person in (thread.author, make_user("moderator")):
        login(client, person)
        assert "Doppelt gestellt" in text(client.get(thread.path))
        assert all(thread.title in text(client.get(address)) for address in addresses)
    login(client, thread.author)
    assert client.post(f"{thread.path}/antworten", data={"body": "Nanu"}).status_code == 403
    mail = db_session.query(MailDelivery).one()
    assert mail.recipient == thread.author.email
    assert "Doppelt gestellt" in mail.body


def test_a_hidden_post_leaves_a_note_with_the_reason(
    client, login, make_user, make_thread, db_session
):
    thread = make_thread(answers=1)
    post = db_session.query(Post).filter_by(number=2).one()
    address = f"/beitrag/{post.id}/moderation"
    data = {"act": "hide", "reason": "Werbung für ein Produkt"}
    for person in (None, make_user(), thread.author):
        if person:
            login(client, person)
        assert client.post(address, data=data).status_code == 403
    moderator = make_user("moderator")
    login(client, moderator)
    assert client.post(address, data={"act": "hide"}).status_code == 422
    assert client.post(address, data=data).status_code == 303
    assert history("post", post.id)[0].action == "post.hide"
    assert db_session.query(MailDelivery).count() == 1
    assert "Nachtrag 1" in text(client.get(thread.path))
    login(client, make_user())
    page = text(client.get(thread.path))
    assert "Beitrag ausgeblendet: Werbung für ein Produkt" in page
    assert "Nachtrag 1" not in page
    assert "Nachtrag 1" in text(login(client, thread.author).get(thread.path))
    login(client, moderator)
    assert client.post(address, data={"act": "unhide"}).status_code == 303
    assert "Nachtrag 1" in text(login(client, make_user()).get(thread.path))
    assert client.post(address, data={"act": "sprengen"}).status_code == 403


def test_moderators_read_what_was_done(client, login, make_user, thread, db_session):
    login(client, make_user("moderator"))
    moderate(client, thread, "lock", "Beantwortet")
    page = text(client.get(f"{thread.path}/moderation"))
    assert "Beantwortet" in page
    assert db_session.query(Thread).one().locked
