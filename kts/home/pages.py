"""The pages that the operator answers for, and the texts that they start with.

What only the operator can know stands in the text as ``[[what is missing]]``. It is shown marked,
and administrators are told how many such places are left; the software never invents them.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from flask import current_app
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from kts.core.text import RENDER_VERSION, render_markdown
from kts.home.models import SitePage

TEXTS = Path(__file__).parent / "texts"
OPEN_PLACE = re.compile(r"\[\[(.+?)\]\]")


@dataclass(frozen=True)
class PageKind:
    """A page of the site: its place in the address, its name, the languages it comes in."""

    key: str
    name: LazyString
    langs: tuple[str, ...]


KINDS = {
    kind.key: kind
    for kind in (
        PageKind("impressum", _l("Legal notice (Impressum)"), ("de", "en")),
        PageKind("datenschutz", _l("Data protection"), ("de", "en")),
        PageKind("barrierefreiheit", _l("Accessibility statement"), ("de", "en")),
        PageKind("leichte-sprache", _l("Plain German (Leichte Sprache)"), ("de",)),
        PageKind("gebaerdensprache", _l("German Sign Language"), ("de",)),
    )
}


def render(body: str) -> str:
    """Render the Markdown; places that the operator has to fill are marked."""
    return render_markdown(OPEN_PLACE.sub(r"<mark>[\1]</mark>", body))


def open_places(body: str) -> list[str]:
    """List what the operator still has to fill in."""
    return OPEN_PLACE.findall(body)


def default_page(key: str, lang: str) -> SitePage:
    """Make the page as it comes with the software, not stored; its version is 0."""
    title, _, body = _default_text(key, lang).partition("\n")
    settings = current_app.config["KTS"]
    for name in ("site_name", "operator_name", "operator_mail", "base_url"):
        body = body.replace("{" + name + "}", getattr(settings, name))
    body = body.strip()
    return SitePage(
        key=key,
        lang=lang,
        title=title.removeprefix("# ").strip(),
        body=body,
        html=render(body),
        render_version=RENDER_VERSION,
        version=0,
    )


@lru_cache(maxsize=16)
def _default_text(key: str, lang: str) -> str:
    return (TEXTS / f"{key}.{lang}.md").read_text(encoding="utf-8")
