"""The page of a document, the search inside of it, and two versions beside each other."""

import re
import threading

import pytest

from kts.core.clock import now
from kts.documents.models import FROM_PICTURE, MISSING, DocumentPage
from kts.documents.views import versions
from kts.search import services as search
from kts.search.engine import IndexMissingError
from tests.documents import samples


def text(*chapters):
    return "\n\n".join(f"# {title}\n\n" + "\n\n".join(parts) for title, parts in chapters)


FIRST = "Die Gemeinde baut ein offenes Sensornetz für den Hochwasserschutz am Fluss auf."
SECOND = "Der Gemeinderat beschließt jedes Jahr im Mai, welche Daten veröffentlicht werden."
THIRD = "Bürgerinnen und Bürger melden Schlaglöcher über ein gemeinsames Formular im Netz."
FOURTH = "Die Stadtwerke erproben ein Wärmenetz mit der Abwärme aus dem Rechenzentrum."
FILLING = "Dieser Absatz füllt das Kapitel, damit es lang genug für eine eigene Seite ist. " * 6
OTHER_FILLING = FILLING.replace("Absatz", "Abschnitt")
OLD = text(("Ziele", [FIRST, SECOND, FILLING]), ("Wege", [THIRD, FOURTH, OTHER_FILLING]))
NEW = text(
    ("Ziele", [FIRST.replace("offenes", "geschlossenes"), SECOND, FILLING]),
    ("Wege", [FOURTH, OTHER_FILLING, "Ganz neu ist <script>alert(1)</script> hier."]),
)


@pytest.fixture
def two_versions(publish, publish_again, town):
    document = publish(OLD, title="Strategie", municipality=town, year=2020)
    publish_again(document, NEW, year=2023)
    return document


def get(client, address, status=200):
    client.set_cookie("kts_lang", "en")  # the message ids, so that German wording can change
    answer = client.get(address)
    assert answer.status_code == status
    return answer.text


# The page ----------------------------------------------------------------------------------------


@pytest.fixture
def pdf(publish, town):
    return publish(samples.pdf(5), "strategie.pdf", title="Strategie", municipality=town)


def test_marks_lie_on_the_picture_and_are_told_in_words(client, pdf):
    page = get(client, f"{pdf.path}/seite/2?q=Sensornetz")
    svg = re.search(r'<svg class="kts-paper__marks"(.*?)>(.*?)</svg>', page, re.DOTALL)
    assert 'viewBox="0 0 10000 10000"' in svg[1]
    assert 'aria-hidden="true"' in svg[1]
    rects = re.findall(r'<rect x="(-?\d+)" y="(-?\d+)" width="(\d+)" height="(\d+)"/>', svg[2])
    marked = page.count("<mark>Sensornetz</mark>")
    assert len(rects) == marked > 0
    for x, y, width, height in rects:
        assert 0 <= int(x) < int(x) + int(width) <= 10_000
        assert 0 <= int(y) < int(y) + int(height) <= 10_000
    assert f"{marked} places on this page" in page
    assert "style=" not in page


def test_a_page_without_the_words_leads_to_the_nearest_pages_with_them(client, pdf):
    page = get(client, f"{pdf.path}/seite/2?q=Kennwort4")
    assert "no place</strong>" in page or "no place on this page" in page
    assert f'href="{pdf.path}/seite/4?q=Kennwort4"' in page
    assert "Next place: Page 4" in page
    assert "Place before" not in page
    assert "Place before: Page 4" in get(client, f"{pdf.path}/seite/5?q=Kennwort4")


def test_a_page_is_read_though_the_search_has_no_index(client, pdf, monkeypatch):
    def missing(_request):
        raise IndexMissingError

    monkeypatch.setattr(search, "search", missing)
    assert "<mark>Sensornetz</mark>" in get(client, f"{pdf.path}/seite/1?q=Sensornetz")


def test_no_query_breaks_a_page_or_the_search_inside(client, pdf):
    for query in ("%22", "-", "*", "x" * 9000, "%F0%9F%98%80", "kommune:", "%00", "%E2%80%AE"):
        get(client, f"{pdf.path}/seite/1?q={query}")
        get(client, f"{pdf.path}/suche?q={query}&sortierung=seite")


def test_recognised_text_says_that_it_may_be_wrong(client, pdf, db_session):
    page = db_session.query(DocumentPage).filter_by(number=1).one()
    page.text_source, page.ocr_confidence = FROM_PICTURE, 87
    shown = get(client, f"{pdf.path}/seite/1")
    assert "recognised by a program" in shown
    assert "87 %" in shown
    assert "recognised by a program" not in get(client, f"{pdf.path}/seite/2")


def test_a_scan_says_where_no_recognition_is_installed(client, pdf, db_session):
    page = db_session.query(DocumentPage).filter_by(number=1).one()
    page.text, page.image_only = "", True
    assert "not installed" not in get(client, f"{pdf.path}/seite/1")
    page.version.ocr_state = MISSING
    assert "Recognition of text is not installed" in get(client, f"{pdf.path}/seite/1")


def test_an_older_version_leads_to_the_page_that_says_the_same(client, publish, publish_again):
    swapped = text(
        ("Vorwort", [FILLING.replace("Absatz", "Gruß")]), ("Wege", [THIRD, FOURTH, FILLING])
    )
    document = publish(text(("Wege", [THIRD, FOURTH, FILLING])), title="Strategie")
    publish_again(document, swapped)
    page = get(client, f"{document.path}/seite/1?version=1")
    assert "There is a newer one" in page
    assert f'href="{document.path}/seite/2"' in page
    assert f'href="{document.path}/vergleich?von=1&amp;bis=2"' in page
    assert f'rel="canonical" href="{document.path}/seite/1?version=1"' in page
    newest = get(client, f"{document.path}/seite/2")
    assert "There is a newer one" not in newest
    gone = publish_again(document, text(("Neu", ["Ganz anders. " * 60])))
    assert gone.number == 3
    assert "No page of the newest version says the same" in get(
        client, f"{document.path}/seite/1?version=1"
    )


def test_a_page_takes_the_same_number_of_statements_however_long_the_document_is(
    client, publish, query_counter
):
    counts = []
    for length in (2, 9):
        document = publish(samples.pdf(length), "a.pdf", title=f"Strategie {length}")
        get(client, f"{document.path}/seite/1?q=Sensornetz")
        with query_counter() as statements:
            get(client, f"{document.path}/seite/1?q=Sensornetz")
        counts.append(len(statements))
    assert counts[0] == counts[1]


# The search inside -------------------------------------------------------------------------------


def found_pages(page):
    return [int(n) for n in re.findall(r'item__title"><a href="[^"]*/seite/(\d+)', page)]


def test_the_search_inside_counts_quotes_and_sorts(client, pdf):
    page = get(client, f"{pdf.path}/suche?q=Sensornetz&sortierung=seite")
    assert found_pages(page) == [1, 2, 3, 4, 5]
    assert "5 pages found" in page
    assert page.count("<mark>Sensornetz</mark>") >= 5
    best = get(client, f"{pdf.path}/suche?q=Kennwort3+Sensornetz")
    assert found_pages(best)[0] == 3
    assert f'href="{pdf.path}"' in page


def test_the_search_inside_says_when_nothing_is_found_and_offers_more(client, pdf):
    page = get(client, f"{pdf.path}/suche?q=Quastenflosser")
    assert "Nothing found in this document" in page
    assert "/suche?q=Quastenflosser" in page
    assert found_pages(get(client, f"{pdf.path}/suche")) == []


# Two versions ------------------------------------------------------------------------------------


def test_a_comparison_tells_what_was_added_removed_and_changed(client, two_versions):
    page = get(client, f"{two_versions.path}/vergleich?von=1&bis=2")
    assert "[struck out: </span>offenes<" in page
    assert "[put in: </span>geschlossenes<" in page
    counted = dict(re.findall(r"<dt>(\w+)</dt><dd>(\d+)</dd>", page))
    assert counted["New"] == "1"
    assert counted["Removed"] == "1"
    assert counted["Changed"] == "1"
    assert THIRD in page
    assert SECOND not in page  # it is the same
    assert f"{two_versions.path}/seite/2?version=1" in page
    assert f"{two_versions.path}/seite/1?version=2" in page


def test_a_comparison_shows_text_and_never_runs_it(client, two_versions):
    page = get(client, f"{two_versions.path}/vergleich?zeige=alles")
    assert "<script>alert" not in page


NARROWED = [
    ("neu", "Ganz neu", THIRD),
    ("entfallen", THIRD, "Ganz neu"),
    ("geaendert", "geschlossenes", "Ganz neu"),
    ("alles", SECOND, "No such passages"),
    ("verschoben", "No such passages", THIRD),
    ("quatsch", THIRD, SECOND),
]


def test_a_comparison_can_be_narrowed(client, two_versions):
    for wish, seen, unseen in NARROWED:
        page = get(client, f"{two_versions.path}/vergleich?von=1&bis=2&zeige={wish}")
        assert seen in page, wish
        assert unseen not in page, wish


def test_without_a_wish_the_newest_is_compared_with_the_one_before(client, two_versions):
    page = get(client, f"{two_versions.path}/vergleich")
    assert "[put in: </span>geschlossenes<" in page


def test_the_same_version_twice_and_a_lone_version_have_nothing_to_compare(
    client, two_versions, publish
):
    assert "same version twice" in get(client, f"{two_versions.path}/vergleich?von=2&bis=2")
    alone = publish(title="Allein")
    assert "only one version" in get(client, f"{alone.path}/vergleich")


def test_backwards_says_so(client, two_versions):
    page = get(client, f"{two_versions.path}/vergleich?von=2&bis=1")
    assert "You compare backwards" in page
    assert "[put in: </span>offenes<" in page


def test_versions_that_do_not_exist_are_not_compared(client, two_versions):
    for arguments in ("von=9&bis=1", "von=1&bis=9", "von=0", "bis=2147483647"):
        get(client, f"{two_versions.path}/vergleich?{arguments}", 404)


def test_arguments_that_make_no_sense_are_left_aside(client, two_versions):
    for arguments in ("von=x", "bis=-1", "page=99999", "page=0", "von=1e9", "zeige=%00"):
        get(client, f"{two_versions.path}/vergleich?{arguments}")


def test_only_who_may_read_a_document_may_compare_its_versions(
    client, login, make_user, two_versions, db_session
):
    address = f"{two_versions.path}/vergleich"
    get(client, address)
    two_versions.visibility = "members"
    db_session.commit()
    get(client, address, 404)
    get(login(client, make_user()), address)


def test_a_version_that_is_not_read_yet_is_not_compared(client, two_versions, db_session):
    two_versions.versions[0].extraction_state = "running"
    db_session.commit()
    get(client, f"{two_versions.path}/vergleich?von=1&bis=2", 404)


def test_a_hidden_document_is_compared_by_nobody_but_moderators(
    client, login, make_user, two_versions, db_session
):
    two_versions.hidden_at = now()
    db_session.commit()
    get(client, f"{two_versions.path}/vergleich", 404)
    get(login(client, make_user()), f"{two_versions.path}/vergleich", 404)
    get(login(client, make_user("moderator")), f"{two_versions.path}/vergleich")


def test_a_long_comparison_comes_in_pages(client, publish, publish_again):
    odd = [
        f"Absatz {n} sagt etwas ganz {'Altes' * (n % 7)} über Nummer {n * 31}." for n in range(260)
    ]
    document = publish("\n\n".join(odd), "lang.txt", title="Lang")
    changed = [line.replace("sagt", "verschweigt") for line in odd]
    publish_again(document, "\n\n".join(changed), "lang.txt")
    page = get(client, f"{document.path}/vergleich")
    assert page.count("kts-passage--changed") == 100
    assert "page=3" in page
    assert get(client, f"{document.path}/vergleich?page=3").count("kts-passage--changed") == 60


def test_whoever_finds_the_comparer_busy_is_told_so_and_known_comparisons_still_show(
    client, two_versions, monkeypatch
):
    address = f"{two_versions.path}/vergleich"
    assert client.get(address).status_code == 200
    full = threading.BoundedSemaphore(1)
    full.acquire()
    monkeypatch.setattr(versions, "_places", full)
    assert client.get(address).status_code == 200
    monkeypatch.setattr(versions, "_known", {})
    answer = client.get(address)
    assert answer.status_code == 503
    assert "try again" in answer.text or "versuchen" in answer.text
