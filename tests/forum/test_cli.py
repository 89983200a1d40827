"""``kts import threads``."""

import json

import pytest
from click.testing import CliRunner

from kts.accounts.models import User
from kts.forum.cli import threads_command
from kts.forum.models import Category, Post, PostReference, Thread
from kts.notifications.models import Notification

LINE = {
    "category": "Allgemeines",
    "title": "Wie anfangen?",
    "author": "Berta Beispiel",
    "created": "2024-05-01T10:00:00+02:00",
    "posts": [
        {"author": "Berta Beispiel", "created": "2024-05-01T10:00:00+02:00", "body": "**Wie?**"},
        {
            "author": "carl.muster@example.org",
            "created": "2024-05-02T09:00:00",
            "body": "So.<script>alert(1)</script>",
        },
    ],
}


@pytest.fixture
def run(app, db_session, tmp_path):
    """Give a function that imports lines and gives the output."""

    def run(*lines, options=()):
        file = tmp_path / "threads.jsonl"
        rows = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        file.write_text("\n".join(rows), encoding="utf-8")
        result = CliRunner().invoke(threads_command, [str(file), *options])
        assert result.exit_code == 0, result.output
        return result.output

    return run


def test_a_thread_is_taken_over_with_its_times_and_people(run, category, db_session):
    output = run(LINE)
    assert "1 threads with 2 posts imported, 0 known already, 2 inactive members made" in output
    thread = db_session.query(Thread).one()
    assert thread.category_id == category.id
    assert (thread.post_count, thread.last_number) == (2, 2)
    assert thread.created.isoformat() == "2024-05-01T08:00:00+00:00"
    assert thread.last_post_at.isoformat() == "2024-05-02T09:00:00+00:00"
    assert thread.last_post.number == 2
    assert "<script" not in thread.last_post.html
    people = {user.name: user for user in db_session.query(User)}
    assert set(people) == {"Berta Beispiel", "Carl Muster"}
    assert not any(user.active for user in people.values())
    assert db_session.query(Notification).count() == 0


def test_a_second_run_changes_nothing(run, category, db_session):
    run(LINE)
    output = run(LINE, LINE)
    assert "0 threads with 0 posts imported, 2 known already, 0 inactive members made" in output
    assert db_session.query(Thread).count() == 1
    assert db_session.query(Post).count() == 2
    assert db_session.query(User).count() == 2


def test_known_people_are_recognised_by_address_or_unique_name(
    run, category, make_user, db_session
):
    berta = make_user(name="Berta Beispiel")
    carl = make_user(email="carl.muster@example.org")
    run(LINE)
    assert db_session.query(User).count() == 2
    authors = [post.author for post in db_session.query(Post).order_by(Post.number)]
    assert authors == [berta, carl]


def test_an_ambiguous_name_is_given_to_nobody(run, category, make_user, db_session):
    twins = [make_user(name="Berta Beispiel"), make_user(name="Berta Beispiel")]
    run(LINE)
    assert db_session.query(Thread).one().author not in twins


def test_refused_lines_are_named_and_the_rest_is_taken(run, category, db_session):
    wrong_time = {**LINE, "title": "Zeit", "created": "gestern"}
    future = {**LINE, "title": "Zukunft", "created": "2199-01-01T00:00:00Z"}
    no_posts = {**LINE, "title": "Leer", "posts": []}
    empty = {**LINE, "posts": [{"author": "X", "created": "2024-01-01", "body": " "}]}
    output = run("{kaputt", LINE, wrong_time, "", no_posts, empty, future, "[]")
    for number, reason in (
        (1, "not JSON"),
        (3, "“created”"),
        (5, "“posts”"),
        (6, "post 1: “body”"),
        (7, "future"),
        (8, "not a JSON object"),
    ):
        line = next(row for row in output.splitlines() if row.startswith(f"line {number} "))
        assert reason in line
    assert "6 lines refused" in output
    assert db_session.query(Thread).count() == 1


def test_unknown_categories_are_opened_for_members_unless_told_otherwise(run, db_session):
    run(LINE)
    assert db_session.query(Category).one().visibility == "members"
    run({**LINE, "category": "Offenes"}, options=["--new-categories", "public"])
    assert db_session.query(Category).filter_by(slug="offenes").one().visibility == "public"


def test_links_to_pages_become_references(run, category, make_document, db_session):
    document = make_document()
    posts = [{**LINE["posts"][0], "body": f"[Seite]({document.path}/seite/2)"}]
    run({**LINE, "posts": posts})
    assert db_session.query(PostReference).one().page == 2


def test_without_a_terminal_the_progress_is_told_in_lines(run, category, monkeypatch):
    monkeypatch.setattr("kts.forum.cli.BATCH", 1)
    output = run(*(LINE | {"title": f"Frage {number}"} for number in range(20)))
    told = [line for line in output.splitlines() if line.startswith("Threads: ")]
    assert len(told) == 10
    assert told[0] == "Threads: 2 of 20 lines (10 %)"
    assert told[-1] == "Threads: 20 of 20 lines (100 %)"
