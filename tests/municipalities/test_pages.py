"""The list, the map, profiles and projects as visitors see them."""

import re

import pytest
from sqlalchemy import select

from kts.municipalities import services
from kts.municipalities.models import ModelProject
from kts.municipalities.peers import peers_of


def titles(page):
    """Give the names in the list of results."""
    return re.findall(r'kts-item__title"><a [^>]*>([^<]+)</a>', page.text)


def test_the_list_finds_every_spelling_of_a_name(client, make_municipality):
    make_municipality("Münster", type_text="Kreisfreie Stadt")
    make_municipality("Ulm")
    for q in ("Münster", "muenster", "MUNSTER", "münst", "  münster "):
        assert titles(client.get("/kommunen", query_string={"q": q})) == ["Münster"]
    page = client.get("/kommunen?q=Atlantis")
    assert "Keine Kommune" in page.text or "No municipality matches" in page.text


def test_digits_are_a_postcode_or_a_key(client, make_municipality):
    make_municipality("Ulm", postcode="89073", ags="08421000")
    make_municipality("Köln", postcode="50667", ags="05315000")
    assert titles(client.get("/kommunen?q=8907")) == ["Ulm"]
    assert titles(client.get("/kommunen?q=05315000")) == ["Köln"]


def test_percent_and_underscore_are_plain_characters(client, make_municipality):
    make_municipality("Ulm")
    for q in ("%", "_", "'\"--"):
        answer = client.get("/kommunen", query_string={"q": q})
        assert answer.status_code == 200
        assert titles(answer) == []


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("land=09", ["Kreis B", "Gemeinde A"]),
        ("groesse=rural", ["Gemeinde A"]),
        ("groesse=medium", ["Stadt C"]),
        ("groesse=district", ["Kreis B"]),
        ("art=district", ["Kreis B"]),
        ("handlungsfeld=mobilitaet", ["Stadt C"]),
        ("land=99", ["Kreis B", "Stadt C", "Gemeinde A"]),
        ("seite=x&page=-5", ["Kreis B", "Stadt C", "Gemeinde A"]),
    ],
)
def test_filters_narrow_the_list(client, db_session, make_municipality, query, names):
    make_municipality("Gemeinde A", land="09", kind="municipality", population=900)
    make_municipality("Kreis B", land="09", kind="district", population=150_000)
    town = make_municipality("Stadt C", land="08", population=30_000)
    town.topics = [topic for topic in services.seed_topics() if topic.slug == "mobilitaet"]
    db_session.commit()
    assert titles(client.get(f"/kommunen?{query}")) == names


def test_members_of_model_projects_come_first_and_can_be_filtered(
    client, projects, make_municipality
):
    make_municipality("Riesenstadt", population=9_000_000)
    everything = titles(client.get("/kommunen"))
    assert everything[0] == "Berlin"
    cohort = client.get("/kommunen?staffel=2019&page=1")
    assert "Ulm" in titles(cohort)
    assert "Berlin" not in titles(cohort)
    only = [
        name
        for n in range(1, 6)
        for name in titles(client.get(f"/kommunen?modellprojekt=1&page={n}"))
    ]
    assert "Riesenstadt" not in only


def test_the_map_has_one_mark_a_project_and_the_list_says_the_same(client, projects):
    page = client.get("/kommunen").text
    marks = re.findall(r'<a class="kts-mark [^>]* href="([^"]+)" aria-label="([^"]+)"', page)
    listed = re.findall(r'<li><a href="(/programm/projekte/[^"]+)">', page)
    assert len(marks) == 73
    assert sorted(href for href, _name in marks) == sorted(listed)
    assert page.count('class="kts-map__land') == 16
    assert "style=" not in page


def test_a_filter_dims_the_other_marks(client, projects):
    page = client.get("/kommunen?land=08&staffel=2019").text
    assert page.count("is-dimmed") == 72


def test_the_list_needs_the_same_number_of_statements_however_long_it_is(
    client, db_session, projects, make_municipality, query_counter
):
    client.get("/kommunen")
    with query_counter() as before:
        client.get("/kommunen")
    ulm = db_session.scalar(select(ModelProject).filter_by(slug="ulm"))
    topics = services.seed_topics()
    for number in range(3):
        added = make_municipality(f"Neustadt {number}", population=8_000_000)
        added.topics = list(topics[: number + 1])
        ulm.members.append(added)
    db_session.commit()
    with query_counter() as after:
        page = client.get("/kommunen")
    assert "Neustadt 2" in titles(page)
    assert len(before) == len(after) <= 10


def test_a_profile_shows_key_figures_with_source_project_and_members(client, ulm):
    page = client.get("/kommunen/ulm").text
    assert "128.928" in page
    assert "Statistisches Bundesamt" in page
    assert "dl-de/by-2-0" in page
    assert 'href="/programm/projekte/ulm"' in page
    assert client.get("/kommunen/gibt-es-nicht").status_code == 404


def test_a_sample_is_marked_and_never_shown_beside_real_places(
    client, make_municipality, ulm, db_session
):
    sample = make_municipality("Beispielstadt", is_sample=True, population=128_900)
    page = client.get(sample.path).text
    assert "erfunden" in page or "made up" in page
    assert "Beispielstadt" not in client.get("/kommunen/ulm").text


def test_a_project_page_names_its_members(client, projects):
    page = client.get("/programm/projekte/connected-urban-twins").text
    assert all(f"/kommunen/{slug}" in page for slug in ("hamburg", "leipzig", "muenchen"))
    assert client.get("/programm/projekte/verband-region-rhein-neckar").status_code == 200
    assert client.get("/programm/projekte/nirgends").status_code == 404


def test_similar_municipalities_come_with_true_reasons(app, db_session, make_municipality, actor):
    topics = services.seed_topics()
    one = make_municipality("Eins", population=30_000, land="08")
    twin = make_municipality("Zwilling", population=31_000, land="08")
    far = make_municipality(
        "Fern", population=900, land="01", kind="municipality", type_text="Gemeinde"
    )
    district = make_municipality("Kreis", population=30_000, land="08", kind="district")
    one.topics, twin.topics = topics[:3], topics[1:4]
    one.strategy_state = twin.strategy_state = "adopted"
    db_session.commit()
    with app.test_request_context():
        peers = peers_of(one)
    assert [peer.municipality.name for peer in peers] == ["Zwilling"]
    assert far.name != district.name
    reasons = " | ".join(peers[0].reasons)
    for text in ("31.000", "Stadt", "Baden-Württemberg", topics[1].name, topics[2].name):
        assert text in reasons
    assert topics[0].name not in reasons


def test_a_shared_project_cohort_is_a_reason(app, ulm):
    with app.test_request_context():
        peers = {peer.municipality.name: peer.reasons for peer in peers_of(ulm)}
    assert any("2019" in reason for reason in peers["Wolfsburg"])


def test_peers_take_three_statements_however_many_candidates(
    app, db_session, ulm, make_municipality, query_counter
):
    with app.test_request_context():
        with query_counter() as before:
            peers_of(ulm)
        for number in range(4):
            make_municipality(f"Ort {number}", population=128_000 + number)
        db_session.refresh(ulm)
        with query_counter() as after:
            peers_of(ulm)
    assert len([s for s in before if s.startswith("SELECT")]) == 3
    assert len([s for s in after if s.startswith("SELECT")]) == 3
