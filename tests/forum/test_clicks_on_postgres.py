"""Clicks that lock a row, and words that PostgreSQL keeps no room for, over HTTP as people do it.

A thread comes to a view together with its author, who may have left: PostgreSQL locks no row that
may be missing, so each lock has to name its table.
"""

import pytest
from sqlalchemy import text

from kts.core.clock import now
from kts.extensions import db
from kts.forum import services
from kts.forum.models import ReadState
from kts.forum.models.kinds import Poll, PollVote
from kts.forum.models.marks import Bookmark, Reaction
from kts.forum.models.reading import CategoryRead
from kts.forum.services import kinds, moderation
from kts.forum.services.turns import take_own_turn
from kts.notifications.models import Notification
from tests.together import clicks_at_once, statuses


@pytest.fixture
def app(postgres_app):
    """Take the place of the application that all other fixtures stand on."""
    return postgres_app


def test_clicks_that_lock_a_row_are_taken(client, login, category, make_user, db_session):
    asker, other, moderator = make_user(), make_user(), make_user("moderator")
    question = kinds.open_thread(asker, category, "Wer hat es?", "?", kinds.Details("question"))
    choices = kinds.PollSettings(["Ja", "Nein"])
    poll = kinds.open_thread(
        asker, category, "Wollen wir?", "?", kinds.Details("poll", None, choices)
    )
    answer = services.add_post(other, question, "Wir.")
    event = moderation.lock_thread(moderator, poll, "Pause")
    db_session.commit()

    def post(person, address, **data):
        response = login(client, person).post(address, data=data)
        db_session.expire_all()
        return response.status_code

    assert post(other, f"{question.path}/haben-wir-auch") == 303
    assert question.problem_count == 1
    assert post(other, f"{question.path}/haben-wir-nicht-mehr") == 303
    assert question.problem_count == 0
    assert post(asker, f"/beitrag/{answer.id}/annehmen") == 303
    assert question.accepted_post_id == answer.id
    assert post(moderator, f"/thema/{poll.id}/moderation/{event.id}/rueckgaengig") == 303
    option = db_session.get(Poll, poll.id).options[0]
    assert post(other, f"{poll.path}/abstimmen", option=option.id) == 303
    assert db_session.query(PollVote).count() == 1
    entries = {"body": "Wir auch.", "version": "1"}
    assert post(other, f"/beitrag/{answer.id}/bearbeiten", **entries) == 303
    assert answer.source == "Wir auch."
    assert post(other, f"/beitrag/{answer.id}/loeschen") == 303
    assert answer.deleted is not None


def test_the_sign_that_is_no_sign_is_left_out(client, login, category, make_user, db_session):
    person = make_user()
    login(client, person)
    entries = {
        "category": category.slug,
        "kind": "question",
        "title": "Eine\x00Frage",
        "body": "Ein\x00 Text",
        "token": "\x00",
        "a\x00b": "c",
    }
    response = client.post("/forum/neu", data=entries)
    assert response.status_code == 303
    page = client.get(response.headers["Location"])
    assert "EineFrage" in page.get_data(as_text=True)
    for address in ("/gruppen/%00", "/personen/a%00", "/forum/%00", "/kommunen/%00/leseliste"):
        assert client.get(address).status_code == 404, address
    for address in ("/forum/liste/alle?feld=%00", "/suche?q=a%00b", "/schreiben/personen?q=%00"):
        asked = client.get(address + ("&context=new" if "personen" in address else ""))
        assert asked.status_code == 200, address
    draft = {"draft_context": "new", "title": "\x00", "body": "a\x00b", "start": "\x00"}
    assert client.post("/entwuerfe", data=draft).status_code == 303


CLICKS = 5


def click(app, login, people, address, **data):
    """Click on behalf of all of them at the same moment; give the answers' statuses."""
    clicks = [(person, address, data) for person in people]
    return statuses(clicks_at_once(app, login, clicks))


def test_clicks_at_the_same_moment_count_once_and_nobody_gets_an_error(
    app, login, make_user, make_thread, db_session
):
    people = [make_user() for _number in range(CLICKS)]
    thread = make_thread(answers=1)
    post_id, path = thread.last_post_id, thread.path
    one = people[:1] * CLICKS
    reacting = f"/beitrag/{post_id}/reaktion?set=1"
    for address in (f"/beitrag/{post_id}/merken", f"{path}/gelesen", "/forum/gelesen"):
        assert click(app, login, one, address) == [303] * CLICKS, address
    assert click(app, login, one, reacting, kind="helpful") == [303] * CLICKS
    assert click(app, login, people, reacting, kind="helpful") == [303] * CLICKS
    db_session.rollback()
    assert db_session.query(Bookmark).count() == db_session.query(CategoryRead).count() == 1
    assert db_session.query(ReadState).filter_by(user_id=people[0].id).count() == 1
    assert db_session.query(Reaction).count() == CLICKS
    assert thread.last_post.rating == CLICKS


def test_whoever_writes_can_be_told_something_meanwhile(app, make_user, db_session):
    person = make_user()
    take_own_turn(person)
    with db.engine.begin() as other:
        other.execute(text("SET LOCAL lock_timeout = '2s'"))
        row = {"user_id": person.id, "kind": "note", "text": "", "url": "/", "created": now()}
        other.execute(Notification.__table__.insert().values(level="direct", target="", **row))
    db_session.rollback()
    assert db_session.query(Notification).count() == 1
