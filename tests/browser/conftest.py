"""A running site with sample content, and a real Chromium that looks at it.

The site is started as an operator starts it: ``kts init``, ``kts demo``, ``kts serve``. Every page
that a test opens is watched: an error in the console or a broken content security policy fails it.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import need

PASSWORD = "kts-beispiel-2026"
PEOPLE = {
    "member": "mitglied@example.org",
    "editor": "redaktion@example.org",
    "moderator": "moderation@example.org",
    "admin": "admin@example.org",
}
START_WITHIN = 60
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def pytest_collection_modifyitems(items):
    """Let one test process have all browser tests, so that one site and one browser serve them."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.xdist_group("browser"))


@dataclass
class Site:
    """The running site: its address and its data folder."""

    url: str
    instance: Path
    environment: dict

    def kts(self, *arguments, **options):
        command = [sys.executable, "-m", "kts", *arguments]
        return subprocess.run(
            command, env=self.environment, check=True, capture_output=True, text=True, **options
        )


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    instance = tmp_path_factory.mktemp("site")
    url = f"http://127.0.0.1:{(port := free_port())}"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("KTS_")},
        "KTS_INSTANCE": str(instance),
        "KTS_BASE_URL": url,
        "KTS_RATELIMIT": "false",
    }
    site = Site(url, instance, environment)
    site.kts("init")
    site.kts("demo")
    with (instance / "serve.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "kts", "serve", "--port", str(port)],
            env=environment,
            stdout=log,
            stderr=log,
        )
        try:
            wait_until_ready(url)
            yield site
        finally:
            server.terminate()
            server.wait(40)


def wait_until_ready(url):
    deadline = time.monotonic() + START_WITHIN
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    pytest.fail("the site did not become ready")


@pytest.fixture(scope="session")
def chromium():
    need(CHROMIUM, "Chromium")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium, site):
    """Give a function that opens a watched page in a context of its own."""
    contexts, complaints = [], []

    def opened(as_person=None, javascript=True, language="de", **options):
        context = chromium.new_context(
            base_url=site.url,
            java_script_enabled=javascript,
            locale="de-DE",
            viewport=options.pop("viewport", {"width": 1280, "height": 900}),
            **options,
        )
        contexts.append(context)
        context.set_default_timeout(10_000)
        context.add_cookies([{"name": "kts_lang", "value": language, "url": site.url}])
        page = context.new_page()
        page.on("console", lambda message: _note(complaints, page, message))
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        if as_person:
            sign_in(page, as_person)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def _note(complaints, page, message):
    expected = "Failed to load resource: the server responded with a status of"
    if message.type == "error" and not message.text.startswith(expected):
        complaints.append(f"{page.url}: {message.text}")


def sign_in(page, person):
    page.goto("/anmelden")
    page.locator("input[name=email]").fill(PEOPLE.get(person, person))
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main button[type=submit]").click()
    page.wait_for_url(lambda url: "/anmelden" not in url)
