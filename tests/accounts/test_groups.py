"""Groups: closed ones exist for their members alone."""

import pytest

from kts.accounts import services
from kts.accounts.models import Group, GroupMembership
from kts.core.audit import AuditEntry
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
    data = {"name": "Dialogplattform", "closed": "y"}
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
    assert login(app.test_client(), moderator).post(path).status_code == 303
    assert login(app.test_client(), member).get("/gruppen/aeg-daten").status_code == 404
    assert db.session.scalar(db.select(AuditEntry).filter_by(action="group.remove"))


def test_an_open_group_is_seen_by_people_with_an_account(app, make_user, login):
    db.session.add(Group(name="Netzwerk", closed=False))
    db.session.commit()
    assert login(app.test_client(), make_user()).get("/gruppen/netzwerk").status_code == 200
    assert app.test_client().get("/gruppen/netzwerk").status_code == 404
