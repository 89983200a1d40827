"""What reviewers do: comment, ask for changes, approve, publish, give on, retire."""

from typing import Any

from flask_babel import gettext as _

from kts.accounts.models import User
from kts.core.clock import now
from kts.core.errors import Conflict, Invalid
from kts.curation.reviewing import queries, telling, work
from kts.curation.reviewing.experiences import experience_of
from kts.curation.reviewing.models import (
    APPROVED,
    EXPERIENCE,
    PUBLISHED,
    QUOTE_LENGTH,
    RETIRED,
    TITLE_LENGTH,
    Review,
    ReviewApproval,
    ReviewComment,
)
from kts.curation.reviewing.policies import can_judge_review
from kts.curation.reviewing.services.turns import end_turn, take_turn
from kts.curation.reviewing.states import (
    APPROVE,
    ASK,
    COMMENT,
    GIVE,
    PUBLISH,
    REINSTATE,
    RETIRE,
)
from kts.curation.reviewing.subjects import Subject, subject_of
from kts.extensions import db


def add_comment(
    actor: Any, review: Review, text: str, *, page: int | None = None, quote: str = ""
) -> ReviewComment:
    """Say something about a passage; the author reads it when she is asked for changes."""
    take_turn(actor, review, COMMENT)
    comment = ReviewComment(
        round=review.round,
        page=page,
        quote=" ".join(quote.split())[:QUOTE_LENGTH],
        text=text.strip(),
        author_id=actor.id,
    )
    review.comments.append(comment)
    review.version += 1
    db.session.flush()
    return comment


def ask_for_changes(actor: Any, review: Review, version: int, words: str) -> None:
    """Give it back to the author with all open comments; raise Invalid where nothing is asked."""
    take_turn(actor, review, ASK, version)
    words = words.strip()
    if not words and not review.open_comments:
        raise Invalid(_("Please say what to change: in a comment, or in the field below."))
    review.asked = words
    review.approvals.clear()
    end_turn(actor, review, ASK, reason=words)
    work.review_is_done(actor, review)
    experience = experience_of(review) if review.kind == EXPERIENCE else None
    if experience is None:
        telling.tell_asked(actor, review)
    else:
        experience.ask(actor, telling.asked_in_words(review))


def approve(actor: Any, review: Review, version: int, seen: str, *, at_once: bool = True) -> None:
    """Say yes to what was seen; the last yes that is needed approves it.

    ``at_once`` publishes it then. Raises Conflict where it was changed after it was seen, or where
    another person has to say yes.
    """
    take_turn(actor, review, APPROVE, version)
    subject = _seen_subject(review, seen)
    needed = queries.needed_approvals(review)
    given = queries.counting_approvals(review, seen)
    if review.state == APPROVED and len(given) >= needed:
        raise Conflict(_("It is approved already. Nothing was changed."))
    if any(approval.user_id == actor.id for approval in given):
        raise Conflict(_("You have approved it already. Somebody else has to approve it as well."))
    if not subject.is_ready:
        raise Conflict(_("It cannot be read yet, so nobody can approve it. Nothing was changed."))
    _give_approval(actor, review, seen)
    enough = len(given) + 1 >= needed
    end_turn(actor, review, APPROVE, state=APPROVED if enough else review.state)
    if enough and at_once:
        _publish(actor, review, subject)
    elif enough:
        work.review_waits(review)
        telling.tell_approved(actor, review)


def _give_approval(actor: Any, review: Review, seen: str) -> None:
    earlier = next((one for one in review.approvals if one.user_id == actor.id), None)
    if earlier is not None:
        earlier.seen, earlier.created = seen, now()
    else:
        review.approvals.append(ReviewApproval(user_id=actor.id, seen=seen))
    db.session.flush()


def _seen_subject(review: Review, seen: str) -> Subject:
    subject = _subject(review)
    if subject.fingerprint != seen:
        raise Conflict(
            _(
                "It was changed after you opened this page. Nothing was done. Please look at it "
                "again."
            )
        )
    return subject


def publish(actor: Any, review: Review, version: int, seen: str) -> None:
    """Let readers see what is approved; raise Conflict where it was changed since."""
    take_turn(actor, review, PUBLISH, version)
    subject = _seen_subject(review, seen)
    if len(queries.counting_approvals(review, seen)) < queries.needed_approvals(review):
        raise Conflict(
            _("It was changed after it was approved. Please approve it once more, then publish it.")
        )
    _publish(actor, review, subject)


def _publish(actor: Any, review: Review, subject: Subject) -> None:
    review.title = subject.title[:TITLE_LENGTH]
    review.decided_at, review.open_key = now(), None
    end_turn(actor, review, PUBLISH, state=PUBLISHED)
    work.review_is_done(actor, review)
    subject.publish(actor)
    if review.kind != EXPERIENCE:  # the forum tells who wrote it
        telling.tell_published(actor, review, subject.path)


def give_to(actor: Any, review: Review, version: int, to: User) -> None:
    """Put it into somebody's hands and tell her; raise Invalid for who cannot judge it."""
    take_turn(actor, review, GIVE, version)
    if not (to.active and can_judge_review(to, review)):
        raise Invalid(_("Please choose a moderator who is not its author."))
    before = review.reviewer.display_name if review.reviewer else None
    review.reviewer = to
    end_turn(actor, review, GIVE, changes={"person": [before, to.display_name]})
    if review.state in work.WAITS:
        work.review_waits(review)
    telling.tell_reviewer(actor, review)


def retire(actor: Any, review: Review, version: int, reason: str) -> None:
    """Take what was published out of lists and search; its address stays and says why."""
    take_turn(actor, review, RETIRE, version)
    if not reason.strip():
        raise Invalid(_("Please say why. Whoever comes by an old link reads it."))
    _subject(review).retire(actor, reason.strip())
    follow(actor, review, retired=True, reason=reason.strip())


def reinstate(actor: Any, review: Review, version: int) -> None:
    """Bring back what was retired."""
    take_turn(actor, review, REINSTATE, version)
    _subject(review).reinstate(actor)
    follow(actor, review, retired=False)


def _subject(review: Review) -> Subject:
    subject = subject_of(review)
    if subject is None:
        raise Conflict(_("It is not there any more. Nothing was changed."))
    return subject


def follow(actor: Any, review: Review | None, *, retired: bool, reason: str = "") -> None:
    """Let the review say what has become of its thing, whichever page it was done on."""
    if review is None:
        return
    if retired and review.state == PUBLISHED:
        end_turn(actor, review, RETIRE, reason=reason)
        telling.tell_retired(actor, review, reason)
    elif not retired and review.state == RETIRED:
        end_turn(actor, review, REINSTATE)
