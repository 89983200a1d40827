"""The German analysis by itself: folding, stems, compounds, hostile words."""

import pytest

from kts.search import german
from kts.search.german import analyse, fold, split, stem
from tests.patience import takes_less_than


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Straße", "STRASSE"), ("Müll", "Muell"), ("Müll", "Mull"), ("Öl", "oel"),
        ("Ärzte", "aerzte"), ("Café", "cafe"), ("Bürger*innen", "BürgerInnen"),
        ("Bürger:innenbeteiligung", "Bürgerbeteiligung"), ("Ｄａｔｅｎ", "Daten"),
    ],
)  # fmt: skip
def test_spellings_of_one_word_fold_to_the_same(one, other):
    assert fold(one) == fold(other)


@pytest.mark.parametrize("word", ["neue", "Steuer", "Frauen", "Quelle", "Bauer"])
def test_two_vowels_that_are_no_umlaut_stay(word):
    assert fold(word) == word.lower()


@pytest.mark.parametrize(
    "forms",
    [
        ("Radweg", "Radwege", "Radwegen", "Radweges"),
        ("Haus", "Häuser", "Häusern", "Hauses"),
        ("Bürger", "Bürgern", "Bürgerin", "Bürgerinnen", "Bürger:innen"),
        ("Förderung", "Förderungen", "fördern"),
        ("barrierefrei", "barrierefreie", "barrierefreien"),
        ("Lehrerin", "Lehrerinnen", "Lehrer"),
    ],
)
def test_inflected_forms_share_a_stem(forms):
    assert len({analyse(form).stem for form in forms}) == 1


@pytest.mark.parametrize(
    ("one", "other"), [("Bürger", "Burg"), ("Gründer", "Grund"), ("Zähler", "Zahl")]
)
def test_words_of_other_meaning_keep_a_stem_of_their_own(one, other):
    assert analyse(one).stem != analyse(other).stem


@pytest.mark.parametrize(
    ("compound", "parts"),
    [
        ("Bürgerbeteiligung", ["burger", "beteiligung"]),
        ("Straßenbeleuchtung", ["strassen", "beleuchtung"]),
        ("Stadtentwicklungskonzept", ["stadt", "entwicklungs", "konzept"]),
        ("Fachinformationssystem", ["fach", "informations", "system"]),
        ("Klimaanpassungsmaßnahmen", ["klima", "anpassungs", "massnahmen"]),
        ("Mitarbeiterschulung", ["mitarbeiter", "schulung"]),
        ("Rettungswagen", ["rettungs", "wagen"]),
        ("Citylogistik", ["city", "logistik"]),
        ("klimaneutrale", ["klima", "neutrale"]),
        ("Lehrvideos", ["lehr", "videos"]),
        ("Nahverkehr", ["nah", "verkehr"]),
    ],
)
def test_compounds_fall_into_their_parts(compound, parts):
    assert list(split(fold(compound))) == parts


@pytest.mark.parametrize(
    "word",
    [
        "Transport", "Minister", "Tourismus", "Verwaltung", "Strategie", "Beteiligung", "Energie",
        "Generation", "Nutzerinnen", "Organisation", "Digitalisierung", "Mitarbeiter", "Vorteile",
        "Universität", "Gesellschaft", "Information", "lorawan", "",
    ],
)  # fmt: skip
def test_words_that_are_no_compounds_stay_whole(word):
    assert split(fold(word)) == (fold(word),)


def test_runs_of_parts_are_known_too():
    assert {"entwicklungsplan", "verkehrsentwickl"} <= set(
        analyse("Verkehrsentwicklungsplan").parts
    ) | {stem("entwicklungsplan")}


def test_tokens_tell_where_they_stand():
    text = "Die Bürger*innen, e-Mobil."
    found = [(token.position, text[token.start : token.end]) for token in german.tokens(text)]
    assert found == [(0, "Die"), (1, "Bürger*innen"), (2, "e"), (3, "Mobil")]


BOUND = 5  # seconds: milliseconds are usual, what is not bounded takes minutes


@pytest.mark.parametrize("word", ["a" * 100_000, "rad" * 20_000, "ü" * 10_000, "1" * 50_000])
def test_no_word_takes_long(word):
    with takes_less_than(BOUND):
        assert len(analyse(word).exact) <= 2 * german.LONGEST_WORD


def test_a_long_compound_does_not_take_long():
    with takes_less_than(BOUND):
        split("stadtverkehrsentwicklungsplanungskonzeptsamt"[: german.LONGEST_COMPOUND])


def test_a_word_is_passed_over_only_where_it_cannot_hold_the_stem():
    texts = "Bürger*innenbeteiligung Straßenbäume Fördermittelanträge Müllgefäße Gründerinnen café"
    for written in [*texts.split(), *list(german._parts())[::101]]:
        word = german._analyse(written)
        german._analysed.pop(written, None)
        for held in (word.stem, *word.parts):
            assert german.analyse_for(written, [held]) == word
            german._analysed.pop(written, None)
    assert german.analyse_for("Straßenbäume", ["beteilig"]) is None
