"""What a person has of her own on a kept page: rendered once, hers alone, never out of date."""

import re
from contextlib import contextmanager

import pytest
from flask import template_rendered

from kts.forum import services
from kts.forum.models import QUESTION, Post
from kts.forum.services import marks
from kts.forum.services.deleting import delete_post

OWN = {"forum/own/post.html", "forum/_own_reactions.html", "forum/own/kind.html"}


@pytest.fixture
def mia(make_user):
    return make_user(name="Mia Muster")


@pytest.fixture
def hers(db_session, mia, make_thread):
    """Give a thread with a number of answers by Mia, and one by somebody else."""

    def make(number):
        thread = make_thread()
        services.add_post(thread.author, thread, "Das habe ich gefragt.")
        for place in range(number):
            services.add_post(mia, thread, f"Antwort {place}")
        db_session.commit()
        return thread

    return make


@pytest.fixture
def rendering(app):
    """Give a context manager that collects the templates rendered inside it."""

    @contextmanager
    def collecting():
        names = []

        def note(_app, template, **_rest):
            names.append(template.name)

        with template_rendered.connected_to(note, app):
            yield names

    return collecting


def test_parts_below_own_posts_are_rendered_once(client, login, mia, hers, rendering, db_session):
    thread = hers(3)
    login(client, mia)
    client.get(thread.path)
    with rendering() as first:
        assert client.get(thread.path).text.count("/loeschen") == 3
    with rendering() as second:
        assert client.get(thread.path).text.count("/loeschen") == 3
    assert OWN.isdisjoint(second), (first, second)


def test_the_statements_for_a_page_do_not_grow_with_own_posts(
    client, login, mia, hers, query_counter, forget_pages
):
    login(client, mia)
    counted = []
    for thread in (hers(1), hers(8)):
        client.get(thread.path)  # moves the read mark, which counts for what is her own
        client.get(thread.path)
        with query_counter() as kept:
            client.get(thread.path)
        forget_pages()
        with query_counter() as new:
            client.get(thread.path)
        counted.append((len(kept), len(new)))
    assert counted[0] == counted[1]
    assert counted[0][0] <= 10


def test_a_kept_part_shows_at_once_what_was_changed(
    client, login, mia, hers, make_user, db_session
):
    thread = hers(2)
    login(client, mia)
    own, other = db_session.query(Post).filter_by(author_id=mia.id), thread.last_post_id - 2
    links = client.get(thread.path).text.count('href="/merkliste"')
    assert client.get(thread.path).text.count("/loeschen") == 2
    marks.bookmark(mia, post=db_session.get(Post, other))
    marks.react(mia, db_session.get(Post, other), "helpful")
    db_session.commit()
    page = client.get(thread.path).text
    assert 'aria-pressed="true"' in page
    assert page.count('href="/merkliste"') == links + 1
    delete_post(mia, own.first())
    db_session.commit()
    assert client.get(thread.path).text.count("/loeschen") == 1
    services.lock_thread(make_user("moderator"), thread, "Es ist alles gesagt.")
    db_session.commit()
    assert "/loeschen" not in client.get(thread.path).text


def test_what_is_hers_is_shown_to_nobody_else(app, login, mia, hers, make_user):
    thread = hers(2)
    for _ in range(2):
        shown = login(app.test_client(), mia).get(thread.path).text
        assert shown.count("/loeschen") == 2
        for person in (make_user(), make_user(name="Mia Muster")):
            assert "/loeschen" not in login(app.test_client(), person).get(thread.path).text
        assert "/loeschen" not in app.test_client().get(thread.path).text


def test_forms_in_kept_parts_carry_the_token_of_the_device(app, login, mia, hers):
    thread = hers(2)
    found = []
    for _ in range(2):
        device = login(app.test_client(), mia)
        device.get(thread.path)
        tokens = set(re.findall(r'name="csrf_token" value="([^"]+)"', device.get(thread.path).text))
        assert len(tokens) == 1
        found.append(tokens.pop())
    assert found[0] != found[1]


def test_the_way_to_share_a_question_is_rendered_once_and_follows_what_she_does(
    client, login, mia, make_thread, rendering, db_session
):
    thread = make_thread()
    thread.kind = QUESTION
    db_session.commit()
    login(client, mia)
    client.get(thread.path)
    client.get(thread.path)
    with rendering() as names:
        before = client.get(thread.path).text
    assert not [name for name in names if "kind" in name]
    form = re.search(r'class="kind-share" method="post" action="([^"]+)"', before)
    client.post(form[1])
    assert form[1] not in client.get(thread.path).text


def test_a_category_is_shown_as_followed_at_once(client, login, mia, category, rendering):
    login(client, mia)
    address = f"/forum/{category.slug}"
    client.get(address)
    with rendering() as names:
        before = client.get(address).text
    assert "notifications/_own_follow.html" not in names
    action = re.search(r'follow-menu__panel" method="post" action="([^"]+)"', before)[1]
    client.post(action, data={"level": "watch", "back": address})
    assert "follow-menu__button--watch" not in before
    assert "follow-menu__button--watch" in client.get(address).text
