"""Reactions, bookmarks with reminders, and the reading list of a municipality."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from kts.core.clock import now
from kts.forum import services
from kts.forum.models import Post
from kts.forum.models.marks import Bookmark, Reaction, ReadingItem
from kts.forum.services import marks
from kts.notifications.models import Notification


@pytest.fixture
def post(thread, db_session):
    return db_session.scalar(select(Post).filter_by(thread_id=thread.id, number=1))


@pytest.fixture
def reader(make_user):
    return make_user(name="Rita Reaktion")


def react(client, post, kind="helpful", on=1):
    return client.post(f"/beitrag/{post.id}/reaktion?set={on}", data={"kind": kind})


def count(session, model):
    return session.scalar(select(func.count()).select_from(model))


def test_a_reaction_counts_once_and_is_taken_back(client, login, reader, post, db_session):
    login(client, reader)
    for _ in range(2):
        assert react(client, post).status_code == 303
    assert count(db_session, Reaction) == 1
    page = client.get(post.thread.path).text
    assert 'value="helpful" aria-pressed="true"' in page
    react(client, post, on=0)
    assert count(db_session, Reaction) == 0
    assert 'value="helpful" aria-pressed="true"' not in client.get(post.thread.path).text


def test_the_rating_counts_people_who_found_it_of_use(make_user, post, db_session):
    for kinds in (("helpful", "same"), ("same",), ("thanks",)):
        person = make_user()
        for kind in kinds:
            marks.react(person, post, kind)
    db_session.commit()
    assert post.rating == 2


def test_nobody_reacts_to_herself_to_nonsense_or_as_a_guest(client, login, post, reader):
    assert react(client, post).status_code == 403
    login(client, post.author)
    assert react(client, post).status_code == 403
    login(client, reader)
    assert react(client, post, kind="dislike").status_code == 404


def test_reactions_in_a_closed_group_are_refused_to_others(
    client, login, reader, make_category, make_group, make_user, db_session
):
    group = make_group()
    room = make_category("Raum", visibility=group.token)
    insider = make_user(groups=[group])
    secret = services.create_thread(insider, room, "Internes", "Nur unter uns.")
    db_session.commit()
    login(client, reader)
    for address in ("reaktion?set=1", "merken"):
        answer = client.post(f"/beitrag/{secret.last_post_id}/{address}", data={"kind": "helpful"})
        assert answer.status_code == 404
    assert client.get(f"/beitrag/{secret.last_post_id}/reaktionen").status_code == 404


def test_the_author_hears_of_it_once_without_a_mail(client, login, make_user, post, db_session):
    for _ in range(3):
        login(client, make_user())
        react(client, post)
    told = db_session.scalars(select(Notification).filter_by(kind="reaction")).all()
    assert [(note.user_id, note.level) for note in told] == [(post.author_id, "normal")]
    page = login(client, post.author).get("/benachrichtigungen").text
    assert post.thread.title in page


def test_who_reacted_is_shown_to_people_with_an_account(client, login, reader, post):
    login(client, reader)
    react(client, post, "same")
    assert "Rita Reaktion" in client.get(f"/beitrag/{post.id}/reaktionen").text
    with client.session_transaction() as session:
        session.clear()
    assert client.get(f"/beitrag/{post.id}/reaktionen").status_code == 302


def test_htmx_gets_the_buttons_alone(client, login, reader, post):
    login(client, reader)
    answer = client.post(
        f"/beitrag/{post.id}/reaktion?set=1",
        data={"kind": "thanks"},
        headers={"HX-Request": "true"},
    )
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert answer.text.count('aria-pressed="true"') == 1


def test_a_post_is_kept_with_note_and_reminder(client, login, reader, post, db_session):
    login(client, reader)
    for _ in range(2):
        client.post(f"/beitrag/{post.id}/merken")
    kept = db_session.scalars(select(Bookmark)).one()
    page = client.get("/merkliste").text
    assert post.thread.title in page
    past = client.post(f"/merkliste/{kept.id}", data={"note": "x", "remind_on": "2020-01-01"})
    assert past.status_code == 422
    day = (now() + timedelta(days=3)).date().isoformat()
    answer = client.post(f"/merkliste/{kept.id}", data={"note": "Für den Rat", "remind_on": day})
    assert answer.status_code == 303
    db_session.refresh(kept)
    assert kept.note == "Für den Rat"
    assert kept.remind_at > now()


def test_a_reminder_is_written_once(reader, post, db_session):
    kept = marks.bookmark(reader, post=post)
    marks.change_bookmark(kept, "", now() - timedelta(minutes=1))
    db_session.commit()
    for _ in range(2):
        marks.remind()
    told = db_session.scalars(select(Notification).filter_by(kind="reminder")).all()
    assert [note.user_id for note in told] == [reader.id]
    marks.change_bookmark(kept, "", now() - timedelta(seconds=1))
    db_session.commit()
    marks.remind()
    assert count(db_session, Notification) == 2, "a new moment reminds again"


def test_a_reminder_says_nothing_of_what_became_secret(
    client, login, reader, post, make_group, db_session
):
    kept = marks.bookmark(reader, post=post)
    marks.change_bookmark(kept, "", now() - timedelta(minutes=1))
    db_session.commit()
    marks.remind()
    post.thread.visibility = make_group().token
    db_session.commit()
    login(client, reader)
    for address in ("/benachrichtigungen", "/merkliste", f"/merkliste/{kept.id}"):
        assert post.thread.title not in client.get(address).text


def test_taking_off_the_list_can_be_undone_with_its_note(client, login, reader, post, db_session):
    login(client, reader)
    kept = marks.bookmark(reader, post=post)
    marks.change_bookmark(kept, "Wichtig", None)
    db_session.commit()
    client.post(f"/merkliste/{kept.id}/entfernen")
    assert count(db_session, Bookmark) == 0
    assert "Rückgängig" in client.get("/merkliste").text or "Undo" in client.get("/merkliste").text
    client.post("/merkliste/zurueck", data={"post": post.id, "note": "Wichtig"})
    assert db_session.scalars(select(Bookmark)).one().note == "Wichtig"


def test_others_bookmarks_are_nobodys(client, login, reader, make_user, post, db_session):
    kept = marks.bookmark(reader, post=post)
    db_session.commit()
    login(client, make_user())
    assert client.get(f"/merkliste/{kept.id}").status_code == 404
    assert client.post(f"/merkliste/{kept.id}/entfernen").status_code == 404
    assert post.thread.title not in client.get("/merkliste").text


def test_pages_of_documents_are_kept_too(client, login, reader, make_document, db_session):
    document = make_document()
    login(client, reader)
    assert "/merken" in client.get(f"{document.path}/seite/2").text
    for page in (2, 2, 3):
        client.post(f"/dokumente/{document.id}/merken", data={"page": page})
    assert count(db_session, Bookmark) == 2
    assert f"{document.path}/seite/2" in client.get("/merkliste").text


def test_colleagues_share_a_reading_list(client, login, make_user, municipality, post, db_session):
    one, other = (make_user(belongs_to=[municipality]) for _ in range(2))
    kept = marks.bookmark(one, post=post)
    db_session.commit()
    address = f"/kommunen/{municipality.slug}/leseliste"
    login(client, one)
    for _ in range(2):
        answer = client.post(address, data={"bookmark": kept.id, "note": "Seite 3 lesen"})
        assert answer.status_code == 303
    item = db_session.scalars(select(ReadingItem)).one()
    login(client, other)
    assert "Seite 3 lesen" in client.get(address).text
    client.post(f"{address}/{item.id}/erledigt")
    db_session.refresh(item)
    assert item.done_by_id == other.id
    client.post(f"{address}/{item.id}/offen")
    client.post(f"{address}/{item.id}/entfernen")
    assert count(db_session, ReadingItem) == 0


def test_a_reading_list_is_for_the_municipalitys_people_alone(
    client, login, make_user, municipality, post, db_session
):
    item = marks.recommend(make_user(belongs_to=[municipality]), municipality.id, post=post)
    db_session.commit()
    address = f"/kommunen/{municipality.slug}/leseliste"
    for person in (make_user(), make_user("moderator")):
        login(client, person)
        assert client.get(address).status_code == 403
        assert client.post(f"{address}/{item.id}/entfernen").status_code == 403


def test_lists_take_the_same_number_of_statements_however_long(
    client, login, make_user, municipality, make_thread, make_document, db_session, query_counter
):
    person = make_user(belongs_to=[municipality])
    login(client, person)

    def keep(number):
        for place in range(number):
            post = db_session.get(Post, make_thread(f"Thema {number} {place}").last_post_id)
            document = make_document(f"Bericht {number} {place}")
            for thing in ({"post": post}, {"document": document}):
                marks.bookmark(person, **thing)
                marks.recommend(person, municipality.id, **thing)
        db_session.commit()

    def statements(address):
        with query_counter() as found:
            assert client.get(address).status_code == 200
        return len(found)

    addresses = ("/merkliste", f"/kommunen/{municipality.slug}/leseliste")
    keep(1)
    before = [statements(address) for address in addresses]
    keep(3)
    assert [statements(address) for address in addresses] == before
