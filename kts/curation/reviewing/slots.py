"""What reviews answer when documents, dossiers and held contributions ask or tell."""

from typing import Any

from flask import Flask, render_template
from flask_login import current_user
from markupsafe import Markup

from kts.core import slots, storage
from kts.curation.dossiers.models import RETIRED as RETIRED_DOSSIER
from kts.curation.dossiers.models import Dossier
from kts.curation.reviewing import queries, services
from kts.curation.reviewing.models import DOCUMENT, DOSSIER, Review
from kts.curation.reviewing.policies import is_author
from kts.curation.reviewing.states import BADGES, MEANINGS, NAMES
from kts.documents import releasing
from kts.documents.models import Document, DocumentVersion
from kts.documents.policies import can_see_document_version
from kts.extensions import db


def register(app: Flask) -> None:
    """Fill the slots of the features to the left."""
    slots.register(app, releasing.NEEDS_REVIEW, _document_needs_review)
    slots.register(app, releasing.HELD, services.submit_document)
    slots.register(app, releasing.DELETED, services.forget_document)
    slots.register(app, releasing.RETIRED, _document_retired)
    slots.register(app, "document_review", document_banner)
    slots.register(app, "dossier_needs_review", _dossier_needs_review)
    slots.register(app, "dossier_submit", services.submit_dossier)
    slots.register(app, "dossier_review", _dossier_review)
    slots.register(app, "dossier_retired", _dossier_retired)
    slots.register(app, "own_work", own_link)


def _document_needs_review(actor: Any, municipality_id: int | None, visibility: str) -> bool:
    return queries.is_reviewed(DOCUMENT, actor, municipality_id, visibility)


def _document_retired(actor: Any, document: Document, reason: str) -> None:
    review = queries.last_review(DOCUMENT, document.id)
    services.follow(actor, review, retired=document.is_retired, reason=reason)


def _dossier_needs_review(actor: Any, visibility: str) -> bool:
    return queries.is_reviewed(DOSSIER, actor, None, visibility)


def _dossier_review(dossier: Dossier) -> Review | None:
    return queries.open_review(DOSSIER, dossier.id)


def _dossier_retired(actor: Any, dossier: Dossier) -> None:
    review = queries.last_review(DOSSIER, dossier.id)
    if review is not None and dossier.deleted_at is not None and review.is_open:
        services.drop(actor, review)
        return
    retired = dossier.state == RETIRED_DOSSIER
    services.follow(actor, review, retired=retired, reason=dossier.retired_reason)


def document_banner(document: Document, version: DocumentVersion | None) -> Markup:
    """Give those who work on a document the state of its review; nothing to anybody else."""
    waiting = [one for one in document.versions if not one.released]
    if not waiting or not can_see_document_version(current_user, waiting[0]):
        return Markup("")
    review = queries.open_review(DOCUMENT, document.id)
    if review is None:
        return Markup("")
    html = render_template(
        "reviews/_banner.html",
        review=review,
        document=document,
        version=version,
        waiting=waiting[0],
        is_author=is_author(current_user, review),
        names=NAMES,
        badges=BADGES,
        meanings=MEANINGS,
    )
    return Markup(html)  # noqa: S704 - a template's own output


def own_link() -> Markup:
    """Give the link to the own submissions to whoever has any."""
    if not queries.has_own_reviews(current_user):
        return Markup("")
    return Markup(render_template("reviews/_own_link.html"))  # noqa: S704 - a template's own output


@storage.user_of_blobs
def uses_blob(key: str) -> bool:
    """Say whether a dossier that is reviewed has the file as its cover."""
    open_ones = db.select(Review.snapshot).where(
        Review.kind == DOSSIER, Review.open_key.is_not(None)
    )
    covers = (told["told"]["cover"].get("key") for told in db.session.scalars(open_ones) if told)
    return key in covers
