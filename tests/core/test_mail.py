"""A mail is a row first; nothing is lost and nothing sent twice."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from kts.core.clock import now
from kts.core.mail import FileTransport, MailDelivery, queue_mail, send_due_mails, send_mail


class Postbox:
    """Stands for the mail server; refuses while ``down``."""

    def __init__(self):
        self.down, self.messages = False, []

    def __call__(self, message):
        if self.down:
            raise ConnectionRefusedError("no server")
        self.messages.append(message)


@pytest.fixture
def postbox(app):
    app.extensions["kts_mail_transport"] = Postbox()
    return app.extensions["kts_mail_transport"]


def send(db_session):
    queue_mail("anna@example.org", "password_reset", name="Anna", url="https://x/y", hours=2)
    db_session.commit()
    return db_session.scalars(db_session.query(MailDelivery).statement).one()


def test_a_mail_goes_out_after_the_commit(db_session, postbox):
    delivery = send(db_session)
    (message,) = postbox.messages
    assert message["To"] == "anna@example.org"
    assert "https://x/y" in message.get_body(("plain",)).get_content()
    assert "https://x/y" in message.get_body(("html",)).get_content()
    db_session.refresh(delivery)
    assert delivery.sent is not None


def test_a_rolled_back_deed_sends_nothing(db_session, postbox):
    queue_mail("anna@example.org", "password_reset", name="Anna", url="https://x/y", hours=2)
    db_session.rollback()
    db_session.commit()
    assert postbox.messages == []


def test_a_server_that_is_down_delays_the_mail_and_loses_none(db_session, postbox):
    postbox.down = True
    delivery = send(db_session)
    db_session.refresh(delivery)
    assert delivery.sent is None
    assert "ConnectionRefusedError" in delivery.error
    postbox.down = False
    send_due_mails()
    assert postbox.messages == []  # not due again yet
    db_session.execute(update(MailDelivery).values(due=now() - timedelta(seconds=1)))
    db_session.commit()
    send_due_mails()
    send_due_mails()
    assert len(postbox.messages) == 1


def test_a_claimed_mail_is_not_sent_by_a_second_worker(db_session, postbox):
    postbox.down = True
    delivery = send(db_session)
    postbox.down = False
    due = now() - timedelta(seconds=1)
    db_session.execute(update(MailDelivery).values(claimed=now(), due=due))
    db_session.commit()
    send_mail(delivery.id)
    assert postbox.messages == []


def test_the_claim_of_a_killed_worker_runs_out(db_session, postbox):
    postbox.down = True
    delivery = send(db_session)
    postbox.down = False
    long_ago = now() - timedelta(hours=1)
    db_session.execute(update(MailDelivery).values(claimed=long_ago, due=long_ago))
    db_session.commit()
    send_mail(delivery.id)
    assert len(postbox.messages) == 1


def test_an_address_that_cannot_be_written_to_holds_up_no_other_mail(db_session, app, monkeypatch):
    sent = []

    def transport(message):
        sent.append(message.as_bytes())

    monkeypatch.setitem(app.extensions, "kts_mail_transport", transport)
    for recipient in ("müller@example.org", "a\nBcc: b@example.org", "gut@example.org"):
        row = {"subject": "s", "body": "b", "html": "h", "message_id": recipient[:3].strip()}
        db_session.add(MailDelivery(recipient=recipient, **row))
    db_session.commit()
    send_due_mails()
    assert len(sent) == 1
    waiting = db_session.query(MailDelivery).filter(MailDelivery.sent.is_(None)).all()
    assert all(mail.error and mail.claimed is None for mail in waiting)


def test_a_mail_file_takes_an_address_with_umlauts(tmp_path, app, db_session, monkeypatch):
    monkeypatch.setitem(app.extensions, "kts_mail_transport", FileTransport(tmp_path))
    row = {"subject": "s", "body": "b", "html": "h", "message_id": "<1@x>"}
    db_session.add(MailDelivery(recipient="müller@example.org", **row))
    db_session.commit()
    send_due_mails()
    assert "müller@example.org" in next(tmp_path.glob("*.eml")).read_text()
