"""Lists and long threads as people use them in a browser."""

import json
import re
import sqlite3

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import new_name, submit
from tests.browser.test_moderating import start_thread

pytestmark = pytest.mark.browser

SAID = "Wir haben klein begonnen und nach einem Jahr noch einmal neu geplant. "


@pytest.fixture(scope="module")
def long_thread(site):
    """Give the address of a public thread with 45 posts, imported as an operator does it."""
    said = [
        {"author": f"Person {n % 7}", "created": f"2025-03-{n % 28 + 1:02}T10:00", "body": SAID}
        for n in range(45)
    ]
    line = {
        "category": "Fragen und Antworten",
        "title": "Ein langes Gespräch über Sensoren",
        "author": "Person 0",
        "created": "2025-03-01T10:00",
        "posts": said,
    }
    file = site.instance / "long.jsonl"
    file.write_text(json.dumps(line))
    site.kts("import", "threads", str(file))
    with sqlite3.connect(site.instance / "kts.sqlite3", timeout=30) as database:
        query = "SELECT id FROM thread WHERE title LIKE 'Ein langes Gespräch%'"
        (number,) = database.execute(query).fetchone()
    return f"/thema/{number}-ein-langes-gespraech-ueber-sensoren"


def test_more_posts_are_added_below_and_the_focus_goes_on(open_page, long_thread):
    page = open_page()
    page.goto(long_thread)
    expect(page.locator(".forum-post")).to_have_count(20)
    page.locator("[data-more]").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".forum-post")).to_have_count(40)
    expect(page.locator("#beitrag-21")).to_be_focused()
    expect(page).to_have_url(re.compile(r"\?seite=2$"))
    expect(page.locator("#weiter-gesagt")).to_contain_text("21–40")
    page.keyboard.press("j")
    expect(page.locator("#beitrag-22")).to_be_focused()
    page.keyboard.press("k")
    expect(page.locator("#beitrag-21")).to_be_focused()
    page.locator("[data-more]").click()
    expect(page.locator(".forum-post")).to_have_count(45)
    expect(page.locator("[data-more]")).to_have_count(0)
    expect(page.locator("#beitrag-41")).to_be_focused()


def test_without_javascript_more_posts_are_on_the_next_page(open_page, long_thread):
    page = open_page(javascript=False)
    page.goto(long_thread)
    page.locator("[data-more]").click()
    expect(page.locator("#beitrag-21")).to_be_visible()
    expect(page.locator("#beitrag-1")).to_have_count(0)


@pytest.mark.parametrize("javascript", [True, False])
def test_everything_is_read_and_unread_again(open_page, javascript):
    writer = open_page("moderator")
    for _ in range(2):
        start_thread(writer, new_name("Ungelesenes "))
    page = open_page("editor", javascript=javascript)
    page.goto("/forum/liste/ungelesen")
    rows = page.locator(".forum-item")
    before = rows.count()
    assert before > 1
    page.locator(".forum-read-all button").click()
    expect(page.locator(".kts-flashes button")).to_be_visible()
    expect(page.locator("main .forum-unread")).to_have_count(0)
    submit(page, page.locator(".kts-flashes button"))
    page.goto("/forum/liste/ungelesen")
    expect(rows).to_have_count(before)


def test_a_thread_is_unread_from_a_post_on(open_page):
    page = open_page("member")
    page.goto("/forum/liste/alle")
    link = page.locator(".forum-item__title > a:first-child").first
    path = link.get_attribute("href").split("?")[0].split("#")[0]  # titles come twice
    submit(page, link)
    last = page.locator(".forum-post").last
    last.locator(".forum-seldom summary").click()
    last.get_by_role("button", name=re.compile("ngelesen|nread")).click()
    row = page.locator(".forum-item").filter(has=page.locator(f"a[href^='{path}']"))
    expect(row.locator(".forum-unread")).to_contain_text("1")
    row.locator(".forum-unread").click()
    expect(page).to_have_url(re.compile("#beitrag-"))


@pytest.mark.parametrize("width", [320, 375, 1280])
def test_lists_fit_and_filters_can_be_used_by_keyboard(open_page, width):
    page = open_page("member", viewport={"width": width, "height": 900})
    page.goto("/forum/liste/aktuell?land=08&art=discussion")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.locator(".forum-filters > summary").focus()
    page.keyboard.press("Enter")
    page.locator("#filter-land").select_option("")
    page.locator(".forum-filters button[type=submit]").click()
    expect(page.locator(".forum-chips .kts-chip")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
