"""Moving posts out of a thread: which stay, where the others are, and the way back."""

import pytest

from kts.core.errors import Conflict
from kts.forum import queries, services
from kts.forum.models import Post, Thread
from kts.forum.models.moderating import ThreadEvent
from kts.forum.queries import moderating
from kts.forum.services import moderation
from kts.forum.services.moderation.splitting import spans
from kts.forum.services.reading import mark_read
from kts.notifications.models import Notification


def text(response):
    return response.get_data(as_text=True)


@pytest.fixture
def moderator(make_user):
    return make_user("moderator")


@pytest.fixture
def thread(make_thread):
    """Give a thread of eight posts."""
    return make_thread("Beteiligung online", answers=7)


def numbers(thread):
    found = Post.query.filter_by(thread_id=thread.id).order_by(Post.number)
    return [post.number for post in found]


def ids(thread, *chosen):
    found = Post.query.filter(Post.thread_id == thread.id, Post.number.in_(chosen))
    return [post.id for post in found.order_by(Post.number)]


def split(client, thread, posts=(), **data):
    form = {"posts": list(posts), "title": "Datenschutz dabei", "category": "allgemeines"}
    form |= {"reason": "Eigene Frage", **data}
    return client.post(f"{thread.path}/moderation/aufteilen", data=form)


def test_only_who_keeps_order_moves_posts(client, login, make_user, thread, moderator, db_session):
    address, chosen = f"{thread.path}/moderation/aufteilen", ids(thread, 5)
    for person in (None, make_user(), thread.author, make_user("editor")):
        if person:
            login(client, person)
            assert client.get(address).status_code == 403
        assert split(client, thread, chosen).status_code == 403
    login(client, moderator)
    assert "Nachtrag 4" in text(client.get(address))
    assert split(client, thread, chosen, reason="").status_code == 422
    assert split(client, thread, chosen, title="").status_code == 422
    assert split(client, thread, []).status_code == 422
    assert split(client, thread, ids(thread, 1, 5)).status_code == 422  # the first one stays
    assert split(client, thread, chosen, into="/thema/9999").status_code == 422
    db_session.expire_all()
    assert numbers(thread) == list(range(1, 9))
    assert split(client, thread, chosen).status_code == 303


def test_posts_become_a_thread_of_their_own_and_leave_a_trace(
    client, login, make_user, thread, moderator, db_session
):
    chosen = ids(thread, 5, 6, 7)
    login(client, moderator)
    made = split(client, thread, chosen)
    db_session.expire_all()
    new = db_session.query(Thread).filter_by(title="Datenschutz dabei").one()
    assert made.location == f"{new.path}#beitrag-1"
    assert [post.id for post in Post.query.filter_by(thread_id=new.id).order_by(Post.number)] == (
        chosen
    )
    assert (numbers(new), numbers(thread)) == ([1, 2, 3], [1, 2, 3, 4, 8])
    assert (new.author_id, new.visibility) == (thread.author_id, thread.visibility)
    assert (thread.last_number, thread.post_count, new.last_number) == (8, 5, 3)
    assert client.get(f"/beitrag/{chosen[1]}").location == f"{new.path}#beitrag-2"
    login(client, make_user())
    page = text(client.get(thread.path))
    assert "5–7" in page
    assert new.path in page
    assert page.index("Nachtrag 3") < page.index("5–7") < page.index("Nachtrag 7")
    assert thread.path in text(client.get(new.path))
    told = db_session.query(Notification).filter_by(user_id=thread.author_id, kind="moderation")
    assert told.count() == 1
    assert "Eigene Frage" in told.one().text
    services.add_post(moderator, thread, "Weiter")
    assert numbers(thread)[-1] == 9


def test_everything_from_a_post_on_goes_into_a_thread_that_is_there(
    client, login, make_thread, thread, moderator, db_session
):
    target = make_thread("Andere Frage", answers=1)
    login(client, moderator)
    moved = split(client, thread, ids(thread, 3), from_number=7, title="", into=target.path)
    assert moved.status_code == 303
    db_session.expire_all()
    assert numbers(thread) == [1, 2, 4, 5, 6]
    assert numbers(target) == [1, 2, 3, 4, 5]


def test_nobody_keeps_unread_marks_on_posts_that_are_gone(
    client, login, make_user, thread, moderator, db_session
):
    early, late = make_user(), make_user()
    mark_read(early, thread, 4)
    mark_read(late, thread, 7)
    chosen = ids(thread, 6, 7, 8)
    event = moderation.split_into_new(
        moderator, thread, thread.category, "Eigenes", "x", ids=chosen
    )
    new = db_session.get(Thread, event.data["target"])
    db_session.expire_all()
    assert unread(late, thread) == 0
    assert queries.last_read(late, new) == 2
    assert unread(early, thread) > 0
    db_session.commit()
    login(client, early)
    client.get(thread.path)  # shows all that is left
    assert unread(early, thread) == 0
    moderation.undo(moderator, event)
    db_session.expire_all()
    assert queries.last_read(late, thread) == 7
    assert queries.last_read(early, thread) == 5


def unread(person, thread):
    return queries.thread_rows(person, [thread])[0].unread


def test_what_is_gone_does_not_count_as_unread(make_user, thread, moderator, db_session):
    reader = make_user()
    mark_read(reader, thread, 2)
    moderation.split_into_new(
        moderator, thread, thread.category, "Eigenes", "x", ids=ids(thread, 4, 5, 6)
    )
    db_session.commit()
    assert unread(reader, thread) == 3  # of six numbers behind the mark three are left


def test_undoing_brings_posts_back_and_the_empty_thread_leads_there(
    client, login, thread, moderator, db_session
):
    chosen = ids(thread, 5, 6)
    login(client, moderator)
    split(client, thread, chosen)
    event = db_session.query(ThreadEvent).filter_by(kind="thread.split").one()
    new = db_session.get(Thread, event.data["target"])
    path = new.path
    address = f"/thema/{thread.id}/moderation/{event.id}/rueckgaengig"
    assert address in text(client.get(f"{thread.path}/moderation"))
    assert client.post(address).status_code == 303
    db_session.expire_all()
    assert numbers(thread) == list(range(1, 9))
    assert ids(thread, 5, 6) == chosen
    assert client.get(path).location.startswith(thread.path)
    assert "5–6" not in text(client.get(thread.path))


def test_a_reply_written_since_stays_where_it_is(thread, moderator, db_session):
    event = moderation.split_into_new(
        moderator, thread, thread.category, "Eigenes", "x", ids=ids(thread, 5)
    )
    new = db_session.get(Thread, event.data["target"])
    services.add_post(moderator, new, "Hier geht es weiter")
    moderation.undo(moderator, event)
    assert numbers(thread) == list(range(1, 9))
    assert numbers(new) == [2]
    assert new.merged_into_id is None
    with pytest.raises(Conflict):
        moderation.undo(moderator, event)


def test_the_choice_travels_over_the_pages_of_a_long_thread(
    client, login, make_thread, moderator, db_session, monkeypatch
):
    monkeypatch.setattr(moderating, "POSTS_TO_CHOOSE", 5)
    thread = make_thread("Lang", answers=11)
    login(client, moderator)
    first, later = ids(thread, 3), ids(thread, 7)
    second = text(split(client, thread, first, page=2))
    assert f'type="hidden" name="posts" value="{first[0]}"' in second
    assert f'id="post-{later[0]}"' in second
    assert f'id="post-{first[0]}"' not in second
    everything = text(split(client, thread, first, from_here=9, shown=2))
    assert everything.count(" checked") == 2  # numbers 9 and 10 on this page
    assert 'value="9"' in everything
    split(client, thread, [*first, *later], from_number=9)
    db_session.expire_all()
    assert numbers(thread) == [1, 2, 4, 5, 6, 8]


def test_a_double_click_moves_once(client, login, thread, moderator, db_session):
    login(client, moderator)
    chosen = ids(thread, 5, 6)
    first, second = split(client, thread, chosen), split(client, thread, chosen)
    assert first.location == second.location
    assert db_session.query(Thread).count() == 2


def test_moving_into_the_open_needs_a_word(
    client, login, make_category, make_group, make_thread, moderator, category, db_session
):
    room = make_category("Werkraum", make_group().token)
    thread = make_thread("Intern", category=room, answers=2)
    login(client, moderator)
    chosen = ids(thread, 3)
    assert split(client, thread, chosen).status_code == 422
    db_session.expire_all()
    assert db_session.query(Thread).count() == 1
    assert split(client, thread, chosen, confirmed="y").status_code == 303


def test_a_trace_leads_nobody_where_she_may_not_go(
    client, login, make_user, make_category, make_group, thread, moderator, db_session
):
    room = make_category("Werkraum", make_group().token)
    moderation.split_into_new(
        moderator, thread, room, "Streng geheim", "Vertraulich", ids=ids(thread, 5)
    )
    db_session.commit()
    page = text(login(client, make_user()).get(thread.path))
    assert "Vertraulich" in page
    assert "Streng geheim" not in page
    assert "streng-geheim" not in page


def test_an_empty_last_page_says_where_its_posts_are(
    client, login, make_thread, moderator, db_session
):
    thread = make_thread("Lang", answers=21)
    moderation.split_into_new(
        moderator, thread, thread.category, "Der Rest", "Eigenes", from_number=21
    )
    db_session.commit()
    assert "Der Rest" in text(client.get(f"{thread.path}?seite=2"))


@pytest.mark.parametrize(
    ("given", "told"),
    [([5], "5"), ([5, 6, 7], "5–7"), ([2, 3, 9], "2–3, 9"), (list(range(1, 20, 2)), "")],
)
def test_numbers_are_told_as_ranges(given, told):
    assert spans(given) == told
