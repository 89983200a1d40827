"""The ways of writing and reading in the forum on PostgreSQL: nothing leans on SQLite."""

from datetime import timedelta

import pytest

from kts.accounts import services as accounts
from kts.accounts.models import Group
from kts.core.clock import now
from kts.core.mail import MailDelivery
from kts.extensions import db
from kts.forum import policies, services
from kts.forum.models import Post, Thread
from kts.forum.models.kinds import Poll
from kts.forum.services import deleting, drafts, kinds, marks, moderation, reading
from kts.forum.tasks import derive_missing_counts, end_acts_in_time, end_announcements
from kts.municipalities.models import Municipality
from kts.notifications import mailing, preferences, subscriptions
from kts.notifications.models import Notification
from tests.conftest import make_app

LISTS = ("alle", "neu", "aktuell", "unbeantwortet", "ungelesen", "meine", "verfolgt")
FILTERS = "?land=08&groesse=small&art=question&bereich=allgemeines&stumm=1"
PAGES = (
    "/forum",
    "/forum/allgemeines",
    "/benachrichtigungen",
    "/abonnements",
    "/merkliste",
    "/entwuerfe",
    "/kommunen/musterstadt/leseliste",
    "/kommunen/musterstadt",
    "/gruppen",
)


@pytest.fixture
def app(tmp_path, postgres_url, monkeypatch):
    """Take the place of the application that all other fixtures stand on."""
    monkeypatch.setenv("KTS_DATABASE_URL", postgres_url)
    app = make_app(tmp_path)
    app.extensions["kts_mail_transport"] = lambda _message: None
    with app.app_context():
        assert db.engine.dialect.name == "postgresql"
        db.create_all()
    yield app
    with app.app_context():
        db.session.remove()
        db.drop_all()
        db.engine.dispose()


@pytest.fixture
def municipality(db_session):
    place = Municipality(
        name="Musterstadt", slug="musterstadt", kind="town", land="08", population=9000
    )
    db_session.add(place)
    db_session.commit()
    return place


@pytest.fixture
def people(make_user, municipality):
    """Give an editor, her colleague, somebody from elsewhere and a moderator."""
    return (
        make_user(name="Anna Amt", edits=[municipality]),
        make_user(name="Nora Neu", belongs_to=[municipality]),
        make_user(name="Otto Ort"),
        make_user("moderator"),
    )


def open_one(person, category, kind, title, **details):
    thread = kinds.open_thread(
        person, category, title, "Ein Text mit @otto-ort.", kinds.Details(kind, **details)
    )
    db.session.commit()
    return thread


def test_every_kind_is_opened_used_and_listed(client, login, category, people, municipality):
    anna, nora, otto, moderator = people
    question = open_one(anna, category, "question", "Wer hat ein Portal?")
    experience = {"start": "Am Anfang", "worked": "Alles", "cost_euro": 100, "effort_days": 3}
    told = open_one(nora, category, "experience", "So ging es", experience=experience)
    choices = kinds.PollSettings(["Ja", "Nein"], most=2, ends=now() + timedelta(days=1))
    poll = open_one(otto, category, "poll", "Wollen wir?", poll=choices)
    news = open_one(moderator, category, "announcement", "Neues", until=now() + timedelta(days=1))
    answer = services.add_post(otto, question, "So geht es.", token="a" * 32)
    assert services.add_post(otto, question, "So geht es.", token="a" * 32).id == answer.id
    kinds.accept_post(anna, answer)
    kinds.share_problem(nora, question, municipality.id)
    row = db.session.get(Poll, poll.id)
    kinds.vote(anna, row, [row.options[0].id])
    kinds.vote(anna, row, [row.options[1].id])
    kinds.close_poll(otto, row)
    marks.react(anna, answer, "helpful")
    marks.change_bookmark(marks.bookmark(anna, post=answer), "Merken", now())
    marks.remind()
    marks.recommend(anna, municipality.id, post=answer, note="Lesen")
    subscriptions.choose_level(nora, "category", category.id, "watch")
    drafts.save_draft(anna, f"answer:{told.id}", drafts.Words("Ein Entwurf"), version=0)
    reading.read_categories(nora, [category])
    db.session.commit()
    services.add_post(otto, question, "Und noch etwas.")
    assert not services.edit_post(otto, answer, "So geht es.", version=1)
    assert services.edit_post(otto, answer, "So geht es besser.", version=1)
    db.session.commit()
    login(client, nora)
    for address in PAGES:
        assert client.get(address).status_code == 200, address
    for person in (nora, moderator):
        login(client, person)
        for thread in (question, told, poll, news):
            assert client.get(thread.path).status_code == 200
        for name in LISTS:
            assert client.get(f"/forum/liste/{name}").status_code == 200, name
            assert client.get(f"/forum/liste/{name}{FILTERS}").status_code == 200, name
    assert Notification.query.filter_by(user_id=anna.id).count()
    assert (question.problem_count, question.accepted_post_id) == (1, answer.id)


def test_moderators_act_and_take_it_back(client, login, category, people, make_category):
    anna, nora, otto, moderator = people
    first = open_one(anna, category, "question", "Wer hat ein Portal?")
    second = open_one(nora, category, "discussion", "Portale")
    posts = [services.add_post(otto, first, f"Antwort {n}") for n in range(4)]
    kinds.accept_post(anna, posts[2])
    reading.mark_read(nora, first, 3)
    db.session.commit()
    before = (first.post_count, first.last_post_id, first.hot, first.accepted_post_id)
    room = make_category("Anderswo", "members")
    acts = [
        moderation.hide_post(moderator, posts[1], "Werbung"),
        moderation.lock_thread(moderator, first, "Fertig"),
        moderation.set_pace(moderator, first, 600, "Ruhe", now() + timedelta(days=1)),
        moderation.pin_thread(moderator, first, "", now() - timedelta(minutes=1)),
        moderation.move_thread(moderator, first, room, "Dort"),
        moderation.split_into_new(moderator, first, room, "Eigenes", "So", ids=[posts[2].id]),
        moderation.merge_threads(moderator, first, second, "Dasselbe", confirmed=True),
    ]
    db.session.commit()
    login(client, moderator)
    for thread in (second, db.session.get(Thread, acts[5].data["target"])):
        assert client.get(thread.path).status_code == 200
        assert client.get(f"{thread.path}/moderation").status_code == 200
    assert end_acts_in_time() == 1
    for act in [act for act in reversed(acts) if act.kind != "thread.pin"]:
        moderation.undo(moderator, act)
        db.session.commit()
    now_says = (first.post_count, first.last_post_id, first.hot, first.accepted_post_id)
    assert now_says == before
    deleting.delete_post(otto, posts[3])
    deleting.undelete_post(otto, posts[3])
    posts[3].deleted = now() - deleting.UNDO_FOR - timedelta(days=1)
    assert deleting.forget_old(10) == 1
    assert (derive_missing_counts(), end_announcements()) == (0, 0)
    assert Post.query.filter_by(thread_id=first.id).count() == 5


def test_a_digest_and_a_handover(client, login, category, people, municipality):
    anna, nora, otto, _moderator = people
    question = open_one(anna, category, "question", "Offene Frage")
    question.municipality_id = municipality.id
    group = Group(name="Runde", closed=True)
    db.session.add(group)
    db.session.flush()
    accounts.add_to_group(otto, group)
    preferences.choose(nora, quiet_from=None, quiet_to=None, quiet_weekends=False)
    subscriptions.choose_level(nora, "thread", question.id, "watch")
    db.session.commit()
    answer = services.add_post(otto, question, "Bitte sehr.")
    db.session.commit()
    later = now() + timedelta(days=9)
    mailing.run(later)
    mailing.run(later + timedelta(minutes=5))
    assert MailDelivery.query.filter_by(user_id=nora.id).count() == 1
    offer = accounts.offer_handover(anna, anna.memberships[0], successor=nora)
    accounts.accept_handover(nora, offer)
    db.session.commit()
    assert question.steward_id == nora.id
    assert policies.can_accept_post(nora, answer)
    login(client, nora)
    assert client.post(f"/beitrag/{answer.id}/annehmen").status_code == 303
    accounts.remove_from_group(_moderator, accounts.membership_of(otto, group), "Zu Ende")
    db.session.commit()
    assert question.accepted_post_id == answer.id
