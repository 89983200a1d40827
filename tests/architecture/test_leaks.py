"""What somebody may not see appears nowhere: not on a page, in a search, a count or the interface.

Everything secret carries a word of its own; the outsider asks every address there is for it.
"""

import io

import pytest
from sqlalchemy import select

from kts.accounts import services as accounts
from kts.accounts.models import GroupMembership
from kts.documents import services as documents
from kts.documents.models import DocumentVersion
from kts.forum import services as forum
from kts.municipalities.models import Municipality
from kts.search import sync
from tests.architecture.test_routes import routes

SECRETS = ("Zaunkoenig", "Drosselbart", "Kranichflug", "Eisvogelnest", "Rotkehlchen")
FORMS = (*SECRETS, *(word.lower() for word in SECRETS))


@pytest.fixture
def town(db_session):
    town = Municipality(name="Musterhausen", slug="musterhausen", kind="town", land="08")
    db_session.add(town)
    db_session.commit()
    return town


@pytest.fixture
def publish(db_session, town, monkeypatch):
    from kts.core.tasks import TASKS

    monkeypatch.setitem(TASKS, "kts.documents.tasks.draw_previews", lambda _id: None)

    def make(title, text, visibility):
        received = documents.receive(io.BytesIO(text.encode()), f"{title}.txt")
        document = documents.publish_document(
            None, received, title=title, visibility=visibility, municipality_id=town.id
        )
        db_session.commit()
        return document

    return make


@pytest.fixture
def world(db_session, make_user, town, publish):
    """Give people and the addresses of what guests and outsiders must not see."""
    moderator, insider = make_user("moderator"), make_user()
    group = accounts.create_group(moderator, "Gruppe Zaunkoenig")
    accounts.add_to_group(insider, group)
    inside = publish("Bericht Zaunkoenig", "Der Zaunkoenig singt im Verborgenen.", group.token)
    hidden = publish("Alter Drosselbart", "Der Drosselbart war ein Irrtum.", "public")
    documents.hide_document(moderator, hidden, "Drosselbart")
    openly = forum.create_category(None, "Offen", visibility="public")
    closed = forum.create_category(None, "Raum Kranichflug", visibility=group.token)
    secret = forum.create_thread(
        insider, closed, "Thema Kranichflug", "Kranichflug im Oktober", municipality_id=town.id
    )
    moved = forum.create_thread(
        insider, openly, "Thema Eisvogelnest", "Eisvogelnest am Bach", municipality_id=town.id
    )
    forum.move_thread(moderator, moved, closed, "gehört hierher")
    link = f"Siehe [Akte](/dokumente/{inside.id})"
    seen = forum.create_thread(insider, openly, "Offenes Thema", link)
    post = forum.add_post(insider, seen, "Das Rotkehlchen wohnt in Haus 7.")
    forum.edit_post(insider, post, "Das Rotkehlchen ist umgezogen.", version=1)
    forum.hide_post(moderator, post, "Namen von Personen")
    db_session.commit()
    sync.drain()
    version = db_session.scalar(select(DocumentVersion).filter_by(document_id=inside.id))
    return {
        "insider": insider,
        "group": group,
        "paths": [
            *(inside.path + end for end in ("", "/seite/1", "/datei", "/suche?q=Zaunkoenig")),
            *(inside.path + end for end in ("/seite/1/bild", "/titelbild", "/seite?nummer=1")),
            *(hidden.path + end for end in ("", "/seite/1", "/datei")),
            f"{inside.path}/datei?version={version.number}",
            f"/dokumente/{inside.id}",
            f"/dokumente/{hidden.id}",
            f"/forum/{closed.slug}",
            secret.path,
            moved.path,
            f"/beitrag/{secret.last_post_id}",
            f"/beitrag/{post.id}/verlauf",
            f"/api/v1/documents/{inside.id}",
            f"/api/v1/documents/{hidden.id}",
            f"/api/v1/threads/{secret.id}",
            f"/api/v1/threads/{moved.id}",
            f"/gruppen/{group.slug}",
        ],
        "shown": [seen.path, f"{seen.path}?zitat={post.id}", town.path],
        "asked": inside.id,
    }


def everywhere(app, world):
    """Give all pages without parameters, the searches, and what the world shows openly."""
    plain = [rule.rule for rule, methods, _a in routes(app) if "<" not in rule.rule]
    plain += ["/forum/offen", *world["shown"], "/api/v1/threads"]
    plain += ["/api/v1/documents", "/dokumente?art=&kommune=musterhausen", "/?x"]
    for word in SECRETS:
        for asked in (word, word[:-2], f"{word}x", word.lower()):
            plain += [f"/suche?q={asked}", f"/api/v1/search?q={asked}"]
            plain += [f"/suche/vorschlaege?q={asked}", f"/dokumente?q={asked}"]
    return plain


@pytest.mark.parametrize("who", ["guest", "outsider", "removed"])
def test_what_is_not_for_them_is_nowhere(app, world, login, make_user, db_session, who):
    client = app.test_client()
    if who == "outsider":
        login(client, make_user())
    if who == "removed":
        person = make_user(groups=[world["group"]])
        login(client, person)
        assert client.get(world["paths"][0]).status_code == 200
        membership = db_session.query(GroupMembership).filter_by(user_id=person.id).one()
        accounts.remove_from_group(person, membership)
        db_session.commit()
    told = []
    for path in everywhere(app, world):
        page = client.get(path, follow_redirects=True)
        asked = path.partition("q=")[2]
        for word in FORMS:
            if word in page.text and word not in asked and asked.lower() != word.lower():
                told.append((path, word))
    assert told == []
    for path in world["paths"]:
        answer = client.get(path)
        refused = answer.status_code == 404 or "/anmelden" in (answer.location or "")
        assert refused, (path, answer.status_code)
    asked = client.get(f"/forum/neu?dokument={world['asked']}&seite=1")
    assert asked.status_code == (302 if who == "guest" else 404)
    for word in SECRETS:
        answer = client.get("/api/v1/search", query_string={"q": word}).json
        assert (answer["total"], answer["hits"]) == (0, []), word
        assert not any(answer["facets"].values()), word


def test_the_world_is_there_for_those_inside(app, world, login):
    """Without this the test above would pass on an empty site."""
    client = login(app.test_client(), world["insider"])
    for word in ("Zaunkoenig", "Kranichflug", "Eisvogelnest"):
        assert client.get(f"/api/v1/search?q={word}").json["total"] >= 1, word
    assert "Bericht Zaunkoenig" in client.get(world["shown"][0]).text


def test_an_account_that_was_switched_off_is_a_guest(app, world, login, make_user, db_session):
    person = make_user(groups=[world["group"]])
    client = login(app.test_client(), person)
    assert client.get(world["paths"][0]).status_code == 200
    accounts.deactivate(world["insider"], person)
    db_session.commit()
    assert client.get(world["paths"][0]).status_code == 404


@pytest.mark.parametrize("name", ["b.html", "b.svg", 'a"; filename="evil.html', "a\r\nX-Evil: 1"])
def test_an_upload_is_saved_and_never_shown(client, publish, name):
    document = publish("Skript", "Ein Text. <script>alert(1)</script> <svg onload=1>", "public")
    version = document.current_version
    version.filename = documents._shown_name(name, "txt")
    answer = client.get(f"{document.path}/datei")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.mimetype == "text/plain"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "X-Evil" not in answer.headers
    assert "<script>alert" not in client.get(f"{document.path}/seite/1").text
