"""The readable part of an address stays what it was, whichever way it was made."""

import pytest
from slugify import slugify as transliterated

from kts.core.text import GERMAN, SLUG_LENGTH, slugify

TITLES = [
    "Bürgerbeteiligung – was trägt, was nicht?",
    "„Offene Daten“: 5 € je Straße & 12,5 % mehr",
    "Café, Łódź, İstanbul, čeština, Ærø",
    "½ Stelle · 20 m² · Müller’s Hof (Teil 2)",
    "Öffentliche Räume/Übergänge_2026",
    "Отчёт 2026",
    "1,000 Sensoren &amp; mehr",
    "Sehr langer Titel, " * 20,
]


@pytest.mark.parametrize("title", TITLES)
def test_no_address_changes_by_the_short_way(title):
    before = transliterated(title, max_length=SLUG_LENGTH, word_boundary=True, replacements=GERMAN)
    assert slugify(title) == before


@pytest.mark.parametrize("title", ["", "???", "🙂"])
def test_no_address_is_empty(title):
    assert slugify(title) == "x"
