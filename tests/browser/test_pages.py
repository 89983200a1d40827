"""Every type of page: nothing that axe finds, light and dark, wide and narrow, both languages."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = pytest.mark.browser

GUEST = [
    "/",
    "/programm",
    "/kommunen",
    "/kommunen?land=08",
    "/dokumente",
    "/forum",
    "/suche",
    "/suche?q=Beteiligung",
    "/suche?q=xqzvw",
    "/anmelden",
    "/passwort-vergessen",
    "/mitglied-werden",
    "/impressum",
    "/datenschutz",
    "/barrierefreiheit",
    "/barriere-melden",
    "/leichte-sprache",
    "/gebaerdensprache",
    "/kommunen/gibt-es-nicht",
]
FIRST_LINKS = {
    "/kommunen": r"^/kommunen/[\w-]+$",
    "/dokumente": r"^/dokumente/\d+-[\w-]+$",
    "/forum": r"^/forum/(?!neu|bereiche)[\w-]+$",
    "/programm": r"^/programm/projekte/[\w-]+$",
}
MODERATOR = [
    "/konto",
    "/konto/passwort",
    "/benachrichtigungen",
    "/gruppen",
    "/gruppen/neu",
    "/kuratierung",
    "/kuratierung/protokoll",
    "/anfragen",
    "/forum/neu",
    "/forum/bereiche",
    "/dokumente/neu",
    "/barrieren",
]
ADMIN = ["/personen", "/seiten/impressum/bearbeiten"]
LOOKS = [
    ("light", 1280, "de"),
    ("dark", 1280, "de"),
    ("light", 375, "en"),
    ("dark", 320, "de"),
]


def linked(page, start, pattern):
    """Give the first address on the page that fits the pattern."""
    page.goto(start)
    addresses = page.eval_on_selector_all(
        "main a[href]", "links => links.map(link => link.getAttribute('href'))"
    )
    return next(a.split("?")[0].split("#")[0] for a in addresses if re.match(pattern, a))


def detail_pages(page):
    found = [linked(page, start, pattern) for start, pattern in FIRST_LINKS.items()]
    category = next(address for address in found if address.startswith("/forum/"))
    found.append(linked(page, category, r"^/thema/\d+-[\w-]+"))
    document = next(address for address in found if address.startswith("/dokumente/"))
    found.append(f"{document}/seite/2?q=Beteiligung")
    found.append(f"{document}/suche?q=Beteiligung")
    return found


def problems(page, address):
    page.goto(address)
    found = []
    for violation in Axe().run(page).response["violations"]:
        nodes = [node["html"][:160] for node in violation["nodes"][:3]]
        found.append(f"{address}: {violation['id']}: {nodes}")
    if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
        found.append(f"{address}: scrolls sideways")
    if page.locator("h1").count() != 1:
        found.append(f"{address}: {page.locator('h1').count()} h1")
    return found


@pytest.mark.parametrize(("theme", "width", "language"), LOOKS)
@pytest.mark.parametrize("person", [None, "moderator", "admin"])
def test_no_page_has_a_barrier_that_axe_finds(open_page, person, theme, width, language):
    viewport = {"width": width, "height": 900}
    page = open_page(person, language=language, color_scheme=theme, viewport=viewport)
    pages = {None: GUEST, "moderator": MODERATOR, "admin": ADMIN}[person]
    if person != "admin":
        pages = [*pages, *detail_pages(page)]
    assert [problem for address in pages for problem in problems(page, address)] == []


def test_no_page_asks_another_host(open_page, site):
    page = open_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    for address in [*GUEST, *detail_pages(page)]:
        page.goto(address)
    assert [url for url in asked if not url.startswith((site.url, "data:"))] == []
