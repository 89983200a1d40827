"""Searching as people do it: proposals by keyboard, operators, filters, a saved search."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import barriers, new_name

pytestmark = pytest.mark.browser

PLACE = "Falkenrode"  # a made-up municipality of the sample content


def type_into(page, text):
    """Type into the search box of the header and wait for the proposals to all of the text."""

    def is_for_it(answer):
        address = urlsplit(answer.url)
        return address.path == "/suche/vorschlaege" and parse_qs(address.query)["q"] == [text]

    box = page.locator("#header-q")
    box.fill("")
    expect(page.locator("#header-q-listbox")).to_have_count(0)
    box.press_sequentially(text[:-1])
    expect(page.locator("#header-q-listbox")).to_be_visible()  # to the beginning of it
    with page.expect_response(is_for_it) as answered:
        box.press_sequentially(text[-1])
    answered.value.finished()
    page.evaluate("() => new Promise((done) => setTimeout(done, 50))")  # htmx puts it in place
    expect(page.locator("#header-q-listbox")).to_be_visible()
    expect(page.locator("#header-q-told")).to_have_text(re.compile(r"\S"))
    return box


def marked(page):
    """Give the text of the proposal that the box points at."""
    return page.evaluate(
        "(() => { const id = document.querySelector('#header-q')"
        ".getAttribute('aria-activedescendant');"
        " return id ? document.getElementById(id).textContent : '' })()"
    )


def test_from_typing_to_the_hit_with_the_keyboard_alone(open_page):
    page = open_page()
    page.goto("/")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the skip link to the search
    assert page.evaluate("document.activeElement.id") == "header-q"
    box = type_into(page, f"Beteiligung kommune:{PLACE[:4]}")
    assert box.get_attribute("aria-expanded") == "true"
    page.keyboard.press("ArrowDown")
    assert marked(page) == PLACE
    assert barriers(page) == []
    page.keyboard.press("Enter")
    assert box.input_value() == f"Beteiligung kommune:{PLACE} "
    assert page.evaluate("document.activeElement.id") == "header-q"
    page.keyboard.press("Enter")
    page.wait_for_url("**/suche?q=*")
    expect(page.locator(".kts-chip", has_text=PLACE)).to_have_count(1)
    for _ in range(150):
        page.keyboard.press("Tab")
        href = page.evaluate("document.activeElement.getAttribute('href') || ''")
        if "/dokumente/" in href and "/seite/" in href:
            break
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/dokumente/\d+-[\w-]+/seite/\d+"))
    expect(page.locator("mark").first).to_be_visible()


def test_a_title_is_opened_from_the_proposals_and_escape_closes_them(open_page):
    page = open_page()
    page.goto("/suche")
    box = type_into(page, PLACE[:5])
    page.keyboard.press("ArrowUp")  # from the box to the last one
    assert marked(page)
    page.keyboard.press("Escape")
    expect(page.locator("#header-q-listbox")).to_have_count(0)
    assert box.get_attribute("aria-expanded") == "false"
    assert box.input_value() == PLACE[:5]
    type_into(page, PLACE[:5])
    page.locator("#header-q-listbox [role=option]", has_text=PLACE).first.click()
    page.wait_for_url(lambda url: "/suche" not in url)


def test_without_javascript_the_box_and_the_filters_work(open_page):
    page = open_page(javascript=False)
    page.goto("/")
    page.locator("#header-q").fill(f"Beteiligung kommune:{PLACE}x")
    page.locator("#header-q").press("Enter")
    page.wait_for_url("**/suche?q=*")
    assert page.locator("#header-q").get_attribute("role") is None
    page.locator(".kts-results__note a", has_text=PLACE).first.click()
    expect(page.locator(".kts-chip", has_text=PLACE)).to_have_count(1)
    page.locator("input[name=municipality]:checked").uncheck()
    page.get_by_role("button", name="Filter anwenden").click()
    expect(page.locator(".kts-chip")).to_have_count(0)
    page.locator(".kts-results__sort a").last.click()
    page.wait_for_url("**sort=title*")
    expect(page.locator(".kts-hits > li").first).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])
def test_a_search_is_saved_run_deleted_and_taken_back(open_page, javascript):
    page = open_page("member", javascript)
    name = new_name(f"Haushalt {javascript} ")
    page.goto(f"/suche?q=Beteiligung {new_name('Wort')}")  # a search is saved only once
    page.locator(".kts-save summary").click()
    page.locator(".kts-save input[name=name]").fill(name)
    page.locator(".kts-save button[type=submit]").click()
    page.wait_for_url("**/meine-suchen")
    if javascript:
        assert barriers(page) == []
    page.get_by_role("link", name=name, exact=True).click()
    page.wait_for_url("**/suche?q=*")
    page.goto("/meine-suchen")
    page.locator("li", has_text=name).locator("form button").click()
    page.wait_for_url("**/meine-suchen?geloescht=*")
    expect(page.get_by_role("link", name=name, exact=True)).to_have_count(0)
    page.locator(".kts-undo button").click()
    page.wait_for_url(lambda url: url.endswith("/meine-suchen"))
    expect(page.get_by_role("link", name=name, exact=True)).to_have_count(1)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 320)])
def test_the_pages_of_the_search_are_free_of_barriers(open_page, width, scheme):
    page = open_page("member", viewport={"width": width, "height": 900}, color_scheme=scheme)
    for address in (
        "/suche",
        f"/suche?q=Beteiligung+kommune:{PLACE}x+jahr:2019-2026",
        "/suche?q=xqzvw",
        "/suche?q=%F0%9F%99%82",
        "/meine-suchen",
    ):
        page.goto(address)
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        assert barriers(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
