"""Asking, answering and accepting; voting with the keyboard; a report without JavaScript."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import new_name

pytestmark = pytest.mark.browser


def open_thread(page, kind, title, **fields):
    page.goto(f"/forum/neu?art={kind}")
    page.locator("select[name=category]").select_option(label="Fragen und Antworten")
    page.locator("input[name=title]").fill(title)
    for name, value in fields.items():
        page.locator(f"[name={name}]").fill(value)
    page.get_by_role("button", name="Thema eröffnen").click()
    page.wait_for_url(re.compile(r"/thema/\d+-"))
    return page.url.split("#")[0]


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])
def test_ask_answer_accept_and_undo(open_page, javascript):
    asker = open_page("member", javascript)
    address = open_thread(asker, "frage", new_name("Wer misst Lärm? "), body="Wir suchen.")
    helper = open_page("editor", javascript)
    helper.goto(address)
    helper.locator(".kind-share button").click()
    expect(helper.locator(".kind-sharing li")).to_have_count(1)
    helper.locator("textarea[name=body]").fill("Mit diesem Gerät geht es.")
    helper.get_by_role("button", name="Antwort senden").click()
    expect(helper.locator("#beitrag-2")).to_be_visible()
    expect(helper.locator(".kind-act")).to_have_count(0)  # she did not ask

    asker.goto(address)
    asker.locator("#beitrag-2 .kind-act").click()
    box = asker.locator(".kind-accepted")
    expect(box).to_contain_text("Mit diesem Gerät geht es.")
    box.get_by_role("link").click()
    expect(asker).to_have_url(re.compile("#beitrag-2$"))
    helper.goto(address)
    expect(helper.locator(".kind-accepted")).to_be_visible()

    asker.locator("#beitrag-2 .kind-act").click()
    expect(asker.locator(".kind-accepted")).to_have_count(0)


def test_the_fields_follow_the_chosen_kind_and_nothing_is_lost(open_page):
    page = open_page("member")
    page.goto("/forum/neu")
    page.locator("textarea[name=body]").fill("Das bleibt stehen.")
    expect(page.locator("[name=options]")).to_be_hidden()
    page.locator("[name=kind][value=poll]").check()
    expect(page.locator("[name=options]")).to_be_visible()
    page.locator("[name=kind][value=experience]").check()
    expect(page.locator("[name=failed]")).to_be_visible()
    expect(page.locator("textarea[name=body]")).to_be_hidden()
    page.locator("[name=kind][value=question]").check()
    expect(page.locator("textarea[name=body]")).to_have_value("Das bleibt stehen.")
    expect(page.locator("[name=failed]")).to_be_hidden()


def test_vote_change_and_read_the_result_with_the_keyboard_alone(open_page):
    author = open_page("editor")
    address = open_thread(
        author, "umfrage", new_name("Welche Farbe? "), body="Eine.", options="Rot\nBlau\nGrün"
    )
    page = open_page("member")
    page.goto(address)
    page.locator("[name=option]").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    expect(page.locator("[name=option]").nth(1)).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("#umfrage$"))
    expect(page.locator(".kind-results li").nth(1)).to_contain_text("100 %")
    page.locator("[name=option]").nth(1).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".kind-results li").nth(2)).to_contain_text("100 %")
    expect(page.locator(".kind-results li").nth(1)).to_contain_text("0 %")
    guest = open_page(viewport={"width": 320, "height": 700})
    guest.goto(address)
    expect(guest.locator(".kind-results li").nth(2)).to_contain_text("100 %")
    expect(guest.locator("[name=option]")).to_have_count(0)
    assert guest.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_an_experience_is_told_and_changed_without_javascript(open_page):
    page = open_page("member", javascript=False)
    page.goto("/forum/neu")
    page.locator("[name=kind][value=experience]").check()
    page.locator("select[name=category]").select_option(label="Fragen und Antworten")
    page.locator("input[name=title]").fill(new_name("Unser Sensornetz "))
    page.locator("[name=done]").fill("Sensoren gekauft.")
    page.get_by_role("button", name="Thema eröffnen").click()
    expect(page.locator("#failed-error")).to_be_visible()
    expect(page.locator("[name=done]")).to_have_value("Sensoren gekauft.")
    page.locator("[name=failed]").fill("Die Batterien waren schwach.")
    page.locator("[name=cost_euro]").fill("12000")
    page.get_by_role("button", name="Thema eröffnen").click()
    page.wait_for_url(re.compile(r"/thema/\d+-"))
    expect(page.locator("#beitrag-1")).to_contain_text("Die Batterien waren schwach.")
    expect(page.locator(".kind-glance")).to_contain_text("12.000")
    page.locator("#beitrag-1").get_by_role("link", name=re.compile("ändern", re.I)).first.click()
    page.locator("[name=advice]").fill("Nehmt Strom vom Mast.")
    page.locator("form.kts-form button[type=submit]").first.click()
    expect(page.locator("#beitrag-1")).to_contain_text("Nehmt Strom vom Mast.")


def test_the_form_fits_on_a_small_screen(open_page):
    page = open_page("member", viewport={"width": 320, "height": 700})
    for kind in ("frage", "erfahrung", "umfrage"):
        page.goto(f"/forum/neu?art={kind}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), kind
