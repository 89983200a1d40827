"""Operators of the search box: what is one, what it names, and that no mistake makes it worse."""

import json

import pytest

from kts.municipalities.models import Municipality, Topic
from kts.search import operators
from kts.search.asked import understand
from kts.search.cli import search
from kts.search.operators import Years
from kts.search.query import parse, tidy
from kts.search.services import engine
from tests.patience import takes_less_than
from tests.search.conftest import make_document


def read(text):
    return [(found.facet, found.value, found.excluded) for found in operators.read(tidy(text))]


@pytest.mark.parametrize(
    ("text", "facet", "value"),
    [
        ("kommune:Ulm", "municipality", "Ulm"),
        ("KOMMUNE:ulm", "municipality", "ulm"),
        ("Stadt: Ulm", "municipality", "Ulm"),
        ("gemeinde:Ulm,", "municipality", "Ulm"),
        ("town:Ulm", "municipality", "Ulm"),
        ('kommune:"Bad Mergentheim"', "municipality", "Bad Mergentheim"),
        ("kommune:„Bad Mergentheim“", "municipality", "Bad Mergentheim"),
        ("thema:Mobilität", "topic", "Mobilität"),
        ("handlungsfeld:Mobilita\u0308t", "topic", "Mobilität"),
        ("typ:dokument", "kind", "dokument"),
        ("art:Themen", "kind", "Themen"),
        ("jahr:2021", "year", "2021"),
        ("land:BW", "land", "BW"),
    ],
)
def test_an_operator_is_read_in_any_spelling(text, facet, value):
    assert read(text) == [(facet, value, False)]
    assert read(f"Klima {text}")[0][:2] == (facet, value)


@pytest.mark.parametrize(
    "text",
    [
        "Smart City: Ulm", "foo:bar", "https://example.org/kommune:x", "um 10:30 Uhr", "kommune:",
        '"kommune:Ulm"', 'kommune:""', "kommune : Ulm", "abkommune:Ulm", ":Ulm", "", "🙂:🙂",
    ],
)  # fmt: skip
def test_what_is_no_operator_stays_as_it_is(text):
    assert read(text) == []


def test_a_minus_before_an_operator_excludes():
    assert read("-typ:thema") == [("kind", "thema", True)]


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("2021", Years(2021, 2021)),
        ("2019-2022", Years(2019, 2022)),
        ("2019–2022", Years(2019, 2022)),
        ("2022-2019", Years(2019, 2022)),
        ("2019-22", Years(2019, 2022)),
        ("2019..2022", Years(2019, 2022)),
        (">2020", Years(2021, None)),
        (">= 2020", Years(2020, None)),
        ("ab 2020", Years(2020, None)),
        ("<2020", Years(None, 2019)),
        ("bis 2020", Years(None, 2020)),
        ("2020-", Years(2020, None)),
        ("letztes", None),
        ("99999", None),
        ("0000", None),
        ("-", None),
        ("", None),
    ],
)
def test_years_are_read_as_people_write_them(text, years):
    assert operators.years_of(text) == years
    if years:
        assert operators.years_of(str(years)) == years


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Klima kommune:U", ("municipality", "U", "Klima ")),
        ('kommune:"Bad M', ("municipality", "Bad M", "")),
        ("kommune:", ("municipality", "", "")),
        ("Klima", None),
        ("foo:U", None),
    ],
)
def test_the_operator_being_typed_is_known(typed, expected):
    assert operators.being_typed(typed) == expected


@pytest.fixture
def register(db_session):
    """Fill the register with places and fields of action, made up or well known by name only."""
    names = [
        ("Ulm", "ulm", "08421000"), ("Bad Musterheim", "bad-musterheim", None),
        ("Neustadt", "neustadt", None), ("Neustadt", "neustadt-sachsen", None),
        ("Münsterlein", "muensterlein", None),
    ]  # fmt: skip
    db_session.add_all(
        Municipality(name=name, slug=slug, ags=ags, land="08") for name, slug, ags in names
    )
    db_session.add_all(
        [
            Topic(slug="mobilitaet", name="Mobilität", name_en="Mobility"),
            Topic(slug="verwaltung", name="Verwaltung und Governance"),
        ]
    )
    db_session.commit()


@pytest.mark.parametrize(
    ("text", "facet", "values", "words"),
    [
        ("kommune:Ulm Klima", "municipality", {"ulm"}, "Klima"),
        ("Klima kommune:08421000", "municipality", {"ulm"}, "Klima"),
        ("kommune:Bad Musterheim Klima", "municipality", {"bad-musterheim"}, "Klima"),
        ("kommune:bad-musterheim", "municipality", {"bad-musterheim"}, ""),
        ("kommune:Muensterlein", "municipality", {"muensterlein"}, ""),
        ("kommune:MÜNSTERLEIN", "municipality", {"muensterlein"}, ""),
        ("kommune:munsterlein", "municipality", {"muensterlein"}, ""),
        ("kommune:Neustadt", "municipality", {"neustadt", "neustadt-sachsen"}, ""),
        ("kommune:neustadt-sachsen", "municipality", {"neustadt-sachsen"}, ""),
        ("kommune:Ulm,Neustadt", "municipality", {"ulm", "neustadt", "neustadt-sachsen"}, ""),
        ("kommune:Ulm stadt:Muensterlein", "municipality", {"ulm", "muensterlein"}, ""),
        ("thema:mobilitaet Bus", "topic", {"mobilitaet"}, "Bus"),
        ("thema:mobility", "topic", {"mobilitaet"}, ""),
        ("thema: Verwaltung und Governance Bus", "topic", {"verwaltung"}, "Bus"),
        ("land:BW", "land", {"08"}, ""),
        ("land:Baden-Württemberg", "land", {"08"}, ""),
        ("land:nrw Bus", "land", {"05"}, "Bus"),
        ("typ:dokumente", "kind", {"document"}, ""),
        ("typ:diskussion", "kind", {"thread"}, ""),
        ("-typ:kommune Bus", "kind", set(operators.KIND_NAMES) - {"municipality"}, "Bus"),
        ("jahr:2021 Bus", "year", {"2021"}, "Bus"),
    ],
)
def test_operators_become_filters_and_the_words_stay(register, text, facet, values, words):
    asked = understand(text)
    assert asked.of(facet) == values
    assert asked.words == words
    assert asked.notes == ()


def test_spans_of_years_become_bounds(register):
    request = understand("Bus jahr:2019-2022").request(frozenset())
    assert (request.year_from, request.year_to, request.years) == (2019, 2022, frozenset())
    assert understand("jahr:2018 jahr:2020-2021").years == Years(2018, 2021)
    assert understand("jahr:>2020").years == Years(2021, None)


def test_operators_and_the_filter_form_count_together(register):
    asked = understand("Bus kommune:Ulm", {"municipality": ["neustadt"], "year": ["2020", "²"]})
    assert asked.of("municipality") == {"ulm", "neustadt"}
    assert asked.of("year") == {"2020"}
    again = understand(asked.query, {facet: asked.of(facet) for facet in ("municipality", "year")})
    assert again.request(frozenset()) == asked.request(frozenset())


def test_an_unknown_value_narrows_nothing_and_says_what_was_meant(register):
    asked = understand("kommune:Ulmm Klima")
    assert asked.of("municipality") == frozenset()
    assert asked.words == "Klima Ulmm"
    (note,) = asked.notes
    assert (note.facet, note.value) == ("municipality", "Ulmm")
    assert note.meant == (("Ulm", "kommune:Ulm Klima"),)
    (note,) = understand("thema:Mobilitet Bus").notes
    assert note.meant == (("Mobilität", "thema:Mobilität Bus"),)
    (note,) = understand("typ:dokumment Bus").notes
    assert note.meant == (("Dokument", "typ:Dokument Bus"),)
    assert understand("typ:xyz").words == "xyz"


def test_what_cannot_be_left_out_is_told(register):
    asked = understand("Klima -kommune:Ulm")
    assert asked.of("municipality") == frozenset()
    assert asked.notes[0].excluded


def test_the_command_and_the_interface_know_operators(app, client, register):
    engine().rebuild(
        [
            make_document(1, "Klima in der Stadt.", municipality="ulm"),
            make_document(2, "Klima auf dem Land.", municipality="neustadt"),
        ]
    )
    run = app.test_cli_runner().invoke(search, ["Klima kommune:Ulm", "--json"])
    told = client.get("/api/v1/search?q=Klima+kommune:Ulm").json
    for answer in (json.loads(run.stdout), told):
        assert [hit["id"] for hit in answer["hits"]] == [1]
        assert answer["notes"] == []
    wrong = client.get("/api/v1/search?q=Klima+kommune:Ulmm").json
    assert {hit["id"] for hit in wrong["hits"]} == {1, 2}
    assert wrong["notes"] == [
        {
            "operator": "municipality",
            "value": "Ulmm",
            "excluded": False,
            "meant": ["Klima kommune:Ulm"],
        }
    ]
    wrong = app.test_cli_runner().invoke(search, ["Klima kommune:Ulmm"])
    assert "perhaps: Ulm" in wrong.output


HOSTILE = {
    "long": "Beteiligung " * 900,
    "one long word": "x" * 10_000,
    "only operators": "kommune: thema: typ: jahr: land:",
    "a thousand operators": "kommune:Ulmm " * 1000,
    "operators in a row": "kommune:" * 1000,
    "only stop words": "wer ist das und wie",
    "broken quotes": '"""Klima" kommune:"Ulm "" -"',
    "emoji": "🙂 👨‍👩‍👧‍👦 kommune:🙂",
    "right to left": "\u202eammiK\u202c שלום مرحبا kommune:שלום",
    "control characters": "Kl\x00ima\x07 \x1b[31m kommune:\x00Ulm",
    "wildcards": "*wort wort* ?* *:* kommune:* jahr:*",
    "brackets": "((((" * 500 + "[a-z]+(a|b)* {1,9}",
    "signs": "!§$%&/()=?`´^°~#'-_.:,;<>|\\@€",
    "commas": "kommune:" + ",".join("abcdef"),
    "years": "jahr:9999999999999999999999 jahr:²³ jahr:>> jahr:2020-2019-2018",
    "minus": '- -- --- -kommune: -"" -\'',
    "surrogate-like": "\ufffe\uffff \U0010ffff",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_no_input_takes_long_or_ends_in_an_error(client, register, text):
    engine().rebuild([make_document(1, "Klima und Beteiligung.", title="Klima")])
    with takes_less_than(5):  # endless would be minutes
        parse(text)
        for address in ("/suche", "/suche/vorschlaege", "/api/v1/search"):
            answer = client.get(address, query_string={"q": text})
            assert answer.status_code == 200, address


def test_a_chosen_value_that_is_no_key_of_ours_is_left_aside(app, db_session):
    asked = understand("Klima", {"municipality": ["ulm", "x" * 5_000, ""]})
    assert asked.of("municipality") == {"ulm"}
