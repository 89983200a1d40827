"""``kts import documents``: manifests, versions, refusals by line, a second run."""

import csv

import pytest
from sqlalchemy import select

from kts.core import storage
from kts.documents import manifest as manifests
from kts.documents.cli import documents_command, import_documents
from kts.documents.models import Document, DocumentPage, DocumentVersion
from kts.documents.search import all_ids, load
from tests.documents import samples

pytestmark = pytest.mark.usefixtures("no_drawing")

HEAD = "file,title,municipality,year,language,licence,topics,source_url,group_with"


def write(folder, *lines, head=HEAD):
    return samples.written(folder, "manifest.csv", "\n".join([head, *lines]) + "\n")


def run(path):
    return import_documents(manifests.read(path))


def numbers(counts):
    return counts.documents, counts.versions, counts.changed, counts.unchanged, len(counts.refused)


def documents(db_session):
    return db_session.scalars(select(Document).order_by(Document.id)).all()


@pytest.fixture
def folder(tmp_path):
    samples.written(tmp_path, "alt/konzept.md", samples.MARKDOWN)
    samples.written(tmp_path, "neu/konzept.md", samples.MARKDOWN + "\n\nNeuer Schluss.")
    samples.written(tmp_path, "bericht.pdf", samples.pdf(3))
    return tmp_path


def test_rows_become_documents_and_group_with_a_newer_version(folder, town, topics, db_session):
    path = write(
        folder,
        'alt/konzept.md,Entwurf,08999001,2020,de,CC BY-SA 4.0,"Mobilität; Daten",https://example.org/a,',
        "neu/konzept.md,Beschluss,Musterhausen,2021,de,CC BY-SA 4.0,Mobilität,,alt/konzept.md",
        "bericht.pdf,Bericht,musterhausen,2022,,,,,",
    )
    assert numbers(run(path)) == (2, 1, 0, 0, 0)
    concept, report = documents(db_session)
    assert (concept.title, concept.year, concept.municipality) == ("Beschluss", 2021, town)
    assert [(v.number, v.year) for v in concept.versions] == [(2, 2021), (1, 2020)]
    assert [topic.name for topic in concept.topics] == ["Mobilität"]
    assert concept.licence == "CC-BY-SA-4.0"
    assert (report.current_version.page_count, report.language) == (3, "de")


def test_a_second_run_changes_nothing(folder, town, db_session):
    path = write(
        folder,
        "alt/konzept.md,Entwurf,08999001,2020,de,,,,",
        "neu/konzept.md,Beschluss,08999001,2021,de,,,,alt/konzept.md",
    )
    run(path)
    before = db_session.execute(select(DocumentPage.id)).all(), list(storage.all_keys())
    assert numbers(run(path)) == (0, 0, 0, 2, 0)
    assert (db_session.execute(select(DocumentPage.id)).all(), list(storage.all_keys())) == before
    assert documents(db_session)[0].title == "Beschluss"


def test_changed_details_and_files_are_taken_over(folder, town, db_session):
    run(write(folder, "alt/konzept.md,Konzept,08999001,2020,de,,,,"))
    assert numbers(run(write(folder, "alt/konzept.md,Konzept,08999001,2021,de,CC0,,,"))) == (
        0, 0, 1, 0, 0,
    )  # fmt: skip
    samples.written(folder, "alt/konzept.md", "# Ganz neu\n\nEin anderer Text.")
    assert numbers(run(write(folder, "alt/konzept.md,Konzept,08999001,2022,de,CC0,,,"))) == (
        0, 1, 0, 0, 0,
    )  # fmt: skip
    (document,) = documents(db_session)
    assert [(v.number, v.year) for v in document.versions] == [(2, 2022), (1, 2021)]


def test_bad_lines_are_named_and_the_rest_is_imported(folder, town, other_town, db_session):
    samples.written(folder, "leer.pdf", b"")
    samples.written(folder, "geheim.pdf", samples.encrypted_pdf())
    samples.written(folder, "halb.pdf", samples.pdf(2)[:800])
    path = write(
        folder,
        ",Ohne Datei,,,,,,,",
        "fehlt.pdf,Fehlt,,,,,,,",
        "leer.pdf,Leer,,,,,,,",
        "geheim.pdf,Geheim,,,,,,,",
        "halb.pdf,Halb,,,,,,,",
        "bericht.pdf,Jahr,,zwanzig,,,,,",
        "alt/konzept.md,Kommune,Nirgendwo,,,,,,",
        "neu/konzept.md,Adresse,,,,,,javascript:alert(1),",
        "",
        "bericht.pdf,Gut,,2022,de,,Unbekanntes Feld,,",
        "bericht.pdf,Doppelt,,2022,de,,,,",
        "alt/konzept.md,Gruppe,,2022,de,,,,spaeter.md",
    )
    counts = run(path)
    assert sorted(line.line for line in counts.refused) == [2, 3, 4, 5, 6, 7, 8, 9, 12, 13]
    assert [(note.line, "Unbekanntes Feld" in note.reason) for note in counts.notes] == [(11, True)]
    assert [document.title for document in documents(db_session)] == ["Gut"]
    assert len(list(storage.all_keys())) == 1


def test_an_ambiguous_name_asks_for_the_key(folder, town, other_town, db_session):
    other_town.name = "Musterhausen"
    db_session.commit()
    (refused,) = run(write(folder, "bericht.pdf,B,Musterhausen,,,,,,")).refused
    assert "08999001" in refused.reason
    assert "09999002" in refused.reason


def test_semicolons_and_old_encodings_are_read(folder, town, db_session):
    text = 'file;title;year;topics\nbericht.pdf;Übersicht;2020;"Mobilität;Daten"\n'
    path = samples.written(folder, "manifest.csv", text.encode("cp1252"))
    assert numbers(run(path)) == (1, 0, 0, 0, 0)
    assert documents(db_session)[0].title == "Übersicht"


def test_ids_name_rows_where_given(folder, town, db_session):
    path = write(
        folder,
        "a1,alt/konzept.md,Entwurf,2020,",
        "a2,neu/konzept.md,Beschluss,2021,a1",
        head="id,file,title,year,group_with",
    )
    assert numbers(run(path)) == (1, 1, 0, 0, 0)
    assert numbers(run(path)) == (0, 0, 0, 2, 0)


def test_the_command_ends_with_counts_and_names_lines(app, folder, town):
    path = write(folder, "bericht.pdf,Bericht,,2020,,,,,", "fehlt.pdf,Fehlt,,,,,,,")
    result = app.test_cli_runner().invoke(documents_command, [str(path)])
    assert result.exit_code == 0, result.output
    assert "1 new documents" in result.output
    assert "line 3 refused: there is no file fehlt.pdf" in result.output


def test_a_file_that_is_no_manifest_is_refused(app, folder):
    path = samples.written(folder, "liste.csv", "a,b\n1,2\n")
    result = app.test_cli_runner().invoke(documents_command, [str(path)])
    assert result.exit_code == 1
    assert "“file”" in result.output


def test_the_index_gets_the_pages_of_the_newest_version(folder, town, topics, db_session):
    run(
        write(
            folder,
            "alt/konzept.md,Entwurf,08999001,2020,de,,Mobilität,,",
            "neu/konzept.md,Beschluss,08999001,2021,de,,,,alt/konzept.md",
        )
    )
    entries = [entry for entry in load(all_ids()) if not entry.superseded]
    assert [(entry.page, entry.heading) for entry in entries] == [(1, "Ausgangslage"), (2, "Ziele")]
    last = entries[-1]
    assert "Neuer Schluss." in last.body
    assert (last.kind, last.parent, last.year) == ("document", f"document:{last.id}", 2021)
    assert (last.municipality, last.land, last.topics) == ("musterhausen", "08", ("mobilitaet",))
    assert last.url == f"/dokumente/{last.id}-beschluss/seite/2"
    assert last.visibility == "public"
    documents(db_session)[0].hidden_at = last.updated
    db_session.commit()
    assert not all_ids()
    assert not list(load([last.id]))


CHAPTERS = {  # of the draft and of the adopted strategy
    "Mobilitaet": "06.01_Mobilitaet",
    "Sicherheit": "06.05_Sicherheit",
    "Gesundheit_und_Pflege": "06.12_Gesundheit",
    "Handel_Innenstadt_und_Tourismus": "06.10_Handel_Innenstadt_und_Tourismus",
}


def test_a_real_strategy_with_its_draft_is_imported(shared, tmp_path, town, db_session):
    folder = shared / "data" / "strategies" / "ulm"
    path = tmp_path / "manifest.csv"
    rows = []
    for draft, adopted in CHAPTERS.items():
        draft = f"entwurf-2020/03_Handlungsfelder__{draft}.md"
        adopted = f"strategie-2021/06_Handlungsfelder__{adopted}.md"
        rows.append([folder / draft, draft, 2020, ""])
        rows.append([folder / adopted, adopted, 2021, folder / draft])
    used = {str(row[0]) for row in rows}
    for chapter in sorted(folder.glob("strategie-2021/*.md")):
        if str(chapter) not in used:
            rows.append([chapter, chapter.stem, 2021, ""])
    rows.append([folder / "Ueberblick_Ulm4CleverCity.pdf", "Überblick", 2020, ""])
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEAD.split(","))
        for source, title, year, group in rows:
            writer.writerow([source, title, town.ags, year, "de", "CC BY-SA 4.0", "", "", group])
    counts = run(path)
    assert (counts.refused, counts.versions) == ([], len(CHAPTERS))
    assert counts.documents == len(rows) - len(CHAPTERS)
    assert numbers(run(path))[:3] == (0, 0, 0)
    overview = db_session.scalar(select(Document).filter_by(title="Überblick"))
    assert overview.current_version.page_count == 37
    states = set(db_session.scalars(select(DocumentVersion.extraction_state)))
    assert states == {"done"}
    shown = {entry.year for entry in load(all_ids())}
    assert shown == {2020, 2021}
    mobility = [entry for entry in load(all_ids()) if "06.01_Mobilitaet" in entry.title]
    assert "Maßnahmen" in [entry.heading for entry in mobility]
