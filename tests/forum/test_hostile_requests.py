"""Requests that no form of the site makes: they are refused with a sentence, never with a 500."""

import pytest

from kts.forum.models import EXPERIENCE, Post
from kts.forum.services import kinds, moderation
from kts.forum.services.kinds import Details

TOO_LARGE = "9" * 40
NO_NUMBERS = (TOO_LARGE, f"-{TOO_LARGE}", "9223372036854775808", "-1")


def first_post(db_session, thread):
    return db_session.query(Post).filter_by(thread_id=thread.id, number=1).one()


@pytest.mark.parametrize("version", NO_NUMBERS)
def test_an_edit_of_a_version_that_cannot_be_changes_nothing(
    client, login, make_user, make_thread, db_session, version
):
    author = make_user()
    thread = make_thread(author=author)
    post = first_post(db_session, thread)
    login(client, author)
    entries = {"title": "Neuer Titel", "body": "Neuer Text", "version": version}
    assert client.post(f"/beitrag/{post.id}/bearbeiten", data=entries).status_code == 422
    db_session.expire_all()
    assert post.source == "Wir stehen am Anfang."


@pytest.mark.parametrize("version", NO_NUMBERS)
def test_fields_of_an_experience_of_a_version_that_cannot_be_change_nothing(
    client, login, make_user, category, db_session, version
):
    author = make_user()
    details = Details(kind=EXPERIENCE, experience={"failed": "Der Zeitplan"})
    thread = kinds.open_thread(author, category, "Ein Bericht", "", details)
    db_session.commit()
    login(client, author)
    entries = {"title": "Ein Bericht", "failed": "Anderes", "version": version}
    assert client.post(f"{thread.path}/erfahrung", data=entries).status_code == 422
    assert "Anderes" not in first_post(db_session, thread).source


@pytest.mark.parametrize("number", NO_NUMBERS)
def test_an_answer_to_a_post_that_cannot_be_is_not_taken(
    client, login, make_user, thread, db_session, number
):
    login(client, make_user())
    entries = {"body": "Eine Antwort", "reply_to": number}
    assert client.post(f"{thread.path}/antworten", data=entries).status_code == 422
    assert db_session.query(Post).filter_by(thread_id=thread.id).count() == 1


@pytest.mark.parametrize("act", ["pin", "slow"])
@pytest.mark.parametrize("day", ["9999-12-31", "9999-12-30", "0001-01-01"])
def test_an_act_ends_within_the_next_ten_years(
    client, login, make_user, thread, db_session, act, day
):
    login(client, make_user("moderator"))
    entries = {"act": act, "until": day, "pace": "300", "reason": "Weil es sein muss"}
    response = client.post(f"{thread.path}/moderation", data=entries)
    assert response.status_code == 422
    db_session.expire_all()
    assert not thread.pinned
    assert not thread.slow_seconds


@pytest.mark.parametrize("answer", ["annehmen", "ablehnen"])
def test_only_a_proposal_is_answered(client, login, make_user, thread, db_session, answer):
    moderator = make_user("moderator")
    event = moderation.lock_thread(moderator, thread, "Erledigt")
    db_session.commit()
    login(client, moderator)
    response = client.post(f"/thema/{thread.id}/moderation/{event.id}/{answer}")
    assert response.status_code == 409
    db_session.expire_all()
    assert event.undone_at is None


def test_a_title_keeps_no_line_breaks_that_could_begin_a_header(
    client, login, make_user, category, db_session
):
    login(client, make_user())
    title = "Eine Frage\r\nBcc: boese@example.com\x0b\x85mit Folgen"
    entries = {"category": category.slug, "kind": "question", "title": title, "body": "Text"}
    assert client.post("/forum/neu", data=entries).status_code == 303
    post = db_session.query(Post).one()
    assert post.thread.title == "Eine Frage Bcc: boese@example.com mit Folgen"


def test_a_thousand_filters_are_as_good_as_none(client, thread):
    query = "&".join(f"{name}[]=%00" for name in range(5000))
    assert client.get(f"/forum/liste/alle?{query}").status_code == 200
