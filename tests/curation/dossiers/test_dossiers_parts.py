"""What can be put into a dossier, in which order, and two editors at once."""

import io

import pytest

from kts.curation.dossiers import services
from kts.curation.dossiers.comparing import moved_among
from kts.curation.dossiers.models import DossierItem
from kts.documents import services as documents
from kts.extensions import db
from kts.forum import services as forum
from kts.forum.services.kinds import Details, open_thread


def order_form(dossier, items, **values):
    ids = ",".join(str(item.id) for item in items)
    return {"version": dossier.order_version, "order": ids, **values}


@pytest.fixture
def three(client, dossier, parts):
    for note in ("Zwei", "Drei"):
        client.post(f"/dossiers/{dossier.id}/teile", data={"note": note})
    return parts(dossier)


@pytest.mark.parametrize(
    "address",
    [
        "/dokumente/4711",
        "/thema/4711-x",
        "/beitrag/4711",
        "/kuratierung",
        "javascript:alert(1)",
        "ftp://example.org/x",
        "//example.org",
        "http://[",
        "Sensoren",
        "https://example.org/ohne-titel",
        "https://example.org/" + "x" * 980,
    ],
)
def test_what_leads_nowhere_is_not_added(client, dossier, parts, address):
    answer = client.post(f"/dossiers/{dossier.id}/teile", data={"address": address})
    assert answer.status_code == 422
    assert len(parts(dossier)) == 1


def test_posts_experiences_chapters_and_quotations_are_added(
    app, client, moderator, dossier, thread, parts
):
    post = forum.add_post(moderator, thread, "Wir haben zwölf Sensoren am Markt.")
    details = Details("experience", experience={"failed": "Die Batterien waren leer."})
    told = open_thread(moderator, thread.category, "Ein Winter", "", details)
    db.session.commit()
    add = f"/dossiers/{dossier.id}/teile"
    client.post(add, data={"heading": "Was andere sagen"})
    client.post(add, data={"address": f"{thread.path}#beitrag-2", "quote": "zwölf Sensoren"})
    client.post(add, data={"address": told.path, "note": "Ehrlich."})
    again = client.post(add, data={"address": f"/beitrag/{post.id}", "quote": "zwölf Sensoren"})
    assert again.status_code == 422  # it is in already
    assert [(item.kind, item.object_id) for item in parts(dossier)[1:]] == [
        ("heading", None),
        ("post", post.id),
        ("experience", told.id),
    ]
    client.post(f"/dossiers/{dossier.id}/veroeffentlichen")
    page = app.test_client().get(dossier.path).text
    assert f'href="/beitrag/{post.id}"' in page
    assert '<p class="kts-lines">zwölf Sensoren</p>' in page
    assert "Die Batterien waren leer." in page
    assert ">Was andere sagen</h2>" in page


def test_a_page_stays_the_page_of_its_version(app, client, moderator, dossier, publish, parts):
    document = publish("Strategie", text="Alter Wortlaut.")
    add = f"/dossiers/{dossier.id}/teile"
    client.post(add, data={"address": f"{document.path}/seite/1"})
    client.post(add, data={"address": document.path})
    received = documents.receive(io.BytesIO(b"Neuer Wortlaut."), "neu.txt")
    documents.publish_version(None, document, received)
    db.session.commit()
    client.post(f"/dossiers/{dossier.id}/veroeffentlichen")
    page = app.test_client().get(dossier.path).text
    assert f"{document.path}/seite/1?version=1" in page
    assert "Alter Wortlaut." in page
    assert "Neuer Wortlaut." not in page
    item = parts(dossier)[1]
    change = f"/dossiers/{dossier.id}/teile/{item.id}"
    assert client.post(change, data={"version": 1, "last_page": "9"}).status_code == 422
    assert client.post(change, data={"version": 1, "newest": "y"}).status_code == 303
    client.post(f"/dossiers/{dossier.id}/veroeffentlichen")
    page = app.test_client().get(dossier.path).text
    assert "Neuer Wortlaut." in page
    assert "Alter Wortlaut." not in page


def test_parts_change_places_without_a_mouse_and_are_taken_out(client, dossier, three, parts):
    one, two, last = (item.id for item in three)

    def press(item, name):
        items = parts(dossier)
        data = order_form(dossier, items, move=f"{item}:{name}")
        answer = client.post(f"/dossiers/{dossier.id}/reihenfolge", data=data)
        assert answer.status_code == 303
        fragment = answer.location.partition("#")[2]
        assert f'id="{fragment}"' in client.get(answer.location).text
        assert fragment == f"{name}-{item}"  # the button keeps the focus
        return [item.id for item in parts(dossier)]

    assert press(last, "hoch") == [one, last, two]
    assert press(one, "hoch") == [one, last, two]
    assert press(one, "runter") == [last, one, two]
    data = order_form(dossier, parts(dossier), move="platz") | {f"platz-{two}": "1"}
    answer = client.post(f"/dossiers/{dossier.id}/reihenfolge", data=data)
    assert [item.id for item in parts(dossier)] == [two, last, one]
    undo = {"version": dossier.order_version, "order": f"{last},{one},{two}"}
    assert f'value="{undo["order"]}"' in client.get(answer.location).text
    client.post(f"/dossiers/{dossier.id}/reihenfolge", data=undo)
    assert [item.id for item in parts(dossier)] == [last, one, two]
    client.post(f"/dossiers/{dossier.id}/teile/{one}/entfernen")
    assert [item.id for item in parts(dossier)] == [last, two]
    back = f"/dossiers/{dossier.id}/teile/{one}/zurueckholen"
    assert back in client.get(f"/dossiers/{dossier.id}/bearbeiten").text
    client.post(back)
    assert [item.id for item in parts(dossier)] == [last, one, two]


def test_a_script_saves_the_order_and_learns_the_new_state(client, dossier, three, parts):
    wanted = [three[2], three[0], three[1]]
    answer = client.post(
        f"/dossiers/{dossier.id}/reihenfolge",
        data=order_form(dossier, wanted),
        headers={"Accept": "application/json"},
    )
    ids = [item.id for item in wanted]
    assert answer.json["order"] == ids
    assert answer.json["before"] == [item.id for item in three]
    assert [item.id for item in parts(dossier)] == ids
    assert answer.json["version"] == dossier.order_version


def test_two_editors_who_arrange_at_once_are_shown_both_orders(client, dossier, three, parts):
    stale = order_form(dossier, [three[1], three[0], three[2]])
    client.post(
        f"/dossiers/{dossier.id}/reihenfolge",
        data=order_form(dossier, three, move=f"{three[2].id}:anfang"),
    )
    client.post(f"/dossiers/{dossier.id}/teile", data={"note": "Vier"})
    client.post(f"/dossiers/{dossier.id}/teile/{three[0].id}/entfernen")
    late = client.post(f"/dossiers/{dossier.id}/reihenfolge", data=stale)
    assert late.status_code == 409
    now = [item.id for item in parts(dossier)]
    added = now[-1]
    assert now == [three[2].id, three[1].id, added]  # nothing was changed
    joined = f"{three[1].id},{added},{three[2].id}"  # what came meanwhile is in, what went is not
    assert f'value="{joined}"' in late.text
    client.post(
        f"/dossiers/{dossier.id}/reihenfolge",
        data={"version": dossier.order_version, "order": joined},
    )
    assert ",".join(str(item.id) for item in parts(dossier)) == joined


def test_two_editors_do_not_overwrite_each_others_words(client, dossier, parts, saved):
    version = dossier.version
    path = f"/dossiers/{dossier.id}/bearbeiten"
    assert client.post(path, data={"title": "Erste", "version": version}).status_code == 303
    late = client.post(path, data={"title": "Zweite", "version": version})
    assert late.status_code == 409
    assert 'value="Zweite"' in late.text
    assert "<del>" in late.text  # both are laid beside each other
    assert saved(dossier).title == "Erste"
    item = parts(dossier)[0]
    path = f"/dossiers/{dossier.id}/teile/{item.id}"
    assert client.post(path, data={"note": "Meines", "version": 1}).status_code == 303
    late = client.post(path, data={"note": "Deines", "version": 1})
    assert late.status_code == 409
    assert "Deines" in late.text
    assert "Meines" in late.text
    assert parts(dossier)[0].note == "Meines"
    assert client.post(path, data={"note": " ", "version": 2}).status_code == 422


def test_a_part_of_another_dossier_is_not_touched(client, moderator, dossier, three, parts):
    other = services.create_dossier(moderator, "Anderes")
    db.session.commit()
    item = three[0].id
    for path in ("", "/entfernen"):
        answer = client.post(f"/dossiers/{other.id}/teile/{item}{path}", data={"note": "X"})
        assert answer.status_code == 404
    data = {"version": other.order_version, "order": str(item), "move": f"{item}:ende"}
    client.post(f"/dossiers/{other.id}/reihenfolge", data=data)
    assert [item.id for item in parts(dossier)] == [item.id for item in three]


@pytest.mark.parametrize("move", ["x", "1:quer", "4711:hoch", "1:²", ":"])
def test_an_order_that_makes_no_sense_changes_nothing(client, dossier, three, parts, move):
    data = order_form(dossier, three, move=move)
    client.post(f"/dossiers/{dossier.id}/reihenfolge", data=data)
    assert [item.id for item in parts(dossier)] == [item.id for item in three]


def test_what_is_hidden_later_vanishes_for_readers_and_is_marked_for_editors(
    app, client, moderator, dossier, thread, publish
):
    document = publish("Akte Zaunkönig")
    post = forum.add_post(moderator, thread, "Der Drosselbart.")
    services.add_item(moderator, dossier, DossierItem(kind="heading", title="Kapitel Pirol"))
    services.add_address(moderator, dossier, document.path, note="Rotkehlchen")
    services.add_address(moderator, dossier, f"/beitrag/{post.id}", quote="Drosselbart")
    services.publish_dossier(moderator, dossier)
    db.session.commit()
    words = ("Zaunkönig", "Rotkehlchen", "Drosselbart", "Pirol")
    guest = app.test_client()
    page = guest.get(dossier.path).text
    assert all(word in page for word in words)
    documents.hide_document(moderator, document, "Falsch")
    forum.hide_post(moderator, post, "Namen")
    db.session.commit()
    for end in ("", "/dossier.md", "/zitat.bib?quellen=1", "/version/1"):
        page = guest.get(dossier.path + end).text
        assert not any(word in page for word in words), end
    assert client.get(f"/dossiers/{dossier.id}/bearbeiten").text.count('data-name="') == 4


def test_adding_from_the_page_of_a_document(
    app, client, moderator, dossier, publish, make_user, login, parts
):
    document = publish("Strategie")
    link = f"/dossiers/aufnehmen?adresse={document.path}/seite/1"
    assert link.replace("/", "%2F") in client.get(f"{document.path}/seite/1").text.replace(
        link, link.replace("/", "%2F")
    )
    member = login(app.test_client(), make_user())
    assert "/dossiers/aufnehmen" not in member.get(f"{document.path}/seite/1").text
    assert member.get(link).status_code == 403
    assert client.get(link).status_code == 200
    data = {"dossier": dossier.id, "address": f"{document.path}/seite/1"}
    assert client.post("/dossiers/aufnehmen", data=data).status_code == 303
    assert parts(dossier)[-1].object_id == document.id
    other = services.create_dossier(moderator, "Fremdes")
    db.session.commit()
    assert member.post("/dossiers/aufnehmen", data=data | {"dossier": other.id}).status_code == 403


def test_the_fewest_parts_count_as_moved():
    assert moved_among([1, 2, 3, 4], [1, 2, 3, 4]) == set()
    assert moved_among([1, 2, 3, 4], [4, 1, 2, 3]) == {4}
    assert moved_among([], []) == set()
