"""A new member's answer is held for a watched word; a moderator releases it into the thread."""

import re

import pytest

pytestmark = pytest.mark.browser
WORD = "Zauberlampe"
ANSWER = f"Wir haben eine {WORD} im Bauhof stehen."


def test_a_held_answer_is_released_into_its_thread(open_page):
    expect = pytest.importorskip("playwright.sync_api").expect
    moderator = open_page(as_person="moderator")
    moderator.goto("/kuratierung/regeln/woerter/neu")
    moderator.locator("input[name=phrase]").fill(WORD)
    moderator.locator("textarea[name=tried]").fill(f"Eine {WORD.upper()}?")
    moderator.locator("button[name=try]").click()
    expect(moderator.locator("main mark")).to_have_text(WORD.upper())
    moderator.locator("main form.kts-form button[type=submit]:not([name])").click()
    expect(moderator.locator("main li a", has_text=WORD)).to_be_visible()

    author = open_page(as_person="member")
    author.goto("/forum")
    author.locator("main a[href*='/thema/']").first.click()
    author.wait_for_url(re.compile(r"/thema/"))
    thread = author.url.split("#")[0].split("?")[0]
    author.locator("#antwort textarea[name=body]").fill(ANSWER)
    author.locator("#antwort form button[type=submit].kern-btn--primary").click()
    author.wait_for_url(re.compile(r"/forum/zurueckgehalten/\d+$"))
    expect(author.locator("main .kts-prose")).to_contain_text(WORD)
    author.goto(thread)
    expect(author.locator(".forum-held")).to_contain_text(WORD)
    guest = open_page(javascript=False)
    guest.goto(thread)
    expect(guest.locator("main")).not_to_contain_text(WORD)

    moderator.goto("/kuratierung?art=held")
    moderator.locator("main a[href^='/kuratierung/zurueckgehalten/']").first.click()
    expect(moderator.locator("main mark")).to_have_text(WORD)
    moderator.locator("main form[action$='/freigeben'] button[type=submit]").click()
    moderator.wait_for_url(re.compile(r"/kuratierung/zurueckgehalten$"))

    guest.reload()
    expect(guest.locator(".forum-post", has_text=WORD)).to_be_visible()
    author.goto(thread)
    expect(author.locator(".forum-held")).to_have_count(0)
