"""The desk in a browser: by keyboard alone, and two moderators at the same row."""

import re
import uuid

import pytest

pytestmark = pytest.mark.browser


def press_on(page, target):
    """Reach the element with the tabulator and press it."""
    for _ in range(200):
        if target.evaluate("element => element === document.activeElement"):
            page.keyboard.press("Enter")
            return
        page.keyboard.press("Tab")
    pytest.fail("the keyboard does not reach it")


def test_one_takes_in_hand_puts_off_and_undoes_by_keyboard_while_another_is_told(open_page):
    expect = pytest.importorskip("playwright.sync_api").expect
    place = f"/seite-{uuid.uuid4().hex[:8]}"  # a second run on the same site has a row of its own
    guest = open_page(javascript=False)
    guest.goto(f"/barriere-melden?von={place}")
    guest.locator("textarea[name=description]").fill("Die Schrift ist zu hell.")
    guest.locator("main form button[type=submit]").click()
    first, second = open_page(as_person="moderator", javascript=False), open_page(as_person="admin")
    for page in (first, second):
        page.goto("/kuratierung?art=barrier_report")
    row, seen = (page.locator(".kts-desk__row", has_text=place) for page in (first, second))

    press_on(first, row.locator("button[value^=nehmen]"))
    expect(row.locator("button[value^=zurueckgeben]")).to_be_visible()
    seen.locator("button[value^=nehmen]").click()
    expect(second.locator(".kts-flashes .kern-alert--warning")).to_contain_text(place)
    expect(seen.locator("button[name=eins]")).to_have_count(0)

    press_on(first, row.locator("button[value^=morgen]"))
    expect(row).to_have_count(0)
    press_on(first, first.locator(".kts-flashes form button"))
    expect(first.locator(".kts-flashes form")).to_have_count(0)
    first.goto("/kuratierung?liste=meine")
    expect(row).to_be_visible()
    press_on(first, row.locator("h3 a"))
    expect(first).to_have_url(re.compile(r"/barrieren/\d+$"))
