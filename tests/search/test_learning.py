"""What is searched is counted without the person; what is good may be suggested to others."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import inspect, select

from kts.core.clock import now
from kts.extensions import db
from kts.municipalities.models import Municipality
from kts.search import learning, sync
from kts.search.engine import SearchResponse
from kts.search.models import ClickCount, GoodQuery, QueryCount, SettledQuery

SOMETHING = SearchResponse(9, 1.0, ())
SAME_SITE = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def town(db_session):
    """Make a municipality that the index knows."""
    town = Municipality(name="Musterhausen", slug="musterhausen", kind="town", land="08")
    db_session.add(town)
    db_session.commit()
    sync.rebuild()
    return town


def counted(column=QueryCount.searches):
    db.session.rollback()
    found = dict(db.session.execute(select(QueryCount.text, column)).all())
    db.session.rollback()  # the test holds no right to write while the site counts
    return found


def asked_on(text, days, times=2, **values):
    """Count a query on each of so many last days."""
    for day in range(days):
        row = {"searches": times, "empty": 0, "weak": 0, "clicks": 0, **values}
        date = now().date() - timedelta(days=day)
        db.session.add(QueryCount(day=date, folded=learning.folded(text), text=text, **row))
    db.session.commit()


def test_a_search_is_counted_once_for_all_spellings(client, town):
    for asked in ("Müllabfuhr", "muellabfuhr", "  MÜLLABFUHR? "):
        assert client.get("/suche", query_string={"q": asked}).status_code == 200
    assert counted() == {"Müllabfuhr": 3}
    assert counted(QueryCount.empty) == {"Müllabfuhr": 3}
    client.get("/suche?q=Musterhausen")
    assert counted(QueryCount.weak)["Musterhausen"] == 1  # a single hit
    assert counted(QueryCount.empty)["Musterhausen"] == 0


def test_filters_further_pages_reloads_and_programs_are_no_new_searches(client, town):
    client.get("/suche?q=Musterhausen")
    for address in ("&kind=municipality", "&seite=2", "&land=08"):
        client.get(f"/suche?q=Musterhausen{address}")
    client.get("/suche?q=Musterhausen", headers={"Cache-Control": "max-age=0"})
    client.get("/suche?q=Musterhausen", headers={"Sec-Purpose": "prefetch;prerender"})
    client.get("/suche?q=Musterhausen", headers={"User-Agent": "Mozilla/5.0 (Examplebot/2.1)"})
    before = "http://localhost/suche?q=musterhausen&kind=thread"
    client.get("/suche?q=Musterhausen", headers={"Referer": before})
    client.get("/api/v1/search?q=Musterhausen")
    assert counted() == {"Musterhausen": 1}


@pytest.mark.parametrize(
    "asked",
    [
        "nele.neu@stadt.example.org",
        "Anruf 0731 161 0000",
        "+49 731 1610000",
        "nele.neu @ stadt.example.org",
        "nele.neu＠stadt.example.org",
        "DE89 3704 0044 0532 0130 00",
        "Aktenzeichen 4711081",
        "…",
        "12",
    ],
)
def test_what_looks_like_personal_data_or_holds_no_word_is_not_kept(app, db_session, asked):
    learning.record_search(asked, SOMETHING, False)
    assert counted() == {}


def test_years_and_paragraphs_are_kept(app, db_session):
    for asked in ("Haushalt 2024 2025", "§ 25 TDDDG", "OZG 2.0"):
        learning.record_search(asked, SOMETHING, False)
    assert len(counted()) == 3


def test_long_and_odd_queries_are_cut_and_harmless(app, db_session):
    learning.record_search("wort " * 200, SOMETHING, False)
    learning.record_search("a\x00b\u202ec", SOMETHING, False)
    assert sorted(map(len, counted())) == [3, 120]


def test_the_tables_hold_no_person_and_no_time_finer_than_the_day(app, db_session):
    for table in (QueryCount, ClickCount, GoodQuery):
        for column in inspect(table).columns:
            assert not column.foreign_keys, column
            assert column.type.__class__.__name__ in ("Integer", "String", "Date"), column


def test_a_search_is_answered_when_it_cannot_be_counted(client, town, monkeypatch):
    monkeypatch.setattr(learning, "_write", lambda *_: 1 / 0)
    assert client.get("/suche?q=Musterhausen").status_code == 200
    assert counted() == {}


def test_without_an_index_nothing_counts_as_missing(client, db_session):
    client.get("/suche?q=Musterhausen")
    assert counted() == {}


def test_new_queries_of_a_day_are_bounded_and_known_ones_go_on(app, db_session, monkeypatch):
    monkeypatch.setattr(learning, "NEW_A_DAY", 2)
    for asked in ("eins", "zwei", "drei", "eins"):
        learning.record_search(asked, SOMETHING, False)
    assert counted() == {"eins": 2, "zwei": 1}


def test_counts_of_two_processes_add_up(app, db_session):
    for _process in range(2):
        app.extensions.pop("kts_search_counts", None)
        learning.record_search("Radverkehr", SOMETHING, False)
    assert counted() == {"Radverkehr": 2}


def test_counts_wait_in_memory_and_are_written_together(app, db_session):
    app.config["TASKS"] = "later"
    for _time in range(3):
        learning.record_search("Radverkehr", SOMETHING, False)
    assert counted() == {}
    waiting = app.extensions["kts_search_counts"]
    waiting.timer.cancel()
    learning.write_counts(app)
    assert counted() == {"Radverkehr": 3}
    assert not waiting.counts


def test_a_search_writes_with_one_short_transaction(client, town, query_counter):
    client.get("/suche?q=Musterhausen")
    with query_counter() as statements:
        client.get("/suche?q=Musterhausen")
    writes = [text for text in statements if text.startswith(("INSERT", "UPDATE", "DELETE"))]
    assert len(writes) == 1


def test_a_click_counts_for_what_the_search_shows(client, town):
    client.get("/suche?q=Musterhausen")
    told = {"q": "Musterhausen", "hit": f"municipality:{town.id}", "rank": "1"}
    assert client.post("/suche/klick", data=told, headers=SAME_SITE).status_code == 204
    assert counted(QueryCount.clicks) == {"Musterhausen": 1}
    row = db.session.execute(select(ClickCount.parent, ClickCount.clicks, ClickCount.ranks)).one()
    assert tuple(row) == (f"municipality:{town.id}", 1, 1)


def test_clicks_that_nobody_can_have_made_are_not_counted(client, town):
    client.get("/suche?q=Musterhausen")
    for q, hit in (
        ("Musterhausen", "municipality:4711"),
        ("Musterhausen", "thread:1"),
        ("Musterhausen", "'; drop table"),
        ("Musterhausen", ""),
        ("", f"municipality:{town.id}"),
        ("Musterhaus", f"municipality:{town.id}"),  # nobody has searched for it
    ):
        told = {"q": q, "hit": hit, "rank": "x"}
        assert client.post("/suche/klick", data=told, headers=SAME_SITE).status_code == 204
    assert counted(QueryCount.clicks) == {"Musterhausen": 0}
    assert db.session.scalar(select(ClickCount)) is None


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://elsewhere.example.org"},
        {"Origin": "null"},
    ],
)
def test_another_site_cannot_count_clicks(client, town, headers):
    told = {"q": "Musterhausen", "hit": f"municipality:{town.id}"}
    assert client.post("/suche/klick", data=told, headers=headers).status_code == 400


def test_counting_sets_no_cookie(client, town):
    answers = [client.get("/suche?q=Musterhausen")]
    told = {"q": "Musterhausen", "hit": f"municipality:{town.id}"}
    answers.append(client.post("/suche/klick", data=told, headers=SAME_SITE))
    assert not any("Set-Cookie" in answer.headers for answer in answers)


def test_the_script_tells_what_the_page_marks(client, town):
    page = client.get("/suche?q=Musterhausen").text
    assert f'data-kts-hit="municipality:{town.id}"' in page
    assert 'data-kts-query="Musterhausen"' in page
    assert "js/clicks" in page
    script = Path(learning.__file__).parents[1] / "static/js/clicks.js"
    assert "/suche/klick" in script.read_text()


def test_good_queries_were_asked_on_several_days_and_are_answered_to_guests(app, town):
    asked_on("Musterhausen", 3)
    asked_on("Muster an einem Tag", 1, times=50)
    asked_on("Musterhafen", 5)  # in vain: it holds a word that nothing public holds
    learning.choose_good_queries()
    assert learning.good_queries("must") == ["Musterhausen"]
    assert learning.good_queries("MUSTERH") == ["Musterhausen"]
    assert learning.good_queries("") == []
    assert learning.good_queries("%") == []


def test_what_only_a_closed_room_answers_is_never_suggested(app, make_user, town):
    from kts.accounts import services as accounts
    from kts.forum import services as forum

    member = make_user()
    group = accounts.create_group(make_user("moderator"), "AEG Daten")
    accounts.add_to_group(member, group)
    room = forum.create_category(None, "Geschlossen", visibility=group.token)
    forum.create_thread(member, room, "Kranichflug", "Der Kranichflug beginnt im Oktober.")
    db.session.commit()
    sync.drain()
    asked_on("Kranichflug", 9, times=9, clicks=9)
    asked_on("Musterhausen", 3)
    learning.choose_good_queries()
    assert db.session.scalars(select(GoodQuery.text)).all() == ["Musterhausen"]


@pytest.mark.parametrize(
    "asked",
    [
        "Musterhausen -Kranichflug",
        'Musterhausen -"Kranichflug im Oktober"',
        "Musterhausen jahr:Kranichflug",
        "Musterhausen typ:Kranichflug",
        "Musterhausen kommune:Kranichflug",
    ],
)
def test_what_a_search_leaves_out_is_never_suggested(app, town, asked):
    asked_on(asked, 9, times=9)
    learning.choose_good_queries()
    assert db.session.scalar(select(GoodQuery)) is None


def test_a_single_odd_spelling_is_not_the_one_that_is_suggested(app, town):
    asked_on("Musterhausen", 9)
    odd = QueryCount(
        day=now().date() - timedelta(days=20),
        folded="musterhausen",
        text="ｍｕｓｔｅｒｈａｕｓｅｎ",
        searches=1,
    )
    db.session.add(odd)
    db.session.commit()
    learning.choose_good_queries()
    assert learning.good_queries("must") == ["Musterhausen"]


def test_what_moderators_ignore_is_not_suggested(app, town):
    asked_on("Musterhausen", 9)
    db.session.add(SettledQuery(folded="musterhausen", text="Musterhausen", outcome="ignored"))
    db.session.commit()
    learning.choose_good_queries()
    assert learning.good_queries("must") == []


def test_good_queries_are_offered_while_typing(client, town):
    asked_on("Musterhausen im Überblick", 9)
    db.session.add(GoodQuery(folded="musterhausen im uberblick", text="Musterhausen im Überblick"))
    db.session.commit()
    assert "Musterhausen im Überblick" in client.get("/suche/vorschlaege?q=Muste").text


def test_old_counts_are_forgotten(app, db_session):
    old = now().date() - learning.KEPT - timedelta(days=1)
    for day in (old, now().date()):
        db.session.add(QueryCount(day=day, folded="x", text=f"x {day}", searches=1))
        db.session.add(ClickCount(day=day, folded="x", parent="document:1", clicks=1))
    db.session.commit()
    learning.forget_old_counts()
    assert len(counted()) == 1
    assert len(db.session.scalars(select(ClickCount)).all()) == 1
