"""What a person types is kept and found on another device."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import reload_until, submit

pytestmark = pytest.mark.browser
BODY = "textarea[name=body]"


def a_thread(page):
    page.goto("/forum")
    address = page.locator("main a[href^='/thema/']").first.get_attribute("href")
    page.goto(re.sub(r"\?.*", "", address))
    return page.url


def saved(page):
    expect(page.locator("[data-state]")).to_have_attribute("data-kind", "saved")


def test_a_draft_typed_on_one_device_is_found_on_another(open_page):
    first, second = open_page("member"), open_page("member")
    address = a_thread(first)
    first.locator(BODY).fill("Wir haben das vor zwei Jahren so gemacht.")
    saved(first)
    second.goto(address)
    expect(second.locator(BODY)).to_have_value("Wir haben das vor zwei Jahren so gemacht.")
    expect(second.locator("[data-restored]")).to_be_visible()

    second.locator(BODY).press_sequentially(" Am Telefon ergänzt.")
    saved(second)
    first.locator(BODY).press_sequentially(" Am Rechner ergänzt.")
    expect(first.locator("[data-other]")).to_be_visible()
    first.locator("[data-other] summary").click()
    expect(first.locator("[data-other-body]")).to_have_value(re.compile("Am Telefon ergänzt"))
    first.locator("[data-swap]").click()
    expect(first.locator(BODY)).to_have_value(re.compile("Am Telefon ergänzt"))
    expect(first.locator("[data-other-body]")).to_have_value(re.compile("Am Rechner ergänzt"))
    saved(first)

    first.goto("/entwuerfe")
    expect(first.locator(".forum-drafts > li")).to_have_count(2)
    for _number in range(2):
        first.locator(".forum-drafts form[action$='/loeschen'] button").first.click()
        expect(first.locator(".kts-undo")).to_be_visible()
    expect(first.locator(".forum-drafts > li")).to_have_count(0)


def test_without_a_connection_the_text_stays_and_is_saved_later(open_page):
    page = open_page("editor")
    address = a_thread(page)
    page.route("**/entwuerfe", lambda route: route.fulfill(status=503))
    page.locator(BODY).fill("Im Zug")
    expect(page.locator("[data-state]")).to_have_attribute("data-kind", "offline")
    page.unroute("**/entwuerfe")
    page.locator(BODY).press_sequentially(" geschrieben")
    expect(page.locator("form:has([data-draft])")).to_have_attribute("data-kept", "yes")
    page.goto(address)  # no question whether to leave: nothing would be lost
    expect(page.locator(BODY)).to_have_value("Im Zug geschrieben")
    page.locator("[data-restored] button").click()
    expect(page.locator(BODY)).to_have_value("")


def test_leaving_the_page_saves_what_was_typed_last(open_page):
    page = open_page("moderator")
    address = a_thread(page)
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator(BODY).fill("Schnell weg")
    page.goto("/entwuerfe")
    # The browser may send what was typed last after it asked for the next page.
    reload_until(page, "/entwuerfe", page.locator(".forum-drafts li", has_text="Schnell weg"))
    page.goto(address)
    expect(page.locator(BODY)).to_have_value("Schnell weg")


def test_without_javascript_a_button_saves_the_draft(open_page):
    page = open_page("admin", javascript=False)
    a_thread(page)
    page.locator(BODY).fill("Von Hand gesichert")
    submit(page, page.locator("[data-draft-save]"))
    expect(page.locator(BODY)).to_have_value("Von Hand gesichert")
    page.goto("/entwuerfe")
    expect(page.locator(".forum-drafts")).to_contain_text("Von Hand gesichert")
