"""What waits is put and settled with the deed, and a forgotten call is mended."""

import pytest

from kts.core import waiting
from kts.core.audit import AuditEntry
from kts.core.clock import now
from kts.core.waiting import Due, WaitingItem, put, settle
from kts.curation.desk.tasks import mend, mend_each_hour

KIND = "test_kind"


@pytest.fixture
def wanted(monkeypatch, db_session):
    """Give the list of what should wait, of a kind that only tests know."""
    listed = []
    kinds = {KIND: waiting.Kind(KIND, "Dinge", "Tut etwas.", lambda: listed)}
    monkeypatch.setattr(waiting, "KINDS", kinds)
    return listed


def due(number, title="Ding", weight=0):
    return Due(number, title, f"/ding/{number}", now(), weight)


def waits(session):
    rows = session.query(WaitingItem).order_by(WaitingItem.subject_id)
    return [(row.kind, row.subject_id, row.title, row.weight) for row in rows]


def test_what_is_put_twice_waits_once_keeps_its_place_and_takes_the_new_words(db_session):
    first = put(KIND, 1, title="Alt", url="/alt")
    since, version = first.since, first.version
    second = put(KIND, 1, title="N" * 400, url="/neu", weight=10)
    db_session.commit()
    assert second.id == first.id
    assert (second.since, second.version, second.url) == (since, version, "/neu")
    assert waits(db_session) == [(KIND, 1, "N" * 300, 10)]


def test_what_another_transaction_put_at_the_same_moment_is_no_error(db_session, monkeypatch):
    put(KIND, 1, title="Erstes", url="/1")
    found = waiting._find
    answers = iter([None])
    monkeypatch.setattr(waiting, "_find", lambda *key: next(answers, found(*key)))
    assert put(KIND, 1, title="Zweites", url="/1").title == "Erstes"
    db_session.commit()
    assert len(waits(db_session)) == 1


def test_settling_ends_the_waiting_and_nothing_else(db_session):
    put(KIND, 1, title="Ding", url="/1")
    put(KIND, 2, title="Ding", url="/2")
    settle(KIND, 1)
    settle(KIND, 7)
    settle("other", 2)
    db_session.commit()
    assert [number for _kind, number, *_rest in waits(db_session)] == [2]


@pytest.mark.parametrize(("claims", "noted"), [(None, 0), ("decider", 0), ("colleague", 1)])
def test_only_what_a_colleague_had_in_hand_is_noted_when_it_is_decided(
    db_session, make_user, claims, noted
):
    people = {"decider": make_user("moderator"), "colleague": make_user("moderator")}
    item = put(KIND, 1, title="Ding", url="/1")
    item.claimed_by_id = people[claims].id if claims else None
    settle(KIND, 1, by=people["decider"])
    db_session.commit()
    entries = db_session.query(AuditEntry).filter_by(action="waiting_item.settle").all()
    assert len(entries) == noted
    assert all(entry.actor_id == people["decider"].id for entry in entries)


def test_an_id_is_never_given_again(db_session):
    first = put(KIND, 1, title="Ding", url="/1").id
    settle(KIND, 1)
    db_session.commit()
    assert put(KIND, 2, title="Ding", url="/2").id > first


def test_mending_adds_what_is_missing_and_takes_away_what_is_over(db_session, wanted):
    put(KIND, 1, title="Vorbei", url="/ding/1")
    put(KIND, 2, title="Alter Titel", url="/ding/2")
    put("unknown_kind", 9, title="Kennt niemand", url="/9")
    db_session.commit()
    wanted += [due(2, "Neuer Titel", 20), due(3)]
    assert mend() == 3
    mended = [
        (KIND, 2, "Neuer Titel", 20),
        (KIND, 3, "Ding", 0),
        ("unknown_kind", 9, "Kennt niemand", 0),
    ]
    assert waits(db_session) == mended
    assert mend() == 0
    assert waits(db_session) == mended


def test_a_kind_that_fails_stops_no_other(db_session, wanted):
    def fail():
        raise RuntimeError("broken")

    waiting.KINDS.clear()
    waiting.register("broken", "Kaputt", "", fail)
    waiting.register("left_alone", "Ohne Abgleich", "")
    waiting.register(KIND, "Dinge", "", lambda: wanted)
    put("broken", 1, title="Bleibt", url="/1")
    put("left_alone", 1, title="Bleibt", url="/1")
    db_session.commit()
    wanted.append(due(1))
    assert mend() == 1
    assert [kind for kind, *_rest in waits(db_session)] == ["broken", "left_alone", KIND]


def test_mending_leaves_what_moderators_did(db_session, wanted, make_user):
    moderator = make_user("moderator")
    item = put(KIND, 1, title="Alt", url="/ding/1")
    item.claimed_by_id, item.note, item.version = moderator.id, "Ruft zurück", 4
    db_session.commit()
    wanted.append(due(1, "Neu"))
    mend()
    item = db_session.query(WaitingItem).one()
    assert (item.title, item.note, item.claimed_by_id, item.version) == (
        *("Neu", "Ruft zurück"),
        *(moderator.id, 4),
    )


def test_the_worker_mends_at_its_start_and_then_once_an_hour(db_session, wanted):
    wanted.append(due(1))
    assert mend_each_hour() == 1
    wanted.append(due(2))
    assert mend_each_hour() == 0
    assert mend() == 1
