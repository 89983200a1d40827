"""What the embedded engine reads where it lies: mapped segments, written columns, kept words."""

import dataclasses
import io

import numpy as np
import pytest
from whoosh.columns import VarBytesColumn
from whoosh.filedb.structfile import StructFile

from kts.search import german
from kts.search.engine import Change
from kts.search.engines.columns import Book, Columns
from kts.search.engines.segments import Remembered
from kts.search.engines.vocabulary import Vocabulary
from kts.search.engines.whoosh import WhooshEngine, files, segments
from tests.search.conftest import PUBLIC, ask, make_document


@pytest.fixture
def engine(tmp_path):
    return WhooshEngine(tmp_path / "index")


def fill(engine):
    """Leave several segments, one of them merged, and documents that were deleted."""
    engine.rebuild(make_document(n, f"Sensoren im Ort {n}.", year=2000 + n) for n in range(1, 4))
    for number in range(4, 12):
        document = make_document(
            number, "Straßenbäume am Radweg.", title=f"Grünplan {number}", topics=("klima", "rad"),
            visibility="members" if number % 2 else "public", superseded=number == 8,
        )  # fmt: skip
        engine.apply([Change(document.parent, [document]), Change(f"document:{number - 3}")])


def answer(engine, query):
    return dataclasses.replace(engine.search(ask(query)), took_ms=0)


def test_the_columns_of_a_segment_tell_what_its_entries_tell(engine):
    fill(engine)
    engine.search(ask("Radweg"))
    view = engine._open.view
    for segment in view.segments:
        book = Book()
        written, told = segment.columns(book), Columns.of(segment.all_entries(), book)
        for name, column in told.arrays().items():
            assert np.array_equal(written.arrays()[name], column), name
        assert book.topics.values[-1] == ("klima", "rad") or segment.size == 3


def test_segments_of_before_without_columns_and_words_answer_the_same(engine, monkeypatch):
    fill(engine)
    questions = ("Radweg", "Radwex", "Sensoren Ort", '"Straßenbäume am"')
    expected = [answer(engine, question) for question in questions]
    suggested = engine.suggest("grün", PUBLIC)
    assert expected[0].total
    assert expected[1].did_you_mean
    assert suggested
    parts = files.SegmentFile.part
    own = (segments.COLUMNS_EXT, segments.WORDS_EXT)
    monkeypatch.setattr(
        files.SegmentFile, "part", lambda file, end: None if end in own else parts(file, end)
    )
    old = WhooshEngine(engine.store.folder)
    assert [answer(old, question) for question in questions] == expected
    assert old.suggest("grün", PUBLIC) == suggested


def test_what_was_mapped_is_given_back_while_it_is_read_on(engine, monkeypatch):
    monkeypatch.setattr(files, "MAPPED_AT_MOST", 1)
    given_back = []
    give = files.SegmentFile.give_back
    monkeypatch.setattr(
        files.SegmentFile, "give_back", lambda file: (given_back.append(file), give(file))
    )
    fill(engine)
    assert answer(engine, "Radweg").total
    assert given_back
    assert answer(engine, "Straßenbäume").total


@pytest.mark.parametrize("cutoff", [2, 2**15])
def test_values_are_found_with_and_without_written_beginnings(cutoff):
    values = [b"eins", b"", b"drei" * 100, "fünf".encode()]
    file = io.BytesIO()
    writer = VarBytesColumn(write_offsets_cutoff=cutoff).writer(StructFile(file))
    for number, value in enumerate(values):
        writer.add(number, value)
    writer.finish(len(values))
    found = files.Values(memoryview(file.getvalue()), len(values))
    assert [found[number] for number in range(len(values))] == values


def test_arrays_come_back_as_they_were_packed():
    arrays = {"a": np.arange(5, dtype=np.uint16), "b": np.array([0.5]), "c": np.zeros(0, bool)}
    found, table = files.unpack(memoryview(b"".join(files.pack(arrays, {"ü": [1]}))))
    assert table == {"ü": [1]}
    for name, values in arrays.items():
        assert found[name].dtype == values.dtype
        assert np.array_equal(found[name], values)


def test_a_vocabulary_gives_near_words_and_beginnings_of_any_script():
    words = ["radweg", "radwege", "haus", "город", "городa", "7a", "café"]
    vocabulary = Vocabulary.of((word.encode() for word in words), {b"radweg", "город".encode()})
    assert {"radweg", "radwege"} <= set(vocabulary.near("radwex", 2))
    assert "haus" not in vocabulary.near("radwex", 1)
    assert "город" in vocabulary.near("горад", 1)
    assert vocabulary.titles_beginning("rad", 5) == ["radweg"]
    assert vocabulary.titles_beginning("гор", 5) == ["город"]
    assert vocabulary.titles_beginning("\ud800", 5) == []
    assert Vocabulary.of([], set()).near("radweg", 1) == []


def test_the_list_of_parts_finds_each_form_and_no_other():
    parts = german.Parts(
        b"".join(
            b"%s %d -1\n" % (b"form" + bytes([97 + n // 26, 97 + n % 26]), n) for n in range(99)
        )
    )
    assert [parts.get(form) for form in parts] == [(number, -1) for number in range(99)]
    for absent in ("", "a", "form", "formaaa", "zzz", "orm"):
        assert parts.get(absent) is None


def test_what_is_remembered_stays_within_its_room():
    remembered = Remembered(10, len)
    for number in range(20):
        remembered.put(number, "abc")
    assert [n for n in range(20) if remembered.get(n)] == [17, 18, 19]


def test_words_analysed_before_are_forgotten_and_analysed_the_same(monkeypatch):
    monkeypatch.setattr(german, "_room", 3)
    recent = german._Recent(str.upper)
    assert [recent[word] for word in "abcdefgabc"] == list("ABCDEFGABC")
    assert len(recent) <= 3
