"""Handing over a role: nothing passes before the successor agrees, or that she may not see."""

from datetime import timedelta

import pytest

from kts.accounts import services
from kts.accounts.models import Invitation, RoleHandover
from kts.accounts.queries import user_by_email
from kts.core.audit import AuditEntry
from kts.core.clock import now
from kts.core.errors import Conflict
from kts.core.mail import MailDelivery
from kts.extensions import db
from kts.forum import policies
from kts.forum import services as forum
from kts.forum.models.drafts import Draft
from kts.municipalities.models import Municipality
from kts.notifications.models import Subscription
from kts.saved_searches.models import SavedSearch


@pytest.fixture
def town(db_session):
    town = Municipality(name="Musterhausen", slug="musterhausen", kind="town", land="08")
    db_session.add(town)
    db_session.commit()
    return town


@pytest.fixture
def people(make_user, town):
    """Give the person who goes, an editor, and her successor, a member."""
    return (
        make_user(name="Anna Maria Beispiel", edits=[town]),
        make_user(name="Nora Neu", belongs_to=[town]),
    )


@pytest.fixture
def world(db_session, make_user, town, people):
    """Let her have asked in the open and in a closed group, subscribed and saved."""
    anna, _nora = people
    group = services.create_group(make_user("moderator"), "AEG")
    services.add_to_group(anna, group)
    openly = forum.create_category(None, "Offen", visibility="public")
    closed = forum.create_category(None, "Zu", visibility=group.token)
    threads = {}
    for name, room, place in (
        ("open", openly, town.id),
        ("secret", closed, town.id),
        ("private", openly, None),
    ):
        threads[name] = forum.create_thread(anna, room, f"Frage {name}", "?", municipality_id=place)
        threads[name].kind = "question"
        row = {"user_id": anna.id, "kind": "thread", "target_id": threads[name].id}
        if not db_session.query(Subscription).filter_by(**row).count():
            db_session.add(Subscription(**row, level="follow"))
    db_session.add(
        Subscription(user_id=anna.id, kind="municipality", target_id=town.id, level="watch")
    )
    db_session.add(SavedSearch(user_id=anna.id, name="Vergabe", query="vergabe"))
    db_session.commit()
    return threads


def address(town, person):
    return f"{town.path}/mitglieder/{person.memberships[0].id}/uebergabe"


def form(successor=None, **values):
    chosen = {"successor": successor.id if successor else 0, "afterwards": "stays"}
    return chosen | {"shown_as": "full", "step": "send"} | values


def followed(person):
    rows = db.session.query(Subscription).filter_by(user_id=person.id)
    return {(row.kind, row.target_id): row.level for row in rows}


def test_what_passes_is_shown_first_and_passes_only_with_the_successors_yes(
    app, login, town, people, world
):
    anna, nora = people
    going, coming = login(app.test_client(), anna), login(app.test_client(), nora)
    preview = going.post(address(town, anna), data=form(nora, step="check"))
    assert preview.status_code == 200
    assert "1 open question" in preview.text or "1 offene Frage" in preview.text
    assert db.session.query(RoleHandover).count() == 0
    before = followed(anna)
    sent = going.post(address(town, anna), data=form(nora, copies_searches="y"))
    assert sent.status_code == 303
    handover = db.session.query(RoleHandover).one()
    assert (world["open"].steward_id, nora.edits(town.id)) == (None, False)
    assert nora.email in [m.recipient for m in db.session.query(MailDelivery)]
    assert coming.get(handover.path).status_code == 200
    assert going.post(f"{handover.path}/annehmen").status_code == 403
    assert coming.post(f"{handover.path}/annehmen").status_code == 303
    db.session.expire_all()
    assert world["open"].steward_id == nora.id
    assert (world["secret"].steward_id, world["private"].steward_id) == (None, None)
    assert policies.acts_for(nora, world["open"])
    assert not policies.acts_for(nora, world["private"])
    assert (nora.edits(town.id), anna.edits(town.id)) == (True, False)
    assert anna.belongs_to(town.id)
    new = followed(nora)
    assert new[("thread", world["open"].id)] == "watch"
    assert new[("municipality", town.id)] == "watch"
    assert ("thread", world["secret"].id) not in new
    assert ("thread", world["private"].id) not in new
    kept = followed(anna)
    assert ("municipality", town.id) in before.keys() - kept.keys()
    assert ("thread", world["secret"].id) in kept
    assert db.session.query(SavedSearch).filter_by(user_id=nora.id).one().name == "Vergabe"
    entry = db.session.query(AuditEntry).filter_by(action="handover.accept").one()
    assert entry.changes["passed"][1]["questions"] == 1
    assert coming.post(f"{handover.path}/annehmen").status_code == 303  # the second click
    assert db.session.query(AuditEntry).filter_by(action="handover.accept").count() == 1


def test_only_she_editors_and_moderators_begin_and_only_they_withdraw(
    app, login, make_user, town, people
):
    anna, nora = people
    for denied in (make_user(), nora):
        assert login(app.test_client(), denied).get(address(town, anna)).status_code == 403
    assert app.test_client().get(address(town, anna)).status_code == 302
    for allowed in (anna, make_user(edits=[town]), make_user("moderator")):
        client = login(app.test_client(), allowed)
        assert client.get(address(town, anna)).status_code == 200
        assert client.post(address(town, anna), data=form(nora)).status_code == 303
        again = client.post(address(town, anna), data=form(nora))
        assert again.status_code == 422  # one at a time
        handover = db.session.query(RoleHandover).filter_by(state="open").one()
        stranger = login(app.test_client(), make_user())
        assert stranger.get(handover.path).status_code == 404
        assert stranger.post(f"{handover.path}/zurueckziehen").status_code == 404
        assert client.post(f"{handover.path}/zurueckziehen").status_code == 303
    coming = login(app.test_client(), nora)
    coming.post(f"{handover.path}/annehmen")
    db.session.expire_all()
    assert not nora.edits(town.id)


def test_a_member_who_is_no_editor_hands_over_to_colleagues_alone(
    app, login, make_user, town, people
):
    _anna, nora = people
    client = login(app.test_client(), nora)
    data = form(None, email="fremd@example.org")
    assert client.post(address(town, nora), data=data).status_code == 422
    assert db.session.query(Invitation).count() == 0
    assert client.post(address(town, nora), data=form(make_user())).status_code == 422


def test_an_editor_cannot_switch_a_colleagues_account_off(app, login, make_user, town, people):
    anna, nora = people
    client = login(app.test_client(), make_user(edits=[town]))
    data = form(nora, afterwards="platform")
    assert client.post(address(town, anna), data=data).status_code == 422


def test_a_successor_without_an_account_is_invited_and_finds_the_offer(app, login, town, people):
    anna, _nora = people
    client = login(app.test_client(), anna)
    data = form(None, email="Neu@Example.org")
    assert client.post(address(town, anna), data=data).status_code == 303
    handover = db.session.query(RoleHandover).one()
    mails = [m.recipient for m in db.session.query(MailDelivery)]
    assert mails.count("neu@example.org") == 2  # the invitation and the offer
    invitation = db.session.query(Invitation).one()
    services.accept_invitation(invitation, "Neue Person", "ein langes Passwort")
    db.session.commit()
    person = user_by_email("neu@example.org")
    coming = login(app.test_client(), person)
    assert coming.get(handover.path).status_code == 200
    assert coming.post(f"{handover.path}/annehmen").status_code == 303
    db.session.expire_all()
    assert person.edits(town.id)


def test_an_address_with_an_account_is_not_told_apart(app, login, make_user, town, people):
    anna, _nora = people
    known = make_user(name="Kai Kennt", email="kai@example.org")
    client = login(app.test_client(), anna)
    page = client.post(
        address(town, anna), data=form(None, email="kai@example.org"), follow_redirects=True
    )
    assert "kai@example.org" in page.text
    assert "Kai Kennt" not in page.text
    assert not known.belongs_to(town.id)


def test_an_offer_ends_after_thirty_days_and_makes_room_for_another(
    app, login, make_user, town, people
):
    anna, nora = people
    handover = services.offer_handover(anna, anna.memberships[0], successor=nora)
    handover.expires = now() - timedelta(minutes=1)
    db.session.commit()
    coming = login(app.test_client(), nora)
    coming.post(f"{handover.path}/annehmen")
    db.session.expire_all()
    assert not nora.edits(town.id)
    with pytest.raises(Conflict):
        services.accept_handover(nora, handover)
    services.offer_handover(anna, anna.memberships[0], successor=nora)
    db.session.commit()
    assert db.session.query(RoleHandover).filter_by(state="open").count() == 1


def test_the_work_handed_back_is_as_it_was(app, login, town, people, world):
    anna, nora = people
    for person, successor in ((anna, nora), (nora, anna)):
        handover = services.offer_handover(person, person.memberships[0], successor=successor)
        services.accept_handover(successor, handover)
        db.session.commit()
    db.session.expire_all()
    assert world["open"].steward_id is None
    assert (anna.edits(town.id), nora.edits(town.id)) == (True, False)
    assert followed(anna)[("municipality", town.id)] == "watch"


def test_who_declines_gets_nothing_and_all_are_told(app, login, town, people, world):
    anna, nora = people
    handover = services.offer_handover(anna, anna.memberships[0], successor=nora)
    db.session.commit()
    coming = login(app.test_client(), nora)
    assert coming.post(f"{handover.path}/ablehnen").status_code == 303
    db.session.expire_all()
    assert (handover.state, nora.edits(town.id)) == ("declined", False)
    assert world["open"].steward_id is None
    page = login(app.test_client(), anna).get("/benachrichtigungen").text
    assert handover.path in page or "Musterhausen" in page


@pytest.mark.parametrize(
    ("choice", "shown"),
    [
        ("full", "Anna Maria Beispiel"),
        ("short", "Anna B."),
        ("role", None),
    ],
)
def test_her_posts_bear_the_name_that_she_chose_when_she_left(
    app, login, town, people, world, choice, shown
):
    anna, nora = people
    handover = services.offer_handover(
        anna, anna.memberships[0], successor=nora, afterwards="platform", shown_as=choice
    )
    db.session.commit()
    assert anna.display_name == "Anna Maria Beispiel"
    shown = shown or services.name_as(anna, "role", "Musterhausen")
    assert shown.endswith(", Musterhausen") or choice != "role"
    services.accept_handover(nora, handover)
    db.session.commit()
    assert (anna.active, anna.display_name) == (False, shown)
    assert shown in app.test_client().get(world["open"].path).text
    if choice != "full":
        for path in (world["open"].path, "/forum", f"/api/v1/threads/{world['open'].id}"):
            assert "Anna Maria Beispiel" not in app.test_client().get(path).text, path
    entry = db.session.query(AuditEntry).filter_by(action="user.shown_name").one()
    assert entry.changes["shown_name"] == ["Anna Maria Beispiel", shown]
    services.reactivate(None, anna)
    assert anna.display_name == "Anna Maria Beispiel"


def test_whoever_leaves_gives_her_password_and_moderators_change_the_name_later(
    app, login, make_user, town, people
):
    from tests.conftest import PASSWORD

    anna, _nora = people
    client, path = login(app.test_client(), anna), f"/personen/{anna.id}/anzeigename"
    keeper = login(app.test_client(), make_user("moderator"))
    assert keeper.get(path).status_code == 404  # she is still here
    wrong = {"shown_as": "short", "password": "falsch"}
    assert client.post("/konto/verlassen", data=wrong).status_code == 422
    assert client.get("/konto/verlassen").status_code == 200
    right = {"shown_as": "short", "password": PASSWORD}
    assert client.post("/konto/verlassen", data=right).status_code == 303
    db.session.expire_all()
    assert (anna.active, anna.display_name) == (False, "Anna B.")
    assert client.get("/konto").status_code == 302
    assert login(app.test_client(), make_user()).get(path).status_code == 403
    assert keeper.post(path, data={"shown_as": "role"}).status_code == 303
    db.session.expire_all()
    assert anna.display_name == services.name_as(anna, "role", "Musterhausen")
    with pytest.raises(Conflict):
        services.choose_shown_name(None, make_user(), "short")


def test_the_offer_costs_the_same_however_many_colleagues_there_are(
    app, login, make_user, town, people, query_counter
):
    anna, _nora = people
    client, counts = login(app.test_client(), anna), []
    for _round in range(2):
        client.get(address(town, anna))
        with query_counter() as statements:
            client.get(address(town, anna))
        counts.append(len(statements))
        for _colleague in range(4):
            make_user(belongs_to=[town])
    assert counts[0] == counts[1]


def test_drafts_pass_where_the_successor_can_send_them(town, people, world):
    anna, nora = people
    contexts = (
        ("new", {}, True),
        ("new", {"category": ["zu"]}, False),
        ("new", {"category": ["offen"]}, True),
        (f"answer:{world['open'].id}", {}, True),
        (f"answer:{world['secret'].id}", {}, False),
        (f"edit:{world['open'].last_post_id}", {}, False),
    )
    drafts = []
    for number, (context, fields, _passes) in enumerate(contexts):
        row = {"user_id": anna.id, "context": context, "fields": fields, "copy": number}
        drafts.append(Draft(**row, body="Entwurf", municipality_id=town.id))
    db.session.add_all([*drafts, Draft(user_id=anna.id, context="new", copy=99, body="Privat")])
    db.session.commit()
    handover = services.offer_handover(anna, anna.memberships[0], successor=nora)
    services.accept_handover(nora, handover)
    db.session.commit()
    assert [draft.user_id == nora.id for draft in drafts] == [passes for *_, passes in contexts]
    assert handover.passed["drafts"] == 3
    assert db.session.query(Draft).filter_by(user_id=anna.id).count() == 4


def offered(app, login, town, anna, successor):
    client = login(app.test_client(), anna)
    assert client.post(address(town, anna), data=form(successor)).status_code == 303
    return db.session.query(RoleHandover).one()


def messages_to(person):
    from kts.notifications.models import Notification

    return db.session.query(Notification).filter_by(user_id=person.id, kind="handover").count()


def test_an_offer_ends_with_the_membership_and_both_are_told(app, login, make_user, town, people):
    anna, nora = people
    handover = offered(app, login, town, anna, nora)
    before = messages_to(anna), messages_to(nora)
    editor = login(app.test_client(), make_user(edits=[town]))
    path = f"{town.path}/mitglieder/{anna.memberships[0].id}/entfernen"
    assert editor.post(path).status_code == 303
    db.session.expire_all()
    assert handover.state == "withdrawn"
    assert handover.decided is not None
    assert (messages_to(anna), messages_to(nora)) == (before[0] + 1, before[1] + 1)
    assert db.session.query(AuditEntry).filter_by(action="handover.ended").count() == 1
    client = login(app.test_client(), nora)
    page = client.get(handover.path)
    assert page.status_code == 200
    assert "/annehmen" not in page.text
    assert client.post(f"{handover.path}/annehmen").status_code == 303
    assert not user_by_email(nora.email).edits(town.id)


def test_a_successor_without_an_account_is_told_of_the_end_by_mail(app, login, town, people):
    anna, _nora = people
    data = form(email="neu@example.org")
    assert login(app.test_client(), anna).post(address(town, anna), data=data).status_code == 303
    services.end_membership(anna, anna.memberships[0])
    db.session.commit()
    mails = db.session.query(MailDelivery).filter_by(recipient="neu@example.org").all()
    assert "Musterhausen" in mails[-1].subject
    assert "Anna Maria Beispiel" in mails[-1].body


def test_handing_over_and_leaving_is_no_end_of_the_offer(app, login, town, people):
    anna, nora = people
    data = form(nora, afterwards="place")
    login(app.test_client(), anna).post(address(town, anna), data=data)
    handover = db.session.query(RoleHandover).one()
    assert login(app.test_client(), nora).post(f"{handover.path}/annehmen").status_code == 303
    db.session.expire_all()
    assert handover.state == "accepted"
    assert not anna.memberships
    assert db.session.query(AuditEntry).filter_by(action="handover.ended").count() == 0


def test_a_second_click_is_told_what_became_of_the_offer(app, login, town, people):
    anna, nora = people
    handover = offered(app, login, town, anna, nora)
    taker, giver = login(app.test_client(), nora), login(app.test_client(), anna)
    taker.post(f"{handover.path}/annehmen")
    for client, act in ((giver, "zurueckziehen"), (taker, "ablehnen"), (taker, "annehmen")):
        answer = client.post(f"{handover.path}/{act}", follow_redirects=True)
        assert answer.status_code == 200
        assert "kern-alert--warning" in answer.text
    db.session.expire_all()
    assert handover.state == "accepted"
    stranger = login(app.test_client(), user_by_email(nora.email))
    assert stranger.post(f"{handover.path}/zurueckziehen").status_code == 303  # an editor by now
