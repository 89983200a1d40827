"""Keeping a search, looking again, changing and deleting it; everybody only her own."""

import re
from datetime import timedelta

import pytest

from kts.core.clock import now
from kts.municipalities.models import Municipality
from kts.saved_searches import services
from kts.saved_searches.models import SavedSearch
from kts.search.asked import understand
from kts.search.services import engine
from tests.search.conftest import make_document

FORM = {"q": "Sensoren", "land": ["08"], "name": "Sensoren im Südwesten", "telling": "weekly"}


@pytest.fixture
def person(make_user):
    return make_user()


@pytest.fixture
def own(client, login, person):
    return login(client, person)


@pytest.fixture
def saved(db_session, person):
    saved = services.save_search(person, understand("Sensoren"), "Meine Sensoren", "daily")
    db_session.commit()
    return saved


def test_the_page_of_hits_offers_to_save_to_those_who_are_signed_in(own, app):
    engine().rebuild([make_document(1, "Sensoren.")])
    page = own.get("/suche?q=Sensoren+jahr:2019-2025&land=08").text
    form = page[page.index('action="/meine-suchen"') :]
    assert 'name="q" value="Sensoren jahr:2019-2025"' in form
    assert 'name="land" value="08"' in form
    guest = app.test_client().get("/suche?q=Sensoren").text
    assert 'action="/meine-suchen"' not in guest
    assert 'href="/anmelden?next=/suche%3Fq%3DSensoren"' in guest
    assert "Save the search" not in guest


def test_a_search_is_saved_with_its_filters_and_run_again(own, db_session, person):
    answer = own.post("/meine-suchen", data=FORM)
    assert (answer.status_code, answer.location) == (303, "/meine-suchen")
    saved = db_session.query(SavedSearch).one()
    assert (saved.user_id, saved.query, saved.filters) == (person.id, "Sensoren", {"land": ["08"]})
    assert (saved.name, saved.telling) == ("Sensoren im Südwesten", "weekly")
    page = own.get("/meine-suchen").text
    assert "Sensoren im Südwesten" in page
    assert "Baden-Württemberg" in page
    assert "einmal in der Woche" in page
    answer = own.get(f"/meine-suchen/{saved.id}")
    assert (answer.status_code, answer.location) == (303, "/suche?q=Sensoren&land=08")


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"name": "x" * 500}, {"q": "", "land": []}, {"telling": "hourly"}]
)
def test_what_cannot_be_saved_is_shown_again(own, db_session, wrong):
    answer = own.post("/meine-suchen", data=FORM | wrong)
    assert answer.status_code == 422
    assert 'href="#' in answer.text
    if "q" not in wrong:
        assert 'name="q" value="Sensoren"' in answer.text
    assert db_session.query(SavedSearch).count() == 0


def test_the_same_search_is_not_saved_twice_and_not_too_many(own, db_session, monkeypatch):
    own.post("/meine-suchen", data=FORM)
    again = own.post("/meine-suchen", data=FORM | {"name": "Anders"})
    assert again.status_code == 422
    assert "als „Sensoren im Südwesten“" in again.text
    monkeypatch.setattr(services, "MOST_SAVED", 1)
    assert own.post("/meine-suchen", data=FORM | {"q": "Bus"}).status_code == 422
    assert db_session.query(SavedSearch).count() == 1


def test_a_search_is_renamed(own, saved, db_session):
    address = f"/meine-suchen/{saved.id}/bearbeiten"
    assert 'value="Meine Sensoren"' in own.get(address).text
    assert own.post(address, data={"name": "", "telling": "off"}).status_code == 422
    assert own.post(address, data={"name": "Neu", "telling": "off"}).status_code == 303
    db_session.refresh(saved)
    assert (saved.name, saved.telling) == ("Neu", "off")


def test_a_deleted_search_can_be_taken_back(own, saved, db_session):
    answer = own.post(f"/meine-suchen/{saved.id}/loeschen")
    page = own.get(answer.location).text
    assert "„Meine Sensoren“ wurde gelöscht" in page
    assert own.get(f"/meine-suchen/{saved.id}").status_code == 404
    assert f'action="/meine-suchen/{saved.id}/wiederherstellen"' in page
    assert own.post(f"/meine-suchen/{saved.id}/wiederherstellen").status_code == 303
    assert own.get(f"/meine-suchen/{saved.id}").status_code == 303
    assert own.post(f"/meine-suchen/{saved.id}/wiederherstellen").status_code == 404


def test_what_was_deleted_goes_for_good_after_a_day(db_session, saved):
    services.delete_search(saved)
    db_session.commit()
    services.forget_deleted()
    assert db_session.query(SavedSearch).count() == 1
    saved.deleted = now() - services.TAKEN_BACK_WITHIN - timedelta(minutes=1)
    db_session.commit()
    services.forget_deleted()
    assert db_session.query(SavedSearch).count() == 0


def test_nobody_else_finds_a_saved_search(app, login, make_user, saved):
    for who in (make_user(), make_user("moderator"), make_user("admin")):
        client = login(app.test_client(), who)
        assert "Meine Sensoren" not in client.get("/meine-suchen").text
        for path, method in (
            ("", "GET"), ("/bearbeiten", "GET"), ("/bearbeiten", "POST"), ("/loeschen", "POST"),
            ("/wiederherstellen", "POST"),
        ):  # fmt: skip
            answer = client.open(f"/meine-suchen/{saved.id}{path}", method=method)
            assert answer.status_code == 404, path
        assert "Meine Sensoren" not in client.get(f"/meine-suchen?geloescht={saved.id}").text
    guest = app.test_client().get(f"/meine-suchen/{saved.id}")
    assert "/anmelden" in guest.location


def test_the_list_counts_what_is_new_since_the_last_visit(own, saved):
    later = now() + timedelta(minutes=1)
    engine().rebuild(
        [
            make_document(1, "Alte Sensoren.", title="Altes"),
            make_document(2, "Alte Sensoren.", title="Bearbeitetes", updated=later),
            make_document(3, "Neue Sensoren.", title="Neues", created=later, updated=later),
        ]
    )
    page = own.get("/meine-suchen").text
    assert "1 neu seit Ihrem letzten Besuch" in page
    link = re.search(rf'href="(/meine-suchen/{saved.id}\?seit=[^"]+)"', page)[1]
    hits = own.get(link, follow_redirects=True).text
    assert ">Neues<" in hits
    assert ">Altes<" not in hits


def test_looking_makes_it_seen(own, saved, db_session):
    before = saved.seen
    own.get(f"/meine-suchen/{saved.id}")
    db_session.refresh(saved)
    assert saved.seen > before


def test_the_list_takes_a_fixed_number_of_statements(own, db_session, person, query_counter):
    db_session.add(Municipality(name="Musterstadt", slug="musterstadt", land="08"))
    engine().rebuild([make_document(1, "Sensoren.")])

    def statements(*searches):
        for text in searches:
            services.save_search(person, understand(text, {"land": ["08"]}), text, "off")
        db_session.commit()
        with query_counter() as counted:
            own.get("/meine-suchen")
        # The engine reads the list of synonyms anew for each question.
        return len([one for one in counted if " FROM synonym" not in one.replace("\n", " ")])

    assert statements("Sensoren kommune:Musterstadt") == statements("Bus", "Bahn", "Rad")
