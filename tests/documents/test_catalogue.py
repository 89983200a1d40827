"""The list of documents: grid, order, filters with counts, the table for office programs."""

import csv
import html
import io
import re

import pytest

from kts.documents import export, messages, queries
from kts.documents.accessibility import level_of
from kts.documents.export import harmless
from kts.documents.extraction.shapes import Accessibility
from kts.documents.models import KINDS
from tests.documents import samples

pytestmark = pytest.mark.usefixtures("no_drawing")


def titles(page):
    return re.findall(r'<h3 class="kts-item__title"><a[^>]*>([^<]+)</a>', page.text)


def table(answer):
    text = answer.get_data().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))


def test_every_kind_has_a_name():
    assert set(messages.KIND_NAMES) == set(KINDS)


@pytest.mark.parametrize("view", ["", "&ansicht=grid"])
@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("title", ["Anton", "Berta", "Cäsar"]),
        ("year", ["Cäsar", "Anton", "Berta"]),
        ("municipality", ["Berta", "Anton", "Cäsar"]),
        ("pages", ["Berta", "Cäsar", "Anton"]),
        ("newest", ["Cäsar", "Berta", "Anton"]),
    ],
)
def test_list_and_grid_are_in_the_order_that_was_asked_for(
    client, publish, town, other_town, order, expected, view
):
    publish("Ein Text.", "a.txt", title="Anton", municipality_id=town.id, year=2021)
    publish(samples.pdf(3), "b.pdf", title="Berta", municipality_id=other_town.id, year=2020)
    publish(title="Cäsar", year=2024)
    assert titles(client.get(f"/dokumente?sortierung={order}{view}")) == expected


def test_the_grid_keeps_filters_and_covers_are_made_where_there_is_no_page(client, publish, town):
    publish(title="Ohne Seitenbild", kind="report", municipality_id=town.id, licence="CC0")
    page = client.get("/dokumente?ansicht=grid&lizenz=CC0-1.0").text
    assert "kts-cover--report" in page
    assert 'name="ansicht" value="grid"' in page
    assert "ansicht=list" not in page  # the usual view needs no argument
    assert 'href="/dokumente?lizenz=CC0-1.0"' in page


def test_filters_say_how_many_documents_each_choice_gives(
    client, publish, town, other_town, topics
):
    publish(title="A", municipality_id=town.id, topics=topics, year=2020, licence="CC BY 4.0")
    publish(
        "B.",
        "b.txt",
        title="B",
        municipality_id=town.id,
        year=2021,
        licence="Eigene",
        kind="report",
    )
    publish(
        "C.", "c.txt", title="C", municipality_id=other_town.id, year=2021, visibility="members"
    )
    publish("D.", "d.txt", title="D", year=2021, licence="CC-BY-4.0", kind="report")

    def offered(address, name):
        page = html.unescape(client.get(address).text)
        box = re.search(rf'<select[^>]*name="{name}">(.*?)</select>', page, re.S)
        return (
            dict(re.findall(r'<option value="([^"]+)"[^>]*>[^<]*\((\d+)\)', box[1])) if box else {}
        )

    assert offered("/dokumente", "jahr") == {"2021": "2", "2020": "1"}
    assert offered("/dokumente", "lizenz") == {"CC-BY-4.0": "2", "other": "1"}
    # Under another filter the numbers are those that a click gives; the own filter does not count.
    assert offered("/dokumente?art=report", "lizenz") == {"CC-BY-4.0": "1", "other": "1"}
    assert offered("/dokumente?jahr=2021", "jahr") == {"2021": "2", "2020": "1"}
    assert titles(client.get("/dokumente?lizenz=other")) == ["B"]
    assert titles(client.get("/dokumente?lizenz=none")) == []


def test_each_filter_is_a_chip_that_takes_it_away(client, publish, town, topics):
    publish(title="Plan", municipality_id=town.id, topics=topics, year=2020)
    page = html.unescape(
        client.get("/dokumente?q=plan&jahr=2020&handlungsfeld=daten&sortierung=title").text
    )
    for rest in (
        "/dokumente?handlungsfeld=daten&jahr=2020&sortierung=title",
        "/dokumente?q=plan&handlungsfeld=daten&sortierung=title",
        "/dokumente?q=plan&jahr=2020&sortierung=title",
        "/dokumente?sortierung=title",
    ):
        addresses = re.findall(r'href="(/dokumente\?[^"]*)"', page)
        wanted = set(rest.partition("?")[2].split("&"))
        assert any(set(a.partition("?")[2].split("&")) == wanted for a in addresses), rest


@pytest.mark.parametrize(
    "query",
    [
        "lizenz=%00&sprache=' OR 1=1&land=%E2%98%83",
        "jahr=99999999999999&kommune=" + "x" * 3000,
        "q=" + "%25_" * 500,
        "handlungsfeld[]=1&ansicht=../..&page=99999999",
    ],
)
def test_hostile_filters_never_break_list_or_table(client, publish, query):
    publish(title="Plan", year=2020)
    assert client.get(f"/dokumente?{query}").status_code == 200
    assert client.get(f"/dokumente/liste.csv?{query}").status_code == 200


def test_the_table_holds_what_the_list_shows_and_nothing_else(
    client, login, make_user, publish, town, topics
):
    document = publish(
        title='=HYPERLINK("https://boese.example.org")',
        municipality_id=town.id,
        topics=topics,
        year=2024,
        licence="CC BY 4.0",
        description="Zeile eins\nZeile; zwei",
        publisher="Verlag",
        source_url="https://example.org/a",
    )
    publish("B.", "b.txt", title="Nur intern", visibility="members")
    answer = client.get("/dokumente/liste.csv?jahr=2024")
    assert answer.get_data().startswith(b"\xef\xbb\xbf")
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    (row,) = table(answer)
    values = list(row.values())
    assert values[0] == '\'=HYPERLINK("https://boese.example.org")'
    for cell in ("Musterhausen", "CC-BY-4.0", "Daten, Mobilität", "Zeile eins Zeile; zwei", "2024"):
        assert cell in values, cell
    assert any(cell.endswith(document.path) and cell.startswith("http") for cell in values)
    assert "Nur intern" not in client.get("/dokumente/liste.csv").text
    login(client, make_user())
    assert "Nur intern" in client.get("/dokumente/liste.csv").text


@pytest.mark.parametrize(
    "cell", ["=1+1", "+49", "-1", "@SUM(A1)", "\t=1", "  =1", "\r\n=1", "%0A", "|cmd"]
)
def test_no_cell_is_a_formula(cell):
    assert harmless(cell).startswith("'")
    assert harmless("Digital = gut") == "Digital = gut"


def test_the_table_ends_at_its_limit_and_the_page_says_so(client, publish, monkeypatch):
    for number in range(3):
        publish(f"Text {number}.", "a.txt", title=f"Titel {number}")
    assert "1.000" not in client.get("/dokumente").text
    monkeypatch.setattr(export, "MOST_ROWS", 2)
    assert len(table(client.get("/dokumente/liste.csv"))) == 2
    assert '<p class="kts-small kts-muted">' in client.get("/dokumente").text


def test_list_grid_and_table_need_a_fixed_number_of_statements(
    client, publish, town, other_town, topics, query_counter
):
    addresses = ("/dokumente", "/dokumente?ansicht=grid&jahr=2020", "/dokumente/liste.csv")
    publish(title="Eins", municipality_id=town.id, topics=topics, year=2020)
    publish("Zwei.", "b.txt", title="Zwei", municipality_id=other_town.id, topics=topics, year=2020)

    def count():
        numbers = []
        for address in addresses:
            with query_counter() as statements:
                client.get(address).get_data()
            numbers.append(len(statements))
        return numbers

    before = count()
    publish("Drei.", "c.txt", title="Drei", municipality_id=town.id, topics=topics[:1], year=2020)
    publish("Vier.", "d.txt", title="Vier", municipality_id=other_town.id, topics=topics, year=2020)
    assert count() == before


def test_a_document_without_search_is_shown_without_similar_ones(client, publish, monkeypatch):
    document = publish(title="Allein")

    def broken(*_args):
        raise RuntimeError("no index")

    monkeypatch.setattr(queries.search, "similar", broken)
    answer = client.get(document.path)
    assert answer.status_code == 200
    assert 'id="similar"' not in answer.text


def test_similar_documents_are_only_those_that_the_reader_may_see(
    app, client, publish, town, other_town, topics, monkeypatch
):
    own = publish(title="Eins", municipality_id=town.id, topics=topics)
    near = publish("B.", "b.txt", title="Zwei", municipality_id=town.id)
    far = publish("C.", "c.txt", title="Drei", municipality_id=other_town.id, topics=topics[:1])
    secret = publish("D.", "d.txt", title="Geheim", visibility="members")

    class Hit:
        def __init__(self, document):
            self.id = document.id

    found = [Hit(own), Hit(near), Hit(secret), Hit(far)]
    monkeypatch.setattr(queries.search, "similar", lambda *_args: found)
    page = client.get(own.path).text
    similar = page[page.index('id="similar"') :]
    assert "Geheim" not in page
    assert similar.index("Drei") < similar.index("Zwei")  # another municipality first
    assert "Mobilität" in similar


def test_facts_about_the_file_are_told_in_words(client, publish, db_session):
    document = publish(title="Plan")
    facts = Accessibility(tagged=False, pages_without_text=2)
    document.current_version.accessibility_facts = facts.to_json()
    db_session.commit()
    page = html.unescape(client.get(document.path).text)
    assert "kts-points__bad" in page
    assert f"/barriere-melden?von={document.path}" in page
    document.current_version.accessibility_facts = None
    db_session.commit()
    assert "kts-points" not in client.get(document.path).text


def test_the_worst_fact_decides():
    good = {"tagged": True, "language": "de"}
    assert level_of(Accessibility(**good), 10) == "good"
    assert level_of(Accessibility(tagged=True), 10) == "limited"
    assert level_of(Accessibility(**good, pages_without_text=1), 10) == "limited"
    assert level_of(Accessibility(**good, pages_without_text=6), 10) == "bad"
    assert level_of(Accessibility(**good, blocks_reading=True), 10) == "bad"


def test_programs_get_the_same_metadata(client, publish, town):
    document = publish(title="Plan", municipality_id=town.id, licence="dl-de/by-2-0", publisher="V")
    item = client.get(f"/api/v1/documents/{document.id}").json
    assert item["licence"] == "Datenlizenz Deutschland – Namensnennung 2.0"
    assert item["licence_id"] == "DL-DE-BY-2.0"
    assert item["licence_dcat"] == "http://dcat-ap.de/def/licenses/dl-by-de/2.0"
    assert (item["publisher"], item["description"], item["accessibility"]) == ("V", "", None)
