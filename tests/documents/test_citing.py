"""Citations, read back by programs that others wrote and by the rules of the formats."""

import re
from datetime import date

import bibtexparser
import pytest
import rispy
from pylatexenc.latex2text import LatexNodes2Text

from kts.documents.citing import Citation
from tests.documents import samples

URL = "http://127.0.0.1:8000/dokumente/1-strategie/seite/12?version=1"


def made(**values):
    facts = {
        "key": "musterhausen2021-1-v1-12",
        "kind": "strategy",
        "kind_name": "Strategie",
        "author": "Musterhausen",
        "title": "Strategie",
        "year": 2021,
        "version": "Fassung 1",
        "page": "12",
        "pdf_page": None,
        "section": "",
        "language": "de",
        "url": URL,
        "accessed": date(2026, 11, 22),
    }
    return Citation(**{**facts, **values})


def read_bibtex(text):
    library = bibtexparser.parse_string(text)
    assert not library.failed_blocks
    [entry] = library.entries
    return entry


def bare(value):
    """Read LaTeX as a reference manager does; the program knows no names of braces."""
    signs = {"\\textbraceleft{}": "⟨", "\\textbraceright{}": "⟩"}
    for name, sign in signs.items():
        value = value.replace(name, sign)
    read = LatexNodes2Text().latex_to_text(value.removeprefix("{").removesuffix("}"))
    return read.replace("ˆ", "^").replace("⟨", "{").replace("⟩", "}")


@pytest.fixture(autouse=True)
def _in_german(app):
    with app.test_request_context():
        yield


def test_the_text_is_the_usual_form():
    assert made().text() == (
        f"Musterhausen (2021): Strategie. Fassung 1. S. 12. {URL} (Abruf: 22.11.2026)"
    )
    assert "S. 10 (Seite 12 der Datei)." in made(page="10", pdf_page=12).text()
    assert "Abschnitt „Ziele“." in made(page="", section="Ziele").text()
    assert made(author="", year=None).text().startswith("Strategie (o. J.). Fassung 1.")
    assert "Wie weiter? Fassung" in made(title="Wie weiter?").text()


def test_bibtex_has_the_right_fields():
    entry = read_bibtex(made().bibtex())
    assert entry.entry_type == "techreport"
    assert entry.key == "musterhausen2021-1-v1-12"
    fields = {name: bare(field.value) for name, field in entry.fields_dict.items()}
    assert fields == {
        "author": "Musterhausen",
        "title": "Strategie",
        "institution": "Musterhausen",
        "type": "Strategie",
        "year": "2021",
        "version": "Fassung 1",
        "pages": "12",
        "language": "ngerman",
        "url": URL,
        "urldate": "2026-11-22",
    }
    assert "author = {{Musterhausen}}" in made().bibtex()  # a body, not a person


def test_what_is_no_report_of_an_institution_is_miscellaneous():
    entry = read_bibtex(made(kind="resolution", kind_name="Beschluss").bibtex())
    assert entry.entry_type == "misc"
    assert "institution" not in entry.fields_dict


@pytest.mark.parametrize(
    "title",
    [
        "100 % Ökostrom & Wärme_netz #1 für 5 $",
        "Ein Backslash \\ und ~Tilde^ im Titel",
        "Größe, Ärger, „Zitat“ – œuvre",
        "Zeile\neins\r\n@misc{fremd, title={x}}",
    ],
)
def test_bibtex_gives_the_title_back_as_it_was(title):
    cited = made(title=" ".join(title.split()))
    value = read_bibtex(cited.bibtex())["title"]
    assert bare(value) == " ".join(title.split())


@pytest.mark.parametrize("title", ["Offene {Klammer", "zu viel } hier", "{a}}b{{", "\\{", "\\"])
def test_braces_in_bibtex_are_balanced_whatever_the_title_holds(title):
    text = made(title=title, author=title, version=title, kind_name=title).bibtex()
    depth = 0
    for sign in text:
        depth += {"{": 1, "}": -1}.get(sign, 0)
        assert depth >= 0
    assert depth == 0
    assert len(bibtexparser.parse_string(text).entries) == 1


def test_an_address_cannot_leave_its_field():
    text = made(url="http://x.example/a}b{c d\ne").bibtex()
    assert "url = {http://x.example/a%7Db%7Bc%20d%0Ae}" in text


def test_ris_has_the_right_fields_and_lines():
    text = made().ris()
    lines = text.split("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    assert lines[0] == "TY  - RPRT"
    assert lines[-2:] == ["ER  - ", ""]
    assert all(re.fullmatch(r"[A-Z][A-Z0-9]  - .*", line) for line in lines[:-1])
    [entry] = rispy.loads(text)
    assert entry["type_of_reference"] == "RPRT"
    assert entry["authors"] == ["Musterhausen"]
    assert entry["title"] == "Strategie"
    assert entry["year"] == "2021"
    assert entry["edition"] == "Fassung 1"
    assert entry["publisher"] == "Musterhausen"
    assert entry["start_page"] == "12"
    assert entry["language"] == "de"
    assert URL in entry["urls"]
    assert entry["access_date"] == "2026/11/22"


def test_a_line_break_cannot_make_a_tag_of_its_own_in_ris():
    text = made(title="Titel\r\nER  - \r\nTY  - BOOK", author="Amt, erstes\u2028TY  - X").ris()
    [entry] = rispy.loads(text)
    assert entry["title"] == "Titel ER - TY - BOOK"
    assert entry["authors"] == ["Amt erstes TY - X"]  # a comma would make a person of it


@pytest.fixture
def document(publish, town):
    return publish(
        samples.pdf(3),
        "strategie.pdf",
        title="Strategie & Plan",
        municipality=town,
        year=2021,
        label="Entwurf",
    )


def test_the_files_are_downloads_that_pin_the_version(client, document, publish_again):
    publish_again(document, samples.pdf(4), "neu.pdf", year=2023)
    answer = client.get(f"{document.path}/zitat.bib?version=1&seite=2")
    assert answer.mimetype == "application/x-bibtex"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert ".bib" in answer.headers["Content-Disposition"]
    entry = read_bibtex(answer.text)
    assert bare(entry["year"]) == "2021"
    assert bare(entry["version"]) == "Fassung 1: Entwurf"
    assert bare(entry["url"]) == f"http://127.0.0.1:8000{document.path}/seite/2?version=1"
    newest = client.get(f"{document.path}/zitat.ris")
    assert newest.mimetype == "application/x-research-info-systems"
    [entry] = rispy.loads(newest.text)
    assert (entry["year"], entry["edition"]) == ("2023", "Fassung 2")
    assert "start_page" not in entry


@pytest.mark.parametrize(
    "address",
    [
        "zitat.bib?version=9",
        "zitat.ris?seite=99",
        "zitat.txt",
        "zitat.bib?seite=99999999999999999999&version=7",
    ],
)
def test_what_does_not_exist_cannot_be_cited(client, document, address):
    assert client.get(f"{document.path}/{address}").status_code == 404


def test_only_who_may_read_a_document_may_cite_it(client, login, make_user, publish, town):
    hidden = publish(title="Nur für Mitglieder", municipality=town, visibility="members")
    address = f"{hidden.path}/zitat.bib"
    assert client.get(address).status_code == 404
    assert login(client, make_user()).get(address).status_code == 200


def test_a_page_shows_its_citation_in_every_form(client, document):
    page = client.get(f"{document.path}/seite/2", headers={"Cookie": "kts_lang=de"}).text
    assert "Musterhausen (2021): Strategie &amp; Plan. Fassung 1: Entwurf. S. 2." in page
    assert "@techreport{" in page
    assert "TY  - RPRT" in page
    assert f"{document.path}/zitat.bib?version=1&amp;seite=2" in page


def test_a_chapter_is_cited_by_its_heading(client, publish, town):
    document = publish(title="Konzept", municipality=town, year=2024)
    page = client.get(f"{document.path}/zitat.ris?seite=2").text
    [entry] = rispy.loads(page)
    assert entry["section"] == "Ziele"
    assert "start_page" not in entry
