"""What readers see: the list, a dossier, its versions and what changed between them."""

from flask import redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from kts.core import access, shelf_life, storage
from kts.core.errors import NotFound
from kts.core.web import whole_number
from kts.curation.dossiers import queries
from kts.curation.dossiers.citing import citation_of_dossier
from kts.curation.dossiers.comparing import compare
from kts.curation.dossiers.models import Dossier, DossierVersion
from kts.curation.dossiers.parts import chapters, shown_parts
from kts.curation.dossiers.policies import can_edit_dossier
from kts.curation.dossiers.search import KIND
from kts.curation.dossiers.services.versions import has_unpublished_changes, latest_version
from kts.curation.dossiers.snapshots import Book, book_of, draft_of
from kts.curation.dossiers.views import dossiers, find_to_edit
from kts.documents.models import Document
from kts.documents.queries import visible_documents
from kts.extensions import db
from kts.forum.pictures import MIME

ONE_DAY = 24 * 60 * 60


@dossiers.get("")
@access.rule("everyone", "drafts are filtered out for all but those who work on them")
def index() -> ResponseReturnValue:
    """List the dossiers."""
    page = queries.find_dossiers(current_user, request.args.get("seite", 1, type=whole_number))
    return render_template(
        "dossiers/index.html",
        page=page,
        edits_own=bool(queries.edited_ids(current_user)),
        outdated_ids=shelf_life.outdated_ids(KIND, [dossier.id for dossier in page.items]),
    )


@dossiers.get("/meine")
@access.rule("signed-in")
def own() -> ResponseReturnValue:
    """List the dossiers that the person began or was named for."""
    return render_template("dossiers/own.html", found=queries.own_dossiers(current_user))


@dossiers.get("/<int:dossier_id>")
@dossiers.get("/<int:dossier_id>-<slug>")
@access.rule("everyone", "drafts are filtered out for all but those who work on them")
def show(dossier_id: int, slug: str = "") -> ResponseReturnValue:
    """Show a dossier as it was published last; a draft to those who work on it."""
    dossier = queries.get_dossier(dossier_id, current_user)
    if slug != dossier.slug:
        return redirect(dossier.path, 301 if dossier.is_published else 302)
    return _page(dossier, current_book(dossier))


def current_book(dossier: Dossier) -> Book:
    """Give what readers see; to those who work on a draft the draft, to nobody else."""
    if dossier.shown is not None and is_readable(dossier):
        return book_of(dossier.shown)
    if not can_edit_dossier(current_user, dossier):
        raise NotFound
    return draft_of(dossier)


def is_readable(dossier: Dossier) -> bool:
    """Say whether there is a version that readers may read."""
    return dossier.shown is not None and (dossier.is_published or dossier.is_retired)


@dossiers.get("/<int:dossier_id>-<slug>/entwurf")
@access.rule("policy")
def draft(dossier_id: int, slug: str) -> ResponseReturnValue:
    """Show the draft as readers would see it."""
    dossier = find_to_edit(dossier_id)
    return _page(dossier, draft_of(dossier))


@dossiers.get("/<int:dossier_id>-<slug>/version/<int:number>")
@access.rule("everyone", "versions of drafts are filtered out")
def version(dossier_id: int, slug: str, number: int) -> ResponseReturnValue:
    """Show one published version, for ever at the same address."""
    dossier = queries.get_dossier(dossier_id, current_user)
    book = book_of(readable_version(dossier, number))
    if slug != dossier.slug:
        return redirect(f"{dossier.path}/version/{number}", 301)
    return _page(dossier, book)


def readable_version(dossier: Dossier, number: int) -> DossierVersion:
    """Give a published version; while the dossier is withdrawn only to those who work on it."""
    if not is_readable(dossier) and not can_edit_dossier(current_user, dossier):
        raise NotFound
    return queries.get_version(dossier, number)


def asked_book(dossier: Dossier) -> Book:
    """Give the state that the address asks for: a version, the draft, or what readers see."""
    number = request.args.get("version", type=whole_number)
    if number is not None:
        return book_of(readable_version(dossier, number))
    if request.args.get("entwurf") and can_edit_dossier(current_user, dossier):
        return draft_of(dossier)
    return current_book(dossier)


def _page(dossier: Dossier, book: Book) -> str:
    edits = can_edit_dossier(current_user, dossier)
    latest = latest_version(dossier) if edits else None
    return render_template(
        "dossiers/show.html",
        dossier=dossier,
        book=book,
        chapters=chapters(shown_parts(book, current_user)),
        cover=cover_of(dossier, book),
        citation=citation_of_dossier(dossier, book),
        edits=edits,
        changed=edits and has_unpublished_changes(dossier, latest),
        newer=dossier.shown if book.number and dossier.shown_number != book.number else None,
        asked=_asked(book, dossier),
    )


def _asked(book: Book, dossier: Dossier) -> dict[str, object]:
    """Give what the addresses of exports must say, so that they give this state."""
    if book.is_draft:
        return {"entwurf": 1}
    return {} if book.number == dossier.shown_number else {"version": book.number}


def cover_of(dossier: Dossier, book: Book) -> dict[str, object] | None:
    """Give address, size and description of the cover, as far as the viewer may see it."""
    cover = book.cover
    if "key" in cover:
        number = book.number or "entwurf"
        address = url_for("dossiers.cover", dossier_id=dossier.id, slug=dossier.slug, number=number)
        return {"url": address, **{n: cover[n] for n in ("alt", "width", "height")}}
    if "document" in cover:
        document = db.session.scalar(
            visible_documents(current_user).where(Document.id == cover["document"])
        )
        if document is not None and document.current_version.cover_key:
            alt = _("First page of “%(title)s”", title=document.title)
            return {"url": f"{document.path}/titelbild", "alt": alt, "width": 320, "height": 452}
    return None


@dossiers.get("/<int:dossier_id>-<slug>/titelbild/<number>")
@access.rule("everyone", "covers of drafts are filtered out")
def cover(dossier_id: int, slug: str, number: str) -> ResponseReturnValue:
    """Give the image of the cover of a version, or of the draft to those who work on it."""
    dossier = queries.get_dossier(dossier_id, current_user)
    if number == "entwurf":
        book = draft_of(find_to_edit(dossier_id))
    elif number.isascii() and number.isdecimal() and len(number) < 9:
        book = book_of(readable_version(dossier, int(number)))
    else:
        raise NotFound
    if "key" not in book.cover or not storage.exists(book.cover["key"]):
        raise NotFound
    key, kind = book.cover["key"], MIME[book.cover["format"]]
    response = send_file(storage.blob_path(key), mimetype=kind, etag=key, max_age=ONE_DAY)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Content-Disposition"] = "inline"
    response.cache_control.public, response.cache_control.private = None, True
    return response


@dossiers.get("/<int:dossier_id>-<slug>/versionen")
@access.rule("everyone", "versions of drafts are filtered out")
def versions(dossier_id: int, slug: str) -> ResponseReturnValue:
    """List what was published, and offer to compare."""
    dossier = queries.get_dossier(dossier_id, current_user)
    edits = can_edit_dossier(current_user, dossier)
    if not edits and not is_readable(dossier):
        raise NotFound
    found = queries.versions_of(dossier)
    changed = edits and has_unpublished_changes(dossier, found[0] if found else None)
    return render_template(
        "dossiers/versions.html", dossier=dossier, versions=found, edits=edits, changed=changed
    )


@dossiers.get("/<int:dossier_id>-<slug>/vergleich")
@access.rule("everyone", "versions of drafts are filtered out")
def differences(dossier_id: int, slug: str) -> ResponseReturnValue:
    """Show what differs between two versions, or a version and the draft."""
    dossier = queries.get_dossier(dossier_id, current_user)
    old, new = (_named_book(dossier, request.args.get(name, "")) for name in ("von", "bis"))
    return render_template(
        "dossiers/differences.html",
        dossier=dossier,
        old=old,
        new=new,
        found=compare(old, new, current_user),
    )


def _named_book(dossier: Dossier, name: str) -> Book:
    if name == "entwurf" and can_edit_dossier(current_user, dossier):
        return draft_of(dossier)
    try:
        return book_of(readable_version(dossier, whole_number(name)))
    except ValueError as error:
        raise NotFound from error
