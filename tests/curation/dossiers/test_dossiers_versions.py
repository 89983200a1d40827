"""Published versions never change; editors go on with the draft and can go back."""

import pytest
from sqlalchemy import select

from kts.accounts import services as accounts
from kts.curation.dossiers import services
from kts.curation.dossiers.models import DossierVersion
from kts.extensions import db
from kts.notifications.models import Notification


@pytest.fixture
def published(client, dossier):
    assert client.post(f"/dossiers/{dossier.id}/veroeffentlichen").status_code == 303
    return dossier


def change(client, dossier, parts):
    """Change words, a part, and the parts; publish as version 2."""
    words = {"title": "Sensoren", "text": "Neue Einführung.", "version": dossier.version}
    client.post(f"/dossiers/{dossier.id}/bearbeiten", data=words)
    item = parts(dossier)[0]
    data = {"note": "Erst messen, dann planen.", "version": item.version}
    client.post(f"/dossiers/{dossier.id}/teile/{item.id}", data=data)
    client.post(f"/dossiers/{dossier.id}/teile", data={"heading": "Danach"})
    client.post(f"/dossiers/{dossier.id}/teile", data={"note": "Ein Nachwort."})


def test_readers_see_the_published_version_while_the_draft_is_changed(
    app, client, published, parts
):
    guest = app.test_client()
    change(client, published, parts)
    assert "Ein Nachwort." not in guest.get(published.path).text
    first = published.path
    client.post(f"/dossiers/{published.id}/veroeffentlichen", data={"note": "Mit Nachwort."})
    page = guest.get(first, follow_redirects=True)
    assert page.request.path == f"/dossiers/{published.id}-sensoren"
    assert "Ein Nachwort." in page.text
    old = guest.get(f"{published.path}/version/1").text
    assert "<strong>bauen</strong>" in old
    assert "Ein Nachwort." not in old
    assert published.path in old  # leads to the newer one
    listed = guest.get(f"{published.path}/versionen").text
    assert "Mit Nachwort." in listed
    assert f"{published.path}/version/2" in listed
    assert guest.get(f"{published.path}/version/3").status_code == 404
    cited = guest.get(f"{published.path}/zitat.ris?version=1").text
    assert f"{published.path}/version/1" in cited


def test_nothing_new_makes_no_version(client, published):
    client.post(f"/dossiers/{published.id}/veroeffentlichen")
    client.post(f"/dossiers/{published.id}/zurueckziehen")
    client.post(f"/dossiers/{published.id}/veroeffentlichen")
    numbers = db.session.scalars(select(DossierVersion.number)).all()
    assert numbers == [1]


def test_versions_of_a_withdrawn_dossier_are_for_its_editors_alone(app, client, published):
    client.post(f"/dossiers/{published.id}/zurueckziehen")
    for end in ("", "/version/1", "/versionen"):
        assert app.test_client().get(published.path + end).status_code == 404
        assert client.get(published.path + end).status_code == 200


def test_two_versions_are_laid_beside_each_other(app, client, published, parts):
    change(client, published, parts)
    client.post(f"/dossiers/{published.id}/veroeffentlichen")
    page = app.test_client().get(f"{published.path}/vergleich?von=1&bis=2").text
    for told in ("Ein Nachwort.", "Danach", "Neue Einführung."):
        assert told in page
    assert "<ins>" in page
    assert "<del>" in page
    for odd in ("von=1", "von=x&bis=2", "von=1&bis=9", "von=²&bis=1"):
        address = f"{published.path}/vergleich?{odd}"
        assert app.test_client().get(address).status_code == 404


def test_an_older_version_becomes_the_draft_and_that_can_be_undone(
    app, client, published, parts, saved
):
    change(client, published, parts)
    client.post(f"/dossiers/{published.id}/veroeffentlichen")
    client.post(f"/dossiers/{published.id}/teile", data={"note": "Noch unveröffentlicht."})
    back = f"/dossiers/{published.id}/version/1/wiederherstellen"
    assert client.post(back).status_code == 303
    assert [item.note for item in parts(published)] == ["Erst messen, dann **bauen**."]
    assert saved(published).title == "Sensoren im Alltag"
    assert "Ein Nachwort." in app.test_client().get(saved(published).path).text
    client.post(f"/dossiers/{published.id}/entwurf/zurueckholen")
    assert parts(published)[-1].note == "Noch unveröffentlicht."
    assert saved(published).title == "Sensoren"
    client.post(back)
    client.post(f"/dossiers/{published.id}/veroeffentlichen")
    assert saved(published).shown_number == 3
    assert "Ein Nachwort." not in app.test_client().get(saved(published).path).text


def test_an_editor_who_was_named_works_on_the_draft_and_decides_nothing(
    app, client, moderator, dossier, make_user, login, parts
):
    person = make_user(name="Ewa Example")
    person.handle = "ewa"
    db.session.commit()
    other = services.create_dossier(moderator, "Fremdes", text="Geheim.")
    db.session.commit()
    ewa = login(app.test_client(), person)
    edit = f"/dossiers/{dossier.id}/bearbeiten"
    assert ewa.get(edit).status_code == 404
    assert "Sensoren im Alltag" not in ewa.get("/dossiers/meine").text
    name = f"/dossiers/{dossier.id}/zugang/mitwirkende"
    assert client.post(name, data={"person": "niemand"}).status_code == 422
    assert client.post(name, data={"person": "@ewa"}).status_code == 303
    assert client.post(name, data={"person": person.email}).status_code == 422  # already
    assert "Sensoren im Alltag" in ewa.get("/dossiers/meine").text
    assert ewa.get(edit).status_code == 200
    assert ewa.post(f"/dossiers/{dossier.id}/teile", data={"note": "Von Ewa."}).status_code == 303
    assert parts(dossier)[-1].note == "Von Ewa."
    for deed in ("veroeffentlichen", "loeschen", "zurueckziehen", "stilllegen", "startseite"):
        assert ewa.post(f"/dossiers/{dossier.id}/{deed}").status_code == 403, deed
    assert ewa.post(name, data={"person": "@ewa"}).status_code == 403
    assert ewa.get(f"/dossiers/{other.id}/bearbeiten").status_code == 404
    editor = db.session.get(type(dossier), dossier.id).editors[0]
    client.post(f"{name}/{editor.id}/entfernen")
    assert ewa.get(edit).status_code == 404
    told = db.session.scalars(
        select(Notification).filter_by(user_id=person.id, kind="dossier_editor")
    ).all()
    assert len(told) == 2  # of both


def test_a_part_that_an_editor_may_not_see_is_moved_unread(
    app, client, moderator, dossier, make_user, login, publish, parts
):
    group = accounts.create_group(moderator, "AEG Daten")
    inside = publish("Akte Zaunkönig", group.token)
    services.add_address(moderator, dossier, inside.path, note="Der Drosselbart.")
    person = make_user()
    services.name_editor(moderator, dossier, person.email)
    db.session.commit()
    editor = login(app.test_client(), person)
    page = editor.get(f"/dossiers/{dossier.id}/bearbeiten").text
    assert "Zaunkönig" not in page
    assert "Drosselbart" not in page
    text, hidden = parts(dossier)
    assert editor.get(f"/dossiers/{dossier.id}/teile/{hidden.id}").status_code == 403
    order = {"version": dossier.order_version, "order": f"{hidden.id},{text.id}"}
    assert editor.post(f"/dossiers/{dossier.id}/reihenfolge", data=order).status_code == 303
    assert [item.id for item in parts(dossier)] == [hidden.id, text.id]
