"""What a newer version changed, on made-up texts of which the truth is known."""

import difflib
import random

import pytest

from kts.documents.comparing import ADDED, CHANGED, MOVED, REMOVED, SAME, compare, matching_page
from kts.documents.sentences import LONGEST_PIECE, PageText, cut
from tests.patience import takes_less_than

CONTENT = [
    "Sensornetz",
    "Bürgerbüro",
    "Datenplattform",
    "Hochwasser",
    "Radweg",
    "Schulhaus",
    "Beleuchtung",
    "Leitstelle",
    "Parkplatz",
    "Wärmenetz",
    "Bücherei",
    "Jugendrat",
    "Haushalt",
    "Breitband",
    "Quartier",
    "Leerstand",
    "Ehrenamt",
    "Baugebiet",
    "Klinik",
    "Verein",
    "Museum",
    "Marktplatz",
    "Förderung",
    "Stellplatz",
    "Umfrage",
    "Werkstatt",
    "Kläranlage",
]
LINKS = [
    "für",
    "mit",
    "ohne",
    "gegen",
    "unter",
    "neben",
    "nach",
    "vor",
    "trotz",
    "statt",
    "durch",
    "und",
    "sowie",
    "oder",
]
VERBS = [
    "plant",
    "prüft",
    "baut",
    "fördert",
    "erprobt",
    "öffnet",
    "verbindet",
    "ordnet",
    "beobachtet",
    "erklärt",
]


def sentence(chance):
    words = [f"{chance.choice(CONTENT)}{chance.choice(('', 's', 'plan', 'amt'))}"]
    words.append(chance.choice(VERBS))
    for _ in range(chance.randint(4, 12)):
        words.append(chance.choice(LINKS if chance.random() < 0.4 else CONTENT))
    return " ".join(words).capitalize() + f" {chance.randint(10, 999)}."


def paragraph(chance):
    return [sentence(chance) for _ in range(chance.randint(2, 5))]


def pages(paragraphs, headings=None, per_page=6):
    """Lay paragraphs out on pages with a running head and a number at the foot."""
    laid = []
    for start in range(0, len(paragraphs), per_page):
        number = len(laid) + 1
        body = "\n\n".join(paragraphs[start : start + per_page])
        text = f"Strategie Musterhausen 2030 | {number}\n\n{body}\n\nSeite {number}"
        laid.append(PageText(number, (headings or {}).get(number, ""), text))
    return laid


def kinds(comparison):
    return {kind: comparison.counts[kind] for kind in (ADDED, REMOVED, CHANGED, MOVED)}


def passages(comparison, kind):
    return [p for c in comparison.chapters for p in c.passages if p.kind == kind]


def text_of(passage, op):
    return " ".join(segment.text for segment in passage.segments if segment.op == op)


def compared(old, new):
    return compare(cut(pages(old)), cut(pages(new)))


@pytest.fixture
def texts():
    chance = random.Random(7)
    return [" ".join(paragraph(chance)) for _ in range(40)]


def test_a_version_compared_with_itself_has_no_changes(texts):
    comparison = compared(texts, texts)
    assert kinds(comparison) == {ADDED: 0, REMOVED: 0, CHANGED: 0, MOVED: 0}
    assert comparison.counts[SAME] == 40


def test_a_new_layout_is_no_change(texts):
    """Other page breaks, running heads, hyphens and line ends; paragraphs joined and divided."""
    flowing = " ".join(texts[:20]).split()
    again = "\n".join(" ".join(flowing[n : n + 9]) for n in range(0, len(flowing), 9))
    again = again.replace("Sensornetz", "Sensor-\nnetz").replace(" und ", " und\n")
    overleaf = again.index("\n", 1500)
    new = [
        PageText(1, "", f"Neuer Kopf\n\n{again[:overleaf]}\n\n1"),
        PageText(2, "", f"Neuer Kopf\n\n{again[overleaf + 1 :]}\n\n2"),
        PageText(3, "", "Neuer Kopf\n\n" + "\n\n".join(texts[20:]) + "\n\n3"),
    ]
    comparison = compare(cut(pages(texts)), cut(new))
    assert kinds(comparison) == {ADDED: 0, REMOVED: 0, CHANGED: 0, MOVED: 0}


def test_added_removed_changed_and_moved_paragraphs_are_told_apart(texts):
    new = list(texts)
    new[20] = new[20].replace(new[20].split()[1], "verbietet", 1)
    moved = new.pop(30)
    new.insert(8, moved)
    removed = new.pop(4)
    new.insert(15, "Ganz Neues steht hier zum ersten Mal. Niemand kannte es zuvor im alten Text.")
    comparison = compared(texts, new)
    assert kinds(comparison) == {ADDED: 1, REMOVED: 1, CHANGED: 1, MOVED: 1}
    assert text_of(passages(comparison, REMOVED)[0], "del") == removed
    assert text_of(passages(comparison, MOVED)[0], "equal") == moved
    assert "Niemand kannte es" in text_of(passages(comparison, ADDED)[0], "ins")
    changed = passages(comparison, CHANGED)[0]
    assert "verbietet" in text_of(changed, "ins")
    assert text_of(changed, "del") == texts[20].split()[1]


def test_a_number_a_minus_and_a_unit_are_changes():
    old = ["Das Sensornetz kostet die Stadt im Jahr 100 € und spart -5 Prozent.", "Ende gut."]
    new = ["Das Sensornetz kostet die Stadt im Jahr 100 % und spart 5 Prozent.", "Ende gut."]
    assert kinds(compared(old, new))[CHANGED] == 1


def test_a_removed_sentence_is_told_inside_its_paragraph(texts):
    first, second, third = (
        "Der Rat beschließt die Strategie im Mai.",
        "Das Amt berichtet jedes Jahr.",
        "Die Mittel stehen im Haushalt bereit.",
    )
    old = [*texts[:5], f"{first} {second} {third}", *texts[5:10]]
    new = [*texts[:5], f"{first} {third}", *texts[5:10]]
    comparison = compared(old, new)
    assert kinds(comparison) == {ADDED: 0, REMOVED: 0, CHANGED: 1, MOVED: 0}
    [changed] = passages(comparison, CHANGED)
    assert [s.op for s in changed.segments] == ["equal", "del", "equal"]
    assert text_of(changed, "del") == second


def test_a_sentence_that_goes_on_overleaf_is_put_together():
    whole = "Die Leitstelle verbindet alle Sensoren der Stadt mit dem Hochwasserschutz."
    end = whole.index(" der Stadt")
    broken = [PageText(1, "", whole[:end]), PageText(2, "", whole[end + 1 :])]
    comparison = compare(cut([PageText(1, "", whole)]), cut(broken))
    assert kinds(comparison) == {ADDED: 0, REMOVED: 0, CHANGED: 0, MOVED: 0}


def test_a_chapter_that_was_split_is_known_by_its_text(texts):
    old = pages(texts[:24], {1: "Ziele", 3: "Maßnahmen"})
    new = pages(texts[:24], {1: "Ziele", 3: "Mobilität", 4: "Energie"})
    comparison = compare(cut(old), cut(new))
    assert [c.heading for c in comparison.chapters] == ["Ziele", "Mobilität", "Energie"]
    assert [c.sources for c in comparison.chapters] == [(), ("Maßnahmen",), ("Maßnahmen",)]
    assert sum(kinds(comparison).values()) == 0


def test_chapters_that_were_joined_name_both(texts):
    old = pages(texts[:24], {1: "Ziele", 3: "Mobilität", 4: "Energie"})
    new = pages(texts[:24], {1: "Ziele", 3: "Maßnahmen"})
    comparison = compare(cut(old), cut(new))
    assert set(comparison.chapters[1].sources) == {"Mobilität", "Energie"}


def test_new_and_removed_chapters_are_told_as_such(texts):
    old = pages(texts[:18], {1: "Ziele", 2: "Altes Kapitel", 3: "Ausblick"})
    new = pages(texts[:6] + texts[12:24], {1: "Ziele", 2: "Ausblick", 3: "Neues Kapitel"})
    comparison = compare(cut(old), cut(new))
    found = [(chapter.heading, chapter.kind) for chapter in comparison.chapters]
    assert found == [
        ("Ziele", SAME),
        ("Altes Kapitel", REMOVED),
        ("Ausblick", SAME),
        ("Neues Kapitel", ADDED),
    ]
    assert kinds(comparison) == {ADDED: 6, REMOVED: 6, CHANGED: 0, MOVED: 0}


def test_a_chapter_moved_as_a_whole_says_where_it_was(texts):
    heading = {1: "Ziele", 2: "Mobilität", 3: "Energie", 4: "Ausblick"}
    old = pages(texts[:24], heading)
    order = texts[:6] + texts[12:18] + texts[6:12] + texts[18:24]
    new = pages(order, {1: "Ziele", 2: "Energie", 3: "Mobilität", 4: "Ausblick"})
    comparison = compare(cut(old), cut(new))
    assert kinds(comparison) == {ADDED: 0, REMOVED: 0, CHANGED: 0, MOVED: 6}
    assert {p.moved_from for p in passages(comparison, MOVED)} <= {"Mobilität", "Energie"}


def test_a_chapter_begins_at_its_heading_in_the_text(texts):
    page = f"{texts[0]}\n\nEnergie\n\n{texts[1]}"
    found = cut([PageText(1, "Ziele", texts[2]), PageText(2, "Energie", page)])
    assert [found.chapters[s.chapter] for s in found.sentences if s.text in texts[0]] == [
        "Ziele"
    ] * texts[0].count(".")


def test_without_a_layout_every_page_is_a_chapter(texts):
    page = PageText(1, "Energie", f"Einleitung\nEnergie\n{texts[1]}")
    found = cut([page], has_layout=False, lines_are_paragraphs=True)
    assert found.chapters == ["Energie"]
    assert {s.paragraph for s in found.sentences} == {0, 1, 2}


def test_short_sentences_that_recur_are_not_taken_for_moved(texts):
    old = [texts[0], "Maßnahmen", texts[1], texts[2], texts[3]]
    new = [texts[0], texts[1], texts[2], texts[3], "Maßnahmen"]
    assert kinds(compared(old, new))[MOVED] == 0


@pytest.mark.parametrize("empty", [[], [PageText(1, "", "")], [PageText(1, "Titel", "\n \n")]])
def test_a_version_without_text_is_compared_too(texts, empty):
    filled = cut([PageText(1, "", "\n\n".join(texts[:3]))])
    assert compare(cut(empty), filled).counts == {ADDED: 3}
    assert compare(filled, cut(empty)).counts == {REMOVED: 3}
    assert compare(cut(empty), cut(empty)).counts == {}


def test_two_texts_without_a_common_sentence_stay_bounded():
    """Thousands of equal sentences, then thousands that have nothing in common."""
    same = [PageText(n, "", "Es war so. " * 400) for n in range(1, 40)]
    other = [PageText(n, "", "Nun ist es anders gekommen. " * 400) for n in range(1, 40)]
    comparison = compare(cut(same), cut(other))
    assert comparison.counts[SAME] == 0


def test_the_matching_page_is_found_by_what_it_says(texts):
    old, new = pages(texts), pages([*texts[:2], *[t.upper() for t in texts[20:30]], *texts[2:20]])
    assert matching_page(old[1], new) == 4  # its six paragraphs lie on pages 3 and 4
    assert matching_page(PageText(3, "", "Nichts davon kennt irgendwer anders."), new) is None
    assert matching_page(PageText(3, "", ""), new) is None
    assert matching_page(old[0], []) is None


# Planted edits -----------------------------------------------------------------------------------


def planted(seed, count=400):
    """Give an old and a new list of paragraphs and the truth: kind by paragraph's first words."""
    chance = random.Random(seed)
    old = [paragraph(chance) for _ in range(count)]
    entries = [(number, list(p)) for number, p in enumerate(old)]
    chosen = chance.sample(range(count), 80)
    truth = {REMOVED: set(chosen[:20]), MOVED: set(chosen[20:40]), CHANGED: set(chosen[40:80])}
    for number in truth[CHANGED]:
        edit(entries[number][1], chance)
    moved = [entry for entry in entries if entry[0] in truth[MOVED]]
    kept = [entry for entry in entries if entry[0] not in truth[MOVED] | truth[REMOVED]]
    for entry in moved:
        kept.insert(chance.randrange(len(kept)), entry)
    for number in range(count, count + 20):
        kept.insert(chance.randrange(len(kept)), (number, paragraph(chance)))
    truth[ADDED] = set(range(count, count + 20))
    return [" ".join(p) for p in old], kept, truth


def edit(sentences, chance):
    """Change a word or three, drop a sentence or put one in."""
    way = chance.randrange(3)
    if way == 0 and len(sentences) > 2:
        del sentences[chance.randrange(len(sentences))]
    elif way == 1:
        sentences.insert(chance.randrange(len(sentences) + 1), sentence(chance))
    else:
        place = chance.randrange(len(sentences))
        words = sentences[place].split()
        for _ in range(chance.randint(1, 3)):
            words[chance.randrange(1, len(words) - 1)] = "stattdessen"
        sentences[place] = " ".join(words)


def told_by_us(old, new):
    """Give what is said of each paragraph, by its number."""
    by_text = {text: number for number, text in enumerate(old)}
    by_new = {" ".join(sentences): number for number, sentences in new}
    found = {kind: set() for kind in (ADDED, REMOVED, CHANGED, MOVED)}
    for chapter in compared(old, list(by_new)).chapters:
        for passage in chapter.passages:
            if passage.kind == REMOVED:
                found[REMOVED].add(by_text.get(text_of(passage, "del")))
            elif passage.kind != SAME:
                text = " ".join(s.text for s in passage.segments if s.op != "del")
                found[passage.kind].add(by_new.get(text))
    return found


def told_by_difflib(old, new):
    """What the standard library says of the paragraphs alone."""
    texts = [" ".join(sentences) for _, sentences in new]
    found = {kind: set() for kind in (ADDED, REMOVED, CHANGED, MOVED)}
    for tag, a, b, c, d in difflib.SequenceMatcher(None, old, texts, autojunk=False).get_opcodes():
        paired = min(b - a, d - c) if tag == "replace" else 0
        found[CHANGED] |= {number for number, _ in new[c : c + paired]} if tag != "equal" else set()
        if tag != "equal":
            found[ADDED] |= {number for number, _ in new[c + paired : d]}
            found[REMOVED] |= set(range(a + paired, b))
    return found


def scores(told):
    """Give precision and recall of each kind over several plantings."""
    hits, said, true = (dict.fromkeys((ADDED, REMOVED, CHANGED, MOVED), 0) for _ in range(3))
    for seed in range(5):
        old, new, truth = planted(seed)
        found = told(old, new)
        for kind in hits:
            hits[kind] += len(found[kind] & truth[kind])
            said[kind] += len(found[kind])
            true[kind] += len(truth[kind])
    return {
        kind: (round(hits[kind] / max(1, said[kind]), 3), round(hits[kind] / true[kind], 3))
        for kind in hits
    }


def test_planted_edits_are_found_and_told_apart_better_than_by_difflib_alone():
    ours, theirs = scores(told_by_us), scores(told_by_difflib)
    for kind, (precision, recall) in ours.items():
        assert precision >= 0.95, (kind, ours)
        assert recall >= 0.95, (kind, ours)
        assert recall >= theirs[kind][1]
    assert theirs[MOVED] == (0, 0)


def test_a_table_without_lines_is_compared_in_pieces():
    words = [f"wert{number * 7919 % 99991}" for number in range(20_000)]
    added = [*words[:9_000], "neu", *words[9_000:]]
    old, new = (cut([PageText(1, "", " ".join(w))]) for w in (words, added))
    assert max(len(sentence.words) for sentence in new.sentences) <= LONGEST_PIECE
    found = compare(old, new)
    told = [segment for p in found.chapters[0].passages for segment in p.segments]
    assert [segment.text for segment in told if segment.op != "equal"] == ["neu"]
    assert " ".join(segment.text for segment in told) == " ".join(added)


def test_a_very_long_line_is_not_taken_for_a_page_number():
    line = "." + "\u00a0" * 100_000 + "x"
    assert cut([PageText(1, "", f"{line}\n\nEin Satz.")]).sentences[0].text == ". x"


def test_a_paragraph_over_very_many_pages_takes_no_longer_than_its_length():
    pages = [
        PageText(number, "", f"spalte {number} " + "wert " * 500) for number in range(1, 1_501)
    ]
    with takes_less_than(15):  # looked at again and again it takes minutes
        found = cut(pages)
    assert {sentence.paragraph for sentence in found.sentences} == {0}
