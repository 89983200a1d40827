"""Everybody reads her own notifications."""

from kts.extensions import db
from kts.notifications.models import Notification
from kts.notifications.services import notify


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


def test_all_are_marked_as_read_at_once(client, make_user, login):
    anna = make_user()
    for number in range(3):
        notify(anna, "answer", f"Nachricht {number}", "/forum")
    db.session.commit()
    login(client, anna)
    assert client.post("/benachrichtigungen/gelesen").status_code == 303
    left = db.select(db.func.count(Notification.id)).filter(Notification.read_at.is_(None))
    assert db.session.scalar(left) == 0
