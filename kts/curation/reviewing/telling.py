"""Who is told about a review: the author what is asked and decided, a reviewer what is hers.

What is asked and decided goes by mail at once, whatever the author has chosen for other messages:
her work waits for it. Everything is put into the words of whoever reads it.
"""

from typing import Any

from flask import Flask
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from kts.accounts.models import User
from kts.core.mail import base_url, queue_mail
from kts.curation.reviewing.models import Review, ReviewComment
from kts.curation.reviewing.states import KIND_NAMES
from kts.notifications.contents import register_mailed_apart
from kts.notifications.services import notify

TOLD_AUTHOR, TOLD_REVIEWER, TOLD_STATE = "review_author", "review_reviewer", "review_state"


def init_app(app: Flask) -> None:
    """Let no second mail be made of what is mailed here."""
    register_mailed_apart(app, TOLD_AUTHOR, lambda _message: True)


def tell_asked(actor: Any, review: Review) -> None:
    """Ask the author for changes, with all comments that are open."""
    sentence = _l("The KTS asks you for changes: %(title)s", title=review.title)
    _tell_author(actor, review, "review_changes", sentence, comments=review.open_comments)


def asked_in_words(review: Review) -> str:
    """Put what is asked into one text, for whoever else writes to the author."""
    lines = [review.asked, *(_as_line(comment) for comment in review.open_comments)]
    return "\n\n".join(line for line in lines if line)


def _as_line(comment: ReviewComment) -> str:
    return f"„{comment.quote}“: {comment.text}" if comment.quote else comment.text


def tell_published(actor: Any, review: Review, path: str) -> None:
    """Tell the author that readers see it now."""
    sentence = _l("The KTS has approved and published: %(title)s", title=review.title)
    _tell_author(actor, review, "review_published", sentence, address=base_url() + path)


def tell_retired(actor: Any, review: Review, reason: str) -> None:
    """Tell the author that it is retired, and why."""
    sentence = _l("The KTS has retired: %(title)s", title=review.title)
    _tell_author(actor, review, "review_retired", sentence, reason=reason)


def tell_approved(actor: Any, review: Review) -> None:
    """Tell the author in the app that it will be published soon."""
    if review.author is not None and review.author.active:
        with force_locale(review.author.language):
            text = _("It is approved and will be published soon: %(title)s", title=review.title)
        notify(review.author, TOLD_STATE, text, review.author_path, actor=actor)


def tell_reviewer(actor: Any, review: Review) -> None:
    """Tell the reviewer that something waits for her."""
    if review.reviewer is None or not review.reviewer.active:
        return
    with force_locale(review.reviewer.language):
        text = str(_l("To be reviewed by you: %(title)s", title=review.title))
    notify(review.reviewer, TOLD_REVIEWER, text, review.path, actor=actor)


def _tell_author(actor: Any, review: Review, template: str, sentence: Any, **context: Any) -> None:
    person: User | None = review.author
    if person is None or not person.active:
        return
    with force_locale(person.language):
        text = str(sentence)
        kind = str(KIND_NAMES[review.kind])
    notify(person, TOLD_AUTHOR, text, review.author_path, actor=actor)
    queue_mail(
        person.email,
        template,
        locale=person.language,
        user_id=person.id,
        name=person.display_name,
        review=review,
        kind=kind,
        url=base_url() + review.author_path,
        **context,
    )
