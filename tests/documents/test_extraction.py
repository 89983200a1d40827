"""Files become pages of findable text, or a reason why not."""

import io
import zipfile

import pytest

from kts.core.text import plain_text, render_markdown
from kts.documents.extraction import cleaning, marking, runner
from kts.documents.extraction.refusals import Reason, Refusal
from kts.documents.extraction.shapes import Accessibility, Done, Opened, Page
from tests.documents import samples
from tests.patience import takes_less_than


def extract(path, name=None):
    events = list(runner.extract(path, name or path.name))
    assert isinstance(events[0], Opened)
    assert isinstance(events[-1], Done)
    return events[0], [event for event in events if isinstance(event, Page)], events[-1]


def refusal(path, name=None):
    with pytest.raises(Refusal) as caught:
        runner.probe(path, name or path.name)
    return caught.value


def test_a_pdf_is_read_page_by_page_with_headings_from_its_outline(tmp_path):
    opened, pages, done = extract(samples.written(tmp_path, "a.pdf", samples.pdf(4)))
    assert (opened.format, opened.pages, opened.title) == ("pdf", 4, "Strategie Musterhausen")
    assert [page.heading for page in pages] == ["Kapitel 1", "Kapitel 1", "Kapitel 3", "Kapitel 3"]
    assert [f"Kennwort{n}." in page.text for n, page in enumerate(pages, 1)] == [True] * 4
    assert done.language == "de"


def test_a_pdf_without_outline_takes_the_largest_line_as_heading(tmp_path):
    _, pages, _ = extract(samples.written(tmp_path, "a.pdf", samples.pdf(2, outline=False)))
    assert [page.heading for page in pages] == ["Abschnitt 1", "Abschnitt 2"]


def test_a_phrase_is_not_broken_by_line_ends(tmp_path):
    _, pages, _ = extract(samples.written(tmp_path, "a.pdf", samples.pdf(1)))
    assert samples.SENTENCES[3] in pages[0].text
    assert pages[0].text.count("\n\n") == 4


def test_hyphenation_is_joined_and_real_hyphens_stay(tmp_path):
    _, pages, _ = extract(samples.written(tmp_path, "a.pdf", samples.hyphenated_pdf()))
    assert pages[0].text == (
        "Die Verwaltung treibt die Digitalisierung der Energie- und Wasserversorgung voran und "
        "die Smart-City-Strategie wird beschlossen.\n\nEin zweiter Absatz folgt."
    )


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("Stadt-\nentwicklung", "Stadtentwicklung"),
        ("Stadt\ufffeentwicklung", "Stadtentwicklung"),
        ("Stadt\u00adentwicklung", "Stadtentwicklung"),
        ("Stadt\u00ad\nentwicklung", "Stadtentwicklung"),
        ("Energie-\nund Wärmenetz", "Energie- und Wärmenetz"),
        ("EU-\nweit", "EU-weit"),
        ("2020-\n2025", "2020-2025"),
        ("Smart-City-\nCharta", "Smart-City-Charta"),
        ("ZIVIL\ufffeGESELLSCHAFT", "ZIVILGESELLSCHAFT"),
        ("Open-Data-Portal", "Open-Data-Portal"),
        ("e\ufb03zient", "effizient"),
        ("fu\u0308r", "für"),
        ("f\u00a8ur die M\u00a8 oglichkeit", "für die Möglichkeit"),
        ("a\x00b\x07c\u200bd\ufeff", "abcd"),
    ],
)
def test_characters_are_cleaned(raw, clean):
    assert cleaning.join_hyphenation(cleaning.clean_characters(raw)) == clean


def test_a_word_without_end_is_read_in_the_time_of_its_length():
    with takes_less_than(10):  # tried from each letter it takes minutes
        assert len(cleaning.join_hyphenation("ä" * 100_000)) == 100_000


def test_a_scan_is_recognised(tmp_path):
    _, pages, _ = extract(samples.written(tmp_path, "a.pdf", samples.scanned_pdf()))
    assert pages[0].image_only
    assert pages[0].text == ""


def test_word_becomes_chapters_of_markdown(tmp_path):
    opened, pages, _ = extract(samples.written(tmp_path, "a.docx", samples.word()))
    assert (opened.format, opened.title) == ("docx", "Leitfaden Beispielstadt")
    assert [page.heading for page in pages] == ["Ausgangslage", "Maßnahmen"]
    assert "- Erster Punkt\n- Zweiter Punkt" in pages[1].text
    assert "| Ziel | Jahr |\n| --- | --- |\n| Sensornetz | 2026 |" in pages[1].text
    assert r"\*Sternchen\* und &lt;spitzen\>" in pages[1].text


@pytest.mark.parametrize("sign", "\\`*_{}[]<>|~^$=&!#+-.():\"'")
def test_signs_of_markdown_are_shown_as_they_were_typed(sign):
    typed = f"Wort {sign}b{sign} {sign}{sign}x{sign}{sign} Ende {sign} zu"
    assert plain_text(render_markdown(marking.escape(typed))) == typed
    table = marking.table_block([["a", "b"], [typed, "x"]])
    assert typed in plain_text(render_markdown(table))
    assert plain_text(render_markdown(marking.escape(f"Zeile\n{sign * 3}"))) in (
        f"Zeile\n{sign * 3}",
        f"Zeile {sign * 3}",
    )


def test_opendocument_becomes_chapters_of_markdown(tmp_path):
    opened, pages, _ = extract(samples.written(tmp_path, "a.odt", samples.opendocument()))
    assert (opened.format, opened.title) == ("odt", "Konzept Musterhausen")
    assert [page.heading for page in pages] == ["Anlass", "Ziele"]
    assert "- Offene Daten\n- Kurze Wege" in pages[1].text


def test_markdown_is_cut_at_headings_and_not_in_code(tmp_path):
    opened, pages, _ = extract(samples.written(tmp_path, "a.md", samples.MARKDOWN))
    assert (opened.format, opened.title) == ("md", "Digitalstrategie Musterhausen")
    assert [page.heading for page in pages] == ["Ausgangslage", "Ziele"]
    assert "*Karte*" in pages[1].text
    assert "Kapitel 4 und [Amt](https://example.org/amt)" in pages[1].text
    assert "```\n# keine Überschrift\n```" in pages[1].text


def test_plain_text_is_cut_at_paragraph_ends(tmp_path):
    paragraph = " ".join(samples.SENTENCES)
    text = "\n\n".join([paragraph] * 60)
    opened, pages, _ = extract(samples.written(tmp_path, "a.txt", text.encode("cp1252")))
    assert opened.pages == len(pages) > 1
    assert "\n\n".join(page.text for page in pages) == text
    assert all(page.text.endswith("Rechenzentrum.") for page in pages)


def test_one_endless_paragraph_is_still_cut(tmp_path):
    path = samples.written(tmp_path, "a.txt", "Wort " * 20_000)
    assert all(len(page.text) <= 9_000 for page in extract(path)[1])


def test_a_wrong_extension_does_not_matter_when_the_content_is_known(tmp_path):
    path = samples.written(tmp_path, "a", samples.pdf(1))
    assert runner.probe(path, "bericht.docx").format == "pdf"


BROKEN = {
    "empty": ("a.pdf", b"", Reason.EMPTY),
    "blank": ("a.txt", b" \n\n ", Reason.EMPTY),
    "encrypted pdf": ("a.pdf", samples.encrypted_pdf(), Reason.ENCRYPTED),
    "encrypted docx": ("a.docx", samples.encrypted_word(), Reason.ENCRYPTED),
    "encrypted odt": ("a.odt", samples.encrypted_opendocument(), Reason.ENCRYPTED),
    "half a pdf": ("a.pdf", samples.pdf(3)[:700], Reason.BROKEN),
    "pdf in name only": ("a.pdf", b"%PDF-1.7\nnothing follows", Reason.BROKEN),
    "half a docx": ("a.docx", samples.word()[:2000], Reason.BROKEN),
    "text called pdf": ("a.pdf", b"Seite nicht gefunden", Reason.MISLABELLED),
    "web page called pdf": ("a.pdf", b"<!DOCTYPE html><html></html>", Reason.MISLABELLED),
    "picture": ("a.pdf", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), Reason.UNSUPPORTED),
    "old container": ("a.msg", samples.old_office("Nachricht"), Reason.UNSUPPORTED),
    "old word": ("a.doc", samples.old_office("WordDocument"), Reason.OUTDATED),
    "old excel": ("a.xls", samples.old_office("Workbook"), Reason.OUTDATED),
    "old powerpoint": ("a.ppt", samples.old_office("PowerPoint Document"), Reason.OUTDATED),
    "encrypted xlsx": ("a.xlsx", samples.encrypted_word(), Reason.ENCRYPTED),
    "noise": ("a.pdf", bytes(range(256)) * 20, Reason.BROKEN),
    "zip bomb": ("a.docx", samples.zip_bomb(), Reason.BOMB),
    "empty archive": ("a.docx", b"PK\x05\x06" + b"\0" * 18, Reason.UNSUPPORTED),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_cannot_be_taken_is_refused_with_its_reason(tmp_path, case):
    name, content, reason = BROKEN[case]
    assert refusal(samples.written(tmp_path, name, content)).reason == reason


def test_a_word_file_without_words_is_refused(tmp_path):
    import docx

    buffer = io.BytesIO()
    docx.Document().save(buffer)
    path = samples.written(tmp_path, "a.docx", buffer.getvalue())
    assert refusal(path).reason == Reason.NO_TEXT


def test_an_archive_that_lies_about_its_size_does_no_harm(tmp_path):
    content = bytearray(samples.word())
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entry = archive.getinfo("word/document.xml")
    size = entry.file_size.to_bytes(4, "little")
    content = content.replace(size, (10).to_bytes(4, "little"))
    path = samples.written(tmp_path, "a.docx", bytes(content))
    assert refusal(path).reason == Reason.BROKEN


def test_too_little_memory_is_a_refusal_and_not_a_crash(tmp_path, monkeypatch):
    monkeypatch.setenv("KTS_EXTRACTION_MEMORY_MB", "90")
    path = samples.written(tmp_path, "a.txt", "Wort Wort Wort.\n\n" * 900_000)
    assert refusal(path).reason in (Reason.TOO_HUNGRY, Reason.BROKEN)


def test_too_much_time_is_a_refusal(tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "PROBE_SECONDS", 0.0)
    path = samples.written(tmp_path, "a.pdf", samples.pdf(1))
    assert refusal(path).reason == Reason.TOO_SLOW


def test_pages_arrive_while_the_child_still_reads(tmp_path):
    events = runner.extract(samples.written(tmp_path, "a.pdf", samples.pdf(30)), "a.pdf")
    assert isinstance(next(events), Opened)
    assert next(events).number == 1
    events.close()  # ends the child


def test_a_child_that_is_ended_from_outside_says_nothing_about_the_file(tmp_path, monkeypatch):
    popen = runner.subprocess.Popen

    def ended(*args, **values):
        process = popen(*args, **values)
        process.terminate()
        return process

    monkeypatch.setattr(runner.subprocess, "Popen", ended)
    with pytest.raises(runner.Interrupted):
        runner.probe(samples.written(tmp_path, "a.pdf", samples.pdf(1)), "a.pdf")


def test_pages_are_drawn_as_webp(tmp_path):
    path = samples.written(tmp_path, "a.pdf", samples.pdf(3))
    drawn = list(runner.render(path, [1, 3], tmp_path))
    assert [(page.number, page.width) for page in drawn] == [(1, 900), (3, 900)]
    assert (tmp_path / "3.webp").read_bytes()[8:12] == b"WEBP"


def test_the_child_gets_no_secrets(tmp_path, monkeypatch):
    monkeypatch.setenv("KTS_SECRET_KEY", "geheim")
    seen = {}
    popen = runner.subprocess.Popen
    monkeypatch.setattr(
        runner.subprocess, "Popen", lambda *a, **k: seen.update(k["env"]) or popen(*a, **k)
    )
    runner.probe(samples.written(tmp_path, "a.txt", "Ein Satz."), "a.txt")
    assert "KTS_SECRET_KEY" not in seen


def test_real_strategies_are_read(shared, tmp_path):
    folder = shared / "data" / "strategies" / "ulm"
    opened, pages, done = extract(folder / "Ueberblick_Ulm4CleverCity.pdf")
    assert (opened.pages, len(pages), done.language) == (37, 37, "de")
    assert all(page.heading for page in pages)
    for path in sorted(folder.glob("*/*.md")):
        opened, pages, done = extract(path)
        assert opened.pages == len(pages) >= 1
        assert done.language in ("de", "")


def test_what_a_pdf_does_for_assistive_technology_is_told(tmp_path):
    _, _, done = extract(samples.written(tmp_path, "a.pdf", samples.pdf(2)))
    facts = Accessibility.from_json(done.accessibility)
    assert (facts.title, facts.bookmarks, facts.tagged) == ("Strategie Musterhausen", True, False)
    assert (facts.language, facts.pdf_ua, facts.pages_without_text) == ("", 0, 0)
    assert not facts.encrypted
    _, _, done = extract(samples.written(tmp_path, "b.pdf", samples.accessible_pdf()))
    facts = Accessibility.from_json(done.accessibility)
    assert (facts.language, facts.pdf_ua, facts.tagged) == ("de-DE", 1, True)
    _, _, done = extract(samples.written(tmp_path, "c.pdf", samples.scanned_pdf()))
    assert Accessibility.from_json(done.accessibility).pages_without_text == 1


@pytest.mark.parametrize("blocks", [True, False])
def test_a_pdf_whose_permissions_keep_screen_readers_away_is_told(tmp_path, blocks):
    path = samples.written(tmp_path, "a.pdf", samples.pdf_with_permissions(reading=not blocks))
    _, pages, done = extract(path)
    facts = Accessibility.from_json(done.accessibility)
    assert (facts.encrypted, facts.blocks_reading) == (True, blocks)
    assert pages[0].text


@pytest.mark.parametrize("stored", [None, "", "{}", "[]", "null", '{"tagged": true}', "x" * 99])
def test_facts_that_are_not_understood_are_unknown(stored):
    assert Accessibility.from_json(stored) is None
