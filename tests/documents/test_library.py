"""The list, a document, its pages, as guest, member, editor and moderator see them."""

import pytest

from kts.core import storage
from kts.documents import services
from tests.documents import samples


def test_a_guest_reads_the_list_and_a_document(client, publish, town, topics):
    document = publish(title="Digitalstrategie", municipality_id=town.id, topics=topics, year=2024)
    listed = client.get("/dokumente").text
    assert "Digitalstrategie" in listed
    assert "/kommunen/musterhausen" in listed
    shown = client.get(document.path)
    assert shown.status_code == 200
    for text in ("Musterhausen", "2024", "Mobilität", "Ausgangslage", "Ziele", "2 Kapitel"):
        assert text in shown.text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=digitalSTRATEGIE", True),
        ("q=oekologie", True),
        ("q=haushalt", False),
        ("kommune=musterhausen", True),
        ("kommune=beispielstadt", False),
        ("land=08", True),
        ("land=09", False),
        ("handlungsfeld=mobilitaet", True),
        ("handlungsfeld=kultur", False),
        ("jahr=2024", True),
        ("jahr=2023", False),
        ("art=strategy", True),
        ("art=report", False),
        ("jahr=abc&art=unsinn&page=-3&sortierung=x", True),
    ],
)
def test_filters_narrow_the_list(client, publish, town, topics, query, found):
    publish(
        title="Digitalstrategie Ökologie",
        municipality_id=town.id,
        topics=topics[:1],
        year=2024,
    )
    assert ("Digitalstrategie Ökologie" in client.get(f"/dokumente?{query}").text) is found


def test_the_list_needs_a_fixed_number_of_statements(
    client, publish, town, other_town, topics, query_counter
):
    publish(title="Eins", municipality_id=town.id, topics=topics)
    with query_counter() as before:
        client.get("/dokumente")
    publish(title="Zwei", municipality_id=other_town.id, topics=topics)
    publish(title="Drei", municipality_id=town.id, topics=topics[:1])
    with query_counter() as after:
        client.get("/dokumente")
    assert len(after) == len(before)


def test_an_old_title_in_the_address_leads_to_the_new_one(client, publish):
    document = publish(title="Neuer Titel")
    for address in (f"/dokumente/{document.id}-alt", f"/dokumente/{document.id}"):
        answer = client.get(address)
        assert (answer.status_code, answer.location) == (301, document.path)
    answer = client.get(f"/dokumente/{document.id}-alt/seite/2?q=wort")
    assert answer.location == f"{document.path}/seite/2?q=wort"


def test_what_is_for_members_or_a_group_is_unknown_to_others(client, publish, make_user, login):
    document = publish(title="Nur intern", visibility="members")
    addresses = [
        document.path,
        f"{document.path}/seite/1",
        f"{document.path}/datei",
        f"{document.path}/suche?q=x",
    ]
    assert [client.get(address).status_code for address in addresses] == [404] * 4
    assert "Nur intern" not in client.get("/dokumente").text
    login(client, make_user())
    assert [client.get(address).status_code for address in addresses[:3]] == [200] * 3
    assert "Nur intern" in client.get("/dokumente").text


def test_pictures_and_file_of_a_hidden_document_are_unknown(
    client, publish, make_user, login, town, db_session
):
    document = publish(samples.pdf(1), "a.pdf", title="Versteckt", municipality_id=town.id)
    moderator = make_user("moderator")
    services.hide_document(moderator, document, "Urheberrecht ungeklärt")
    db_session.commit()
    addresses = [
        document.path,
        f"{document.path}/seite/1",
        f"{document.path}/seite/1/bild",
        f"{document.path}/datei",
    ]
    assert [client.get(address).status_code for address in addresses] == [404] * 4
    login(client, make_user(edits=[town]))
    assert "Urheberrecht ungeklärt" in client.get(document.path).text
    login(client, moderator)
    assert "Versteckt" not in client.get("/dokumente").text
    assert [client.get(address).status_code for address in addresses] == [200] * 4


def test_a_page_shows_picture_text_and_ways_on(client, publish):
    document = publish(samples.pdf(3), "a.pdf", title="Bericht")
    page = client.get(f"{document.path}/seite/2").text
    assert "Kennwort2" in page
    assert f"{document.path}/seite/2/bild?version=1" in page
    assert f'href="{document.path}/seite/1"' in page
    assert f'href="{document.path}/seite/3"' in page
    assert f"/forum/neu?dokument={document.id}&amp;seite=2" in page
    assert client.get(f"{document.path}/seite/4").status_code == 404
    assert client.get(f"{document.path}/seite/0").status_code == 404


def test_a_picture_is_drawn_when_a_page_is_looked_at_first(client, publish, db_session):
    document = publish(samples.pdf(2), "a.pdf", title="Bericht")
    answer = client.get(f"{document.path}/seite/2/bild?version=1")
    assert (answer.status_code, answer.mimetype) == (200, "image/webp")
    assert "private" in answer.headers["Cache-Control"]
    again = client.get(
        f"{document.path}/seite/2/bild", headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert again.status_code == 304
    assert client.get(f"{document.path}/seite/9/bild").status_code == 404


def test_words_of_the_query_are_marked_and_nothing_else_becomes_html(client, publish):
    document = publish("# Titel\n\nEin <script>alert(1)</script> Sensornetz & mehr. " * 20)
    page = client.get(f"{document.path}/seite/1?q=sensornetze").text
    assert "<mark>Sensornetz</mark> &amp; mehr" in page
    assert "<script>alert" not in page


def test_words_are_marked_in_the_text_of_a_pdf(client, publish):
    document = publish(samples.pdf(1), "a.pdf")
    page = client.get(f"{document.path}/seite/1?q=Hochwasserschutz").text
    assert "<mark>Hochwasserschutz</mark>" in page


def test_a_typed_number_leads_to_its_page(client, publish):
    document = publish(samples.pdf(3), "a.pdf")
    for typed, number in (("2", 2), ("99", 3), ("0", 1), ("unsinn", 1), ("", 1)):
        answer = client.get(f"{document.path}/seite?nummer={typed}")
        assert answer.location == f"{document.path}/seite/{number}"


def test_an_older_version_stays_readable_and_says_that_it_is_old(client, publish, publish_again):
    document = publish("Der alte Wortlaut.", "a.txt", title="Konzept")
    publish_again(document, "Der neue Wortlaut.", "b.txt", label="Beschluss")
    assert "Der neue Wortlaut" in client.get(f"{document.path}/seite/1").text
    old = client.get(f"{document.path}/seite/1?version=1").text
    assert "Der alte Wortlaut" in old
    assert "Sie lesen Fassung 1" in old or "You are reading version 1" in old
    assert client.get(f"{document.path}/seite/1?version=3").status_code == 404
    assert client.get(f"{document.path}/datei?version=1").data == b"Der alte Wortlaut."
    assert client.get(f"{document.path}/datei").data == b"Der neue Wortlaut."


def test_the_original_is_only_ever_saved(client, publish):
    document = publish("Ein Text.", '../../böse"<name>\r\n.txt', title="Datei")
    answer = client.get(f"{document.path}/datei")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "\n" not in answer.headers["Content-Disposition"]
    assert ".." not in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_a_missing_file_is_not_found(client, publish):
    document = publish("Ein Text.", "a.txt")
    storage.delete_blob(document.current_version.blob_key)
    assert client.get(f"{document.path}/datei").status_code == 404


def test_a_scan_says_that_it_has_no_text(client, publish):
    document = publish(samples.scanned_pdf(), "scan.pdf", title="Scan")
    assert "kern-alert--warning" in client.get(document.path).text
    assert client.get(f"{document.path}/seite/1").status_code == 200
