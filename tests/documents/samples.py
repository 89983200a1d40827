"""Makes the files that the tests upload; all places and sentences in them are made up."""

import io
import struct
import zipfile
from pathlib import Path

import docx
from fpdf import FPDF
from odfdo import Document as OpenDocument
from odfdo import Header, List, Paragraph

SENTENCES = (
    "Die Gemeinde Musterhausen baut ein offenes Sensornetz für den Hochwasserschutz auf.",
    "Bürgerinnen und Bürger melden Schlaglöcher über ein gemeinsames Formular.",
    "Der Gemeinderat beschließt jedes Jahr, welche Daten veröffentlicht werden.",
    "Die Stadtwerke Beispielstadt erproben ein Wärmenetz mit Abwärme aus dem Rechenzentrum.",
)


def pdf(pages: int = 3, *, outline: bool = True, title: str = "Strategie Musterhausen") -> bytes:
    """A text PDF; page n says "Kennwort Seite n" in words that occur nowhere else."""
    document = FPDF()
    document.set_title(title)
    for number in range(1, pages + 1):
        document.add_page()
        if outline and number % 2 == 1:
            document.start_section(f"Kapitel {number}")
        document.set_font("helvetica", "B", 20)
        document.cell(0, 12, f"Abschnitt {number}", new_x="LMARGIN", new_y="NEXT")
        document.set_font("helvetica", size=11)
        for repeat in range(4):
            text = " ".join(SENTENCES[(repeat + k) % 4] for k in range(3))
            document.multi_cell(0, 6, f"{text} Kennwort{number}.", new_x="LMARGIN", new_y="NEXT")
            document.ln(5)
    return bytes(document.output())


def hyphenated_pdf() -> bytes:
    """Lines broken by hand, as a typesetter does."""
    document = FPDF()
    document.add_page()
    document.set_font("helvetica", size=12)
    for line in (
        "Die Verwaltung treibt die Digita-",
        "lisierung der Energie-",
        "und Wasserversorgung voran und die Smart-City-",
        "Strategie wird beschlossen.",
    ):
        document.cell(0, 6, line, new_x="LMARGIN", new_y="NEXT")
    document.ln(14)
    document.cell(0, 6, "Ein zweiter Absatz folgt.", new_x="LMARGIN", new_y="NEXT")
    return bytes(document.output())


def encrypted_pdf() -> bytes:
    document = FPDF()
    document.set_encryption(owner_password="besitzer", user_password="geheim")
    document.add_page()
    document.set_font("helvetica", size=12)
    document.cell(0, 6, "Niemand liest das ohne Kennwort.")
    return bytes(document.output())


def accessible_pdf() -> bytes:
    """One that states its language, has a tag and claims to follow PDF/UA-1."""
    document = FPDF()
    document.set_lang("de-DE")
    document.set_title("Barrierefreies aus Musterhausen")
    document.set_xmp_metadata(
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
        'xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"><pdfuaid:part>1</pdfuaid:part>'
        "</rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    document.add_page()
    document.set_font("helvetica", size=12)
    document.cell(0, 6, SENTENCES[0])
    picture = picture_of_text(())
    document.image(picture, 10, 30, 20, alt_text="Ein leeres Blatt")
    return bytes(document.output())


def pdf_with_permissions(*, reading: bool) -> bytes:
    """Opens without a password; may be read aloud or not."""
    from fpdf.enums import AccessPermission

    document = FPDF()
    allowed = AccessPermission.COPY_FOR_ACCESSIBILITY if reading else AccessPermission.PRINT_LOW_RES
    document.set_encryption(owner_password="besitzer", permissions=allowed)
    document.add_page()
    document.set_font("helvetica", size=12)
    document.cell(0, 6, SENTENCES[0])
    return bytes(document.output())


def scanned_pdf() -> bytes:
    """One page that holds a picture and no letters."""
    from PIL import Image

    document = FPDF()
    document.add_page()
    document.image(Image.new("RGB", (200, 280), "#ddd"), 10, 10, 190)
    return bytes(document.output())


def word(paragraphs: int = 12) -> bytes:
    document = docx.Document()
    document.core_properties.title = "Leitfaden Beispielstadt"
    document.add_heading("Ausgangslage", 1)
    for _ in range(paragraphs):
        document.add_paragraph(" ".join(SENTENCES[:2]))
    document.add_heading("Maßnahmen", 1)
    document.add_paragraph("Eine Regel mit *Sternchen* und <spitzen> Klammern.")
    document.add_paragraph("Erster Punkt", style="List Bullet")
    document.add_paragraph("Zweiter Punkt", style="List Bullet")
    table = document.add_table(rows=2, cols=2)
    for row, values in zip(table.rows, (("Ziel", "Jahr"), ("Sensornetz", "2026")), strict=True):
        for cell, value in zip(row.cells, values, strict=True):
            cell.text = value
    document.add_paragraph(" ".join(SENTENCES))
    return _written(document.save)


def opendocument(paragraphs: int = 12) -> bytes:
    document = OpenDocument("text")
    document.meta.title = "Konzept Musterhausen"
    body = document.body
    body.clear()
    body.append(Header(1, "Anlass"))
    for _ in range(paragraphs):
        body.append(Paragraph(" ".join(SENTENCES[1:3])))
    body.append(Header(1, "Ziele"))
    body.append(List(["Offene Daten", "Kurze Wege"]))
    body.append(Paragraph(" ".join(SENTENCES)))
    return _written(document.save)


def _written(save: object) -> bytes:
    buffer = io.BytesIO()
    save(buffer)  # type: ignore[operator]
    return buffer.getvalue()


MARKDOWN = "\n\n".join(
    [
        "# Digitalstrategie Musterhausen",
        "## Ausgangslage",
        *[" ".join(SENTENCES[:3])] * 4,
        "## Ziele",
        *["- Offene Daten\n- Kurze Wege", " ".join(SENTENCES)] * 3,
        "![Karte](karte.png)\n\n[Kapitel 4](04.md) und [Amt](https://example.org/amt)",
        "```\n# keine Überschrift\n```",
    ]
)


def zip_bomb() -> bytes:
    """Declares itself a DOCX and unpacks to two hundred megabytes of blanks."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
        )
        with archive.open("word/document.xml", "w") as entry:
            for _ in range(200):
                entry.write(b" " * 1024 * 1024)
    return buffer.getvalue()


def encrypted_word() -> bytes:
    """The container that Word writes around an encrypted DOCX, as far as it is looked at."""
    return (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le")
    )


def encrypted_opendocument() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr("META-INF/manifest.xml", "<manifest:encryption-data/>")
        archive.writestr("content.xml", struct.pack("<10Q", *range(10)))
    return buffer.getvalue()


def written(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def slides() -> bytes:
    """Three slides: text in a group and a table, notes, and one that is empty."""
    from pptx import Presentation
    from pptx.util import Inches

    show = Presentation()
    show.core_properties.title = "Werkstatt Musterhausen"
    first = show.slides.add_slide(show.slide_layouts[1])
    first.shapes.title.text = "Offene Daten"
    first.placeholders[1].text = "Erster *Punkt*\nZweiter Punkt"
    first.notes_slide.notes_text_frame.text = "Beispielstadt nennen"
    second = show.slides.add_slide(show.slide_layouts[5])
    second.shapes.title.text = "Zeitplan"
    table = second.shapes.add_table(2, 2, 0, 0, Inches(4), Inches(1)).table
    for cell, value in zip(table.iter_cells(), ("Ziel", "Jahr", "Netz", "2026"), strict=True):
        cell.text = value
    group = second.shapes.add_group_shape()
    group.shapes.add_textbox(0, 0, Inches(2), Inches(1)).text_frame.text = "Kasten in der Gruppe"
    show.slides.add_slide(show.slide_layouts[6])
    return _written(show.save)


def spreadsheet(rows: int = 3) -> bytes:
    """A sheet with dates, shares and a gap, a hidden one, and one with many rows."""
    from datetime import date

    from openpyxl import Workbook

    book = Workbook()
    book.properties.title = "Maßnahmen Musterhausen"
    sheet = book.active
    sheet.title = "Maßnahmen"
    sheet.append(["Maßnahme", None, "Beginn", "Anteil", "Kosten"])
    sheet.append(["Sensor|netz", None, date(2026, 3, 1), 0.25, 1250.5])
    sheet["D2"].number_format = "0 %"
    sheet["A5"] = "Wärmenetz <b>"
    hidden = book.create_sheet("Geheim")
    hidden["A1"] = "Verborgenes"
    hidden.sheet_state = "hidden"
    many = book.create_sheet("Liste")
    many.append(["Nummer", "Name"])
    for number in range(rows):
        many.append([number, f"Zeile{number}"])
    return _written(book.save)


WEB_PAGE = """<!-- saved from url=(0030)https://example.org/digital -->
<!DOCTYPE html><html lang="de"><head><meta charset="windows-1252">
<title>Digital – Musterhausen</title>
<script>document.write("Skripttext")</script><style>.x{}</style></head><body>
<header><a href="/">Startseite</a></header><nav><ul><li>Menüpunkt</li></ul></nav>
<form><main><article><header><h1>Digitale Gemeinde</h1></header>
<p>Die <b>Gemeinde</b> baut ein <a href="javascript:alert(1)">Sensornetz</a> für den
Hochwasser<wbr>schutz auf.<br>Es kostet 3 &lt; 5 *Mio*.</p><img src=x onerror=alert(1) alt="Bild">
<h2>Ziele</h2><ul><li>Offene Daten<li><p>Kurze Wege</p></ul>
SENTENCES
<table><tr><th>Ziel<th>Jahr<tr><td>Netz<td>2026</table>
<aside>Werbung</aside><div hidden>Verstecktes</div></article></main></form>
<footer>Impressum</footer></body></html>
""".replace("SENTENCES", "\n".join(f"<div>{sentence}</div>" for sentence in SENTENCES * 4))

RICH_TEXT = (
    r"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}{\info{\title Satzung Musterhausen}}"
    r"{\pict\pngblip " + "89504e47" * 1_000 + "}"
    r"\f0 {\b Satzung} der Gemeinde f\'fcr Stra\u223?en.\par Zweiter Absatz.\par}"
)


def old_office(stream: str) -> bytes:
    """The container of old office programs, as far as it is looked at."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + stream.encode("utf-16-le")


def office_archive(content_type: str, **entries: bytes) -> bytes:
    """An archive that says of itself what it is; entry names have dashes for slashes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", content_type)
        for name, content in entries.items():
            archive.writestr(name.replace("__", "/") + ".xml", content)
    return buffer.getvalue()


def picture_of_text(lines: tuple[str, ...] = SENTENCES, *, turned: int = 0):
    """A page as a scanner gives it, 150 dots an inch; ``turned`` in degrees."""
    import pypdfium2

    document = FPDF()
    document.add_page()
    document.set_font("helvetica", size=11)
    document.set_y(20)
    for line in lines:
        document.cell(0, 9, line, new_x="LMARGIN", new_y="NEXT")
    page = pypdfium2.PdfDocument(bytes(document.output()))[0]
    image = page.render(scale=150 / 72, grayscale=True).to_pil().convert("L")
    return image.rotate(turned, expand=True, fillcolor=255)


def pdf_of_pictures(*pictures) -> bytes:
    """A PDF with one picture a page."""
    document = FPDF(unit="pt")
    for picture in pictures:
        size = (picture.width * 72 / 150, picture.height * 72 / 150)
        document.add_page(format=size)
        document.image(picture, 0, 0, *size)
    return bytes(document.output())
