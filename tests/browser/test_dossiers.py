"""A moderator puts a dossier in order, by pointer and by keyboard, and a reader takes it along."""

import re

import pytest

from tests.browser.conftest import DONE_WITHIN

pytestmark = pytest.mark.browser


def test_a_dossier_is_arranged_published_and_taken_along(open_page):
    from playwright.sync_api import expect

    page = open_page("moderator")
    page.goto("/dossiers/neu?titel=Anordnung")
    page.locator("main button[type=submit]").click()
    for text in ("Eins.", "Zwei.", "Drei."):
        page.locator("#add-note").fill(text)
        page.locator("form[action$='/teile'] button[type=submit]").click()
    texts = page.locator("#teile-liste .kts-prose")
    expect(texts).to_have_text(["Eins.", "Zwei.", "Drei."])

    handles = page.locator(".dossier-handle")
    page.locator("#teile").evaluate("heading => heading.scrollIntoView({ behavior: 'instant' })")
    start, target = handles.nth(2).bounding_box(), handles.nth(0).bounding_box()
    page.mouse.move(start["x"] + 10, start["y"] + 10)
    page.mouse.down()
    page.mouse.move(start["x"] + 10, target["y"] + 60, steps=8)
    with page.expect_response("**/reihenfolge") as answer:
        page.mouse.move(start["x"] + 10, target["y"] + 5, steps=4)
        page.mouse.up()
    assert answer.value.status == 200
    expect(texts).to_have_text(["Drei.", "Eins.", "Zwei."])

    last = page.locator("#teile-liste > li").filter(has_text="Zwei.").locator(".dossier-handle")
    last.focus()
    with page.expect_response("**/reihenfolge"):
        page.keyboard.press("ArrowUp")
    expect(texts).to_have_text(["Drei.", "Zwei.", "Eins."])
    expect(last).to_be_focused()
    expect(page.locator("#reihenfolge-stand")).to_contain_text(re.compile(r"Zwei\..*2.*3"))
    page.reload()
    expect(texts).to_have_text(["Drei.", "Zwei.", "Eins."])

    last.focus()
    with page.expect_response("**/reihenfolge"):
        page.keyboard.press("Home")
    expect(texts).to_have_text(["Zwei.", "Drei.", "Eins."])
    with page.expect_response("**/reihenfolge"):
        page.locator("#reihenfolge-zurueck button").click()
    expect(texts).to_have_text(["Drei.", "Zwei.", "Eins."])

    page.locator("form[action$='/veroeffentlichen'] button").click()
    address = page.url
    reader = open_page()
    reader.goto(address)
    expect(reader.locator(".dossier-text")).to_have_text(["Drei.", "Zwei.", "Eins."])
    link = reader.locator("a[href*='/dossier.pdf']").get_attribute("href")
    for _ in range(DONE_WITHIN):
        pdf = reader.request.get(link)
        if pdf.status != 202:
            break
        reader.wait_for_timeout(1000)
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.body().startswith(b"%PDF")
