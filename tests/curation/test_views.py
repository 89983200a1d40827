"""The desk and the log are for moderators."""

from kts.accounts import services
from kts.core import audit
from kts.extensions import db


def test_the_desk_is_for_moderators_and_shows_what_waits(app, make_user, login):
    services.request_membership(name="Nele", email="nele@example.org", message="Bitte")
    db.session.commit()
    assert app.test_client().get("/kuratierung").status_code == 302
    for path in ("/kuratierung", "/kuratierung/protokoll"):
        assert login(app.test_client(), make_user()).get(path).status_code == 403
    page = login(app.test_client(), make_user("moderator")).get("/kuratierung")
    assert "/anfragen" in page.text


def test_the_log_is_filtered(client, make_user, login):
    moderator = make_user("moderator", name="Maria Muster")
    audit.record(moderator, "thread.lock", make_user(), reason="Zu laut")
    audit.record(moderator, "post.hide", make_user(), reason="Werbung")
    db.session.commit()
    login(client, moderator)
    page = client.get("/kuratierung/protokoll?aktion=thread.lock&person=maria&tage=3").text
    assert "Zu laut" in page
    assert "Werbung" not in page
    assert client.get("/kuratierung/protokoll?tage=x&page=-3").status_code == 200


def test_the_desk_costs_a_fixed_number_of_statements(client, make_user, login, query_counter):
    login(client, make_user("moderator"))
    client.get("/kuratierung")
    with query_counter() as before:
        client.get("/kuratierung")
    for number in range(3):
        services.request_membership(name="N", email=f"n{number}@example.org", message="x")
    db.session.commit()
    with query_counter() as after:
        client.get("/kuratierung")
    assert len(after) == len(before)
