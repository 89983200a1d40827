"""Words lie where they are drawn, in whatever way the page is turned and cropped."""

import io
import os
import random

import pypdfium2 as pdfium
import pytest
from PIL import Image

from kts.documents import completion
from kts.documents.boxes import WordBox, pack, unpack
from kts.documents.extraction import runner
from kts.documents.extraction.places import MAX_LETTERS, MAX_WORDS, WHOLE
from kts.documents.extraction.shapes import Page, from_text
from kts.documents.models import DocumentPage, DocumentVersion
from tests.documents import samples

WORDS = [WordBox("Straße", 100, 200, 300, 90), WordBox("🌳", 0, 0, WHOLE, WHOLE)]


def places(path, number=1):
    pages = [event for event in runner.extract(path, path.name) if isinstance(event, Page)]
    return unpack(from_text(pages[number - 1].places))


def turned(content, degrees, crop=None):
    document = pdfium.PdfDocument(content)
    page = document[0]
    page.set_rotation(degrees)
    if crop:
        page.set_cropbox(*crop)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def test_what_is_packed_can_be_unpacked():
    assert unpack(pack(WORDS)) == WORDS
    assert unpack(pack([])) == []
    assert unpack(None) == []
    assert pack([]) != b""


def test_packing_is_bounded_and_small():
    endless = (WordBox("W" * 1_000, 9_999, 99_999, -5, 3) for _ in range(MAX_WORDS * 2))
    back = unpack(pack(endless))
    assert len(back) == MAX_WORDS
    assert back[0] == WordBox("W" * MAX_LETTERS, 9_999, WHOLE, 0, 3)
    line = [WordBox(f"Wort{n}", n % 12 * 800, n // 12 * 150, 700, 120) for n in range(500)]
    assert len(pack(line)) < 2_500


def test_damaged_bytes_give_words_or_nothing_and_never_an_error():
    chance = random.Random(3)
    good = pack(WORDS * 50)
    for _ in range(2_000):
        bad = bytearray(good)
        bad[chance.randrange(len(bad))] ^= chance.randrange(1, 256)
        assert isinstance(unpack(bytes(bad)), list)
        assert isinstance(unpack(b"\x01" + os.urandom(40)), list)
        assert isinstance(unpack(good[: chance.randrange(len(good))]), list)


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
@pytest.mark.parametrize("crop", [None, (30, 300, 560, 830)])
def test_every_box_holds_the_ink_of_its_word_and_covers_nothing_else(tmp_path, degrees, crop):
    content = turned(samples.hyphenated_pdf(), degrees, crop)
    path = samples.written(tmp_path, "a.pdf", content)
    (drawn,) = runner.render(path, [1], tmp_path)
    picture = Image.open(tmp_path / drawn.file).convert("L")
    words = places(path)
    assert "Verwaltung" in [word.text for word in words]
    for word in words:
        box = (
            word.left * picture.width // WHOLE - 1,
            word.top * picture.height // WHOLE - 1,
            -(-(word.left + word.width) * picture.width // WHOLE) + 1,
            -(-(word.top + word.height) * picture.height // WHOLE) + 1,
        )
        assert picture.crop(box).getextrema()[0] < 100, word
        picture.paste(255, box)
    assert picture.getextrema()[0] > 180  # no ink is left outside the boxes


def test_a_word_broken_at_a_line_end_has_two_places_with_its_whole_text(tmp_path):
    words = places(samples.written(tmp_path, "a.pdf", samples.hyphenated_pdf()))
    halves = [word for word in words if word.text == "Digitalisierung"]
    assert len(halves) == 2
    assert halves[0].top < halves[1].top
    assert halves[0].left > halves[1].left
    joined = [word for word in words if word.text == "Smart-City-Strategie"]
    assert len(joined) == 2
    assert [word.text for word in words].count("Energie-") == 1


def test_places_are_kept_with_each_page_and_not_loaded_with_it(publish, db_session):
    document = publish(samples.pdf(2), "a.pdf")
    pages = db_session.scalars(
        db_session.query(DocumentPage).filter_by(version_id=document.current_version_id).statement
    ).all()
    assert all("word_boxes" not in page.__dict__ for page in pages)
    assert [unpack(page.word_boxes)[0].text for page in pages] == ["Abschnitt", "Abschnitt"]


def test_versions_read_before_get_places_and_facts_and_keep_their_text(publish, db_session):
    version = publish(samples.pdf(30), "a.pdf").current_version
    text = version.pages[0].text
    places_before = [page.word_boxes for page in version.pages]
    db_session.query(DocumentPage).update({"word_boxes": None})
    version.accessibility_facts = None
    db_session.commit()
    assert completion.complete_some() == 1
    assert completion.complete_some() == 0
    version = db_session.get(DocumentVersion, version.id, populate_existing=True)
    assert version.accessibility.bookmarks
    db_session.expire_all()
    assert [page.word_boxes for page in version.pages] == places_before
    assert version.pages[0].text == text


def test_a_file_that_is_gone_is_not_looked_at_every_night(publish, db_session):
    from kts.core import storage

    version = publish(samples.pdf(1), "a.pdf").current_version
    version.accessibility_facts = None
    storage.blob_path(version.blob_key).write_bytes(b"%PDF-1.7 damaged")
    db_session.commit()
    assert completion.complete_some() == 1
    assert completion.complete_some() == 0
    db_session.refresh(version)
    assert version.accessibility is None
