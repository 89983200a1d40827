"""Texts that are written to break something."""

import pytest

from kts.forum import services
from kts.forum.models import BODY_LENGTH, Post, PostReference
from kts.search import services as search
from kts.search import sync


@pytest.mark.parametrize(
    "body",
    [
        "[a](http://[)",
        "[a](/dokumente/1?version=²)",
        "[a](/dokumente/1?version=" + "9" * 5000 + ")",
        "[a](/dokumente/999999999/seite/999999)",
        "[a](/dokumente/٣/seite/٣)",
        "a\x00b",
        "1. " * 5000,
        "[" * 20_000,
        "\u202e\u200f\U0001f468\u200d\U0001f469\ufffd",
    ],
)
def test_a_strange_text_makes_a_post_or_is_refused(
    client, login, make_user, thread, make_document, body, db_session
):
    make_document()
    login(client, make_user())
    assert client.post(f"{thread.path}/antworten", data={"body": body}).status_code == 303
    assert client.get(thread.path).status_code == 200
    assert client.get(f"{thread.path}?zitat={db_session.query(Post).count()}").status_code == 200
    sync.drain()
    assert search.engine().status().ready
    assert sync.pending() == 0


def test_a_link_to_an_older_version_is_still_understood(
    make_document, make_thread, db_session, client
):
    document = make_document()
    make_thread(body=f"Siehe [hier]({document.path}/seite/2?q=x&version=1).")
    reference = db_session.query(PostReference).one()
    assert (reference.document_id, reference.page) == (document.id, 2)


def test_a_preview_shows_no_more_than_a_post_may_hold(client, login, make_user, thread):
    login(client, make_user())
    form = {"body": "Wort " * BODY_LENGTH, "preview": "1"}
    shown = client.post(f"{thread.path}/antworten", data=form)
    assert shown.status_code == 200
    preview = shown.text.rpartition('class="kts-prose"')[2].partition("</div>")[0]
    assert preview.count("Wort") == BODY_LENGTH // 5


def test_a_script_in_a_text_is_never_run(client, login, make_user, thread):
    login(client, make_user())
    body = (
        "<script>alert(1)</script> <img src=x onerror=alert(1)> <svg onload=alert(1)> "
        "[x](javascript:alert(1)) [y](data:text/html,x) <a href='java\tscript:alert(1)'>z</a> "
        "<a href=//evil.example onclick=alert(1)>w</a> ![b](javascript:1) <iframe src=/></iframe>"
    )
    client.post(f"{thread.path}/antworten", data={"body": body})
    page = client.get(thread.path).text.rpartition("<article")[2].partition("</article>")[0]
    signs = ("<script", "<img", "<svg", "<iframe", "onclick", "onerror", 'href="java', '"data:')
    for sign in signs:
        assert sign not in page.split("kts-prose")[1], sign


def test_a_title_with_signs_stays_text_everywhere(client, make_thread, make_user, login):
    thread = make_thread(title='"><script>alert(1)</script>')
    sync.drain()
    for path in (thread.path, "/forum", "/", "/suche?q=alert", "/suche/vorschlaege?q=script"):
        assert "<script>alert" not in client.get(path).text, path
    moderator = make_user("moderator")
    services.hide_thread(moderator, thread, "<b>Grund</b>")
    assert "<b>Grund" not in login(client, moderator).get(f"{thread.path}/moderation").text
