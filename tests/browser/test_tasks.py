"""The other tasks of people here, each from its beginning to its end in a browser."""

import email
import email.policy
import re
import time

import pytest
from fpdf import FPDF
from playwright.sync_api import expect

from tests.browser.conftest import (
    DONE_WITHIN,
    PASSWORD,
    new_name,
    reload_until,
    sign_in,
    submit,
)

pytestmark = pytest.mark.browser

NEW_PASSWORD = "ein ganz neuer Satz"


def mail_to(site, recipient, within=DONE_WITHIN):
    """Give the text of the newest mail to the address; mails go through the worker."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        for path in sorted((site.instance / "mail").glob("*.eml"), reverse=True):
            message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            if message["To"] == recipient:
                return message.get_body(("plain",)).get_content()
        time.sleep(0.1)
    pytest.fail(f"no mail to {recipient}")


def link_in(text, part):
    return re.search(rf"http://\S+{part}\S+", text)[0]


def test_a_newcomer_asks_is_let_in_and_signs_in(open_page, site):
    name, address = new_name("Nele Neu "), f"{new_name('nele')}@stadt.example.org"
    newcomer = open_page()
    newcomer.goto("/kommunen/falkenrode")
    newcomer.get_by_role("link", name="Mitglied werden").click()
    newcomer.locator("input[name=name]").fill(name)
    newcomer.locator("input[name=email]").fill(address)
    newcomer.locator("textarea[name=message]").fill("Ich arbeite in der Stabsstelle.")
    submit(newcomer, newcomer.locator("main button[type=submit]"))

    editor = open_page("editor")
    editor.goto("/kommunen/falkenrode/mitglieder")
    request = editor.locator(".kts-request", has_text=name)
    submit(editor, request.get_by_role("button", name=re.compile("Annehmen|Aufnehmen")))

    newcomer.goto(link_in(mail_to(site, address), "/einladung/"))
    newcomer.locator("input[name=password]").fill(NEW_PASSWORD)
    newcomer.locator("input[name=again]").fill(NEW_PASSWORD)
    submit(newcomer, newcomer.get_by_role("button", name="Konto einrichten"))
    newcomer.goto("/konto")
    expect(newcomer.get_by_role("link", name="Falkenrode", exact=True)).to_be_visible()
    editor.goto("/kommunen/falkenrode/mitglieder")
    expect(editor.get_by_text(name).first).to_be_visible()


def test_a_forgotten_password_is_replaced(open_page, site):
    address = f"{new_name('vera')}@stadt.example.org"
    site.kts("user", "create", address, "--name", "Vera Gesslich")
    page = open_page(javascript=False)
    page.goto("/anmelden")
    page.get_by_role("link", name="Passwort vergessen?").click()
    page.locator("input[name=email]").fill(address)
    submit(page, page.get_by_role("button", name="Link senden"))
    page.goto(link_in(mail_to(site, address), "/passwort-neu/"))
    page.locator("input[name=password]").fill(NEW_PASSWORD)
    page.locator("input[name=again]").fill("etwas anderes")
    page.locator("main button[type=submit]").click()
    expect(page.locator("[aria-invalid=true]")).to_have_count(1)
    page.locator("input[name=password]").fill(NEW_PASSWORD)
    page.locator("input[name=again]").fill(NEW_PASSWORD)
    submit(page, page.locator("main button[type=submit]"))
    page.goto("/konto")
    expect(page.locator("input[name=name]")).to_have_value("Vera Gesslich")


def strategy(path, pages, word):
    pdf = FPDF()
    for number in range(1, pages + 1):
        pdf.add_page()
        pdf.set_font("Helvetica", size=12)
        text = f"Kapitel {number}. Die erfundene Stadt plant {word} auf Seite {number}. "
        pdf.multi_cell(0, 8, text * 12)
    pdf.output(path)
    return path


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])
def test_an_editor_publishes_a_strategy_and_it_is_found_by_page(open_page, tmp_path, javascript):
    word = new_name("Wanderbaumallee" if javascript else "Kreislaufschrank")
    file = strategy(tmp_path / "strategie.pdf", 12, word)
    editor = open_page("editor", javascript)
    editor.goto("/dokumente")
    editor.get_by_role("link", name="Dokument veröffentlichen").first.click()
    editor.locator("input[type=file]").set_input_files(file)
    editor.locator("input[name=title]").fill(f"Plan {word}")
    editor.locator("main button[type=submit]").first.click()
    editor.wait_for_url(re.compile(r"/dokumente/\d+-"))
    address = editor.url
    links = editor.locator(f"main a[href*='-plan-{word.lower()}/seite/']")
    reload_until(editor, f"/suche?q={word}", links).first.click()
    editor.wait_for_url(re.compile(r"/seite/\d+"))
    expect(editor.locator("mark").first).to_be_visible()
    editor.goto(address)
    with editor.expect_download() as download:
        editor.get_by_role("link", name=re.compile("herunterladen")).first.click()
    assert download.value.path().read_bytes() == file.read_bytes()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("kaputt.pdf", b"%PDF-1.7\nnur der Anfang"),
        ("leer.pdf", b""),
        ("bild.pdf", b"\x89PNG\r\n\x1a\n" + b"\x00" * 200),
    ],
)
def test_a_bad_file_gets_a_clear_message_and_leaves_nothing(open_page, tmp_path, name, content):
    file = tmp_path / name
    file.write_bytes(content)
    editor = open_page("editor", javascript=False)
    editor.goto("/dokumente/neu")
    editor.locator("input[type=file]").set_input_files(file)
    editor.locator("input[name=title]").fill(f"Schlechte Datei {name}")
    editor.locator("main button[type=submit]").first.click()
    expect(editor.get_by_role("alert").first).to_be_visible()
    expect(editor.locator("input[name=title]")).to_have_value(f"Schlechte Datei {name}")
    editor.goto("/dokumente")
    assert editor.get_by_text(f"Schlechte Datei {name}").count() == 0


def test_two_editors_at_once_lose_nothing(open_page):
    first, second = open_page("editor"), open_page("moderator")
    for page in (first, second):
        page.goto("/kommunen/falkenrode/bearbeiten")
    one, two = new_name("Erste Fassung "), new_name("Zweite Fassung ")
    profile = first.locator("textarea[name=profile]")
    profile.fill(f"{profile.input_value()}\n\n{one}")
    first.get_by_role("button", name=re.compile("Speichern")).first.click()
    first.wait_for_url("**/kommunen/falkenrode")
    other = second.locator("textarea[name=profile]")
    other.fill(f"{other.input_value()}\n\n{two}")
    submit(second, second.get_by_role("button", name=re.compile("Speichern")).first)
    content = second.content()
    assert one in content
    assert two in content
    first.goto("/kommunen/falkenrode")
    expect(first.get_by_text(one)).to_be_visible()
    expect(first.get_by_text(two)).to_have_count(0)


def test_the_language_is_switched_and_remembered(open_page):
    page = open_page()
    page.goto("/kommunen")
    page.goto("/sprache/en?next=/kommunen")
    page.wait_for_url("**/kommunen")
    assert page.locator("html").get_attribute("lang") == "en"
    page.goto("/forum")
    assert page.get_by_role("link", name="Sign in").first.is_visible()


def test_an_administrator_edits_the_impressum(open_page):
    admin = open_page("admin")
    admin.goto("/seiten/impressum/bearbeiten")
    body = admin.locator("textarea[name=body]")
    body.fill("## Betreiberin\n\nDie erfundene Stelle, Musterweg 1.")
    admin.get_by_role("button", name=re.compile("Speichern")).first.click()
    admin.wait_for_url("**/impressum")
    guest = open_page()
    guest.goto("/impressum")
    expect(guest.get_by_text("Musterweg 1")).to_be_visible()


def test_anybody_reports_a_barrier_and_a_moderator_answers(open_page, site):
    address = f"{new_name('bea')}@leserin.example.org"
    guest = open_page(javascript=False)
    guest.goto("/barriere-melden")
    guest.locator("textarea[name=description]").fill("Die Karte liest mir niemand vor.")
    guest.locator("input[name=email]").fill(address)
    submit(guest, guest.locator("main button[type=submit]"))
    assert "Barriere" in mail_to(site, address)
    moderator = open_page("moderator")
    moderator.goto("/kuratierung")
    moderator.locator("main a[href='/barrieren']").first.click()
    expect(moderator.get_by_text("Die Karte liest mir niemand vor.").first).to_be_visible()


def test_a_closed_group_stays_closed_everywhere(open_page, site):
    address = f"{new_name('otto')}@stadt.example.org"
    outsider = ("user", "create", address, "--name", "Otto Aussen")
    site.kts(*outsider, "--password-stdin", input=PASSWORD)
    name = "AEG Datenplattformen"
    member, guest = open_page("member"), open_page()
    other = open_page(address)
    member.goto("/forum")
    member.get_by_role("link", name=name).first.click()
    member.wait_for_url(lambda url: not url.endswith("/forum"))
    inside = member.url
    member.locator("main a[href*='/thema/']").first.click()
    member.wait_for_url("**/thema/**")
    thread = member.url.split("?")[0].split("#")[0]
    title = member.locator("h1").inner_text()
    member.goto(f"/suche?q={title}")
    expect(member.get_by_role("link", name=title).first).to_be_visible()
    for page in (guest, other):
        for address in ("/", "/forum", f"/suche?q={title}", f"/api/v1/search?q={title}"):
            page.goto(address)
            assert page.get_by_role("link", name=title).count() == 0, address
            assert page.get_by_role("link", name=name).count() == 0, address
        for address in (inside, thread):
            assert page.goto(address).status == 404


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])
def test_signing_out_ends_it(open_page, javascript):
    page = open_page(javascript=javascript)
    sign_in(page, "member")
    page.goto("/konto")
    page.locator("header summary", has_text="Beispiel").first.click()
    submit(page, page.get_by_role("button", name="Abmelden"))
    page.goto("/konto")
    expect(page).to_have_url(re.compile("/anmelden"))
