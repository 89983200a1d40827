"""What a thread says about its posts stays right, whichever way posts go and come back."""

import pytest

from kts.accounts.services import remove_from_group
from kts.accounts.services.groups import membership_of
from kts.core.audit import AuditEntry
from kts.forum import services
from kts.forum.models import Post, Thread
from kts.forum.models.kinds import Acceptance
from kts.forum.models.marks import HELPFUL, THANKS, Reaction
from kts.forum.models.moderating import ThreadEvent
from kts.forum.models.reading import ThreadVoices
from kts.forum.queries.marks import bookmarks
from kts.forum.queries.threads import visible_threads
from kts.forum.queries.unread import read_numbers
from kts.forum.services import kinds, marks, moderation
from kts.forum.services.deleting import delete_post, undelete_post
from kts.forum.services.heat import derive_counts
from kts.forum.services.posts import restore_version
from kts.forum.services.reading import read_categories
from kts.notifications.models import Notification, Subscription
from kts.notifications.subscriptions import choose_level


@pytest.fixture
def people(make_user, municipality):
    """Give an asker of a municipality, two who answer, and a moderator."""
    asker = make_user(name="Frida Frage", belongs_to=[municipality])
    return asker, make_user(name="Otto Ort"), make_user(name="Ada Amt"), make_user("moderator")


@pytest.fixture
def question(make_thread, people, db_session):
    """Give a question with four answers by two people; number 3 is accepted."""
    asker, otto, ada, _moderator = people
    thread = make_thread("Wer hat ein Datenportal?", author=asker, kind="question")
    made = [services.add_post(who, thread, f"Antwort {who.name}") for who in (otto, ada, otto, ada)]
    kinds.accept_post(asker, made[1])
    marks.react(asker, made[0], HELPFUL)
    marks.react(ada, made[0], THANKS)
    kinds.share_problem(otto, thread)
    db_session.commit()
    return thread


def derived(thread):
    voices = ThreadVoices.query.filter_by(thread_id=thread.id).one()
    numbers = (thread.post_count, thread.last_post_id, thread.last_post_at, thread.problem_count)
    heat = (thread.hot, thread.answers_by_others, voices.people, voices.municipalities)
    return (*numbers, thread.accepted_post_id, *heat)


def assert_right(session, *threads):
    """Compare what the threads say with what their rows give, counted here in another way."""
    session.flush()
    session.expire_all()
    for thread in threads:
        posts = Post.query.filter_by(thread_id=thread.id).order_by(Post.created, Post.number).all()
        read = [post for post in posts if post.shown]
        assert thread.post_count == len([p for p in posts if p.shown or p.number == 1])
        if read:
            assert (thread.last_post_id, thread.last_post_at) == (read[-1].id, read[-1].created)
        others = [post for post in read if post.author_id != thread.author_id]
        assert thread.answers_by_others == len(others)
        noted = session.get(Acceptance, thread.id)
        fits = noted and thread.kind == "question" and noted.post in read and noted.post.number > 1
        assert thread.accepted_post_id == (noted.post_id if fits else None)
        for post in posts:
            said = Reaction.query.filter_by(post_id=post.id, kind=HELPFUL).count()
            assert post.rating == said
        before = derived(thread)
        derive_counts([thread.id])
        session.expire_all()
        assert derived(thread) == before


def post_of(thread, number):
    return Post.query.filter_by(thread_id=thread.id, number=number).one()


def ids(thread, *numbers):
    return [post_of(thread, number).id for number in numbers]


def test_hiding_and_deleting_posts_changes_all_counts_and_back(question, people, db_session):
    moderator = people[3]
    at_first = derived(question)
    for number in (2, 3, 5):
        post = post_of(question, number)
        event = moderation.hide_post(moderator, post, "Werbung")
        assert_right(db_session, question)
        assert derived(question) != at_first
        moderation.undo(moderator, event)
        assert_right(db_session, question)
        assert derived(question) == at_first
        moderation.hide_post(moderator, post, "Werbung")
        moderation.unhide_post(moderator, post)
        assert derived(question) == at_first
        delete_post(post.author, post)
        assert_right(db_session, question)
        undelete_post(post.author, post)
        assert derived(question) == at_first


def test_the_newest_post_of_lists_is_one_that_can_be_read(question, people, db_session):
    moderation.hide_post(people[3], post_of(question, 5), "Werbung")
    assert question.last_post.number == 4
    assert question.post_count == 4


def test_merging_and_taking_it_back_counts_right(question, make_thread, people, db_session):
    target = make_thread("Datenportale", author=people[2], kind="question", answers=2)
    hidden = moderation.hide_post(people[3], post_of(question, 4), "Werbung")
    before = derived(question), derived(target)
    event = moderation.merge_threads(people[3], question, target, "Dasselbe")
    assert_right(db_session, question, target)
    assert target.post_count == 7  # three, and four of five that can be read
    moderation.hide_post(people[3], db_session.get(Post, target.accepted_post_id), "Irrtum")
    assert target.accepted_post_id is None
    assert_right(db_session, question, target)
    moderation.unhide_post(people[3], db_session.get(Acceptance, target.id).post)
    moderation.undo(people[3], event)
    assert_right(db_session, question, target)
    assert (derived(question), derived(target)) == before
    moderation.undo(people[3], hidden)
    assert_right(db_session, question)


def test_splitting_and_taking_it_back_counts_right(question, category, people, db_session):
    moderation.hide_post(people[3], post_of(question, 5), "Werbung")
    before = derived(question)
    event = moderation.split_into_new(
        people[3], question, category, "Eigene Frage", "Passt nicht", ids=ids(question, 3, 5)
    )
    new = db_session.get(Thread, event.data["target"])
    assert_right(db_session, question, new)
    assert new.post_count == 1  # the hidden one came along and is not counted
    assert (new.accepted_post_id, question.accepted_post_id) == (None, None)  # it opens it now
    moderation.undo(people[3], event)
    assert_right(db_session, question)
    assert derived(question) == before


def test_a_thread_with_a_hidden_post_is_not_led_away_when_a_split_is_undone(
    question, category, people, db_session
):
    event = moderation.split_into_new(
        people[3], question, category, "Eigene Frage", "Passt nicht", ids=ids(question, 4, 5)
    )
    new = db_session.get(Thread, event.data["target"])
    later = services.add_post(people[0], new, "Noch etwas")
    moderation.hide_post(people[3], later, "Werbung")
    moderation.undo(people[3], event)
    assert new.merged_into_id is None


def test_another_kind_lets_answer_and_shared_questions_rest(question, people, db_session):
    at_first = derived(question)
    kinds.change_kind(people[3], question, kinds.Details("discussion"))
    assert_right(db_session, question)
    assert (question.accepted_post_id, question.problem_count) == (None, 0)
    kinds.change_kind(people[3], question, kinds.Details("question"))
    assert_right(db_session, question)
    assert derived(question) == at_first


def test_having_the_same_question_makes_it_hotter_at_once(question, people, db_session):
    before = question.hot
    kinds.share_problem(people[2], question)
    assert question.hot > before
    kinds.unshare_problem(people[2], question)
    assert question.hot == pytest.approx(before)
    assert_right(db_session, question)


def test_who_wrote_what_was_split_off_follows_it_there(question, category, people, db_session):
    _asker, _otto, ada, moderator = people
    followed = Subscription.query.filter_by(user_id=ada.id, target_id=question.id).one()
    followed.level = "watch"
    event = moderation.split_into_new(
        moderator, question, category, "Eigene Frage", "Passt nicht", ids=ids(question, 3, 5)
    )
    new = db_session.get(Thread, event.data["target"])
    kept = {(s.user_id, s.level) for s in Subscription.query.filter_by(target_id=new.id)}
    assert kept == {(ada.id, "watch")}  # neither Otto, whose posts stay, nor the asker
    moderation.undo(moderator, event)
    assert Subscription.query.filter_by(target_id=new.id).count() == 0
    assert Subscription.query.filter_by(target_id=question.id, user_id=ada.id).count() == 1


def test_a_category_that_was_read_hides_no_younger_post_behind_moved_ones(
    make_thread, people, category, make_user, db_session
):
    reader, moderator = make_user(), people[3]
    old = make_thread("Alt", author=people[1], answers=2)
    target = make_thread("Ziel", author=people[2])
    read_categories(reader, [category])
    db_session.commit()
    young = services.add_post(people[2], target, "Jung")
    moderation.merge_threads(moderator, old, target, "Dasselbe")
    db_session.flush()
    posts = Post.query.filter_by(thread_id=target.id)
    assert sorted(post.number for post in posts) == [1, 2, 3, 4, 5]
    assert read_numbers(reader, [target.id])[target.id] == young.number - 1


def told(person):
    found = Notification.query.filter_by(user_id=person.id, kind="moderation")
    return [message.data["action"] for message in found.order_by(Notification.id)]


def test_authors_hear_of_what_moderators_change_and_not_of_their_own(
    question, make_thread, people, db_session
):
    asker, _otto, ada, moderator = people
    post = post_of(question, 3)
    services.edit_post(ada, post, "Ein anderer Text", version=1)
    first = services.posts.PostRevision.query.filter_by(post_id=post.id).one()
    restore_version(moderator, post, first)
    kinds.withdraw_acceptance(moderator, post)
    assert told(ada) == ["post.restore", "post.unaccept"]
    services.rename_thread(moderator, question, "Wer hat ein Portal?")
    kinds.change_kind(moderator, question, kinds.Details("discussion"))
    kinds.change_kind(asker, question, kinds.Details("question"))
    services.rename_thread(asker, question, "Wer hat ein Datenportal?")
    assert told(asker) == ["thread.rename", "thread.kind"]


def test_who_looks_after_a_thread_hears_of_it_in_the_place_of_its_author(
    question, people, db_session
):
    question.steward_id = people[1].id
    moderation.lock_thread(people[3], question, "Beantwortet")
    assert (told(people[0]), told(people[1])) == ([], ["thread.lock"])


def test_every_act_is_written_down_once(question, people, db_session):
    event = moderation.hide_post(people[3], post_of(question, 2), "Werbung")
    moderation.undo(people[3], event)
    found = AuditEntry.query.order_by(AuditEntry.id).all()
    assert [e.action for e in found if e.kind == "post"] == ["post.hide", "post.unhide"]
    assert ThreadEvent.query.filter_by(thread_id=question.id).count() == 1


def test_a_thread_hidden_by_moderators_returns_with_all_counts(question, people, db_session):
    at_first = derived(question)
    event = moderation.hide_thread(people[3], question, "Werbung")
    assert db_session.scalar(visible_threads(people[2]).where(Thread.id == question.id)) is None
    moderation.undo(people[3], event)
    assert db_session.scalar(visible_threads(people[2]).where(Thread.id == question.id))
    assert_right(db_session, question)
    assert derived(question) == at_first


def test_an_answer_is_one_transaction_of_few_statements(
    app, client, login, question, people, query_counter, monkeypatch
):
    monkeypatch.setitem(app.extensions, "kts_run_task", lambda *_task: None)  # the worker's
    login(client, people[2])
    path = question.path
    client.post(f"{path}/antworten", data={"body": "Vorweg", "token": "b" * 32})  # reads the rules
    client.get(path)
    with query_counter() as statements:
        client.post(f"{path}/antworten", data={"body": "Noch etwas", "token": "a" * 32})
    assert question.post_count == 7
    assert len([one for one in statements if one.startswith("BEGIN")]) == 1
    assert len(statements) <= 24, statements


def test_who_leaves_a_group_follows_none_of_its_rooms_threads_or_itself(
    make_group, make_category, make_thread, make_user, people, category, db_session
):
    group, moderator = make_group(), people[3]
    member = make_user(name="Mia Mitglied", groups=[group])
    room = make_category("Intern", group.token)
    thread = make_thread("Geheim", author=member, category=room)
    for kind, thing in (("category", room), ("group", group), ("category", category)):
        choose_level(member, kind, thing.id, "watch")
    marks.bookmark(member, post=post_of(thread, 1))
    remove_from_group(moderator, membership_of(member, group), "Zu Ende")
    db_session.flush()
    left = Subscription.query.filter_by(user_id=member.id).all()
    assert [(row.kind, row.target_id) for row in left] == [("category", category.id)]
    assert [kept.is_gone for kept in bookmarks(member)] == [True]
