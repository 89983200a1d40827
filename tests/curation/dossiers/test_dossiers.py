"""Moderators put dossiers together; everybody reads the published ones, as far as she may."""

from sqlalchemy import select

from kts.accounts import services as accounts
from kts.core.audit import AuditEntry
from kts.curation.dossiers import services
from kts.curation.dossiers.models import Dossier
from kts.extensions import db
from kts.search import sync


def test_only_moderators_put_dossiers_together(app, client, make_user, login, dossier):
    client.post(f"/dossiers/{dossier.id}/veroeffentlichen")
    item = dossier.items[0].id
    writing = (
        "/dossiers/neu",
        f"/dossiers/{dossier.id}/bearbeiten",
        f"/dossiers/{dossier.id}/teile",
        f"/dossiers/{dossier.id}/teile/{item}",
        f"/dossiers/{dossier.id}/teile/{item}/entfernen",
        f"/dossiers/{dossier.id}/veroeffentlichen",
        f"/dossiers/{dossier.id}/loeschen",
        f"/dossiers/{dossier.id}/reihenfolge",
        f"/dossiers/{dossier.id}/wiederherstellen",
        f"/dossiers/{dossier.id}/zurueckziehen",
        f"/dossiers/{dossier.id}/stilllegen",
        f"/dossiers/{dossier.id}/startseite",
        f"/dossiers/{dossier.id}/zugang/mitwirkende",
    )
    member = login(app.test_client(), make_user("editor"))
    for path in writing:
        assert member.post(path, data={"title": "X", "note": "X"}).status_code == 403
    db.session.rollback()
    assert (dossier.state, len(dossier.items)) == ("published", 1)


def test_a_draft_is_seen_by_moderators_alone(app, client, make_user, login, dossier):
    readers = (app.test_client(), login(app.test_client(), make_user()))
    for reader in readers:
        assert reader.get(dossier.path).status_code == 404
        assert "Sensoren im Alltag" not in reader.get("/dossiers").text
    assert "Sensoren im Alltag" in client.get("/dossiers").text
    assert client.post(f"/dossiers/{dossier.id}/veroeffentlichen").status_code == 303
    for reader in readers:
        assert "<strong>bauen</strong>" in reader.get(dossier.path).text
        assert "Sensoren im Alltag" in reader.get("/dossiers").text
    assert client.post(f"/dossiers/{dossier.id}/zurueckziehen").status_code == 303
    assert readers[0].get(dossier.path).status_code == 404


def test_a_dossier_from_its_beginning_to_its_publication(
    app, client, moderator, thread, publish, parts
):
    document = publish("Strategie Musterstadt")
    answer = client.post("/dossiers/neu", data={"title": "Sensoren", "summary": "Kurz gesagt."})
    dossier = db.session.scalar(select(Dossier))
    assert answer.location == f"/dossiers/{dossier.id}/bearbeiten"
    base = app.config["KTS"].base_url
    for address in (
        document.path,
        f"{base}{document.path}/seite/1",
        f"{thread.path}?seite=1#beitrag-1",
    ):
        added = client.post(f"/dossiers/{dossier.id}/teile", data={"address": address})
        assert added.status_code == 303, address
    place = {"address": "/kommunen/musterstadt", "title": "Musterstadt"}
    client.post(f"/dossiers/{dossier.id}/teile", data=place)
    link = {"address": "https://www.example.org/norm", "title": "Die Norm", "note": "Nachlesen."}
    client.post(f"/dossiers/{dossier.id}/teile", data=link)
    assert [(item.kind, item.object_id, item.page) for item in parts(dossier)] == [
        ("document", document.id, None),
        ("page", document.id, 1),
        ("thread", thread.id, None),
        ("link", None, None),
        ("link", None, None),
    ]
    page = client.post(f"/dossiers/{dossier.id}/veroeffentlichen", follow_redirects=True).text
    for shown in (f"{document.path}/seite/1", thread.path, "https://www.example.org/norm"):
        assert f'href="{shown}"' in page
    entry = db.session.scalar(select(AuditEntry).filter_by(action="dossier.publish"))
    assert entry.actor_name == "Maria Muster"


def test_what_a_reader_may_not_see_is_left_out(app, client, make_user, login, moderator, publish):
    group = accounts.create_group(moderator, "AEG Daten")
    inside = publish("Akte Zaunkönig", group.token)
    dossier = services.create_dossier(moderator, "Vögel")
    services.add_address(moderator, dossier, inside.path, note="Der Drosselbart im Anhang.")
    services.add_text(moderator, dossier, "Für alle.")
    services.publish_dossier(moderator, dossier)
    db.session.commit()
    sync.rebuild()
    guest, outsider = app.test_client(), login(app.test_client(), make_user())
    insider = login(app.test_client(), make_user(groups=[group]))
    for reader in (guest, outsider):
        page = reader.get(dossier.path).text
        assert "Für alle." in page
        assert "Zaunkönig" not in page
        assert "Drosselbart" not in page
        found = reader.get("/api/v1/search?q=Drosselbart").json
        assert found["total"] == 0
    assert "Akte Zaunkönig" in insider.get(dossier.path).text


def test_published_dossiers_are_found_and_withdrawn_ones_are_not(app, client, dossier):
    sync.rebuild()
    guest = app.test_client()

    def found():
        return [hit["url"] for hit in guest.get("/api/v1/search?q=Alltag").json["hits"]]

    assert found() == []
    client.post(f"/dossiers/{dossier.id}/veroeffentlichen")
    assert found() == [dossier.path]
    assert dossier.path in guest.get("/suche?q=Alltag&kind=dossier").text
    client.post(f"/dossiers/{dossier.id}/zurueckziehen")
    assert found() == []


def test_an_empty_dossier_is_not_published(app, client, moderator):
    dossier = services.create_dossier(moderator, "Leer")
    db.session.commit()
    client.post(f"/dossiers/{dossier.id}/veroeffentlichen")
    assert app.test_client().get(dossier.path).status_code == 404


def test_deleting_can_be_undone(app, client, dossier):
    client.post(f"/dossiers/{dossier.id}/veroeffentlichen")
    answer = client.post(f"/dossiers/{dossier.id}/loeschen")
    undo = f"/dossiers/{dossier.id}/wiederherstellen"
    assert undo in client.get(answer.location).text
    assert client.get(dossier.path).status_code == 404
    client.post(undo)
    assert client.get(dossier.path).status_code == 200
    assert app.test_client().get(dossier.path).status_code == 404  # it is a draft again


def test_the_old_address_leads_to_the_dossier(client, dossier):
    assert client.get(f"/dossiers/{dossier.id}").location == dossier.path
    assert client.get(f"/dossiers/{dossier.id}-anders").location == dossier.path


def test_pages_cost_a_fixed_number_of_statements(
    app, client, moderator, dossier, publish, thread, query_counter
):
    services.add_address(moderator, dossier, f"{publish('Erstes').path}/seite/1")
    services.add_address(moderator, dossier, thread.path)
    services.publish_dossier(moderator, dossier)
    db.session.commit()
    pages = {
        "/dossiers": app.test_client(),
        dossier.path: app.test_client(),
        f"/dossiers/{dossier.id}/bearbeiten": client,
    }

    def count():
        for address, reader in pages.items():
            reader.get(address)
        counts = []
        for address, reader in pages.items():
            with query_counter() as asked:
                reader.get(address)
            counts.append(len(asked))
        return counts

    before = count()
    for number in range(2):
        services.add_address(moderator, dossier, f"{publish(f'Mehr {number}').path}/seite/1")
        other = services.create_dossier(moderator, f"Noch eines {number}", text="Text")
        services.publish_dossier(moderator, other)
    services.publish_dossier(moderator, dossier)
    db.session.commit()
    assert count() == before


def test_a_retired_dossier_keeps_its_address_and_says_why(app, client, dossier):
    client.post(f"/dossiers/{dossier.id}/veroeffentlichen")
    retire = f"/dossiers/{dossier.id}/stilllegen"
    assert client.post(retire, data={"reason": " "}).status_code == 422
    assert client.post(retire, data={"reason": "Das Programm ist beendet."}).status_code == 303
    guest = app.test_client()
    page = guest.get(dossier.path).text
    assert "Das Programm ist beendet." in page
    assert "<strong>bauen</strong>" in page
    assert "noindex" in page
    assert dossier.path not in guest.get("/dossiers").text
    assert client.post(f"/dossiers/{dossier.id}/veroeffentlichen").status_code == 303
    assert dossier.path in guest.get("/dossiers").text


def test_a_dossier_for_a_group_is_not_known_outside(app, client, make_user, login, moderator):
    group = accounts.create_group(moderator, "AEG Daten")
    dossier = services.create_dossier(moderator, "Kernthema", text="Nur für uns.")
    services.publish_dossier(moderator, dossier)
    db.session.commit()
    address = f"/dossiers/{dossier.id}/zugang/lesen"
    assert client.post(address, data={"visibility": "group:4711"}).status_code == 422
    assert client.post(address, data={"visibility": group.token}).status_code == 303
    sync.rebuild()
    insider = login(app.test_client(), make_user(groups=[group]))
    outsider = login(app.test_client(), make_user())
    for end in ("", "/versionen", "/version/1", "/dossier.md", "/zitat.bib", "/dossier.pdf"):
        assert end == "/dossier.pdf" or insider.get(dossier.path + end).status_code == 200, end
        for reader in (app.test_client(), outsider):
            assert reader.get(dossier.path + end).status_code == 404, end
    assert outsider.get("/api/v1/search?q=Kernthema").json["total"] == 0
    assert insider.get("/api/v1/search?q=Kernthema").json["total"] == 1


def test_the_draft_tells_nothing_of_itself_to_readers(app, client, dossier):
    client.post(f"/dossiers/{dossier.id}/veroeffentlichen")
    words = {"title": "Zaunkönig", "summary": "Drosselbart", "version": dossier.version}
    client.post(f"/dossiers/{dossier.id}/bearbeiten", data=words)
    client.post(f"/dossiers/{dossier.id}/teile", data={"note": "Rotkehlchen"})
    sync.rebuild()
    guest = app.test_client()
    seen = [guest.get(dossier.path + end) for end in ("", "/versionen", "/dossier.md")]
    seen += [guest.get(f"/dossiers/{dossier.id}", follow_redirects=True), guest.get("/dossiers")]
    for answer in seen:
        assert answer.status_code == 200
        assert not any(w in answer.text for w in ("Zaunk", "zaunk", "Drosselbart", "Rotkehl"))
    for end in ("/entwurf", "/vergleich?von=1&bis=entwurf", "/titelbild/entwurf"):
        assert guest.get(dossier.path + end).status_code in (302, 404)
    assert guest.get("/api/v1/search?q=Drosselbart").json["total"] == 0
    assert "Rotkehlchen" in client.get(f"{dossier.path}/entwurf").text
