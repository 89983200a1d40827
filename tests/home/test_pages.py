from datetime import datetime, timedelta

import pytest

from kts.core.audit import history
from kts.core.clock import now
from kts.home import queries
from kts.home.models import SitePage
from kts.home.pages import KINDS, TEXTS


@pytest.fixture
def admin(client, make_user, login):
    user = make_user("admin")
    login(client, user)
    return user


def write(client, key="impressum", lang="de", **values):
    data = {"title": "Impressum", "body": "# Anschrift\n\nRathausplatz 1", "version": "0", **values}
    return client.post(f"/seiten/{key}/bearbeiten?lang={lang}", data=data)


@pytest.mark.parametrize("key", KINDS)
def test_every_page_has_a_text_before_anybody_has_written_one(client, key):
    page = client.get(f"/{key}")
    assert page.status_code == 200
    assert page.text.count("<h1") == 1
    assert "{operator" not in page.text


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.key)
def test_every_page_comes_in_all_its_languages(kind):
    assert all((TEXTS / f"{kind.key}.{lang}.md").is_file() for lang in kind.langs)


def test_a_page_that_exists_in_german_only_says_so_and_marks_its_language(client):
    client.get("/sprache/en")
    page = client.get("/leichte-sprache").text
    assert "This page exists in German only." in page
    assert '<article class="kts-stack" lang="de">' in page


@pytest.mark.parametrize("role", [None, "member", "editor", "moderator"])
def test_only_administrators_edit(client, make_user, login, db_session, role):
    if role:
        login(client, make_user(role))
    expected = 403 if role else 302  # a guest is led to the sign-in page
    assert client.get("/seiten/impressum/bearbeiten").status_code == expected
    assert write(client).status_code == 403
    assert db_session.scalar(SitePage.__table__.select()) is None
    assert "/bearbeiten" not in client.get("/impressum").text


def test_an_administrator_sees_what_is_missing_and_visitors_see_it_marked(client, admin, app):
    assert "Pflichtangaben fehlen noch" in client.get("/impressum").text
    guest = app.test_client().get("/impressum").text
    assert "Pflichtangaben fehlen noch" not in guest
    assert "<mark>[Telefonnummer]</mark>" in guest


def test_an_administrator_writes_a_page_and_the_audit_log_knows(client, admin):
    response = write(client, body="Rathausplatz 1")

    assert response.status_code == 303
    page = client.get("/impressum").text
    assert "Rathausplatz 1" in page
    assert "fehlen noch" not in page
    entry = history("site_page", queries.site_page("impressum", "de").id)[0]
    assert entry.action == "site_page.update"
    assert entry.changes["body"][1] == "Rathausplatz 1"


def test_languages_are_written_apart(client, admin):
    write(client, body="Deutsch")
    write(client, lang="en", title="Legal notice", body="English")
    assert queries.site_page("impressum", "de").body == "Deutsch"
    assert queries.site_page("impressum", "en").body == "English"


def test_a_preview_saves_nothing(client, admin, db_session):
    response = write(client, preview="1", body="**Nur geschaut**")
    assert response.status_code == 200
    assert "<strong>Nur geschaut</strong>" in response.text
    assert db_session.query(SitePage).count() == 0


def test_an_empty_page_is_refused_with_the_entries_kept(client, admin):
    response = write(client, title="Neuer Titel", body="")
    assert response.status_code == 422
    assert "Neuer Titel" in response.text
    assert 'href="#body"' in response.text


def test_two_administrators_do_not_overwrite_each_other(client, admin):
    write(client, body="Text der ersten")

    late = write(client, body="Text der zweiten", version="0")

    assert late.status_code == 409
    assert "Text der ersten" in late.text
    assert "Text der zweiten" in late.text
    assert queries.site_page("impressum", "de").body == "Text der ersten"
    assert write(client, body="Text der zweiten", version="1").status_code == 303


def test_a_script_in_a_page_is_taken_out(client, admin):
    write(client, body="Hallo <script>alert(1)</script><a href='javascript:1'>x</a>")
    page = client.get("/impressum").text
    assert "alert(1)" not in page
    assert "javascript:" not in page


def test_an_unknown_page_does_not_exist(client, admin):
    assert client.get("/seiten/anderes/bearbeiten").status_code == 404


def test_security_txt_names_a_contact_and_does_not_run_out(client):
    response = client.get("/.well-known/security.txt")
    fields = dict(line.split(": ", 1) for line in response.text.splitlines())

    assert response.mimetype == "text/plain"
    assert fields["Contact"].startswith("mailto:")
    assert fields["Canonical"].endswith("/.well-known/security.txt")
    left = datetime.fromisoformat(fields["Expires"]) - now()
    assert timedelta(days=90) < left < timedelta(days=365)
