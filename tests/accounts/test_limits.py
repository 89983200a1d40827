"""What one person or address can do only so often; the numbers are those of the views."""

import re
import shutil

import pytest

from kts.accounts.views import session
from kts.extensions import db, limiter
from kts.forum import services
from kts.forum.models import Post, Thread
from kts.forum.views.answering import ANSWERS
from kts.forum.views.opening import THREADS
from kts.notifications.views import CHOICES
from tests.conftest import make_app


def times(limit):
    return int(limit.split()[0])


@pytest.fixture
def app(tmp_path, database_template):
    """Give the application with its limits on."""
    shutil.copy(database_template, tmp_path / "kts.sqlite3")
    app = make_app(tmp_path, RATELIMIT_ENABLED=True)
    limiter.enabled = True
    yield app
    limiter.reset()
    limiter.enabled = False
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def category(db_session):
    category = services.create_category(None, "Fragen", visibility="public")
    db_session.commit()
    return category


def test_threads_and_answers_have_an_end_and_previews_do_not_count(
    app, make_user, login, category, db_session
):
    client = login(app.test_client(), make_user())
    form = {"category": category.slug, "title": "Noch eine Frage", "body": "Text"}
    for _ in range(3):
        assert client.post("/forum/neu", data=form | {"preview": "1"}).status_code == 200
    for number in range(times(THREADS)):
        assert client.post("/forum/neu", data=form | {"body": str(number)}).status_code == 303
    refused = client.post("/forum/neu", data=form)
    assert refused.status_code == 429
    assert re.search(r"\b(5\d|60) Minuten", refused.text)  # a busy machine takes some
    assert db_session.query(Thread).count() == times(THREADS)

    path = db_session.query(Thread).first().path
    for number in range(times(ANSWERS)):
        assert client.post(f"{path}/antworten", data={"body": str(number)}).status_code == 303
    assert client.post(f"{path}/antworten", data={"body": "zu viel"}).status_code == 429
    posts = times(THREADS) + times(ANSWERS)
    assert db_session.query(Post).count() == posts

    other = login(app.test_client(), make_user())
    assert other.post("/forum/neu", data=form).status_code == 303


def test_nobodys_inbox_is_filled_by_asking_for_new_passwords(app, make_user):
    make_user(email="anna@example.org")
    for number in range(times(session.MAILS_PER_ACCOUNT)):
        client = app.test_client()
        asked = client.post(
            "/passwort-vergessen",
            data={"email": "Anna@Example.org"},
            environ_base={"REMOTE_ADDR": f"192.0.2.{number}"},
        )
        assert asked.status_code == 200
    for email in ("anna@example.org", "fremd@example.org"):
        answers = [
            app.test_client()
            .post(
                "/passwort-vergessen",
                data={"email": email},
                environ_base={"REMOTE_ADDR": f"198.51.100.{number}"},
            )
            .status_code
            for number in range(times(session.MAILS_PER_ACCOUNT) + 1)
        ]
        assert answers[-1] == 429, "known and unknown addresses are refused alike"


def test_guessing_one_account_from_many_addresses_has_an_end(app, make_user):
    person = make_user()
    form = {"email": person.email, "password": "falsch geraten"}
    statuses = [
        app.test_client()
        .post("/anmelden", data=form, environ_base={"REMOTE_ADDR": f"192.0.2.{number}"})
        .status_code
        for number in range(times(session.PER_ACCOUNT) + 1)
    ]
    assert statuses == [422] * times(session.PER_ACCOUNT) + [429]


@pytest.mark.parametrize(
    ("path", "form", "allowed"),
    [
        ("/mitglied-werden?ohne=1", {"name": "N", "email": "n@example.org"}, 10),
        ("/barriere-melden", {"description": "Das Menü geht nicht auf."}, 5),
    ],
)
def test_guests_cannot_fill_the_moderators_desk(app, path, form, allowed):
    client = app.test_client()
    statuses = [client.post(path, data=form).status_code for _ in range(allowed + 1)]
    assert statuses == [303] * allowed + [429]


def test_subscriptions_are_not_changed_without_end(app, make_user, login, category):
    client = login(app.test_client(), make_user())
    address = f"/abonnements/category/{category.id}"
    for number in range(times(CHOICES)):
        level = ("watch", "mute")[number % 2]
        assert client.post(address, data={"level": level}).status_code == 303
    assert client.post(address, data={"level": "watch"}).status_code == 429
    other = login(app.test_client(), make_user())
    assert other.post(address, data={"level": "watch"}).status_code == 303
