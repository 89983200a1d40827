import pytest


def test_the_language_is_remembered_in_a_cookie_and_leads_back(client):
    response = client.get("/sprache/en?next=/impressum")

    assert response.status_code == 303
    assert response.headers["Location"] == "/impressum"
    assert 'lang="en"' in client.get("/impressum").text
    assert 'lang="de"' in client.get(client.get("/sprache/de").headers["Location"]).text


def test_a_signed_in_person_keeps_the_language_in_her_account(client, make_user, login, db_session):
    user = make_user()
    login(client, user).get("/sprache/en")
    db_session.refresh(user)
    assert user.language == "en"


def test_a_guest_gets_no_session_for_choosing(client):
    response = client.get("/darstellung/dark")
    names = [cookie.split("=")[0] for cookie in response.headers.getlist("Set-Cookie")]
    assert names == ["kts_theme"]


def test_light_and_dark_are_remembered_and_auto_follows_the_device(client):
    for theme in ("dark", "light"):
        client.get(f"/darstellung/{theme}")
        assert f'data-kern-theme="{theme}"' in client.get("/").text
    client.get("/darstellung/auto")
    assert "data-kern-theme" not in client.get("/").text


def test_a_cookie_with_nonsense_changes_nothing(client):
    client.set_cookie("kts_theme", '"><script>')
    client.set_cookie("kts_lang", "xx")
    page = client.get("/")
    assert page.status_code == 200
    assert "data-kern-theme" not in page.text


@pytest.mark.parametrize("path", ["/sprache/fr", "/darstellung/pink"])
def test_what_does_not_exist_cannot_be_chosen(client, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/sprache/en", "/darstellung/dark"])
@pytest.mark.parametrize("address", ["https://evil.example", "//evil.example", "//["])
def test_the_way_back_never_leaves_this_site(client, path, address):
    assert client.get(path, query_string={"next": address}).location == "/"
