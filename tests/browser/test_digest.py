"""A digest that the real worker sends, and what its links do in a browser without an account."""

import email
import email.policy
import itertools
import re
import subprocess
import sys
import time

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DONE_WITHIN, new_name, submit

pytestmark = pytest.mark.browser

#: An answer in a thread that a new member watches, told by the worker as a week old. Then the
#: worker's next minute comes early.
HAPPENED = """
import time
from datetime import UTC, datetime, timedelta
from kts import create_app
from kts.accounts.models import User
from kts.accounts.services import create_user
from kts.core.clock import now
from kts.extensions import db
from kts.forum import services
from kts.forum.models import Thread
from kts.notifications import subscriptions
from kts.notifications.models import Notification

app = create_app()
with app.app_context():
    find = lambda address: db.session.scalar(db.select(User).filter_by(email=address))
    # a new account: the sample ones may have had their digest of today
    member = create_user("ADDRESS", "Nele Neu", language="de")
    editor = find("redaktion@example.org")
    thread = db.session.scalar(
        db.select(Thread).filter_by(visibility="public", locked=False, hidden=False).limit(1)
    )
    subscriptions.choose_level(member, "thread", thread.id, "watch")
    services.add_post(editor, thread, "Ein Rundschreiben zum Zaunkoenig.")
    db.session.commit()
    told = db.select(Notification).filter_by(
        user_id=member.id, target=f"thread:{thread.id}", level="watch", mailed_at=None
    )
    until = time.monotonic() + WITHIN
    while (message := db.session.scalar(told)) is None and time.monotonic() < until:
        db.session.rollback()
        time.sleep(0.2)
    message.created, message.mail_due = now() - timedelta(days=8), None
    db.session.commit()
    huey = app.extensions["kts_huey"]
    for each_minute in huey.read_periodic(datetime(2026, 1, 1, 12, tzinfo=UTC)):
        huey.enqueue(each_minute)
    print(thread.path)
"""


@pytest.fixture(scope="module")
def address():
    """Give an address of nobody yet, also where this is tried again."""
    return f"{new_name('neu')}@example.org"


@pytest.fixture(scope="module")
def happened(site, address):
    script = HAPPENED.replace("WITHIN", str(DONE_WITHIN)).replace("ADDRESS", address)
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, env=site.environment, check=True, capture_output=True, text=True)
    return done.stdout.strip().splitlines()[-1]


@pytest.fixture(scope="module")
def digest(site, happened, address):
    """Wait for the mail in the instance's folder."""
    deadline = time.monotonic() + 2 * DONE_WITHIN
    while time.monotonic() < deadline:
        for path in (site.instance / "mail").glob("*.eml"):
            message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            if (
                message["To"] == address
                and "Zaunkoenig" in message.get_body(("plain",)).get_content()
            ):
                return message
        time.sleep(0.2)
    pytest.fail("the worker sent no digest")


def text_of(message, kind="plain"):
    return message.get_body((kind,)).get_content()


def test_the_worker_sends_a_digest_to_the_person(digest, happened, site, address):
    assert digest["To"] == address
    assert digest["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert happened in text_of(digest) or "/beitrag/" in text_of(digest)
    assert site.url in text_of(digest)


@pytest.mark.parametrize("width", [375, 700])
def test_the_mail_is_read_without_moving_sideways(chromium, digest, width):
    page = chromium.new_page(viewport={"width": width, "height": 800})
    page.set_content(text_of(digest, "html"))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    headings = page.locator("h1, h2, h3").evaluate_all("all => all.map(e => +e.tagName[1])")
    assert headings[0] == 1
    steps = itertools.pairwise(headings)
    assert all(after - before <= 1 for before, after in steps)
    page.close()


@pytest.mark.parametrize("javascript", [True, False])
def test_fewer_mails_by_the_link_and_back_again(open_page, digest, javascript):
    link = re.findall(r"https?://\S+(/mail/\S+)", text_of(digest))
    page = open_page(javascript=javascript)
    found = 0
    for address in link:
        page.goto(address)
        button = page.locator("main button[type=submit]")
        if button.inner_text().strip() not in ("Nur noch wöchentlich", "Only weekly from now on"):
            continue
        found += 1
        button.click()
        expect(page.locator("main h1")).not_to_contain_text("?")
        expect(page.locator("main")).to_contain_text(re.compile("Woche|week"))
        page.locator("main form button[type=submit]").click()
        expect(page.locator("main form")).to_have_count(0)
        expect(page.locator("main")).to_contain_text(re.compile("sofort|at once|soon"))
    assert found == 1


def test_the_choice_is_made_with_the_keyboard_on_a_phone(open_page):
    page = open_page("member", viewport={"width": 320, "height": 700})
    page.goto("/konto")
    submit(page, page.locator('a[href="/konto/benachrichtigungen"]').first)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.locator("#watch").focus()
    page.keyboard.press("Home")
    for _press in range(2):
        page.keyboard.press("ArrowDown")
    page.locator("main form.kts-form button[type=submit].kern-btn--primary").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.goto("/konto/benachrichtigungen")
    expect(page.locator("#watch")).to_have_value("weekly")
