"""The way from a thread or a post into a dossier, on pages that many share."""

import re

import pytest

from kts.curation.dossiers import services
from kts.curation.dossiers.models import DossierItem
from kts.extensions import db
from kts.forum import services as forum
from kts.forum.models import Post

LINK = re.compile(r'href="(/dossiers/aufnehmen\?adresse=[^"]+)"')


@pytest.fixture
def thread(make_user, db_session):
    room = forum.create_category(None, "Offen", visibility="public")
    thread = forum.create_thread(make_user(), room, "Wer hat Sensoren?", "Wir suchen.")
    forum.add_post(make_user(), thread, "Wir haben welche.")
    db_session.commit()
    return thread


def posts_of(thread):
    return db.session.query(Post).filter_by(thread_id=thread.id).order_by(Post.number)


@pytest.fixture
def links(app, login, thread):
    """Give a function that lists where a person's page of the thread leads into dossiers."""

    def of(person=None):
        client = app.test_client()
        page = (login(client, person) if person else client).get(thread.path)
        return [found.replace("%2F", "/") for found in LINK.findall(page.text)]

    return of


def test_moderators_and_editors_of_a_dossier_get_the_links_and_nobody_else(
    links, thread, make_user, db_session
):
    moderator, editor, member = make_user("moderator"), make_user(), make_user()
    dossier = services.create_dossier(moderator, "Sensoren")
    services.name_editor(moderator, dossier, editor.email)
    db_session.commit()
    posts = [f"/dossiers/aufnehmen?adresse=/beitrag/{post.id}" for post in posts_of(thread)]
    all_links = [*posts, f"/dossiers/aufnehmen?adresse=/thema/{thread.id}"]
    for _round in range(2):  # the second time the page is a kept one
        assert links(member) == links() == []
        assert links(moderator) == all_links
        assert links(editor) == all_links
        assert links(thread.author) == []


def test_a_post_is_taken_up_and_the_way_leads_back(
    app, login, links, thread, make_user, db_session
):
    moderator = make_user("moderator")
    dossier = services.create_dossier(moderator, "Sensoren")
    db_session.commit()
    client = login(app.test_client(), moderator)
    for address in links(moderator)[1:]:
        page = client.get(address)
        typed = re.search(r'name="address"[^>]*value="([^"]+)"', page.text)[1]
        sent = client.post("/dossiers/aufnehmen", data={"address": typed, "dossier": dossier.id})
        assert sent.status_code == 303
        assert sent.location == typed
    items = db_session.query(DossierItem).order_by(DossierItem.id).all()
    assert [(item.kind, item.object_id) for item in items] == [
        ("post", thread.last_post_id),
        ("thread", thread.id),
    ]


def test_the_links_cost_one_statement_for_all_posts(
    app, login, thread, make_user, db_session, query_counter
):
    client = login(app.test_client(), make_user())
    counted = []
    for _round in range(2):
        client.get(thread.path)
        with query_counter() as statements:
            client.get(thread.path)
        counted.append(len([one for one in statements if "dossier_editor" in one]))
        forum.add_post(make_user(), thread, "Wir auch.")
        db_session.commit()
    assert counted == [1, 1]
