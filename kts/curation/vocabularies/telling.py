"""Who is told of changes: those who follow a topic or search within it, and owners of content."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select

from kts.accounts.models import User
from kts.core.clock import now
from kts.curation.vocabularies import followers
from kts.curation.vocabularies.models import VocabularyChange
from kts.curation.vocabularies.registry import Vocabulary
from kts.curation.vocabularies.subjects import Subject, owners
from kts.extensions import db
from kts.notifications.models import FOLLOW, Notification
from kts.notifications.services import notify

TOLD = "vocabulary"
WHERE_IT_IS_CHANGED = "/abonnements"


def whom(vocabulary: Vocabulary, term: Any) -> list[int]:
    """List who follows the term or has a saved search within it."""
    if not vocabulary.followed:
        return []
    searching = followers.saved_searches(vocabulary.handle_of(term))
    return sorted({*followers.subscribers(term.id), *(one.user_id for one in searching)})


def tell_followers(
    actor: Any, people: Sequence[int], change: VocabularyChange, name: str, into: Sequence[str]
) -> None:
    """Tell them in the site what the topic has become; one statement for however many."""
    sentence = _l(
        "The field of action “%(name)s” has become: %(into)s. What you follow and have saved "
        "was carried over.",
        name=name,
        into=", ".join(into),
    )
    _tell(actor, people, change, sentence)


def tell_undone(actor: Any, change: VocabularyChange) -> None:
    """Take back what nobody has read yet; tell the others that all is as before."""
    told = (Notification.kind == TOLD) & (Notification.target == _target(change))
    readers = db.session.scalars(
        select(Notification.user_id).where(told, Notification.read_at.is_not(None))
    ).all()
    db.session.execute(
        delete(Notification)
        .where(told, Notification.read_at.is_(None))
        .execution_options(synchronize_session=False)
    )
    sentence = _l("This change was undone, all is as before: %(title)s", title=change.title)
    _tell(actor, sorted(set(readers)), change, sentence)


def _tell(actor: Any, people: Sequence[int], change: VocabularyChange, sentence: Any) -> None:
    if not people:
        return
    found = db.session.scalars(select(User).where(User.id.in_(people), User.active)).unique().all()
    words: dict[str, str] = {}
    for language in {person.language for person in found}:
        with force_locale(language):
            words[language] = str(sentence)
    moment = now()
    db.session.add_all(
        Notification(
            user_id=person.id,
            actor_id=getattr(actor, "id", None),
            kind=TOLD,
            level=FOLLOW,
            target=_target(change),
            text=words[person.language],
            url=WHERE_IT_IS_CHANGED,
            created=moment,
            data={},
        )
        for person in found
        if person.id != getattr(actor, "id", None)
    )
    db.session.flush()


def _target(change: VocabularyChange) -> str:
    return f"{TOLD}:{change.id}"


def tell_owners(actor: Any, subject: Subject, sentence: Any, url: str) -> None:
    """Tell those to whom a thing belongs; nobody is told of her own deed."""
    for person in owners(subject):
        tell_person(actor, person, sentence, url)


def tell_person(actor: Any, person: User | None, sentence: Any, url: str) -> None:
    """Tell one person in her language."""
    if person is None or not person.active:
        return
    with force_locale(person.language):
        text = str(sentence)
    notify(person, TOLD, text, url, actor=actor)
