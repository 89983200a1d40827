"""What is marked on a page that a search led to."""

import pytest

from kts.documents.boxes import WordBox, pack
from kts.documents.marking import MOST_BOXES, marked_page, shown_text
from kts.documents.models import DocumentPage

pytestmark = pytest.mark.usefixtures("db_session")


@pytest.mark.parametrize(
    ("query", "marked"),
    [
        ("Beteiligungen", "<mark>Beteiligung</mark>"),
        ("Bürgerbeteiligung", "<mark>Beteiligung</mark>"),
        ("buergerbudget", "<mark>Bürgerbudget</mark>"),
    ],
)
def test_words_are_marked_inflected_folded_and_as_part_of_what_was_asked(query, marked):
    page = DocumentPage(text="Die Beteiligung <begann>.\n\nEin Bürgerbudget folgte.")
    assert marked in shown_text(page, query)
    assert "&lt;begann&gt;" in shown_text(page, query)


def test_the_word_itself_is_enough():
    page = DocumentPage(text="Bürgerbeteiligung ist mehr als Beteiligung.")
    text = shown_text(page, "Bürgerbeteiligung")
    assert text.count("<mark>") == 1


@pytest.mark.parametrize("query", ["", "   ", "und", '"', "-"])
def test_without_words_nothing_is_marked(query):
    page = DocumentPage(text="Und dann?")
    assert "<mark>" not in shown_text(page, query)


def with_boxes(*words):
    """Give a page whose words lie below each other."""
    boxes = [WordBox(word, 1000, 500 * n, 900, 300) for n, word in enumerate(words)]
    return DocumentPage(text=" ".join(words), word_boxes=pack(boxes))


@pytest.mark.parametrize(
    ("query", "marked"),
    [
        ("Beteiligung", ["Beteiligung,", "Bürgerbeteiligung"]),
        ("buergerbeteiligung", ["Bürgerbeteiligung"]),
        ("Home-Office", ["Home-Office"]),
        ("Kläranlage", []),
        ("kommune:Ulm Beteiligung", ["Beteiligung,", "Bürgerbeteiligung"]),
    ],
)
def test_the_same_words_are_marked_on_the_picture_as_in_the_text(query, marked):
    page = with_boxes("Ulm", "plant", "Beteiligung,", "Bürgerbeteiligung", "im", "Home-Office")
    found = marked_page(page, query)
    assert [box.text for box in found.boxes] == marked
    assert found.places == len(marked)


def test_without_a_query_or_places_nothing_lies_on_the_picture():
    assert marked_page(with_boxes("Beteiligung"), "").boxes == []
    found = marked_page(DocumentPage(text="Beteiligung"), "Beteiligung")
    assert (found.boxes, found.places) == ([], 1)


def test_the_number_of_marks_on_a_picture_is_bounded():
    found = marked_page(with_boxes(*["Daten"] * (MOST_BOXES + 5)), "Daten")
    assert len(found.boxes) == MOST_BOXES
    assert found.places == MOST_BOXES + 5
