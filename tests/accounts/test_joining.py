"""Taking known people in again must not change what they may do, nor whom a mail reaches."""

from kts.accounts import services
from kts.accounts.models import GroupMembership, Invitation, MembershipRequest, User
from kts.accounts.queries import user_by_email
from kts.core.mail import MailDelivery
from kts.municipalities.models import Municipality


def a_town(db_session):
    town = Municipality(name="Musterhausen", slug="musterhausen", kind="town", land="08")
    db_session.add(town)
    db_session.commit()
    return town


def test_a_request_in_an_editors_name_does_not_make_her_a_member_only(make_user, db_session):
    town = a_town(db_session)
    editor, moderator = make_user(edits=[town]), make_user("moderator")
    services.request_membership(
        name="Jemand", email=editor.email.upper(), message="", municipality=town
    )
    request = db_session.scalar(db_session.query(MembershipRequest).statement)
    services.approve_request(moderator, request, town)
    assert [m.role for m in editor.memberships] == ["editor"]


def test_an_invitation_makes_a_member_an_editor_but_no_editor_a_member(make_user, db_session):
    town = a_town(db_session)
    member, moderator = make_user(belongs_to=[town]), make_user("moderator")
    for role in ("editor", "member"):
        services.invite(moderator, member.email, municipality=town, municipality_role=role)
    assert [m.role for m in member.memberships] == ["editor"]


def test_a_coordinator_who_is_taken_in_again_goes_on_coordinating(make_user, db_session):
    moderator, coordinator = make_user("moderator"), make_user()
    group = services.create_group(moderator, "AEG Daten")
    services.add_to_group(coordinator, group, coordinator=True)
    db_session.commit()
    services.invite(moderator, coordinator.email, group=group)
    assert db_session.query(GroupMembership).one().coordinator


def test_two_addresses_that_only_look_alike_are_two_people(make_user, db_session):
    person = make_user(email="strasser@example.org")
    services.invite(make_user("moderator"), "Straßer@example.org")
    assert db_session.query(Invitation).one().email == "straßer@example.org"
    assert db_session.query(MailDelivery).one().recipient == "straßer@example.org"
    assert user_by_email("STRASSER@example.org") is person


def test_an_invitation_is_accepted_under_the_address_that_was_invited(client, make_user, app):
    link = services.invite(make_user("moderator"), "Neue.Person@Example.ORG")
    answer = client.post(
        link.removeprefix(app.config["KTS"].base_url),
        data={"name": "Neu", "password": "ein langes Passwort", "again": "ein langes Passwort"}
        | {"email": "andere@example.org", "role": "admin", "municipality_id": "1"},
    )
    assert answer.status_code == 303
    made = user_by_email("neue.person@example.org")
    assert (made.role, made.memberships) == ("member", [])
    assert user_by_email("andere@example.org") is None


def test_forms_set_nothing_that_they_do_not_ask_for(client, login, make_user, db_session):
    person = make_user()
    answer = login(client, person).post(
        "/konto",
        data={"name": "Neu", "language": "en", "role": "admin", "email": "x@example.org"}
        | {"active": "0", "password_hash": "x", "is_admin": "1"},
    )
    assert answer.status_code == 303
    db_session.expire_all()
    kept = db_session.get(User, person.id)
    assert (kept.name, kept.role, kept.email, kept.active) == ("Neu", "member", person.email, True)
