"""``kts search`` and ``kts index``, with and without a worker."""

import json
import threading

import pytest

from kts.core import tasks
from kts.municipalities.models import Municipality
from kts.search.cli import index, search
from kts.search.engine import Change
from kts.search.services import engine
from tests.patience import PATIENCE
from tests.search.conftest import make_document


@pytest.fixture
def run(app):
    """Give a function that runs a command and returns its result."""

    def run(command, *arguments):
        return app.test_cli_runner().invoke(command, arguments)

    return run


@pytest.fixture
def towns(db_session):
    db_session.add_all(
        [
            Municipality(name="Musterhausen", slug="musterhausen", land="08", is_sample=True),
            Municipality(name="Beispielburg", slug="beispielburg", land="09", is_sample=True),
        ]
    )
    db_session.commit()


def test_search_prints_the_promised_json(run, towns):
    engine().apply([Change("document:4", [make_document(4, "Sensoren im Winter.", page=3)])])
    result = run(search, "Sensoren", "--json")
    assert result.exit_code == 0
    answer = json.loads(result.stdout)
    assert {"total", "took_ms", "hits", "facets"} <= answer.keys()
    assert answer["total"] == 1
    (hit,) = answer["hits"]
    assert {
        "kind", "id", "url", "title", "snippet", "score", "page", "document_id", "municipality",
        "updated",
    } <= hit.keys()  # fmt: skip
    assert (hit["kind"], hit["id"], hit["page"], hit["document_id"]) == ("document", 4, 3, 4)
    assert "<mark>Sensoren</mark>" in hit["snippet"]
    assert answer["facets"]["kind"] == {"document": 1}


def test_search_prints_for_people_too(run, towns):
    result = run(search, "Musterhausen")
    assert "1. Musterhausen" in result.stdout
    assert "1 found" in result.stdout


def test_search_sees_as_a_guest(run, towns):
    document = make_document(4, "Geheime Sensoren.", visibility="members")
    engine().apply([Change("document:4", [document])])
    assert json.loads(run(search, "Sensoren", "--json").stdout)["total"] == 0


def test_search_works_where_no_worker_ever_ran(run, app, db_session, monkeypatch):
    monkeypatch.setattr(tasks, "enqueue", lambda *_args: None)
    db_session.add(Municipality(name="Musterhausen", slug="m", land="08", is_sample=True))
    db_session.commit()
    assert json.loads(run(search, "Musterhausen", "--json").stdout)["total"] == 1
    db_session.add(Municipality(name="Beispielburg", slug="b", land="08", is_sample=True))
    db_session.commit()
    assert json.loads(run(search, "Beispielburg", "--json").stdout)["total"] == 1


def test_rebuild_tells_how_many(run, towns):
    result = run(index, "rebuild")
    assert result.exit_code == 0
    assert "2 entries" in result.output


def test_check_repairs_and_ends_well(run, towns):
    engine().apply([Change("municipality:1")])
    refused = run(index, "check", "--no-repair")
    assert refused.exit_code == 1
    assert "municipality 1: missing" in refused.output
    repaired = run(index, "check")
    assert repaired.exit_code == 0
    assert "1 differences repaired" in repaired.output
    assert "agree" in run(index, "check").output


def test_check_without_an_index_says_what_to_do(run, app):
    result = run(index, "check")
    assert result.exit_code == 1
    assert "kts index rebuild" in result.output


def test_status_tells_what_is_there(run, towns):
    state = json.loads(run(index, "status", "--json").stdout)
    assert (state["engine"], state["ready"], state["things"], state["waiting"]) == (
        "whoosh", True, 2, 0,
    )  # fmt: skip
    assert "ready:" in run(index, "status").output


def test_rebuild_beside_another_writer_waits_and_then_says_so(run, towns):
    held, done = threading.Event(), threading.Event()
    own = engine()

    def hold():
        with own.exclusive():
            held.set()
            done.wait(PATIENCE)

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        assert held.wait(PATIENCE)
        result = run(index, "rebuild", "--wait", "0.1")
        searched = run(search, "Musterhausen", "--json")
    finally:
        done.set()
        thread.join()
    assert result.exit_code == 1
    assert "Another process" in result.output
    assert json.loads(searched.stdout)["total"] == 1
