"""Shared fixtures: an application on an empty database of its own, people, sign-in, counters."""

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import has_app_context
from flask.testing import FlaskClient
from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from kts import create_app
from kts.accounts import services
from kts.core.shared_pages import Shelf
from kts.extensions import db
from tests import quick
from tests.installations import Installations

quick.share_address_builders()
SHARED = Path(__file__).resolve().parents[2] / "shared"
PATIENCE = {"connect_timeout": 5}  # seconds; a server that is there answers at once
PASSWORD = "ein langes Passwort"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    from tests.scheduling import OneBrowser

    return OneBrowser(config, log)


def pytest_collection_finish():
    quick.look_for_garbage_seldom()


def need(present, what):
    """Skip the test where a tool or service is missing; fail where CI demands it."""
    if present:
        return
    if os.environ.get("KTS_TESTS_STRICT"):
        pytest.fail(f"{what} is missing, and KTS_TESTS_STRICT is set")
    pytest.skip(f"{what} is missing")


class Client(FlaskClient):
    """Keeps the test's own session and request state apart from the request's.

    The test's transaction is committed before each request, as another browser would find it.
    """

    def open(self, *args, **kwargs):
        if has_app_context():
            db.session.commit()
        with self.application.app_context():
            return super().open(*args, **kwargs)


POSTGRES = os.environ.get(
    "KTS_TESTS_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"
)


@pytest.fixture(scope="session")
def postgres_url():
    """Give an empty database on a real server, removed after the tests."""
    name = f"kts_test_{uuid.uuid4().hex[:12]}"
    server = create_engine(POSTGRES, isolation_level="AUTOCOMMIT", connect_args=PATIENCE)
    try:
        with server.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
    except OperationalError:
        need(False, "A PostgreSQL server (KTS_TESTS_POSTGRES_URL)")
    yield make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


@pytest.fixture(scope="session")
def database_template(tmp_path_factory):
    """Make the empty database once; each test gets a copy of the file."""
    folder = tmp_path_factory.mktemp("template")
    app = make_app(folder)
    with app.app_context():
        db.create_all()
        db.engine.dispose()
    return folder / "kts.sqlite3"


def make_app(folder, **overrides):
    config = {"TESTING": True, "TASKS": "now", "WTF_CSRF_ENABLED": False, **overrides}
    app = create_app(config, instance=folder, secret_key="secret for tests " * 3, ratelimit=False)
    app.test_client_class = Client
    quick.share_templates(app)
    quick.write_lazily(app)
    return app


@pytest.fixture(scope="session")
def installations(tmp_path_factory):
    """Give installations made by the real commands, once for all test processes."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "installations"
    folder.mkdir(exist_ok=True)
    return Installations(folder)


@pytest.fixture
def postgres_app(tmp_path, postgres_url, monkeypatch):
    """Give an application on PostgreSQL, with empty tables of its own."""
    monkeypatch.setenv("KTS_DATABASE_URL", postgres_url)
    app = make_app(tmp_path)
    with app.app_context():
        db.create_all()
    yield app
    with app.app_context():
        db.session.remove()
        db.drop_all()
        db.engine.dispose()


@pytest.fixture
def app(tmp_path, database_template):
    folder = tmp_path / "instance"
    folder.mkdir()
    shutil.copy(database_template, folder / "kts.sqlite3")
    app = make_app(folder)
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def db_session(app):
    """Give the session inside an application context that lasts for the test."""
    with app.app_context():
        yield db.session


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def make_user(db_session):
    """Give a function that makes a person; ``edits`` and ``belongs_to`` take municipalities."""
    numbers = iter(range(1, 1000))

    def make(role="member", email=None, name=None, edits=(), belongs_to=(), groups=(), **values):
        number = next(numbers)
        user = services.create_user(
            email or f"{role}{number}@example.org",
            name or f"{role.title()} {number}",
            role=role,
            password=PASSWORD,
            **values,
        )
        for municipality in edits:
            services.add_membership(user, municipality.id, "editor")
        for municipality in belongs_to:
            services.add_membership(user, municipality.id)
        for group in groups:
            services.add_to_group(user, group)
        db_session.commit()
        return user

    return make


@pytest.fixture
def login():
    """Give a function that signs a person in on a test client."""

    def sign_in(client, user):
        with client.session_transaction() as session:
            session.clear()
            session["_user_id"] = user.get_id()
            session["_fresh"] = True
        return client

    return sign_in


@pytest.fixture
def shared():
    """Give the folder of shared data beside the project; skip where it is missing."""
    need(SHARED.is_dir(), "the folder ../shared with test data")
    return SHARED


@pytest.fixture
def forget_pages(app):
    """Give a function that forgets the pages kept for their audience, as a restart does."""

    def forget():
        app.extensions["kts_shelf"] = Shelf()

    return forget


@pytest.fixture
def query_counter(app):
    """Give a context manager that collects the SQL statements run inside it."""

    @contextmanager
    def counting() -> Iterator[list[str]]:
        statements: list[str] = []

        def note(_connection, _cursor, statement, *_rest):
            statements.append(statement)

        with app.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            yield statements
        finally:
            event.remove(engine, "before_cursor_execute", note)

    return counting
