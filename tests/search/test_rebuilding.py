"""On each engine with its own database: rebuilding under load, killed writers, lost servers."""

import os
import signal
import subprocess
import sys
import threading
import uuid
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from kts.core.transactions import writing
from kts.extensions import db
from kts.municipalities.models import Municipality
from kts.search import sync
from kts.search.engine import Change, SearchRequest
from kts.search.engines import ENGINES, Home
from kts.search.engines.whoosh import writing as whoosh_writing
from kts.search.services import engine, search
from tests.conftest import make_app
from tests.patience import PATIENCE
from tests.search.conftest import make_document

PUBLIC = frozenset({"public"})
WRITERS, WRITES = 2, 4
LET_IN = 0.1  # seconds between two rebuilds; who writes looks for the lock more often than that
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def database(postgres_url):
    """Give the address of an empty database, removed after the test."""
    name = f"kts_test_{uuid.uuid4().hex[:12]}"
    server = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


@pytest.fixture(params=["whoosh", "postgres"])
def site(request, tmp_path, monkeypatch):
    """Give an application on this engine and its database, with tables and an empty index."""
    if request.param == "postgres":
        monkeypatch.setenv("KTS_DATABASE_URL", request.getfixturevalue("database"))
        monkeypatch.setenv("KTS_SEARCH_ENGINE", "postgres")
    app = make_app(tmp_path)
    with app.app_context():
        db.create_all()
        sync.rebuild()
        assert engine().name == request.param
        yield app
        db.session.remove()
        db.engine.dispose()
        getattr(engine(), "close", lambda: None)()


def save(app, name):
    with app.app_context(), writing():
        town = Municipality(name=name, slug=name.lower(), land="08", is_sample=True)
        db.session.add(town)
        db.session.commit()


def found(query):
    return [hit.title for hit in search(SearchRequest(query, PUBLIC)).hits]


def test_what_is_saved_is_found_by_the_site(site):
    save(site, "Musterhausen")
    page = site.test_client().get("/suche?q=Musterhausen")
    assert page.status_code == 200
    assert "Musterhausen</mark>" in page.text


def test_a_rebuild_under_load_loses_no_write_and_search_goes_on(site):
    save(site, "Grundstadt")
    done, missed = threading.Event(), []

    def write(writer):
        for number in range(WRITES):
            save(site, f"Ort{writer}x{number}")

    def ask():
        while not done.wait(0.01):  # seconds; the writers want the processor too
            with site.app_context():
                if (titles := found("Grundstadt"))[:1] != ["Grundstadt"]:
                    missed.append(titles)

    writers = [threading.Thread(target=write, args=(n,)) for n in range(WRITERS)]
    asking = threading.Thread(target=ask)
    for thread in (asking, *writers):
        thread.start()
    sync.rebuild(wait=PATIENCE)  # once at least, however quick the writers were
    while any(thread.is_alive() for thread in writers):
        writers[0].join(LET_IN)
        sync.rebuild(wait=PATIENCE)
    for thread in writers:
        thread.join()
    done.set()
    asking.join()
    assert missed == []
    sync.drain()
    assert sync.check(repair=False) == []
    assert engine().status().parents == 1 + WRITERS * WRITES


HALF_DONE = """
import sys, time
from pathlib import Path
from kts.search.engines import ENGINES, Home
from tests.search.conftest import make_document

def documents():
    yield make_document(5, "Halbfertig.")
    print("writing", flush=True)
    time.sleep(60)

name, folder, database = sys.argv[1:]
ENGINES[name](Home(Path(folder), database), tuple).rebuild(documents())
"""


def test_a_writer_that_is_killed_leaves_the_old_index_and_no_lock(site):
    save(site, "Musterhausen")
    settings = site.config["KTS"]
    process = subprocess.Popen(
        [
            *(sys.executable, "-c", HALF_DONE, engine().name),
            *(str(settings.instance.resolve() / "index"), settings.database_url),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    assert process.stdout.readline() == b"writing\n"
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert found("Musterhausen") == ["Musterhausen"]
    sync.rebuild(wait=PATIENCE)
    assert found("Musterhausen") == ["Musterhausen"]
    assert found("Halbfertig") == []


@pytest.mark.parametrize("site", ["postgres"], indirect=True)
def test_a_closed_connection_is_opened_again(site):
    save(site, "Musterhausen")
    assert found("Musterhausen") == ["Musterhausen"]
    db.session.remove()
    with db.engine.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    assert found("Musterhausen") == ["Musterhausen"]


@pytest.mark.parametrize("site", ["postgres"], indirect=True)
def test_an_index_of_another_version_is_written_anew(site):
    save(site, "Musterhausen")
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE kts_search.state SET version = version + 1"))
    assert not engine().status().ready
    assert found("Musterhausen") == []
    assert sync.rebuild_if_missing()
    assert found("Musterhausen") == ["Musterhausen"]


def test_what_was_laid_aside_while_writing_is_all_there(tmp_path, monkeypatch):
    """Whoosh's postings are written in several sorted runs once they are many; and merged."""
    monkeypatch.setattr(whoosh_writing, "POSTINGS_IN_MEMORY", 50)
    engine = ENGINES["whoosh"](Home(tmp_path / "index"), tuple)
    words = ("Sensoren", "Radwege", "Brücken", "Bäume", "Schulen", "Wärme", "Daten")
    documents = [
        make_document(n, f"{words[n % 7]} {words[n % 5]} in {words[n % 3]}, Zeichen z{n}.")
        for n in range(1, 60)
    ]
    engine.rebuild(documents[:40])
    for document in documents[40:]:
        engine.apply([Change(document.parent, [document])])
    engine.apply([Change(document.parent) for document in documents[::4]])
    left = [document for number, document in enumerate(documents) if number % 4]
    for document in left:
        request = SearchRequest(f"Zeichen z{document.id}", PUBLIC)
        assert engine.search(request).hits[0].parent == document.parent
    for first, second in ((0, 3), (2, 4), (6, 1)):
        phrase = f'"{words[first]} {words[second]}"'
        found = engine.search(SearchRequest(phrase, PUBLIC, limit=100)).hits
        wanted = {d.parent for d in left if (d.id % 7, d.id % 5) == (first, second)}
        assert wanted
        assert {hit.parent for hit in found} == wanted
