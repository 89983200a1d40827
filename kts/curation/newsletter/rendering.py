"""An issue as mail: whole addresses, no pictures that a mail program would fetch, plain text.

A picture would tell a server who reads when. The mail holds a link in its place, named by the
description of the picture.
"""

import html as escaping
import re
import textwrap
from typing import Any

from flask_babel import gettext as _

from kts.core.mail import base_url
from kts.core.text import plain_text
from kts.curation.newsletter import contents
from kts.curation.newsletter.models import NewsletterIssue

WIDTH = 76  # characters of a line; mail programs break what is longer wherever they like
_IMAGE = re.compile(r"<img\b[^>]*>")
_OWN_ADDRESS = re.compile(r'(\bhref=")/(?!/)')
_LINK = re.compile(r'<a\b[^>]*?\bhref="([^"]*)"[^>]*>(.*?)</a>', re.DOTALL)
_BLOCK_END = re.compile(r"</(?:p|h\d|ul|ol|pre|blockquote|table|dl)>")
_GAP = "\ue000"  # stands for an empty line while blanks are tidied; nobody types it


def for_mail(rendered: str) -> str:
    """Give HTML with whole addresses, and a link in the place of each picture."""
    return _OWN_ADDRESS.sub(rf"\1{base_url()}/", _IMAGE.sub(_image_link, rendered))


def for_text(rendered: str) -> str:
    """Give the words of an HTML text with addresses behind the links, in lines of 76 signs."""
    linked = _LINK.sub(_told_link, for_mail(rendered)).replace("<li>", "<li>- ")
    spaced = _BLOCK_END.sub(rf"</p>{_GAP}</p>", linked)
    lines = plain_text(spaced).split("\n")
    wrapped = (_wrap(line) if line.strip() != _GAP else "" for line in lines)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(wrapped)).strip()


def context(issue: NewsletterIssue) -> dict[str, Any]:
    """Give what the templates of a mail need, in the language that is forced at the moment."""
    return {
        "issue": issue,
        "sections": contents.sections_of(issue),
        "for_mail": for_mail,
        "for_text": for_text,
        "archive": base_url() + issue.path if issue.number else "",
        "base": base_url(),
    }


def _wrap(line: str) -> str:
    indent = "  " if line.startswith("- ") else ""
    return textwrap.fill(
        line, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def _image_link(match: re.Match[str]) -> str:
    source = re.search(r'\bsrc="([^"]*)"', match[0])
    alt = re.search(r'\balt="([^"]*)"', match[0])
    if source is None or alt is None or not alt[1]:
        return ""
    told = escaping.escape(_("Picture: %(alt)s", alt=escaping.unescape(alt[1])))
    return f'<a href="{source[1]}">{told}</a>'


def _told_link(match: re.Match[str]) -> str:
    address, words = match[1], match[2]
    shown = plain_text(words)
    if not shown or shown == escaping.unescape(address):
        return address
    return f"{words} ({address})"
