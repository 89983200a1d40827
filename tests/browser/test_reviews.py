"""A document from submission to publication: a comment on a passage, an answer, the approval."""

import re
import sqlite3
from contextlib import contextmanager

import pytest

from tests.browser.conftest import PEOPLE, new_name, reload_until, submit

pytestmark = pytest.mark.browser

WORDS = "Die Sensoren melden den Füllstand der Zisternen jede Stunde."


@contextmanager
def not_trusted(site, person):
    """Have what the person's municipalities publish reviewed, for the time of the block."""
    places = (
        "SELECT municipality_id FROM municipality_membership WHERE user_id ="
        " (SELECT id FROM user WHERE email = ?)"
    )
    columns = "municipality_id, since, by_id, reason"
    path = site.instance / "kts.sqlite3"
    with sqlite3.connect(path, timeout=30) as database:
        found = database.execute(
            f"SELECT {columns} FROM trusted_municipality WHERE municipality_id IN ({places})",
            [PEOPLE[person]],
        ).fetchall()
        database.execute(
            f"DELETE FROM trusted_municipality WHERE municipality_id IN ({places})",
            [PEOPLE[person]],
        )
    database.close()
    try:
        yield
    finally:
        with sqlite3.connect(path, timeout=30) as database:
            values = "?, ?, ?, ?"
            database.executemany(
                f"INSERT INTO trusted_municipality ({columns}) VALUES ({values})",
                found,
            )
        database.close()


def upload(page, title):
    page.goto("/dokumente/neu")
    page.locator("input[type=file]").set_input_files(
        {"name": "zisternen.txt", "mimeType": "text/plain", "buffer": WORDS.encode()}
    )
    page.locator("input[name=title]").fill(title)
    submit(page, page.locator("main form button[type=submit].kern-btn--primary").last)


def mark(page, words):
    """Mark words of the reviewed text as a mouse would."""
    page.evaluate(
        """(words) => {
          const holder = document.querySelector("[data-passage]");
          const walker = document.createTreeWalker(holder, NodeFilter.SHOW_TEXT);
          while (walker.nextNode()) {
            const at = walker.currentNode.data.indexOf(words);
            if (at < 0) continue;
            const range = document.createRange();
            range.setStart(walker.currentNode, at);
            range.setEnd(walker.currentNode, at + words.length);
            getSelection().removeAllRanges();
            getSelection().addRange(range);
            holder.dispatchEvent(new MouseEvent("mouseup", { bubbles: true }));
            return;
          }
        }""",
        words,
    )


def test_a_submission_is_commented_answered_approved_and_found(open_page, site):
    expect = pytest.importorskip("playwright.sync_api").expect
    title = new_name("Bericht über Zisternen ")
    author, reviewer = open_page(as_person="editor"), open_page(as_person="moderator")
    with not_trusted(site, "editor"):
        upload(author, title)
        document = author.url
        expect(author.locator("main a[href^='/meine/einreichungen/']")).to_be_visible()
        guest = open_page()
        guest.goto("/dokumente")
        expect(guest.get_by_role("link", name=title)).to_have_count(0)

        reviewer.goto("/kuratierung/pruefungen")
        review = reviewer.get_by_role("link", name=title).get_attribute("href")
        reload_until(reviewer, review, reviewer.locator("[data-passage]", has_text="Zisternen"))
        mark(reviewer, "jede Stunde")
        expect(reviewer.locator("textarea[name=quote]")).to_have_value("jede Stunde")
        reviewer.locator("textarea[name=text]").fill("Auch nachts?")
        submit(reviewer, reviewer.locator("#neuer-kommentar .kts-actions button"))
        reviewer.locator("textarea[name=words]").fill("Bitte beantworten Sie den Kommentar.")
        submit(reviewer, reviewer.locator("form[action*='/aenderungen'] button"))

        author.goto(document)
        submit(author, author.locator("main a[href^='/meine/einreichungen/']"))
        expect(author.locator("main")).to_contain_text("Auch nachts?")
        author.locator("input[name^=done-]").check()
        author.locator("input[name^=answer-]").fill("Ja, auch nachts.")
        submit(author, author.locator("button[name=again]"))

        reviewer.goto(review)
        expect(reviewer.locator("main")).to_contain_text("Ja, auch nachts.")
        submit(reviewer, reviewer.locator("form[action*='/freigeben'] button").first)
        guest.goto("/dokumente")
        expect(guest.get_by_role("link", name=re.compile(title)).first).to_be_visible()
        reload_until(
            guest, f"/suche?q={title.split()[-1]}", guest.locator("main a", has_text="Zisternen")
        )
