"""Dossiers to take along: Markdown, PDF, and their sources for a reference manager."""

from flask import Response, render_template, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from kts.core import access, storage
from kts.core.errors import Invalid
from kts.core.text import slugify
from kts.core.transactions import writing
from kts.core.web import limited_person
from kts.curation.dossiers import queries, tasks
from kts.curation.dossiers.citing import citation_of_dossier, citations
from kts.curation.dossiers.exporting.content import content_of
from kts.curation.dossiers.exporting.markdown import markdown_of
from kts.curation.dossiers.models import Dossier
from kts.curation.dossiers.parts import chapters, shown_parts
from kts.curation.dossiers.snapshots import Book
from kts.curation.dossiers.views import dossiers
from kts.curation.dossiers.views.reading import asked_book
from kts.documents.citing import MIME
from kts.extensions import db, limiter

SANDBOX = "sandbox; default-src 'none'"
PDFS = "30 per minute"  # each is work for a processor; a person needs a few a day
AGAIN_AFTER = 3  # seconds


@dossiers.get("/<int:dossier_id>-<slug>/dossier.md")
@access.rule("everyone", "holds what the viewer may see and nothing else")
def markdown(dossier_id: int, slug: str) -> ResponseReturnValue:
    """Give the dossier as Markdown, as this viewer sees it."""
    dossier = queries.get_dossier(dossier_id, current_user)
    book = asked_book(dossier)
    text = markdown_of(_content(dossier, book))
    return _file(text, "text/markdown; charset=utf-8", _name(book, "md"))


@dossiers.get("/<int:dossier_id>-<slug>/dossier.pdf")
@access.rule("everyone", "holds what the viewer may see and nothing else")
@limiter.limit(PDFS, key_func=limited_person)
def pdf(dossier_id: int, slug: str) -> ResponseReturnValue:
    """Give the dossier as PDF, as this viewer sees it; whoever asks for a long one comes again."""
    dossier = queries.get_dossier(dossier_id, current_user)
    book = asked_book(dossier)
    content = _content(dossier, book)
    if export := tasks.finished_export(content):
        return _finished(export.blob_key or "", _name(book, "pdf"))
    db.session.commit()
    with writing():
        failed = tasks.has_failed(tasks.wanted_export(content))
        db.session.commit()
    if failed:
        raise Invalid(
            _("The PDF could not be made. Please take the Markdown file, or tell us of it.")
        )
    if export := tasks.awaited(content):
        return _finished(export.blob_key or "", _name(book, "pdf"))
    page = render_template("dossiers/waiting.html", dossier=dossier, book=book)
    return page, 202, {"Refresh": str(AGAIN_AFTER)}


def _content(dossier: Dossier, book: Book) -> dict:
    return content_of(dossier, book, chapters(shown_parts(book, current_user)))


def _name(book: Book, ending: str) -> str:
    version = f"-v{book.number}" if book.number else "-entwurf"
    return f"{slugify(book.title)}{version}.{ending}"


def _file(content: str | bytes, kind: str, name: str) -> Response:
    response = Response(content, content_type=kind)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["Cache-Control"] = "no-store"
    return response


def _finished(key: str, name: str) -> Response:
    response = send_file(
        storage.blob_path(key),
        mimetype="application/pdf",
        as_attachment=True,
        download_name=name,
        max_age=0,
    )
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["Cache-Control"] = "no-store"
    return response


@dossiers.get("/<int:dossier_id>-<slug>/zitat.<any(bib, ris):ending>")
@access.rule("everyone", "names what the viewer may see and nothing else")
def cite(dossier_id: int, slug: str, ending: str) -> ResponseReturnValue:
    """Give the citation of the dossier, with ``quellen`` also of all its sources."""
    dossier = queries.get_dossier(dossier_id, current_user)
    book = asked_book(dossier)
    cited = [citation_of_dossier(dossier, book)]
    if request.args.get("quellen"):
        cited += citations(chapters(shown_parts(book, current_user)))
    entries = [one.bibtex() if ending == "bib" else one.ris() for one in cited]
    return _file("\n".join(entries), MIME[ending], f"{cited[0].key}.{ending}")
