"""What somebody may not see appears nowhere: not on a page, in a search, a count or the interface.

Everything secret carries a word of its own; the outsider asks every address there is for it.
"""

import io
import itertools
import re
from datetime import timedelta

import pytest
from sqlalchemy import select
from werkzeug.routing import AnyConverter, IntegerConverter

from kts.accounts import services as accounts
from kts.accounts.models import GroupMembership
from kts.core.clock import now
from kts.curation.distilling import services as distilling
from kts.curation.dossiers import services as dossiers
from kts.documents import services as documents
from kts.documents.models import DocumentVersion
from kts.forum import queries
from kts.forum import services as forum
from kts.forum.models.drafts import Draft
from kts.forum.services import attachments
from kts.forum.services.kinds import Details, PollSettings, open_thread
from kts.municipalities.models import Municipality
from kts.notifications.subscriptions import choose_level
from kts.search import learning, sync
from kts.search.models import QueryCount
from tests.architecture.test_routes import routes

SECRETS = (
    *("Zaunkoenig", "Drosselbart", "Kranichflug", "Eisvogelnest", "Rotkehlchen"),
    *("Rohrdommel", "Wiedehopf"),
    # of the group's own: coordinator's description, request, poll, attachment, draft, experience
    *("Goldammer", "Neuntoeter", "Pirolruf", "Zilpzalp", "Haubenmeise", "Grauschnaepper"),
)
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

    monkeypatch.setitem(TASKS, "kts.documents.drawing.draw_previews", lambda _id: None)

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
    group = accounts.create_group(moderator, "Gruppe Zaunkoenig", "Der **Zilpzalp** ruft.")
    accounts.add_to_group(insider, group, coordinator=True)
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
    attachment = _closed_contents(db_session, insider, closed, town)
    link = f"Siehe [Akte](/dokumente/{inside.id})"
    seen = forum.create_thread(insider, openly, "Offenes Thema", link)
    post = forum.add_post(insider, seen, "Das Rotkehlchen wohnt in Haus 7.")
    forum.edit_post(insider, post, "Das Rotkehlchen ist umgezogen.", version=1)
    forum.hide_post(moderator, post, "Namen von Personen")
    draft = dossiers.create_dossier(moderator, "Dossier Rohrdommel", "Die Rohrdommel ruft.")
    for days in range(9):  # what was searched is for moderators, however often it was
        day = now().date() - timedelta(days=days)
        counts = {"searches": 9, "empty": 0, "weak": 0, "clicks": 9}
        db_session.add(QueryCount(day=day, folded="wiedehopf", text="Wiedehopf", **counts))
    db_session.commit()
    sync.drain()
    learning.choose_good_queries()
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
            *(f"/gruppen/{group.slug}{end}" for end in ("", "/beitreten", "/verlassen")),
            *(f"/gruppen/{group.slug}{end}" for end in ("/bearbeiten", "/bereiche")),
            f"/gruppen/{group.slug}/bereiche/{closed.slug}",
            attachment,
            draft.path,
            *("/kuratierung/wissen/1", "/kuratierung/wissen/1/vorschau", "/mitwirkung/1"),
        ],
        "slugs": [group.slug, closed.slug, town.slug, "offen", insider.handle],
        "closed": closed,
        "shown": [seen.path, f"{seen.path}?zitat={post.id}", town.path],
        "asked": inside.id,
    }


def _closed_contents(session, insider, closed, town):
    """Fill the closed room with one of everything that is said there; give the file's address."""
    poll = Details(kind="poll", poll=PollSettings(["Goldammer eins", "Goldammer zwei"]))
    open_thread(insider, closed, "Umfrage Goldammer", "Welche?", poll, municipality_id=town.id)
    words = {"failed": "Der Grauschnaepper blieb weg."}
    told = Details(kind="experience", experience=words)
    open_thread(insider, closed, "Erfahrung Grauschnaepper", "", told, municipality_id=town.id)
    received = attachments.receive_file(io.BytesIO(b"Ein Text."), "Neuntoeter.txt")
    kept = attachments.keep_attachment(insider, received)
    question = forum.create_thread(
        insider, closed, "Frage Neuntoeter", f"Siehe {attachments.markdown_of(kept)}"
    )
    question.kind = "question"
    answer = forum.add_post(insider, question, f"@{insider.handle} fragt nach der Haubenmeise.")
    distilling.ask(insider, distilling.begin(insider, question, "factsheet", [answer]))
    words = {"title": "Entwurf Pirolruf", "body": "Der Pirolruf verhallt."}
    draft = {"user_id": insider.id, "context": f"answer:{question.id}"}
    session.add(Draft(**draft, **words, municipality_id=town.id))
    return kept.path


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
        _let_her_hear_of_it(world, person)
        db_session.commit()
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


def _let_her_hear_of_it(world, person):
    """Tell a member everything, so that what was told must go with her."""
    thread = forum.create_thread(
        world["insider"], world["closed"], "Noch ein Kranichflug", f"@{person.handle} schau!"
    )
    for kind, number in (("thread", thread.id), ("category", world["closed"].id)):
        choose_level(person, kind, number, "watch")
    forum.add_post(world["insider"], thread, f"@{person.handle}, der Eisvogelnest-Bericht!")


SEPARATE = ("/healthz", "/api/v1/search", "/readyz", "/suche", "/suche/vorschlaege", "/anmelden")
CHANGING = re.compile(
    r'nonce="[^"]*"|Token": "[^"]*"|value="[\w.\-=]{12,}"|vor \w+ \w+|gerade eben|<time.*?</time>',
    re.S,
)


@pytest.mark.parametrize("who", ["guest", "outsider"])
def test_no_number_and_no_order_changes_when_something_is_said_inside(
    app, world, login, make_user, db_session, who
):
    client, person = app.test_client(), make_user()
    if who == "outsider":
        login(client, person)
    seen = [rule.rule for rule, methods, _a in routes(app) if "GET" in methods]
    seen = [path for path in seen if "<" not in path and path not in SEPARATE]
    seen += [*world["shown"], "/forum/offen", "/api/v1/threads", "/api/v1/documents"]

    def pages():
        return {path: CHANGING.sub("", client.get(path).text) for path in seen}

    pages()
    before = pages()
    counted = queries.thread_counts(person)
    secret = forum.create_thread(world["insider"], world["closed"], "Neues", "Ganz neu")
    for number in range(3):
        forum.add_post(world["insider"], secret, f"Nachtrag {number}")
    db_session.commit()
    sync.drain()
    after = pages()
    assert [path for path in seen if before[path] != after[path]] == []
    assert queries.thread_counts(person) == counted


def _built(rule, world, numbers):
    """Give addresses of a route, filled with what lies behind closed doors."""
    values = []
    for name, converter in rule._converters.items():
        if isinstance(converter, IntegerConverter):
            values.append([(name, number) for number in numbers])
        elif isinstance(converter, AnyConverter):
            values.append([(name, item) for item in sorted(converter.items)])
        else:
            values.append([(name, slug) for slug in world["slugs"]])
    for chosen in itertools.product(*values):
        yield rule.build(dict(chosen), append_unknown=False)[1]


@pytest.mark.parametrize("who", ["guest", "outsider"])
def test_no_address_made_of_known_numbers_tells_anything(app, world, login, make_user, who):
    """Whoever counts through the numbers, or knows a name, reads nothing of what is inside."""
    client = app.test_client()
    if who == "outsider":
        login(client, make_user())
    told = []
    for rule, methods, _audience in routes(app):
        if "GET" not in methods or not rule.arguments or rule.endpoint == "static":
            continue
        numbers = range(1, 8 if len(rule.arguments) == 1 else 4)
        for path in _built(rule, world, numbers):
            page = client.get(path, follow_redirects=True)
            text = page.get_data(as_text=False).decode(errors="replace")
            told += [(path, word) for word in FORMS if word in text and word.lower() not in path]
    assert told == []


def test_the_world_is_there_for_those_inside(app, world, login):
    """Without this the test above would pass on an empty site."""
    client = login(app.test_client(), world["insider"])
    for word in ("Zaunkoenig", "Kranichflug", "Eisvogelnest", "Haubenmeise", "Grauschnaepper"):
        assert client.get(f"/api/v1/search?q={word}").json["total"] >= 1, word
    assert "Bericht Zaunkoenig" in client.get(world["shown"][0]).text
    group = client.get(f"/gruppen/{world['group'].slug}").text
    for word in ("Zilpzalp", "Kranichflug", "Bericht Zaunkoenig", "Neuntoeter"):
        assert word in group, word
    assert "Goldammer" in client.get(f"/forum/{world['closed'].slug}").text
    assert "Pirolruf" in client.get("/entwuerfe").text


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
