"""The queue is woken after the commit, once, and never for what was rolled back."""

import pytest

from kts import create_app
from kts.core import tasks
from kts.core.audit import AuditEntry
from kts.extensions import db

RUNS = []


@tasks.task
def note_run(number):
    RUNS.append((number, db.session.get(AuditEntry, number) is not None))


@pytest.fixture(autouse=True)
def no_runs():
    RUNS.clear()


def entry():
    made = AuditEntry(action="x", kind="x")
    db.session.add(made)
    db.session.flush()
    return made.id


@pytest.mark.usefixtures("db_session")
def test_a_task_finds_the_rows_that_it_was_made_for():
    number = entry()
    tasks.after_commit(note_run, number)
    assert RUNS == []
    db.session.commit()
    assert [(number, True)] == RUNS


@pytest.mark.usefixtures("db_session")
def test_the_same_task_is_enqueued_once_a_transaction():
    number = entry()
    for _ in range(3):
        tasks.after_commit(note_run, number)
    db.session.commit()
    assert len(RUNS) == 1


@pytest.mark.usefixtures("db_session")
def test_a_rollback_forgets_the_task():
    tasks.after_commit(note_run, entry())
    db.session.rollback()
    db.session.commit()
    assert RUNS == []


@pytest.mark.usefixtures("db_session")
def test_a_savepoint_wakes_nobody():
    number = entry()
    tasks.after_commit(note_run, number)
    with db.session.begin_nested():
        db.session.add(AuditEntry(action="y", kind="y"))
    assert RUNS == []
    nested = db.session.begin_nested()
    nested.rollback()
    db.session.commit()
    assert [(number, True)] == RUNS


def test_one_failing_recovery_stops_no_other(app, monkeypatch):
    def breaks():
        raise RuntimeError

    done = []
    monkeypatch.setattr(tasks, "RECOVERIES", [breaks, lambda: done.append(1)])
    with app.app_context():
        tasks.recover_all()
    assert done == [1]


def test_a_damaged_queue_is_put_aside_and_stops_nothing(tmp_path):
    queue = tmp_path / "queue.sqlite3"
    queue.write_bytes(b"\x11" * 500)
    app = create_app({"TESTING": True}, instance=tmp_path, secret_key="s" * 40)
    assert app.extensions["kts_huey"].pending_count() == 0
    assert (tmp_path / "queue.sqlite3.damaged").read_bytes() == b"\x11" * 500
