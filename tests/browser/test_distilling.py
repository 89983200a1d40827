"""From an answered thread to a fact sheet: begun, agreed to, published, found."""

import re
import sqlite3

import pytest

from tests.browser.conftest import barriers, new_name, reload_until, submit

pytestmark = pytest.mark.browser


def answered_thread(site):
    """Give the address of a question in which the sample editor has answered."""
    with sqlite3.connect(site.instance / "kts.sqlite3") as database:
        found = database.execute("SELECT id FROM thread WHERE title LIKE 'Freie Pflegeplätze%'")
        number = found.fetchone()[0]
    database.close()
    return f"/thema/{number}-x"


def test_a_moderator_makes_a_fact_sheet_to_which_its_contributor_agrees(open_page, site):
    expect = pytest.importorskip("playwright.sync_api").expect
    word = new_name("Platzmeldung")
    page = open_page(as_person="moderator")
    page.goto(answered_thread(site))
    page.locator(".forum-thread-head details.forum-menu > summary").click()
    submit(page, page.locator(".forum-thread-head a[href$='/wissen']"))
    chosen = page.locator("input[name=posts]:checked")
    while chosen.count():
        chosen.first.uncheck()
    page.get_by_role("checkbox", name=re.compile("Jonas Feldkirchner")).first.check()
    submit(page, page.locator("main form button[type=submit]"))
    page.locator("input[name=title]").fill(f"Merkblatt {word}")
    page.locator("textarea[name=short]").fill(f"Eine {word} dauert zwei Minuten.")
    submit(page, page.locator(".distil-form button[type=submit]:not([name])"))
    submit(page, page.locator("form[action$='/fragen'] button"))
    expect(page.locator("form[action$='/veroeffentlichen']")).to_have_count(0)
    assert barriers(page) == []
    draft = page.url

    contributor = open_page(as_person="editor")
    contributor.goto("/mitwirkung")
    submit(contributor, contributor.locator("main .kts-item a").first)
    expect(contributor.locator(".distil-words")).to_have_count(1)
    contributor.locator("input[name=choice][value=full]").check()
    submit(contributor, contributor.locator("main form button[type=submit]").last)
    expect(contributor.locator(".kts-flashes .kern-alert--success")).to_be_visible()

    page.goto(draft)
    submit(page, page.locator("form[action$='/veroeffentlichen'] button"))
    expect(page).to_have_url(re.compile(r"/dokumente/\d+-merkblatt-"))
    reload_until(page, f"/suche?q={word}", page.locator("main a", has_text=f"Merkblatt {word}"))
    page.goto(answered_thread(site))
    result = page.locator("main .kern-alert a", has_text=f"Merkblatt {word}")
    expect(result).to_be_visible()
