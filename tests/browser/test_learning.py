"""From "nobody found it" to a synonym, and to a dossier, in a browser."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import new_name, reload_until, submit

pytestmark = pytest.mark.browser


def test_a_moderator_helps_who_found_nothing(open_page):
    word = new_name("Xanthurolith")
    guest = open_page()
    guest.goto(f"/suche?q={word}")
    moderator = open_page("moderator")
    row = moderator.get_by_role("row").filter(has_text=word)
    reload_until(moderator, "/kuratierung/suche", row)  # counts are written a moment later
    row.get_by_role("link", name=re.compile("^Synonym")).click()
    box = moderator.locator("textarea[name=words]")
    expect(box).to_have_value(re.compile(rf"^{word}\s*$"))
    box.fill(f"{word}\nBürgerbeteiligung")
    moderator.locator("main form button[type=submit]").first.click()
    moderator.locator("button[name=keep]").click()  # the other word is in a group already
    moderator.wait_for_url(re.compile("/kuratierung/suche/anfrage"))
    expect(moderator.locator("ol.kts-list > li").first).to_be_visible()
    reload_until(guest, f"/suche?q={word}", guest.locator(".kts-hit"))
    moderator.locator("main form button[type=submit]").last.click()
    moderator.wait_for_url(re.compile(r"/kuratierung/suche\?"))
    expect(row).to_have_count(0)


def test_what_is_opened_is_counted_without_a_person(open_page):
    guest = open_page()
    guest.goto("/suche?q=Digitalstrategie")
    hit = guest.locator(".kts-hit__title a").first
    title = hit.inner_text().split(",")[0].strip()
    with guest.expect_request("**/suche/klick") as told:  # its answer may come after the page went
        hit.click()
    assert "kts_session" not in told.value.headers.get("cookie", "")
    moderator = open_page("moderator")
    place = moderator.get_by_text("Mittlerer Platz")
    reload_until(moderator, "/kuratierung/suche/anfrage?q=Digitalstrategie", place)
    expect(moderator.get_by_role("rowheader").first).to_contain_text(title)


def test_a_dossier_is_put_together_without_javascript(open_page):
    title = new_name("Beteiligung ")
    page = open_page("moderator", javascript=False)
    page.goto(f"/dossiers/neu?titel={title}")
    page.locator("main button[type=submit]").click()
    parts = page.locator(".kts-dossier__part .kts-prose")
    for number, text in enumerate(("Zuerst lesen.", "Danach lesen."), start=1):
        page.locator("#add-note").fill(text)
        page.locator("form[action$='/teile'] button[type=submit]").click()
        expect(parts).to_have_count(number)
    page.get_by_role("button", name=re.compile("Teil 2 nach oben")).click()
    expect(parts).to_have_text(["Danach lesen.", "Zuerst lesen."])
    submit(page, page.get_by_role("button", name="Veröffentlichen"))
    reader = open_page()
    reader.goto("/dossiers")
    reader.get_by_role("link", name=title, exact=True).click()
    expect(reader.get_by_text("Danach lesen.")).to_be_visible()
