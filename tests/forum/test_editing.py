"""Changing together, comparing, restoring, taking back."""

import re
from datetime import timedelta

import pytest

from kts.core.clock import now
from kts.forum import services
from kts.forum.differences import differences, merge
from kts.forum.models import Post, PostReference, PostRevision, Thread
from kts.forum.tasks import forget_deleted


def number(session, thread, number):
    return session.query(Post).filter_by(thread_id=thread.id, number=number).one()


def change(client, post, body, version=1):
    data = {"title": post.thread.title, "body": body, "version": version}
    return client.post(f"/beitrag/{post.id}/bearbeiten", data=data)


def delete(client, post):
    return client.post(f"/beitrag/{post.id}/loeschen")


def bring_back(client, post):
    return client.post(f"/beitrag/{post.id}/zurueckholen")


BASE = "Erster Satz. Zweiter Satz.\n\nDritter Satz."


@pytest.mark.parametrize(
    ("mine", "saved", "merged"),
    [
        ("Neuer Satz. Zweiter Satz.\n\nDritter Satz.", BASE + " Vierter.",
         "Neuer Satz. Zweiter Satz.\n\nDritter Satz. Vierter."),
        (BASE, "Alles neu.", "Alles neu."),
        ("Alles neu.", "Alles neu.", "Alles neu."),
        (BASE.replace("Zweiter", "Mein"), BASE.replace("Zweiter", "Ihr"), None),
        (BASE + " Ich.", BASE + " Sie.", None),
        ("Zweiter Satz.\n\nDritter Satz.", BASE.replace("Dritter", "Letzter"),
         "Zweiter Satz.\n\nLetzter Satz."),
        ("", BASE + " Mehr.", None),
    ],
)  # fmt: skip
def test_changes_of_different_sentences_fit_together(mine, saved, merged):
    assert merge(BASE, mine, saved) == merged
    assert merge(BASE, saved, mine) == merged


def test_a_comparison_says_what_was_put_in_and_struck_out():
    lines = differences(
        "Wir haben drei Leute.\n\nGleich.", "Wir haben vier Leute.\n\nGleich.\nNeu."
    )
    told = [(line.kind, [(s.op, s.text) for s in line.segments]) for line in lines]
    assert ("changed", [("equal", "Wir haben"), ("del", "drei"), ("ins", "vier"),
                        ("equal", "Leute.")]) in told  # fmt: skip
    assert ("added", [("ins", "Neu.")]) in told
    assert differences("a\nb", "a\nb") == []


def test_changes_that_fit_are_proposed_together(client, login, make_thread, db_session):
    thread = make_thread(body=BASE)
    post = number(db_session, thread, 1)
    login(client, thread.author)
    change(client, post, BASE.replace("Erster", "Mein erster"))
    response = change(client, post, BASE.replace("Dritter", "Ihr dritter"))
    assert response.status_code == 409
    field = re.search(r'(?s)<textarea[^>]*name="body".*?>(.*?)</textarea>', response.text)[1]
    assert field.strip() == "Mein erster Satz. Zweiter Satz.\n\nIhr dritter Satz."
    assert "<ins>" in response.text
    assert 'name="version" type="hidden" value="2"' in response.text
    assert change(client, post, field, version=2).status_code == 303


def test_changes_that_meet_are_compared_and_the_own_text_stays(
    client, login, make_thread, db_session
):
    thread = make_thread(body=BASE)
    post = number(db_session, thread, 1)
    login(client, thread.author)
    change(client, post, BASE.replace("Zweiter", "Mein"))
    response = change(client, post, BASE.replace("Zweiter", "Ihr"))
    field = re.search(r'(?s)<textarea[^>]*name="body".*?>(.*?)</textarea>', response.text)[1]
    assert "Ihr Satz." in field
    assert response.text.count("</del>") == 2
    db_session.expire_all()
    assert "Mein Satz." in post.source


def test_the_history_tells_who_changed_what(client, login, make_user, make_thread, db_session):
    thread = make_thread(body="Wir haben drei Leute.", author=make_user(name="Anna Anfang"))
    post = number(db_session, thread, 1)
    post.wiki = True
    services.edit_post(make_user(name="Willi Wiki"), post, "Wir haben vier Leute.", version=1)
    services.edit_post(thread.author, post, "Wir haben vier Leute und Geld.", version=2)
    db_session.commit()
    page = client.get(f"/beitrag/{post.id}/verlauf").text
    shown = page[page.index('class="forum-history"') :]
    assert shown.index("Anna Anfang") < shown.index("Willi Wiki")
    assert re.search(r"<del>.*?drei.*?</del>", shown)
    assert re.search(r"<ins>.*?vier.*?</ins>", shown)
    compared = client.get(f"/beitrag/{post.id}/verlauf?von=1&bis=3").text
    assert re.search(r"<ins>.*?vier Leute und Geld\.|<ins>.*?und Geld", compared)
    assert client.get(f"/beitrag/{post.id}/verlauf?von=1&bis=9").status_code == 404
    assert client.get(f"/beitrag/{post.id}/verlauf?seite=0").status_code == 200


def test_a_long_history_is_shown_by_the_page(client, thread, db_session, query_counter):
    post = number(db_session, thread, 1)
    services.edit_post(thread.author, post, "Fassung 2", version=1)
    db_session.commit()
    address = f"/beitrag/{post.id}/verlauf"
    client.get(address)
    with query_counter() as few:
        client.get(address)
    for version in range(2, 15):
        services.edit_post(thread.author, post, f"Fassung {version + 1}", version=version)
    db_session.commit()
    with query_counter() as many:
        page = client.get(address).text
    assert len(many) == len(few)
    assert page.count("<summary>Ganzer Text") + page.count("<summary>Whole text") == 10
    assert client.get(f"{address}?seite=2").status_code == 200


def test_an_earlier_text_is_restored_as_a_new_version(client, login, make_user, thread, db_session):
    post = number(db_session, thread, 1)
    services.edit_post(thread.author, post, "Verschlimmbessert", version=1)
    db_session.commit()
    address = f"/beitrag/{post.id}/verlauf/1/wiederherstellen"
    assert login(client, make_user()).post(address).status_code == 403
    assert login(client, thread.author).post(address).status_code == 303
    db_session.expire_all()
    assert (post.source, post.version) == ("Wir stehen am Anfang.", 3)
    assert db_session.query(PostRevision).count() == 2
    back = f"/beitrag/{post.id}/verlauf/2/wiederherstellen"
    assert login(client, make_user("moderator")).post(back).status_code == 303
    assert client.post(f"/beitrag/{post.id}/verlauf/99/wiederherstellen").status_code == 404


def test_a_wiki_post_is_everybodys_who_may_answer(client, login, make_user, thread, db_session):
    post = number(db_session, thread, 1)
    post.wiki = True
    db_session.commit()
    title = thread.title
    other = make_user(name="Willi Wiki")
    login(client, other)
    data = {"title": "Umbenannt", "body": "Gemeinsam", "version": 1}
    assert client.post(f"/beitrag/{post.id}/bearbeiten", data=data).status_code == 303
    db_session.expire_all()
    assert post.source == "Gemeinsam"
    assert db_session.get(Thread, thread.id).title == title
    assert delete(client, post).status_code == 403
    assert delete(login(client, thread.author), post).status_code == 403
    with client.session_transaction() as session:
        session.clear()
    assert change(client, post, "Gast", 2).status_code in (302, 403)


@pytest.fixture
def answered(db_session, make_user, thread):
    """A thread with an answer by somebody else."""
    services.add_post(make_user(name="Alma Antwort"), thread, "Geheimwort Zwetschgenkuchen")
    db_session.commit()
    return thread


def test_a_deleted_post_leaves_a_note_and_no_words(client, login, make_user, answered, db_session):
    post = number(db_session, answered, 2)
    for role in ("member", "moderator", "admin"):
        assert delete(login(client, make_user(role)), post).status_code == 403
    login(client, post.author)
    assert delete(client, post).status_code == 303
    assert "Zwetschgenkuchen" in client.get(answered.path).text
    login(client, make_user("moderator"))
    assert "Zwetschgenkuchen" in client.get(answered.path).text
    reader = login(client, make_user())
    page = reader.get(answered.path).text
    assert "Zwetschgenkuchen" not in page
    assert "forum-tombstone" in page
    assert 'id="beitrag-2"' in page
    assert reader.get(f"/beitrag/{post.id}/verlauf").status_code == 404
    assert reader.get(f"{answered.path}?zitat={post.id}").status_code == 404


def test_lists_and_the_index_forget_a_deleted_post(client, login, answered, db_session):
    from kts.forum import search as source

    post = number(db_session, answered, 2)
    before = answered.last_post_at
    delete(login(client, post.author), post)
    db_session.expire_all()
    first = number(db_session, answered, 1)
    assert (answered.last_post_id, answered.post_count, answered.replies) == (first.id, 1, 0)
    assert answered.last_post_at < before
    assert [document.key for document in source.load([answered.id])] == [f"post:{first.id}"]
    assert answered.answers_by_others == 0
    bring_back(client, post)
    db_session.expire_all()
    assert (answered.last_post_id, answered.replies) == (post.id, 1)
    assert len(list(source.load([answered.id]))) == 2
    assert answered.answers_by_others == 1


def test_only_the_author_undoes_and_only_while_the_words_are_there(
    client, login, make_user, answered, db_session
):
    post = number(db_session, answered, 2)
    delete(login(client, post.author), post)
    assert f"/beitrag/{post.id}/zurueckholen" in client.get(answered.path).text
    for role in ("member", "moderator"):
        assert bring_back(login(client, make_user(role)), post).status_code == 403
    db_session.query(Post).filter_by(id=post.id).update({"deleted": now() - timedelta(days=31)})
    db_session.commit()
    forget_deleted()
    assert bring_back(login(client, post.author), post).status_code == 403


def test_after_a_month_the_words_are_really_gone(
    client, login, answered, db_session, make_document
):
    document = make_document()
    post = number(db_session, answered, 2)
    services.edit_post(post.author, post, f"Neu [x]({document.path}/seite/1)", version=1)
    db_session.commit()
    delete(login(client, post.author), post)
    assert forget_deleted() == 0
    db_session.query(Post).filter_by(id=post.id).update({"deleted": now() - timedelta(days=31)})
    db_session.commit()
    assert forget_deleted() == 1
    db_session.expire_all()
    assert (post.source, post.html, post.number) == ("", "", 2)
    assert db_session.query(PostRevision).count() == 0
    assert db_session.query(PostReference).count() == 0
    assert client.get(answered.path).status_code == 200
    assert forget_deleted() == 0


def test_a_thread_that_nobody_answered_goes_as_a_whole(
    client, login, make_user, make_thread, db_session
):
    thread = make_thread("Versehentlich eröffnet", answers=2)
    post = number(db_session, thread, 1)
    reader = make_user()
    login(client, thread.author)
    assert delete(client, post).status_code == 303
    own = client.get(thread.path)
    assert own.status_code == 200
    assert f"/beitrag/{post.id}/zurueckholen" in own.text
    assert client.post(f"{thread.path}/antworten", data={"body": "x"}).status_code == 403
    login(client, reader)
    assert client.get(thread.path).status_code == 404
    assert "Versehentlich eröffnet" not in client.get("/forum").text
    assert bring_back(client, post).status_code == 404
    from kts.forum import search as source

    assert list(source.load([thread.id])) == []
    login(client, thread.author)
    assert bring_back(client, post).status_code == 303
    assert login(client, reader).get(thread.path).status_code == 200
    delete(login(client, thread.author), post)
    thread_id = thread.id
    db_session.query(Thread).update({"deleted": now() - timedelta(days=31)})
    db_session.commit()
    assert forget_deleted() == 1
    db_session.expire_all()
    assert db_session.get(Thread, thread_id) is None
    assert db_session.query(Post).count() == 0


def test_the_first_post_of_an_answered_thread_goes_alone(client, login, answered, db_session):
    post = number(db_session, answered, 1)
    delete(login(client, answered.author), post)
    db_session.expire_all()
    assert answered.deleted is None
    assert post.deleted is not None
    assert answered.replies == 1
    with client.session_transaction() as session:
        session.clear()
    page = client.get(answered.path).text
    assert "Wir stehen am Anfang." not in page
    assert "Zwetschgenkuchen" in page


def test_nobody_escapes_moderation_or_a_closed_thread_by_deleting(
    client, login, make_user, answered, db_session
):
    post = number(db_session, answered, 2)
    login(client, post.author)
    services.hide_post(None, post, "Werbung")
    assert delete(client, post).status_code == 403
    services.unhide_post(None, post)
    services.lock_thread(None, answered, "Erledigt")
    assert delete(client, post).status_code == 403
    services.unlock_thread(None, answered)
    services.hide_thread(None, answered, "Werbung")
    assert delete(client, post).status_code in (403, 404)
    services.unhide_thread(None, answered)
    assert delete(client, post).status_code == 303
    assert delete(client, post).status_code == 403
    assert change(client, post, "Neu").status_code == 403
