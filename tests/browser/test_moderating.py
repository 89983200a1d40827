"""Keeping order in a browser: closing with a reason, moving by keyboard, merging and undoing."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import new_name, submit

pytestmark = pytest.mark.browser
REASON = "Das Wichtigste ist gesagt, bitte ein neues Thema öffnen"


def start_thread(page, title, answers=()):
    page.goto("/forum/neu?kategorie=allgemeines")
    category = page.locator("select[name=category]")
    if category.count():
        category.select_option(index=1)
    page.locator("input[name=title]").fill(title)
    page.locator("textarea[name=body]").fill("So fängt es an.")
    page.locator("main button[type=submit].kern-btn--primary").last.click()
    page.wait_for_url(re.compile(r"/thema/\d+-"))
    address = page.url.split("#")[0]
    for words in answers:
        page.locator("#antwort textarea[name=body]").fill(words)
        page.locator("#antwort button[type=submit].kern-btn--primary").click()
        page.wait_for_url(re.compile(r"#beitrag-"))
        page.goto(address)
    return address


def press_until_focused(page, target, key="Tab", most=200):
    for _ in range(most):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press(key)
    pytest.fail("the keyboard does not reach it")


def test_a_guest_reads_why_a_thread_is_closed_and_no_longer_after_undoing(open_page):
    page = open_page(as_person="moderator", javascript=False)
    address = start_thread(page, "Wozu ein Datenraum?")
    page.locator("summary.forum-menu__button").click()
    page.locator("form.forum-moderation textarea[name=reason]").first.fill(REASON)
    submit(page, page.locator("button[name=act][value=lock]"))
    guest = open_page()
    guest.goto(address)
    expect(guest.locator(".kern-alert", has_text=REASON)).to_be_visible()
    expect(guest.locator(".forum-event", has_text=REASON)).to_be_visible()
    submit(page, page.locator(".kts-flashes form button"))
    guest.reload()
    expect(guest.locator(".forum-event")).to_have_count(0)


def test_posts_are_moved_by_keyboard_alone(open_page):
    page = open_page(as_person="moderator")
    address = start_thread(page, "Sensoren im Wald", ["Nur Holz", "Feinstaub auch?"])
    page.goto(f"{address}/moderation/aufteilen")
    box = page.get_by_role("checkbox", name=re.compile("#3"))
    press_until_focused(page, box)
    page.keyboard.press("Space")
    expect(box).to_be_checked()
    for name, words in (("title", "Feinstaub messen"), ("reason", "Eigene Frage")):
        press_until_focused(page, page.locator(f"main [name={name}]"))
        page.keyboard.type(words)
    press_until_focused(page, page.locator("main button.kern-btn--primary"))
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("feinstaub-messen"))
    expect(page.locator("#beitrag-1")).to_contain_text("Feinstaub auch?")
    page.goto(address)
    expect(page.locator(".forum-event")).to_contain_text("Feinstaub messen")
    expect(page.locator("#beitrag-3")).to_have_count(0)


def test_threads_are_merged_and_the_merge_is_undone(open_page):
    page = open_page(as_person="moderator")
    title = new_name("Ladesäulen am Markt ")
    target = start_thread(page, title, ["Wir haben drei"])
    source = start_thread(page, "Wo laden E-Autos?", ["Am Markt"])
    page.goto(f"{source}/moderation/zusammenfuehren")
    page.locator("#q").fill(title)
    page.locator("form.forum-find button").click()
    page.get_by_role("radio", name=re.compile(title)).check()
    page.locator("main textarea[name=reason]").fill("Dieselbe Frage")
    page.locator("form[method=post] button.kern-btn--primary").last.click()
    page.wait_for_url(re.compile("ladesaeulen-am-markt"))
    expect(page.locator("#beitrag-4")).to_contain_text("Am Markt")
    guest = open_page()
    guest.goto(source)
    expect(guest).to_have_url(re.compile("ladesaeulen-am-markt"))
    page.goto(f"{target}/moderation")
    submit(page, page.locator(".forum-log form button").first)
    expect(page).to_have_url(re.compile("/moderation$"))
    guest.goto(source)
    expect(guest).to_have_url(re.compile("wo-laden-e-autos"))
    expect(guest.locator("#beitrag-2")).to_contain_text("Am Markt")
