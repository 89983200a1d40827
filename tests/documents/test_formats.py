"""Slides, tables, web pages and rich text become chapters; hostile ones become a refusal."""

import io
import zipfile

import pytest

from kts.documents.extraction import sniff
from kts.documents.extraction.refusals import Reason, Refusal
from kts.documents.messages import ACCEPTED, ACCEPTED_EXTENSIONS, FORMAT_NAMES, explain
from kts.documents.search import unit_labels
from tests.documents import samples
from tests.documents.test_extraction import extract, refusal
from tests.patience import takes_less_than

OFFICE = "application/vnd.openxmlformats-officedocument."
SHEET_BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "AAAAAAAAAA">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b"]><worksheet><sheetData><row><c><v>&j;</v></c></row></sheetData></worksheet>"
)


def read(tmp_path, name, content):
    opened, chapters, _ = extract(samples.written(tmp_path, name, content))
    assert opened.format == name.rpartition(".")[2]
    assert opened.pages == len(chapters)
    return opened, chapters


def replaced(content, name, change):
    """Give the archive with one of its entries changed."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for entry in old.namelist():
            data = old.read(entry)
            new.writestr(entry, change(data) if entry == name else data)
    return buffer.getvalue()


def read_or_refused(path):
    """Give the text, or the reason where the file is not taken."""
    try:
        return "\n".join(chapter.text for chapter in extract(path)[1]), None
    except Refusal as refused:
        return "", refused.reason


def test_each_slide_is_a_chapter_and_empty_ones_keep_the_numbers_right(tmp_path):
    opened, slides = read(tmp_path, "a.pptx", samples.slides())
    assert opened.title == "Werkstatt Musterhausen"
    assert [slide.heading for slide in slides] == ["Offene Daten", "Zeitplan", ""]
    assert slides[0].text == (
        "## Offene Daten\n\n- Erster \\*Punkt\\*\n- Zweiter Punkt\n\n> Beispielstadt nennen"
    )
    assert "| Ziel | Jahr |\n| --- | --- |\n| Netz | 2026 |" in slides[1].text
    assert "Kasten in der Gruppe" in slides[1].text
    assert slides[2].text == ""


def test_each_sheet_is_a_chapter_with_its_table_and_hidden_ones_stay_hidden(tmp_path):
    opened, sheets = read(tmp_path, "a.xlsx", samples.spreadsheet())
    assert opened.title == "Maßnahmen Musterhausen"
    assert [sheet.heading for sheet in sheets] == ["Maßnahmen", "Liste"]
    assert sheets[0].text == (
        "## Maßnahmen\n\n"
        "| Maßnahme | Beginn | Anteil | Kosten |\n| --- | --- | --- | --- |\n"
        "| Sensor\\|netz | 01.03.2026 | 25 % | 1250,5 |\n| Wärmenetz &lt;b\\> |  |  |  |"
    )


def test_a_long_sheet_becomes_several_chapters_each_with_the_head_of_the_table(tmp_path):
    _, sheets = read(tmp_path, "a.xlsx", samples.spreadsheet(250))
    parts = [sheet.text for sheet in sheets if sheet.heading == "Liste"]
    assert len(parts) == 3
    assert all("| Nummer | Name |\n| --- | --- |" in part for part in parts)
    assert "Zeile249" in parts[2]


def test_a_sheet_that_claims_a_million_rows_is_read_in_a_moment(tmp_path):
    def claim(sheet):
        far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
        sheet = sheet.replace(b"</sheetData>", far)
        return sheet.replace(b'ref="A1:E5"', b'ref="A1:XFD1048576"')

    content = replaced(samples.spreadsheet(), "xl/worksheets/sheet1.xml", claim)
    with takes_less_than(10):
        _, sheets = read(tmp_path, "a.xlsx", content)
    assert "Sensor" in sheets[0].text


def test_a_table_has_no_more_rows_than_people_read(tmp_path):
    _, sheets = read(tmp_path, "a.xlsx", samples.spreadsheet(3_000))
    text = "".join(sheet.text for sheet in sheets)
    assert "Zeile1990" in text
    assert "Zeile2001" not in text


def test_a_web_page_gives_its_content_without_what_stands_around_it(tmp_path):
    opened, chapters = read(tmp_path, "a.html", samples.WEB_PAGE.encode("cp1252"))
    assert opened.title == "Digital – Musterhausen"
    text = "\n".join(chapter.text for chapter in chapters)
    assert "# Digitale Gemeinde\n\nDie Gemeinde baut ein Sensornetz für den Hochwasser" in text
    assert r"3 &lt; 5 \*Mio\*" in text
    assert "## Ziele\n\n- Offene Daten\n- Kurze Wege" in text
    assert "| Ziel | Jahr |" in text
    for left_out in ("Skript", "Startseite", "Menü", "Werbung", "Verstecktes", "Impressum"):
        assert left_out not in text
    assert "javascript" not in text
    assert "onerror" not in text


@pytest.mark.parametrize(
    "content",
    [
        "<html><body><p>Straße</p>" * 20_000,
        "<html><body>" + "<div>" * 100_000 + "Straße",
        "<html><body>" + "<b>" * 100_000 + "Straße",
        "<!DOCTYPE html><p>Straße",
        "<html><body><article>kurz</article><p>Straße</p></body></html>",
        "\ufeff<!doctype html><html><frameset></frameset><p>Straße",
    ],
)
def test_odd_web_pages_are_read_or_refused_but_never_hang(tmp_path, content):
    path = samples.written(tmp_path, "a.html", content)
    with takes_less_than(20):
        text, reason = read_or_refused(path)
    assert "Straße" in text or reason in (Reason.BROKEN, Reason.NO_TEXT, Reason.TOO_HUNGRY)


def test_rich_text_gives_its_paragraphs_without_its_pictures(tmp_path):
    opened, chapters = read(tmp_path, "a.rtf", samples.RICH_TEXT.encode("ascii"))
    assert opened.title == "Satzung Musterhausen"
    assert chapters[0].text == "Satzung der Gemeinde für Straßen.\n\nZweiter Absatz."


HOSTILE = {
    "half slides": ("a.pptx", samples.slides()[:9_000], Reason.BROKEN),
    "half sheet": ("a.xlsx", samples.spreadsheet()[:3_000], Reason.BROKEN),
    "slides in name only": (
        "a.pptx",
        samples.office_archive(f"{OFFICE}presentationml.presentation.main+xml"),
        Reason.BROKEN,
    ),
    "sheet in name only": (
        "a.xlsx",
        samples.office_archive(f"{OFFICE}spreadsheetml.sheet.main+xml"),
        Reason.BROKEN,
    ),
    "macros in word": (
        "a.docm",
        samples.office_archive("application/vnd.ms-word.document.macroEnabled.main+xml"),
        Reason.MACROS,
    ),
    "macros in excel": (
        "a.xlsx",
        samples.office_archive("application/vnd.ms-excel.sheet.macroEnabled.main+xml"),
        Reason.MACROS,
    ),
    "zip bomb": (
        "a.xlsx",
        samples.office_archive(
            f"{OFFICE}spreadsheetml.sheet.main+xml", xl__worksheets__sheet1=b" " * 90_000_000
        ),
        Reason.BOMB,
    ),
    "page without words": ("a.html", b"<!doctype html><html><nav>a</nav>", Reason.NO_TEXT),
    "rich text without words": ("a.rtf", b"{\\rtf1\\ansi}", Reason.NO_TEXT),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_files_are_refused_with_their_reason(tmp_path, case):
    name, content, reason = HOSTILE[case]
    assert refusal(samples.written(tmp_path, name, content)).reason == reason


@pytest.mark.parametrize("entry", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"])
def test_an_xml_bomb_in_a_sheet_does_not_go_off(tmp_path, entry):
    content = replaced(samples.spreadsheet(), entry, lambda _: SHEET_BOMB)
    path = samples.written(tmp_path, "a.xlsx", content)
    text, reason = read_or_refused(path)
    assert len(text) < 100_000
    assert text or reason in (Reason.BROKEN, Reason.NO_TEXT, Reason.TOO_HUNGRY)


def test_an_xml_bomb_in_a_slide_does_not_go_off(tmp_path):
    bomb = SHEET_BOMB.partition(b"<worksheet>")[0]

    def change(slide):
        body = slide.partition(b"?>")[2]
        return bomb + body.replace(b"Offene Daten", b"&j;")

    content = replaced(samples.slides(), "ppt/slides/slide1.xml", change)
    path = samples.written(tmp_path, "a.pptx", content)
    text, reason = read_or_refused(path)
    assert len(text) < 100_000
    assert text or reason in (Reason.BROKEN, Reason.TOO_HUNGRY)


@pytest.mark.parametrize(("detail", "instead"), [("DOC", "DOCX"), ("XLS", "XLSX"), ("PPT", "PPTX")])
def test_who_has_an_old_file_is_told_as_what_to_save_it(app, detail, instead):
    with app.test_request_context("/"):
        text = explain("outdated", detail)
    assert detail in text
    assert instead in text


def test_all_formats_are_named_and_offered(client, login, make_user):
    page = login(client, make_user("moderator")).get("/dokumente/neu").text
    assert ACCEPTED in page
    assert f'accept="{ACCEPTED_EXTENSIONS}"' in page
    for name in sniff.FORMATS:
        assert f".{name}" in ACCEPTED_EXTENSIONS
        assert FORMAT_NAMES[name]


@pytest.mark.parametrize(
    ("name", "content", "chapter", "words"),
    [
        ("a.pptx", samples.slides(), 2, "<td>Netz</td>"),
        ("a.xlsx", samples.spreadsheet(), 1, "<td>Wärmenetz &lt;b&gt;</td>"),
        ("a.htm", samples.WEB_PAGE.encode("cp1252"), 1, "<h2>Digitale Gemeinde</h2>"),
        ("a.rtf", samples.RICH_TEXT.encode("ascii"), 1, "Zweiter Absatz."),
    ],
)
def test_a_published_file_is_shown_as_chapters_and_only_ever_saved(
    client, publish, name, content, chapter, words
):
    document = publish(content, name)
    assert words in client.get(f"{document.path}/seite/{chapter}").text
    answer = client.get(f"{document.path}/datei")
    assert answer.data == content
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "html" not in answer.headers["Content-Type"]


@pytest.mark.parametrize(
    ("name", "content", "called"),
    [
        ("a.pptx", samples.slides(), "Folie"),
        ("a.xlsx", samples.spreadsheet(), "Teil"),
        ("a.rtf", samples.RICH_TEXT.encode("ascii"), "Kapitel"),
        ("a.pdf", samples.pdf(), "Seite"),
    ],
)
def test_the_pages_of_a_file_are_called_what_its_readers_call_them(
    client, publish, name, content, called
):
    document = publish(content, name)
    heading = client.get(f"{document.path}/seite/1").text.partition("<h1>")[2]
    assert heading.startswith(f"{called} 1")
    assert unit_labels([str(document.id)]) == {str(document.id): called}
