"""What someone typed, and the passages shown."""

from kts.search import highlight
from kts.search.expansion import SynonymTable, expand
from kts.search.german import analyse
from kts.search.query import LONGEST_QUERY, MOST_WORDS, parse


def words(text):
    return [word.text for word in parse(text).words]


def test_stop_words_fall_away_unless_there_is_nothing_else():
    assert words("Wie will die Stadt den Verkehr messen?") == ["Stadt", "Verkehr", "messen"]
    assert words("wer ist das") == ["wer", "ist", "das"]
    assert parse("wer ist das").only_common


def test_weak_words_count_less_beside_strong_ones():
    weights = {word.text: word.weight for word in parse("Wer hilft bei Sensoren?").words}
    assert weights["hilft"] < weights["Sensoren"] == 1.0
    assert parse("hilft").words[0].weight == 1.0


def test_quotes_make_phrases_and_minus_excludes():
    parsed = parse('Daten "offene Stadt" -Auto „Open Data')
    assert [[(d, w.exact) for d, w in phrase] for phrase in parsed.phrases] == [
        [(0, "offene"), (1, "stadt")],
        [(0, "open"), (1, "data")],
    ]
    assert [word.exact for word in parsed.excluded] == ["auto"]
    assert "Auto" not in [word.text for word in parsed.words]


def test_a_phrase_keeps_the_distance_over_stop_words():
    assert [[d for d, _w in phrase] for phrase in parse('"Stadt der Zukunft"').phrases] == [[0, 2]]


def test_a_hyphen_inside_a_word_excludes_nothing():
    assert parse("E-Mail Smart-City").excluded == ()


def test_long_queries_are_cut():
    assert len(parse("wort" + " wort".join(map(str, range(5000)))).words) <= MOST_WORDS
    assert len(parse("x" * 99_999).words[0].text) <= LONGEST_QUERY


def test_synonyms_of_several_words_reach_all_their_words():
    table = SynonymTable([("Homeoffice", "mobiles Arbeiten")])
    concepts = expand(parse("mobiles Arbeiten"), table)
    assert all("homeoffic" in concept.stems for concept in concepts)
    (concept,) = expand(parse("Homeoffice"), table)
    assert {"mobil", analyse("Arbeiten").stem} <= concept.stems


def test_the_passage_with_most_of_the_words_is_shown():
    text = (
        "Sensoren gibt es. "
        + "Viel anderer Text folgt hier. " * 30
        + ("Der Winterdienst nutzt Sensoren. Ende.")
    )
    shown = highlight.snippet(text, [{analyse("Sensoren").stem}, {analyse("Winterdienst").stem}])
    assert "<mark>Winterdienst</mark> nutzt <mark>Sensoren</mark>" in shown
    assert shown.startswith("… ")
    assert len(shown) < 500


def test_a_text_without_the_words_shows_its_beginning():
    shown = highlight.snippet("Anfang. " + "Wort " * 200, [{"fehlt"}])
    assert shown.startswith("Anfang.")
    assert shown.endswith(" …")


def test_an_empty_text_has_an_empty_passage():
    assert highlight.snippet("", [{"x"}]) == ""


def test_marks_escape_everything_else():
    assert highlight.mark("<b>Daten</b> & mehr", {analyse("Daten").stem}) == (
        "&lt;b&gt;<mark>Daten</mark>&lt;/b&gt; &amp; mehr"
    )


def test_a_minus_before_a_phrase_excludes_the_phrase_and_not_its_words():
    parsed = parse('Daten -"offene Stadt" -"allein"')
    assert parsed.phrases == ()
    assert [word.exact for word in parsed.excluded] == ["allein"]
    assert [[(d, w.exact) for d, w in phrase] for phrase in parsed.excluded_phrases] == [
        [(0, "offene"), (1, "stadt")]
    ]


def test_what_cannot_be_seen_parts_no_word():
    for typed in (
        "Bürger\u00adbeteiligung",
        "Bu\u0308rgerbeteiligung",
        "\u202eBürger\u200bbeteiligung",
    ):
        assert words(typed) == ["Bürgerbeteiligung"]
    assert words("Kl\x00ima") == ["Kl", "ima"]


def test_wildcards_and_signs_are_no_words():
    assert words("*wort wort* ??") == ["wort"]
    assert words("🙂 !!") == []
