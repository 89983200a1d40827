"""Licences: what is surely one of the list becomes it, everything else stays as it was written."""

import importlib.util
from pathlib import Path

import flask_migrate
import pytest
from sqlalchemy import text

from kts.cli import migrating
from kts.documents.licences import BY_ID, LICENCES, describe, recognise
from kts.extensions import db
from tests.conftest import make_app

MIGRATION = next(
    (Path(__file__).resolve().parents[2] / "migrations" / "versions").glob("*_library.py")
)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("CC BY 4.0", "CC-BY-4.0"),
        ("cc-by-sa-4.0", "CC-BY-SA-4.0"),
        ("https://creativecommons.org/licenses/by-sa/4.0/deed.de", "CC-BY-SA-4.0"),
        ("Creative Commons Namensnennung 4.0 International", "CC-BY-4.0"),
        ("http://creativecommons.org/licenses/by/3.0/de/", "CC-BY-3.0-DE"),
        ("dl-de/by-2-0", "DL-DE-BY-2.0"),
        ("http://dcat-ap.de/def/licenses/dl-zero-de/2.0", "DL-DE-ZERO-2.0"),
        ("Datenlizenz Deutschland – Namensnennung – Version 2.0", "DL-DE-BY-2.0"),
        ("CC0", "CC0-1.0"),
        ("Alle Rechte vorbehalten", "all-rights-reserved"),
        ("  nicht angegeben ", ""),
        ("CC BY", "CC BY"),  # of which version nobody knows
        ("CC BY 2.0", "CC BY 2.0"),
        ("Nutzung nach Rücksprache", "Nutzung nach Rücksprache"),
    ],
)
def test_a_spelling_is_recognised_only_where_it_is_sure(written, value):
    assert recognise(written) == value
    assert recognise(recognise(written)) == value


def test_every_licence_has_a_meaning_and_a_text():
    assert len(BY_ID) == len(LICENCES)
    for licence in LICENCES:
        assert str(licence.meaning)
        assert licence.url.startswith("https://")
        assert describe(licence.id) is licence
        assert recognise(licence.url) == licence.id


def test_an_own_licence_is_its_own_name():
    assert describe("Lizenz der Stadt").name == "Lizenz der Stadt"
    assert describe("Lizenz der Stadt").id == "other"


def _loaded_migration():
    spec = importlib.util.spec_from_file_location("library_migration", MIGRATION)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_migration_knows_the_same_spellings():
    migration = _loaded_migration()
    for licence in LICENCES:
        for spelling in (licence.id, *licence.also, licence.dcat):
            assert migration.recognise(spelling) == (licence.id if spelling else "")
    assert migration.recognise("Nutzung nach Rücksprache") == "Nutzung nach Rücksprache"


def test_licences_and_kinds_of_an_older_installation_are_taken_over(tmp_path):
    app = make_app(tmp_path)
    migrating.bind(app)
    with app.app_context():
        flask_migrate.upgrade(revision="20261123reading")
        with db.engine.begin() as connection:
            for number, licence in enumerate(("CC BY 4.0", "Auf Anfrage", ""), start=1):
                connection.execute(
                    text(
                        "INSERT INTO document (id, title, search_title, kind, language, licence,"
                        " source_url, visibility, hidden_reason, created, updated) VALUES (:id,"
                        " 'T', 't', 'report', 'de', :licence, '', 'public', '',"
                        " '2026-01-01', '2026-01-01')"
                    ),
                    {"id": number, "licence": licence},
                )
            connection.execute(
                text(
                    "INSERT INTO document_version (id, document_id, number, label, blob_key,"
                    " filename, format, size, page_count, created, extraction_state,"
                    " extraction_error, extraction_detail, extraction_attempts, pages_done,"
                    " preview_state) VALUES (1, 1, 1, '', 'k', 'f.pdf', 'pdf', 1, 1, '2026-01-01',"
                    " 'done', '', '', 0, 1, 'none')"
                )
            )
        flask_migrate.upgrade(revision="20261124library")
        with db.engine.connect() as connection:
            rows = connection.execute(text("SELECT kind, licence FROM document ORDER BY id")).all()
        assert rows == [("report", "CC-BY-4.0"), ("report", "Auf Anfrage"), ("report", "")]
        flask_migrate.downgrade(revision="20261123reading")
        with db.engine.connect() as connection:
            kept = connection.scalars(text("SELECT licence FROM document ORDER BY id")).all()
            # The table was copied twice; what belongs to its rows is still there.
            versions = connection.scalars(text("SELECT document_id FROM document_version")).all()
        assert versions == [1]
        assert kept == ["CC BY 4.0", "Auf Anfrage", ""]
        db.session.remove()
        db.engine.dispose()
