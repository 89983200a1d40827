"""How a document or one of its pages is cited: as a line of text, as BibTeX, as RIS.

A citation always names the version that was read and links to it, so it still leads to the same
text when a newer version comes. The municipality is the author as a body, never a person's name.
Chapters of formats without pages are cited by their heading; a printed page number goes before
the position in the file.
"""

import re
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

from flask import current_app, url_for
from flask_babel import format_date, to_user_timezone
from flask_babel import gettext as _

from kts.core.clock import now
from kts.core.text import slugify
from kts.documents.messages import KIND_NAMES
from kts.documents.models import Document, DocumentPage, DocumentVersion

# Brought out as a numbered paper of an institution; the rest is what BibTeX calls miscellaneous.
REPORT_KINDS = {"strategy", "concept", "report", "study"}
LANGUAGE_IDS = {"de": "ngerman", "en": "english", "fr": "french"}  # as babel and biblatex say it
MIME = {"bib": "application/x-bibtex", "ris": "application/x-research-info-systems"}
RIS_LINE_END = "\r\n"
PERMITTED_IN_ADDRESSES = ":/?#[]@!$&'()*+,;=-._~%"

_TEX_SIGNS = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        # BibTeX counts braces even behind a backslash, so only balanced names are safe.
        "{": r"\textbraceleft{}",
        "}": r"\textbraceright{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        **{sign: f"\\{sign}" for sign in "&%$#_"},
    }
)


@dataclass(frozen=True)
class Citation:
    """The facts of a citation; empty where nothing is known."""

    key: str
    kind: str
    kind_name: str
    author: str
    title: str
    year: int | None
    version: str
    page: str
    pdf_page: int | None
    section: str
    language: str
    url: str
    accessed: date

    def text(self) -> str:
        """Give the usual German form: Stadt (Jahr): Titel. Fassung. S. 12. URL (Abruf: …)."""
        year = self.year or _("n.d.")
        head = f"{self.author} ({year}): {self.title}" if self.author else f"{self.title} ({year})"
        place = _("p. %(number)s", number=self.page) if self.page else ""
        if self.pdf_page:
            place = _("%(place)s (page %(number)s of the file)", place=place, number=self.pdf_page)
        section = _("Section “%(heading)s”", heading=self.section) if self.section else ""
        parts = (head, self.version, place or section)
        accessed = _("(accessed: %(date)s)", date=format_date(self.accessed, "dd.MM.yyyy"))
        sentences = " ".join(_closed(part) for part in parts if part)
        return f"{sentences} {self.url} {accessed}"

    def bibtex(self) -> str:
        """Give an entry in UTF-8; names and titles in double braces stay as they are written."""
        is_report = self.kind in REPORT_KINDS
        note = _("Section “%(heading)s”", heading=self.section) if self.section else ""
        fields = {
            "author": _whole(self.author),
            "title": _whole(self.title),
            "institution" if is_report else "organization": _whole(self.author),
            "type" if is_report else "howpublished": _tex(self.kind_name),
            "year": str(self.year or ""),
            "version": _tex(self.version),
            "pages": _tex(self.page),
            "note": _tex(note),
            "language": LANGUAGE_IDS.get(self.language, ""),
            "url": _address(self.url),
            "urldate": self.accessed.isoformat(),
        }
        lines = (f"  {name} = {{{value}}}," for name, value in fields.items() if value)
        kind = "techreport" if is_report else "misc"
        return "\n".join([f"@{kind}{{{self.key},", *lines, "}", ""])

    def ris(self) -> str:
        """Give a record: one tag a line, TY first, ER last, lines ended by CR and LF."""
        fields = (
            ("TY", "RPRT" if self.kind in REPORT_KINDS else "GEN"),
            # A comma would divide the name into a family name and a first name.
            ("AU", self.author.replace(",", "")),
            ("TI", self.title),
            ("PY", str(self.year or "")),
            ("ET", self.version),
            ("PB", self.author),
            ("M3", self.kind_name),
            ("SP", self.page),
            ("SE", self.section),
            ("LA", self.language),
            ("UR", _address(self.url)),
            ("Y2", self.accessed.strftime("%Y/%m/%d")),
            ("ID", self.key),
        )
        lines = [f"{tag}  - {_one_line(value)}" for tag, value in fields if value]
        return RIS_LINE_END.join([*lines, "ER  - ", ""])


def citation(
    document: Document, version: DocumentVersion, page: DocumentPage | None = None
) -> Citation:
    """Collect what a citation of the version, or of one of its pages, says."""
    author = document.publisher or (document.municipality.name if document.municipality else "")
    paged = page is not None and version.has_page_images
    printed = page.label if page is not None and paged else ""
    position = page.number if page is not None and paged else None
    return Citation(
        key=_key(document, version, page, author),
        kind=document.kind,
        kind_name=str(KIND_NAMES[document.kind]),
        author=_one_line(author),
        title=_one_line(document.title),
        year=version.year,
        version=_one_line(_version_name(version)),
        page=printed or str(position or ""),
        pdf_page=position if printed and printed != str(position) else None,
        section=_section(page) if page is not None and not paged else "",
        language=document.language if document.language in LANGUAGE_IDS else "",
        url=_permalink(document, version, page),
        accessed=to_user_timezone(now()).date(),
    )


def _version_name(version: DocumentVersion) -> str:
    name = _("Version %(number)s", number=version.number)
    return f"{name}: {version.label}" if version.label else name


def _section(page: DocumentPage) -> str:
    return _one_line(page.heading) or str(page.number)


def _key(
    document: Document, version: DocumentVersion, page: DocumentPage | None, author: str
) -> str:
    """Give a name that is the same each time and belongs to this page alone."""
    first = slugify(author or document.title).split("-")[0][:20]
    place = f"-{page.number}" if page is not None else ""
    return f"{first}{version.year or ''}-{document.id}-v{version.number}{place}"


def _permalink(document: Document, version: DocumentVersion, page: DocumentPage | None) -> str:
    """Give the address with the version in it; a document as a whole is cited by its first page."""
    number = page.number if page is not None else 1
    path = url_for(
        "documents.page",
        document_id=document.id,
        slug=document.slug,
        number=number,
        version=version.number,
    )
    return current_app.config["KTS"].base_url.rstrip("/") + path


def _one_line(text: str) -> str:
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", text).split())


def _closed(part: str) -> str:
    return part if part.endswith((".", "!", "?")) else f"{part}."


def _tex(text: str) -> str:
    return _one_line(text).translate(_TEX_SIGNS)


def _whole(text: str) -> str:
    return f"{{{_tex(text)}}}" if text else ""


def _address(url: str) -> str:
    """Give an address without anything that ends a field or a line; programs take it verbatim."""
    return quote(url, safe=PERMITTED_IN_ADDRESSES)
