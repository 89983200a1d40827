"""Markdown to safe HTML, once, when it is written.

Python-Markdown renders, nh3 keeps only what is on the allow-list. RENDER_VERSION is stored beside
the HTML, so that a task can find and render again what an older rule made.
"""

import hashlib
import html
import re
import threading

import nh3
from markdown import Markdown
from slugify import slugify as _slugify

RENDER_VERSION = 1
EXTENSIONS = [
    "fenced_code",
    "footnotes",
    "sane_lists",
    "tables",
    "nl2br",
    "pymdownx.betterem",
    "pymdownx.magiclink",
    "pymdownx.tasklist",
    "pymdownx.tilde",
]
EXTENSION_CONFIGS = {"pymdownx.tilde": {"subscript": False}}
TAGS = {
    *("a", "abbr", "blockquote", "br", "code", "dd", "del", "div", "dl", "dt", "em"),
    *("h2", "h3", "h4", "h5", "h6", "hr", "input", "kbd", "li", "mark", "ol", "p", "pre", "q"),
    *("s", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul"),
}
ATTRIBUTES = {
    "a": {"href", "title", "id", "class"},
    "abbr": {"title"},
    "code": {"class"},
    "div": {"class"},
    "input": {"type", "checked", "disabled"},
    "li": {"id", "class"},
    "ol": {"start"},
    "sup": {"id"},
    "td": {"align"},
    "th": {"align"},
    "ul": {"class"},
}
CLASSES = {
    "a": {"footnote-ref", "footnote-backref"},
    "div": {"footnote"},
    "li": {"task-list-item"},
    "ul": {"task-list"},
}
SCHEMES = {"http", "https", "mailto"}
SLUG_LENGTH = 80  # keeps addresses readable in a mail


_local = threading.local()


def render_markdown(source: str) -> str:
    """Render Markdown to sanitised HTML; headings start at h2, the page owns the h1."""
    rendered = _markdown().convert(source.replace("\x00", ""))
    return sanitise(_own_footnotes(_lower_headings(rendered), source))


def _markdown() -> Markdown:
    """Give this thread's renderer; making one costs as much as a short text."""
    if not hasattr(_local, "markdown"):
        _local.markdown = Markdown(extensions=EXTENSIONS, extension_configs=EXTENSION_CONFIGS)
    return _local.markdown.reset()


def _own_footnotes(rendered: str, source: str) -> str:
    """Make footnote ids unique to the text, since several stand on one page."""
    mark = hashlib.sha256(source.encode(errors="replace")).hexdigest()[:8]
    return re.sub(r'(id="|href="#)(fn(?:ref)?\d*):', rf"\1\2-{mark}:", rendered)


def sanitise(dirty: str) -> str:
    """Keep the tags and attributes of the allow-list; classes only the known ones."""
    return nh3.clean(
        dirty,
        tags=TAGS,
        attributes={tag: names - {"class"} for tag, names in ATTRIBUTES.items()},
        allowed_classes=CLASSES | {"code": _code_classes(dirty)},
        url_schemes=SCHEMES,
        link_rel="nofollow noopener noreferrer",
    )


def _code_classes(dirty: str) -> set[str]:
    return set(re.findall(r'<code class="(language-[\w+-]{1,30})"', dirty))


def _lower_headings(rendered: str) -> str:
    def lower(match: re.Match[str]) -> str:
        return f"<{match[1]}h{min(6, int(match[2]) + 1)}"

    return re.sub(r"<(/?)h([1-6])(?=[\s>])", lower, rendered)


def plain_text(rendered: str) -> str:
    """Give the words of an HTML text, blocks on lines of their own."""
    spaced = re.sub(r"</(?:p|li|h\d|tr|pre|blockquote|dt|dd)>|<br\s*/?>", "\n", rendered)
    text = html.unescape(nh3.clean(spaced, tags=set()))
    return re.sub(r"[ \t]*\n\s*", "\n", text).strip()


def excerpt(text: str, length: int = 200) -> str:
    """Cut the text at a word's end, at most ``length`` characters and an ellipsis."""
    flat = " ".join(text.split())
    if len(flat) <= length:
        return flat
    return flat[:length].rsplit(" ", 1)[0].rstrip(",;:–-") + " …"


GERMAN = (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("Ä", "Ae"), ("Ö", "Oe"), ("Ü", "Ue"))


def slugify(text: str) -> str:
    """Give the readable part of an address: ``Münster`` becomes ``muenster``; never empty."""
    slug = _slugify(text, max_length=SLUG_LENGTH, word_boundary=True, replacements=GERMAN)
    return slug or "x"
