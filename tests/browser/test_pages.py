"""Every type of page: nothing that axe finds, light and dark, wide and narrow, both languages."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import barriers

pytestmark = pytest.mark.browser

GUEST = [
    "/",
    "/programm",
    "/kommunen",
    "/kommunen?land=08",
    "/dokumente",
    "/dokumente?ansicht=grid&jahr=2026",
    "/dossiers",
    "/forum",
    "/suche",
    "/suche?q=Beteiligung",
    "/suche?q=xqzvw",
    "/suche?q=Beteilgung",
    "/suche?q=Beteiligung+kommune:Falkenrode+jahr:2026",
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
    "/guetesiegel",
    "/hausregeln",
    "/newsletter",
    "/newsletter/archiv",
]
FIRST_LINKS = {
    "/kommunen": r"^/kommunen/[\w-]+$",
    "/dokumente": r"^/dokumente/\d+-[\w-]+$",
    "/forum": r"^/forum/(?!neu|bereiche)[\w-]+$",
    "/programm": r"^/programm/projekte/[\w-]+$",
    "/dossiers": r"^/dossiers/\d+-[\w-]+$",
}
MEMBER = [
    "/",
    "/forum",
    "/forum/neu",
    "/forum/neu?art=erfahrung",
    "/forum/neu?art=umfrage",
    "/forum/liste/neu",
    "/forum/liste/aktuell",
    "/forum/liste/ungelesen",
    "/forum/liste/unbeantwortet",
    "/forum/liste/meine",
    "/forum/liste/verfolgt",
    "/forum/liste/alle?art=question&groesse=small",
    "/merkliste",
    "/kommunen/kooperation-drei-auen",
    "/kommunen/kooperation-drei-auen/leseliste",
    "/entwuerfe",
    "/benachrichtigungen",
    "/abonnements",
    "/konto/benachrichtigungen",
    "/gruppen",
    "/forum/zurueckgehalten",
    "/haltbarkeit",
    "/meine/einreichungen",
    "/mitwirkung",
]
KINDS = ["question", "experience", "poll", "announcement", "discussion"]
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
    "/dokumente/korrekturen",
    "/meine-suchen",
    "/dossiers/neu",
    "/kuratierung/suche",
    "/kuratierung/suche/anfrage?q=Stadtvelo",
    "/kuratierung/synonyme",
    "/kuratierung/synonyme/neu?anfrage=Stadtvelo",
    "/barrieren",
    "/kuratierung/guetesiegel/kriterien",
    "/kuratierung/haltbarkeit",
    "/kuratierung/meldungen",
    "/kuratierung/newsletter",
    "/kuratierung/newsletter/neu",
    "/kuratierung/pruefungen",
    "/kuratierung/pruefungen/regeln",
    "/kuratierung/regeln",
    "/kuratierung/regeln/links",
    "/kuratierung/regeln/neue-mitglieder",
    "/kuratierung/regeln/woerter/neu",
    "/kuratierung/vokabulare",
    "/kuratierung/vokabulare/handlungsfelder",
    "/kuratierung/vokabulare/handlungsfelder/kultur",
    "/kuratierung/vokabulare/handlungsfelder/kultur/aufteilen",
    "/kuratierung/vokabulare/handlungsfelder/kultur/zusammenfuehren",
    "/kuratierung/wissen",
    "/kuratierung/wissen/vorschlaege",
    "/kuratierung/zahlen",
    "/kuratierung/zurueckgehalten",
]
ADMIN = ["/personen", "/seiten/impressum/bearbeiten"]
LOOKS = [
    ("light", 1280, "de"),
    ("dark", 320, "en"),
]
#: Each template is looked at in both looks; other contents of the same template in the first only.
IN_ONE_LOOK = {
    "guest": {"/kommunen?land=08", "/suche?q=Beteilgung", "/gebaerdensprache", "/datenschutz"},
    "member": {
        "/",
        "/forum",
        "/forum/neu",
        "/forum/liste/neu",
        "/forum/liste/aktuell",
        "/forum/liste/unbeantwortet",
        "/forum/liste/meine",
        "/forum/liste/verfolgt",
    },
    "moderator": {
        "/benachrichtigungen",
        "/gruppen",
        "/kuratierung/newsletter/neu",
        "/kuratierung/pruefungen",
        "/kuratierung/regeln/links",
        "/kuratierung/vokabulare",
        "/kuratierung/vokabulare/handlungsfelder/kultur/aufteilen",
        "/kuratierung/wissen",
        "/kuratierung/zurueckgehalten",
    },
    "admin": set(),
}


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
    document = linked(page, "/dokumente?q=Digitalstrategie", FIRST_LINKS["/dokumente"])
    found.append(f"{document}/vergleich?von=1&bis=2")
    found.append(f"{document}/seite/2?q=Beteiligung")
    found.append(f"{document}/suche?q=Beteiligung")
    return found


def pages_of_curation(page):
    """Give what moderators do with one document: keep it up, give it the seal, name a successor."""
    document = linked(page, "/dokumente?q=Digitalstrategie", FIRST_LINKS["/dokumente"])
    kept = linked(page, document, r"^/haltbarkeit/\d+$")
    number = re.search(r"\d+", document)[0]
    seal = f"/kuratierung/guetesiegel/document/{number}"
    return [kept, f"{kept}/nachfolge", seal, f"/kuratierung/kennzeichen/document/{number}"]


def threads_of_each_kind(page):
    """Give a thread of each kind, a long one with its second page, one with tasks, a bookmark."""
    found = [linked(page, f"/forum/liste/alle?art={kind}", r"^/thema/\d+-[\w-]+") for kind in KINDS]
    long = linked(page, "/suche?q=Runde+in+kurzen+Sätzen", r"^/thema/\d+-eine-runde")
    wiki = linked(page, "/suche?q=Checkliste+Förderende", r"^/thema/\d+-checkliste")
    solved = linked(page, "/suche?q=LoRaWAN+Gateways", r"^/thema/\d+-lorawan")
    mark = linked(page, "/merkliste", r"^/merkliste/\d+$")
    return [*found, solved, long, f"{long}?seite=2", wiki, mark]


def problems(page, address):
    page.goto(address)
    found = [f"{address}: {rule}: {elements[:3]}" for rule, elements in barriers(page)]
    if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
        found.append(f"{address}: scrolls sideways")
    if page.locator("h1").count() != 1:
        found.append(f"{address}: {page.locator('h1').count()} h1")
    return found


@pytest.mark.parametrize(("theme", "width", "language"), LOOKS)
@pytest.mark.parametrize("person", [None, "member", "moderator", "admin"])
def test_no_page_has_a_barrier_that_axe_finds(open_page, person, theme, width, language):
    viewport = {"width": width, "height": 900}
    page = open_page(person, language=language, color_scheme=theme, viewport=viewport)
    pages = {None: GUEST, "member": MEMBER, "moderator": MODERATOR, "admin": ADMIN}[person]
    if theme == "dark":
        pages = [each for each in pages if each not in IN_ONE_LOOK[person or "guest"]]
    if person in (None, "moderator"):
        pages = [*pages, *detail_pages(page)]
    if person == "moderator":
        pages = [*pages, *pages_of_curation(page)]
    elif person == "member":
        pages = [*pages, *threads_of_each_kind(page)]
    assert [problem for address in pages for problem in problems(page, address)] == []


def test_the_browsers_dark_mode_colours_every_part(open_page):
    page = open_page("member", color_scheme="dark")
    page.goto("/forum/neu")
    tones = [
        page.locator(part).first.evaluate("part => getComputedStyle(part).color")
        for part in ("h1", "label.kern-label")
    ]
    assert tones[0] == tones[1]  # KERN's own rule for the body has not been purged


def test_reacting_keeps_the_place_of_the_keyboard(open_page):
    page = open_page("member")
    page.goto(linked(page, "/suche?q=Checkliste+Förderende", r"^/thema/\d+-checkliste"))
    button = page.locator("article.forum-post").nth(1).locator(".forum-reaction").first
    pressed = button.get_attribute("aria-pressed")
    button.focus()
    page.keyboard.press("Enter")
    expect(button).not_to_have_attribute("aria-pressed", pressed)
    expect(button).to_be_focused()


def test_what_was_done_is_seen_where_one_is_led(open_page):
    page = open_page("member", viewport={"width": 375, "height": 800})
    page.goto(linked(page, "/suche?q=LoRaWAN+Gateways", r"^/thema/\d+-lorawan"))
    button = page.get_by_role("button", name="merken")
    last = page.locator("article.forum-post").filter(has=button).last  # not kept by an earlier try
    post = page.locator(f"#{last.get_attribute('id')}")
    post.get_by_role("button", name="merken").click()
    expect(page.locator(".kts-flashes [role=status]")).to_be_in_viewport()
    expect(post.locator("h2")).to_be_in_viewport()
