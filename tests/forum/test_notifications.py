"""Who hears of what in the forum, and in which words."""

import pytest

from kts.forum import services
from kts.forum.models import Post
from kts.notifications import subscriptions
from kts.notifications.models import FOLLOW, MUTE, NORMAL, WATCH, Notification
from kts.notifications.texts import sentence


@pytest.fixture
def messages(db_session):
    """Give a function that lists a person's unread messages, after everything was committed."""

    def unread(person):
        db_session.commit()
        statement = db_session.query(Notification).filter_by(user_id=person.id, read_at=None)
        return statement.order_by(Notification.id).all()

    return unread


@pytest.fixture
def choose(db_session):
    """Give a function that sets how closely a person follows something."""

    def chosen(person, kind, thing, level):
        subscriptions.choose_level(person, kind, thing.id, level)
        db_session.commit()

    return chosen


def test_those_who_wrote_hear_of_answers_in_one_message_while_unread(
    client, login, make_user, thread, db_session, messages
):
    first, second = make_user(), make_user(name="Anton Antwort")
    services.add_post(first, thread, "Wir auch")
    db_session.commit()
    services.add_post(second, thread, "So ging es bei uns")
    db_session.commit()
    services.add_post(second, thread, "Und noch etwas")
    (message,) = messages(first)
    said = f"2 neue Beiträge in „{thread.title}“ von Anton Antwort"
    assert sentence(first, message).text == said
    assert len(messages(thread.author)) == 1
    assert len(messages(thread.author)[0].data["posts"]) == 3
    assert messages(second) == []
    assert client.get("/benachrichtigungen").status_code == 302
    assert said in login(client, first).get("/benachrichtigungen").text
    response = client.get(sentence(first, message).url)
    assert response.location.startswith(thread.path)
    client.get(response.location)
    assert messages(first) == []
    services.add_post(second, thread, "Ein Nachtrag")
    assert len(messages(first)) == 1


def test_watchers_hear_of_every_post_and_followers_of_a_category_of_threads_only(
    make_user, make_thread, category, choose, messages, db_session
):
    watcher, follower = make_user(), make_user()
    choose(watcher, "category", category, WATCH)
    choose(follower, "category", category, FOLLOW)
    thread = make_thread(answers=2)
    assert [m.kind for m in messages(watcher)] == ["thread_new", "thread_answer", "thread_answer"]
    assert {m.level for m in messages(watcher)} == {"watch"}
    (message,) = messages(follower)
    assert (message.kind, message.level) == ("thread_new", "follow")
    said = f"Frida Frage hat in {category.name} das Thema „{thread.title}“ eröffnet."
    assert sentence(follower, message).text == said


def test_a_followed_thread_inside_a_muted_category_tells(
    make_user, thread, make_thread, category, choose, messages
):
    person, other = make_user(), make_user()
    choose(person, "category", category, MUTE)
    choose(person, "thread", thread, FOLLOW)
    silent = make_thread("Anderes")
    services.add_post(other, thread, "Hier")
    services.add_post(other, silent, "Dort")
    assert [m.target for m in messages(person)] == [f"thread:{thread.id}"]


def test_whom_a_post_concerns_is_told_once_for_the_strongest_reason(
    make_user, thread, messages, db_session
):
    quoted, answered, other = make_user(), make_user(), make_user(name="Otto Ort")
    first = services.add_post(quoted, thread, "Das zitierte Wort")
    second = services.add_post(answered, thread, "Das beantwortete Wort")
    db_session.commit()
    db_session.query(Notification).delete()
    db_session.commit()
    body = f"> [X](/beitrag/{first.id})\n> Wort\n\n> [Y](/beitrag/{second.id})\n\nMeine Meinung"
    services.add_post(other, thread, body, reply_to_id=second.id)
    (quote,), (reply,) = messages(quoted), messages(answered)
    assert (quote.kind, quote.level, reply.kind, reply.level) == (
        *("quote", "direct"),
        *("reply", "direct"),
    )
    assert sentence(quoted, quote).text == f"Otto Ort hat Sie in „{thread.title}“ zitiert."
    wanted = f"Otto Ort hat auf Ihren Beitrag in „{thread.title}“ geantwortet."
    assert sentence(answered, reply).text == wanted


def test_muted_threads_tell_only_who_is_named(make_user, thread, choose, messages):
    person, other = make_user(name="Mia Muster"), make_user()
    mine = services.add_post(person, thread, "Mein Wort")
    choose(person, "thread", thread, MUTE)
    services.add_post(other, thread, "Eine Antwort", reply_to_id=mine.id)
    assert messages(person) == []
    services.add_post(other, thread, f"Was meint @{person.handle} dazu?")
    assert [m.kind for m in messages(person)] == ["mention"]


def test_names_added_later_are_told_once(make_user, thread, messages, db_session):
    person, other = make_user(name="Mia Muster"), make_user()
    post = services.add_post(other, thread, "Was meint ihr?")
    assert messages(person) == []
    services.edit_post(other, post, f"Was meint @{person.handle}?", version=1)
    assert [m.kind for m in messages(person)] == ["mention"]
    services.edit_post(other, post, f"Was meint @{person.handle} dazu?", version=2)
    assert [m.kind for m in messages(person)] == ["mention"]


def test_whoever_chose_normal_is_not_made_to_follow_by_writing(make_user, thread, choose, messages):
    person = make_user()
    choose(person, "thread", thread, NORMAL)
    services.add_post(person, thread, "Nur kurz")
    services.add_post(make_user(), thread, "Antwort")
    assert messages(person) == []


def test_bystanders_and_inactive_people_hear_nothing(make_user, thread, db_session, messages):
    bystander, gone = make_user(), make_user()
    services.add_post(gone, thread, "Ich war einmal hier")
    db_session.commit()
    gone.active = False
    services.add_post(make_user(), thread, "Antwort")
    assert messages(bystander) == []
    assert messages(gone) == []


def test_whoever_left_the_group_hears_nothing_more_and_reads_no_title(
    client, login, make_user, make_category, make_group, make_thread, db_session, messages
):
    group = make_group()
    author, other = make_user(groups=[group]), make_user(groups=[group], name="Ge Heim")
    room = make_category("Werkraum", group.token)
    thread = make_thread("Vertrauliches", author=author, category=room)
    services.add_post(other, thread, "Eins")
    assert len(messages(author)) == 1
    login(client, author)
    assert "Vertrauliches" in client.get("/benachrichtigungen").text
    db_session.delete(author.group_memberships[0])
    db_session.commit()
    services.add_post(other, thread, "Zwei")
    (message,) = messages(author)
    assert len(message.data["posts"]) == 1
    page = client.get("/benachrichtigungen").text
    assert "Etwas, das Sie nicht mehr lesen können." in page
    for secret in ("Vertrauliches", "Ge Heim", "Werkraum"):
        assert secret not in page
        assert secret not in client.get("/abonnements").text
    answer = client.post(f"/benachrichtigungen/{message.id}")
    assert answer.location == "/benachrichtigungen"


def test_a_thread_moved_into_a_closed_group_keeps_its_title_from_those_outside(
    make_user, make_category, make_group, thread, db_session, messages
):
    outside = make_user()
    services.add_post(outside, thread, "Meins")
    services.add_post(make_user(), thread, "Eins")
    (message,) = messages(outside)
    room = make_category("Werkraum", make_group().token)
    services.move_thread(make_user("moderator"), thread, room, "gehört dorthin")
    db_session.commit()
    said = sentence(outside, message)
    assert said.gone
    assert thread.title not in said.text + said.title + said.url


def test_hidden_threads_and_posts_make_no_noise(make_user, thread, db_session, messages):
    services.hide_thread(None, thread, "Grund")
    db_session.commit()
    db_session.query(Notification).delete()
    services.add_post(make_user("moderator"), thread, "Unter uns")
    assert messages(thread.author) == []


def test_a_post_that_was_hidden_meanwhile_is_not_counted(make_user, thread, db_session, messages):
    other = make_user(name="Anton Antwort")
    first = services.add_post(other, thread, "Eins")
    db_session.commit()
    services.add_post(other, thread, "Zwei")
    (message,) = messages(thread.author)
    db_session.get_one(Post, first.id).hidden = True
    db_session.commit()
    assert sentence(thread.author, message).text.startswith("Ein neuer Beitrag in")


def test_moderators_hear_of_groups_that_they_watch(
    make_user, make_category, make_group, make_thread, choose, messages
):
    group = make_group()
    moderator, stranger = make_user("moderator"), make_user()
    choose(moderator, "group", group, WATCH)
    choose(stranger, "group", group, WATCH)  # from a time when she took part
    author = make_user(groups=[group])
    make_thread(author=author, category=make_category("Werkraum", group.token))
    assert [m.kind for m in messages(moderator)] == ["thread_new"]
    assert messages(stranger) == []


def test_what_moderators_did_is_said_in_the_readers_language(
    make_user, thread, messages, client, login
):
    services.lock_thread(make_user("moderator"), thread, "Alles gesagt")
    (message,) = messages(thread.author)
    assert "geschlossen. Begründung: Alles gesagt" in message.text
    login(client, thread.author)
    client.set_cookie("kts_lang", "en")
    page = client.get("/benachrichtigungen").text
    assert "was closed for answers. Reason: Alles gesagt" in page
