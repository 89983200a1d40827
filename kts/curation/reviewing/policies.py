"""Who sees a review, who is its author, who may judge it."""

from flask_babel import gettext as _

from kts.core.access import Viewer
from kts.curation.dossiers.policies import edited_ids
from kts.curation.reviewing.models import DOSSIER, EXPERIENCE, Review
from kts.curation.reviewing.states import AUTHOR, BOTH, DEEDS, REVIEWER


def is_author(viewer: Viewer, review: Review) -> bool:
    """Say whether it is the viewer's: she submitted it, or works on it with whoever did.

    A document belongs to all editors of its municipality, a dossier to those named for it; an
    experience is one person's.
    """
    if not viewer.is_authenticated:
        return False
    if review.author_id is not None and review.author_id == viewer.id:
        return True
    if review.kind == DOSSIER:
        return review.subject_id in edited_ids(viewer)
    return review.kind != EXPERIENCE and viewer.edits(review.municipality_id)


def can_judge_review(viewer: Viewer, review: Review) -> bool:
    """Let moderators judge, but never what is their own, nor the file that they have sent."""
    sent = review.file is not None and review.file.uploaded_by_id == viewer.id
    return viewer.is_moderator and not sent and not is_author(viewer, review)


def can_answer_review(viewer: Viewer, review: Review) -> bool:
    """Let the author, and who works on it with her, answer, submit again and withdraw."""
    return is_author(viewer, review)


def can_see_review(viewer: Viewer, review: Review) -> bool:
    """Let its author and moderators follow it."""
    return viewer.is_moderator or is_author(viewer, review)


def may_do(viewer: Viewer, review: Review, deed: str) -> bool:
    """Say whether the deed is one for this person, in whatever state."""
    who = DEEDS[deed].who
    if who == AUTHOR:
        return is_author(viewer, review)
    if who == REVIEWER:
        return can_judge_review(viewer, review)
    if who == BOTH:
        return can_see_review(viewer, review)
    return viewer.is_moderator


def is_possible(viewer: Viewer, review: Review, deed: str) -> bool:
    """Say whether this person can do it now; for the buttons of pages."""
    return review.state in DEEDS[deed].leads and may_do(viewer, review, deed)


def why_not(review: Review, deed: str) -> str:
    """Say who could."""
    if DEEDS[deed].who == AUTHOR:
        return _("Only the author and who works on it with her can do this.")
    if DEEDS[deed].who == REVIEWER:
        return _("Only a moderator who is not its author can do this.")
    return _("Only KTS moderators can do this.")
