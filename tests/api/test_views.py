"""The interface for programs: shape, permissions, errors."""

import pytest

from kts.api.openapi import LISTS, specification
from kts.api.resources import HIT
from kts.extensions import db
from kts.forum.models import Category, Thread
from kts.municipalities.models import ModelProject, Municipality


@pytest.fixture
def things(db_session, make_user):
    town = Municipality(name="Musterstadt", slug="musterstadt", kind="town", is_sample=True)
    db_session.add(town)
    db_session.add(
        ModelProject(cohort=2019, type="kleinstadt", title="M", slug="m", land="05", lead=town)
    )
    for visibility in ("public", "members"):
        category = Category(slug=visibility, name=visibility, visibility=visibility)
        thread = Thread(
            category=category, title=f"Thema {visibility}", visibility=visibility, post_count=1
        )
        db_session.add_all([category, thread])
    db_session.commit()


@pytest.mark.usefixtures("things")
@pytest.mark.parametrize("name", ["municipalities", "projects", "threads"])
def test_items_have_the_shape_that_the_specification_promises(client, name):
    answer = client.get(f"/api/v1/{name}?limit=1").json
    assert answer["total"] >= 1
    (item,) = answer["items"]
    assert sorted(item) == sorted(LISTS[name].properties)
    assert client.get(f"/api/v1/{name}/{item['id']}").json == item


@pytest.mark.usefixtures("things")
def test_a_guest_sees_the_public_alone(app, make_user, login):
    guest, member = app.test_client(), login(app.test_client(), make_user())
    assert guest.get("/api/v1/threads").json["total"] == 1
    assert member.get("/api/v1/threads").json["total"] == 2
    hidden = db.session.scalar(db.select(Thread.id).filter_by(visibility="members"))
    assert guest.get(f"/api/v1/threads/{hidden}").status_code == 404
    assert member.get(f"/api/v1/threads/{hidden}").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/threads?limit=0",
        "/threads?limit=101",
        "/threads?offset=-1",
        "/threads?limit=²",
        "/search?q=x&kind=post",
        "/search?q=x&limit=x",
    ],
)
def test_wrong_arguments_are_problems(client, path):
    response = client.get(f"/api/v1{path}")
    assert response.status_code == 400
    assert response.content_type == "application/problem+json"
    assert response.json["status"] == 400
    assert "must be" in response.json["detail"]


@pytest.mark.parametrize("path", ["/documents/4711", "/nonsense", "/threads/x"])
def test_what_is_not_there_is_a_problem_too(client, path):
    response = client.get(f"/api/v1{path}")
    assert (response.status_code, response.content_type) == (404, "application/problem+json")


def test_the_search_answers_in_the_promised_shape(client, db_session):
    town = Municipality(name="Musterstadt", slug="musterstadt", kind="town", is_sample=True)
    db_session.add(town)
    db_session.commit()
    answer = client.get("/api/v1/search?q=Musterstadt").json
    promised = specification("https://x")["paths"]["/search"]["get"]["responses"]["200"]
    schema = promised["content"]["application/json"]["schema"]
    assert set(answer) == set(schema["properties"])
    (hit,) = answer["hits"]
    assert set(hit) == set(HIT.properties)
    assert (hit["kind"], hit["id"]) == ("municipality", town.id)


def test_every_path_of_the_specification_exists(app, client):
    described = set(client.get("/api/v1/openapi.json").json["paths"])
    assert described == {"/search"} | {
        path for name in LISTS for path in (f"/{name}", f"/{name}/{{id}}")
    }
    assert specification("https://x/")["servers"] == [{"url": "https://x/api/v1"}]


def test_lists_cost_a_fixed_number_of_statements(client, things, query_counter):
    client.get("/api/v1/threads")
    with query_counter() as before:
        client.get("/api/v1/threads")
    category = db.session.scalar(db.select(Category).filter_by(visibility="public"))
    for number in range(3):
        db.session.add(Thread(category=category, title=f"N{number}", visibility="public"))
    db.session.commit()
    with query_counter() as after:
        client.get("/api/v1/threads")
    assert len(after) == len(before)


def test_health_and_readiness_answer(client):
    assert client.get("/healthz").json == {"status": "ok"}
    ready = client.get("/readyz")
    assert set(ready.json) == {"status", "database", "index", "queue"}
