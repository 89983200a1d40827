"""Two reviewers who approve in the same moment, on the database that lets both begin."""

import pytest

from kts.curation.reviewing.models import Review, ReviewApproval
from kts.curation.reviewing.subjects import subject_of
from kts.documents.models import Document
from tests.together import clicks_at_once, statuses


@pytest.fixture
def app(postgres_app):
    """Take the place of the application that all other fixtures stand on."""
    return postgres_app


def test_of_two_who_approve_at_once_one_publishes(
    app, login, reviewed, upload, editor, make_user, db_session
):
    upload(editor, "Ein Text über Sensoren.")
    review = db_session.query(Review).one()
    people = [make_user("moderator"), make_user("moderator")]
    data = {"version": review.version, "seen": subject_of(review).fingerprint}
    address = f"{review.path}/freigeben"
    answered = clicks_at_once(app, login, [(person, address, data) for person in people])
    assert statuses(answered) == [303, 409]
    assert db_session.query(ReviewApproval).count() == 1
    assert db_session.query(Document).one().current_version is not None
    assert db_session.query(Review).one().state == "published"
