"""A running site with sample content, and a real Chromium that looks at it.

The site is one as an operator makes it with ``kts init`` and ``kts demo``, and ``kts serve`` runs
it. Every page that a test opens is watched: an error in the console, a broken content security
policy or a request to another host fails the test.

A machine may be busy: a test waits for what it needs and never for a time, and a test that fails
is run once more, which the summary tells.
"""

import shutil
import sqlite3
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import need
from tests.installations import environment
from tests.patience import free_port

PASSWORD = "kts-beispiel-2026"
PEOPLE = {
    "member": "mitglied@example.org",
    "editor": "redaktion@example.org",
    "moderator": "moderation@example.org",
    "admin": "admin@example.org",
}
START_WITHIN = 120  # seconds; these bounds tell the endless from a busy machine, no more
DONE_WITHIN = 60  # for what the worker does after a request
SHOWN_WITHIN = 15
LOADED_WITHIN = 30
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def pytest_collection_modifyitems(items):
    """Let browser tests come first, and run each that fails once more.

    One test process has them all (tests/scheduling.py); begun last, it would end alone.
    """
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1))
    items.sort(key=lambda item: item.get_closest_marker("browser") is None)


@dataclass
class Site:
    """The running site: its address, its data folder, and who is signed in."""

    url: str
    instance: Path
    environment: dict
    sessions: dict

    def kts(self, *arguments, **options):
        command = [sys.executable, "-m", "kts", *arguments]
        return subprocess.run(
            command, env=self.environment, check=True, capture_output=True, text=True, **options
        )

    def forget_drafts(self):
        """Delete what earlier tests have typed and not sent."""
        with sqlite3.connect(self.instance / "kts.sqlite3", timeout=30) as database:
            database.execute("DELETE FROM draft")
        database.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory, installations):
    instance = tmp_path_factory.mktemp("site")
    installations.copy_sample(instance)
    url = f"http://127.0.0.1:{(port := free_port())}"
    site = Site(url, instance, environment(instance, KTS_BASE_URL=url), {})
    with (instance / "serve.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "kts", "serve", "--port", str(port)],
            env=site.environment,
            stdout=log,
            stderr=log,
        )
        try:
            wait_until_ready(site)
            yield site
        finally:
            server.terminate()
            server.wait(40)


def wait_until_ready(site):
    deadline = time.monotonic() + START_WITHIN
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{site.url}/readyz", timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    log = (site.instance / "serve.log").read_text()[-2000:]
    pytest.fail(f"the site did not become ready:\n{log}")


@pytest.fixture(scope="session")
def chromium():
    need(CHROMIUM, "Chromium")
    playwright = pytest.importorskip("playwright.sync_api")
    playwright.expect.set_options(timeout=SHOWN_WITHIN * 1000)
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium, site):
    """Give a function that opens a watched page in a context of its own.

    ``as_person`` is signed in already, with the cookies of a sign-in that was done once: who is to
    sign out opens a page without and uses ``sign_in``.
    """
    contexts, complaints = [], []
    site.forget_drafts()

    def opened(as_person=None, javascript=True, language="de", **options):
        context = chromium.new_context(
            base_url=site.url,
            java_script_enabled=javascript,
            locale="de-DE",
            viewport=options.pop("viewport", {"width": 1280, "height": 900}),
            storage_state=_session(chromium, site, as_person) if as_person else None,
            **options,
        )
        contexts.append(context)
        context.set_default_timeout(SHOWN_WITHIN * 1000)
        context.set_default_navigation_timeout(LOADED_WITHIN * 1000)
        context.add_cookies([{"name": "kts_lang", "value": language, "url": site.url}])
        page = context.new_page()
        page.on("console", lambda message: _note(complaints, page, message))
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        page.on("request", lambda request: _note_request(complaints, site, request))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def _session(chromium, site, person):
    """Give the cookies of a sign-in, done once for each person."""
    if person not in site.sessions:
        context = chromium.new_context(base_url=site.url, locale="de-DE")
        context.set_default_timeout(LOADED_WITHIN * 1000)
        sign_in(context.new_page(), person)
        site.sessions[person] = context.storage_state()
        context.close()
    return site.sessions[person]


def _note(complaints, page, message):
    expected = "Failed to load resource: the server responded with a status of"
    if message.type == "error" and not message.text.startswith(expected):
        complaints.append(f"{page.url}: {message.text}")


def _note_request(complaints, site, request):
    if not request.url.startswith((f"{site.url}/", "data:", "blob:")):
        complaints.append(f"{request.frame.url} asks another host: {request.url}")


def sign_in(page, person):
    page.goto("/anmelden")
    page.locator("input[name=email]").fill(PEOPLE.get(person, person))
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main button[type=submit]").click()
    page.wait_for_url(lambda url: "/anmelden" not in url)


def reload_until(page, address, part, within=DONE_WITHIN):
    """Open the address until it shows the part, which the worker may have to make; give it."""
    deadline = time.monotonic() + within
    while True:
        page.goto(address)
        if part.count():
            return part
        if time.monotonic() > deadline:
            pytest.fail(f"{address} does not show {part}")
        time.sleep(0.2)


def submit(page, button):
    """Press a button that leads to another page, and wait until that page is there."""
    with page.expect_navigation():
        button.click()


def new_name(name):
    """Give a name that no other test has used, nor the same test when it is run again.

    It ends with letters: what looks like a number may be somebody's, and is not counted anywhere.
    """
    digits = str(time.time_ns() // 1_000_000 % 10**9)
    return name + digits.translate(str.maketrans("0123456789", "bdfgklmnpr"))


def barriers(page, context=None):
    """Give what axe finds on the page or in a part of it: the rule and the elements."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    found = axe.run(page, context=context).response["violations"]
    return [(one["id"], [node["html"][:160] for node in one["nodes"]]) for one in found]
