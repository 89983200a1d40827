"""From a saved change to the index: outbox, draining, comparing, rebuilding, being killed."""

import threading

import pytest
from flask import current_app
from sqlalchemy import delete, select, update

from kts.core import tasks
from kts.core.transactions import reading
from kts.extensions import db
from kts.municipalities.models import Municipality
from kts.search import outbox, sources, sync
from kts.search import tasks as search_tasks
from kts.search.engine import IndexLockedError, SearchRequest
from kts.search.models import SearchChange, Synonym
from kts.search.services import engine, pages_within, search, seed_synonyms
from tests.patience import PATIENCE
from tests.search.conftest import make_document

PUBLIC = frozenset({"public"})


def town(name, **values):
    slug = name.lower()
    return Municipality(name=name, slug=slug, land="08", is_sample=True, **values)


def found(query):
    with current_app.app_context():
        return [hit.title for hit in search(SearchRequest(query, PUBLIC)).hits]


def waiting():
    """Give what is committed to the outbox."""
    with reading(), db.engine.connect() as connection:
        rows = connection.execute(select(SearchChange.kind, SearchChange.object_id))
        return [tuple(row) for row in rows]


def save_elsewhere(change):
    """Make and commit a change in a session of its own, as another request does."""
    with current_app.app_context():
        change()
        db.session.commit()


def rename(number, name):
    db.session.get(Municipality, number).name = name


@pytest.fixture
def asleep(monkeypatch):
    """Let no worker run: changes stay in the outbox."""
    monkeypatch.setattr(tasks, "enqueue", lambda *_args: None)


def test_what_is_saved_is_found(db_session):
    db_session.add(town("Musterhausen"))
    db_session.commit()
    assert found("Musterhausen") == ["Musterhausen"]
    assert waiting() == []


def test_a_change_and_a_deletion_reach_the_index(db_session):
    place = town("Musterhausen")
    db_session.add(place)
    db_session.commit()
    place.name = "Beispielburg"
    db_session.commit()
    assert found("Musterhausen") == []
    assert found("Beispielburg") == ["Beispielburg"]
    db_session.delete(place)
    db_session.commit()
    assert found("Beispielburg") == []


def test_a_change_is_noted_in_its_own_transaction_and_once(db_session, asleep):
    place = town("Musterhausen")
    db_session.add(place)
    db_session.flush()
    place.name = "Anders"
    db_session.flush()
    noted = db_session.execute(select(SearchChange.kind, SearchChange.object_id)).all()
    assert noted == [("municipality", place.id)]
    assert waiting() == []
    db_session.rollback()
    assert waiting() == []


def test_saving_nothing_new_notes_nothing(db_session, asleep):
    place = town("Musterhausen")
    db_session.add(place)
    db_session.commit()
    db_session.execute(delete(SearchChange))
    db_session.commit()
    place.name = place.name
    db_session.commit()
    assert waiting() == []


def test_writes_in_bulk_are_noted_by_hand(db_session):
    place = town("Musterhausen")
    db_session.add(place)
    db_session.commit()
    db_session.execute(update(Municipality).values(name="Beispielburg"))
    outbox.note("municipality", [place.id])
    db_session.commit()
    assert found("Beispielburg") == ["Beispielburg"]


def test_draining_loads_the_state_of_now_and_not_of_then(db_session, asleep):
    place = town("Musterhausen")
    db_session.add(place)
    db_session.commit()
    place.name = "Beispielburg"
    db_session.commit()
    assert len(waiting()) == 2
    sync.drain()
    assert found("Beispielburg") == ["Beispielburg"]
    assert waiting() == []


def test_a_change_that_comes_while_draining_stays_in_the_outbox(db_session, asleep, monkeypatch):
    db_session.add(town("Musterhausen"))
    db_session.commit()
    sync.rebuild()
    outbox.note("municipality", [1])
    db_session.commit()
    monkeypatch.setattr(sync, "_drain_all", lambda: sync._bring_up_to_date(sync._claim()))
    apply = engine().apply

    def apply_and_change(changes):
        apply(changes)
        save_elsewhere(lambda: rename(1, "Beispielburg"))

    monkeypatch.setattr(engine(), "apply", apply_and_change)
    sync.drain()
    assert waiting() == [("municipality", 1)]
    monkeypatch.setattr(engine(), "apply", apply)
    sync.drain()
    assert found("Beispielburg") == ["Beispielburg"]


@pytest.mark.parametrize("moment", ["apply", "_settle"])
def test_killed_before_or_after_writing_the_index_nothing_is_lost(
    db_session, asleep, monkeypatch, moment
):
    db_session.add(town("Musterhausen"))
    db_session.commit()
    target = engine() if moment == "apply" else sync
    sync.rebuild()
    outbox.note("municipality", [1])
    db_session.commit()

    def killed(*_args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(target, moment, killed)
        with pytest.raises(KeyboardInterrupt):
            sync.drain()
    assert waiting()
    sync.drain()
    assert waiting() == []
    assert found("Musterhausen") == ["Musterhausen"]


def test_while_someone_else_writes_the_change_waits(db_session, monkeypatch):
    db_session.add(town("Musterhausen"))
    db_session.commit()
    held, done = threading.Event(), threading.Event()

    def hold():
        with own.exclusive():
            held.set()
            done.wait(PATIENCE)

    own = engine()
    thread = threading.Thread(target=hold)
    thread.start()
    try:
        assert held.wait(PATIENCE)
        with monkeypatch.context() as patch:
            patch.setattr(tasks, "enqueue", lambda *_args: None)
            outbox.note("municipality", [1])
            db_session.commit()
        with pytest.raises(IndexLockedError):
            sync.drain(wait=0)
        assert waiting() == [("municipality", 1)]
    finally:
        done.set()
        thread.join()
    sync.drain()
    assert waiting() == []


def test_one_thing_that_cannot_be_loaded_holds_up_no_other(db_session, asleep, monkeypatch):
    broken, sound = town("Kaputtstadt"), town("Musterhausen")
    db_session.add_all([broken, sound])
    db_session.commit()
    source = sources.SOURCES["municipality"]

    def load(ids):
        if number in ids:
            raise ValueError("kaputt")
        return source.load(ids)

    number = broken.id
    db_session.commit()
    monkeypatch.setitem(
        sources.SOURCES, "municipality", sources.SearchSource(
            "municipality", source.model, load, source.all_ids
        )
    )  # fmt: skip
    engine().rebuild([])
    sync.drain()
    assert found("Musterhausen") == ["Musterhausen"]
    row = db_session.scalars(select(SearchChange)).one()
    assert (row.object_id, row.attempts) == (number, sync.GIVEN_UP_AFTER)


def test_the_first_change_where_there_is_no_index_writes_it_whole(db_session, asleep):
    db_session.add_all([town("Musterhausen"), town("Beispielburg")])
    db_session.commit()
    db_session.execute(delete(SearchChange))
    outbox.note("municipality", [1])
    db_session.commit()
    sync.drain()
    assert found("Beispielburg") == ["Beispielburg"]


def test_the_check_finds_and_repairs_what_is_missing_changed_and_gone(db_session, asleep):
    db_session.add_all([town("Fehlt"), town("Anders"), town("Richtig")])
    db_session.commit()
    sync.drain()
    own = engine()
    own.apply(
        [
            sync.Change("municipality:1"),
            sync.Change("municipality:2", [make_document(2, "Alt.", kind="municipality")]),
            sync.Change("municipality:99", [make_document(99, "Weg.", kind="municipality")]),
        ]
    )
    assert sync.differences() == 3
    told = sync.check(repair=False)
    assert [(one.object_id, one.problem) for one in told] == [
        (1, "missing"), (2, "changed"), (99, "no longer there")
    ]  # fmt: skip
    assert sync.differences() == 3
    assert len(sync.check()) == 3
    assert sync.differences() == 0
    assert found("Fehlt") == ["Fehlt"]


def test_what_waits_in_the_outbox_is_no_difference(db_session, asleep):
    sync.rebuild()
    db_session.add(town("Musterhausen"))
    db_session.commit()
    assert sync.differences() == 0
    assert len(sync.check(repair=False)) == 1


def test_a_rebuild_loses_no_change_that_comes_meanwhile(db_session, asleep):
    db_session.add(town("Musterhausen"))
    db_session.commit()

    told = []

    def change_once(done, total):
        if not told:
            save_elsewhere(lambda: db.session.add(town("Neu")))
        told.append(done)

    sync.rebuild(change_once)
    assert found("Neu") == ["Neu"]
    assert waiting() == []


def test_the_worker_finds_work_that_nobody_woke_it_for(db_session, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(tasks, "enqueue", lambda *_args: None)
        db_session.add(town("Musterhausen"))
        db_session.commit()
    search_tasks.find_work()  # no index yet: it is written
    assert found("Musterhausen") == ["Musterhausen"]
    search_tasks.find_work()
    assert waiting() == []


def test_the_nightly_check_repairs(db_session):
    db_session.add(town("Musterhausen"))
    db_session.commit()
    engine().apply([sync.Change("municipality:1")])
    search_tasks.check_index()
    assert found("Musterhausen") == ["Musterhausen"]


def test_draining_leaves_the_caller_s_session_alone(db_session, asleep):
    place = town("Musterhausen")
    db_session.add(place)
    db_session.commit()
    with reading():
        place.name = "Noch nicht gespeichert"
        sync.drain()
        assert place in db_session.dirty
    assert found("Musterhausen") == ["Musterhausen"]


def test_the_starting_synonyms_are_added_once_and_then_the_kts_keeps_them(db_session):
    assert seed_synonyms() > 50
    db_session.commit()
    assert seed_synonyms() == 0
    db_session.execute(delete(Synonym).where(Synonym.words.contains("Homeoffice")))
    db_session.commit()
    assert seed_synonyms() == 0
    engine().apply([sync.Change("document:1", [make_document(1, "Leihräder für alle.")])])
    assert found("Fahrradverleih") == ["Strategie der Musterstadt"]


def test_the_pages_of_one_thing_that_match(db_session):
    engine().rebuild([make_document(1, f"Sensoren auf Seite {n}.", page=n) for n in range(1, 30)])
    request = SearchRequest("Sensoren", PUBLIC, within="document:1")
    pages = pages_within(request, limit=12)
    assert len(pages) == 12
    assert len({page.page for page in pages}) == 12


def test_a_damaged_index_gives_no_errors_and_is_written_anew(db_session):
    db_session.add(town("Heilstadt"))
    db_session.commit()
    assert found("Heilstadt")
    for file in engine().store.current().iterdir():
        file.write_bytes(b"\x11" * 300)
    engine()._open = None
    assert not found("Heilstadt")
    assert not engine().status().ready

    search_tasks.find_work()
    assert found("Heilstadt")


def test_a_change_mends_a_damaged_index(db_session):
    db_session.add(town("Altstadt"))
    db_session.commit()
    for file in engine().store.current().iterdir():
        file.write_bytes(b"")
    engine()._open = None
    db_session.add(town("Neustadt"))
    db_session.commit()
    assert found("Altstadt")
    assert found("Neustadt")


def test_one_thing_that_the_index_cannot_take_holds_up_no_other(db_session, asleep, monkeypatch):
    sync.rebuild()
    db_session.add_all([town("Musterhausen"), town("Beispielburg")])
    db_session.commit()
    apply = engine().apply

    def refuse_the_first(changes):
        if any(change.parent == "municipality:1" for change in changes):
            raise ValueError("a text that cannot be indexed")
        apply(changes)

    monkeypatch.setattr(engine(), "apply", refuse_the_first)
    sync.drain()
    assert found("Beispielburg") == ["Beispielburg"]
    assert waiting() == [("municipality", 1)]
