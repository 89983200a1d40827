"""What authors do: submit, answer, submit again, take back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from kts.core import audit
from kts.core.clock import now
from kts.core.errors import Conflict, Invalid
from kts.curation.dossiers import services as dossiers
from kts.curation.dossiers.models import Dossier
from kts.curation.reviewing import queries, telling, work
from kts.curation.reviewing.experiences import experience_of
from kts.curation.reviewing.models import (
    APPROVED,
    CHANGES,
    DOCUMENT,
    DOSSIER,
    DRAFT,
    EXPERIENCE,
    SUBMITTED,
    TITLE_LENGTH,
    Review,
    ReviewComment,
    TopicReviewer,
)
from kts.curation.reviewing.policies import can_judge_review
from kts.curation.reviewing.services.turns import end_turn, take_turn
from kts.curation.reviewing.states import SETTLE, SUBMIT, WITHDRAW
from kts.curation.reviewing.subjects import subject_of
from kts.documents.models import Document, DocumentVersion
from kts.extensions import db
from kts.forum.models.held import HeldContribution


@dataclass(frozen=True)
class Answer:
    """What the author says to a comment, and whether she has done what it asks."""

    text: str
    done: bool


def submit_document(actor: Any, version: DocumentVersion) -> Review:
    """Let a file wait for its review; a newer file takes the place of the one before."""
    document = version.document
    review = queries.open_review(DOCUMENT, document.id)
    if review is not None:
        return _change_file(actor, review, version)
    return _begin(
        actor,
        DOCUMENT,
        document.id,
        title=document.title[:TITLE_LENGTH],
        municipality_id=document.municipality_id,
        version_id=version.id,
    )


def _change_file(actor: Any, review: Review, version: DocumentVersion) -> Review:
    db.session.refresh(review, with_for_update={"of": Review})
    review.version_id, review.version = version.id, review.version + 1
    db.session.expire(review, ["file"])
    if review.state == APPROVED:
        review.state = SUBMITTED
    audit.record(actor, "review.file", review, changes={"file": [None, version.filename]})
    return review


def submit_dossier(actor: Any, dossier: Dossier, note: str = "") -> Review:
    """Let the draft as it is now wait for its review.

    Raises Conflict while one is being reviewed, Invalid where there is nothing new to publish.
    """
    review = queries.open_review(DOSSIER, dossier.id)
    if review is not None:
        if SUBMITTED in (review.state, _state_after(review)):
            raise Conflict(_("This dossier is being reviewed already. Nothing was changed."))
        submit_again(actor, review, review.version, {}, note)
        return review
    if not dossier.items and not dossier.text:
        raise Invalid(_("The dossier is still empty. Add a text or a part, then publish it."))
    return _begin(
        actor,
        DOSSIER,
        dossier.id,
        title=dossier.title,
        snapshot={"told": dossiers.complete_snapshot(dossier), "note": note.strip()},
    )


def _state_after(review: Review) -> str:
    return SUBMITTED if review.state == APPROVED else review.state


def submit_experience(held: HeldContribution) -> Review:
    """Let a held experience wait for its review."""
    return _begin(
        held.author,
        EXPERIENCE,
        held.id,
        title=held.title[:TITLE_LENGTH],
        municipality_id=held.payload.get("municipality_id"),
    )


def _begin(actor: Any, kind: str, subject_id: int, **values: Any) -> Review:
    review = Review(
        kind=kind,
        subject_id=subject_id,
        open_key=f"{kind}:{subject_id}",
        author_id=actor.id,
        state=SUBMITTED,
        **values,
    )
    db.session.add(review)
    db.session.flush()
    audit.record(actor, "review.submit", review, changes={"state": [None, SUBMITTED]})
    _name_reviewer(review)
    work.review_waits(review)
    telling.tell_reviewer(actor, review)
    return review


def _name_reviewer(review: Review) -> None:
    """Give it to the reviewer of its topic, unless it is hers or she is gone."""
    subject = subject_of(review)
    if subject is None or not subject.topic_ids:
        return
    named = db.session.scalars(
        db.select(TopicReviewer)
        .where(TopicReviewer.topic_id.in_(subject.topic_ids))
        .order_by(TopicReviewer.topic_id)
    )
    for one in named:
        if one.user.active and can_judge_review(one.user, review):
            review.reviewer = one.user
            db.session.flush()
            return


def submit_again(
    actor: Any, review: Review, version: int, answers: Mapping[int, Answer], answer: str = ""
) -> None:
    """Begin the next round with what is there now; the answers go to the reviewer."""
    take_turn(actor, review, SUBMIT, version)
    subject = subject_of(review)
    if subject is None or (review.kind == EXPERIENCE and not subject.is_ready):
        raise Conflict(_("It is not there any more. Nothing was changed."))
    if review.kind == DOSSIER:
        dossier = db.session.get_one(Dossier, review.subject_id)
        note = (review.snapshot or {}).get("note", "")
        review.snapshot = {"told": dossiers.complete_snapshot(dossier), "note": note}
    review.title = subject.title[:TITLE_LENGTH]
    review.round += 1
    review.submitted_at, review.answer = now(), answer.strip()
    _keep_answers(actor, review, answers)
    review.approvals.clear()
    end_turn(actor, review, SUBMIT, reason=review.answer, changes={"round": [None, review.round]})
    experience = experience_of(review) if review.kind == EXPERIENCE else None
    if experience is not None and experience.held.state == CHANGES:
        experience.submit(actor)
    work.review_waits(review)
    telling.tell_reviewer(actor, review)


def keep_answers(
    actor: Any, review: Review, version: int, answers: Mapping[int, Answer], answer: str
) -> None:
    """Keep what the author has answered so far, without submitting it."""
    take_turn(actor, review, SUBMIT, version)
    _keep_answers(actor, review, answers)
    review.answer = answer.strip()
    review.version += 1
    db.session.flush()


def _keep_answers(actor: Any, review: Review, answers: Mapping[int, Answer]) -> None:
    for comment in review.comments:
        if comment.id in answers:
            comment.answer = answers[comment.id].text.strip()
            _settle(actor, comment, answers[comment.id].done)


def settle_comment(actor: Any, review: Review, comment: ReviewComment, done: bool) -> None:
    """Say that what a comment asks is done, or not yet."""
    take_turn(actor, review, SETTLE)
    _settle(actor, comment, done)
    review.version += 1
    db.session.flush()


def _settle(actor: Any, comment: ReviewComment, done: bool) -> None:
    if done == (comment.settled_at is not None):
        return
    comment.settled_at = now() if done else None
    comment.settled_by_id = actor.id if done else None


def withdraw(actor: Any, review: Review, version: int) -> None:
    """Take it back: it stays a draft, and can be submitted again."""
    take_turn(actor, review, WITHDRAW, version)
    review.approvals.clear()
    end_turn(actor, review, WITHDRAW)
    work.review_is_done(actor, review)
    experience = experience_of(review) if review.kind == EXPERIENCE else None
    if experience is not None:
        review.open_key = None
        db.session.flush()
        experience.withdraw(actor)


def drop(actor: Any, review: Review) -> None:
    """Make a draft of what is deleted; it can be submitted again once it is back."""
    db.session.refresh(review, with_for_update={"of": Review})
    before, review.state = review.state, DRAFT
    review.version += 1
    review.approvals.clear()
    if before != DRAFT:
        audit.record(actor, "review.withdraw", review, changes={"state": [before, DRAFT]})
    work.review_is_done(actor, review)


def forget_document(actor: Any, document: Document) -> None:
    """Take the reviews of a document away that is being removed."""
    found = db.session.scalars(
        db.select(Review).filter_by(kind=DOCUMENT, subject_id=document.id)
    ).all()
    for review in found:
        work.review_is_done(actor, review)
        db.session.delete(review)
    db.session.flush()
