"""Reviews as a viewer may see them, and the rules they follow."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from kts.accounts.models import User
from kts.core import audit
from kts.core.access import MEMBERS, PUBLIC, Viewer, visible
from kts.core.audit import AuditEntry
from kts.core.errors import NotFound
from kts.core.pagination import Page, paginate
from kts.curation.dossiers.models import Dossier
from kts.curation.reviewing.models import (
    DOCUMENT,
    DOSSIER,
    EVERYBODY,
    EXPERIENCE,
    NOBODY,
    USUAL_DAYS,
    CannedText,
    Review,
    ReviewApproval,
    ReviewComment,
    ReviewRule,
    TopicReviewer,
    TrustedMunicipality,
)
from kts.curation.reviewing.policies import can_see_review, is_author
from kts.curation.reviewing.subjects import Subject, subject_of
from kts.documents.models import Document
from kts.documents.policies import editable_municipality_ids
from kts.extensions import db
from kts.forum.models.held import HeldContribution
from kts.municipalities.models import Topic

PER_PAGE = 30
REVIEWED_READERS = (PUBLIC, MEMBERS)  # what only a group reads is the group's own matter


def rule_of(kind: str) -> ReviewRule:
    """Give the rule for a kind; one that reviews nobody where none was set."""
    rule = db.session.scalar(select(ReviewRule).filter_by(kind=kind))
    return rule or ReviewRule(kind=kind, who=NOBODY, two_persons=False, days=USUAL_DAYS, version=0)


def is_trusted(municipality_id: int | None) -> bool:
    """Say whether editors of the municipality publish at once."""
    if municipality_id is None:
        return False
    statement = select(TrustedMunicipality.id).filter_by(municipality_id=municipality_id)
    return db.session.scalar(statement) is not None


def belongs_to_trusted(person: Any) -> bool:
    """Say whether one of the person's municipalities publishes at once."""
    return any(is_trusted(membership.municipality_id) for membership in person.memberships)


def is_reviewed(kind: str, actor: Any, municipality_id: int | None, visibility: str) -> bool:
    """Say whether the rules send what this person publishes to a review."""
    if visibility not in REVIEWED_READERS:
        return False
    who = rule_of(kind).who
    if who == EVERYBODY:
        return True
    return who != NOBODY and not actor.is_moderator and not is_trusted(municipality_id)


def needed_approvals(review: Review) -> int:
    """Give how many people have to approve."""
    return 2 if rule_of(review.kind).two_persons else 1


def counting_approvals(review: Review, fingerprint: str) -> list[ReviewApproval]:
    """Give the approvals of exactly what is there now."""
    return [approval for approval in review.approvals if approval.seen == fingerprint]


def open_review(kind: str, subject_id: int) -> Review | None:
    """Give the review of a thing that is not published yet."""
    return db.session.scalar(select(Review).filter_by(open_key=f"{kind}:{subject_id}"))


def last_review(kind: str, subject_id: int) -> Review | None:
    """Give the newest review of a thing, in whatever state."""
    statement = select(Review).filter_by(kind=kind, subject_id=subject_id)
    return db.session.scalar(statement.order_by(Review.id.desc()).limit(1))


def get_review(review_id: int, viewer: Viewer) -> tuple[Review, Subject]:
    """Give a review and what it is about; raise NotFound where the viewer may not know of it."""
    review = db.session.scalar(
        select(Review)
        .where(Review.id == review_id)
        .options(
            joinedload(Review.author),
            joinedload(Review.reviewer),
            joinedload(Review.municipality),
            joinedload(Review.file),
            selectinload(Review.comments).joinedload(ReviewComment.author),
            selectinload(Review.approvals).joinedload(ReviewApproval.user),
        )
    )
    subject = None if review is None else subject_of(review)
    if review is None or subject is None or not can_see_review(viewer, review):
        raise NotFound
    if not is_author(viewer, review) and subject.visibility not in viewer.visibility_tokens:
        raise NotFound
    return review, subject


def get_comment(review: Review, comment_id: int) -> ReviewComment:
    """Give one comment of a review; raise NotFound where it has none of that number."""
    found = next((one for one in review.comments if one.id == comment_id), None)
    if found is None:
        raise NotFound
    return found


def _known_to(viewer: Viewer) -> ColumnElement[bool]:
    """Leave out what has gone behind a closed door since it was published."""
    document = select(Document.id).where(
        Document.id == Review.subject_id, visible(Document.visibility, viewer)
    )
    dossier = select(Dossier.id).where(
        Dossier.id == Review.subject_id, visible(Dossier.visibility, viewer)
    )
    return or_(
        and_(Review.kind == EXPERIENCE, is_kept()),
        and_(Review.kind == DOCUMENT, document.exists()),
        and_(Review.kind == DOSSIER, dossier.exists()),
    )


def is_kept() -> ColumnElement[bool]:
    """Leave out experiences whose words are deleted, with their author or after half a year."""
    held = select(HeldContribution.id).where(HeldContribution.id == Review.subject_id)
    return or_(Review.kind != EXPERIENCE, held.exists())


def find_reviews(viewer: Viewer, states: Sequence[str], page: int) -> Page:
    """Give one page of the moderators' list, the longest waiting first."""
    statement = (
        select(Review)
        .where(Review.state.in_(states), _known_to(viewer))
        .options(
            joinedload(Review.author), joinedload(Review.reviewer), joinedload(Review.municipality)
        )
        .order_by(Review.submitted_at, Review.id)
    )
    return paginate(statement, page, PER_PAGE)


def counts_by_state(viewer: Viewer) -> dict[str, int]:
    """Count the reviews in each state."""
    statement = select(Review.state, func.count()).where(_known_to(viewer)).group_by(Review.state)
    return {row[0]: row[1] for row in db.session.execute(statement)}


def own_reviews(viewer: Viewer, page: int) -> Page:
    """Give what the viewer and the colleagues of her municipalities have submitted."""
    mine = Review.author_id == viewer.id
    if own := editable_municipality_ids(viewer):
        mine = or_(mine, and_(Review.municipality_id.in_(own), Review.kind == DOCUMENT))
    statement = select(Review).where(mine, is_kept()).options(joinedload(Review.author))
    open_first = Review.open_key.is_(None)
    return paginate(statement.order_by(open_first, Review.id.desc()), page, PER_PAGE)


def has_own_reviews(viewer: Viewer) -> bool:
    """Say whether the viewer has ever submitted something."""
    if not viewer.is_authenticated:
        return False
    return db.session.scalar(select(Review.id).filter_by(author_id=viewer.id).limit(1)) is not None


def history(review: Review) -> list[AuditEntry]:
    """Give who did what and when, newest first."""
    return audit.history(Review.__tablename__, review.id)


def canned_texts(kind: str | None = None) -> list[CannedText]:
    """Give the texts in their order; only those for a kind where one is named."""
    statement = select(CannedText).where(CannedText.deleted_at.is_(None))
    found = db.session.scalars(statement.order_by(CannedText.position, CannedText.id)).all()
    return [text for text in found if kind is None or kind in text.kinds]


def get_text(text_id: int, *, deleted: bool = False) -> CannedText:
    """Give one text; raise NotFound where there is none, or only a deleted one."""
    found = db.session.get(CannedText, text_id)
    if found is None or (found.deleted_at is not None) != deleted:
        raise NotFound
    return found


def trusted_municipalities(page: int) -> Page:
    """Give one page of the municipalities that publish at once, the newest first."""
    statement = select(TrustedMunicipality).options(
        joinedload(TrustedMunicipality.municipality), joinedload(TrustedMunicipality.by)
    )
    return paginate(statement.order_by(TrustedMunicipality.id.desc()), page, PER_PAGE)


def topic_reviewers() -> Sequence[TopicReviewer]:
    """Give the reviewers by topic."""
    statement = select(TopicReviewer).join(Topic).order_by(Topic.sort, Topic.name)
    return db.session.scalars(
        statement.options(joinedload(TopicReviewer.topic), joinedload(TopicReviewer.user))
    ).all()


def moderators(but: int | None = None) -> Sequence[User]:
    """List the moderators and administrators who can sign in."""
    statement = select(User).where(User.role.in_(("moderator", "admin")), User.active)
    if but is not None:
        statement = statement.where(User.id != but)
    return db.session.scalars(statement.order_by(User.name, User.id)).all()
