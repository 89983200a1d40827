"""What became of a model project after its funding: who says so, who is asked, what is found."""

from datetime import timedelta

import pytest

from kts.accounts import services as accounts
from kts.core.audit import AuditEntry
from kts.core.clock import now
from kts.core.waiting import WaitingItem
from kts.core.web import LANGUAGE_COOKIE
from kts.curation.desk.tasks import mend
from kts.municipalities import operating
from kts.municipalities.models import ModelProject
from kts.notifications.models import Notification

SAID = {
    "operating": "reduced",
    "operating_on": "2026-03-01",
    "operating_office": "Dezernat Zukunft",
    "operating_note": "Die Sensoren laufen weiter.",
}


@pytest.fixture
def project(db_session, town):
    project = ModelProject(
        **{"cohort": 2020, "type": "kleinstadt", "title": "Stadt am Netz", "slug": "stadt-am-netz"},
        **{"land": "08", "lead": town, "members": [town], "status": "ended"},
    )
    db_session.add(project)
    db_session.commit()
    return project


@pytest.fixture
def editor(make_user, town):
    return make_user(name="Edda Editor", edits=[town], language="en")


def save(client, project, **values):
    data = {"version": project.version, **SAID, **values}
    return client.post(f"{project.path}/betrieb", data=data)


def waits(db_session):
    db_session.expire_all()
    return db_session.query(WaitingItem).filter_by(kind=operating.KIND).count()


def test_who_may_say_what_became_of_it(
    client, login, make_user, make_municipality, project, editor, town, db_session
):
    url = f"{project.path}/betrieb"
    assert client.get(url).status_code == 302
    other = make_municipality("Anderswo")
    for user, status in (
        (make_user(belongs_to=[town]), 403),
        (make_user(edits=[other]), 403),
        (editor, 200),
        (make_user("moderator"), 200),
    ):
        login(client, user)
        assert client.get(url).status_code == status
    login(client, make_user(edits=[other]))
    assert save(client, project).status_code == 403
    assert db_session.get(ModelProject, project.id).operating == ""


def test_it_is_shown_on_both_pages_filtered_and_undone(
    client, app, login, project, editor, town, db_session
):
    guest = app.test_client()
    guest.set_cookie(LANGUAGE_COOKIE, "en")
    assert "not known yet" in guest.get(project.path).text
    page = login(client, editor).post(
        f"{project.path}/betrieb", data={"version": project.version, **SAID}, follow_redirects=True
    )
    assert "goes on with less" in page.text
    assert "Dezernat Zukunft" in page.text
    assert "Die Sensoren laufen weiter." in guest.get(town.path).text
    assert town.name in _names(guest, "reduced")
    assert town.name not in _names(guest, "ended")
    entry = db_session.query(AuditEntry).filter_by(action="model_project.operating").one()
    client.post(f"{project.path}/betrieb/zurueck/{entry.id}")
    db_session.expire_all()
    assert (project.operating, project.operating_note, project.operating_on) == ("", "", None)


def _names(client, value):
    page = client.get(f"/kommunen?betrieb={value}").text
    return page[page.index("kts-places__list") : page.index("kts-places__map")]


def test_of_two_at_once_the_second_loses_nothing(client, app, login, project, editor, make_user):
    colleague = login(app.test_client(), make_user("moderator", language="en"))
    shown = project.version
    save(login(client, editor), project)
    answer = save(colleague, project, version=shown, operating="ended", operating_note="Schluss.")
    assert answer.status_code == 409
    assert "Edda Editor was first" in answer.text
    assert "Schluss." in answer.text
    assert "Die Sensoren laufen weiter." in answer.text


@pytest.mark.parametrize(
    "wrong", [{"operating": "maybe"}, {"operating_on": "gestern"}, {"operating_note": "x" * 501}]
)
def test_what_is_wrong_is_refused_with_what_was_typed(client, login, project, editor, wrong):
    answer = save(login(client, editor), project, **wrong)
    assert answer.status_code == 422
    assert "Dezernat Zukunft" in answer.text


def test_editors_are_asked_twice_and_then_the_desk(db_session, project, editor):
    def told():
        return db_session.query(Notification).filter_by(user_id=editor.id).count()

    assert operating.ask_editors() == 1
    assert operating.ask_editors() == 0
    later(db_session, project)
    assert operating.ask_editors() == 1
    mend()
    assert (told(), waits(db_session)) == (2, 0)
    later(db_session, project)
    assert operating.ask_editors() == 0
    mend()
    assert (told(), waits(db_session)) == (2, 1)


def later(db_session, project):
    project.asked_at = now() - operating.AGAIN_AFTER - timedelta(days=1)
    db_session.commit()


def test_saying_so_takes_it_from_the_desk_and_ends_the_questions(
    client, login, db_session, project, editor
):
    project.asked, project.asked_at = 2, now() - timedelta(days=90)
    db_session.commit()
    mend()
    assert waits(db_session) == 1
    save(login(client, editor), project)
    assert waits(db_session) == 0
    project.asked = 0
    db_session.commit()
    assert operating.ask_editors() == 0


def test_a_project_that_nobody_edits_waits_at_the_desk_at_once(db_session, project, editor):
    accounts.end_membership(None, editor.memberships[0])
    db_session.commit()
    assert operating.ask_editors() == 0
    mend()
    assert waits(db_session) == 1


@pytest.mark.parametrize("status", ["", "running"])
def test_nobody_is_asked_while_the_funding_runs(db_session, project, editor, status):
    project.status = status
    db_session.commit()
    assert operating.ask_editors() == 0
    mend()
    assert waits(db_session) == 0
