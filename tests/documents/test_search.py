"""What is published can be found at once, page by page, by those who may see it."""

from kts.documents import services
from tests.documents import samples


def test_a_page_is_found_within_its_document(client, publish, town):
    document = publish(samples.pdf(6), "a.pdf", title="Bericht", municipality_id=town.id)
    publish(samples.pdf(6), "b.pdf", title="Anderer Bericht")
    found = client.get(f"{document.path}/suche?q=Kennwort4").text
    assert f"{document.path}/seite/4?q=Kennwort4" in found
    assert f"{document.path}/seite/3" not in found
    nothing = client.get(f"{document.path}/suche?q=Quantenphysik")
    assert nothing.status_code == 200
    assert "kts-empty" in nothing.text
    assert client.get(f"{document.path}/suche").status_code == 200


def test_a_phrase_of_a_strategy_leads_to_its_page(client, publish, town):
    document = publish(samples.pdf(6), "a.pdf", title="Bericht", municipality_id=town.id)
    found = client.get("/suche?q=Kennwort5").text
    assert f"{document.path}/seite/5" in found


def test_what_is_hidden_or_not_for_guests_is_not_found(
    client, publish, make_user, login, db_session
):
    document = publish("Der Zauberspruch lautet Abrakadabra.", "a.txt", visibility="members")
    assert document.path not in client.get("/suche?q=Abrakadabra").text
    login(client, make_user())
    assert document.path in client.get("/suche?q=Abrakadabra").text
    services.hide_document(make_user("moderator"), document, "Grund")
    db_session.commit()
    assert document.path not in client.get("/suche?q=Abrakadabra").text


def test_what_only_an_older_version_says_is_found_and_says_so(client, publish, publish_again):
    document = publish("Im Zoo lebt ein Walross.", "a.txt", title="Konzept")
    publish_again(document, "Das Fahrrad gewinnt.", "b.txt")
    newest = client.get("/suche?q=Fahrrad").text
    assert f"{document.path}/seite/1?q=Fahrrad" in newest
    assert "ältere Fassung" not in newest
    old = client.get("/suche?q=Walross").text
    assert f"{document.path}/seite/1?version=1&amp;q=Walross" in old
    assert "ältere Fassung" in old
