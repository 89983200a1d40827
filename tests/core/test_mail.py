"""A mail is a row first; nothing is lost and nothing sent twice."""

import smtplib
from datetime import timedelta
from email.message import EmailMessage

import pytest
from sqlalchemy import update

from kts.core.clock import now
from kts.core.mail import (
    BODY_KEPT,
    MOST_FAILURES,
    FileTransport,
    MailDelivery,
    SmtpTransport,
    _message_id,
    forget_sent_mails,
    queue_mail,
    send_due_mails,
    send_mail,
)


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


def test_the_same_occasion_is_mailed_once_and_has_one_number(db_session, postbox):
    for _time in range(2):
        made = queue_mail(
            "anna@example.org", "password_reset", key="reset:1", name="", url="u", hours=2
        )
        db_session.commit()
    assert not made
    (message,) = postbox.messages
    assert message["Message-ID"] == _message_id("reset:1")


def test_a_mail_that_is_sent_again_keeps_its_number(db_session, postbox):
    delivery = send(db_session)
    db_session.execute(update(MailDelivery).values(sent=None))  # killed before it was noted
    db_session.commit()
    send_mail(delivery.id)
    first, second = postbox.messages
    assert first["Message-ID"] == second["Message-ID"]


def test_a_folder_holds_a_mail_once(tmp_path, app, db_session, monkeypatch):
    monkeypatch.setitem(app.extensions, "kts_mail_transport", FileTransport(tmp_path))
    delivery = send(db_session)
    db_session.execute(update(MailDelivery).values(sent=None))
    db_session.commit()
    send_mail(delivery.id)
    assert len(list(tmp_path.glob("*.eml"))) == 1


def test_a_server_that_does_not_answer_is_not_asked_for_every_mail(app, db_session, monkeypatch):
    asked = []

    def transport(_message):
        asked.append(1)
        raise TimeoutError

    monkeypatch.setitem(app.extensions, "kts_mail_transport", transport)
    for number in range(10):
        row = {"subject": "s", "body": "b", "html": "h", "message_id": str(number)}
        db_session.add(MailDelivery(recipient="a@example.org", **row))
    db_session.commit()
    send_due_mails()
    assert len(asked) == MOST_FAILURES


def test_a_server_that_breaks_off_after_taking_a_mail_has_taken_it(monkeypatch):
    taken = []

    class Server:
        def __init__(self, *_args, **_options):
            pass

        def ehlo(self):
            pass

        def has_extn(self, _name):
            return False

        def send_message(self, message):
            taken.append(message)

        def quit(self):
            raise smtplib.SMTPResponseException(421, b"closing")

        def close(self):
            pass

    monkeypatch.setattr(smtplib, "SMTP", Server)
    SmtpTransport("smtp://mail.example.org")(EmailMessage())
    assert len(taken) == 1


def test_the_words_of_old_mails_go_and_the_occasion_stays(db_session, postbox):
    for key in ("old", "new"):
        queue_mail("anna@example.org", "password_reset", key=key, name="Anna", url="u", hours=2)
    queue_mail("otto@example.org", "password_reset", key="unsent", name="Otto", url="u", hours=2)
    db_session.commit()
    long_ago = now() - BODY_KEPT - timedelta(days=1)
    rows = {row.key: row for row in db_session.query(MailDelivery)}
    rows["old"].sent, rows["unsent"].sent, rows["unsent"].created = long_ago, None, long_ago
    db_session.commit()
    assert forget_sent_mails() == 1
    assert forget_sent_mails() == 0
    db_session.expire_all()
    assert [rows["old"].recipient, rows["old"].body, rows["old"].html] == ["", "", ""]
    assert (rows["old"].key, rows["old"].sent) == ("old", long_ago)
    assert rows["new"].body
    assert rows["unsent"].body
    assert not queue_mail(
        "anna@example.org", "password_reset", key="old", name="", url="u", hours=2
    )
