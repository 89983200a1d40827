"""What is marked on a page that a search led to."""

import pytest

from kts.documents.marking import shown_text
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
