"""What every engine keeps, whichever it is; a new engine joins through ``engines.ENGINES``."""

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest

from kts.search.engine import Change
from tests.patience import takes_less_than
from tests.search.conftest import MEMBERS, MOMENT, PUBLIC, ask, make_document


def put(engine, *documents):
    ordered = sorted(documents, key=lambda document: document.parent)
    grouped = itertools.groupby(ordered, key=lambda document: document.parent)
    engine.apply([Change(parent, list(group)) for parent, group in grouped])


def parents(engine, query, tokens=PUBLIC, **values):
    return [hit.parent for hit in engine.search(ask(query, tokens, **values)).hits]


# Finding


def test_a_hit_is_thing_page_passage_and_address(engine):
    put(
        engine,
        make_document(7, "Vorwort ohne Inhalt.", page=1),
        make_document(7, "Der Winterdienst räumt nach Sensordaten.", page=12, heading="Betrieb"),
    )
    (hit,) = engine.search(ask("Winterdienst")).hits
    assert (hit.kind, hit.id, hit.document_id, hit.page) == ("document", 7, 7, 12)
    assert hit.heading == "Betrieb"
    assert hit.url == "/dokumente/7-x/seite/12"
    assert hit.snippet == "Der <mark>Winterdienst</mark> räumt nach Sensordaten."
    assert hit.municipality == "musterstadt"
    assert hit.updated == MOMENT


def test_pages_of_one_document_are_one_hit_with_its_best_pages(engine):
    put(engine, *(make_document(1, "Sensoren messen. " * n, page=n) for n in range(1, 7)))
    response = engine.search(ask("Sensoren", pages_per_hit=3))
    (hit,) = response.hits
    assert response.total == 1
    assert len(hit.pages) == 3
    assert hit.page not in {page.page for page in hit.pages}
    assert hit.matching_pages >= 4
    assert all("<mark>" in page.snippet for page in hit.pages)


@pytest.mark.parametrize(
    ("query", "body", "marked"),
    [
        ("Radweg", "Neue Radwege entstehen.", "Radwege"),
        ("Haus", "Die Häuser werden saniert.", "Häuser"),
        ("Buergerbeteiligung", "Die Bürgerbeteiligung beginnt.", "Bürgerbeteiligung"),
        ("Burgerbeteiligung", "Die Bürgerbeteiligung beginnt.", "Bürgerbeteiligung"),
        ("STRASSE", "Die Straße wird gesperrt.", "Straße"),
        ("Beteiligung", "Die Bürgerbeteiligung beginnt.", "Bürgerbeteiligung"),
        ("Bibliothek", "In der Stadtbibliothek wird gelesen.", "Stadtbibliothek"),
        ("Winter Dienst", "Der Winterdienst kommt.", "Winterdienst"),
        ("Homeoffice", "Arbeit im Home-Office ist erlaubt.", "Home"),
        ("fördern", "Die Förderung läuft aus.", "Förderung"),
        ("Bürgerinnen", "Alle Bürger*innen sind eingeladen.", "Bürger*innen"),
        ("klimaneutral", "Ein klimaneutrales Quartier.", "klimaneutrales"),
        ("Mitarbeiterschulung", "Die Schulung der Mitarbeiter ist Pflicht.", "Schulung"),
        ("Winterdinst", "Der Winterdienst kommt.", "Winterdienst"),
    ],
)
def test_german_words_are_found_and_marked_as_they_stand(engine, query, body, marked):
    put(engine, make_document(1, body), make_document(2, "Etwas ganz anderes über Musik."))
    response = engine.search(ask(query))
    assert [hit.parent for hit in response.hits][:1] == ["document:1"]
    assert f"<mark>{marked}</mark>" in response.hits[0].snippet


def test_all_words_come_before_some_words(engine):
    put(
        engine,
        make_document(1, "Sensoren Sensoren Sensoren überall im Netz."),
        make_document(
            2,
            "Zwischen langen Sätzen über die Verwaltung stehen Sensoren. " * 3
            + "Ganz am Ende ein Wort zum Winterdienst.",
        ),
    )
    response = engine.search(ask("Sensoren Winterdienst"))
    assert [hit.parent for hit in response.hits] == ["document:2", "document:1"]
    assert response.loosened


def test_enough_full_matches_leave_the_rest_out(engine):
    put(
        engine,
        *(make_document(n, "Sensoren im Winterdienst.") for n in range(1, 12)),
        make_document(99, "Nur Sensoren."),
    )
    response = engine.search(ask("Sensoren Winterdienst"))
    assert response.total == 11
    assert not response.loosened


def test_a_question_is_answered_though_no_place_holds_all_its_words(engine):
    put(
        engine,
        make_document(1, "Über Sensordaten entscheidet der Gemeinderat."),
        make_document(2, "Das Museum zeigt Bilder."),
    )
    assert parents(engine, "Wer entscheidet in kleinen Gemeinden über Sensordaten?")[0] == (
        "document:1"
    )


def test_words_that_stand_together_come_first(engine):
    filler = "Dazwischen steht viel anderes über Haushalt, Personal, Gebäude und Verkehr. " * 4
    put(
        engine,
        make_document(1, f"Offene Plätze. {filler} Viele Daten."),
        make_document(2, f"{filler} Offene Daten für alle."),
    )
    assert parents(engine, "offene Daten") == ["document:2", "document:1"]


def test_a_title_counts_more_than_the_text(engine):
    put(
        engine,
        make_document(1, "Hier wird einmal die Mobilität erwähnt.", title="Haushalt"),
        make_document(2, "Hier geht es um Wege und Busse.", title="Mobilität"),
    )
    assert parents(engine, "Mobilität")[0] == "document:2"


def test_quotation_marks_ask_for_words_in_this_order(engine):
    put(
        engine,
        make_document(1, "Wir fördern open data in der Stadt."),
        make_document(2, "Data ist open, sagt die Stadt."),
    )
    assert parents(engine, '"open data"') == ["document:1"]
    assert parents(engine, "„open data“") == ["document:1"]
    assert len(parents(engine, "open data")) == 2


def test_a_minus_sign_leaves_a_word_out(engine):
    put(
        engine,
        make_document(1, "Mobilität mit dem Fahrrad."),
        make_document(2, "Mobilität mit dem Auto."),
    )
    assert parents(engine, "Mobilität -Auto") == ["document:1"]


def test_a_minus_sign_leaves_a_phrase_out_and_not_its_words(engine):
    put(engine, make_document(1, "Offene Daten für alle."))
    put(engine, make_document(2, "Daten bleiben offene Fragen schuldig."))
    assert parents(engine, 'Daten -"offene Daten"') == ["document:2"]


def test_a_filter_without_words_lists_what_it_names_newest_first(mixed):
    found = parents(mixed, "", lands=frozenset({"08"}))
    assert found[0] == "document:4"
    assert set(found) == {"document:1", "document:4"}
    assert parents(mixed, "") == []


def test_synonyms_find_but_the_word_itself_comes_first(make_engine):
    engine = make_engine(synonyms=(("Homeoffice", "Telearbeit", "mobiles Arbeiten"),))
    put(
        engine,
        make_document(1, "Die Telearbeit wird geregelt."),
        make_document(2, "Homeoffice gilt für alle."),
        make_document(3, "Mobiles Arbeiten steht allen offen."),
    )
    assert parents(engine, "Homeoffice")[0] == "document:2"
    assert set(parents(engine, "Homeoffice")) == {"document:1", "document:2", "document:3"}
    assert parents(engine, "mobiles Arbeiten")[0] == "document:3"


def test_a_typing_error_is_corrected_and_told(engine):
    put(engine, make_document(1, "Das Ratsinformationssystem ist offen."))
    response = engine.search(ask("Wo ist das Ratsinformatonssystem?"))
    assert [hit.parent for hit in response.hits] == ["document:1"]
    assert response.did_you_mean == "Wo ist das Ratsinformationssystem?"


def test_a_right_word_is_not_corrected(engine):
    put(engine, make_document(1, "Daten."), make_document(2, "Taten."))
    response = engine.search(ask("Daten"))
    assert response.did_you_mean == ""
    assert [hit.parent for hit in response.hits] == ["document:1"]


# Who may see what


def test_what_someone_may_not_see_leaves_no_trace(engine):
    secret = make_document(
        2,
        "Der geheime Quellcode heißt Xylophonplan.",
        title="Xylophonplan",
        visibility="group:4",
        municipality="geheimstadt",
        land="01",
        topics=("geheim",),
        kind="thread",
        year=1999,
    )
    put(engine, make_document(1, "Quellcode ist öffentlich."), secret)
    for tokens in (PUBLIC, MEMBERS, frozenset({"public", "group:44"})):
        response = engine.search(ask("Quellcode", tokens))
        assert (response.total, [hit.parent for hit in response.hits]) == (1, ["document:1"])
        assert response.facets["municipality"] == {"musterstadt": 1}
        assert response.facets["kind"] == {"document": 1}
        assert "1999" not in response.facets["year"]
        assert engine.search(ask("Xylophonplan", tokens)).total == 0
        assert engine.search(ask("Xylophonplam", tokens)).did_you_mean == ""
        assert engine.suggest("Xylo", tokens) == []
    assert parents(engine, "Xylophonplan", {"public", "group:4"}) == ["thread:2"]
    assert engine.suggest("Xylo", frozenset({"group:4"}))[0].text == "Xylophonplan"


def test_scores_do_not_tell_what_hidden_documents_hold(engine):
    put(engine, make_document(1, "Sensoren."), make_document(2, "Anderes."))
    before = engine.search(ask("Sensoren")).hits[0].score
    put(engine, *(make_document(n, "Sensoren.", visibility="members") for n in range(10, 30)))
    after = engine.search(ask("Sensoren")).hits[0].score
    assert after == pytest.approx(before)


def test_pages_of_one_thing_may_differ_in_who_sees_them(engine):
    put(
        engine,
        make_document(1, "Sensoren offen.", page=1),
        make_document(1, "Sensoren Sensoren geheim.", page=2, visibility="members"),
    )
    (hit,) = engine.search(ask("Sensoren")).hits
    assert (hit.page, hit.pages, hit.matching_pages) == (1, (), 1)


# Filters, facets, order, pages of hits


@pytest.fixture
def mixed(engine):
    put(
        engine,
        make_document(1, "Sensoren.", topics=("daten", "mobilitaet"), year=2021),
        make_document(2, "Sensoren.", topics=("daten",), land="09", municipality="beispielstadt"),
        make_document(3, "Sensoren.", kind="thread", topics=(), municipality="", land=""),
        make_document(4, "Sensoren.", language="en", updated=MOMENT + timedelta(days=2)),
    )
    return engine


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"kinds": frozenset({"thread"})}, {"thread:3"}),
        ({"lands": frozenset({"09"})}, {"document:2"}),
        ({"lands": frozenset({"08", "09"})}, {"document:1", "document:2", "document:4"}),
        ({"topics": frozenset({"mobilitaet"})}, {"document:1"}),
        ({"municipalities": frozenset({"beispielstadt"})}, {"document:2"}),
        ({"years": frozenset({2021})}, {"document:1"}),
        ({"year_from": 2022}, {"document:2", "thread:3", "document:4"}),
        ({"year_to": 2022}, {"document:1"}),
        ({"language": "en"}, {"document:4"}),
        ({"within": "document:2"}, {"document:2"}),
        ({"kinds": frozenset({"thread"}), "lands": frozenset({"09"})}, set()),
    ],
)
def test_filters_keep_what_they_name(mixed, values, expected):
    response = mixed.search(ask("Sensoren", **values))
    assert {hit.parent for hit in response.hits} == expected
    assert response.total == len(expected)


def test_facets_count_hits_and_a_facet_ignores_its_own_choice(mixed):
    facets = mixed.search(ask("Sensoren")).facets
    assert facets["kind"] == {"document": 3, "thread": 1}
    assert facets["topic"] == {"daten": 2, "mobilitaet": 1}
    assert facets["land"] == {"08": 2, "09": 1}
    narrowed = mixed.search(ask("Sensoren", lands=frozenset({"09"}))).facets
    assert narrowed["land"] == {"08": 2, "09": 1}
    assert narrowed["kind"] == {"document": 1}


def test_newest_first(mixed):
    assert parents(mixed, "Sensoren", sort="newest")[0] == "document:4"


def test_oldest_first(engine):
    for number, days in enumerate((3, 1, 2), 1):
        put(engine, make_document(number, "Sensoren.", updated=MOMENT + timedelta(days=days)))
    assert parents(engine, "Sensoren", sort="oldest") == ["document:2", "document:3", "document:1"]


def test_titles_are_sorted_as_a_reader_expects(engine):
    for number, title in enumerate(("Zebra", "Ärzte", "apfel", "Baum"), 1):
        put(engine, make_document(number, "Sensoren messen.", title=title))
    hits = engine.search(ask("Sensoren", sort="title")).hits
    assert [hit.title for hit in hits] == ["apfel", "Ärzte", "Baum", "Zebra"]


def test_only_what_changed_after_a_moment(engine):
    put(engine, make_document(1, "Sensoren messen.", updated=MOMENT))
    put(engine, make_document(2, "Sensoren zählen.", updated=MOMENT + timedelta(days=2)))
    found = parents(engine, "Sensoren", updated_after=MOMENT + timedelta(days=1))
    assert found == ["document:2"]
    assert parents(engine, "Sensoren", updated_after=MOMENT + timedelta(days=2)) == []


# Older versions


def version(number, page, body, superseded):
    return make_document(
        1, body, key=f"page:{number}-{page}", page=page, version=number, superseded=superseded
    )


def test_a_page_of_the_newest_version_is_shown_and_not_its_twin(engine):
    put(
        engine,
        version(1, 4, "Sensoren messen den Regen. Sensoren überall.", True),
        version(2, 5, "Sensoren messen den Regen.", False),
    )
    (hit,) = engine.search(ask("Sensoren Regen")).hits
    assert (hit.version, hit.page, hit.superseded) == (2, 5, False)
    assert hit.pages == ()


def test_what_only_an_older_version_says_is_found_and_says_so(engine):
    put(
        engine,
        version(1, 4, "Die Seilbahn über den Fluss wird geprüft.", True),
        version(2, 5, "Der Fluss bekommt eine Brücke.", False),
    )
    (hit,) = engine.search(ask("Seilbahn Fluss")).hits
    assert (hit.version, hit.page, hit.superseded) == (1, 4, True)


def test_what_is_current_comes_before_what_is_superseded(engine):
    put(engine, version(1, 1, "Ein Lastenrad für alle.", True))
    put(engine, make_document(2, "Ein Lastenrad für alle und noch viel mehr Text dazu."))
    assert parents(engine, "Lastenrad") == ["document:2", "document:1"]


# Similar things


def test_similar_things_speak_of_the_same(engine):
    flood = "Starkregen und Überflutung: Pegel, Warnung, Rückhaltebecken, Kanalnetz."
    put(engine, make_document(1, flood, title="Hochwasser in Musterstadt"))
    put(engine, make_document(2, flood + " Sandsäcke liegen bereit.", title="Regenplan"))
    put(engine, make_document(3, "Pegel und Warnung im Kanalnetz.", title="Messnetz"))
    for number in range(4, 24):
        put(engine, make_document(number, f"Bücherei und Ausleihe {number}.", title="Lesen"))
    assert [hit.parent for hit in engine.similar("document:1", PUBLIC)] == [
        "document:2",
        "document:3",
    ]


def test_similar_things_are_those_that_the_viewer_may_see(engine):
    text = "Quantencomputer rechnen im Rathauskeller."
    put(engine, make_document(1, text), make_document(2, text, visibility="members"))
    put(engine, make_document(3, text), make_document(4, "Etwas anderes.", kind="thread"))
    assert [hit.parent for hit in engine.similar("document:1", PUBLIC)] == ["document:3"]
    assert engine.similar("document:2", PUBLIC) == []
    assert engine.similar("document:99", PUBLIC) == []


def test_pages_of_hits_do_not_overlap_and_miss_nothing(engine):
    put(engine, *(make_document(n, "Sensoren messen.") for n in range(1, 26)))
    seen = [
        parent
        for offset in range(0, 30, 10)
        for parent in parents(engine, "Sensoren", limit=10, offset=offset)
    ]
    assert len(seen) == len(set(seen)) == 25
    assert engine.search(ask("Sensoren", limit=10, offset=500)).hits == ()


# Anything that someone may type


@pytest.mark.parametrize(
    "query",
    [
        "", " ", "\x00", "\n\t", '"', '""', '"offen', "'", "-", "- -", "--x", "*", "*daten", "?",
        "AND OR NOT", "und oder nicht", "der die das", "(((", "a" * 10_000, "Daten " * 2_000,
        "🙂", "🙂 Daten 🙂", "title:Daten", "[* TO *]", "Daten~2^9", "\\", "%", "_", "ß", "ẞ", "İ",
        "<script>alert(1)</script>", "Ünïcödé", "数据", "بيانات", "1", "2030", "§ 3 Abs. 2", "C++",
        "e" * 44, "x-" * 400, "„“”«»", '"' * 999, "-" * 999, "Daten\u200bschutz", "\ud800",
    ],
)  # fmt: skip
def test_any_input_is_answered_soon(engine, query):
    put(engine, make_document(1, "Offene Daten für alle."), make_document(2, "Noch mehr Daten."))
    with takes_less_than(10):  # bounded; milliseconds are usual
        response = engine.search(ask(query))
        engine.suggest(query, PUBLIC)
    assert response.total >= len(response.hits)


def test_only_common_words_are_told(engine):
    put(engine, make_document(1, "Das ist es."))
    response = engine.search(ask("was ist das"))
    assert response.only_common_words


def test_a_snippet_is_safe_html(engine):
    put(
        engine,
        make_document(
            1, "Vor <script>alert(1)</script> Sensoren & mehr <b>.", title="<i>Sensoren</i>"
        ),
    )
    (hit,) = engine.search(ask("Sensoren")).hits
    assert "<script>" not in hit.snippet
    assert "&lt;script&gt;" in hit.snippet
    assert hit.title_html == "&lt;i&gt;<mark>Sensoren</mark>&lt;/i&gt;"


# Suggestions


def test_suggestions_are_titles_that_begin_so(engine):
    put(
        engine,
        make_document(1, "x", title="Mobilitätskonzept Musterstadt", page=1),
        make_document(1, "y", title="Mobilitätskonzept Musterstadt", page=2),
        make_document(2, "x", title="Wie messen wir Mobilität?", kind="thread"),
        make_document(3, "x", title="Haushalt"),
    )
    found = engine.suggest("mobilitaet", PUBLIC)
    assert [suggestion.text for suggestion in found] == [
        "Mobilitätskonzept Musterstadt",
        "Wie messen wir Mobilität?",
    ]
    assert found[0].url == "/dokumente/1-x"
    assert [s.text for s in engine.suggest("muster mobil", PUBLIC)] == [
        "Mobilitätskonzept Musterstadt"
    ]
    assert engine.suggest("", PUBLIC) == []
    assert len(engine.suggest("m", PUBLIC, limit=1)) == 1


# Keeping the index


def test_a_change_replaces_all_of_a_thing(engine):
    put(engine, make_document(1, "Alt eins.", page=1), make_document(1, "Alt zwei.", page=2))
    put(engine, make_document(1, "Neu eins.", page=1))
    assert parents(engine, "alt") == []
    assert parents(engine, "neu") == ["document:1"]
    assert engine.check().keys() == {"document:1"}
    assert len(engine.check()["document:1"]) == 1


def test_a_change_without_documents_forgets_the_thing(engine):
    put(engine, make_document(1, "Sensoren."), make_document(2, "Sensoren."))
    engine.apply([Change("document:1")])
    assert parents(engine, "Sensoren") == ["document:2"]


def test_the_last_of_two_changes_of_one_thing_counts(engine):
    engine.apply(
        [
            Change("document:1", [make_document(1, "Alt.")]),
            Change("document:1", [make_document(1, "Neu.")]),
        ]
    )
    assert parents(engine, "alt") == []
    assert parents(engine, "neu") == ["document:1"]


def test_many_small_changes_stay_findable(engine):
    for number in range(1, 41):
        put(engine, make_document(number, f"Sensoren Nummer {number}."))
        if number % 5 == 0:
            engine.apply([Change(f"document:{number - 1}")])
    expected = {f"document:{n}" for n in range(1, 41) if (n + 1) % 5}
    assert set(parents(engine, "Sensoren", limit=100)) == expected
    assert engine.check().keys() == expected
    assert engine.status().parents == len(expected)


def test_a_second_engine_over_the_same_data_sees_each_change(make_engine):
    writer, reader = make_engine(), make_engine()
    assert parents(reader, "Sensoren") == []
    put(writer, make_document(1, "Sensoren."))
    assert parents(reader, "Sensoren") == ["document:1"]
    writer.rebuild([make_document(2, "Sensoren.")])
    assert parents(reader, "Sensoren") == ["document:2"]
    put(writer, make_document(3, "Sensoren."))
    assert set(parents(reader, "Sensoren")) == {"document:2", "document:3"}


def test_the_generation_names_each_state_of_the_index_for_every_process(make_engine):
    writer, reader = make_engine(), make_engine()
    assert writer.generation() == reader.generation() == ""
    seen = []
    for change in (
        lambda: writer.rebuild([]),
        lambda: put(writer, make_document(1, "Sensoren.")),
        lambda: put(writer, make_document(1, "Sensoren.")),
        lambda: writer.apply([Change("document:1")]),
        lambda: writer.rebuild([make_document(2, "Sensoren.")]),
    ):
        change()
        seen.append(reader.generation())
        parents(reader, "Sensoren")
        reader.suggest("muster", PUBLIC)
        assert reader.generation() == writer.generation() == seen[-1]
    assert len(set(seen)) == 5
    assert "" not in seen


def test_a_rebuild_holds_exactly_what_it_was_given(engine):
    put(engine, make_document(1, "Sensoren."))
    told = []
    written = engine.rebuild((make_document(n, "Sensoren.") for n in range(5, 10)), told.append)
    assert written == 5
    assert told[-1] == 5
    assert engine.check().keys() == {f"document:{n}" for n in range(5, 10)}


def test_a_rebuild_that_fails_leaves_the_index_as_it_was(engine):
    put(engine, make_document(1, "Sensoren."))

    def broken():
        yield make_document(2, "Sensoren.")
        raise OSError("die Platte ist voll")

    with pytest.raises(OSError, match="Platte"):
        engine.rebuild(broken())
    assert parents(engine, "Sensoren") == ["document:1"]
    put(engine, make_document(3, "Sensoren."))
    assert len(parents(engine, "Sensoren")) == 2


def test_a_change_that_fails_changes_nothing(engine):
    put(engine, make_document(1, "Sensoren."))
    broken = replace(make_document(2, "x"), body=7)
    with pytest.raises(Exception):  # noqa: B017, PT011 - whatever the engine says
        engine.apply([Change("document:1"), Change("document:2", [broken])])
    assert parents(engine, "Sensoren") == ["document:1"]
    put(engine, make_document(4, "Sensoren."))
    assert len(parents(engine, "Sensoren")) == 2


def test_searching_goes_on_while_the_index_is_rebuilt(engine):
    put(engine, make_document(1, "Sensoren."))
    during = []

    def documents():
        yield make_document(2, "Sensoren.")
        during.extend(parents(engine, "Sensoren"))

    engine.rebuild(documents())
    assert during == ["document:1"]
    assert parents(engine, "Sensoren") == ["document:2"]


def test_the_state_tells_what_is_there(make_engine):
    engine = make_engine()
    assert not engine.status().ready
    assert engine.search(ask("Sensoren")).total == 0
    assert engine.check() == {}
    engine.rebuild([make_document(1, "a", page=1), make_document(1, "b", page=2)])
    status = engine.status()
    assert (status.ready, status.documents, status.parents) == (True, 2, 1)
    assert status.bytes > 0
    assert status.updated == MOMENT


def test_the_fingerprint_changes_with_anything(engine):
    document = make_document(1, "Sensoren.")
    put(engine, document)
    assert engine.check() == {"document:1": {document.key: document.fingerprint}}
    for change in ({"body": "y"}, {"visibility": "members"}, {"topics": ("x",)}, {"weight": 2.0}):
        assert replace(document, **change).fingerprint != document.fingerprint


def test_inside_of_one_version_every_page_of_it_is_found(engine):
    put(
        engine,
        version(1, 1, "Sensoren messen.", True),
        version(1, 2, "Wenige Sensoren, viel anderer Text über Bäume und Bänke.", True),
        version(2, 1, "Sensoren messen.", False),
    )
    (hit,) = engine.search(ask("Sensoren", within="document:1", version=1)).hits
    assert [hit.page, *(page.page for page in hit.pages)] == [1, 2]
    assert hit.superseded
    assert engine.search(ask("Sensoren", within="document:1", version=9)).hits == ()


def test_without_passages_nothing_is_quoted(engine):
    put(engine, make_document(1, "Sensoren messen.", page=3))
    (hit,) = engine.search(ask("Sensoren", passages=False)).hits
    assert (hit.page, hit.snippet) == (3, "")
