"""Taking a contributor's name out of what was published, and out of all its earlier versions.

Her words stay, as those of somebody who is not named: she had agreed to them. Files are made anew
and stored before anything is written (:func:`prepare`), then all changes in one transaction.
"""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _

from kts.core import audit, storage
from kts.core.clock import now
from kts.core.errors import Conflict
from kts.curation.distilling import telling
from kts.curation.distilling.composing import LANGUAGE
from kts.curation.distilling.models import (
    ANONYMOUS,
    PUBLISHED,
    Distillate,
    DistillateContributor,
)
from kts.curation.distilling.naming import escaped, label_of
from kts.documents import services as documents
from kts.documents.models import Document
from kts.documents.redacting import redact_version
from kts.extensions import db
from kts.forum.services import kinds
from kts.forum.services.redacting import redact_post

TakeOut = Callable[[str], str]


@dataclass(frozen=True)
class Prepared:
    """The files of a fact sheet without the name, by the number of the version that had it."""

    files: dict[int, documents.Received]
    newest: int | None = None


def take_out(contributor: DistillateContributor) -> TakeOut:
    """Give a function that puts a nameless mention in the place of every named one of hers."""
    with force_locale(LANGUAGE):
        nameless = escaped(label_of(contributor, ANONYMOUS))
    place = escaped(contributor.place)
    names = {contributor.name, contributor.shown_name} - {""}
    written = [
        form for name in names for form in (f"{escaped(name)}, {place}", escaped(name), name)
    ]
    posts = "|".join(str(one.post_id) for one in contributor.passages if one.post_id)
    linked = re.compile(rf"\[[^\]\n]*\]\([^)\s]*/beitrag/(?:{posts or '0'})\)")
    named = re.compile("|".join(rf"(?<!\w){re.escape(form)}(?!\w)" for form in written) or r"(?!)")
    alone = re.compile(rf"^((?:> )?— |- ){re.escape(place)}$", re.MULTILINE)

    def without(text: str) -> str:
        text = named.sub(lambda _found: nameless, linked.sub(lambda _found: nameless, text))
        return alone.sub(lambda found: f"{found[1]}{nameless}", text) if place else text

    return without


def prepare(contributor: DistillateContributor) -> Prepared:
    """Make and store the files without her name; touches no row, and takes a second for each.

    Only files as they were generated can be made anew; one that somebody uploaded by hand stays.
    """
    document = contributor.distillate.result_document
    if document is None:
        return Prepared({})
    without, files = take_out(contributor), {}
    found = [(one.number, one.blob_key, one.filename) for one in document.versions]
    for number, key, filename in found:
        if not filename.endswith(".md") or not storage.exists(key):
            continue
        with storage.open_blob(key) as file:
            before = file.read().decode()
        if (after := without(before)) != before:
            files[number] = documents.receive(io.BytesIO(after.encode()), filename)
    newest = max((number for number, _key, _name in found), default=None)
    return Prepared(files, newest)


def withdraw_name(
    actor: Any, contributor: DistillateContributor, prepared: Prepared, reason: str = ""
) -> None:
    """Take the name out of everything published; raise Conflict where something came in between.

    A fact sheet gets a new version without the name, and its older versions are made anew; the
    history of an experience is made anew as well.
    """
    distillate = contributor.distillate
    if contributor.withdrawn_at is not None:
        return
    if distillate.state != PUBLISHED:
        raise Conflict(_("Nothing is published yet. You can still change your answer."))
    without = take_out(contributor)
    contributor.withdrawn_at = now()
    contributor.version += 1
    distillate.version += 1
    distillate.texts = {name: without(text) for name, text in distillate.texts.items()}
    distillate.title = without(distillate.title)
    if distillate.result_document is not None:
        _redact_document(actor, distillate.result_document, prepared, without, reason)
    if distillate.result_thread is not None:
        _redact_experience(distillate, without)
    audit.record(actor, "distillate.withdraw_name", distillate, reason=reason)
    if actor.id != contributor.user_id:
        telling.tell_withdrawn(actor, contributor)


def _redact_document(
    actor: Any, document: Document, prepared: Prepared, without: TakeOut, reason: str
) -> None:
    known = {version.number: version for version in document.versions}
    if max(known, default=None) != prepared.newest:
        raise Conflict(
            _("A new version was published at this moment. Please take your name out once more.")
        )
    why = reason or _("A contributor has taken her name back.")
    if prepared.newest in prepared.files:
        newest = known[prepared.newest]
        label = _("without the name of a contributor")
        received = prepared.files[prepared.newest]
        documents.publish_version(actor, document, received, year=newest.year, label=label)
    for number, received in prepared.files.items():
        if known[number] in document.versions:  # one that could not be read has just been replaced
            redact_version(actor, known[number], received, why)
    document.title, document.description = without(document.title), without(document.description)
    db.session.flush()


def _redact_experience(distillate: Distillate, without: TakeOut) -> None:
    thread = distillate.result_thread
    if thread is None:
        return
    post = kinds.first_post(thread)
    untouched = post.version == distillate.result_version
    redact_post(post, without)
    thread.title = without(thread.title)
    if untouched:
        distillate.result_version = post.version
