"""A guest asks for the newsletter and confirms; a moderator puts an issue together and sends it."""

import email
import email.policy
import re
import time

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DONE_WITHIN, new_name, submit

pytestmark = pytest.mark.browser


def mail_to(site, address, subject):
    """Wait for a mail in the instance's folder; give its plain text."""
    deadline = time.monotonic() + DONE_WITHIN
    while time.monotonic() < deadline:
        for path in (site.instance / "mail").glob("*.eml"):
            message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            if message["To"] == address and subject in message["Subject"]:
                return message.get_body(("plain",)).get_content()
        time.sleep(0.1)
    pytest.fail(f"no mail with {subject!r} came to {address}")


def test_from_asking_for_the_newsletter_to_reading_it(open_page, site):
    title, address = new_name("Herbstbrief"), f"{new_name('gerda').lower()}@example.org"
    guest = open_page(javascript=False, viewport={"width": 320, "height": 700})
    guest.goto("/")
    guest.locator("footer a[href='/newsletter']").click()
    assert guest.evaluate("document.documentElement.scrollWidth") <= 320
    guest.locator("input[name=email]").fill(address)
    guest.locator("input[name=agreed]").check()
    submit(guest, guest.locator("main form button[type=submit]"))
    link = re.search(r"https?://\S+/newsletter/bestaetigen/\S+", mail_to(site, address, ""))[0]
    guest.goto(link)
    submit(guest, guest.locator("main form button[type=submit]"))
    expect(guest.locator("main form")).to_have_count(0)

    page = open_page(as_person="moderator")
    page.goto("/kuratierung/newsletter/neu")
    page.locator("input[name=title]").fill(title)
    page.locator("textarea[name=preface]").fill("Guten Tag, **alle**!")
    submit(page, page.locator("main form button[type=submit]"))
    submit(page, page.locator("main a[href$='/auswahl']"))
    page.locator("input[name=seit]").fill("2019-01-01")
    submit(page, page.locator("main form[method=get] button"))
    page.locator("input[name=pick]").first.check()
    submit(page, page.locator("main form[method=post] button[type=submit]"))
    page.locator("#add-teaser").fill("Am 3. März, online.")
    submit(page, page.locator("section[aria-labelledby=add] button[type=submit]").first)
    parts = page.locator("#teile-liste > li")
    expect(parts).to_have_count(3)
    page.locator(".dossier-handle").last.focus()
    page.keyboard.press("ArrowUp")
    expect(parts.nth(1)).to_contain_text("Am 3. März")
    expect(page.locator("#reihenfolge-zurueck")).to_be_visible()

    submit(page, page.locator("main header a[href$='/senden']"))
    submit(page, page.locator("main form[action$='/test'] button"))
    assert "Guten Tag, alle!" in mail_to(site, "moderation@example.org", title)
    submit(page, page.locator("main form[action$='/senden'] button"))
    submit(page, page.locator("button[name=confirm]"))
    text = mail_to(site, address, title)
    assert "Am 3. März, online." in text
    guest.goto(re.search(r"https?://\S+/newsletter/\d+", text)[0])
    expect(guest.locator("h1")).to_have_text(title)
    expect(guest.locator("main")).to_contain_text("Am 3. März")
    assert guest.evaluate("document.documentElement.scrollWidth") <= 320
    guest.goto(re.search(r"https?://\S+/newsletter/abmelden/\S+", text)[0])
    submit(guest, guest.locator("main form button[type=submit]"))
    expect(guest.locator("input[name=ended]")).to_have_count(1)
