"""Markdown to safe HTML, once, when it is written.

Python-Markdown renders, nh3 keeps only what is on the allow-list. RENDER_VERSION is stored beside
the HTML, so that a task can find and render again what an older rule made.
"""

import functools
import hashlib
import html
import re
import threading
import unicodedata

import nh3
from markdown import Markdown
from slugify import slugify as _slugify

RENDER_VERSION = 2
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
    *(
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "img",
        "input",
        "kbd",
        "label",
        "li",
        "mark",
        "ol",
        "p",
        "pre",
        "q",
    ),
    *("s", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul"),
}
ATTRIBUTES = {
    "a": {"href", "title", "id", "class"},
    "abbr": {"title"},
    "code": {"class"},
    "div": {"class"},
    "img": {"src", "alt", "width", "height", "loading"},
    "input": {"type", "checked", "disabled"},
    "li": {"id", "class"},
    "ol": {"start"},
    "sup": {"id"},
    "td": {"align"},
    "th": {"align"},
    "ul": {"class"},
}
CLASSES = {
    "a": {"footnote-ref", "footnote-backref", "mention"},
    "div": {"footnote"},
    "li": {"task-list-item"},
    "ul": {"task-list"},
}
SCHEMES = {"http", "https", "mailto"}
# Pictures come from this site alone: another host would learn who reads what.
OWN_IMAGE = re.compile(r"/anhang/[0-9]{1,10}")
MEASURE = re.compile(r"[0-9]{1,5}")
# The box of a task and the words behind it, up to what begins or ends a block.
_TASK = re.compile(
    r'(?<=["p]>)(<input type="checkbox" disabled(?: checked)? ?/?>)'
    r"((?:(?!</?(?:li|p|ul|ol|pre|blockquote|table|div|h[2-6])\b).)*)",
    re.DOTALL,
)
DECORATIVE = ("-", "–")  # written as the description of a picture that says nothing
SLUG_LENGTH = 80  # keeps addresses readable in a mail


# Python-Markdown looks for each bracket's end again: a page of "[" alone would take minutes. Texts
# that people write stay below a hundredth of this, which takes about half a second.
MOST_SEARCHED = 2_000_000  # characters between the brackets and their ends, all together
MOST_FOOTNOTE_SIGNS = 500  # a thousand links to one footnote take seconds


_local = threading.local()


def render_markdown(source: str) -> str:
    """Render Markdown to sanitised HTML; headings start at h2, the page owns the h1.

    What is nested beyond reason is shown as it was written.
    """
    source = source.replace("\x00", "")
    if _searched(source) > MOST_SEARCHED or source.count("[^") > MOST_FOOTNOTE_SIGNS:
        return _as_written(source)
    try:
        rendered = _markdown().convert(source)
    except RecursionError:
        del _local.markdown  # it stopped half-way and would render the next text wrongly
        return _as_written(source)
    rendered = _label_tasks(_link_foreign_images(_lower_headings(rendered)))
    return sanitise(_own_footnotes(rendered, source))


def _as_written(source: str) -> str:
    return f"<pre>{html.escape(source)}</pre>"


def _searched(source: str) -> int:
    """Give how far the ends of all brackets are, which is what rendering takes time for."""
    return sum(map(_between_brackets, source.split("\n\n"))) + _between_angles(source)


def _between_angles(source: str) -> int:
    """Give how far it is from each ``<`` that may begin a tag to the next ``>``."""
    between, opened = 0, []
    for angle in re.finditer(r"<[a-zA-Z/!?]|>", source):
        if angle[0] != ">":
            opened.append(angle.start())
        else:
            between += sum(angle.start() - position for position in opened)
            opened.clear()
    return between + sum(len(source) - position for position in opened)


def _between_brackets(block: str) -> int:
    between, opened = 0, []
    for bracket in re.finditer(r"[\[\]()]", block):
        if bracket[0] in "[(":
            opened.append(bracket.start())
        elif opened:
            between += bracket.start() - opened.pop()
    return between + sum(len(block) - position for position in opened)


def _markdown() -> Markdown:
    """Give this thread's renderer; making one costs as much as a short text."""
    if not hasattr(_local, "markdown"):
        _local.markdown = Markdown(extensions=EXTENSIONS, extension_configs=EXTENSION_CONFIGS)
    return _local.markdown.reset()


def _label_tasks(rendered: str) -> str:
    """Let the words behind the box of a task be its label, for those who hear the page."""
    return _TASK.sub(r"<label>\1\2</label>", rendered) if "task-list" in rendered else rendered


def _own_footnotes(rendered: str, source: str) -> str:
    """Make footnote ids unique to the text, since several stand on one page."""
    mark = hashlib.sha256(source.encode(errors="replace")).hexdigest()[:8]
    return re.sub(r'(id="|href="#)(fn(?:ref)?\d*):', rf"\1\2-{mark}:", rendered)


def sanitise(dirty: str) -> str:
    """Keep the tags and attributes of the allow-list; classes only the known ones.

    Pictures only from this site; the browser fetches them when they come into view.
    """
    cleaned = nh3.clean(
        dirty,
        tags=TAGS,
        attributes={tag: names - {"class"} for tag, names in ATTRIBUTES.items()},
        allowed_classes=CLASSES | {"code": _code_classes(dirty)},
        url_schemes=SCHEMES,
        link_rel="nofollow noopener noreferrer",
        attribute_filter=_kept_value,
    )
    return _IMAGE.sub(_lazy_image, cleaned) if "<img" in cleaned else cleaned


_IMAGE = re.compile(r"<img\b[^>]*>")


def _kept_value(tag: str, attribute: str, value: str) -> str | None:
    if tag != "img":
        return value
    if attribute == "alt":
        return "" if value.strip() in DECORATIVE else value
    if attribute == "loading":
        return None  # set for all alike
    allowed = OWN_IMAGE if attribute == "src" else MEASURE
    return value if allowed.fullmatch(value) else None


def _lazy_image(match: re.Match[str]) -> str:
    tag = match[0]
    if ' src="' not in tag:
        return ""
    alt = "" if ' alt="' in tag else ' alt=""'
    return f'{tag[:-1].rstrip()}{alt} loading="lazy">'


def _code_classes(dirty: str) -> set[str]:
    return set(re.findall(r'<code class="(language-[\w+-]{1,30})"', dirty))


def _lower_headings(rendered: str) -> str:
    def lower(match: re.Match[str]) -> str:
        return f"<{match[1]}h{min(6, int(match[2]) + 1)}"

    return re.sub(r"<(/?)h([1-6])(?=[\s>])", lower, rendered)


_FOREIGN_IMAGE = re.compile(r'<img alt="([^"]*)" src="(https?://[^"]+)"[^>]*>')


def _link_foreign_images(rendered: str) -> str:
    """Make links of pictures that lie on other sites, so that nothing written disappears."""
    return _FOREIGN_IMAGE.sub(lambda m: f'<a href="{m[2]}">{m[1] or m[2]}</a>', rendered)


def plain_text(rendered: str) -> str:
    """Give the words of an HTML text, blocks on lines of their own."""
    described = re.sub(r'<img\b[^>]* alt="([^"]*)"[^>]*>', r" \1 ", rendered)
    spaced = re.sub(r"</(?:p|li|h\d|tr|pre|blockquote|dt|dd)>|<br\s*/?>", "\n", described)
    text = html.unescape(nh3.clean(spaced, tags=set()))
    return re.sub(r"[ \t]*\n\s*", "\n", text).strip()


def excerpt(text: str, length: int = 200) -> str:
    """Cut the text at a word's end, at most ``length`` characters and an ellipsis."""
    flat = " ".join(text.split())
    if len(flat) <= length:
        return flat
    return flat[:length].rsplit(" ", 1)[0].rstrip(",;:–-") + " …"


GERMAN = (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("Ä", "Ae"), ("Ö", "Oe"), ("Ü", "Ue"))
#: The signs of German titles that Unicode does not take apart, as they are transliterated.
_SIGNS = str.maketrans({**dict.fromkeys("–—‑‐„“”«»›‹•·|", "-"), "ß": "ss", "€": "EUR"})
SLUGS_REMEMBERED = 2_000  # of titles; every address of a thread is made of one
_MARKS = re.compile("[\u0300-\u0345]")


@functools.lru_cache(SLUGS_REMEMBERED)
def slugify(text: str) -> str:
    """Give the readable part of an address: ``Münster`` becomes ``muenster``; never empty."""
    for sign, letters in GERMAN:
        text = text.replace(sign, letters)
    # What is ASCII by now needs no table of all scripts, which takes 5 MB of memory.
    plain = _MARKS.sub("", unicodedata.normalize("NFKD", text.translate(_SIGNS)))
    is_plain = plain.isascii()
    slug = _slugify(
        plain if is_plain else text,
        max_length=SLUG_LENGTH,
        word_boundary=True,
        replacements=GERMAN,
        allow_unicode=is_plain,
    )
    return slug or "x"
