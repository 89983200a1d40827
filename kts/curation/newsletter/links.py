"""Links in mails of the newsletter that need no account.

They are signed with the site's key, hold the number of a subscription and never an address, and
change nothing by being opened. A link to unsubscribe works as long as the mail is kept.
"""

import base64
import hashlib
import json
import secrets
from typing import Any

from flask import current_app
from itsdangerous import BadData, URLSafeSerializer, URLSafeTimedSerializer

from kts.core.errors import NotFound
from kts.core.mail import base_url
from kts.curation.newsletter.models import NewsletterSubscription

CONFIRM, END = "confirm", "end"
UNDO_LASTS = 24 * 60 * 60  # seconds; the page that offers it is closed long before


def confirm_link(subscription: NewsletterSubscription) -> str:
    """Give the address at which a subscription is confirmed."""
    return f"{base_url()}/newsletter/bestaetigen/{_token(CONFIRM, subscription)}"


def end_link(subscription: NewsletterSubscription) -> str:
    """Give the address that ends a subscription, by its page or with one click (RFC 8058)."""
    return f"{base_url()}/newsletter/abmelden/{_token(END, subscription)}"


def read(purpose: str, token: str) -> int:
    """Give the number of the subscription; raise NotFound for a link that is not ours."""
    try:
        number = _serializer(purpose).loads(token)
    except BadData as error:
        raise NotFound from error
    if not isinstance(number, int):
        raise NotFound
    return number


def keep(ended: list[dict[str, Any]]) -> str:
    """Write down what was ended, for the button that takes it back; nothing stays on the server.

    Only this site can read it: whoever was passed a mail on must not learn the address from it.
    """
    nonce = secrets.token_bytes(16)
    hidden = nonce + _veil(json.dumps(ended).encode(), nonce)
    return str(_undo().dumps(base64.b64encode(hidden).decode()))


def kept(token: str) -> list[dict[str, Any]]:
    """Read what was ended; raise NotFound where it was not written here, or a day ago."""
    try:
        hidden = base64.b64decode(_undo().loads(token, max_age=UNDO_LASTS))
        return list(json.loads(_veil(hidden[16:], hidden[:16])))
    except (BadData, TypeError, ValueError) as error:
        raise NotFound from error


def _veil(text: bytes, nonce: bytes) -> bytes:
    """Mix the text with bytes that only the site's key gives; twice is the text again."""
    secret = hashlib.sha256(f"newsletter-undo:{current_app.secret_key}".encode()).digest()
    stream = hashlib.shake_256(secret + nonce).digest(len(text))
    return bytes(one ^ other for one, other in zip(text, stream, strict=True))


def masked(address: str) -> str:
    """Show enough of an address to know it again, and no more: mails are passed on."""
    name, _at, domain = address.partition("@")
    return f"{name[:2]}…@{domain}"


def _token(purpose: str, subscription: NewsletterSubscription) -> str:
    return str(_serializer(purpose).dumps(subscription.id))


def _serializer(purpose: str) -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt=f"newsletter-{purpose}")


def _undo() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="newsletter-undo")
