"""Giving labels and taking them away, each time with a reason that is published."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError

from kts.core import audit
from kts.core.errors import Conflict
from kts.curation.vocabularies.models import Label, LabelUse
from kts.curation.vocabularies.subjects import Subject
from kts.curation.vocabularies.telling import tell_owners
from kts.extensions import db


def give_label(actor: Any, subject: Subject, label: Label, reason: str) -> LabelUse:
    """Give a thing a label; its owners are told. Raises Conflict where it has it already."""
    if not label.is_offered:
        raise Conflict(_("“%(name)s” is not offered any more.", name=label.name))
    use = LabelUse(
        label_id=label.id,
        kind=subject.kind,
        object_id=subject.id,
        reason=reason,
        given_by_id=getattr(actor, "id", None),
    )
    try:
        with db.session.begin_nested():
            db.session.add(use)
    except IntegrityError as error:
        raise Conflict(_("It has the label “%(name)s” already.", name=label.name)) from error
    audit.record(actor, "label.give", label, reason=reason, changes={"title": ["", subject.title]})
    sentence = _l(
        "The KTS has given “%(title)s” the label “%(label)s”: %(reason)s",
        title=subject.title,
        label=label.name,
        reason=reason,
    )
    tell_owners(actor, subject, sentence, subject.path)
    return use


def take_label(actor: Any, subject: Subject, use: LabelUse, reason: str) -> None:
    """Take a label away; its owners are told."""
    label = use.label
    audit.record(actor, "label.take", label, reason=reason, changes={"title": [subject.title, ""]})
    sentence = _l(
        "The KTS has taken the label “%(label)s” from “%(title)s”: %(reason)s",
        title=subject.title,
        label=label.name,
        reason=reason,
    )
    tell_owners(actor, subject, sentence, subject.path)
    db.session.delete(use)
    db.session.flush()
