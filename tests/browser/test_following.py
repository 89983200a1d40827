"""Following in a real browser, told by the real worker."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import new_name, reload_until, submit

pytestmark = pytest.mark.browser

ROOM = "/forum/fragen-und-antworten"


def open_thread(page, title):
    page.goto(ROOM)
    page.locator("main a[href*='/forum/neu?kategorie=']").first.click()
    page.locator("input[name=title]").fill(title)
    page.locator("textarea[name=body]").fill(f"Eine Frage: {title}")
    page.locator("main form button[type=submit]").filter(has_text="Thema eröffnen").click()
    page.wait_for_url(re.compile(r"/thema/\d+-"))
    return re.match(r".*(/thema/\d+-[\w-]+)", page.url)[1]


def answer(page, address, text):
    page.goto(address)
    page.locator("#antwort textarea[name=body]").fill(text)
    page.locator("#antwort button[type=submit]").filter(has_text="Antwort senden").click()
    expect(page.locator(".forum-posts")).to_contain_text(text)


def choose(page, address, level):
    """Open the menu on the page and choose a level; works without JavaScript too."""
    page.goto(address)
    menu = page.locator("main .follow-menu").first
    menu.locator("summary").click()
    submit(page, menu.locator(f"button[name=level][value={level}]"))
    page.wait_for_url(f"**{address}")
    expect(page.locator(f"main .follow-menu__button--{level}").first).to_be_visible()


def wait_until_told(page, text):
    """Load the list of messages until the worker has written that one."""
    group = page.locator(".notes__group--new", has_text=text)
    return reload_until(page, "/benachrichtigungen", group)


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])
def test_a_followed_thread_inside_a_muted_category_tells(open_page, javascript):
    mark = new_name("")
    asker = open_page("editor", javascript)
    followed = open_thread(asker, f"Verfolgtes {mark}")
    silent = open_thread(asker, f"Stilles {mark}")
    reader = open_page("member", javascript)
    choose(reader, ROOM, "mute")
    choose(reader, followed, "follow")
    answer(asker, silent, f"Davon nichts {mark}")
    answer(asker, followed, f"Davon etwas {mark}")
    group = wait_until_told(reader, f"Verfolgtes {mark}")
    expect(reader.locator("main")).not_to_contain_text(f"Stilles {mark}")
    group.locator("form[action^='/benachrichtigungen/'] button").first.click()
    reader.wait_for_url(f"**{followed}**")
    expect(reader.locator("main")).to_contain_text(f"Davon etwas {mark}")
    reader.goto("/benachrichtigungen?nur=ungelesen")
    expect(reader.locator("main")).not_to_contain_text(f"Verfolgtes {mark}")
    choose(reader, ROOM, "normal")


def test_marking_is_undone_and_a_thread_muted_from_the_list(open_page):
    mark = new_name("")
    asker, reader = open_page("editor"), open_page("member")
    thread = open_thread(asker, f"Beobachtetes {mark}")
    choose(reader, thread, "watch")
    answer(asker, thread, f"Neues {mark}")
    group = wait_until_told(reader, f"Beobachtetes {mark}")
    submit(reader, group.locator("form[action='/benachrichtigungen/gelesen'] button"))
    expect(reader.locator(".notes__group--new", has_text=f"Beobachtetes {mark}")).to_have_count(0)
    reader.locator(".notes-undo button").click()
    group = reader.locator(".notes__group--new", has_text=f"Beobachtetes {mark}")
    expect(group).to_have_count(1)
    group.locator("form > input[name=level][value=mute] ~ button").click()
    expect(group.locator(".follow-menu__button--mute")).to_be_visible()


def test_the_menu_works_with_the_keyboard_and_fits_a_small_screen(open_page):
    asker = open_page("editor")
    title = new_name("Tasten ")
    thread = open_thread(asker, title)
    reader = open_page("member", viewport={"width": 320, "height": 640})
    reader.goto(thread)
    summary = reader.locator("main .forum-follow summary")
    summary.focus()
    reader.keyboard.press("Enter")
    for _ in range(2):
        reader.keyboard.press("Tab")
    focused = reader.locator("main .follow-menu button:focus")
    expect(focused).to_have_attribute("value", "follow")
    width = reader.evaluate("() => document.documentElement.scrollWidth")
    assert width <= 320
    reader.keyboard.press("Enter")
    expect(reader.locator("main .follow-menu__button--follow")).to_be_visible()
    reader.goto("/abonnements")
    expect(reader.locator("main")).to_contain_text(title)
    assert reader.evaluate("() => document.documentElement.scrollWidth") <= 320
