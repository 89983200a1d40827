"""Groups: closed ones exist for their members alone; who comes in, who decides, who leaves."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from kts.accounts import services
from kts.accounts.models import Group, GroupJoinRequest, GroupMembership, Invitation
from kts.core.audit import AuditEntry
from kts.core.clock import now
from kts.core.mail import MailDelivery
from kts.extensions import db


@pytest.fixture
def closed(make_user):
    moderator = make_user("moderator", email="mod@example.org")
    group = services.create_group(moderator, "AEG Daten", "Urbane Datenplattformen")
    db.session.commit()
    return group


def test_a_closed_group_is_unknown_to_others(app, make_user, login, closed):
    outsider = login(app.test_client(), make_user())
    assert "AEG Daten" not in outsider.get("/gruppen").text
    assert outsider.get("/gruppen/aeg-daten").status_code == 404
    inside = login(app.test_client(), make_user(groups=[closed]))
    assert "AEG Daten" in inside.get("/gruppen").text
    assert inside.get("/gruppen/aeg-daten").status_code == 200
    assert app.test_client().get("/gruppen/aeg-daten").status_code == 404


def test_only_moderators_open_groups(app, make_user, login):
    data = {
        "name": "Dialogplattform",
        "kind": "dialogplattform",
        "joining": "invitation",
        "closed": "y",
    }
    denied = login(app.test_client(), make_user())
    assert denied.get("/gruppen/neu").status_code == 403
    assert denied.post("/gruppen/neu", data=data).status_code == 403
    allowed = login(app.test_client(), make_user("moderator"))
    assert allowed.post("/gruppen/neu", data=data).location == "/gruppen/dialogplattform"
    assert allowed.post("/gruppen/neu", data=data).status_code == 422
    assert allowed.post("/gruppen/neu", data={"name": ""}).status_code == 422


def test_coordinators_take_people_in_and_members_do_not(app, make_user, login, closed):
    coordinator, member, other = make_user(), make_user(groups=[closed]), make_user()
    services.add_to_group(coordinator, closed, coordinator=True)
    db.session.commit()
    data = {"email": other.email}
    denied = login(app.test_client(), member).post("/gruppen/aeg-daten", data=data)
    assert denied.status_code == 403
    allowed = login(app.test_client(), coordinator).post("/gruppen/aeg-daten", data=data)
    assert allowed.status_code == 303
    assert login(app.test_client(), other).get("/gruppen/aeg-daten").status_code == 200


def test_removing_somebody_is_logged_and_takes_effect(app, make_user, login, closed):
    member = make_user(groups=[closed])
    membership = db.session.scalar(db.select(GroupMembership).filter_by(user_id=member.id))
    path = f"/gruppen/aeg-daten/mitglieder/{membership.id}/entfernen"
    assert login(app.test_client(), member).post(path).status_code == 403
    moderator = db.session.scalar(db.select(services.User).filter_by(email="mod@example.org"))
    keeper = login(app.test_client(), moderator)
    assert keeper.get(path).status_code == 200
    assert keeper.post(path, data={"reason": ""}).status_code == 422
    assert keeper.post(path, data={"reason": "Die Arbeit ist getan."}).status_code == 303
    assert "Die Arbeit ist getan." in db.session.scalar(db.select(MailDelivery)).body
    assert login(app.test_client(), member).get("/gruppen/aeg-daten").status_code == 404
    assert db.session.scalar(db.select(AuditEntry).filter_by(action="group.remove"))


def test_an_open_group_is_seen_by_people_with_an_account(app, make_user, login):
    db.session.add(Group(name="Netzwerk", closed=False))
    db.session.commit()
    assert login(app.test_client(), make_user()).get("/gruppen/netzwerk").status_code == 200
    assert app.test_client().get("/gruppen/netzwerk").status_code == 404


@pytest.fixture
def network(make_user):
    """Give a group that is known to all and takes requests, with its coordinator."""
    coordinator = make_user(name="Karin Koordina")
    group = services.create_group(coordinator, "Netzwerk", "Wir **reisen**.", closed=False)
    services.add_to_group(coordinator, group, coordinator=True)
    db.session.commit()
    return group, coordinator


def told(user):
    from kts.notifications.models import Notification

    return db.session.scalars(db.select(Notification.text).filter_by(user_id=user.id)).all()


def test_a_request_asked_twice_is_one_and_the_coordinator_takes_her_in(
    app, make_user, login, network
):
    group, coordinator = network
    person = make_user(name="Paula Partner")
    asking = login(app.test_client(), person)
    assert asking.get("/gruppen/netzwerk/beitreten").status_code == 200
    for _click in range(2):
        answer = asking.post("/gruppen/netzwerk/beitreten", data={"message": "Ich reise gern."})
        assert answer.status_code == 303
    request = db.session.query(GroupJoinRequest).one()
    assert len(told(coordinator)) == 1
    assert "Ich reise gern." not in asking.get("/gruppen/netzwerk").text
    path = f"/gruppen/netzwerk/anfragen/{request.id}/aufnehmen"
    assert asking.post(path).status_code == 403
    deciding = login(app.test_client(), coordinator)
    assert "Ich reise gern." in deciding.get("/gruppen/netzwerk").text
    assert deciding.post(path).status_code == 303
    assert deciding.post(path).status_code == 303  # a second click decides nothing
    assert [m.user_id for m in group.memberships] == [coordinator.id, person.id]
    assert any("Netzwerk" in text for text in told(person))
    assert [m.recipient for m in db.session.query(MailDelivery)] == [person.email]


def test_two_requests_at_the_same_moment_are_refused_by_the_database(make_user, network):
    group, _coordinator = network
    person = make_user()
    for _click in range(2):
        db.session.add(GroupJoinRequest(user_id=person.id, group_id=group.id))
    with pytest.raises(IntegrityError):
        db.session.flush()
    db.session.rollback()


def test_a_declined_person_reads_why_and_asks_again_only_later(app, make_user, login, network):
    _group, coordinator = network
    person = make_user()
    asking, deciding = login(app.test_client(), person), login(app.test_client(), coordinator)
    asking.post("/gruppen/netzwerk/beitreten", data={"message": ""})
    request = db.session.query(GroupJoinRequest).one()
    path = f"/gruppen/netzwerk/anfragen/{request.id}/ablehnen"
    assert deciding.post(path, data={"reason": " "}).status_code == 422
    assert deciding.post(path, data={"reason": "Wir sind voll."}).status_code == 303
    assert "Wir sind voll." in db.session.query(MailDelivery).one().body
    asking.post("/gruppen/netzwerk/beitreten", data={"message": ""})
    assert db.session.query(GroupJoinRequest).filter_by(state="open").count() == 0
    db.session.get(GroupJoinRequest, request.id).decided = now() - timedelta(days=31)
    db.session.commit()
    asking.post("/gruppen/netzwerk/beitreten", data={"message": ""})
    assert db.session.query(GroupJoinRequest).filter_by(state="open").count() == 1
    assert asking.post("/gruppen/netzwerk/anfrage/zurueckziehen").status_code == 303
    assert db.session.query(GroupJoinRequest).filter_by(state="open").count() == 0


def test_into_an_open_group_one_comes_at_once_and_into_others_by_invitation(
    app, make_user, login, network
):
    group, _coordinator = network
    services.change_group(None, group, joining="open")
    db.session.commit()
    person = make_user()
    client = login(app.test_client(), person)
    for _click in range(2):
        assert client.post("/gruppen/netzwerk/beitreten").status_code == 303
    assert db.session.query(GroupMembership).filter_by(user_id=person.id).count() == 1
    services.change_group(None, group, joining="invitation")
    db.session.commit()
    other = login(app.test_client(), make_user())
    assert other.get("/gruppen/netzwerk/beitreten").status_code == 403
    assert other.post("/gruppen/netzwerk/beitreten").status_code == 403


def test_a_closed_group_cannot_be_asked_since_nobody_knows_of_it(app, make_user, login, closed):
    client = login(app.test_client(), make_user())
    assert client.post("/gruppen/aeg-daten/beitreten").status_code == 404
    services.change_group(None, closed, joining="open")
    assert closed.joining == "invitation"
    closed.joining = "request"
    with pytest.raises(IntegrityError):
        db.session.flush()
    db.session.rollback()


def test_an_archived_group_is_readable_and_takes_nobody_in(app, make_user, login, network):
    group, coordinator = network
    keeper = login(app.test_client(), make_user("moderator"))
    denied = login(app.test_client(), coordinator)
    assert denied.post("/gruppen/netzwerk/archivieren").status_code == 403
    assert keeper.post("/gruppen/netzwerk/archivieren").status_code == 303
    person = make_user()
    client = login(app.test_client(), person)
    assert client.get("/gruppen/netzwerk").status_code == 200
    assert client.post("/gruppen/netzwerk/beitreten").status_code == 403
    keeper.post("/gruppen/netzwerk", data={"email": person.email})
    assert [m.user_id for m in group.memberships] == [coordinator.id]
    assert denied.get("/gruppen/netzwerk/bereiche").status_code == 403
    keeper.post("/gruppen/netzwerk/fortsetzen")
    assert client.post("/gruppen/netzwerk/beitreten", data={"message": ""}).status_code == 303


def test_the_last_coordinator_names_another_or_leaves_it_to_the_kts(app, make_user, login, network):
    group, coordinator = network
    moderator, member = make_user("moderator"), make_user(groups=[group], name="Maja Mitglied")
    own, other = (services.membership_of(person, group) for person in (coordinator, member))
    client = login(app.test_client(), coordinator)
    client.post(f"/gruppen/netzwerk/mitglieder/{own.id}/koordination")
    assert services.membership_of(coordinator, group).coordinator
    page = client.get("/gruppen/netzwerk/verlassen")
    assert "Maja Mitglied" in page.text
    assert client.post("/gruppen/netzwerk/verlassen").status_code == 422
    answer = client.post("/gruppen/netzwerk/verlassen", data={"successor": other.id})
    assert answer.status_code == 303
    assert services.membership_of(coordinator, group) is None
    assert services.membership_of(member, group).coordinator
    services.add_to_group(make_user(), group)
    db.session.commit()
    next_one = login(app.test_client(), member)
    assert next_one.post("/gruppen/netzwerk/verlassen", data={"successor": 0}).status_code == 303
    assert len(told(moderator)) == 1
    assert client.get("/gruppen/netzwerk/verlassen").status_code == 403


def test_coordinators_say_what_the_group_does_and_moderators_how_it_is_called(
    app, make_user, login, network
):
    group, coordinator = network
    client = login(app.test_client(), coordinator)
    assert "<strong>reisen</strong>" in client.get("/gruppen/netzwerk").text
    data = {"description": "Wir *bleiben*.", "joining": "open", "name": "Anders", "closed": "y"}
    assert client.post("/gruppen/netzwerk/bearbeiten", data=data).status_code == 303
    db.session.refresh(group)
    assert (group.name, group.closed, group.joining) == ("Netzwerk", False, "open")
    assert group.description_html == "<p>Wir <em>bleiben</em>.</p>"
    keeper = login(app.test_client(), make_user("moderator"))
    keeper.post("/gruppen/netzwerk/bearbeiten", data=data | {"kind": "network"})
    db.session.refresh(group)
    assert (group.name, group.closed, group.joining) == ("Anders", True, "invitation")
    member = login(app.test_client(), make_user(groups=[group]))
    assert member.get("/gruppen/netzwerk/bearbeiten").status_code == 403


def test_coordinators_open_rooms_that_only_the_group_reads(app, make_user, login, closed):
    from kts.forum import services as forum
    from kts.forum.models import Category

    coordinator, member = make_user(), make_user(groups=[closed])
    services.add_to_group(coordinator, closed, coordinator=True)
    forum.create_category(None, "Protokolle", visibility="group:999")
    db.session.commit()
    path = "/gruppen/aeg-daten/bereiche"
    data = {"name": "Protokolle", "writable_by": "moderators", "visibility": "public"}
    assert login(app.test_client(), member).post(path, data=data).status_code == 403
    assert login(app.test_client(), make_user()).get(path).status_code == 404
    client = login(app.test_client(), coordinator)
    assert client.post(path, data=data).status_code == 303  # another group's name is not told of
    assert client.post(path, data=data).status_code == 422  # the own one's is
    room = db.session.query(Category).filter_by(visibility=closed.token).one()
    own = f"{path}/{room.slug}"
    assert login(app.test_client(), member).post(own, data=data).status_code == 403
    assert client.post(own, data=data | {"name": "Minutes"}).status_code == 303
    db.session.refresh(room)
    assert (room.name, room.visibility) == ("Minutes", closed.token)
    other = forum.create_category(None, "Offen", visibility="public")
    db.session.commit()
    assert client.get(f"{path}/{other.slug}").status_code == 404
    assert client.get(f"/forum/bereiche/{room.slug}").status_code == 403
    page = login(app.test_client(), member).get("/gruppen/aeg-daten").text
    assert "Minutes" in page
    from kts.forum import policies

    assert policies.can_write_category(coordinator, room)
    assert not policies.can_write_category(member, room)


def test_coordinators_withdraw_invitations_to_their_group(app, make_user, login, closed):
    coordinator = make_user()
    services.add_to_group(coordinator, closed, coordinator=True)
    db.session.commit()
    client = login(app.test_client(), coordinator)
    client.post("/gruppen/aeg-daten", data={"email": "neu@example.org"})
    invitation = db.session.query(Invitation).one()
    assert "neu@example.org" in client.get("/gruppen/aeg-daten").text
    path = f"/einladung/{invitation.id}/zurueckziehen"
    assert login(app.test_client(), make_user()).post(path).status_code == 403
    assert client.post(path).status_code == 303
    db.session.refresh(invitation)
    assert not invitation.is_open


def test_pages_of_groups_cost_the_same_however_many_take_part(
    app, make_user, login, network, query_counter
):
    group, coordinator = network
    services.ask_to_join(make_user(), group, "Bitte")
    db.session.commit()
    client = login(app.test_client(), coordinator)
    counts = []
    for turn in range(2):
        for path in ("/gruppen", "/gruppen/netzwerk"):
            client.get(path)
            with query_counter() as statements:
                client.get(path)
            counts.append(len(statements))
        for number in range(3):
            services.add_to_group(make_user(), group)
            services.ask_to_join(make_user(), group, "Bitte")
            services.create_group(coordinator, f"Gruppe {turn}{number}", closed=False)
        db.session.commit()
    assert counts[:2] == counts[2:]


def test_members_are_shown_page_by_page(app, make_user, login, network):
    group, coordinator = network
    for number in range(30):
        make_user(name=f"Person {number:02}", groups=[group])
    client = login(app.test_client(), coordinator)
    first, second = (client.get(f"/gruppen/netzwerk?seite={page}").text for page in (1, 2))
    assert "Person 00" in first
    assert "Person 29" in second
    assert "Person 29" not in first


def test_what_she_was_told_about_the_group_goes_with_her(make_user, closed):
    from kts.forum import services as forum
    from kts.notifications.models import Notification, Subscription

    member = make_user(groups=[closed])
    room = forum.create_category(None, "Raum", visibility=closed.token)
    secret = forum.create_thread(make_user(groups=[closed]), room, "Geheimes Thema", "Text")
    openly = forum.create_category(None, "Offen", visibility="public")
    known = forum.create_thread(make_user(), openly, "Offenes Thema", "Text")
    for thread in (secret, known):
        row = {"user_id": member.id, "kind": "answer", "text": thread.title, "url": thread.path}
        db.session.add(Notification(**row, target=f"thread:{thread.id}"))
        row = {"user_id": member.id, "kind": "thread", "target_id": thread.id, "level": "watch"}
        db.session.add(Subscription(**row))
    db.session.commit()
    services.leave_group(member, services.membership_of(member, closed))
    rows = db.session.query(Notification).filter_by(user_id=member.id)
    assert {row.target for row in rows} == {f"thread:{known.id}"}
    followed = db.select(Subscription.target_id).filter_by(user_id=member.id)
    assert db.session.scalars(followed).all() == [known.id]
