"""Where words and links stand in a text; no database.

Words are compared without case, with umlauts and ß as two letters, without accents and invisible
signs, with Cyrillic and Greek letters as the Latin ones that they look like, and with any blank as
one space. The places found are those of the text as it was written.
"""

import html
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from markupsafe import Markup

_LETTERS = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}
# A link as it is written: with its protocol, without (//), or beginning with www.
_LINK = re.compile(r"(?:(?<![\w/:])|https?:)//([^\s/?#<>\"'`()\[\]\\|]+)|\b(www\.[\w.-]+)", re.I)
_HOST = re.compile(r"(?=.{1,253}$)(?:[a-z0-9_-]{1,63}\.)+[a-z][a-z0-9-]{1,62}")
_HREF = re.compile(r'<a\b[^>]*? href="([^"]*)"')
# Where a browser leads to: any slashes after http(s), or at least two at the beginning.
_ELSEWHERE = re.compile(r"(?:https?:/*|//+)([^/?#]+)", re.I)
_TAG = re.compile(r'(<(?:[^>"]|"[^"]*")*>)')
_LOOKS_LIKE = str.maketrans("авгеиӏіјкмнорсԁѕтухһѵԝαεικνορτυχ", "abreulijkmhopcdstyxhvwaeikvoptux")
_FILLERS = "\u115f\u1160\u3164\uffa0"  # letters without a shape
_UNSEEN = ("Cf", "Mn", "Me")


@lru_cache(4096)
def _folded(sign: str) -> str:
    """Fold one sign; invisible ones and combining marks are left out."""
    if sign.isspace():
        return " "
    if sign in _FILLERS or unicodedata.category(sign) in _UNSEEN:
        return ""
    bare = "".join(_LETTERS.get(letter, letter) for letter in sign.casefold())
    if bare.isascii():
        return bare
    parts = unicodedata.normalize("NFKD", bare).casefold().translate(_LOOKS_LIKE)
    return "".join(part for part in parts if unicodedata.category(part) not in _UNSEEN)


def fold(text: str) -> str:
    """Give the text as it is compared."""
    return folded_with_places(text)[0].strip()


def folded_with_places(text: str) -> tuple[str, list[int]]:
    """Give the folded text and, for each of its signs, where it stood in the text.

    The text has to be in normal form (NFC): an umlaut is one sign.
    """
    signs: list[str] = []
    places: list[int] = []
    for place, sign in enumerate(text):
        for letter in _folded(sign):
            if letter == " " and signs and signs[-1] == " ":
                continue
            signs.append(letter)
            places.append(place)
    return "".join(signs), places


@dataclass(frozen=True)
class Span:
    """A place in a text, and the number of the rule that found it there."""

    start: int
    end: int
    rule_id: int


@dataclass(frozen=True)
class Phrase:
    """A folded word or phrase to look for."""

    rule_id: int
    folded: str
    whole: bool

    def places(self, folded: str) -> Iterable[int]:
        """Give where it begins in a folded text."""
        begin = folded.find(self.folded)
        while begin >= 0:
            if not self.whole or self._stands_alone(folded, begin):
                yield begin
            begin = folded.find(self.folded, begin + 1)

    def _stands_alone(self, folded: str, begin: int) -> bool:
        end = begin + len(self.folded)
        before = begin > 0 and folded[begin - 1].isalnum() and self.folded[0].isalnum()
        after = end < len(folded) and folded[end].isalnum() and self.folded[-1].isalnum()
        return not (before or after)


def phrases_in(phrases: Iterable[Phrase], text: str) -> set[int]:
    """Give the numbers of the rules whose phrases stand in the text."""
    folded = fold(unicodedata.normalize("NFC", text))
    return {
        phrase.rule_id
        for phrase in phrases
        if phrase.folded in folded and any(True for _place in phrase.places(folded))
    }


def spans_of(phrases: Iterable[Phrase], text: str) -> list[Span]:
    """Give all places at which phrases stand, without overlaps; the text has to be in NFC."""
    folded, places = folded_with_places(text)
    found = [
        Span(places[begin], places[begin + len(phrase.folded) - 1] + 1, phrase.rule_id)
        for phrase in phrases
        if phrase.folded in folded
        for begin in phrase.places(folded)
    ]
    spans: list[Span] = []
    for span in sorted(found, key=lambda span: (span.start, -span.end)):
        if not spans or span.start >= spans[-1].end:
            spans.append(span)
    return spans


def marked_html(phrases: Sequence[Phrase], rendered: str) -> Markup:
    """Mark the phrases in sanitised HTML; a phrase across two elements is not marked."""
    pieces = _TAG.split(rendered)
    pieces[::2] = [_marked(phrases, piece) for piece in pieces[::2]]
    return Markup("".join(pieces))  # noqa: S704 - sanitised before, and only <mark> is added


def marked_text(phrases: Sequence[Phrase], text: str) -> Markup:
    """Mark the phrases in a plain text."""
    return Markup(_marked(phrases, str(Markup.escape(text))))  # noqa: S704 - escaped before


def _marked(phrases: Sequence[Phrase], piece: str) -> str:
    words = unicodedata.normalize("NFC", html.unescape(piece))
    spans = spans_of(phrases, words)
    if not spans:
        return piece
    parts, at = [], 0
    for span in spans:
        parts += [html.escape(words[at : span.start], quote=False)]
        parts += ["<mark>", html.escape(words[span.start : span.end], quote=False), "</mark>"]
        at = span.end
    return "".join([*parts, html.escape(words[at:], quote=False)])


def hosts_in(text: str) -> list[str]:
    """Give the host of each link in a text, in order; the same one as often as it is linked."""
    found = (match[1] or match[2] for match in _LINK.finditer(html.unescape(text)))
    return [host for written in found if (host := plain_host(written))]


def linked_hosts(rendered: str) -> list[str]:
    """Give the host of each link in sanitised HTML as a browser understands its address."""
    found = (_address(match[1]) for match in _HREF.finditer(rendered))
    hosts = (_ELSEWHERE.match(address) for address in found)
    return [host for match in hosts if match and (host := plain_host(unquote(match[1])))]


def _address(written: str) -> str:
    """Take away what browsers take away, and turn the slashes that they turn."""
    return re.sub(r"[\t\r\n]", "", html.unescape(written)).strip().replace("\\", "/")


def plain_host(written: str) -> str:
    """Give a host as names are compared (small, ASCII, without port); empty if it is none."""
    host = written.rpartition("@")[2].partition(":")[0].strip().strip(".,;!*_~").casefold()
    try:
        host = host.encode("idna").decode()
    except UnicodeError:
        return ""
    return host if _HOST.fullmatch(host) else ""


def host_rule(rules: dict[str, tuple[int, str]], host: str) -> tuple[int, str] | None:
    """Give number and effect of the longest listed name that the host is or lies below."""
    labels = host.split(".")
    for start in range(len(labels) - 1):
        if found := rules.get(".".join(labels[start:])):
            return found
    return None
