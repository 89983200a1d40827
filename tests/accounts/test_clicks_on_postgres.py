"""Clicks at the same moment on a handover and on a request to join: one counts, on PostgreSQL."""

import threading

import pytest

from kts.accounts import services
from kts.accounts.models import GroupJoinRequest, GroupMembership, RoleHandover
from kts.core.audit import AuditEntry
from kts.extensions import db
from kts.municipalities.models import Municipality


@pytest.fixture
def app(postgres_app):
    """Take the place of the application that all other fixtures stand on."""
    return postgres_app


def at_once(app, login, clicks):
    """Let each person click her address at the same moment; give the answers' pages."""
    ready = [(login(app.test_client(), person), address) for person, address in clicks]
    together, found = threading.Barrier(len(ready)), []

    def click(client, address):
        together.wait(20)
        with app.app_context():
            found.append(client.post(address, follow_redirects=True))

    threads = [threading.Thread(target=click, args=one) for one in ready]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    db.session.rollback()
    db.session.expire_all()
    return found


def told(answers):
    """Give how many answers say that it is done, and how many that somebody was quicker."""
    assert [answer.status_code for answer in answers] == [200] * len(answers)
    kinds = ("kern-alert--success", "kern-alert--warning")
    return tuple(sum(kind in answer.text for answer in answers) for kind in kinds)


def test_of_accepting_and_withdrawing_a_handover_one_counts(app, login, make_user, db_session):
    town = Municipality(name="Musterhausen", slug="musterhausen", kind="town", land="08")
    db_session.add(town)
    db_session.flush()
    anna, nora = make_user(edits=[town]), make_user(belongs_to=[town])
    handover = services.offer_handover(anna, anna.memberships[0], successor=nora)
    db_session.commit()
    clicks = [(nora, f"{handover.path}/annehmen")] * 2 + [(anna, f"{handover.path}/zurueckziehen")]
    assert told(at_once(app, login, clicks)) == (1, 2)
    done = ("handover.accept", "handover.withdrawn")
    entries = db_session.query(AuditEntry).filter(AuditEntry.action.in_(done)).count()
    assert entries == 1
    assert db_session.get(RoleHandover, handover.id).state in ("accepted", "withdrawn")


def test_of_several_answers_to_a_request_to_join_one_counts(app, login, make_user, db_session):
    keeper, second, asker = make_user("moderator"), make_user("moderator"), make_user()
    group = services.create_group(keeper, "Netzwerk", closed=False, joining="request")
    db_session.flush()
    services.add_to_group(keeper, group, coordinator=True)  # else a notice of its own warns
    request = services.ask_to_join(asker, group, "Bitte")
    db_session.commit()
    path = f"{group.path}/anfragen/{request.id}/aufnehmen"
    clicks = [(keeper, path), (second, path), (asker, f"{group.path}/anfrage/zurueckziehen")]
    assert told(at_once(app, login, clicks)) == (1, 2)
    state = db_session.get(GroupJoinRequest, request.id).state
    members = db_session.query(GroupMembership).filter_by(user_id=asker.id).count()
    assert (state, members) in (("approved", 1), ("withdrawn", 0))
