"""A report from beginning to end: a guest reports, one moderator hides, another one brings back."""

import re

import pytest

from tests.browser.conftest import new_name

pytestmark = pytest.mark.browser
FACTS = "Der Beitrag nennt eine private Anschrift mit Hausnummer und Ort."
WORDS = "Bei uns fragt man am besten Herrn Beispiel, Musterweg 3."


def write_post(page, title):
    """Open a thread and give its address; its first post is what is reported."""
    page.goto("/forum/neu?kategorie=allgemeines")
    category = page.locator("select[name=category]")
    if category.count():
        category.select_option(index=1)
    page.locator("input[name=title]").fill(title)
    page.locator("textarea[name=body]").fill(WORDS)
    page.locator("main button[type=submit].kern-btn--primary").last.click()
    page.wait_for_url(re.compile(r"/thema/"))
    return page.url.split("#")[0].split("?")[0]


def report(page, thread):
    """Report the first post as a guest by its link; the page says the number."""
    page.goto(thread)
    page.locator("#beitrag-1 a[href*='/melden?adresse=']").click()
    page.locator("input[name=category][value=personal]").check()
    page.locator("textarea[name=explanation]").fill(
        "Hier steht die private Anschrift eines Kollegen."
    )
    page.locator("main input[name=name]").fill("Gerda Gast")
    page.locator("main input[name=email]").fill(f"{new_name('gerda')}@example.org")
    page.locator("input[name=good_faith]").check()
    page.locator("main form button[type=submit]").click()
    page.wait_for_url(re.compile(r"/melden/stand/"))


def decide(page, title):
    """Hide what was reported, after a look at what it will do; give the path of the statement."""
    page.goto("/kuratierung/meldungen")
    page.get_by_role("link", name=re.compile(title)).first.click()
    page.locator("main a[href$='/entscheiden']").click()
    page.locator("input[name=content][value=hide]").check()
    page.locator("input[name=ground][value=rule]").check()
    page.locator("select[name=paragraph]").select_option("3")
    page.locator("textarea[name=facts]").fill(FACTS)
    page.locator("button[name=preview]").click()
    page.locator("button[name=confirm]").click()
    page.wait_for_url(re.compile(r"/kuratierung/meldungen/\d+$"))
    return page.locator("main a[href^='/entscheidungen/']").first.get_attribute("href")


def test_a_guest_reports_and_an_objection_brings_the_post_back(open_page):
    expect = pytest.importorskip("playwright.sync_api").expect
    author = open_page(as_person="member")
    title = new_name("Wen fragt man nach Sensoren ")
    thread = write_post(author, title)
    guest = open_page(javascript=False)
    report(guest, thread)
    expect(guest.locator("h1")).to_contain_text("M-")

    statement = decide(open_page(as_person="moderator"), title)
    reader = open_page()
    reader.goto(thread)
    expect(reader.locator("#beitrag-1")).to_contain_text("E-")
    expect(reader.locator("#beitrag-1")).not_to_contain_text("Musterweg")
    guest.reload()
    expect(guest.locator("#widerspruch textarea")).to_be_visible()

    author.goto(statement)
    expect(author.locator("main")).to_contain_text(FACTS)
    author.locator("#widerspruch textarea").fill("Das ist die Anschrift des Rathauses.")
    author.locator("#widerspruch button[type=submit]").click()
    expect(author.locator("#widerspruch textarea")).to_have_count(0)

    other = open_page(as_person="admin")
    other.goto("/kuratierung/widersprueche")
    other.get_by_role("link", name=re.compile(title)).first.click()
    other.locator("input[name=outcome][value=reversed]").check()
    other.locator("textarea[name=reasons]").fill(
        "Es ist die Anschrift des Rathauses, kein Verstoß."
    )
    other.locator("main form button[type=submit]").first.click()
    expect(other.locator("input[name=outcome]")).to_have_count(0)
    reader.reload()
    expect(reader.locator("#beitrag-1")).to_contain_text("Musterweg 3")
