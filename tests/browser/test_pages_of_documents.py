"""The page of a document in a browser: marks on its picture, copying a citation, comparing."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_pages import problems

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def document(chromium, site):
    """Give the address of a sample document that has two versions, and a page with hits."""
    page = chromium.new_page(base_url=site.url)
    page.goto("/dokumente")
    addresses = page.eval_on_selector_all(
        "main a[href]", "links => links.map(link => link.getAttribute('href'))"
    )
    found = sorted({a for a in addresses if re.fullmatch(r"/dokumente/\d+-[\w-]+", a)})
    for address in found:
        page.goto(f"{address}/vergleich")
        if page.locator("#summary").count():
            page.goto(f"{address}/suche?q=Beteiligung")
            hit = page.locator("main .kts-item__title a").first.get_attribute("href")
            page.close()
            return address, hit
    return pytest.fail("no sample document has two versions")


@pytest.mark.parametrize("width", [360, 1280])
def test_the_marks_lie_on_the_picture_at_every_size(open_page, document, width):
    page = open_page(viewport={"width": width, "height": 900})
    page.goto(document[1])
    page.locator(".kts-paper img").evaluate("image => image.decode()")
    picture = page.locator(".kts-paper img").bounding_box()
    marks = page.locator(".kts-paper__marks rect")
    assert marks.count() >= 1
    for number in range(marks.count()):
        box = marks.nth(number).bounding_box()
        assert picture["x"] <= box["x"] < box["x"] + box["width"] <= picture["x"] + picture["width"]
        assert picture["y"] <= box["y"]
        assert box["y"] + box["height"] <= picture["y"] + picture["height"]
        assert box["height"] < picture["height"] / 15  # a line of text, not a blot
    layer = page.locator(".kts-paper__marks").bounding_box()
    for side, size in layer.items():
        assert abs(size - picture[side]) < 1


def test_the_darkest_points_below_a_mark_are_the_word(open_page, document):
    """A mark that lay beside its word would lie on white paper."""
    page = open_page()
    page.goto(document[1])
    page.locator(".kts-paper img").evaluate("image => image.decode()")
    darkest = page.evaluate(
        """() => {
          const image = document.querySelector(".kts-paper img");
          const canvas = document.createElement("canvas");
          canvas.width = image.naturalWidth; canvas.height = image.naturalHeight;
          const paper = canvas.getContext("2d");
          paper.drawImage(image, 0, 0);
          return [...document.querySelectorAll(".kts-paper__marks rect")].map((rect) => {
            const share = (name) => rect.getAttribute(name) / 1e4;
            const at = (name, size) => Math.max(1, Math.round(share(name) * size));
            const points = paper.getImageData(at("x", canvas.width), at("y", canvas.height),
              at("width", canvas.width), at("height", canvas.height)).data;
            let dark = 255;
            for (let n = 0; n < points.length; n += 4) dark = Math.min(dark, points[n]);
            return dark;
          });
        }"""
    )
    assert darkest
    assert max(darkest) < 140


def test_a_citation_is_copied_and_said_to_be(open_page, document, site):
    page = open_page()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site.url)
    page.goto(document[1])
    page.locator("[data-copy=cite-text]").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".kts-cite__status")).not_to_be_empty()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.locator("#cite-text").inner_text()
    assert "?version=" in copied
    assert page.locator(".kts-cite__status").get_attribute("role") == "status"


def test_a_selected_passage_is_copied_with_its_source(open_page, document, site):
    page = open_page()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site.url)
    page.goto(document[1])
    button = page.locator("[data-quote]")
    button.click()
    expect(page.locator(".kts-cite__status")).not_to_be_empty()
    nothing = page.locator(".kts-cite__status").inner_text()
    passage = page.evaluate(
        """() => { const text = document.querySelector("#page-text p:last-of-type");
          getSelection().selectAllChildren(text); return text.textContent; }"""
    )
    button.click()
    expect(page.locator(".kts-cite__status")).not_to_have_text(nothing)
    expect(page.locator(".kts-cite__status")).not_to_be_empty()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f"„{' '.join(passage.split())}“ (")
    assert page.locator("#cite-text").inner_text() in copied


def test_without_javascript_citation_and_comparison_are_there(open_page, document):
    page = open_page(javascript=False)
    page.goto(document[1])
    assert page.locator(".kts-copy:visible").count() == 0
    assert page.locator("#cite-text").is_visible()
    page.locator(".kts-cite summary").first.click()
    expect(page.locator("#cite-bib")).to_contain_text("@techreport{")
    with page.expect_download() as download:
        page.locator("a[href*='zitat.ris']").click()
    assert download.value.suggested_filename.endswith(".ris")
    page.goto(f"{document[0]}/vergleich")
    page.locator("main form button[type=submit]").click()
    page.wait_for_url("**/vergleich?von=*&bis=*")
    expect(page.locator(".kts-passage").first).to_be_visible()


def test_the_keyboard_leads_from_place_to_place(open_page, document):
    page = open_page()
    page.goto(document[1])
    link = page.locator(".kts-hits a[href*='/seite/']").first
    address = link.get_attribute("href")
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url.endswith(address))
    expect(page.locator("#page-text mark").first).to_be_visible()


@pytest.mark.parametrize(
    ("theme", "width", "forced"),
    [("light", 1280, "none"), ("dark", 320, "none"), ("light", 375, "active")],
)
def test_no_barrier_that_axe_finds(open_page, document, theme, width, forced):
    page = open_page(
        color_scheme=theme, forced_colors=forced, viewport={"width": width, "height": 900}
    )
    path, hit = document
    addresses = [
        hit,
        f"{path}/seite/1?version=1",
        f"{path}/suche?q=Beteiligung",
        f"{path}/suche?q=xqzvw",
        f"{path}/vergleich",
        f"{path}/vergleich?zeige=alles",
        f"{path}/vergleich?von=1&bis=1",
    ]
    assert [problem for address in addresses for problem in problems(page, address)] == []
