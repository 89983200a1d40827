"""A group whose coordinator is gone: moderators see it, members know whom to turn to."""

import pytest

from kts.accounts import services
from kts.accounts.models import GroupJoinRequest
from kts.extensions import db
from kts.notifications.models import Notification


@pytest.fixture
def group(make_user):
    moderator = make_user("moderator", email="first@example.org")
    made = services.create_group(moderator, "Netzwerk", closed=False, joining="request")
    db.session.commit()
    return made


@pytest.fixture
def coordinator(make_user, group):
    person = make_user(name="Karla Koordination")
    services.add_to_group(person, group, coordinator=True)
    db.session.commit()
    return person


def told(person, kind="group_coordinator"):
    """Give the messages of a kind to a person."""
    found = db.select(Notification.text).filter_by(user_id=person.id, kind=kind)
    return db.session.scalars(found).all()


def test_moderators_hear_of_it_when_the_only_coordinators_account_goes_off(
    app, make_user, login, group, coordinator
):
    moderator, asker = make_user("moderator"), make_user()
    services.ask_to_join(asker, group, "Bitte")
    db.session.commit()
    assert len(told(coordinator, "group_request")) == 1
    assert not told(moderator, "group_request")
    admin = login(app.test_client(), make_user("admin"))
    assert admin.post(f"/personen/{coordinator.id}/abschalten").status_code == 303
    (text,) = told(moderator)
    assert "Netzwerk" in text
    assert "1" in text  # the request that waits for them now
    services.ask_to_join(make_user(), group, "Auch bitte")
    assert len(told(moderator, "group_request")) == 1


def test_with_a_second_coordinator_nobody_is_alarmed(make_user, group, coordinator):
    moderator, second = make_user("moderator"), make_user()
    services.add_to_group(second, group, coordinator=True)
    db.session.commit()
    services.deactivate(moderator, coordinator)
    assert not told(moderator)
    own = services.membership_of(second, group)
    assert services.is_last_coordinator(own)  # the other one's account is off
    services.remove_from_group(make_user("moderator"), own, "Wechsel")
    assert len(told(moderator)) == 1


def test_leaving_the_platform_leaves_the_group_to_the_moderators(make_user, group, coordinator):
    moderator = make_user("moderator")
    services.leave_platform(coordinator, coordinator, "full")
    assert len(told(moderator)) == 1


def test_the_list_shows_such_groups_to_moderators_alone(
    app, make_user, login, group, coordinator, query_counter
):
    keeper, member = make_user("moderator"), make_user(groups=[group])
    services.create_group(keeper, "Neue Gruppe", closed=False)
    db.session.commit()
    client = login(app.test_client(), keeper)
    filtered = client.get("/gruppen?ohne=koordination").text
    assert "Neue Gruppe" in filtered
    assert 'href="/gruppen/netzwerk"' not in filtered
    services.deactivate(keeper, coordinator)
    db.session.commit()
    assert 'href="/gruppen/netzwerk"' in client.get("/gruppen?ohne=koordination").text
    other = login(app.test_client(), member)
    assert "ohne=koordination" in client.get("/gruppen").text
    assert "ohne=koordination" not in other.get("/gruppen").text
    assert 'href="/gruppen/neue-gruppe"' in other.get("/gruppen?ohne=koordination").text
    with query_counter() as before:
        client.get("/gruppen")
    for number in range(2):
        services.create_group(keeper, f"Gruppe {number}", closed=False)
    db.session.commit()
    client.get("/gruppen")
    with query_counter() as after:
        client.get("/gruppen")
    assert len(after) <= len(before)


def test_members_read_whom_to_turn_to_and_moderators_name_a_new_one(
    app, make_user, login, group, coordinator
):
    keeper, member = make_user("moderator"), make_user(groups=[group])
    client = login(app.test_client(), member)
    assert "kts@example.org" not in _people(client)
    services.deactivate(keeper, coordinator)
    db.session.commit()
    assert "kts@example.org" in _people(client)
    own = services.membership_of(member, group)
    address = f"/gruppen/netzwerk/mitglieder/{own.id}/koordination"
    assert client.post(address).status_code == 403
    assert login(app.test_client(), keeper).post(address).status_code == 303
    assert "kts@example.org" not in _people(client)
    asker = make_user()
    services.ask_to_join(asker, group)
    db.session.commit()
    assert len(told(member, "group_request")) == 1
    request = db.session.scalar(db.select(GroupJoinRequest).filter_by(user_id=asker.id))
    path = f"/gruppen/netzwerk/anfragen/{request.id}/aufnehmen"
    assert client.post(path).status_code == 303


def _people(client):
    """Give the part of the group's page that lists its people."""
    return (
        client.get("/gruppen/netzwerk").text.partition('id="people"')[2].partition("</section>")[0]
    )
