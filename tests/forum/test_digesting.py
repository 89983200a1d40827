"""What mails show of the forum is what the person may see when they are composed."""

from datetime import timedelta

import pytest

from kts.accounts.models import GroupMembership
from kts.core.clock import now
from kts.forum import services
from kts.forum.models import QUESTION, Thread
from kts.notifications import contents, mailing, preferences, subscriptions
from kts.notifications.models import Notification
from tests.notifications.conftest import Postbox

LATER = timedelta(minutes=5)
DAYS = timedelta(days=9)  # after the next daily and weekly digest


@pytest.fixture
def postbox(app):
    app.extensions["kts_mail_transport"] = Postbox()
    return app.extensions["kts_mail_transport"]


@pytest.fixture
def otto(make_user):
    return make_user(name="Otto Ort", email="otto@example.org")


@pytest.fixture
def anna(make_user, db_session):
    person = make_user(name="Anna Amt", email="anna@example.org")
    preferences.choose(person, quiet_from=None, quiet_to=None, quiet_weekends=False)
    db_session.commit()
    return person


def watch(db_session, person, thread, level="watch"):
    subscriptions.choose_level(person, "thread", thread.id, level)
    db_session.commit()


def answer(db_session, person, thread, text="Wir haben das so gelöst."):
    post = services.add_post(person, thread, text)
    db_session.commit()
    return post


def mails(postbox, moment):
    """Compose what is due at that moment; give the texts of Anna's mails."""
    mailing.run(moment)
    postbox.messages = [m for m in postbox.messages if m["To"] == "anna@example.org"]
    return postbox.texts()


def test_new_posts_of_a_watched_thread_come_in_one_digest(
    db_session, anna, otto, make_thread, postbox
):
    thread = make_thread("Sensoren im Park")
    watch(db_session, anna, thread)
    for number in range(3):
        answer(db_session, otto, thread, f"Beitrag Nummer {number}")
    assert mails(postbox, now() + LATER) == []
    (text,) = mails(postbox, now() + DAYS)
    assert "Sensoren im Park" in text
    assert "Otto Ort" in text
    assert "Beitrag Nummer 0" in text  # the first unread one
    assert "Beitrag Nummer 1" not in text
    assert f"http://127.0.0.1:8000{thread.path}?neu=1" in text
    assert "Sensoren im Park" in postbox.messages[0]["Subject"]
    assert "3 " in postbox.messages[0]["Subject"]


def test_a_direct_answer_is_a_mail_of_its_conversation(
    db_session, anna, otto, make_thread, postbox, category
):
    thread = make_thread("Sensoren im Park", author=anna)
    first = thread.last_post_id
    services.add_post(otto, thread, "Gute Frage!", reply_to_id=first)
    db_session.commit()
    (text,) = mails(postbox, now() + LATER)
    message = postbox.messages[0]
    assert "Gute Frage!" in text
    assert message["References"] == f"<thread-{thread.id}@127.0.0.1>"
    assert message["List-Id"] == f"{category.name} <{category.slug}.127.0.0.1>"
    assert message["Subject"] == f"[{category.name}] Sensoren im Park"
    assert f"/beitrag/{thread.last_post_id}" in text
    assert mails(postbox, now() + DAYS) == [text]


def test_what_is_hidden_deleted_or_moved_away_meanwhile_is_not_mailed(
    db_session, anna, otto, make_user, make_thread, make_category, make_group, postbox
):
    moderator, secret = make_user("moderator"), make_category("Intern", "group:4711")
    threads = [make_thread(f"Thema {number}") for number in range(4)]
    for thread in threads:
        watch(db_session, anna, thread)
        answer(db_session, otto, thread, f"Geheimwort in {thread.title}")
    services.hide_post(moderator, threads[0].last_post, "Ein Grund")
    services.hide_thread(moderator, threads[1], "Ein Grund")
    threads[2].last_post.deleted = now()
    services.move_thread(moderator, threads[3], secret)
    db_session.commit()
    assert mails(postbox, now() + DAYS) == []
    assert db_session.query(Notification).filter_by(user_id=anna.id, mailed_at=None).count() == 0


def test_who_has_left_a_group_finds_nothing_of_it_in_the_digest(
    db_session, anna, otto, make_thread, make_category, make_group, postbox
):
    group = make_group()
    db_session.add_all(GroupMembership(user=p, group=group) for p in (anna, otto))
    db_session.commit()
    room = make_category("Intern", group.token)
    inside = make_thread("Geheimes Zaunkoenig", category=room, author=otto)
    outside = make_thread("Offenes")
    for thread in (inside, outside):
        watch(db_session, anna, thread)
        answer(db_session, otto, thread, f"Zu {thread.title}")
    db_session.delete(anna.group_memberships[0])
    db_session.commit()
    (text,) = mails(postbox, now() + DAYS)
    assert "Offenes" in text
    html = postbox.messages[0].get_body(("html",)).get_content()
    for part in (text, html, postbox.messages[0]["Subject"]):
        assert "Zaunkoenig" not in part
        assert "Intern" not in part


def test_what_was_read_on_the_site_is_not_in_the_digest(
    db_session, anna, otto, make_thread, postbox, client, login
):
    thread = make_thread()
    watch(db_session, anna, thread)
    answer(db_session, otto, thread)
    login(client, anna).get(thread.path)
    assert mails(postbox, now() + DAYS) == []


def test_the_act_of_a_moderator_that_has_its_own_mail_is_mailed_once(
    db_session, anna, make_user, make_thread, postbox
):
    thread = make_thread(author=anna)
    services.hide_thread(make_user("moderator"), thread, "Doppelt")
    db_session.commit()
    assert len(postbox.messages) == 1
    mailing.run(now() + DAYS)
    assert len(postbox.messages) == 1


def test_words_of_a_post_cannot_make_a_link_or_a_tag_in_the_mail(
    db_session, anna, otto, make_thread, postbox
):
    thread = make_thread('Ein <b>"Titel"</b>')
    watch(db_session, anna, thread)
    answer(db_session, otto, thread, "<script>alert(1)</script> `<img src=x onerror=y>` & mehr")
    assert len(mails(postbox, now() + DAYS)) == 1
    html = postbox.messages[0].get_body(("html",)).get_content()
    assert "<script" not in html
    assert "<img" not in html
    assert "<b>" not in html
    assert "\n" not in postbox.messages[0]["Subject"]


def test_a_digest_of_many_threads_takes_as_many_statements_as_one_of_few(
    db_session, anna, otto, make_thread, query_counter
):
    counts = []
    for number in (2, 9):
        for index in range(number):
            thread = make_thread(f"Thema {number}-{index}")
            watch(db_session, anna, thread)
            answer(db_session, otto, thread)
            answer(db_session, otto, thread)
        messages = db_session.query(Notification).filter_by(user_id=anna.id).all()
        person = preferences.person(anna.id)
        with query_counter() as statements:
            assert len(contents.items(person, messages)) >= number
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 12


@pytest.fixture
def asked(db_session, anna, otto, municipality, make_thread):
    """Let Otto, of the same municipality, ask something that nobody answers."""
    from kts.accounts import services as accounts

    for person in (anna, otto):
        accounts.add_membership(person, municipality.id)
    thread = make_thread("Wer hat Erfahrung mit LoRaWAN?", author=otto, kind=QUESTION)
    db_session.expire_all()
    return thread


def test_a_weekly_mail_brings_open_questions_even_if_nothing_else_happened(
    asked, anna, postbox, municipality
):
    (text,) = mails(postbox, now() + DAYS)
    assert "LoRaWAN" in text
    assert municipality.name in text
    assert len(mails(postbox, now() + DAYS + LATER)) == 1


@pytest.mark.parametrize("reason", ["answered", "opened", "old", "not wanted", "hidden"])
def test_a_question_is_not_suggested_when_it_does_not_help(
    db_session, asked, anna, otto, make_user, client, login, postbox, reason
):
    if reason == "answered":
        answer(db_session, make_user(), asked)
    elif reason == "opened":
        login(client, anna).get(asked.path)
    elif reason == "old":
        asked.created = now() - timedelta(days=30)
    elif reason == "hidden":
        asked.hidden = True
    else:
        preferences.choose(anna, suggestions=False)
    db_session.commit()
    assert mails(postbox, now() + DAYS) == []


def test_nobody_who_chose_nothing_gets_a_mail_without_news(
    db_session, asked, anna, otto, make_user, postbox
):
    db_session.delete(preferences.of(anna.id))
    db_session.commit()
    assert mails(postbox, now() + DAYS) == []


def test_a_muted_thread_is_silent(db_session, anna, otto, make_thread, postbox, client):
    thread = make_thread(author=anna)
    services.add_post(otto, thread, "Antwort", reply_to_id=thread.last_post_id)
    db_session.commit()
    mailing.run(now() + LATER)
    link = next(
        line for line in postbox.texts()[0].splitlines() if "/mail/" in line
    )  # muting comes first
    assert client.post(link.removeprefix("http://127.0.0.1:8000")).status_code == 200
    services.add_post(otto, thread, "Noch eine", reply_to_id=None)
    db_session.commit()
    assert len(mails(postbox, now() + DAYS)) == 1
    assert db_session.get(Thread, thread.id).post_count == 3
