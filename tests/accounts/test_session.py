"""Signing in and out, forgotten passwords, invitations, over HTTP."""

import re

import pytest

from kts.accounts import services
from kts.accounts.models import Invitation, PasswordReset, User
from kts.core.mail import MailDelivery
from kts.extensions import db
from tests.conftest import PASSWORD, make_app


def sign_in(client, email, password=PASSWORD, **query):
    return client.post("/anmelden", query_string=query, data={"email": email, "password": password})


def link_in_last_mail():
    delivery = db.session.scalars(db.select(MailDelivery).order_by(MailDelivery.id.desc())).first()
    return re.search(r"http://\S+?(/\S+)", delivery.body.replace("//127", "//x127"))[0].split(
        ":8000"
    )[1]


def test_right_password_lets_in_and_wrong_one_does_not(client, make_user):
    make_user(email="anna@example.org", name="Anna Beispiel")
    assert sign_in(client, "anna@example.org", "falsch").status_code == 422
    response = sign_in(client, " Anna@Example.org ", next="/konto")
    assert (response.status_code, response.location) == (303, "/konto")
    assert "Anna Beispiel" in client.get("/konto").text


def test_unknown_and_known_addresses_get_the_same_answer(client, make_user):
    make_user(email="anna@example.org")
    known = sign_in(client, "anna@example.org", "falsch")
    unknown = sign_in(client, "otto@example.org", "falsch")
    assert known.status_code == unknown.status_code == 422
    assert known.text.replace("anna@", "otto@") == unknown.text or _same_but_nonce(known, unknown)


def _same_but_nonce(one, other):
    strip = re.compile(r'nonce="[^"]+"|anna@|otto@')
    return strip.sub("", one.text) == strip.sub("", other.text)


def test_an_unknown_address_costs_the_same_hashing(client, make_user, monkeypatch):
    make_user(email="anna@example.org")
    checked = []
    original = services.passwords.verify
    monkeypatch.setattr(
        services.passwords, "verify", lambda *given: checked.append(given) or original(*given)
    )
    sign_in(client, "anna@example.org", "falsch")
    sign_in(client, "otto@example.org", "falsch")
    assert len(checked) == 2


@pytest.mark.parametrize(
    "target", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_sign_in_leads_to_no_other_site(client, make_user, target):
    make_user(email="anna@example.org")
    assert sign_in(client, "anna@example.org", next=target).location == "/"


def test_an_inactive_account_stays_out_and_its_session_ends(client, make_user, login):
    user = make_user(email="anna@example.org")
    login(client, user)
    assert client.get("/konto").status_code == 200
    services.deactivate(make_user("admin"), user)
    db.session.commit()
    assert client.get("/konto").status_code == 302
    assert sign_in(client, "anna@example.org").status_code == 422


def test_signing_out_ends_the_session(client, make_user, login):
    login(client, make_user())
    assert client.post("/abmelden").status_code == 303
    assert client.get("/konto").location.startswith("/anmelden?next=/konto")


def test_guessing_one_account_is_slowed_down(tmp_path, database_template):
    import shutil

    shutil.copy(database_template, tmp_path / "kts.sqlite3")
    app = make_app(tmp_path, RATELIMIT_ENABLED=True)
    client = app.test_client()
    answers = [sign_in(client, "anna@example.org", f"{n}").status_code for n in range(10)]
    assert answers[:8] == [422] * 8
    assert answers[8:] == [429] * 2
    assert sign_in(client, "otto@example.org", "x").status_code == 422


def test_a_forgotten_password_is_replaced_once(client, make_user):
    make_user(email="anna@example.org")
    response = client.post("/passwort-vergessen", data={"email": "Anna@example.org"})
    assert response.status_code == 200
    path = link_in_last_mail()
    new = {"password": "ein anderes langes", "again": "ein anderes langes"}
    assert client.post(path, data={**new, "again": "anders"}).status_code == 422
    assert client.post(path, data=new).status_code == 303
    assert client.get("/konto").status_code == 200
    client.post("/abmelden")
    assert client.get(path).status_code == 410
    assert sign_in(client, "anna@example.org").status_code == 422
    assert sign_in(client, "anna@example.org", new["password"]).status_code == 303


def test_an_unknown_address_gets_no_mail_but_the_same_page(client, make_user):
    make_user(email="anna@example.org")
    unknown = client.post("/passwort-vergessen", data={"email": "otto@example.org"})
    assert db.session.scalar(db.select(db.func.count(MailDelivery.id))) == 0
    known = client.post("/passwort-vergessen", data={"email": "anna@example.org"})
    assert _same_but_nonce(known, unknown)
    assert db.session.scalar(db.select(db.func.count(PasswordReset.id))) == 0


def test_a_tampered_link_is_refused(client, make_user):
    token = services.reset_token(make_user())
    assert client.get(f"/passwort-neu/{token}").status_code == 200
    assert client.get(f"/passwort-neu/{token}x").status_code == 410
    assert client.get("/passwort-neu/xyz").status_code == 410


def test_an_invitation_makes_one_account(client, make_user):
    services.invite(make_user("moderator"), "neu@example.org", name="Neu")
    db.session.commit()
    path = link_in_last_mail()
    data = {"name": "Nele Neu", "password": "ein langes neues", "again": "ein langes neues"}
    assert "neu@example.org" in client.get(path).text
    assert client.post(path, data=data).status_code == 303
    assert client.get("/konto").status_code == 200
    assert client.get(path).status_code == 410
    assert db.session.scalar(db.select(User).filter_by(email="neu@example.org")).role == "member"


def test_only_who_manages_members_withdraws_an_invitation(app, make_user, login):
    moderator = make_user("moderator")
    link = services.invite(moderator, "neu@example.org")
    db.session.commit()
    invitation = db.session.scalar(db.select(Invitation))
    path = f"/einladung/{invitation.id}/zurueckziehen"
    assert login(app.test_client(), make_user()).post(path).status_code == 403
    assert app.test_client().post(path).status_code == 403
    assert login(app.test_client(), moderator).post(path).status_code == 303
    assert app.test_client().get(link.split(":8000")[1]).status_code == 410


def test_a_session_does_not_survive_a_new_password(app, make_user, login):
    user = make_user()
    here, elsewhere = login(app.test_client(), user), login(app.test_client(), user)
    data = {"current": PASSWORD, "password": "ganz neues Wort", "again": "ganz neues Wort"}
    assert here.post("/konto/passwort", data={**data, "current": "x"}).status_code == 422
    assert here.post("/konto/passwort", data=data).status_code == 303
    assert here.get("/konto").status_code == 200
    assert elsewhere.get("/konto").status_code == 302


def test_a_link_on_another_site_gets_the_strict_cookie_on_a_second_try(client):
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    response = client.get("/konto", headers=headers)
    assert response.status_code == 200
    assert response.headers["Refresh"] == "0"


def test_cookies_are_strict_and_hidden_from_scripts(client, make_user):
    make_user(email="anna@example.org")
    response = sign_in(client, "anna@example.org")
    cookie = response.headers["Set-Cookie"]
    assert "SameSite=Strict" in cookie
    assert "HttpOnly" in cookie
