"""Municipalities in the search."""

import pytest

from kts.municipalities import search, services
from kts.search.engine import SearchRequest
from kts.search.services import engine


@pytest.fixture
def find(db_session):
    """Give a function that searches as a guest."""

    def titles(query):
        request = SearchRequest(query=query, visibility=frozenset({"public"}))
        return [hit.title for hit in engine().search(request).hits]

    return titles


def test_a_municipality_is_found_by_name_profile_and_project(
    db_session, projects, make_municipality, actor, find
):
    town = make_municipality("Musterstadt")
    draft = services.ProfileDraft(version=town.version, profile="Wir bauen einen Urbanen Zwilling.")
    services.update_profile(actor, town, draft)
    db_session.commit()
    assert find("musterstadt")[0] == "Musterstadt"
    assert "Musterstadt" in find("Zwilling")
    assert "Leipzig" in find("Connected Urban Twins")


def test_the_index_document_has_topics_land_and_a_lower_weight_when_empty(
    db_session, make_municipality, projects, ulm
):
    empty = make_municipality("Leerstadt", district_name="Kreis Muster")
    topic = services.seed_topics()[0]
    ulm.topics = [topic]
    db_session.commit()
    documents = {item.title: item for item in search.load([empty.id, ulm.id])}
    assert documents["Leerstadt"].weight < documents["Ulm"].weight
    assert documents["Ulm"].topics == (topic.slug,)
    assert documents["Ulm"].land == "08"
    assert "Modellprojekt Smart Cities 2019: Ulm" in documents["Ulm"].body
    assert "Kreis Muster" in documents["Leerstadt"].body
    assert set(search.all_ids()) >= {empty.id, ulm.id}
