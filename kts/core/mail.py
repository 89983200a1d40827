"""Mails: a row first, then the wire.

A mail is rendered and stored in the transaction of the deed that it tells of; the worker sends it
and marks the row. A mail server that is down delays mails and loses none. A row is claimed before
it is sent, and carries its Message-ID, so that nobody is written to twice by two workers.

One window stays open: a worker that is killed after the server has taken a mail and before that is
noted sends it again. The second one has the same Message-ID, by which many mail programs show one.
"""

import contextlib
import hashlib
import logging
import smtplib
import socket
import ssl
from datetime import datetime, timedelta
from email.headerregistry import HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTPUTF8, EmailPolicy
from email.policy import default as default_policy
from email.utils import formataddr, formatdate, make_msgid
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from flask import Flask, current_app, render_template
from flask_babel import force_locale
from sqlalchemy import JSON, ForeignKey, Index, String, Text, update
from sqlalchemy.orm import Mapped, mapped_column

from kts.core.clock import now
from kts.core.models import UTCDateTime
from kts.core.tasks import after_commit, nightly, recover, task
from kts.extensions import db

log = logging.getLogger(__name__)

CLAIM_LASTS = timedelta(minutes=10)  # a worker that was killed while sending loses its claim
RETRY_AFTER = timedelta(minutes=2)
SUBJECT_LENGTH = 300  # characters; a category, a title and what happened can be longer
MAX_ATTEMPTS = 200  # with doubling waits this is many days; then a person has to look
LONGEST_WAIT = timedelta(hours=1)
SMTP_TIMEOUT = 20
MOST_A_TURN = 1000  # mails looked up at once; the rest comes a minute later
MOST_FAILURES = 3  # in a row that look like a server that is down: the others need not wait, too
UNREACHABLE = (
    ConnectionError,
    TimeoutError,
    socket.gaierror,
    smtplib.SMTPConnectError,
    smtplib.SMTPServerDisconnected,
)
BODY_KEPT = timedelta(days=30)  # long enough to answer "I never got it"; then only that it went


class AddressesHeader(UnstructuredHeader):
    """A header of addresses in angle brackets, which mail programs read sign by sign.

    The usual folding encodes an address that is longer than a line (RFC 2047), and then nobody
    finds it any more: it is left whole, and lines are broken between addresses alone.
    """

    def fold(self, *, policy: EmailPolicy) -> str:
        """Write the header with every address on a line of its own."""
        text = str(self)
        if not text.isascii():
            return str(super().fold(policy=policy))
        return f"{self.name}: {f'{policy.linesep} '.join(text.split())}{policy.linesep}"


_HEADERS = HeaderRegistry()
for _name in ("list-unsubscribe", "list-id", "in-reply-to", "references"):
    _HEADERS.map_to_type(_name, AddressesHeader)
POLICY = default_policy.clone(header_factory=_HEADERS)


class MailDelivery(db.Model):
    """One mail to one address. ``sent`` is set once; ``error`` keeps the last refusal.

    ``key`` names the occasion: what is asked for twice is one mail. ``headers`` are added to the
    usual ones (threading, List-Unsubscribe). Some weeks after it was sent only ``key``, times and
    the person are left.
    """

    __tablename__ = "mail_delivery"
    __table_args__ = (Index("ix_mail_delivery_unsent", "sent", "due"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    created: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    recipient: Mapped[str] = mapped_column(String(320))
    subject: Mapped[str] = mapped_column(String(SUBJECT_LENGTH))
    body: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    message_id: Mapped[str] = mapped_column(String(200), unique=True)
    due: Mapped[datetime] = mapped_column(UTCDateTime, default=now, index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    claimed: Mapped[datetime | None] = mapped_column(UTCDateTime)
    sent: Mapped[datetime | None] = mapped_column(UTCDateTime)
    error: Mapped[str] = mapped_column(Text, default="")
    user_id: Mapped[int | None] = mapped_column(
        ForeignKey("user.id", ondelete="SET NULL"), index=True
    )
    key: Mapped[str | None] = mapped_column(String(100), unique=True)
    headers: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)


def queue_mail(
    recipient: str,
    template: str,
    *,
    locale: str = "de",
    user_id: int | None = None,
    key: str | None = None,
    headers: dict[str, str] | None = None,
    **context: Any,
) -> bool:
    """Render ``mail/<template>/{subject.txt,body.txt,body.html}`` and keep the mail for sending.

    A mail whose ``key`` is known already is not made again; says whether one was made. The same
    key gives the same Message-ID.
    """
    if key is not None and is_known(key):
        return False
    with force_locale(locale):
        parts = {
            part: render_template(f"mail/{template}/{part}", **context)
            for part in ("subject.txt", "body.txt", "body.html")
        }
    delivery = MailDelivery(
        recipient=recipient,
        subject=_one_line(parts["subject.txt"]),
        body=parts["body.txt"],
        html=parts["body.html"],
        message_id=_message_id(key),
        user_id=user_id,
        key=key,
        headers=headers or {},
    )
    db.session.add(delivery)
    db.session.flush()
    after_commit(send_mail, delivery.id)
    return True


def _one_line(text: str) -> str:
    """Give a subject that cannot begin another header, as long as its column."""
    line = " ".join(text.split())
    return line if len(line) <= SUBJECT_LENGTH else f"{line[: SUBJECT_LENGTH - 1]}…"


def is_known(key: str) -> bool:
    """Say whether there is a mail for the occasion already."""
    return db.session.scalar(db.select(MailDelivery.id).filter_by(key=key)) is not None


def _message_id(key: str | None) -> str:
    if key is None:
        return make_msgid(domain=domain())
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{domain()}>"


def base_url() -> str:
    """Give the site's address without a slash at its end, for complete links."""
    return str(current_app.config["KTS"].base_url).rstrip("/")


def domain() -> str:
    """Give the host in whose name mails are numbered."""
    return urlsplit(current_app.config["KTS"].base_url).hostname or "localhost"


@task
def send_mail(delivery_id: int) -> bool:
    """Send one mail unless it is sent, claimed or not yet due; say whether the server was there."""
    if not _claim(delivery_id):
        return True
    reachable = True
    delivery = db.session.get_one(MailDelivery, delivery_id)
    try:
        current_app.extensions["kts_mail_transport"](_message(delivery))
    except (OSError, smtplib.SMTPException, ValueError) as error:  # ValueError: a strange address
        log.warning("mail %s was not taken: %s", delivery_id, type(error).__name__)
        reachable = not isinstance(error, UNREACHABLE)
        delivery.error = f"{type(error).__name__}: {error}"
        delivery.due = now() + min(RETRY_AFTER * 2 ** min(delivery.attempts, 10), LONGEST_WAIT)
    else:
        delivery.sent, delivery.error = now(), ""
    delivery.claimed = None
    db.session.commit()
    return reachable


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
    """Send what is due and not sent: the mails whose wake-up call was lost or refused.

    A server that does not answer is not asked for every mail: each would wait for it.
    """
    due = db.select(MailDelivery.id).where(
        MailDelivery.sent.is_(None),
        MailDelivery.due <= now(),
        MailDelivery.attempts < MAX_ATTEMPTS,
    )
    failures = 0
    oldest = due.order_by(MailDelivery.due, MailDelivery.id).limit(MOST_A_TURN)
    for delivery_id in db.session.scalars(oldest).all():
        failures = 0 if send_mail(delivery_id) else failures + 1
        if failures == MOST_FAILURES:
            return


@nightly
def forget_sent_mails() -> int:
    """Remove the words and addresses of mails sent some weeks ago; give how many.

    What is left says that the occasion was mailed, to whom and when, so that it is not again.
    """
    old = db.select(MailDelivery.id).where(
        MailDelivery.sent < now() - BODY_KEPT, MailDelivery.recipient != ""
    )
    forgotten = 0
    while ids := db.session.scalars(old.limit(MOST_A_TURN)).all():
        nothing = {"recipient": "", "subject": "", "body": "", "html": "", "headers": {}}
        db.session.execute(update(MailDelivery).where(MailDelivery.id.in_(ids)).values(nothing))
        db.session.commit()
        forgotten += len(ids)
    return forgotten


def _message(delivery: MailDelivery) -> EmailMessage:
    settings = current_app.config["KTS"]
    message = EmailMessage(policy=POLICY)
    message["From"] = formataddr((settings.site_name, settings.mail_from))
    message["To"] = delivery.recipient
    message["Subject"] = delivery.subject
    message["Date"] = formatdate(delivery.created.timestamp())
    message["Message-ID"] = delivery.message_id
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office reply to it
    for name, value in delivery.headers.items():
        message[name] = value
    message.set_content(delivery.body)
    message.add_alternative(delivery.html, subtype="html")
    return message


class FileTransport:
    """Writes each mail as an ``.eml`` file, for trying the site without a mail server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, message: EmailMessage) -> None:
        """Write the mail; its name begins with the moment, so a folder lists them in order.

        A mail that was written before the worker was killed is not written twice.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        name = message["Message-ID"].strip("<>").split("@")[0]
        if any(self.folder.glob(f"*-{name}.eml")):
            return
        path = self.folder / f"{now():%Y%m%dT%H%M%S}-{name}.eml"
        path.write_bytes(message.as_bytes(policy=SMTPUTF8))


class SmtpTransport:
    """Hands each mail to the server of a ``smtp://`` (STARTTLS) or ``smtps://`` address."""

    def __init__(self, address: str) -> None:
        self.address = urlsplit(address)

    def __call__(self, message: EmailMessage) -> None:
        """Deliver one mail; raises OSError or SMTPException when the server refuses.

        Once the server has taken it, nothing that goes wrong while taking leave counts.
        """
        context = ssl.create_default_context()
        host, port = self.address.hostname or "localhost", self.address.port
        if self.address.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                host, port or 465, timeout=SMTP_TIMEOUT, context=context
            )
        else:
            server = smtplib.SMTP(host, port or 25, timeout=SMTP_TIMEOUT)
        try:
            self._hand_over(server, context, message)
        finally:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                server.quit()
            server.close()

    def _hand_over(
        self, server: smtplib.SMTP, context: ssl.SSLContext, message: EmailMessage
    ) -> None:
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
