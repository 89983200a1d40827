"""Groups and handovers in a browser: by keyboard, on a phone, without JavaScript."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PASSWORD, new_name, submit

pytestmark = pytest.mark.browser

NETWORK = "/gruppen/internationales-netzwerk-beispiel"


def test_a_group_opens_a_room_of_its_own_without_javascript(open_page):
    page = open_page("editor", javascript=False)
    page.goto("/gruppen")
    page.get_by_role("link", name="Internationales Netzwerk (Beispiel)").click()
    expect(page).to_have_url(re.compile(f"{NETWORK}$"))
    page.goto(f"{NETWORK}/bereiche")
    room = new_name("Reiseberichte ")
    page.locator("main input[name=name]").fill(room)
    page.locator("main form button[type=submit]").click()
    expect(page).to_have_url(re.compile(f"{NETWORK}$"))
    expect(page.get_by_role("link", name=room, exact=True)).to_be_visible()


def test_a_coordinator_takes_in_who_asked_by_keyboard(open_page, site):
    name, address = new_name("Nora Neugierig "), f"{new_name('nora')}@stadt.example.org"
    account = ("user", "create", address, "--name", name)
    site.kts(*account, "--password-stdin", input=PASSWORD)
    asker = open_page(address)
    asker.goto(f"{NETWORK}/beitreten")
    asker.locator("textarea[name=message]").fill("Wir planen einen Besuch.")
    submit(asker, asker.locator("main form button[type=submit]"))

    page = open_page("editor")
    page.goto(NETWORK)
    waiting = page.locator("section[aria-labelledby=anfragen]")
    row = waiting.locator("li", has_text=name)
    row.get_by_role("button").first.focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("section[aria-labelledby=people]")).to_contain_text(name)
    expect(waiting.locator("li", has_text=name)).to_have_count(0)


@pytest.mark.parametrize("width", [320, 375, 1280])
def test_pages_of_groups_and_handovers_fit_the_screen(open_page, width):
    page = open_page("editor", viewport={"width": width, "height": 800})
    page.goto("/konto")
    handover = page.locator("main a[href*=uebergabe]").first.get_attribute("href")
    for path in ("/gruppen", NETWORK, f"{NETWORK}/bearbeiten", handover, "/konto/verlassen"):
        page.goto(path)
        expect(page.locator("h1")).to_have_count(1)
        wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        assert not wide, path


def test_work_is_offered_taken_over_and_handed_back(open_page):
    going = open_page("editor", javascript=False)
    going.goto("/konto")
    going.locator("main a[href*=uebergabe]").first.click()
    going.locator("input[name=email]").fill("mitglied@example.org")
    going.locator("input[name=successor][value='0']").check()
    going.locator("button[name=step][value=check]").click()
    expect(going.locator("input[name=email]")).to_have_value("mitglied@example.org")
    going.locator("button[name=step][value=send]").click()
    expect(going).to_have_url(re.compile(r"/uebergaben/\d+$"))
    address = going.url
    coming = open_page("member", javascript=False)
    coming.goto(address)
    coming.locator("form[action$=annehmen] button").click()
    expect(coming.locator("form[action$=annehmen]")).to_have_count(0)
    coming.goto("/konto")
    expect(coming.locator("main")).to_contain_text("Falkenrode")
