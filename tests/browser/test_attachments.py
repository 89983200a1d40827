"""Images and files, as somebody brings them into a text."""

import re
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import new_name
from tests.browser.test_drafts import BODY, a_thread

pytestmark = pytest.mark.browser

PASTE = """(area, bytes) => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(bytes)], "image.png", { type: "image/png" }));
  const told = { clipboardData: data, bubbles: true, cancelable: true };
  area.dispatchEvent(new ClipboardEvent("paste", told));
}"""
DROP = """(area, text) => {
  const data = new DataTransfer();
  data.items.add(new File([text], "Notiz.txt", { type: "text/plain" }));
  const told = { dataTransfer: data, bubbles: true, cancelable: true };
  area.dispatchEvent(new DragEvent("drop", told));
}"""


def picture(colour="teal"):
    target = BytesIO()
    Image.new("RGB", (300, 200), colour).save(target, "PNG")
    return target.getvalue()


def send(page):
    page.locator("form:has([data-draft]) button[type=submit].kern-btn--primary").click()


def test_a_pasted_image_asks_for_its_description_and_appears(open_page):
    page = open_page("member")
    a_thread(page)
    area = page.locator(BODY)
    area.fill("So sieht es aus:")
    area.evaluate(PASTE, list(picture()))
    expect(area).to_have_value(re.compile(r"So sieht es aus:\n\n!\[\]\(/anhang/\d+\)"))
    alt = page.locator("input[name^=alt-]")
    expect(alt).to_be_focused()

    send(page)
    expect(page.locator("#form-errors")).to_be_visible()
    alt = page.locator("input[name^=alt-]")
    plan = new_name("Plan des Marktplatzes ")
    alt.fill(plan)
    expect(page.locator(BODY)).to_have_value(re.compile(rf"!\[{plan}\]"))
    send(page)
    shown = page.locator(f".forum-post img[alt='{plan}']")
    expect(shown).to_be_visible()
    expect(shown).to_have_attribute("width", "300")
    shown.scroll_into_view_if_needed()
    expect(shown).to_have_js_property("complete", True)
    expect(shown).to_have_js_property("naturalWidth", 300)


def test_a_picture_does_not_tear_a_table_or_a_line_apart(open_page):
    page = open_page("member")
    a_thread(page)
    area = page.locator(BODY)
    table = "| Jahr | Euro |\n| --- | --- |\n| 2026 | 12 |"
    for text, cursor in ((f"{table}\n\nDanach", 4), ("Ein ganzer Satz\n\nDanach", 5)):
        area.fill(text)
        area.evaluate("(area, cursor) => area.setSelectionRange(cursor, cursor)", cursor)
        area.evaluate(PASTE, list(picture()))
        whole = re.escape(text.split("\n\n")[0])
        expect(area).to_have_value(re.compile(rf"^{whole}\n\n!\[\]\(/anhang/\d+\)\n{{2,3}}Danach"))


def test_files_are_dropped_refused_and_taken_out_again(open_page):
    page = open_page("editor")
    a_thread(page)
    area = page.locator(BODY)
    area.evaluate(DROP, "Ein Text zum Mitnehmen")
    expect(area).to_have_value(re.compile(r"\[Notiz\.txt \(1 kB\)\]\(/anhang/\d+\)"))
    bad = {"name": "x.svg", "mimeType": "image/svg+xml", "buffer": b"<svg/>"}
    page.locator("input[name=files]").set_input_files(bad)
    expect(page.locator(".forum-upload .kern-error").last).to_be_visible()
    page.locator(".forum-upload [data-remove]").first.click()
    expect(area).not_to_have_value(re.compile("anhang"))


def test_without_javascript_files_go_with_the_form(open_page):
    page = open_page("moderator", javascript=False)
    a_thread(page)
    text = new_name("Ohne Skript ")
    page.locator(BODY).fill(text)
    image = {"name": "plan.png", "mimeType": "image/png", "buffer": picture("olive")}
    page.locator("input[name=files]").set_input_files(image)
    page.locator("button[name=attach]").click()
    expect(page.locator(BODY)).to_have_value(re.compile(rf"{text}\s+!\[\]\(/anhang/\d+\)"))
    page.locator("input[name^=decorative-]").check()
    send(page)
    expect(page.locator(".forum-post", has_text=text).locator("img")).to_have_attribute("alt", "")
