"""Clicks at the same moment on a handover and on a request to join: one counts, on PostgreSQL."""

import pytest

from kts.accounts import services
from kts.accounts.models import GroupJoinRequest, GroupMembership, RoleHandover
from kts.core.audit import AuditEntry
from kts.municipalities.models import Municipality
from tests.together import clicks_at_once, said, statuses


@pytest.fixture
def app(postgres_app):
    """Take the place of the application that all other fixtures stand on."""
    return postgres_app


def told(answered):
    """Give how many clicks were told that it is done, and how many that somebody was quicker.

    The pages that they lead to show it, whatever else these say to whom.
    """
    assert statuses(answered) == [303] * len(answered)
    kinds = [said(client) for client, _answer in answered]
    for client, answer in answered:
        assert client.get(answer.location).status_code == 200
        assert said(client) == []
    assert all(len(kind) == 1 for kind in kinds)
    return kinds.count(["success"]), kinds.count(["warning"])


def test_of_accepting_and_withdrawing_a_handover_one_counts(app, login, make_user, db_session):
    town = Municipality(name="Musterhausen", slug="musterhausen", kind="town", land="08")
    db_session.add(town)
    db_session.flush()
    anna, nora = make_user(edits=[town]), make_user(belongs_to=[town])
    handover = services.offer_handover(anna, anna.memberships[0], successor=nora)
    db_session.commit()
    accept, withdraw = f"{handover.path}/annehmen", f"{handover.path}/zurueckziehen"
    clicks = [(nora, accept, {}), (nora, accept, {}), (anna, withdraw, {})]
    assert told(clicks_at_once(app, login, clicks)) == (1, 2)
    done = ("handover.accept", "handover.withdrawn")
    entries = db_session.query(AuditEntry).filter(AuditEntry.action.in_(done)).count()
    assert entries == 1
    assert db_session.get(RoleHandover, handover.id).state in ("accepted", "withdrawn")


def test_of_several_answers_to_a_request_to_join_one_counts(app, login, make_user, db_session):
    keeper, second, asker = make_user("moderator"), make_user("moderator"), make_user()
    group = services.create_group(keeper, "Netzwerk", closed=False, joining="request")
    db_session.flush()
    request = services.ask_to_join(asker, group, "Bitte")
    db_session.commit()
    path = f"{group.path}/anfragen/{request.id}/aufnehmen"
    withdraw = f"{group.path}/anfrage/zurueckziehen"
    clicks = [(keeper, path, {}), (second, path, {}), (asker, withdraw, {})]
    assert told(clicks_at_once(app, login, clicks)) == (1, 2)
    state = db_session.get(GroupJoinRequest, request.id).state
    members = db_session.query(GroupMembership).filter_by(user_id=asker.id).count()
    assert (state, members) in (("approved", 1), ("withdrawn", 0))
