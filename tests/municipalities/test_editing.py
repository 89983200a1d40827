"""Editing a profile: who may, what is kept, two at once, history."""

import pytest
from sqlalchemy import select

from kts.core.audit import AuditEntry
from kts.municipalities import services
from kts.municipalities.models import ModelProject, Municipality


def form(town, **values):
    return {
        "version": town.version,
        "profile": "## Unser Weg",
        "strategy_state": "adopted",
        "website": "https://example.org",
        "contacts-0-office": "Dezernat Zukunft",
        "contacts-0-email": "stab@example.org",
        "contacts-0-phone": "0731 123",
    } | values


@pytest.mark.parametrize("path", ["bearbeiten", "verlauf"])
def test_editors_and_moderators_may_others_may_not(
    client, login, make_user, town, make_municipality, path
):
    other = make_municipality("Anderswo")
    url = f"{town.path}/{path}"
    assert client.get(url).status_code == 302  # a guest is sent to sign in
    assert client.post(f"{town.path}/bearbeiten", data=form(town)).status_code in (302, 403)
    for user, status in (
        (make_user(), 403),
        (make_user(belongs_to=[town]), 403),
        (make_user(edits=[other]), 403),
        (make_user(edits=[town]), 200),
        (make_user("moderator"), 200),
    ):
        login(client, user)
        assert client.get(url).status_code == status
    login(client, make_user(belongs_to=[town]))
    for action in ("bearbeiten", "vorschau"):
        assert client.post(f"{town.path}/{action}", data=form(town)).status_code == 403


def test_an_editor_saves_and_every_change_is_in_the_audit_log(
    client, login, make_user, town, db_session
):
    topics = services.seed_topics()
    db_session.commit()
    editor = make_user(edits=[town])
    login(client, editor)
    answer = client.post(
        f"{town.path}/bearbeiten", data=form(town, topics=[topics[0].id, topics[2].id])
    )
    assert answer.status_code == 303
    page = client.get(town.path).text
    for text in (
        "<h3>Unser Weg</h3>",
        "Dezernat Zukunft",
        "mailto:stab@example.org",
        topics[2].name,
    ):
        assert text in page
    entry = db_session.scalar(select(AuditEntry).filter_by(action="municipality.update"))
    assert entry.actor_id == editor.id
    assert entry.changes["profile"] == ["", "## Unser Weg"]
    assert entry.changes["contacts"] == [[], ["Dezernat Zukunft · stab@example.org · 0731 123"]]
    assert entry.changes["topics"] == [[], sorted([topics[0].name, topics[2].name])]
    history = client.get(f"{town.path}/verlauf").text
    assert editor.name in history
    assert "## Unser Weg" in history


def test_saving_without_a_change_leaves_no_trace(client, login, make_user, town, db_session):
    login(client, make_user(edits=[town]))
    data = {"version": 1, "profile": "", "strategy_state": "", "website": ""}
    assert client.post(f"{town.path}/bearbeiten", data=data).status_code == 303
    assert db_session.scalar(select(AuditEntry).filter_by(action="municipality.update")) is None


def test_the_second_of_two_editors_sees_both_versions_and_loses_nothing(
    client, login, make_user, town, db_session
):
    first, second = make_user(edits=[town], name="Erste"), make_user(edits=[town], name="Zweite")
    opened = town.version
    login(client, first)
    assert (
        client.post(
            f"{town.path}/bearbeiten", data=form(town, profile="Text der Ersten")
        ).status_code
        == 303
    )
    login(client, second)
    answer = client.post(
        f"{town.path}/bearbeiten", data=form(town, version=opened, profile="Text der Zweiten")
    )
    assert answer.status_code == 409
    for text in ("Text der Ersten", "Text der Zweiten", "Erste"):
        assert text in answer.text
    db_session.expire_all()
    assert town.profile == "Text der Ersten"
    both = form(town, version=town.version, profile="Text der Ersten\n\nText der Zweiten")
    assert client.post(f"{town.path}/bearbeiten", data=both).status_code == 303
    db_session.expire_all()
    assert town.profile == "Text der Ersten\n\nText der Zweiten"


@pytest.mark.parametrize(
    "values",
    [
        {"website": "javascript:alert(1)"},
        {"contacts-0-email": "keine Adresse"},
        {"contacts-0-office": ""},
        {"contacts-0-phone": "call me"},
        {"strategy_state": "great"},
        {"topics": ["999"]},
        {"profile": "x" * 20_001},
    ],
)
def test_what_cannot_be_right_is_refused_and_stays_in_the_form(
    client, login, make_user, town, db_session, values
):
    login(client, make_user(edits=[town]))
    answer = client.post(f"{town.path}/bearbeiten", data=form(town, **values))
    assert answer.status_code == 422
    if "profile" not in values:
        assert "## Unser Weg" in answer.text
    db_session.expire_all()
    assert town.profile == ""


def test_a_script_in_the_profile_is_not_run(client, login, make_user, town):
    login(client, make_user(edits=[town]))
    client.post(f"{town.path}/bearbeiten", data=form(town, profile="<script>alert(1)</script> ok"))
    assert "<script>alert" not in client.get(town.path).text


def test_contact_rows_and_preview_work_without_javascript(
    client, login, make_user, town, db_session
):
    login(client, make_user(edits=[town]))
    url = f"{town.path}/bearbeiten"
    page = client.post(url, data=form(town, add_contact="1"))
    assert page.status_code == 200
    assert "contacts-1-office" in page.text
    assert "Dezernat Zukunft" in page.text
    page = client.post(
        url, data=form(town, **{"contacts-1-office": "Zweites Amt", "remove_contact": "0"})
    )
    assert "Zweites Amt" in page.text
    assert "Dezernat Zukunft" not in page.text
    page = client.post(url, data=form(town, preview="1"))
    assert "<h3>Unser Weg</h3>" in page.text
    assert "<h3>Unser Weg</h3>" in client.post(f"{town.path}/vorschau", data=form(town)).text
    db_session.expire_all()
    assert town.profile == ""


def test_only_moderators_record_where_a_project_stands(client, login, make_user, ulm, db_session):
    url = "/programm/projekte/ulm/bearbeiten"
    data = {"phase": "B", "status": "ended", "website": "https://example.org"}
    assert client.get(url).status_code == 302
    login(client, make_user(edits=[ulm]))
    assert client.get(url).status_code == 403
    assert client.post(url, data=data).status_code == 403
    login(client, make_user("moderator"))
    assert client.get(url).status_code == 200
    assert client.post(url, data=data | {"phase": "C"}).status_code == 422
    assert client.post(url, data=data).status_code == 303
    project = db_session.scalar(select(ModelProject).filter_by(slug="ulm"))
    assert (project.phase, project.status) == ("B", "ended")


def test_a_second_sample_of_one_name_gets_an_address_of_its_own(make_municipality):
    assert make_municipality("Neustadt").slug == "neustadt"
    assert make_municipality("Neustadt").slug == "neustadt-2"
    assert Municipality.__tablename__ == "municipality"
