"""How a dossier and what it refers to are cited: a line of text, BibTeX, RIS.

A dossier is cited with number and date of the version that was read. Documents are cited as in the
library; posts and threads by the municipality that they come from, never by a person's name.
"""

from dataclasses import replace

from flask import current_app
from flask_babel import format_date, to_user_timezone
from flask_babel import gettext as _

from kts.core.clock import now
from kts.curation.dossiers.models import LINK, Dossier
from kts.curation.dossiers.parts import Chapter, ShownPart
from kts.curation.dossiers.snapshots import Book
from kts.documents.citing import Citation
from kts.documents.citing import citation as document_citation


def base_url() -> str:
    """Give the address of this site without a slash at its end."""
    return str(current_app.config["KTS"].base_url).rstrip("/")


def permalink(dossier: Dossier, book: Book) -> str:
    """Give the address that leads to this version for ever; of a draft, where it will be."""
    path = f"{dossier.path}/version/{book.number}" if book.number else dossier.path
    return base_url() + path


def version_name(book: Book) -> str:
    """Say which version it is: number and date."""
    if book.number is None or book.published is None:
        return _("Draft")
    day = format_date(to_user_timezone(book.published), "dd.MM.yyyy", rebase=False)
    return _("Version %(number)s of %(date)s", number=book.number, date=day)


def citation_of_dossier(dossier: Dossier, book: Book) -> Citation:
    """Collect what a citation of this version says."""
    day = to_user_timezone(book.published or now())
    return Citation(
        key=f"dossier{dossier.id}-v{book.number or 0}",
        kind="other",
        kind_name=_("Dossier"),
        author=_one_line(current_app.config["KTS"].site_name),
        title=_one_line(book.title),
        year=day.year,
        version=version_name(book),
        page="",
        pdf_page=None,
        section="",
        language="de",
        url=permalink(dossier, book),
        accessed=to_user_timezone(now()).date(),
    )


def citation_of_part(shown: ShownPart) -> Citation | None:
    """Collect what a citation of the source says; None for words of the editors."""
    if shown.document is not None and shown.version is not None:
        cited = document_citation(shown.document, shown.version, shown.first_page)
        last = shown.part.last_page
        return replace(cited, page=f"{cited.page}–{last}") if last and cited.page else cited
    if not shown.url:
        return None
    part = shown.part
    is_link = part.kind == LINK
    accessed = part.accessed if is_link else None
    return Citation(
        key=f"{part.kind}{part.object_id or part.id}",
        kind="other",
        kind_name=shown.kind_name,
        author="" if is_link else _one_line(shown.place),
        title=_one_line(shown.title),
        year=shown.year,
        version="" if is_link else _one_line(shown.kind_name),
        page="",
        pdf_page=None,
        section="",
        language="de",
        url=shown.url if is_link else base_url() + shown.url,
        accessed=accessed or to_user_timezone(now()).date(),
    )


def citations(shown: list[Chapter]) -> list[Citation]:
    """Cite every source once, in the order in which they stand."""
    found: dict[str, Citation] = {}
    for chapter in shown:
        for part in chapter.parts:
            cited = citation_of_part(part)
            if cited is not None:
                found.setdefault(cited.key, cited)
    return list(found.values())


def _one_line(text: str) -> str:
    return " ".join(text.split())
