"""A first visit over a slow line: what a page and all that it needs weigh, as they are sent."""

import sqlite3

import pytest

pytestmark = pytest.mark.browser

MOST_BYTES = 100_000  # two seconds over the half megabit that a village office may have left
PLACES = ["/", "/forum", "/dokumente", "/suche?q=Beteiligung", "a thread", "a document"]


def address_of(site, place):
    """Give the address of a kind of page; for single things the one with the longest text."""
    longest = {
        "a thread": "SELECT thread_id, 'thema' FROM post JOIN thread ON thread.id = thread_id "
        "WHERE visibility = 'public' GROUP BY thread_id ORDER BY sum(length(html)) DESC",
        "a document": "SELECT document_id, 'dokumente' FROM document_version JOIN document "
        "ON document.id = document_id WHERE visibility = 'public' GROUP BY document_id "
        "ORDER BY count(*) DESC",
    }
    if place not in longest:
        return place
    with sqlite3.connect(site.instance / "kts.sqlite3") as database:
        number, path = database.execute(longest[place]).fetchone()
    database.close()
    return f"/{path}/{number}-x"


def weigh(page, address):
    """Open the address; give the bytes of each answer as it was sent, headers included."""
    addresses, sizes = {}, {}
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.on("Network.requestWillBeSent", lambda it: addresses.update({it["requestId"]: it}))
    wire.on(
        "Network.loadingFinished",
        lambda it: sizes.update({it["requestId"]: it["encodedDataLength"]}),
    )
    page.goto(address, wait_until="networkidle")
    asked = {addresses[number]["request"]["url"]: size for number, size in sizes.items()}
    return {address: size for address, size in asked.items() if not address.startswith("data:")}


@pytest.mark.parametrize("place", PLACES)
def test_a_first_visit_loads_little(open_page, site, place):
    sizes = weigh(open_page(), address_of(site, place))
    total = sum(sizes.values())
    told = "".join(
        f"\n{size:8.0f}  {address.removeprefix(site.url)}"
        for address, size in sorted(sizes.items(), key=lambda item: -item[1])
    )
    assert any(".css" in address for address in sizes), told
    assert total <= MOST_BYTES, f"{place} loads {total:.0f} bytes:{told}"
