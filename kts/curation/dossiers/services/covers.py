"""The cover: an image that was sent, drawn anew, or the first page of a document inside.

Without one the page shows a typographic cover. The cover of a document is shown to those alone who
may see the document.
"""

from io import BytesIO
from typing import IO, Any

from flask_babel import gettext as _
from sqlalchemy import select

from kts.core import audit, storage
from kts.core.errors import Invalid
from kts.curation.dossiers.models import (
    ALT_LENGTH,
    DOCUMENT,
    PAGE,
    Dossier,
    DossierExport,
    DossierVersion,
)
from kts.extensions import db
from kts.forum import pictures

MOST_BYTES = 10 * 1024 * 1024  # a good camera's photo; it is made smaller anyway


def receive_cover(source: IO[bytes]) -> dict[str, Any]:
    """Draw the image anew and store it; raise Invalid with a sentence for one that is refused.

    Touches no row: call it outside a transaction, since a large image takes a second.
    """
    content = source.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise Invalid(_("The image is larger than 10 MB. Please save it smaller."))
    if not pictures.image_format(content[:16]):
        raise Invalid(_("Please choose an image: PNG, JPEG, WebP or GIF."))
    picture = pictures.redraw(content)
    blob = storage.store(BytesIO(picture.content))
    return {
        "key": blob.key,
        "format": picture.format,
        "width": picture.width,
        "height": picture.height,
    }


def upload_cover(actor: Any, dossier: Dossier, received: dict[str, Any], alt: str) -> None:
    """Let the received image be the cover; an empty ``alt`` says that it is decoration."""
    _set(actor, dossier, {**received, "alt": " ".join(alt.split())[:ALT_LENGTH]})


def choose_document_cover(actor: Any, dossier: Dossier, document_id: int) -> None:
    """Let the first page of a document of the dossier be the cover."""
    if document_id not in {i.object_id for i in dossier.items if i.kind in (DOCUMENT, PAGE)}:
        raise Invalid(_("Please choose one of the documents of this dossier."))
    _set(actor, dossier, {"document": document_id})


def remove_cover(actor: Any, dossier: Dossier) -> None:
    """Go back to the typographic cover."""
    _set(actor, dossier, {})


def _set(actor: Any, dossier: Dossier, cover: dict[str, Any]) -> None:
    old = dossier.cover_key
    dossier.cover, dossier.cover_key = cover, cover.get("key")
    audit.record(actor, "dossier.cover", dossier)
    db.session.flush()
    if old and old != dossier.cover_key:
        storage.delete_unused(old)


@storage.user_of_blobs
def uses_blob(key: str) -> bool:
    """Say whether a cover or a finished export is kept in the file."""
    for column in (Dossier.cover_key, DossierVersion.cover_key, DossierExport.blob_key):
        if db.session.scalar(select(column).where(column == key).limit(1)) is not None:
            return True
    return _set_aside_uses(key)


def _set_aside_uses(key: str) -> bool:
    drafts = db.session.scalars(select(Dossier.set_aside).where(Dossier.set_aside.is_not(None)))
    return any(draft and draft["cover"].get("key") == key for draft in drafts)
