"""One page of a document: its text, its picture; how it is cited; the original file."""

import threading

from flask import Response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from kts.core import access, slots, storage
from kts.core.errors import NotFound
from kts.core.transactions import writing
from kts.core.web import whole_number
from kts.documents import citing, drawing, finding, queries
from kts.documents.comparing import matching_page
from kts.documents.extraction.refusals import Refusal
from kts.documents.extraction.sniff import MIME
from kts.documents.marking import marked_page
from kts.documents.models import Document, DocumentPage, DocumentVersion
from kts.documents.policies import can_edit_document
from kts.documents.sentences import PageText
from kts.documents.views import documents
from kts.documents.views.library import page_url
from kts.extensions import db
from kts.search.query import LONGEST_QUERY

ONE_DAY = 24 * 60 * 60
# Drawing is work for a whole processor; visitors beyond this wait for the worker's picture.
DRAWING_AT_ONCE = 2
_drawing = threading.Semaphore(DRAWING_AT_ONCE)

# The file may be anything that a browser would run: it is only ever saved, never shown.
FILE_HEADERS = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
}


def _asked_version(document: Document) -> DocumentVersion:
    number = request.args.get("version", type=whole_number)
    version = queries.get_version(document, number, current_user)
    if not version.is_ready:
        raise NotFound
    return version


@documents.route("/<int:document_id>-<slug>/seite")
@access.rule("everyone")
def jump(document_id: int, slug: str) -> ResponseReturnValue:
    """Lead to the page whose number or label was typed; beyond the end to the last one."""
    document = queries.get_document(document_id, current_user)
    version = _asked_version(document)
    typed = request.args.get("nummer", "").strip()
    number = queries.page_number(version, typed) or 1
    address = page_url(
        document, number, q=request.args.get("q"), version=_shown_version(document, version)
    )
    return redirect(address, 302)


@documents.route("/<int:document_id>-<slug>/seite/<int:number>")
@access.rule("everyone")
def page(document_id: int, slug: str, number: int) -> ResponseReturnValue:
    """Show one page: picture and text beside each other."""
    document = queries.get_document(document_id, current_user)
    version = _asked_version(document)
    q = request.args.get("q", "").strip()[:LONGEST_QUERY]
    shown = _shown_version(document, version)
    if slug != document.slug:
        return redirect(page_url(document, number, q=q, version=shown), 301)
    found = queries.get_page(version, number)
    return render_template(
        "documents/page.html",
        document=document,
        version=version,
        page=found,
        marked=marked_page(found, q),
        hits=finding.neighbours(document, version, number, q, current_user) if q else None,
        newer=_newer_page(document, version, found),
        q=q,
        shown_version=shown,
        page_url=page_url,
        marks=slots.render("document_marks", document=document, page=number),
        review=slots.render("document_review", document=document, version=version),
    )


def _newer_page(document: Document, version: DocumentVersion, found: DocumentPage) -> int | None:
    """Give the page of the newest version that says what this one says, if there is a newer one."""
    newest = document.current_version
    if newest is None or newest.number <= version.number:
        return None
    pages = [PageText(p.number, p.heading, p.text) for p in queries.page_texts(newest.id)]
    return matching_page(PageText(found.number, found.heading, found.text), pages)


def _shown_version(document: Document, version: DocumentVersion) -> int | None:
    """Give the number that the address must carry; none for the version everybody sees."""
    return None if version.id == document.current_version_id else version.number


@documents.app_template_global()
def citation_of(
    document: Document, version: DocumentVersion, page: DocumentPage | None = None
) -> citing.Citation:
    """Give templates the citation of a version or of one of its pages."""
    return citing.citation(document, version, page)


@documents.route("/<int:document_id>-<slug>/zitat.<any(bib, ris):ending>")
@access.rule("everyone")
def cite(document_id: int, slug: str, ending: str) -> ResponseReturnValue:
    """Give the citation as a file for a reference manager."""
    document = queries.get_document(document_id, current_user)
    version = _asked_version(document)
    number = request.args.get("seite", type=whole_number)
    found = None if number is None else queries.get_page(version, number)
    cited = citing.citation(document, version, found)
    response = Response(
        cited.bibtex() if ending == "bib" else cited.ris(), mimetype=citing.MIME[ending]
    )
    response.headers.set("Content-Disposition", "attachment", filename=f"{cited.key}.{ending}")
    response.headers.update(FILE_HEADERS)
    return response


@documents.route("/<int:document_id>-<slug>/seite/<int:number>/bild")
@access.rule("everyone")
def preview(document_id: int, slug: str, number: int) -> ResponseReturnValue:
    """Give the picture of a page; draw it now if nobody has yet."""
    document = queries.get_document(document_id, current_user)
    version = _asked_version(document)
    found = queries.get_page(version, number)
    if not version.has_page_images or found.preview_width == 0:
        raise NotFound
    return _picture(found.preview_key or _draw_now(version, found))


def _draw_now(version: DocumentVersion, found: DocumentPage) -> str:
    version_id, number, page_id = version.id, found.number, found.id
    path = storage.blob_path(version.blob_key)
    db.session.commit()
    if not _drawing.acquire(timeout=10):
        raise NotFound
    try:
        with writing():
            drawing.draw_pages(version_id, path, [number])
    except Refusal as refusal:
        raise NotFound from refusal
    finally:
        _drawing.release()
    key = db.session.get_one(DocumentPage, page_id, populate_existing=True).preview_key
    if key is None:
        raise NotFound
    return key


@documents.route("/<int:document_id>-<slug>/titelbild")
@access.rule("everyone")
def cover(document_id: int, slug: str) -> ResponseReturnValue:
    """Give the small picture of the first page."""
    document = queries.get_document(document_id, current_user)
    version = _asked_version(document)
    if version.cover_key is None:
        raise NotFound
    return _picture(version.cover_key)


def _picture(key: str) -> Response:
    path = storage.blob_path(key)
    if not path.is_file():
        raise NotFound
    response = send_file(path, mimetype="image/webp", etag=key, max_age=ONE_DAY)
    response.cache_control.public, response.cache_control.private = None, True
    return response


@documents.route("/<int:document_id>-<slug>/datei")
@access.rule("everyone")
def download(document_id: int, slug: str) -> ResponseReturnValue:
    """Give the original file to save it."""
    document = queries.get_document(document_id, current_user)
    number = request.args.get("version", type=whole_number)
    version = queries.get_version(document, number, current_user)
    if not version.is_ready and not can_edit_document(current_user, document):
        raise NotFound
    path = storage.blob_path(version.blob_key)
    if not path.is_file():
        raise NotFound
    response = send_file(
        path,
        mimetype=MIME[version.format],
        as_attachment=True,
        download_name=version.filename,
        etag=version.blob_key,
        max_age=0,
    )
    response.headers.update(FILE_HEADERS)
    response.cache_control.public, response.cache_control.private = None, True
    return response


def file_url(document: Document, version: DocumentVersion) -> str:
    """Give the address of the original file of a version."""
    return url_for(
        "documents.download",
        document_id=document.id,
        slug=document.slug,
        version=_shown_version(document, version),
    )
