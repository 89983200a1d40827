"""Publishing: an experience as a thread of the forum, a fact sheet as a document of the library.

What is published can be read by exactly those who read the conversation: a closed group's words
stay in the group.
"""

import io
from typing import Any

from flask_babel import gettext as _

from kts.core import audit
from kts.core.clock import now
from kts.core.errors import Conflict, Invalid
from kts.curation.distilling import telling, work
from kts.curation.distilling.checking import obstacles
from kts.curation.distilling.composing import (
    LANGUAGE,
    experience_values,
    factsheet_source,
)
from kts.curation.distilling.models import DROPPED, PUBLISHED, Distillate
from kts.curation.distilling.services.drafting import require_version
from kts.documents import services as documents
from kts.documents.models import Document
from kts.extensions import db
from kts.forum import policies as forum_policies
from kts.forum.models import Category, Thread
from kts.forum.services import kinds, rename_thread

KIND = "factsheet"  # of documents
PUBLISHER = "Koordinations- und Transferstelle Modellprojekte Smart Cities"


def require_publishable(distillate: Distillate, version: int) -> None:
    """Raise Conflict or Invalid where the draft is another than was seen, or may not be published.

    Called in the transaction that publishes, after the draft was locked.
    """
    require_version(distillate, version)
    if distillate.state == DROPPED:
        raise Conflict(_("The draft was dropped. Bring it back first."))
    if found := obstacles(distillate):
        raise Invalid(" ".join(found))


def receive_factsheet(distillate: Distillate) -> documents.Received:
    """Store the fact sheet as a file; touches no row, and takes a second."""
    source = factsheet_source(distillate).encode()
    return documents.receive(io.BytesIO(source), f"merkblatt-{distillate.id}.md")


def publish_factsheet(
    actor: Any, distillate: Distillate, version: int, received: documents.Received
) -> Document:
    """Publish the file as a document, or as the next version of the one that is there.

    Raises Conflict where the draft is another one by now, or says what the last version says.
    """
    require_publishable(distillate, version)
    year = distillate.as_of.year if distillate.as_of else None
    document = distillate.result_document
    if document is None:
        document = documents.publish_document(
            actor,
            received,
            title=distillate.title,
            topics=distillate.thread.topics,
            year=year,
            kind=KIND,
            language=LANGUAGE,
            description=distillate.texts.get("question", ""),
            publisher=PUBLISHER,
            visibility=distillate.thread.visibility,
        )
        distillate.result_document = document
    else:
        _narrow(document, distillate.thread)
        documents.publish_version(actor, document, received, year=year)
        values = {
            "title": distillate.title,
            "description": distillate.texts.get("question", ""),
            "visibility": document.visibility,
        }
        documents.edit_document(actor, document, **values)
    _published(actor, distillate)
    return document


def _narrow(document: Document, thread: Thread) -> None:
    """Refuse to add what a narrower circle said to what a wider one reads."""
    if document.visibility != thread.visibility:
        raise Conflict(
            _(
                "The conversation and the fact sheet have different readers by now. Nothing was "
                "published."
            )
        )


def publish_experience(
    actor: Any, distillate: Distillate, version: int, category: Category | None
) -> Thread:
    """Publish the draft as an experience in a category, or change the one that is there.

    Raises Invalid for a category that others read, Conflict where somebody changed the experience
    in the forum since.
    """
    require_publishable(distillate, version)
    thread, values = distillate.result_thread, experience_values(distillate)
    if thread is None:
        thread = _open(actor, distillate, category, values)
    else:
        _change(actor, distillate, thread, values)
    distillate.result_version = kinds.first_post(thread).version
    _published(actor, distillate)
    return thread


def _open(
    actor: Any, distillate: Distillate, category: Category | None, values: dict[str, Any]
) -> Thread:
    source = distillate.thread
    if category is None or category.visibility != source.visibility:
        raise Invalid(_("Please choose a category with the readers of the conversation."))
    if not forum_policies.can_write_category(actor, category):
        raise Invalid(_("Nobody can write in this category."))
    details = kinds.Details("experience", experience=values)
    thread = kinds.open_thread(
        actor,
        category,
        distillate.title,
        "",
        details,
        municipality_id=distillate.municipality_id,
        topics=source.topics,
        token=f"distillate:{distillate.id}",
    )
    distillate.result_thread = thread
    return thread


def _change(actor: Any, distillate: Distillate, thread: Thread, values: dict[str, Any]) -> None:
    if thread.visibility != distillate.thread.visibility or not thread.shown:
        raise Conflict(
            _("The experience is hidden or has other readers by now. Nothing was published.")
        )
    post = kinds.first_post(thread)
    if post.version != distillate.result_version:
        raise Conflict(
            _("The experience was changed in the forum since. Please edit it there from now on.")
        )
    kinds.change_experience(actor, thread, values, version=post.version)
    rename_thread(actor, thread, distillate.title)


def _published(actor: Any, distillate: Distillate) -> None:
    before = distillate.published_at
    distillate.state, distillate.published_at = PUBLISHED, now()
    distillate.version += 1
    db.session.flush()
    audit.record(actor, "distillate.publish", distillate)
    work.is_done(actor, distillate)
    telling.tell_published(actor, distillate, before)
