"""Changing one's own words, and what remains of the earlier ones."""

import re

from kts.forum import services
from kts.forum.models import Post, PostReference, PostRevision, Thread


def text(response):
    return response.get_data(as_text=True)


def first_post(session, thread):
    return session.query(Post).filter_by(thread_id=thread.id, number=1).one()


def change(client, post, **data):
    return client.post(f"/beitrag/{post.id}/bearbeiten", data=data)


def test_only_the_author_changes_a_post(client, login, make_user, thread, db_session):
    post = first_post(db_session, thread)
    data = {"title": thread.title, "body": "Verbessert", "version": 1}
    assert change(client, post, **data).status_code == 403
    for role in ("member", "moderator", "admin"):
        login(client, make_user(role))
        assert client.get(f"/beitrag/{post.id}/bearbeiten").status_code == 403
        assert change(client, post, **data).status_code == 403
    login(client, thread.author)
    assert client.get(f"/beitrag/{post.id}/bearbeiten").status_code == 200
    response = change(client, post, **data)
    assert response.status_code == 303
    assert response.location == f"{thread.path}#beitrag-1"
    assert "Verbessert" in text(client.get(thread.path))


def test_the_earlier_text_stays_in_the_history(client, login, thread, db_session):
    post = first_post(db_session, thread)
    login(client, thread.author)
    change(client, post, title=thread.title, body="Verbessert", version=1)
    db_session.expire_all()
    assert (post.version, post.edit_count) == (2, 1)
    assert post.edited_at is not None
    with client.session_transaction() as session:
        session.clear()
    assert f"/beitrag/{post.id}/verlauf" in text(client.get(thread.path))
    page = text(client.get(f"/beitrag/{post.id}/verlauf"))
    assert "Wir stehen am Anfang." in page
    assert "Verbessert" in page


def test_the_history_of_a_hidden_post_is_for_author_and_moderators(
    client, login, make_user, thread, db_session
):
    post = first_post(db_session, thread)
    services.hide_post(None, post, "Werbung")
    db_session.commit()
    address = f"/beitrag/{post.id}/verlauf"
    assert client.get(address).status_code == 404
    assert login(client, make_user()).get(address).status_code == 404
    assert login(client, thread.author).get(address).status_code == 200
    assert login(client, make_user("moderator")).get(address).status_code == 200


def test_an_unchanged_text_makes_no_version(client, login, thread, db_session):
    post = first_post(db_session, thread)
    login(client, thread.author)
    change(client, post, title=thread.title, body=post.source, version=1)
    assert db_session.query(PostRevision).count() == 0


def test_an_edit_made_on_an_older_text_shows_both_and_loses_nothing(
    client, login, thread, db_session
):
    post = first_post(db_session, thread)
    login(client, thread.author)
    change(client, post, title=thread.title, body="Vom Büro aus", version=1)
    response = change(client, post, title=thread.title, body="Vom Zug aus", version=1)
    assert response.status_code == 409
    page = text(response)
    assert "Vom Büro aus" in page
    assert "Vom Zug aus" in page
    db_session.expire_all()
    assert post.source == "Vom Büro aus"
    version = re.search(r'name="version"[^>]*value="(\d+)"', page)[1]
    assert (
        change(client, post, title=thread.title, body="Beides", version=version).status_code == 303
    )
    db_session.expire_all()
    assert post.source == "Beides"


def test_the_first_post_carries_the_title(client, login, make_thread, db_session):
    thread = make_thread("Tipfehler", answers=1)
    post = first_post(db_session, thread)
    login(client, thread.author)
    response = change(client, post, title="Tippfehler", body=post.source, version=1)
    assert response.location.endswith("-tippfehler#beitrag-1")
    assert change(client, post, title="", body="x", version=2).status_code == 422
    answer = db_session.query(Post).filter_by(number=2).one()
    change(client, answer, title="Anderer Titel", body="Neu", version=1)
    db_session.expire_all()
    assert db_session.get(Thread, thread.id).title == "Tippfehler"


def test_posts_of_a_locked_thread_stay_as_they_are(client, login, thread, db_session):
    services.lock_thread(None, thread, "Erledigt")
    db_session.commit()
    post = first_post(db_session, thread)
    login(client, thread.author)
    response = change(client, post, title=thread.title, body="Anders", version=1)
    assert response.status_code == 403
    assert "geschlossen" in text(response)


def test_an_edit_can_be_previewed(client, login, thread, db_session):
    post = first_post(db_session, thread)
    login(client, thread.author)
    response = change(client, post, body="Wird **fett**", version=1, preview=1)
    assert response.status_code == 200
    assert "<strong>fett</strong>" in text(response)
    db_session.expire_all()
    assert post.version == 1


def test_references_follow_the_text(client, login, thread, db_session, make_document):
    document = make_document()
    post = first_post(db_session, thread)
    services.edit_post(thread.author, post, f"Siehe [x]({document.path}/seite/3)", version=1)
    assert [r.page for r in db_session.query(PostReference)] == [3]
    link = f"http://127.0.0.1:8000{document.path}/seite/1"
    foreign = f"https://anderswo.example{document.path}/seite/2"
    services.edit_post(thread.author, post, f"{link} {foreign} `{document.path}`", version=2)
    assert [r.page for r in db_session.query(PostReference)] == [1]
    services.edit_post(thread.author, post, "Nichts mehr", version=3)
    assert db_session.query(PostReference).count() == 0


def test_posts_rendered_by_older_rules_are_rendered_again(thread, db_session):
    from kts.forum.tasks import render_old_posts

    post = first_post(db_session, thread)
    post.html, post.render_version = "alt", 0
    db_session.commit()
    assert render_old_posts() == 1
    assert "Wir stehen am Anfang." in db_session.get(Post, post.id).html
    assert render_old_posts() == 0
