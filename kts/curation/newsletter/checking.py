"""What is wrong with an issue before it goes to everybody: empty parts, dead links, no description.

Links elsewhere are not tried: nothing is fetched from other servers.
"""

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.exceptions import HTTPException

from kts.accounts.models.viewers import GUESTS
from kts.core.errors import Invalid, NotFound
from kts.curation.dossiers.addresses import item_at
from kts.curation.newsletter.contents import ShownItem, public_dossier, shown_items
from kts.curation.newsletter.models import TEXT, NewsletterIssue
from kts.extensions import db
from kts.forum.queries.writing import get_attachment
from kts.municipalities.models import Municipality

_HREF = re.compile(r'\bhref="([^"]*)"')
_IMAGE_SOURCE = re.compile(r'<img\b[^>]*\bsrc="([^"]*)"')
_WITHOUT_ALT = re.compile(r"!\[\s*\]\(")
_PUBLIC_ROWS = re.compile(r"/(?:dokumente|thema|beitrag)/\d")
_ROW = re.compile(r"/(dossiers|anhang|kommunen)/([^/]+)(?:/.*)?")
_NUMBER = re.compile(r"(\d{1,9})(?:-.*)?")


@dataclass(frozen=True)
class Problem:
    """A sentence that says what is wrong; ``item_id`` names the part, 0 the preface."""

    text: str
    item_id: int = 0


def problems(issue: NewsletterIssue) -> list[Problem]:
    """List what keeps the issue from being sent; empty when all is well."""
    shown = shown_items(issue.items)
    found = [*_empty(issue, shown), *_hidden(shown)]
    texts = [(0, issue.preface, issue.html)]
    texts += [(item.id, item.teaser, item.html) for item in issue.items]
    for number, source, rendered in texts:
        found += [Problem(text, number) for text in _in_text(source, rendered)]
    return found


def _empty(issue: NewsletterIssue, shown: Sequence[ShownItem]) -> Iterator[Problem]:
    if not issue.preface and not any(one.is_shown and not one.is_heading for one in shown):
        yield Problem(_("The issue is empty: write a preface or add a part."))
    for place, one in enumerate(shown):
        following = shown[place + 1] if place + 1 < len(shown) else None
        if one.is_heading and (following is None or following.is_heading):
            text = _("The section “%(title)s” is empty.", title=one.title)
            yield Problem(text, one.item.id)


def _hidden(shown: Iterable[ShownItem]) -> Iterator[Problem]:
    for one in shown:
        if not one.is_shown:
            text = _("A part leads to something that is not public, or no longer there.")
            yield Problem(text, one.item.id)
        elif one.item.kind not in ("heading", TEXT) and not leads_somewhere(one.url):
            text = _("A link of this site leads nowhere: %(address)s", address=one.url)
            yield Problem(text, one.item.id)


def _in_text(source: str, rendered: str) -> Iterator[str]:
    if _WITHOUT_ALT.search(source):
        yield _(
            "A picture has no description. Write one between the square brackets, or a dash where "
            "the picture is only decoration."
        )
    addresses = [*_HREF.findall(rendered), *_IMAGE_SOURCE.findall(rendered)]
    for address in dict.fromkeys(html.unescape(one) for one in addresses):
        if not leads_somewhere(address):
            yield _("A link of this site leads nowhere: %(address)s", address=address)


def leads_somewhere(address: str) -> bool:
    """Say whether guests find something at an address of this site; others are taken as they are.

    An address without a slash at its beginning leads nowhere from a mail, except ``mailto:``.
    """
    if address.startswith(("mailto:", "#")):
        return True
    try:
        split = urlsplit(address)
    except ValueError:
        return False
    own = urlsplit(current_app.config["KTS"].base_url).netloc
    if split.netloc and split.netloc != own:
        return True
    if not split.path.startswith("/") and split.path:
        return False
    return _is_public(split.path or "/", split.fragment)


def _is_public(path: str, fragment: str) -> bool:
    if not _has_open_page(path):
        return False
    if _PUBLIC_ROWS.match(path):
        return _has_part(f"{path}#{fragment}" if fragment else path)
    row = _ROW.fullmatch(path)
    return row is None or _has_row(row[1], row[2])


def _has_open_page(path: str) -> bool:
    """Say whether there is such a kind of page, and it is for everybody."""
    try:
        endpoint, _values = current_app.url_map.bind("").match(path)
    except HTTPException as answer:
        return answer.code is not None and answer.code < 400  # an address that leads on
    view = current_app.view_functions[endpoint]
    return endpoint == "static" or view.access_rule[0] == "everyone"  # type: ignore[attr-defined]


def _has_part(address: str) -> bool:
    try:
        item_at(GUESTS, address)
    except Invalid:
        return False
    return True


def _has_row(room: str, name: str) -> bool:
    if room == "kommunen":
        found = select(Municipality.id).filter_by(slug=name)
        return db.session.scalar(found) is not None
    number = _NUMBER.fullmatch(name)
    if number is None:
        return True  # a page of the room, such as its list
    if room == "dossiers":
        return public_dossier(int(number[1])) is not None
    try:
        get_attachment(GUESTS, int(number[1]))
    except NotFound:
        return False
    return True
