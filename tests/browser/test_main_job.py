"""The platform's main job, in a real browser, from the question to the closed thread.

A member finds the page that answers her question, asks about it, an editor answers, a moderator
closes the thread. Once with all means, once without JavaScript, once with the keyboard alone.
"""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PASSWORD, PEOPLE, new_name, reload_until, submit

pytestmark = pytest.mark.browser

QUERY = "Bürgerbeteiligung"


def to_the_page_that_answers(page):
    """Search from the home page and open the first document's page; give its address."""
    page.goto("/")
    page.locator("header input[name=q]").first.fill(QUERY)
    page.locator("header input[name=q]").first.press("Enter")
    page.wait_for_url("**/suche?q=*")
    expect(page.locator("mark").first).to_be_visible()
    page.locator("main a[href*='/dokumente/'][href*='/seite/']").first.click()
    page.wait_for_url(re.compile(r"/dokumente/\d+-[\w-]+/seite/\d+"))
    assert page.locator("main img").first.evaluate("image => image.decode().then(() => true)")
    expect(page.locator("mark").first).to_be_visible()
    return page.url


def ask(page, title):
    page.get_by_role("link", name="Zu dieser Seite fragen").first.click()
    page.wait_for_url("**/forum/neu?dokument=*")
    page.locator("select[name=category]").select_option(label="Fragen und Antworten")
    page.locator("input[name=title]").fill(title)
    page.locator("textarea[name=body]").press("Control+End")
    page.locator("textarea[name=body]").press_sequentially("\n\nWie viele haben **mitgemacht**?")
    page.locator("main button[type=submit]").filter(has_text="Thema eröffnen").click()
    page.wait_for_url(re.compile(r"/thema/\d+-"))


def thread_address(page):
    return re.match(r".*/thema/\d+-[\w-]+", page.url)[0]


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])
def test_search_ask_answer_and_close(open_page, javascript):
    title = new_name("Wie war die Beteiligung? ")
    member = open_page("member", javascript)
    to_the_page_that_answers(member)
    ask(member, title)
    expect(member.get_by_role("heading", level=1, name=title)).to_be_visible()
    expect(member.locator("main strong", has_text="mitgemacht")).to_have_count(1)
    expect(member.locator("main a[href*='/dokumente/']").first).to_be_visible()  # as a card
    address = thread_address(member)

    editor = open_page("editor", javascript)
    editor.goto(address)
    editor.locator("textarea[name=body]").fill("Bei uns waren es **412** Menschen.")
    editor.get_by_role("button", name="Antwort senden").click()
    editor.locator("main strong", has_text="412").wait_for()

    told = member.get_by_role("button", name=re.compile(re.escape(title)))
    reload_until(member, "/benachrichtigungen", told).first.click()
    member.locator("main strong", has_text="412").wait_for()

    moderator = open_page("moderator", javascript)
    moderator.goto(address)
    moderator.locator("summary", has_text="Thema moderieren").click()
    moderator.locator("textarea[name=reason]").first.fill("Die Frage ist beantwortet.")
    submit(moderator, moderator.get_by_role("button", name="Schließen", exact=True))
    moderator.goto("/kuratierung/protokoll")
    entry = moderator.locator("main li", has_text=title).first
    expect(entry).to_contain_text("Die Frage ist beantwortet.")
    about = member.locator("main li", has_text=title)
    reload_until(member, "/benachrichtigungen", about.get_by_text("Die Frage ist beantwortet."))

    member.goto(address)
    expect(member.locator("textarea[name=body]")).to_have_count(0)
    guest = open_page(javascript=javascript)
    guest.goto(address)
    assert guest.locator("main strong", has_text="412").count() <= 1


def test_what_is_written_is_found_soon(open_page):
    member = open_page("member")
    word = new_name("Zauberwort")
    member.goto("/forum/neu")
    member.locator("select[name=category]").select_option(index=1)
    member.locator("input[name=title]").fill(f"Kennt jemand {word}?")
    member.locator("textarea[name=body]").fill("Ich suche es überall.")
    member.get_by_role("button", name="Thema eröffnen").click()
    member.wait_for_url(re.compile(r"/thema/\d+-"))
    reload_until(member, f"/suche?q={word}", member.locator("main a[href*='/thema/']"), 30)


def focused(page):
    return page.evaluate(
        "(() => { const e = document.activeElement;"
        " return [e.tagName, e.name || '', e.innerText || '', e.getAttribute('href') || ''] })()"
    )


def tab_to(page, wanted, most=120):
    """Press Tab until the focus is on what ``wanted(tag, name, text, href)`` accepts."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if wanted(*focused(page)):
            outline = page.evaluate(
                "(() => { const s = getComputedStyle(document.activeElement);"
                " return s.outlineStyle + s.boxShadow + s.borderColor })()"
            )
            assert outline
            return
    pytest.fail(f"the keyboard does not reach it on {page.url}")


def test_the_main_job_with_the_keyboard_alone(open_page):
    page = open_page()
    page.goto("/anmelden")
    tab_to(page, lambda tag, name, text, href: name == "email")
    page.keyboard.type(PEOPLE["member"])
    tab_to(page, lambda tag, name, text, href: name == "password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/anmelden" not in url)
    tab_to(page, lambda tag, name, text, href: name == "q")
    page.keyboard.type(QUERY)
    page.keyboard.press("Enter")
    page.wait_for_url("**/suche?q=*")
    tab_to(page, lambda tag, name, text, href: "/dokumente/" in href and "/seite/" in href)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/dokumente/\d+-[\w-]+/seite/\d+"))
    tab_to(page, lambda tag, name, text, href: "/forum/neu" in href)
    page.keyboard.press("Enter")
    page.wait_for_url("**/forum/neu?dokument=*")
    tab_to(page, lambda tag, name, text, href: name == "category")
    page.keyboard.type("Fragen")
    tab_to(page, lambda tag, name, text, href: name == "title")
    page.keyboard.type("Nur mit der Tastatur gefragt")
    tab_to(page, lambda tag, name, text, href: tag == "BUTTON" and "Thema eröffnen" in text)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/thema/\d+-"))


def test_guests_read_what_is_public_and_are_asked_to_sign_in(open_page):
    guest = open_page()
    to_the_page_that_answers(guest)
    guest.get_by_role("link", name="Zu dieser Seite fragen").first.click()
    guest.wait_for_url(re.compile(r"/anmelden\?next="))
    guest.locator("input[name=email]").fill(PEOPLE["member"])
    guest.locator("input[name=password]").fill(PASSWORD)
    guest.locator("main button[type=submit]").click()
    guest.wait_for_url(re.compile(r"/forum/neu\?dokument="))
