"""What makes a thread hot, and the counts that lists need."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kts.core.clock import now
from kts.forum import services
from kts.forum.models import Post, Thread
from kts.forum.models.reading import ThreadVoices
from kts.forum.queries.people import who_takes_part
from kts.forum.services.heat import HALF_LIFE, Voice, derive_counts, score, update_counts
from kts.forum.services.importing import Importer, read_line
from kts.forum.tasks import derive_missing_counts
from kts.municipalities.models import Municipality

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


def voice(place=None, posts=1, rating=0, after=timedelta()):
    return Voice(place, MONDAY + after, posts, rating)


def test_ten_posts_of_one_person_are_less_than_three_answers_from_three_municipalities():
    loud = [voice(1), voice(2, posts=10)]
    wide = [voice(1), voice(2), voice(3), voice(4)]
    assert score(loud) < score(wide)


def test_ten_people_of_one_municipality_are_less_than_people_of_four():
    assert score([voice(1)] * 10) < score([voice(1), voice(2), voice(3), voice(4)])


def test_further_posts_and_reactions_add_little_and_not_without_end():
    once, often = score([voice(1)]), score([voice(1, posts=5)])
    assert once < often < score([voice(1), voice(2)])
    assert score([voice(1, posts=500, rating=500)]) == score([voice(1, posts=50)])
    assert once < score([voice(1, rating=3)]) < score([voice(1), voice(2)])


def test_somebody_of_no_municipality_counts_less_than_a_municipality():
    assert score([voice(1), voice()]) < score([voice(1), voice(2)])
    assert score([voice(1)]) < score([voice(1), voice()])


def test_the_newer_of_two_threads_with_the_same_voices_is_hotter():
    later = [voice(1, after=timedelta(hours=1)), voice(2, after=timedelta(hours=1))]
    assert score(later) > score([voice(1), voice(2)])


def test_a_voice_of_a_week_ago_counts_half():
    two_old = [voice(1), voice(2)]
    assert score(two_old) == pytest.approx(score([voice(3, after=HALF_LIFE)]))


def test_the_order_of_two_threads_stays_while_nobody_writes():
    one, other = [voice(1), voice(2)], [voice(3, after=timedelta(days=3))]
    ahead = score(one) > score(other)
    for weeks in (1, 10, 2000):
        shift = timedelta(weeks=weeks)
        moved = [
            [Voice(v.municipality_id, v.last + shift, v.posts) for v in voices]
            for voices in (one, other)
        ]
        assert (score(moved[0]) > score(moved[1])) is ahead


def test_who_says_to_have_the_same_question_counts_as_old_as_the_thread():
    assert score([voice(1)], 4, MONDAY) > score([voice(1)], 1, MONDAY) > score([voice(1)])
    fresh = score([voice(1, after=timedelta(days=70))], 4, MONDAY)
    assert fresh == pytest.approx(score([voice(1, after=timedelta(days=70))]), abs=0.01)


def test_nobody_is_not_hot():
    assert score([]) == 0.0


@pytest.fixture
def places(db_session):
    rows = [
        Municipality(name="Großstadt", slug="g", kind="town", land="08", population=300_000),
        Municipality(name="Kleinstadt", slug="k", kind="town", land="09", population=9_000),
        Municipality(name="Landkreis", slug="l", kind="district", land="09", population=90_000),
    ]
    db_session.add_all(rows)
    db_session.commit()
    return rows


def test_each_answer_brings_the_counts_up_to_date(db_session, make_user, make_thread, places):
    asker = make_user(belongs_to=[places[0]])
    thread = make_thread(author=asker)
    assert (thread.answers_by_others, thread.hot > 0) == (0, True)
    before = thread.hot
    services.add_post(asker, thread, "Noch etwas")
    assert thread.answers_by_others == 0
    for place in places:
        services.add_post(make_user(belongs_to=[place]), thread, "Bei uns so")
    db_session.commit()
    assert thread.answers_by_others == 3
    assert thread.hot > before + 1
    voices = db_session.get(ThreadVoices, thread.id)
    assert (voices.people, voices.municipalities) == (4, 3)


def test_hidden_and_deleted_posts_do_not_count(db_session, make_user, make_thread):
    thread = make_thread()
    for _number in range(2):
        services.add_post(make_user(), thread, "Antwort")
    warm = thread.hot
    first, second = db_session.query(Post).filter(Post.number > 1).order_by(Post.number)
    first.hidden, second.deleted = True, now()
    update_counts(thread)
    assert thread.answers_by_others == 0
    assert thread.hot < warm


def test_the_number_of_statements_does_not_depend_on_the_posts(
    db_session, make_user, make_thread, query_counter
):
    def statements(thread):
        db_session.commit()
        db_session.refresh(thread)
        with query_counter() as counted:
            update_counts(thread)
        return len(counted)

    few, many = make_thread(answers=1), make_thread(answers=1)
    for number in range(12):
        services.add_post(make_user(), many, f"Antwort {number}")
    assert statements(few) == statements(many) <= 3


def test_imported_threads_come_with_counts(db_session):
    said = [{"author": f"Person {n}", "created": "2025-03-01T10:00", "body": "x"} for n in "aabc"]
    line = {"category": "Altes", "title": "T", "author": "Person a", "created": "2025-03-01T10:00"}
    importer = Importer(visibility="public")
    conversations = [read_line(json.dumps({**line, "posts": said}))]
    importer.take(importer.prepare(conversations))
    db_session.commit()
    thread = db_session.query(Thread).one()
    assert thread.answers_by_others == 2
    assert thread.hot > 0


def test_threads_from_before_there_were_counts_get_them_at_night(db_session, make_thread):
    thread, other = make_thread(answers=1), make_thread()
    hot = thread.hot
    db_session.query(ThreadVoices).filter_by(thread_id=thread.id).delete()
    thread.hot = 0.0
    db_session.commit()
    assert derive_missing_counts() == 1
    assert db_session.get(Thread, thread.id).hot == pytest.approx(hot)
    assert derive_missing_counts() == 0
    derive_counts([other.id])
    assert db_session.get(ThreadVoices, other.id).people == 1


def test_a_thread_tells_from_which_kinds_of_municipality_people_come(
    client, db_session, make_user, make_thread, places
):
    thread = make_thread(author=make_user(belongs_to=[places[0]]))
    for place in (places[0], places[1], places[2]):
        services.add_post(make_user(belongs_to=[place]), thread, "Antwort")
    services.add_post(make_user("moderator"), thread, "Die KTS dazu")
    silent = make_user(belongs_to=[places[1]])
    services.add_post(silent, thread, "Verborgen")
    post = db_session.query(Post).filter_by(author_id=silent.id).one()
    services.hide_post(None, post, "Werbung")
    db_session.commit()
    taking_part = who_takes_part(thread)
    assert (
        taking_part.people,
        taking_part.municipalities,
        taking_part.has_moderators,
    ) == (5, 3, True)
    assert taking_part.sizes == [("large", 1), ("small", 1), ("district", 1)]


def test_the_example_in_the_documentation_is_right():
    day = datetime(2020, 1, 8, tzinfo=UTC)
    towns = [Voice(number, day) for number in range(1, 5)]
    example = {
        "ten posts": [towns[0], Voice(2, day, posts=10)],
        "one answer each": towns,
        "the same": [Voice(number, day - HALF_LIFE) for number in range(1, 5)],
        "three colleagues": [towns[0]] * 4,
        "a moderator": [towns[0], Voice(None, day)],
    }
    told = (Path(__file__).parents[2] / "docs/forum.md").read_text()
    for words, voices in example.items():
        row = next(line for line in told.splitlines() if line.startswith(f"| {words}"))
        assert row.endswith(f"| {score(voices):.2f} |"), row
