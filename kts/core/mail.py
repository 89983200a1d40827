"""Mails: a row first, then the wire.

A mail is rendered and stored in the transaction of the deed that it tells of; the worker sends it
and marks the row. A mail server that is down delays mails and loses none. A row is claimed before
it is sent, and carries its Message-ID, so that nobody is written to twice by two workers.
"""

import logging
import smtplib
import ssl
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTPUTF8
from email.utils import formataddr, formatdate, make_msgid
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from flask import Flask, current_app, render_template
from flask_babel import force_locale
from sqlalchemy import String, Text, update
from sqlalchemy.orm import Mapped, mapped_column

from kts.core.clock import now
from kts.core.models import UTCDateTime
from kts.core.tasks import after_commit, recover, task
from kts.extensions import db

log = logging.getLogger(__name__)

CLAIM_LASTS = timedelta(minutes=10)  # a worker that was killed while sending loses its claim
RETRY_AFTER = timedelta(minutes=2)
MAX_ATTEMPTS = 200  # with doubling waits this is many days; then a person has to look
LONGEST_WAIT = timedelta(hours=1)
SMTP_TIMEOUT = 20


class MailDelivery(db.Model):
    """One mail to one address. ``sent`` is set once; ``error`` keeps the last refusal."""

    __tablename__ = "mail_delivery"

    id: Mapped[int] = mapped_column(primary_key=True)
    created: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    recipient: Mapped[str] = mapped_column(String(320))
    subject: Mapped[str] = mapped_column(String(300))
    body: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    message_id: Mapped[str] = mapped_column(String(200), unique=True)
    due: Mapped[datetime] = mapped_column(UTCDateTime, default=now, index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    claimed: Mapped[datetime | None] = mapped_column(UTCDateTime)
    sent: Mapped[datetime | None] = mapped_column(UTCDateTime)
    error: Mapped[str] = mapped_column(Text, default="")


def queue_mail(recipient: str, template: str, *, locale: str = "de", **context: Any) -> None:
    """Render ``mail/<template>/{subject.txt,body.txt,body.html}`` and keep the mail for sending."""
    with force_locale(locale):
        parts = {
            part: render_template(f"mail/{template}/{part}", **context)
            for part in ("subject.txt", "body.txt", "body.html")
        }
    delivery = MailDelivery(
        recipient=recipient,
        subject=" ".join(parts["subject.txt"].split()),
        body=parts["body.txt"],
        html=parts["body.html"],
        message_id=make_msgid(domain=_domain()),
    )
    db.session.add(delivery)
    db.session.flush()
    after_commit(send_mail, delivery.id)


def _domain() -> str:
    return urlsplit(current_app.config["KTS"].base_url).hostname or "localhost"


@task
def send_mail(delivery_id: int) -> None:
    """Send one mail unless it is sent, claimed or not yet due."""
    if not _claim(delivery_id):
        return
    delivery = db.session.get_one(MailDelivery, delivery_id)
    try:
        current_app.extensions["kts_mail_transport"](_message(delivery))
    except (OSError, smtplib.SMTPException, ValueError) as error:  # ValueError: a strange address
        log.warning("mail %s was not taken: %s", delivery_id, type(error).__name__)
        delivery.error = f"{type(error).__name__}: {error}"
        delivery.due = now() + min(RETRY_AFTER * 2 ** min(delivery.attempts, 10), LONGEST_WAIT)
    else:
        delivery.sent, delivery.error = now(), ""
    delivery.claimed = None
    db.session.commit()


def _claim(delivery_id: int) -> bool:
    moment = now()
    claim = (
        update(MailDelivery)
        .where(
            MailDelivery.id == delivery_id,
            MailDelivery.sent.is_(None),
            MailDelivery.due <= moment,
            (MailDelivery.claimed.is_(None)) | (MailDelivery.claimed < moment - CLAIM_LASTS),
        )
        .values(claimed=moment, attempts=MailDelivery.attempts + 1)
    )
    claimed = db.session.execute(claim).rowcount
    db.session.commit()
    return bool(claimed)


@recover
def send_due_mails() -> None:
    """Send what is due and not sent: the mails whose wake-up call was lost or refused."""
    due = db.select(MailDelivery.id).where(
        MailDelivery.sent.is_(None),
        MailDelivery.due <= now(),
        MailDelivery.attempts < MAX_ATTEMPTS,
    )
    for delivery_id in db.session.scalars(due.order_by(MailDelivery.id)).all():
        send_mail(delivery_id)


def _message(delivery: MailDelivery) -> EmailMessage:
    settings = current_app.config["KTS"]
    message = EmailMessage()
    message["From"] = formataddr((settings.site_name, settings.mail_from))
    message["To"] = delivery.recipient
    message["Subject"] = delivery.subject
    message["Date"] = formatdate(delivery.created.timestamp())
    message["Message-ID"] = delivery.message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(delivery.body)
    message.add_alternative(delivery.html, subtype="html")
    return message


class FileTransport:
    """Writes each mail as an ``.eml`` file, for trying the site without a mail server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, message: EmailMessage) -> None:
        """Write the mail; its name begins with the moment, so a folder lists them in order."""
        self.folder.mkdir(parents=True, exist_ok=True)
        name = message["Message-ID"].strip("<>").split("@")[0]
        path = self.folder / f"{now():%Y%m%dT%H%M%S}-{name}.eml"
        path.write_bytes(message.as_bytes(policy=SMTPUTF8))


class SmtpTransport:
    """Hands each mail to the server of a ``smtp://`` (STARTTLS) or ``smtps://`` address."""

    def __init__(self, address: str) -> None:
        self.address = urlsplit(address)

    def __call__(self, message: EmailMessage) -> None:
        """Deliver one mail; raises OSError or SMTPException when the server refuses."""
        context = ssl.create_default_context()
        host, port = self.address.hostname or "localhost", self.address.port
        if self.address.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                host, port or 465, timeout=SMTP_TIMEOUT, context=context
            )
        else:
            server = smtplib.SMTP(host, port or 25, timeout=SMTP_TIMEOUT)
        with server:
            server.ehlo()
            if self.address.scheme == "smtp" and server.has_extn("starttls"):
                server.starttls(context=context)
            if self.address.username:
                server.login(unquote(self.address.username), unquote(self.address.password or ""))
            server.send_message(message)


def init_app(app: Flask) -> None:
    """Choose the transport that KTS_MAIL_URL names."""
    settings = app.config["KTS"]
    app.extensions["kts_mail_transport"] = (
        SmtpTransport(settings.mail_url)
        if settings.mail_url
        else FileTransport(settings.instance.resolve() / "mail")
    )
