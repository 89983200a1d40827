"""Messages follow the posts that they tell of, and say no title that their reader may not know."""

import pytest

from kts.core.errors import Conflict
from kts.core.mail import MailDelivery
from kts.forum import services
from kts.forum.models import Thread
from kts.forum.services import moderation
from kts.forum.services.moderation.undoing import undo
from kts.notifications import texts
from kts.notifications.models import Notification, NotificationEvent


@pytest.fixture
def moderator(make_user):
    return make_user("moderator")


@pytest.fixture
def world(make_thread, make_user, db_session):
    """Give two threads; Frida follows the first and has an unread message of its two answers."""
    frida, otto = make_user(name="Frida"), make_user(name="Otto")
    one, other = make_thread("Erstes", author=frida), make_thread("Anderes", author=otto)
    answers = [services.add_post(otto, one, f"Antwort {number}") for number in (1, 2)]
    db_session.commit()
    return frida, otto, one, other, answers


def told(person, kind="thread_answer"):
    """Give which posts her unread messages tell of, by what they are about."""
    rows = Notification.query.filter_by(user_id=person.id, kind=kind, read_at=None)
    return {row.target: row.data.get("posts", [row.data.get("post")]) for row in rows}


def about(thread):
    return f"thread:{thread.id}"


def said(person):
    """Give all sentences that she reads now."""
    person.__dict__.pop("visibility_tokens", None)
    rows = Notification.query.filter_by(user_id=person.id).all()
    return " | ".join(texts.sentence(person, row).text for row in rows)


def test_a_message_of_several_posts_is_divided_when_some_of_them_go(
    client, login, world, moderator, db_session
):
    frida, _otto, one, other, (stays, goes) = world
    assert told(frida) == {about(one): [stays.id, goes.id]}
    event = moderation.split_into_thread(moderator, one, other, "x", ids=[goes.id])
    db_session.commit()
    assert told(frida) == {about(one): [stays.id], about(other): [goes.id]}
    page = login(client, frida).get("/benachrichtigungen").get_data(as_text=True)
    assert "Erstes" in page
    assert "Anderes" in page
    client.get(f"{other.path}?seite=1")  # reading them there is reading them
    db_session.expire_all()
    assert told(frida) == {about(one): [stays.id]}
    undo(moderator, event)
    db_session.commit()
    rows = Notification.query.filter_by(user_id=frida.id, kind="thread_answer").all()
    assert {row.target for row in rows} == {about(one)}
    assert sorted(post for row in rows for post in row.data["posts"]) == [stays.id, goes.id]


def test_messages_of_a_merged_thread_are_about_the_other_one_and_come_back(
    world, moderator, db_session
):
    frida, otto, one, other, answers = world
    services.add_post(frida, one, "Danke, @otto!")
    db_session.commit()
    assert told(otto, "mention") == {about(one): [one.last_post_id]}
    event = moderation.merge_threads(moderator, one, other, "x")
    db_session.commit()
    assert told(frida) == {about(other): [post.id for post in answers]}
    assert list(told(otto, "mention")) == [about(other)]
    assert "Anderes" in said(otto)
    late = services.add_post(otto, other, "Seitdem geschrieben")
    db_session.commit()
    undo(moderator, event)
    db_session.commit()
    assert told(frida)[about(one)] == [post.id for post in answers]
    assert told(frida).get(about(other)) == [late.id]
    assert list(told(otto, "mention")) == [about(one)]


def test_what_nobody_was_told_of_yet_is_told_of_the_new_place(world, moderator, db_session):
    _frida, _otto, one, other, (_stays, goes) = world
    Notification.query.delete()
    newest = NotificationEvent.query.order_by(NotificationEvent.id.desc())
    waiting = newest.filter_by(target=about(one)).first()
    waiting.done = None
    moderation.split_into_thread(moderator, one, other, "x", ids=[goes.id])
    assert waiting.data["post"] == goes.id
    assert waiting.target == about(other)


def test_a_message_about_posts_that_went_where_she_cannot_follow_tells_nothing(
    client, login, world, moderator, make_thread, make_category, make_group, db_session
):
    frida, _otto, one, _other, _answers = world
    room = make_category("Werkraum", make_group().token)
    secret = make_thread("Geheimer Titel", category=room, author=moderator)
    moderation.merge_threads(moderator, one, secret, "x")
    db_session.commit()
    page = login(client, frida).get("/benachrichtigungen").get_data(as_text=True)
    assert "Geheimer Titel" not in page
    assert "Antwort 1" not in page


def test_the_title_of_a_merged_thread_is_withheld_once_its_place_is_closed(
    client, login, world, moderator, make_category, make_group, make_user, db_session
):
    _frida, _otto, _one, other, _answers = world
    group = make_group()
    room = make_category("Offen gewesen")
    source = services.create_thread(make_user(), room, "Später geheim", "?")
    moderation.merge_threads(moderator, source, other, "x")
    db_session.commit()
    path = other.path
    reader = make_user()
    assert "Später geheim" in login(client, reader).get(path).get_data(as_text=True)
    services.change_category(moderator, room, visibility=group.token)
    db_session.commit()
    assert "Später geheim" not in login(client, reader).get(path).get_data(as_text=True)
    assert "Später geheim" in login(client, moderator).get(path).get_data(as_text=True)


def test_who_is_told_of_moved_posts_reads_no_title_that_became_secret(
    world, moderator, make_category, make_group, make_user, db_session
):
    frida, otto, one, _other, (_stays, goes) = world
    room = make_category("Offen gewesen")
    place = services.create_thread(frida, room, "Wird geheim", "?")
    moderation.split_into_thread(moderator, one, place, "x", ids=[goes.id])
    db_session.commit()
    assert "Wird geheim" in said(otto)
    services.change_category(moderator, room, visibility=make_group().token)
    db_session.commit()
    assert "Wird geheim" not in said(otto)
    stored = Notification.query.filter_by(user_id=otto.id, kind="moderation").all()
    assert all("Wird geheim" not in str(row.data) for row in stored)


def test_of_acts_on_a_thread_she_cannot_see_she_hears_only_that_words_were_taken_away(
    world, moderator, make_category, make_group, db_session
):
    frida, otto, one, _other, (answer, _goes) = world
    room = make_category("Werkraum", make_group().token)
    moderation.move_thread(moderator, one, room, "Vertraulich")
    db_session.commit()
    assert "Erstes" in said(frida)  # her own thread, as she knew it
    services.rename_thread(moderator, one, "Neuer geheimer Titel")
    moderation.lock_thread(moderator, one, "Genug")
    moderation.hide_post(moderator, answer, "Recht")
    db_session.commit()
    for person in (frida, otto):
        assert "geheimer Titel" not in said(person)
        stored = Notification.query.filter_by(user_id=person.id).all()
        assert all("geheimer Titel" not in row.text for row in stored)
    kinds = [row.data.get("action") for row in Notification.query.filter_by(user_id=frida.id)]
    assert "thread.lock" not in kinds
    acts = [row.data.get("action") for row in Notification.query.filter_by(user_id=otto.id)]
    assert "post.hide" in acts  # she has to learn that it was, and why
    assert all("geheimer Titel" not in mail.body for mail in MailDelivery.query)


# The way back ---------------------------------------------------------------------------------


@pytest.fixture
def closed(make_thread, make_category, make_group, moderator):
    """Give a thread that only a group reads."""
    room = make_category("Werkraum", make_group().token)
    return make_thread("Innen", category=room, author=moderator)


@pytest.mark.parametrize("way", ["merge", "split", "move"])
def test_words_changed_for_fewer_readers_do_not_go_out_by_undoing(
    way, world, closed, moderator, db_session
):
    _frida, _otto, one, _other, (_stays, post) = world
    if way == "merge":
        event = moderation.merge_threads(moderator, one, closed, "x")
    elif way == "split":
        event = moderation.split_into_thread(moderator, one, closed, "x", ids=[post.id])
    else:
        event = moderation.move_thread(moderator, one, closed.category, "x")
    db_session.commit()
    services.edit_post(moderator, post, "Nur für uns", version=post.version)
    db_session.commit()
    with pytest.raises(Conflict):
        undo(moderator, event)
    db_session.rollback()
    db_session.expire_all()
    assert post.thread.visibility == closed.visibility


@pytest.mark.parametrize("way", ["merge", "split"])
def test_unchanged_words_come_back_and_edits_for_more_readers_too(
    way, world, closed, moderator, db_session
):
    _frida, _otto, one, other, (_stays, post) = world
    for place in (closed, other):  # back to more readers unchanged; back to as many changed
        if way == "merge":
            event = moderation.merge_threads(moderator, one, place, "x")
        else:
            event = moderation.split_into_thread(moderator, one, place, "x", ids=[post.id])
        db_session.commit()
        if place is other:
            services.edit_post(moderator, post, "Für alle", version=post.version)
        undo(moderator, event)
        db_session.commit()
        db_session.expire_all()
        assert post.thread_id == one.id


def test_words_of_a_closed_room_do_not_come_back_to_one_that_was_opened_since(
    world, closed, moderator, make_thread, make_category, make_group, db_session
):
    room = make_category("Innen, später offen", make_group("Zweite").token)
    source = make_thread("Vertraulich", category=room, author=moderator)
    source_id = source.id
    event = moderation.merge_threads(moderator, source, closed, "x", confirmed=True)
    db_session.commit()
    services.change_category(moderator, room, visibility="public")
    db_session.commit()
    with pytest.raises(Conflict):
        undo(moderator, event)
    db_session.rollback()
    assert db_session.get(Thread, source_id).merged_into_id == closed.id


def test_a_declined_proposal_names_no_thread_that_became_secret(
    world, moderator, make_user, make_category, make_group, db_session
):
    _frida, _otto, one, _other, _answers = world
    proposer = make_user()
    event = moderation.propose_move(proposer, one, make_category("Woanders"), "Passt besser")
    moderation.decline_proposal(moderator, event, "Passt hier")
    db_session.commit()
    assert "Erstes" in said(proposer)
    moderation.move_thread(moderator, one, make_category("Zu", make_group().token), "x")
    db_session.commit()
    assert "Erstes" not in said(proposer)
