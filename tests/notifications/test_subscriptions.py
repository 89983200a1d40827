"""How closely people follow things: choosing, and which choice counts."""

import itertools
import random

import pytest

from kts.accounts.models import Group, User
from kts.extensions import db
from kts.forum.models import Category, Thread
from kts.forum.queries.following import level_of, levels_for_thread, levels_of, unmuted
from kts.forum.services import create_category, create_thread
from kts.municipalities.models import Municipality, Topic
from kts.notifications import subscriptions
from kts.notifications.levels import Choice, decisive
from kts.notifications.models import FOLLOW, LEVELS, MUTE, NORMAL, WATCH, Subscription
from kts.notifications.tasks import end_aimless_subscriptions


@pytest.fixture
def world(db_session, make_user):
    """Make a thread that belongs to two topics, a municipality, a category and a group."""
    group, town = Group(name="AG Daten"), Municipality(name="M", slug="m", kind="town", land="08")
    topics = [Topic(slug=name, name=name) for name in ("verkehr", "energie")]
    db_session.add_all([group, town, *topics])
    db_session.flush()
    author = make_user(groups=[group])
    room = create_category(None, "Werkraum", visibility=group.token)
    thread = create_thread(author, room, "Titel", "Text", municipality_id=town.id, topics=topics)
    db_session.commit()
    return {
        "thread": thread,
        "topic": topics[0],
        "topic2": topics[1],
        "municipality": town,
        "category": room,
        "group": group,
    }


def choose(person, world, **levels):
    for name, level in levels.items():
        subscriptions.choose_level(person, name.rstrip("2"), world[name].id, level)
    db.session.commit()


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ({}, NORMAL),
        ({"category": MUTE, "thread": FOLLOW}, FOLLOW),
        ({"category": WATCH, "thread": MUTE}, MUTE),
        ({"category": MUTE, "topic": WATCH}, WATCH),
        ({"category": WATCH, "topic": MUTE}, MUTE),
        ({"topic": WATCH, "topic2": MUTE}, WATCH),
        ({"topic": MUTE, "municipality": FOLLOW}, FOLLOW),
        ({"topic": MUTE, "topic2": NORMAL}, MUTE),
        ({"group": MUTE, "category": NORMAL}, NORMAL),
        ({"group": WATCH}, WATCH),
    ],
)
def test_the_specific_beats_the_general_and_the_loud_its_equals(world, make_user, levels, expected):
    person = make_user()
    choose(person, world, **levels)
    assert level_of(person, world["thread"]).level == expected


def test_display_lists_and_telling_agree_whatever_people_chose(world, db_session):
    """A hundred people with random choices: four ways to ask give one answer."""
    dice = random.Random(7)
    thread = world["thread"]
    people = [
        User(email=f"{n}@example.org", name=f"{n}", role="moderator", session_key="x")
        for n in range(100)
    ]
    db_session.add_all(people)
    db_session.commit()
    for person in people:
        for name in ("thread", "topic", "topic2", "municipality", "category", "group"):
            if dice.random() < 0.4:
                choose(person, world, **{name: dice.choice(LEVELS)})
    told = levels_for_thread(thread)
    for person in people:
        shown = level_of(person, thread)
        assert shown == told.get(person.id, Choice())
        listed = levels_of(person, [thread]).get(thread.id, Choice())
        assert listed.level == shown.level
        kept = db_session.scalar(db.select(Thread.id).where(unmuted(person)))
        assert (kept is None) == (shown.level == MUTE)
    assert {choice.level for choice in told.values()} == set(LEVELS)


def test_the_order_of_the_rows_decides_nothing():
    choices = [Choice(WATCH, "category", 1), Choice(MUTE, "topic", 1), Choice(NORMAL, "thread", 1)]
    assert {decisive(order).kind for order in itertools.permutations(choices)} == {"thread"}


def test_a_level_is_chosen_changed_and_taken_back(client, login, make_user, world, db_session):
    person = make_user("moderator")
    login(client, person)
    category = world["category"]
    address = f"/abonnements/category/{category.id}"
    back = f"/forum/{category.slug}"
    for level in LEVELS:
        answer = client.post(address, data={"level": level, "back": back})
        assert (answer.status_code, answer.location) == (303, back)
        (row,) = db_session.query(Subscription).filter_by(user_id=person.id).all()
        db_session.refresh(row)
        assert (row.level, row.reason) == (level, "chosen")
    client.post(address, data={"level": "", "back": "https://example.org/"})
    assert db_session.query(Subscription).filter_by(user_id=person.id).count() == 0


def test_only_what_one_may_know_of_can_be_followed(client, login, make_user, world, db_session):
    outside = make_user()
    thread, room, group = world["thread"], world["category"], world["group"]
    for path in (
        f"thread/{thread.id}",
        f"category/{room.id}",
        f"group/{group.id}",
        "thread/99999",
        "user/1",
    ):
        address = f"/abonnements/{path}"
        assert client.post(address, data={"level": WATCH}).status_code in (302, 403)
        assert login(client, outside).post(address, data={"level": WATCH}).status_code == 404
        with client.session_transaction() as session:
            session.clear()
    assert db_session.query(Subscription).filter_by(user_id=outside.id).count() == 0
    inside = login(client, make_user(groups=[group]))
    assert inside.post(f"/abonnements/thread/{thread.id}", data={"level": WATCH}).status_code == 303
    assert inside.post(f"/abonnements/thread/{thread.id}", data={"level": "x"}).status_code == 422


def test_the_list_shows_choices_and_keeps_secrets(client, login, make_user, world, db_session):
    person = make_user("moderator")
    choose(person, world, thread=WATCH, category=MUTE, municipality=FOLLOW)
    page = login(client, person).get("/abonnements").text
    for name in ("Titel", "Werkraum", "verkehr", "energie", "AG Daten"):
        assert name in page
    person.role = "member"
    db_session.commit()
    page = client.get("/abonnements").text
    for secret in ("Titel", "Werkraum", "AG Daten"):
        assert secret not in page
    assert page.count("Etwas, das Sie nicht mehr lesen können.") == 2
    room = world["category"]
    client.post(f"/abonnements/category/{room.id}", data={"level": ""})
    left = db_session.query(Subscription).filter_by(user_id=person.id)
    assert {row.kind for row in left} == {"thread", "municipality"}


def test_the_list_takes_no_more_statements_for_more_choices(
    client, login, make_user, world, query_counter, db_session
):
    person = make_user()
    login(client, person)

    def statements():
        with query_counter() as ran:
            assert client.get("/abonnements").status_code == 200
        return len(ran)

    def follow_threads(number):
        room = create_category(None, f"Offen {number}", visibility="public")
        for title in range(number):
            thread = create_thread(person, room, f"Thema {title}", "Text")
            choose(person, {"thread": thread, "category": room}, thread=WATCH, category=WATCH)

    follow_threads(1)
    few = statements()
    follow_threads(6)
    assert statements() == few


def test_the_menu_stands_on_the_pages_of_what_can_be_followed(client, login, make_user, world):
    thread, group = world["thread"], world["group"]
    pages = {
        thread.path: f"/abonnements/thread/{thread.id}",
        f"/forum/{world['category'].slug}": f"/abonnements/category/{world['category'].id}",
        f"/gruppen/{group.slug}": f"/abonnements/group/{group.id}",
        world["municipality"].path: f"/abonnements/municipality/{world['municipality'].id}",
    }
    assert "/abonnements/" not in client.get(world["municipality"].path).text
    login(client, make_user(groups=[group]))
    for page, address in pages.items():
        assert f'action="{address}"' in client.get(page).text, page


def test_choices_for_what_is_gone_end_at_night(world, make_user, db_session):
    person = make_user("moderator")
    choose(person, world, category=WATCH, topic=WATCH)
    subscriptions.choose_level(person, "topic", 4711, WATCH)
    db_session.commit()
    assert end_aimless_subscriptions() == 1
    assert db_session.query(Subscription).filter_by(user_id=person.id).count() == 2
    assert db_session.query(Category).count() == 1
