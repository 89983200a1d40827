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
