"""The lists of threads: what stands in each, in which order, narrowed down, and for whom."""

import re

import pytest

from kts.accounts.models import Guest
from kts.core.clock import now
from kts.forum import services
from kts.forum.models import Thread
from kts.forum.queries import threads as thread_queries
from kts.forum.queries.lists import LISTS, PERSONAL, Filters, _select, unread_ids
from kts.municipalities.models import Municipality, Topic
from kts.notifications.models import Subscription


def text(response):
    return response.get_data(as_text=True)


def titles(client, address):
    """Give the titles in the list at the address, in their order."""
    response = client.get(address)
    assert response.status_code == 200
    found = re.findall(r'forum-item__title"><a href="[^"]*">([^<]*)</a>', text(response))
    return [title.replace("&amp;", "&") for title in found]


@pytest.fixture
def topic(db_session):
    row = Topic(slug="daten", name="Daten") if hasattr(Topic, "name") else Topic(slug="daten")
    db_session.add(row)
    db_session.commit()
    return row


@pytest.fixture
def subscribe(db_session):
    """Give a function that lets a person choose a level."""

    def choose(person, kind, target_id, level):
        row = Subscription(user_id=person.id, kind=kind, target_id=target_id, level=level)
        db_session.add(row)
        db_session.commit()

    return choose


@pytest.fixture
def places(db_session):
    rows = [
        Municipality(name="Groß", slug="gross", kind="town", land="08", population=300_000),
        Municipality(name="Klein", slug="klein", kind="town", land="09", population=9_000),
        Municipality(name="Kreis", slug="kreis", kind="district", land="09", population=90_000),
    ]
    db_session.add_all(rows)
    db_session.commit()
    return rows


def test_new_threads_stand_in_the_order_in_which_they_were_opened(
    client, make_thread, make_user, db_session
):
    first = make_thread("Erste")
    make_thread("Zweite")
    services.add_post(make_user(), first, "Antwort")
    db_session.commit()
    assert titles(client, "/forum/liste/neu") == ["Zweite", "Erste"]
    assert titles(client, "/forum/liste/alle") == ["Erste", "Zweite"]
    assert client.get("/forum/liste/erfunden").status_code == 404


def test_lively_is_where_many_municipalities_talk(
    client, make_thread, make_user, db_session, places
):
    wide, loud = make_thread("Breit"), make_thread("Laut")
    for place in places:
        services.add_post(make_user(belongs_to=[place]), wide, "Bei uns so")
    talker = make_user(belongs_to=[places[0]])
    for number in range(10):
        services.add_post(talker, loud, f"Und noch {number}")
    db_session.commit()
    assert titles(client, "/forum/liste/aktuell") == ["Breit", "Laut"]


def test_unanswered_are_questions_that_wait_for_somebody_else(
    client, make_thread, make_user, db_session
):
    asker = make_user()
    make_thread("Offen", kind="question", author=asker)
    selfish = make_thread("Selbst ergänzt", kind="question", author=asker)
    services.add_post(asker, selfish, "Nachtrag")
    answered = make_thread("Beantwortet", kind="question")
    services.add_post(make_user(), answered, "So geht es")
    accepted = make_thread("Angenommen", kind="question", author=asker)
    accepted.accepted_post_id = accepted.last_post_id
    services.lock_thread(None, make_thread("Geschlossen", kind="question"), "x")
    make_thread("Plausch", kind="discussion")
    db_session.commit()
    assert titles(client, "/forum/liste/unbeantwortet") == ["Selbst ergänzt", "Offen"]


def test_mine_are_threads_that_one_opened_or_wrote_in(
    client, login, make_thread, make_user, db_session
):
    me = make_user()
    make_thread("Fremd")
    make_thread("Eröffnet", author=me)
    joined, regretted = make_thread("Mitgeredet"), make_thread("Zurückgenommen")
    services.add_post(me, joined, "Auch ich")
    services.add_post(me, regretted, "Doch nicht").deleted = now()
    db_session.commit()
    login(client, me)
    assert titles(client, "/forum/liste/meine") == ["Mitgeredet", "Eröffnet"]


def test_guests_are_asked_to_sign_in_for_lists_of_their_own(client, make_thread):
    make_thread("Öffentlich")
    for name in PERSONAL:
        page = text(client.get(f"/forum/liste/{name}?land=08"))
        assert f"/anmelden?next=/forum/liste/{name}" in page
        assert "forum-item" not in page
    page = text(client.get("/forum"))
    assert "/forum/liste/neu" in page
    assert "/forum/liste/ungelesen" not in page


@pytest.mark.parametrize("name", LISTS)
def test_no_list_shows_what_the_viewer_may_not_see(
    name, client, login, make_user, make_thread, make_category, make_group, subscribe, db_session
):
    group, outsider, insider = make_group(), make_user(), None
    insider = make_user(groups=[group])
    room = make_category("Werkraum", group.token)
    secret = make_thread("Geheim", category=room, kind="question")
    hidden = make_thread("Versteckt", kind="question")
    services.hide_thread(None, hidden, "Werbung")
    gone, merged = make_thread("Weg", kind="question"), make_thread("Verlegt", kind="question")
    for person in (outsider, insider):
        for thread in (secret, hidden, gone, merged):
            subscribe(person, "thread", thread.id, "watch")
            if name == "meine":
                services.add_post(person, thread, "Auch ich")
    gone.deleted, merged.merged_into_id = now(), secret.id
    db_session.commit()
    login(client, outsider)
    assert titles(client, f"/forum/liste/{name}") == []
    assert client.get(f"/forum/liste/{name}?bereich={room.slug}").status_code == 404
    login(client, insider)
    assert titles(client, f"/forum/liste/{name}") == ["Geheim"]
    assert titles(client, f"/forum/liste/{name}?bereich={room.slug}") == ["Geheim"]


def test_followed_are_threads_for_which_the_level_that_counts_is_loud(
    client, login, make_user, make_thread, make_category, make_group, subscribe, topic, places
):
    me, group = make_user(), make_group()
    me = make_user(groups=[group])
    room, team = make_category("Erfahrungen"), make_category("Werkraum", group.token)
    make_thread("Nichts gewählt")
    watched = make_thread("Beobachtet")
    quiet = make_thread("Stumm im Bereich", category=room)
    make_thread("Im Bereich", category=room)
    make_thread("Zum Feld", topics=[topic])
    make_thread("Zum Ort", municipality_id=places[0].id)
    make_thread("In der Gruppe", category=team)
    for kind, target, level in (
        ("thread", watched.id, "watch"),
        ("thread", quiet.id, "mute"),
        ("category", room.id, "follow"),
        ("topic", topic.id, "watch"),
        ("municipality", places[0].id, "follow"),
        ("group", group.id, "watch"),
    ):
        subscribe(me, kind, target, level)
    login(client, me)
    assert set(titles(client, "/forum/liste/verfolgt")) == {
        *("Beobachtet", "Im Bereich", "Zum Feld", "Zum Ort", "In der Gruppe")
    }


def test_muted_threads_are_left_out_until_somebody_asks_for_them(
    client, login, make_user, make_thread, make_category, category, subscribe
):
    me, room = make_user(), make_category("Lautes")
    make_thread("Gehört")
    muted = make_thread("Thema stumm")
    make_thread("Bereich stumm", category=room)
    wanted = make_thread("Im stummen Bereich beobachtet", category=room)
    subscribe(me, "thread", muted.id, "mute")
    subscribe(me, "category", room.id, "mute")
    subscribe(me, "thread", wanted.id, "watch")
    login(client, me)
    for name in ("neu", "aktuell"):
        assert set(titles(client, f"/forum/liste/{name}")) == {
            *("Gehört", "Im stummen Bereich beobachtet")
        }
        assert len(titles(client, f"/forum/liste/{name}?stumm=1")) == 4
    asked = titles(client, f"/forum/liste/neu?bereich={room.slug}")
    assert asked == ["Im stummen Bereich beobachtet", "Bereich stumm"]
    assert titles(client, f"/forum/liste/neu?bereich={category.slug}") == ["Gehört"]
    assert len(titles(client, "/forum/liste/alle")) == 4


def test_land_and_size_are_of_the_municipality_asked_about_else_of_the_one_that_asks(
    client, make_thread, make_user, places
):
    large, small, district = places
    make_thread("Über Groß", municipality_id=large.id, author=make_user(belongs_to=[small]))
    make_thread("Von Klein", author=make_user(belongs_to=[small]))
    make_thread("Vom Kreis", author=make_user(belongs_to=[district]))
    make_thread("Von niemandem")
    assert titles(client, "/forum/liste/neu?land=08") == ["Über Groß"]
    assert titles(client, "/forum/liste/neu?land=09") == ["Vom Kreis", "Von Klein"]
    assert titles(client, "/forum/liste/neu?groesse=large") == ["Über Groß"]
    assert titles(client, "/forum/liste/neu?groesse=small") == ["Von Klein"]
    assert titles(client, "/forum/liste/neu?groesse=district&land=09") == ["Vom Kreis"]
    assert titles(client, "/forum/liste/neu?groesse=district&land=08") == []


def test_filters_combine_and_can_be_removed_one_by_one(
    client, make_thread, make_category, topic, places
):
    room = make_category("Erfahrungen")
    right = {"category": room, "topics": [topic], "kind": "experience"}
    make_thread("Alles", municipality_id=places[0].id, **right)
    make_thread("Anderes Land", municipality_id=places[1].id, **right)
    make_thread("Andere Art", municipality_id=places[0].id, **{**right, "kind": "poll"})
    make_thread("Ohne Feld", municipality_id=places[0].id, category=room, kind="experience")
    make_thread("Anderer Bereich", municipality_id=places[0].id, topics=[topic], kind="experience")
    address = f"/forum/liste/neu?bereich={room.slug}&feld=daten&land=08&art=experience"
    assert titles(client, f"{address}&groesse=large") == ["Alles"]
    page = text(client.get(address)).replace("&amp;", "&")
    for without in ("land=08&", "feld=daten&", "&art=experience", "bereich=erfahrungen&"):
        shorter = address.replace(without, "")
        assert f'class="kts-chip" href="{shorter}"' in page
        assert len(titles(client, shorter)) == 2
    assert "/forum/liste/aktuell?bereich=erfahrungen&feld=daten" in page


def test_filters_survive_turning_pages_and_unknown_ones_do_not_filter(
    client, make_thread, make_user
):
    author = make_user()
    for number in range(27):
        make_thread(f"Frage {number:02}", author=author, kind="question")
    page = text(client.get("/forum/liste/neu?art=question&land=99&feld=erfunden"))
    assert "art=question&amp;seite=2" in page
    assert "land=99" not in page.split("<main")[1]
    assert titles(client, "/forum/liste/neu?art=question&seite=2") == ["Frage 01", "Frage 00"]
    assert titles(client, "/forum/liste/neu?art=question&seite=99") == ["Frage 01", "Frage 00"]


def test_a_long_list_is_counted_only_so_far_and_can_be_paged_beyond(
    client, make_thread, make_user, monkeypatch
):
    monkeypatch.setattr(thread_queries, "COUNTED", 4)
    monkeypatch.setattr(thread_queries, "THREADS_PER_PAGE", 2)
    monkeypatch.setattr(thread_queries, "PAGES_AHEAD", 1)
    author = make_user()
    for number in range(9):
        make_thread(f"Frage {number}", author=author)
    first = text(client.get("/forum/liste/neu"))
    assert re.search(r"(mehr als|more than) 4 ", first)
    assert "seite=3" not in first
    assert titles(client, "/forum/liste/neu?seite=3") == ["Frage 4", "Frage 3"]
    assert titles(client, "/forum/liste/neu?seite=5") == ["Frage 0"]


def test_every_empty_list_says_what_could_stand_there(client, login, make_user):
    login(client, make_user())
    for name in LISTS:
        page = text(client.get(f"/forum/liste/{name}"))
        assert "kts-empty__title" in page
    assert "/forum/liste/neu" in text(client.get("/forum/liste/neu?land=08"))


def test_a_row_tells_what_matters(client, make_thread, make_user, db_session, places):
    thread = make_thread("Gelöst", kind="question", author=make_user(belongs_to=[places[0]]))
    answer = services.add_post(make_user(belongs_to=[places[1]]), thread, "So")
    thread.accepted_post_id, thread.problem_count = answer.id, 12
    db_session.commit()
    row = text(client.get("/forum/liste/neu")).split('<li class="forum-item">')[1]
    assert "kern-badge--success" in row
    assert "kern-badge--info" in row
    assert "forum-item__same" in row
    assert "12" in row
    assert "2 " in row.split("forum-item__same")[0].split("kts-meta")[1]


def test_the_number_of_statements_does_not_grow_with_the_rows(
    client,
    login,
    make_user,
    make_thread,
    make_category,
    category,
    forget_pages,
    query_counter,
    subscribe,
    places,
):
    def add(number):
        author = make_user(belongs_to=[places[number % 3]])
        thread = make_thread(
            f"Frage {number}", answers=1, author=author, municipality_id=places[0].id
        )
        services.add_post(member, thread, "Ich auch")
        make_thread(f"Offen {number}", kind="question")

    def counts():
        found = {}
        for address in (
            *("/forum", f"/forum/{category.slug}", "/forum/liste/neu?land=08"),
            *(f"/forum/liste/{name}" for name in LISTS),
        ):
            forget_pages()
            with query_counter() as statements:
                assert client.get(address).status_code == 200
            found[address] = len(statements)
        return found

    member = make_user()
    subscribe(member, "category", category.id, "watch")
    add(1)
    make_category("Zweites")
    for person in (None, member):
        if person:
            login(client, person)
        counts()
        before = counts()
        add(2)
        add(3)
        assert counts() == before
        assert max(before.values()) <= (24 if person else 14), before


def test_a_list_reads_its_index_and_sorts_nothing(app, db_session, make_thread, category):
    """What a list reads must not grow with the forum: no sorting but of the few rows found."""
    make_thread()
    for name in ("alle", "neu", "aktuell", "unbeantwortet"):
        for filters in (Filters(), Filters(category=category)):
            statement = _select(Guest(), name, filters, [category])(501)
            literal = {"compile_kwargs": {"literal_binds": True}}
            compiled = statement.compile(db_session.connection(), **literal)
            plan = db_session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}")
            steps = [row[3] for row in plan]
            read = next(n for n, step in enumerate(steps) if re.search(r"\bthread\b", step))
            assert "USING INDEX ix_thread_" in steps[read], (name, steps)
            sorts = [n for n, step in enumerate(steps) if "TEMP B-TREE" in step]
            outer = next((n for n, step in enumerate(steps) if step.startswith("SCAN anon")), 99)
            assert all(n > outer for n in sorts), (name, filters, steps)


def test_deleted_threads_are_gone_for_others(client, make_thread, db_session):
    thread = make_thread("Zurückgenommen")
    thread.deleted = now()
    db_session.commit()
    assert titles(client, "/forum/liste/alle") == []
    assert db_session.query(Thread).count() == 1
    assert titles(client, f"/forum/{thread.category.slug}") == []


def test_threads_whose_numbers_are_known_are_looked_up_by_them(
    db_session, make_thread, make_user, category
):
    """Without that, a database reads all threads of a visibility to show those of one page."""
    make_thread()
    person = make_user()
    statements = {
        "a page's rows": thread_queries.chosen_threads(Guest(), list(range(1, 30))),
        "meine": _select(person, "meine", Filters(), [category])(501),
        "verfolgt": _select(person, "verfolgt", Filters(), [category])(501),
        "ungelesen": unread_ids(person, [category], 501),
    }
    for name, statement in statements.items():
        compiled = statement.compile(
            db_session.connection(), compile_kwargs={"literal_binds": True}
        )
        plan = db_session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}")
        steps = [row[3] for row in plan]
        looked_up = [step for step in steps if re.match("(SEARCH|SCAN) thread ", step)]
        assert looked_up, steps
        assert "PRIMARY KEY" in looked_up[0], (name, steps)
