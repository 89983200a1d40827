"""Moderators see what was searched in vain and help with one click."""

import csv
import io
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from kts.core.audit import AuditEntry
from kts.core.clock import now
from kts.curation.desk.tasks import mend
from kts.extensions import db
from kts.municipalities.models import Municipality
from kts.search import learning, sync
from kts.search.models import ClickCount, GoodQuery, QueryCount, SettledQuery

PAGE = "/kuratierung/suche"


@pytest.fixture
def moderator(client, make_user, login):
    user = make_user("moderator", name="Maria Muster")
    login(client, user)
    return user


def note(text, days_ago=0, **counts):
    values = {"searches": 1, "empty": 0, "weak": 0, "clicks": 0} | counts
    day = now().date() - timedelta(days=days_ago)
    db.session.add(QueryCount(day=day, folded=learning.folded(text), text=text, **values))
    db.session.commit()


def test_the_page_is_for_moderators(app, make_user, login):
    for path in (PAGE, f"{PAGE}/anfrage?q=x", f"{PAGE}/tabelle.csv"):
        assert app.test_client().get(path).status_code == 302
        assert login(app.test_client(), make_user()).get(path).status_code == 403
        assert login(app.test_client(), make_user("moderator")).get(path).status_code == 200
        assert login(app.test_client(), make_user("admin")).get(path).status_code == 200


def test_the_lists_tell_apart_what_is_missing(client, moderator):
    note("Fahrradparkhaus", searches=4, empty=4)
    note("Quartiersbox", searches=2, weak=2)
    note("Digitaler Zwilling", searches=5, clicks=4)
    note("Haushalt", searches=3)
    note("Haushaltsplan", searches=2)
    note("Vorjahr", days_ago=40, searches=2, empty=2)
    expected = {
        "": {"Fahrradparkhaus"},
        "?liste=kaum": {"Quartiersbox"},
        "?liste=oft": {"Fahrradparkhaus", "Quartiersbox", "Digitaler Zwilling"},
        "?liste=ohne-klick": {"Haushalt"},
        "?tage=90": {"Fahrradparkhaus", "Vorjahr"},
    }
    every = {"Fahrradparkhaus", "Quartiersbox", "Digitaler Zwilling", "Vorjahr"}
    for address, wanted in expected.items():
        page = client.get(PAGE + address).text
        assert {text for text in every | wanted if f">{text}</a>" in page} == wanted, address
    assert "Haushaltsplan</a>" not in client.get(f"{PAGE}?liste=ohne-klick").text


def test_lists_are_sorted(client, moderator):
    note("Anton", days_ago=2, searches=1, empty=1)
    note("Berta", days_ago=1, searches=9, empty=2)
    note("Cäsar", days_ago=3, searches=9, empty=9)

    def order(sort):
        page = client.get(f"{PAGE}?sortierung={sort}").text
        return sorted(("Anton", "Berta", "Cäsar"), key=lambda text: page.index(f">{text}</a>"))

    assert order("anzahl") == ["Cäsar", "Berta", "Anton"]
    assert order("zuletzt") == ["Berta", "Anton", "Cäsar"]
    assert order("name") == ["Anton", "Berta", "Cäsar"]


def test_one_click_leads_to_a_synonym_a_thread_and_a_dossier(client, moderator):
    note("Fahrradparkhaus", searches=4, empty=4)
    for page in (PAGE, f"{PAGE}/anfrage?q=Fahrradparkhaus"):
        text = client.get(page).text
        for address in (
            "/kuratierung/synonyme/neu?anfrage=Fahrradparkhaus",
            "/forum/neu?titel=Fahrradparkhaus",
            "/dossiers/neu?titel=Fahrradparkhaus",
        ):
            assert address in text
            assert "Fahrradparkhaus" in client.get(address).text


def test_what_is_settled_leaves_the_lists_and_can_come_back(client, moderator):
    note("Fahrradparkhaus", searches=4, empty=4)
    form = {"q": "Fahrradparkhaus", "outcome": "done", "note": "Synonym angelegt"}
    answer = client.post(f"{PAGE}/erledigt", data=form)
    assert answer.status_code == 303
    page = client.get(answer.location).text
    assert ">Fahrradparkhaus</a>" not in page
    settled = db.session.scalar(select(SettledQuery))
    assert f"{PAGE}/erledigt/{settled.id}/zurueck" in page  # undo
    assert "Synonym angelegt" in client.get(f"{PAGE}?liste=erledigt").text
    assert db.session.scalar(select(AuditEntry.reason)) == "Synonym angelegt"
    client.post(f"{PAGE}/erledigt/{settled.id}/zurueck")
    assert ">Fahrradparkhaus</a>" in client.get(PAGE).text


@pytest.mark.parametrize(("outcome", "comes_back"), [("done", True), ("ignored", False)])
def test_done_comes_back_when_searched_in_vain_again_and_ignored_does_not(
    client, moderator, outcome, comes_back
):
    note("Fahrradparkhaus", days_ago=9, searches=4, empty=4)
    client.post(f"{PAGE}/erledigt", data={"q": "Fahrradparkhaus", "outcome": outcome})
    settled = db.session.scalar(select(SettledQuery))
    settled.day = now().date() - timedelta(days=5)
    note("Fahrradparkhaus", days_ago=1, searches=1, empty=1)
    assert (">Fahrradparkhaus</a>" in client.get(PAGE).text) is comes_back


def test_ignoring_ends_a_suggestion_at_once(client, moderator):
    db.session.add(GoodQuery(folded="unfug", text="Unfug", weight=9))
    client.post(f"{PAGE}/erledigt", data={"q": "Unfug", "outcome": "ignored"})
    assert learning.good_queries("unf") == []


def test_the_file_holds_the_whole_list_and_no_formulas(client, moderator):
    note('=HYPERLINK("x")', searches=2, empty=2)
    note("Fahrradparkhaus", searches=4, empty=4)
    answer = client.get(f"{PAGE}/tabelle.csv")
    assert answer.mimetype == "text/csv"
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")), delimiter=";"))
    assert [row[:3] for row in rows[1:]] == [
        ["Fahrradparkhaus", "4", "4"],
        ['\'=HYPERLINK("x")', "2", "2"],
    ]


def test_a_query_shows_what_guests_find_and_what_was_opened(client, moderator, make_user):
    from kts.accounts import services as accounts
    from kts.forum import services as forum

    town = Municipality(name="Musterhausen", slug="musterhausen", kind="town", land="08")
    db.session.add(town)
    group = accounts.create_group(moderator, "AEG Daten")
    room = forum.create_category(None, "Geschlossen", visibility=group.token)
    inside = forum.create_thread(moderator, room, "Über Musterhausen", "Musterhausen ist schön.")
    db.session.commit()
    sync.rebuild()
    note("Musterhausen", searches=3, clicks=2)
    for parent in (f"municipality:{town.id}", f"thread:{inside.id}", "thread:4711"):
        row = ClickCount(day=now().date(), folded="musterhausen", parent=parent, clicks=2, ranks=2)
        db.session.add(row)
    page = client.get(f"{PAGE}/anfrage?q=musterhausen").text
    found, _sign, opened = page.partition('id="clicked"')
    assert "/kommunen/musterhausen" in found
    assert inside.path not in found  # a guest does not find it
    assert "/kommunen/musterhausen" in opened
    assert inside.path in opened  # moderators keep order in all rooms


def test_an_odd_query_has_no_page(client, moderator):
    for asked in ("", "   ", "%00", "?!"):
        assert client.get(f"{PAGE}/anfrage?q={asked}").status_code == 404
    assert client.get(f"{PAGE}/anfrage?q={'x' * 5000}").status_code == 200
    assert client.post(f"{PAGE}/erledigt", data={"q": "?"}).status_code == 404


def test_what_was_often_found_by_nobody_waits_on_the_desk_until_it_is_settled(client, moderator):
    note("Fahrradparkhaus", searches=4, empty=4)
    note("Quartiersbox & mehr", searches=4, empty=3)
    note("Tippfeler", searches=2, empty=2)
    mend()
    page = client.get("/kuratierung").text
    assert "/kuratierung/suche/anfrage?q=Fahrradparkhaus" in page
    assert "Quartiersbox &amp; mehr" in page
    assert "Tippfeler" not in page
    client.post(f"{PAGE}/erledigt", data={"q": "fahrradparkhaus", "outcome": "done"})
    assert "q=Fahrradparkhaus" not in client.get("/kuratierung").text


def test_ten_thousand_queries_cost_no_more_statements(client, moderator, query_counter):
    note("Fahrradparkhaus", searches=4, empty=4)
    pages = (PAGE, f"{PAGE}?liste=oft&tage=365&seite=3", "/kuratierung")
    for page in pages:
        client.get(page)
    with query_counter() as before:
        for page in pages:
            client.get(page)
    day = now().date()
    rows = [
        {"day": day, "folded": f"frage {n}", "text": f"Frage {n}", "searches": n, "empty": n}
        for n in range(10_000)
    ]
    db.session.execute(insert(QueryCount), rows)
    db.session.commit()
    with query_counter() as after:
        for page in pages:
            assert client.get(page).status_code == 200
    assert len(after) == len(before)
