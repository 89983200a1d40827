"""The pages of the search, over HTTP, as guest and member see them."""

import re
import shutil

import pytest

from kts.accounts.models import Group
from kts.municipalities.models import Municipality, Topic
from kts.search.engine import Change
from kts.search.models import Synonym
from kts.search.services import engine
from tests.conftest import make_app
from tests.search.conftest import MOMENT, make_document

EARLY, LATE = MOMENT.replace(year=2020), MOMENT.replace(year=2026)


@pytest.fixture
def index(db_session):
    """Give a function that fills the application's index."""

    def fill(*documents):
        engine().rebuild(documents)

    return fill


@pytest.fixture
def library(index):
    index(
        make_document(7, "Der Winterdienst räumt nach Sensordaten.", page=12, heading="Betrieb",
                      url="/dokumente/7-strategie/seite/12", title="Strategie der Musterstadt"),
        make_document(7, "Sensoren melden Glätte an den Winterdienst.", page=13,
                      url="/dokumente/7-strategie/seite/13", title="Strategie der Musterstadt"),
        make_document(3, "Welche Sensoren nutzt Ihr im Winterdienst?", kind="thread",
                      title="Sensoren im Winter", url="/thema/3-sensoren#beitrag-1", land="09"),
        make_document(4, "Interne Sensoren im Winterdienst.", kind="thread", title="Nur intern",
                      visibility="members", municipality="geheimstadt", land="01", year=2019),
    )  # fmt: skip


def test_a_hit_shows_page_passage_and_the_way_to_it(client, library):
    page = client.get("/suche?q=Winterdienst").text
    assert 'href="/dokumente/7-strategie/seite/12?q=Winterdienst"' in page
    assert "Seite 12: Betrieb" in page
    assert "<mark>Winterdienst</mark>" in page
    assert 'href="/dokumente/7-strategie/seite/13?q=Winterdienst"' in page
    assert 'href="/thema/3-sensoren#beitrag-1"' in page
    assert re.search(r'role="status">\s*2 Treffer', page)


def test_the_question_stays_in_the_box(client, library):
    page = client.get('/suche?q="><script>alert(1)</script>').text
    assert "<script>alert" not in page
    assert "&#34;&gt;&lt;script&gt;" in page


def test_guests_see_nothing_of_members_content_and_members_do(client, library, make_user, login):
    guest = client.get("/suche?q=Sensoren").text
    assert re.search(r'role="status">\s*2 Treffer', guest)
    for secret in ("Nur intern", "geheimstadt", "Schleswig", 'value="01"', "2019"):
        assert secret not in guest
    assert "Nur intern" not in client.get("/suche/vorschlaege?q=Nur").text
    assert "Keine Treffer" in client.get("/suche?q=Nur+intern&land=01").text
    login(client, make_user())
    member = client.get("/suche?q=Sensoren").text
    assert re.search(r'role="status">\s*3 Treffer', member)
    assert "Nur intern" in member
    assert "Nur intern" in client.get("/suche/vorschlaege?q=Nur").text


def test_group_content_is_for_the_group(client, index, make_user, login, db_session):
    index(make_document(4, "Sensoren.", title="Werkraum", visibility="group:77", kind="thread"))
    login(client, make_user())
    assert "Werkraum" not in client.get("/suche?q=Sensoren").text
    group = Group(name="Werkgruppe", closed=True)
    db_session.add(group)
    db_session.commit()
    index(make_document(4, "Sensoren.", title="Werkraum", visibility=group.token, kind="thread"))
    login(client, make_user(groups=[group]))
    assert "Werkraum" in client.get("/suche?q=Sensoren").text


def test_facets_keep_the_address_and_narrow_down(client, library):
    page = client.get("/suche?q=Sensoren&land=09").text
    assert re.search(r'role="status">\s*1 Treffer', page)
    assert re.search(r'value="09" checked', page)
    assert re.search(r'name="land" value="08">', page)
    assert '<input type="hidden" name="q" value="Sensoren">' in page
    assert re.search(r'href="/suche\?q=Sensoren">[^<]*<span aria-hidden="true"> ×', page)


def test_kinds_are_tabs_with_counts(client, library):
    page = client.get("/suche?q=Sensoren").text
    assert re.search(r'kind=document"[^>]*>Dokumente <span class="kts-count">1</span>', page)
    assert re.search(r'kind=thread"[^>]*>Themen <span class="kts-count">1</span>', page)
    only = client.get("/suche?q=Sensoren&kind=thread").text
    assert "Strategie der Musterstadt" not in only


def test_many_hits_have_pages_that_keep_filters(client, index):
    index(*(make_document(n, "Sensoren.", title=f"Titel {n}") for n in range(1, 35)))
    page = client.get("/suche?q=Sensoren&land=08&sort=newest").text
    link = re.search(r'href="([^"]*seite=2[^"]*)"', page)[1].replace("&amp;", "&")
    assert "land=08" in link
    assert "sort=newest" in link
    second = client.get(link).text
    assert 'start="11"' in second
    beyond = client.get("/suche?q=Sensoren&seite=99").text
    assert 'start="31"' in beyond


def test_without_a_question_the_page_tells_how_to_search(client, library):
    for address in ("/suche", "/suche?q=", "/suche?q=%20"):
        page = client.get(address).text
        assert "So finden Sie mehr" in page


def test_no_hit_comes_with_advice(client, library):
    page = client.get("/suche?q=Xylophonorchester").text
    assert "Keine Treffer" in page
    assert 'href="/forum"' in page
    assert "Melden Sie sich an" in page


def test_only_common_words_are_explained(client, library):
    assert "in jedem Text stehen" in client.get("/suche?q=wer+ist+das").text


def test_a_typing_error_is_told(client, library):
    page = client.get("/suche?q=Winterdinst").text
    assert "Für „Winterdinst“ wurde nichts gefunden" in page
    assert "<strong>Winterdienst</strong>" in page
    assert "/seite/12" in page


@pytest.mark.parametrize(
    "arguments",
    [
        "q=Sensoren&seite=x", "q=Sensoren&seite=-3", "q=Sensoren&year=abc", "q=Sensoren&sort=x",
        "q=Sensoren&kind=x&land=y&topic=z", "q=" + "a" * 8000, "q=%00", "q=%F0%9F%99%82",
        "q=%22%22%22", "q=Sensoren&year=99999999999999999999", "seite=2",
    ],
)  # fmt: skip
def test_no_address_breaks_the_page(client, library, arguments):
    assert client.get(f"/suche?{arguments}").status_code == 200
    assert client.get(f"/suche/vorschlaege?{arguments}").status_code == 200


def test_suggestions_are_links(client, library):
    page = client.get("/suche/vorschlaege?q=Sens").text
    assert 'href="/thema/3-sensoren#beitrag-1"' in page
    assert "Sensoren im Winter" in page
    assert "<html" not in page
    assert client.get("/suche/vorschlaege?q=").text.strip() == ""


def test_a_search_takes_a_fixed_number_of_statements(client, index, query_counter):
    index(*(make_document(n, "Sensoren.", title=f"T {n}") for n in range(1, 3)))
    with query_counter() as few:
        client.get("/suche?q=Sensoren")
    index(*(make_document(n, "Sensoren.", title=f"T {n}") for n in range(1, 11)))
    with query_counter() as many:
        client.get("/suche?q=Sensoren")
    assert len(many) == len(few)


def test_searching_too_often_is_refused(tmp_path, database_template):
    shutil.copy(database_template, tmp_path / "kts.sqlite3")
    app = make_app(tmp_path, RATELIMIT_ENABLED=True)
    client = app.test_client()
    answers = {client.get("/suche").status_code for _ in range(70)}
    assert answers == {200, 429}


def test_every_page_has_the_box(client, library):
    page = client.get("/suche?q=Sensoren").text
    assert re.search(r'id="header-q"[^>]*value="Sensoren"', page)
    start = client.get("/suche").text
    assert start.count('role="search"') == 2
    assert 'id="page-q"' in start


@pytest.fixture
def places(db_session):
    db_session.add_all(
        [
            Municipality(name="Musterstadt", slug="musterstadt", land="08"),
            Municipality(name="Beispielburg", slug="beispielburg", land="09"),
        ]
    )
    db_session.commit()


def test_an_operator_is_a_chip_that_can_be_removed(client, library, places):
    page = client.get("/suche?q=Winterdienst+kommune:Musterstadt+jahr:2019-2025").text
    assert re.search(
        r'class="kts-chip" href="/suche\?q=Winterdienst\+jahr:2019-2025">Musterstadt', page
    )
    assert re.search(
        r'href="/suche\?q=Winterdienst&amp;municipality=musterstadt">2019 bis 2025', page
    )
    assert re.search(r'value="musterstadt" checked', page)
    assert 'name="q" value="Winterdienst jahr:2019-2025"' in page
    assert re.search(r'id="header-q"[^>]*value="Winterdienst kommune:Musterstadt', page)


def test_an_unknown_name_is_told_with_a_way_on(client, library, places):
    page = client.get("/suche?q=Winterdienst+kommune:Musterstatt").text
    assert "Musterstatt“" in page
    assert 'href="/suche?q=Winterdienst+kommune:Musterstadt"><strong>Musterstadt' in page
    assert "/seite/12" in page


def test_only_a_filter_finds_what_it_names(client, index, places):
    index(make_document(1, "Die Musterstadt plant.", title="Plan"),
          make_document(2, "Die Beispielburg und die Musterstadt.", municipality="beispielburg",
                        title="Anderer Plan"))  # fmt: skip
    page = client.get("/suche?q=kommune:Musterstadt").text
    assert ">Plan<" in re.sub(r"</?mark>", "", page)
    assert "Anderer Plan" not in page


def test_every_example_of_the_table_leads_to_a_page(client, library, places):
    start = client.get("/suche").text
    table = start[start.index("kts-operators__table") :]
    links = [link.replace("&amp;", "&") for link in re.findall(r'href="(/suche\?[^"]+)"', table)]
    assert len(links) >= 6
    for link in links:
        page = client.get(link).text
        assert "kts-results__count" in page
        assert "Meinten Sie" not in page


@pytest.mark.parametrize(
    ("sort", "first"), [("oldest", "Alpha"), ("newest", "Beta"), ("title", "Alpha")]
)
def test_hits_can_be_sorted_and_stay_so_on_the_next_page(client, index, sort, first):
    index(make_document(1, "Sensoren.", title="Beta", updated=LATE),
          make_document(2, "Sensoren.", title="Alpha", updated=EARLY))  # fmt: skip
    page = client.get(f"/suche?q=Sensoren&sort={sort}").text
    titles = re.findall(r'data-kts-rank="1">([^<]+)', page)
    assert titles[0] == first
    assert f'name="sort" value="{sort}"' in page
    assert re.search(rf'sort={sort}" aria-current="true"', page)


def test_only_what_is_new_can_be_asked_for(client, index):
    index(make_document(1, "Sensoren.", title="Altes", updated=EARLY),
          make_document(2, "Sensoren.", title="Neues", updated=LATE))  # fmt: skip
    page = client.get("/suche?q=Sensoren&seit=2025-06-01T00:00:00Z").text
    assert ">Neues<" in page
    assert ">Altes<" not in page
    for odd in ("x", "9999-12-31T23:59:59-23:00", "0001-01-01T00:00:00%2B14:00", "2025"):
        assert client.get(f"/suche?q=Sensoren&seit={odd}").status_code == 200


def test_a_hit_tells_its_version_and_that_a_newer_one_exists(client, index):
    index(make_document(1, "Sensoren.", page=3, version=1, superseded=True),
          make_document(2, "Sensoren.", page=3, version=2))  # fmt: skip
    page = client.get("/suche?q=Sensoren").text
    assert page.count("ältere Fassung") == 1
    assert "Fassung 2" in page
    assert 'href="/dokumente/2-x/suche?q=Sensoren"' in page


def test_hits_carry_what_counting_clicks_needs(client, library):
    page = client.get("/suche?q=Winterdienst").text
    assert 'data-kts-query="Winterdienst"' in page
    assert re.search(r'seite/12[^"]*" data-kts-hit="document:7" data-kts-rank="[12]"', page)


def test_a_missing_index_is_told(client, db_session):
    assert "Die Suche wird gerade eingerichtet" in client.get("/suche?q=Sensoren").text


@pytest.mark.parametrize("query", ["%F0%9F%99%82", "-Auto", "!!!", "jahr:2021"])
def test_a_question_without_a_word_asks_for_one(client, library, query):
    assert "Wonach suchen Sie?" in client.get(f"/suche?q={query}").text


def test_suggestions_come_in_groups_with_the_ids_of_their_box(client, library, db_session):
    db_session.add(Topic(slug="sensorik", name="Sensorik"))
    db_session.commit()
    page = client.get("/suche/vorschlaege?q=Sens&box=page-q").text
    assert 'id="page-q-listbox"' in page
    assert 'role="option"' in page
    assert ">Themen<" in page
    assert ">Handlungsfelder<" in page
    assert 'href="/suche?q=thema:Sensorik"' in page
    assert 'id="box-listbox"' in client.get('/suche/vorschlaege?q=Sens&box="><script>').text


def test_behind_an_operator_its_values_are_suggested(client, library, places):
    page = client.get("/suche/vorschlaege?q=Winter+kommune:Mus").text
    assert 'data-kts-fill="Winter kommune:Musterstadt "' in page
    assert "Sensoren im Winter" not in page
    assert 'data-kts-fill="typ:Dokument "' in client.get("/suche/vorschlaege?q=typ:do").text
    after = client.get("/suche/vorschlaege?q=kommune:Musterstadt+Sens").text
    assert "Sensoren im Winter" in after


def test_a_page_of_hits_is_searched_once_until_something_of_it_changes(
    client, index, library, places, db_session, monkeypatch
):
    asked = []
    search = type(engine()).search
    monkeypatch.setattr(
        type(engine()), "search", lambda self, request: asked.append(1) or search(self, request)
    )

    def hits():
        asked.clear()
        return re.findall(r"kts-hit__title.*?>([^<]+)<", client.get("/suche?q=Winterdienst").text)

    hits()
    before = hits()
    assert before
    assert not asked
    engine().apply([Change("thread:3")])
    assert len(hits()) == len(before) - 1
    assert asked
    db_session.add(Synonym(words="Winterdienst, Räumdienst"))
    db_session.commit()
    hits()
    assert asked
    db_session.query(Municipality).first().name = "Neuhausen"
    db_session.commit()
    hits()
    assert asked


def test_a_kept_page_of_hits_is_of_one_audience_and_one_address(client, library, make_user, login):
    client.get("/suche?q=Sensoren")
    login(client, make_user())
    member = client.get("/suche?q=Sensoren").text
    assert "Nur intern" in member
    assert "Nur intern" not in client.get("/suche?q=Sensoren&land=09").text
    guest = client.application.test_client()
    assert "Nur intern" not in guest.get("/suche?q=Sensoren").text
