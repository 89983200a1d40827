"""Merging threads: numbers, addresses, read marks, followers, audiences, and the way back."""

import json

import pytest

from kts.accounts.services import add_to_group
from kts.core.audit import history
from kts.core.errors import Conflict, Denied, Invalid
from kts.forum import queries, services
from kts.forum.models import Post, ReadState, Thread
from kts.forum.models.drafts import Draft
from kts.forum.models.kinds import Acceptance
from kts.forum.models.moderating import PostMove, ThreadEvent
from kts.forum.services import moderation
from kts.forum.services.reading import mark_read
from kts.notifications.models import Notification, Subscription
from kts.search.models import SearchChange

TOTAL = 2000  # posts, more than any thread of the forum has


def text(response):
    return response.get_data(as_text=True)


@pytest.fixture
def pair(make_thread, make_user):
    """Give two threads of three posts each; the first one merges into the second."""
    anna, otto = make_user(name="Anna"), make_user(name="Otto")
    source = make_thread("Digitaler Zwilling", author=anna, answers=2)
    target = make_thread("Zwillinge im Rathaus", author=otto, answers=2)
    return source, target


@pytest.fixture
def moderator(make_user):
    return make_user("moderator")


def merge(client, source, target, reason="Dasselbe Thema", **data):
    data = {"into": target.id, "q": f"/thema/{target.id}", "reason": reason, **data}
    return client.post(f"{source.path}/moderation/zusammenfuehren", data=data)


def places(thread):
    return [(post.number, post.id) for post in posts_of(thread)]


def posts_of(thread):
    return Post.query.filter_by(thread_id=thread.id).order_by(Post.number).all()


def test_only_who_keeps_order_in_both_threads_merges_them(
    client, login, make_user, pair, moderator, db_session
):
    source, target = pair
    address = f"{source.path}/moderation/zusammenfuehren"
    for person in (None, make_user(), source.author, make_user("editor")):
        if person:
            login(client, person)
            assert client.get(address).status_code == 403
        assert merge(client, source, target).status_code == 403
    login(client, moderator)
    assert target.title in text(client.get(f"{address}?q=rathaus"))
    assert merge(client, source, target, reason="").status_code == 422
    assert merge(client, source, source, q="").status_code == 422
    db_session.expire_all()
    assert source.merged_into_id is None
    assert merge(client, source, target).status_code == 303
    db_session.expire_all()
    assert source.merged_into_id == target.id


def test_posts_get_new_numbers_at_the_end_and_every_old_address_leads_to_them(
    client, login, pair, moderator, db_session
):
    source, target = pair
    before, moved = places(target), [post.id for post in posts_of(source)]
    answered = posts_of(source)[2]
    answered.reply_to_id = moved[1]
    path = source.path
    login(client, moderator)
    merge(client, source, target)
    db_session.expire_all()
    assert places(target) == [*before, *zip((4, 5, 6), moved, strict=True)]
    assert answered.reply_to_id == moved[1]
    assert (target.last_number, target.post_count, source.post_count) == (6, 6, 0)
    old = client.get(path)
    assert old.status_code == 301
    assert old.location == f"{target.path}#beitrag-4"
    assert client.get(f"/beitrag/{moved[2]}").location.endswith("#beitrag-6")
    page = text(client.get(target.path))
    assert "Digitaler Zwilling" in page  # the trace between the posts
    assert "Dasselbe Thema" in page
    assert source.title not in text(client.get("/forum"))
    assert queries.thread_counts(moderator)["threads"] == 1


def test_the_index_hears_of_both_threads(pair, moderator, db_session, monkeypatch):
    source, target = pair
    monkeypatch.setattr("kts.search.outbox.drain", lambda: None)
    db_session.query(SearchChange).delete()
    moderation.merge_threads(moderator, source, target, "x")
    changed = {(row.kind, row.object_id) for row in db_session.query(SearchChange)}
    assert {("thread", source.id), ("thread", target.id)} <= changed


def test_each_author_is_told_once_and_the_act_is_logged(
    pair, make_user, moderator, db_session, login, client
):
    source, target = pair
    other = make_user(name="Nora")
    for words in ("Eins", "Zwei", "Drei"):
        services.add_post(other, source, words)
    db_session.query(Notification).delete()
    moderation.merge_threads(moderator, source, target, "Doppelt gestellt")
    db_session.commit()
    told = db_session.query(Notification).filter_by(kind="moderation").all()
    assert {each.user_id for each in told} == {source.author_id, other.id}
    assert len(told) == 2
    assert all("Doppelt gestellt" in each.text for each in told)
    for thread in pair:
        assert history("thread", thread.id)[0].action == "thread.merge"
    assert client.get(login(client, other) and told[0].url).status_code == 302


def test_read_marks_lose_nothing_unread_and_keep_what_was_read(
    pair, make_user, moderator, db_session
):
    source, target = pair
    marks = {  # read of the source, of the target, then of the merged thread
        "all of both": (3, 3, 6),
        "half of the source": (2, 3, 5),
        "only the source": (3, None, 6),
        "not all of the target": (3, 1, 1),
        "only the target": (None, 3, 3),
        "a part of the source only": (1, None, 4),
    }
    people = {}
    for name, (read_source, read_target, _after) in marks.items():
        people[name] = make_user(name=name)
        for thread, number in ((source, read_source), (target, read_target)):
            if number:
                mark_read(people[name], thread, number)
    event = moderation.merge_threads(moderator, source, target, "x")
    db_session.expire_all()
    for name, (_source, _target, after) in marks.items():
        assert (name, queries.last_read(people[name], target)) == (name, after)
    mark_read(people["only the target"], target, 5)
    moderation.undo(moderator, event)
    db_session.expire_all()
    for name, (read_source, _target, _after) in marks.items():
        if name != "only the target":
            assert queries.last_read(people[name], source) == (read_source or 0)
    assert queries.last_read(people["only the target"], source) == 2
    rows = {name: queries.thread_rows(people[name], [target])[0].unread for name in marks}
    assert rows["all of both"] == rows["only the target"] == 0


def test_followers_and_drafts_follow_unless_they_chose_otherwise(
    pair, make_user, moderator, db_session
):
    source, target = pair
    ines, karl = make_user(), make_user()
    for person, thread, level in (
        (ines, source, "watch"),
        (karl, source, "watch"),
        (karl, target, "mute"),
    ):
        db_session.add(
            Subscription(user_id=person.id, kind="thread", target_id=thread.id, level=level)
        )
    db_session.add(Draft(user_id=ines.id, context=f"answer:{source.id}", body="Halb fertig"))
    db_session.flush()
    event = moderation.merge_threads(moderator, source, target, "x")
    assert level_of(ines, target) == "watch"
    assert level_of(karl, target) == "mute"
    assert db_session.query(Draft).one().context == f"answer:{target.id}"
    moderation.undo(moderator, event)
    assert level_of(ines, target) is None
    assert level_of(ines, source) == "watch"
    assert level_of(karl, target) == "mute"


def level_of(person, thread):
    row = Subscription.query.filter_by(user_id=person.id, kind="thread", target_id=thread.id)
    found = row.one_or_none()
    return found.level if found else None


@pytest.mark.parametrize("has_one", [True, False])
def test_the_accepted_answer_is_kept_where_the_target_has_none(
    make_thread, moderator, db_session, has_one
):
    source = make_thread("Frage eins", kind="question", answers=1)
    target = make_thread("Frage zwei", kind="question", answers=1)
    ids = {}
    for thread in (source, target) if has_one else (source,):
        ids[thread.id] = posts_of(thread)[1].id
        db_session.add(Acceptance(thread_id=thread.id, post_id=ids[thread.id]))
        thread.accepted_post_id = ids[thread.id]
    event = moderation.merge_threads(moderator, source, target, "x")
    assert target.accepted_post_id == ids[target.id if has_one else source.id]
    moderation.undo(moderator, event)
    assert source.accepted_post_id == ids[source.id]
    assert target.accepted_post_id == ids.get(target.id)


@pytest.mark.parametrize("kind", ["poll", "experience"])
def test_what_has_fields_of_its_own_is_not_merged_away(
    client, login, make_thread, moderator, pair, db_session, kind
):
    bound, target = make_thread("Mit Feldern"), pair[1]
    bound.kind = kind
    login(client, moderator)
    refused = merge(client, bound, target)
    assert refused.status_code == 422
    assert "nicht Teil eines anderen Themas" in text(refused) or "cannot become" in text(refused)
    db_session.expire_all()
    assert bound.merged_into_id is None


def test_a_hidden_thread_is_not_merged_into_the_open(pair, moderator):
    source, target = pair
    services.hide_thread(moderator, source, "Prüfung")
    with pytest.raises(Invalid):
        moderation.merge_threads(moderator, source, target, "x")


def test_words_come_before_more_eyes_only_on_purpose(
    client, login, make_thread, make_category, make_group, make_user, moderator, db_session
):
    group = make_group()
    closed = make_thread("Intern", category=make_category("Werkraum", group.token))
    members = make_thread("Für Mitglieder", category=make_category("Intern", "members"))
    public = make_thread("Öffentlich")
    login(client, moderator)
    for source in (closed, members):
        assert merge(client, source, public).status_code == 422
        db_session.expire_all()
        assert source.merged_into_id is None
    coordinator = make_user()
    add_to_group(coordinator, group, coordinator=True)
    with pytest.raises(Denied):
        moderation.merge_threads(coordinator, closed, public, "x", confirmed=True)
    assert merge(client, public, members).status_code == 303  # fewer readers need no word
    assert merge(client, closed, members).status_code == 422
    assert merge(client, closed, members, confirmed="y").status_code == 303


def test_who_may_not_see_the_new_place_finds_nothing_at_the_old_address(
    client, login, make_thread, make_category, make_group, make_user, moderator, db_session
):
    group = make_group()
    room = make_category("Werkraum", group.token)
    source = make_thread("Offen gefragt")
    target = make_thread("Geheimer Titel", category=room, author=moderator)
    path, author = source.path, source.author
    moderation.merge_threads(moderator, source, target, "Vertraulich")
    db_session.commit()
    assert client.get(path).status_code == 404
    login(client, author)
    assert client.get(path).status_code == 404
    kept = client.post(f"{path}/antworten", data={"body": "Mein langer Text"})
    assert kept.status_code == 403
    assert "Mein langer Text" in text(kept)
    assert "Geheimer Titel" not in text(kept)
    told = db_session.query(Notification).filter_by(user_id=author.id).one()
    assert "Geheimer Titel" not in told.text + json.dumps(told.data)
    assert client.get(told.url).status_code == 200
    assert login(client, make_user(groups=[group])).get(path).status_code == 301


def test_an_answer_to_the_merged_thread_lands_where_its_posts_are(
    client, login, make_user, pair, moderator, db_session
):
    source, target = pair
    quoted = posts_of(source)[1].id
    path = source.path
    moderation.merge_threads(moderator, source, target, "x")
    login(client, make_user())
    answered = client.post(f"{path}/antworten", data={"body": "Gerade noch", "reply_to": quoted})
    assert answered.status_code == 303
    db_session.expire_all()
    last = posts_of(target)[-1]
    assert (last.source, last.number, last.reply_to_id) == ("Gerade noch", 7, quoted)


def test_an_answer_that_loses_the_race_is_given_back(
    client, login, make_user, pair, moderator, db_session, monkeypatch
):
    source, target = pair
    seen = queries.get_thread(moderator, source.id)
    moderation.merge_threads(moderator, source, target, "x")
    db_session.commit()
    with pytest.raises(Conflict):
        services.add_post(moderator, seen, "Zu spät")
    db_session.rollback()
    login(client, make_user())
    number, path = source.id, source.path
    monkeypatch.setattr(
        "kts.forum.views.answering.thread_or_heir",
        lambda _viewer, _id: db_session.get(Thread, number),
    )
    monkeypatch.setattr("kts.forum.policies.can_answer_thread", lambda *_: True)
    refused = client.post(f"{path}/antworten", data={"body": "Mein langer Text"})
    assert refused.status_code == 409
    assert "Mein langer Text" in text(refused)


def test_a_double_click_merges_once(client, login, pair, moderator, db_session):
    source, target = pair
    login(client, moderator)
    first, second = merge(client, source, target), merge(client, source, target)
    assert first.location == second.location
    assert db_session.query(ThreadEvent).count() == 1
    assert target.post_count == 6


def test_undoing_restores_numbers_and_leaves_what_was_written_since(
    client, login, make_user, pair, moderator, db_session
):
    source, target = pair
    before = places(source), places(target)
    path = source.path
    login(client, moderator)
    merge(client, source, target)
    event = db_session.query(ThreadEvent).one()
    services.add_post(make_user(), target, "Seitdem geschrieben")
    address = f"/thema/{target.id}/moderation/{event.id}/rueckgaengig"
    assert login(client, make_user()).post(address).status_code == 403
    login(client, moderator)
    assert client.post(address).status_code == 303
    db_session.expire_all()
    assert places(source) == before[0]
    assert places(target)[:3] == before[1]
    assert [post.source for post in posts_of(target)[3:]] == ["Seitdem geschrieben"]
    assert places(target)[3][0] == 7  # no number is given twice
    assert (source.merged_into_id, source.post_count, target.post_count) == (None, 3, 4)
    assert client.get(path).status_code == 200
    assert "Dasselbe Thema" not in text(login(client, make_user()).get(target.path))
    login(client, moderator)
    assert client.post(address).status_code == 409
    assert merge(client, source, target).status_code == 303  # and once more


def test_a_merge_into_a_thread_that_was_merged_itself_is_undone_from_the_last_on(
    client, login, pair, make_thread, moderator, db_session
):
    source, target = pair
    third = make_thread("Drittes")
    first = moderation.merge_threads(moderator, source, target, "x")
    second = moderation.merge_threads(moderator, target, third, "x")
    db_session.commit()
    assert client.get(source.path).location.startswith(third.path)
    with pytest.raises(Conflict):
        moderation.undo(moderator, first)
    moderation.undo(moderator, second)
    moderation.undo(moderator, first)
    assert [number for number, _id in places(source)] == [1, 2, 3]


def test_merging_two_thousand_posts_takes_as_many_statements_as_three(
    make_thread, make_user, moderator, db_session, query_counter
):
    numbers = []
    for total in (3, TOTAL):
        author = make_user()
        source, target = make_thread("Klein", author=author), make_thread("Groß", author=author)
        post = posts_of(source)[0]
        db_session.execute(
            Post.__table__.insert(),
            [
                {
                    **{"thread_id": source.id, "number": number, "author_id": author.id},
                    **{"source": "x", "html": "x", "created": post.created},
                    **{"updated": post.created, "render_version": 1, "version": 1},
                    **{"hidden": False, "hidden_reason": "", "wiki": False, "rating": 0},
                }
                for number in range(2, total + 1)
            ],
        )
        source.last_number = source.post_count = total
        db_session.commit()
        assert source.id != target.id  # loaded before counting
        assert moderator.visibility_tokens
        with query_counter() as statements:
            event = moderation.merge_threads(moderator, source, target, "x")
            db_session.commit()
            moderation.undo(moderator, event)
            db_session.commit()
        numbers.append(len(statements))
        assert db_session.query(PostMove).filter_by(event_id=event.id).count() == total
        assert len(places(source)) == total
    assert abs(numbers[0] - numbers[1]) <= 2  # the session reads some rows again, or need not
    assert max(numbers) < 160


def test_marks_of_a_merged_thread_do_not_stay_unread_for_ever(
    pair, make_user, moderator, db_session
):
    source, target = pair
    reader = make_user()
    mark_read(reader, target, 3)
    event = moderation.merge_threads(moderator, source, target, "x")
    moderation.undo(moderator, event)
    db_session.expire_all()
    state = db_session.get(ReadState, (reader.id, target.id))
    assert state.last_read == target.last_number
