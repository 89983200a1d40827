"""Asking to take part, deciding, inviting, roles."""

import pytest
from sqlalchemy import select

from kts.accounts.models import Invitation, MembershipRequest, MunicipalityMembership, User
from kts.core.audit import AuditEntry

ASK = {"name": "Neue Person", "email": "neu@example.org", "message": "Ich möchte mitmachen."}


@pytest.fixture
def request_row(client, town, db_session):
    client.post(f"/mitglied-werden?kommune={town.slug}", data=ASK)
    return db_session.scalar(select(MembershipRequest))


def test_known_and_unknown_addresses_get_the_same_answer(client, make_user, town, db_session):
    known = make_user()
    url = f"/mitglied-werden?kommune={town.slug}"
    answers = [
        client.post(url, data=ASK | {"email": mail}) for mail in ("fremd@example.org", known.email)
    ]
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.location for answer in answers}) == 1
    assert client.get(answers[0].location).status_code == 200
    rows = db_session.scalars(select(MembershipRequest)).all()
    assert {row.municipality_id for row in rows} == {town.id}


def test_the_municipality_is_found_by_name_and_can_be_left_out(client, town, db_session):
    page = client.get("/mitglied-werden?q=muster")
    assert f"kommune={town.slug}" in page.text
    answer = client.post("/mitglied-werden?ohne=1", data=ASK | {"organisation": "Verband"})
    assert answer.status_code == 303
    row = db_session.scalar(select(MembershipRequest))
    assert (row.municipality_id, row.organisation) == (None, "Verband")
    bad = client.post("/mitglied-werden?ohne=1", data={"name": "", "email": "x"})
    assert bad.status_code == 422


def test_editors_of_the_municipality_are_told_of_a_request(
    client, login, make_user, town, db_session
):
    from kts.notifications.models import Notification

    editor, moderator = make_user(edits=[town]), make_user("moderator")
    client.post(f"/mitglied-werden?kommune={town.slug}", data=ASK)
    client.post("/mitglied-werden?ohne=1", data=ASK)
    told = db_session.scalars(select(Notification).order_by(Notification.id)).all()
    assert [row.user_id for row in told] == [editor.id, moderator.id]


def test_only_editors_and_moderators_manage_members(
    client, login, make_user, town, make_municipality, request_row
):
    base = f"{town.path}/mitglieder"
    other = make_municipality("Anderswo")
    member = make_user(belongs_to=[town])
    membership = member.memberships[0]
    posts = (
        (f"{base}/einladen", {"email": "a@example.org", "role": "member"}),
        (f"{base}/{membership.id}/rolle", {"role": "editor"}),
        (f"{base}/{membership.id}/entfernen", {}),
        (f"{base}/anfragen/{request_row.id}/aufnehmen", {}),
        (f"{base}/anfragen/{request_row.id}/ablehnen", {"reason": "nein"}),
    )
    assert client.get(base).status_code == 302
    for user in (make_user(), member, make_user(edits=[other])):
        login(client, user)
        assert client.get(base).status_code == 403
        for url, data in posts:
            assert client.post(url, data=data).status_code == 403
    for user in (make_user(edits=[town]), make_user("moderator")):
        login(client, user)
        assert client.get(base).status_code == 200
    for url, data in posts:
        assert client.post(url, data=data).status_code == 303


def test_what_belongs_to_another_municipality_is_not_found(
    client, login, make_user, town, make_municipality
):
    other = make_municipality("Anderswo")
    theirs = make_user(belongs_to=[other]).memberships[0]
    login(client, make_user(edits=[town]))
    assert client.post(f"{town.path}/mitglieder/{theirs.id}/entfernen").status_code == 404
    assert (
        client.post(
            f"{town.path}/mitglieder/{theirs.id}/rolle", data={"role": "editor"}
        ).status_code
        == 404
    )


def test_an_accepted_request_becomes_an_invitation_or_a_membership(
    client, login, make_user, town, db_session, request_row
):
    known = make_user(email="bekannt@example.org")
    client.post(f"/mitglied-werden?kommune={town.slug}", data=ASK | {"email": known.email})
    login(client, make_user(edits=[town]))
    for row in db_session.scalars(select(MembershipRequest)).all():
        assert client.post(f"{town.path}/mitglieder/anfragen/{row.id}/aufnehmen").status_code == 303
    assert db_session.scalar(select(Invitation)).email == "neu@example.org"
    db_session.expire_all()
    assert known.belongs_to(town.id)


def test_declining_needs_a_reason(client, login, make_user, town, db_session, request_row):
    login(client, make_user("moderator"))
    for base in (f"{town.path}/mitglieder", ""):
        url = f"{base}/anfragen/{request_row.id}/ablehnen"
        assert client.post(url, data={"reason": ""}).status_code == 422
    client.post(url, data={"reason": "Die Adresse ist keine dienstliche."})
    db_session.expire_all()
    assert (request_row.state, request_row.reason) == (
        "declined",
        "Die Adresse ist keine dienstliche.",
    )


def test_all_requests_are_for_moderators_only(
    client, login, make_user, town, request_row, db_session
):
    urls = (
        "/anfragen",
        f"/anfragen/{request_row.id}/aufnehmen",
        f"/anfragen/{request_row.id}/ablehnen",
    )
    for user in (make_user(), make_user(edits=[town])):
        login(client, user)
        assert client.get(urls[0]).status_code == 403
        assert [client.post(url).status_code for url in urls[1:]] == [403, 403]
    login(client, make_user("moderator"))
    page = client.get("/anfragen")
    assert "Neue Person" in page.text
    assert town.name in page.text
    assert client.post(urls[1]).status_code == 303
    assert db_session.scalar(select(Invitation)) is not None


def test_roles_change_memberships_end_and_both_are_logged(
    client, login, make_user, town, db_session
):
    member = make_user(belongs_to=[town])
    membership = member.memberships[0]
    login(client, make_user(edits=[town]))
    client.post(f"{town.path}/mitglieder/{membership.id}/rolle", data={"role": "editor"})
    db_session.expire_all()
    assert member.edits(town.id)
    client.post(f"{town.path}/mitglieder/{membership.id}/entfernen")
    db_session.expire_all()
    rows = select(MunicipalityMembership).filter_by(user_id=member.id)
    assert db_session.scalar(rows) is None
    assert db_session.get(User, member.id) is not None
    actions = set(db_session.scalars(select(AuditEntry.action)))
    assert {"membership.role", "membership.end"} <= actions


def test_an_invitation_can_be_withdrawn(client, login, make_user, town, db_session):
    login(client, make_user(edits=[town]))
    base = f"{town.path}/mitglieder"
    assert client.post(f"{base}/einladen", data={"email": "x", "role": "member"}).status_code == 422
    client.post(f"{base}/einladen", data={"email": "gast@example.org", "role": "editor"})
    invitation = db_session.scalar(select(Invitation))
    assert (invitation.municipality_id, invitation.municipality_role) == (town.id, "editor")
    assert "gast@example.org" in client.get(base).text
    client.post(f"{base}/einladungen/{invitation.id}/zurueckziehen")
    db_session.expire_all()
    assert not invitation.is_open
