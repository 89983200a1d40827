"""Headers of mails about notifications, and addresses that take an answer.

List-Unsubscribe with one click (RFC 8058), a list a category (RFC 2919), and a conversation's root
by which mail programs put its mails together.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.header import Header
from typing import Any

from flask import current_app

from kts.core import mail
from kts.notifications import unsubscribing
from kts.notifications.contents import Item

REPLY_PREFIX = "antwort+"
MAC_LENGTH = 16  # characters of base32, 80 bits: a local part has room for 64 characters (RFC 5321)
ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"  # case does not survive every mail server
TOKEN = re.compile(r"([0-9a-z]{1,7})-([0-9a-z]{1,7})-([0-9a-z]{1,7})-([a-z2-7]{16})")


@dataclass(frozen=True)
class ReplyTo:
    """Whose answer it is and what it answers; ``number`` is the post's, 0 for the whole thread."""

    user_id: int
    target_id: int
    number: int


def headers(person: Any, template: str, items: Sequence[Item]) -> dict[str, str]:
    """Give the headers of a mail to the person with these entries."""
    link = unsubscribing.address(unsubscribing.token(person, unsubscribing.STOP))
    contact = current_app.config["KTS"].operator_mail
    given = {
        "List-Unsubscribe": f"<{link}>, <mailto:{contact}?subject=unsubscribe>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Id": _list_id("digest", ""),
        "Precedence": "bulk",
    }
    if template == "digest" or not items:
        return given
    return given | _of_conversation(person, items[0])


def _of_conversation(person: Any, item: Item) -> dict[str, str]:
    given = {"List-Id": _list_id(item.list_id or "notifications", item.group)}
    if item.root:
        root = f"<{item.root}@{mail.domain()}>"
        given |= {"In-Reply-To": root, "References": root}
        if answer := reply_address(person.id, item):
            given["Reply-To"] = answer
    return given


def _list_id(name: str, title: str) -> str:
    identifier = f"<{name}.{mail.domain()}>"
    if not title:
        return identifier
    words = "".join(" " if c in "<>" or not c.isprintable() else c for c in title)
    words = " ".join(words.split())
    # The words of a long name lie on several lines, of which a header's value may have one only.
    told = words if words.isascii() else Header(words, "utf-8").encode(linesep="")
    return f"{told} {identifier}"


def reply_address(user_id: int, item: Item) -> str:
    """Give the address whose mails answer the entry in the person's name; empty where none is set.

    It holds no secret but a signature: whoever has it can write in that person's name only what
    reaches the mailbox, so the receiving side checks the sender as well.
    """
    domain = current_app.config["KTS"].mail_reply_domain
    if not domain or not item.root:
        return ""
    target_id = int(item.target.partition(":")[2])
    return f"{REPLY_PREFIX}{_sign(user_id, target_id, item.number or 0)}@{domain}"


def parse_reply_address(address: str) -> ReplyTo | None:
    """Read whose answer arrives at the address and to what; None for a forged or foreign one."""
    local, _at, domain = address.strip().strip("<>").lower().rpartition("@")
    expected = current_app.config["KTS"].mail_reply_domain
    if not expected or domain != expected or not local.startswith(REPLY_PREFIX):
        return None
    match = TOKEN.fullmatch(local.removeprefix(REPLY_PREFIX))
    if match is None:
        return None
    numbers = [int(text, 36) for text in match.groups()[:3]]
    given = local.removeprefix(REPLY_PREFIX)
    return ReplyTo(*numbers) if hmac.compare_digest(given, _sign(*numbers)) else None


def _sign(*numbers: int) -> str:
    words = "-".join(_base36(number) for number in numbers)
    secret = str(current_app.secret_key).encode()
    mac = hmac.new(secret, f"mail-reply {words}".encode(), hashlib.sha256).digest()
    return f"{words}-{base64.b32encode(mac).decode().lower()[:MAC_LENGTH]}"


def _base36(number: int) -> str:
    digits = ""
    while number or not digits:
        number, digit = divmod(number, 36)
        digits = ALPHABET[digit] + digits
    return digits
