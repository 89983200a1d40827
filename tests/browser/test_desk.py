"""The desk in a browser: by keyboard alone, and two moderators at the same row."""

import re
import uuid

import pytest

from tests.browser.conftest import barriers, submit

pytestmark = pytest.mark.browser


def reported_barrier(open_page):
    """Let a guest report a barrier; give by which words its row is known."""
    place = f"/seite-{uuid.uuid4().hex[:8]}"  # a second run on the same site has a row of its own
    guest = open_page(javascript=False)
    guest.goto(f"/barriere-melden?von={place}")
    guest.locator("textarea[name=description]").fill("Die Schrift ist zu hell.")
    submit(guest, guest.locator("main form button[type=submit]"))
    return place


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
    place = reported_barrier(open_page)
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


def test_single_keys_lead_through_the_rows_until_they_are_switched_off(open_page):
    expect = pytest.importorskip("playwright.sync_api").expect
    first, second = reported_barrier(open_page), reported_barrier(open_page)
    page = open_page(as_person="moderator", viewport={"width": 320, "height": 800})
    page.goto("/kuratierung?art=barrier_report")
    titles = page.locator(".kts-desk__row h3 a")
    last = titles.count() - 1
    assert last >= 1
    page.keyboard.press("j")
    expect(titles.first).to_be_focused()
    for _ in range(last + 2):
        page.keyboard.press("j")  # ends at the last row
    expect(titles.nth(last)).to_be_focused()
    page.keyboard.press("k")
    expect(titles.nth(last - 1)).to_be_focused()
    row = page.locator(".kts-desk__row").nth(last - 1)
    page.keyboard.press("x")
    expect(row.locator("input[name=ding]")).to_be_checked()
    expect(page.locator("#desk-keys-said")).to_contain_text(titles.nth(last - 1).inner_text())
    page.keyboard.press("x")
    for place in (first, second):
        mine = page.locator(".kts-desk__row", has_text=place)
        mine.locator("h3 a").focus()
        with page.expect_navigation():
            page.keyboard.press("a")
        expect(mine.locator("button[value^=zurueckgeben]")).to_be_visible()
        expect(mine.locator("h3 a")).to_be_focused()
    with page.expect_navigation():
        page.keyboard.press("z")
    expect(mine).to_have_count(0)
    with page.expect_navigation():
        page.locator(".kts-desk__row", has_text=first).locator("h3 a").focus()
        page.keyboard.press("n")
    page.locator("textarea[name=note]").press_sequentially("j? x")
    expect(page.locator("textarea[name=note]")).to_have_value("j? x")

    page.goto("/kuratierung?art=barrier_report")
    page.keyboard.press("?")
    help_ = page.get_by_role("dialog")
    expect(help_).to_be_visible()
    assert barriers(page, "#desk-keys") == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.keyboard.press("Escape")
    expect(help_).to_be_hidden()
    page.locator("#desk-keys-open").click()
    submit(page, help_.locator("button[name=an]"))
    page.keyboard.press("j")
    expect(page.locator(".kts-desk__row :focus")).to_have_count(0)
    page.locator("#desk-keys-open").click()
    submit(page, help_.locator("button[name=an]"))  # as it was, for other tests
    page.keyboard.press("j")
    expect(titles.first).to_be_focused()
