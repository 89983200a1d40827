"""Writing in a real browser: with the toolbar, with the keyboard alone, without a script."""

import re
import time

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import barriers

pytestmark = pytest.mark.browser

TEXT = "main textarea[name=body]"


def answer_to_an_open_thread(page):
    """Open a thread that takes answers; give its text area, empty of other tests' drafts."""
    page.goto("/forum")
    links = page.locator("main a[href*='/thema/']")
    for address in [link.get_attribute("href") for link in links.all()]:
        page.goto(address.split("?")[0])
        if page.locator(TEXT).count():
            page.locator(TEXT).fill("")
            return page.locator(TEXT)
    return pytest.fail("no thread takes answers")


def forget(page):
    """Let the page go without the question whether the text may be lost."""
    page.locator("form[data-guard]").first.evaluate("form => form.removeAttribute('data-guard')")


def clear(area):
    area.press("Control+A")
    area.press("Delete")


def test_formatting_with_the_keyboard_alone_can_be_undone(open_page):
    page = open_page("member")
    area = answer_to_an_open_thread(page)
    area.focus()
    page.keyboard.type("wichtig")
    page.keyboard.press("Control+A")
    page.keyboard.press("Control+B")
    expect(area).to_have_value("**wichtig**")
    page.keyboard.press("Control+B")
    expect(area).to_have_value("wichtig")
    page.keyboard.press("Control+Z")
    expect(area).to_have_value("**wichtig**")
    clear(area)

    page.keyboard.type("- eins")
    page.keyboard.press("Enter")
    page.keyboard.type("zwei")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.keyboard.type("Schluss")
    expect(area).to_have_value("- eins\n- zwei\nSchluss")
    clear(area)
    page.keyboard.type("9. neun")
    page.keyboard.press("Enter")
    expect(area).to_have_value("9. neun\n10. ")
    clear(area)

    toolbar = page.get_by_role("toolbar", name="Formatieren")
    page.keyboard.press("Shift+Tab")  # the views
    for _ in range(3):
        page.keyboard.press("Shift+Tab")
    expect(toolbar.get_by_role("button", name="Fett")).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    expect(toolbar.get_by_role("button", name="Fußnote")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(area).to_be_focused()
    assert area.input_value().startswith("| Spalte 1 | Spalte 2 |\n| --- | --- |")


@pytest.mark.parametrize(
    ("tool", "typed", "made"),
    [
        ("Kursiv", "schräg", "*schräg*"),
        ("Überschrift", "Titel", "## Titel"),
        ("Link", "hier", "[hier](https://)"),
        ("Zitat", "gesagt", "> gesagt"),
        ("Liste mit Punkten", "a", "- a"),
        ("Nummerierte Liste", "a", "1. a"),
        ("Aufgabenliste", "a", "- [ ] a"),
        ("Code", "x = 1", "`x = 1`"),
        ("Fußnote", "Satz", "Satz[^1]\n\n[^1]: Anmerkung"),
    ],
)
def test_each_tool_writes_what_it_says(member_writes, tool, typed, made):
    page, area = member_writes
    clear(area)
    area.press_sequentially(typed)
    if tool != "Fußnote":
        area.press("Control+A")
    page.get_by_role("button", name=tool, exact=True).click()
    expect(area).to_have_value(made)


@pytest.fixture
def member_writes(open_page):
    page = open_page("member")
    area = answer_to_an_open_thread(page)
    yield page, area
    forget(page)


def test_a_person_and_a_page_are_named_by_keyboard_and_shown_in_the_preview_and_the_post(open_page):
    page = open_page("member")
    area = answer_to_an_open_thread(page)
    mark = f"Hinweis {time.time()}"
    area.press_sequentially(f"{mark}: Danke @ru")
    options = page.get_by_role("listbox").get_by_role("option")
    expect(options.first).to_be_visible()
    expect(area).to_have_attribute("aria-activedescendant", "editor-name-1")
    expect(options.first).to_have_attribute("aria-selected", "true")
    area.press("Escape")
    expect(options).to_have_count(0)
    area.press_sequentially("t")
    area.press("Backspace")
    expect(options).to_have_count(0)  # closed means closed
    area.press("Backspace")
    expect(options.first).to_be_visible()  # another word asks again
    area.press_sequentially("uth")
    expect(options.first).to_contain_text("Ruth")
    area.press("Enter")
    expect(area).to_have_value(re.compile(r"Danke @ruth-[a-z-]+ $"))

    area.press_sequentially("siehe #leitfaden 5")
    expect(options.first).to_contain_text(re.compile(r"Leitfaden.*5"))
    area.press("ArrowDown")
    area.press("ArrowUp")
    area.press("Tab")
    expect(area).to_have_value(
        re.compile(r"siehe \[Leitfaden[^\]]+5\]\(/dokumente/\d+-[^)]+/seite/5\) $")
    )
    expect(area).to_be_focused()

    page.get_by_role("button", name="Vorschau", exact=True).click()
    preview = page.get_by_role("region", name="Vorschau")
    expect(preview.locator("a.mention")).to_contain_text("@Ruth")
    expect(preview.locator(".forum-card")).to_have_count(1)
    page.get_by_role("button", name="Beides").click()
    area.press("Control+End")
    area.press_sequentially("**ganz neu**")
    expect(preview.locator("strong", has_text="ganz neu")).to_be_visible()
    page.get_by_role("button", name="Antwort senden").click()
    post = page.locator(".forum-post", has_text=mark)
    expect(post.locator("a.mention")).to_contain_text("@Ruth")
    expect(post.locator(".forum-card")).to_have_count(1)
    post.locator("a.mention").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Ruth")


def select(page, selector):
    page.locator(selector).first.evaluate(
        """element => {
          const range = document.createRange();
          range.selectNodeContents(element);
          const selection = getSelection();
          selection.removeAllRanges();
          selection.addRange(range);
        }"""
    )


def test_marked_words_are_quoted_one_after_the_other(open_page):
    page = open_page("member")
    area = answer_to_an_open_thread(page)
    first, second = ".forum-post >> nth=0 >> .kts-prose p", ".forum-post >> nth=1 >> .kts-prose p"
    words = page.locator(first).first.inner_text()[:20]
    area.fill("Mein Anfang")
    select(page, first)
    page.locator(".forum-post").first.get_by_role("button", name="Auswahl zitieren").press("Enter")
    expect(area).to_be_focused()
    expect(area).to_have_value(
        re.compile(
            r"^Mein Anfang\n\n> \*\*\[.+ schrieb:\]\(/beitrag/\d+\)\*\*\n>\n> " + re.escape(words)
        )
    )
    select(page, second)
    page.locator(".editor-quote").or_(page.locator(".forum-act--quote")).first.click()
    expect(area).to_have_value(re.compile(r"schrieb:[\s\S]*\n\n> \*\*\[.+ schrieb:"))
    expect(page.locator(".forum-act--quote")).to_have_count(0)
    forget(page)


def test_what_is_typed_is_not_lost_by_a_wrong_click(open_page):
    page = open_page("member")
    area = answer_to_an_open_thread(page)
    address = page.url
    page.route("**/entwuerfe", lambda route: route.abort())  # what is saved may be left
    area.press_sequentially("Noch nicht fertig")
    page.get_by_role("button", name="Vorschau", exact=True).click()
    page.once("dialog", lambda dialog: dialog.dismiss())
    with page.expect_event("dialog") as asked:
        page.locator("nav[aria-label='Sie sind hier'] a[href='/forum']").click(no_wait_after=True)
    assert asked.value.type == "beforeunload"
    expect(page).to_have_url(address)
    expect(area).to_have_value("Noch nicht fertig")
    forget(page)


def test_a_title_shows_what_is_there_already(open_page):
    page = open_page("member")
    page.goto("/forum/neu")
    page.locator("input[name=title]").press_sequentially("Jugendliche bei der Bürgerbeteiligung")
    found = page.locator("#aehnlich")
    expect(found.get_by_role("link").first).to_be_visible()
    expect(found.locator("a[href*='/thema/']").first).to_contain_text("Jugendliche")
    expect(page.locator("#aehnlich-zahl")).to_contain_text("ähnliche")
    forget(page)


def test_everything_once_without_javascript(open_page):
    page = open_page("member", javascript=False)
    page.goto("/forum/neu")
    expect(page.get_by_role("toolbar")).to_have_count(0)
    title = f"Bürgerbeteiligung ohne Skript {time.time()}"
    page.locator("select[name=category]").select_option(index=1)
    page.locator("input[name=title]").fill(title)
    page.locator(TEXT).fill("Danke @ruth-brandecker-beispiel\n- **eins**\n- zwei")
    page.get_by_role("button", name="Ähnliches suchen").click()
    expect(page.locator("#aehnlich a").first).to_be_visible()
    page.get_by_role("button", name="Vorschau").click()
    expect(page.locator("#vorschau li strong")).to_have_text("eins")
    expect(page.locator("#vorschau a.mention")).to_be_visible()
    page.get_by_role("button", name="Thema eröffnen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    expect(page.locator(".forum-post a.mention")).to_be_visible()
    page.get_by_role("link", name="Beitrag 1 zitieren").click()
    expect(page.locator(TEXT)).to_have_value(re.compile("schrieb:"))


@pytest.mark.parametrize("width", [1280, 320])
def test_the_editor_has_no_barrier_that_a_program_finds(open_page, width):
    page = open_page("member", viewport={"width": width, "height": 800})
    area = answer_to_an_open_thread(page)
    for step in ("write", "names", "both"):
        if step == "names":
            area.press_sequentially("Danke @ru")
            expect(page.get_by_role("listbox").get_by_role("option").first).to_be_visible()
        if step == "both":
            page.get_by_role("button", name="Beides").click()
            expect(page.locator(".editor-preview .kts-prose")).to_be_visible()
        assert barriers(page, ".forum-answer") == [], step
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    forget(page)
