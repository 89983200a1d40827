"""Every deed on a review, in every state, by everybody: what it leads to, and who is refused."""

import pytest

from kts.core import audit
from kts.core.errors import Conflict, Denied
from kts.core.waiting import WaitingItem
from kts.curation.reviewing import services
from kts.curation.reviewing.models import STATES, Review, ReviewApproval, ReviewComment
from kts.curation.reviewing.services import Stale
from kts.curation.reviewing.states import DEEDS
from kts.curation.reviewing.subjects import subject_of
from kts.documents.releasing import release_version, retire_document

AUTHOR, REVIEWER, MODERATOR = "author", "reviewer", "moderator"

#: (state, deed): the next state and who may; everything else is refused.
LEADS = {
    ("draft", "submit"): ("submitted", {AUTHOR}),
    ("draft", "settle"): ("draft", {AUTHOR, REVIEWER}),
    ("submitted", "withdraw"): ("draft", {AUTHOR}),
    ("submitted", "comment"): ("submitted", {REVIEWER}),
    ("submitted", "settle"): ("submitted", {AUTHOR, REVIEWER}),
    ("submitted", "ask"): ("changes", {REVIEWER}),
    ("submitted", "approve"): ("published", {REVIEWER}),
    ("submitted", "give"): ("submitted", {REVIEWER}),
    ("changes", "submit"): ("submitted", {AUTHOR}),
    ("changes", "withdraw"): ("draft", {AUTHOR}),
    ("changes", "comment"): ("changes", {REVIEWER}),
    ("changes", "settle"): ("changes", {AUTHOR, REVIEWER}),
    ("changes", "give"): ("changes", {REVIEWER}),
    ("approved", "withdraw"): ("draft", {AUTHOR}),
    ("approved", "ask"): ("changes", {REVIEWER}),
    ("approved", "publish"): ("published", {REVIEWER}),
    ("approved", "give"): ("approved", {REVIEWER}),
    ("published", "retire"): ("retired", {REVIEWER}),
    ("retired", "reinstate"): ("published", {REVIEWER}),
}
PEOPLE = ("author", "colleague", "reviewer", "stranger", "member")
#: In whose name each person acts: editors of one municipality work together.
ROLES = {"author": AUTHOR, "colleague": AUTHOR, "reviewer": REVIEWER}


@pytest.fixture
def submitted(reviewed, upload, editor, db_session):
    """Give a function that submits a document."""

    def submit():
        upload(editor, "Ein Text über die Nebelkraehe.")
        return db_session.query(Review).one()

    return submit


@pytest.fixture
def people(make_user, town, other_town, editor):
    return {
        "author": editor,
        "colleague": make_user(edits=[town]),
        "reviewer": make_user("moderator"),
        "stranger": make_user(edits=[other_town]),
        "member": make_user(),
        "third": make_user("moderator", name="Erna Erste"),
    }


@pytest.fixture
def in_state(db_session, submitted, make_user):
    """Give a function that brings the review into a state, as if by other people."""

    def bring(state):
        review = submitted()
        db_session.add(
            ReviewComment(review=review, round=1, text="Bitte die Zahlen prüfen.", page=1)
        )
        if state == "approved":
            seen = subject_of(review).fingerprint
            third = make_user("moderator")
            db_session.add(ReviewApproval(review=review, user_id=third.id, seen=seen))
        if state in ("published", "retired"):
            release_version(review.file)
            review.open_key = None
        if state == "retired":
            retire_document(None, review.file.document, "veraltet")
        review.state = state
        db_session.commit()
        return review

    return bring


def do(deed, actor, review, people):
    seen = subject_of(review).fingerprint
    version = review.version
    acts = {
        "submit": lambda: services.submit_again(actor, review, version, {}),
        "withdraw": lambda: services.withdraw(actor, review, version),
        "settle": lambda: services.settle_comment(actor, review, review.comments[0], True),
        "comment": lambda: services.add_comment(actor, review, "Und die Quelle?"),
        "ask": lambda: services.ask_for_changes(actor, review, version, "Bitte ändern."),
        "approve": lambda: services.approve(actor, review, version, seen),
        "publish": lambda: services.publish(actor, review, version, seen),
        "give": lambda: services.give_to(actor, review, version, people["third"]),
        "retire": lambda: services.retire(actor, review, version, "veraltet"),
        "reinstate": lambda: services.reinstate(actor, review, version),
    }
    return acts[deed]()


def test_the_table_knows_every_deed_and_state():
    assert {deed for _state, deed in LEADS} == DEEDS.keys()
    assert {state for state, _deed in LEADS} == set(STATES)


def _entries(review):
    return set(audit.history("review", review.id))


@pytest.mark.parametrize("state", STATES)
def test_each_deed_leads_where_the_table_says_or_nowhere(state, in_state, people, db_session):
    review = in_state(state)
    for deed in DEEDS:
        leads, allowed = LEADS.get((state, deed), (state, set()))
        for who in PEOPLE:
            if ROLES.get(who) not in allowed:
                with pytest.raises((Denied, Conflict)):
                    do(deed, people[who], review, people)
                db_session.rollback()
                assert review.state == state, (deed, who)
                continue
            before, entries = review.version, _entries(review)
            do(deed, people[who], review, people)
            assert (review.state, review.version > before) == (leads, True), (deed, who)
            kept = _entries(review) - entries
            wanted = (
                set() if deed in ("comment", "settle") else {(f"review.{deed}", people[who].id)}
            )
            assert {(e.action, e.actor_id) for e in kept} >= wanted, (deed, who)
            db_session.rollback()


def test_whoever_comes_second_is_told_who_was_first(in_state, people, db_session):
    review = in_state("submitted")
    seen = review.version
    services.give_to(people["third"], review, seen, people["reviewer"])
    db_session.commit()
    fingerprint = subject_of(review).fingerprint
    reviewer, author = people["reviewer"], people["author"]
    for act in (
        lambda: services.ask_for_changes(reviewer, review, seen, "Bitte."),
        lambda: services.approve(reviewer, review, seen, fingerprint),
        lambda: services.give_to(reviewer, review, seen, people["third"]),
        lambda: services.withdraw(author, review, seen),
    ):
        with pytest.raises(Stale, match="Erna Erste"):
            act()
        db_session.rollback()
        assert review.version == seen + 1


def test_what_waits_for_moderators_is_on_the_desk_and_nothing_else(in_state, people, db_session):
    review = in_state("submitted")

    def waits():
        return db_session.query(WaitingItem).filter_by(kind="review").count()

    assert waits() == 1
    do("ask", people["reviewer"], review, people)
    assert waits() == 0
    do("submit", people["author"], review, people)
    assert waits() == 1
    do("withdraw", people["author"], review, people)
    assert waits() == 0
    do("submit", people["author"], review, people)
    do("approve", people["reviewer"], review, people)
    assert waits() == 0
