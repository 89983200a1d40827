"""Whatever fails and whenever: every mail is sent once, and nothing that nobody wants."""

from datetime import timedelta
from email.header import decode_header, make_header
from email.message import EmailMessage

import pytest
from sqlalchemy import text, update

from kts.accounts.models import User
from kts.core import mail
from kts.core.clock import now
from kts.core.mail import MailDelivery, send_due_mails
from kts.notifications import envelopes, mailing, preferences
from kts.notifications.contents import Item
from kts.notifications.models import Notification
from tests.notifications.conftest import berlin


def waiting(db_session):
    statement = db_session.query(Notification).filter(Notification.mailed_at.is_(None))
    return statement.count()


def test_a_direct_message_is_mailed_after_two_minutes(make_user, tell, postbox, db_session):
    tell(make_user(email="anna@example.org"), "Otto hat Sie genannt.")
    mailing.run(berlin(minute=1))
    assert postbox.messages == []
    mailing.run(berlin(minute=2))
    mailing.run(berlin(minute=3))
    (message,) = postbox.messages
    assert message["To"] == "anna@example.org"
    assert "Otto hat Sie genannt." in postbox.texts()[0]
    assert waiting(db_session) == 0


def test_five_quick_messages_about_one_thing_are_one_mail(make_user, tell, postbox):
    anna = make_user()
    for second in range(0, 50, 10):
        tell(anna, f"Beitrag {second}", target="thing:1", moment=berlin(second=second))
    mailing.run(berlin(minute=2))
    mailing.run(berlin(minute=5))
    assert len(postbox.messages) == 1
    assert all(f"Beitrag {second}" in postbox.texts()[0] for second in range(0, 50, 10))


def test_two_things_are_two_mails_and_many_things_are_one(make_user, tell, postbox):
    anna, otto = make_user(email="anna@example.org"), make_user(email="otto@example.org")
    for number in range(2):
        tell(anna, target=f"thing:{number}")
    for number in range(9):
        tell(otto, f"Sache {number}", target=f"thing:{number}")
    mailing.run(berlin(minute=5))
    assert sorted(m["To"] for m in postbox.messages) == ["anna@example.org"] * 2 + [
        "otto@example.org"
    ]
    assert "9 Mitteilungen" in postbox.messages[-1]["Subject"]


def test_what_was_read_on_the_site_is_not_mailed(make_user, tell, postbox, db_session):
    anna = make_user()
    early, late = tell(anna, read_at=berlin()), tell(anna, target="thing:2")
    mailing.run(berlin(minute=1))
    late.read_at = berlin(minute=1)
    db_session.commit()
    mailing.run(berlin(minute=5))
    assert postbox.messages == []
    assert early.mailed_at
    assert late.mailed_at


def test_a_normal_message_and_somebody_who_wants_none_get_no_mail(
    make_user, tell, postbox, db_session
):
    anna, otto, gone = make_user(), make_user(), make_user(active=False)
    preferences.choose(otto, paused=True)
    tell(anna, level="normal")
    tell(otto)
    tell(gone)
    mailing.run(berlin(minute=5))
    assert postbox.messages == []
    assert waiting(db_session) == 0


def test_quiet_hours_hold_back_even_what_was_due_before_them(make_user, tell, postbox):
    tell(make_user(), moment=berlin(hour=18, minute=57))
    mailing.run(berlin(hour=18, minute=58))  # planned for 18:59, then the worker stands still
    mailing.run(berlin(hour=21))
    assert postbox.messages == []
    mailing.run(berlin(day=6, hour=7))
    assert len(postbox.messages) == 1


def test_a_daily_mail_comes_once_with_all_of_the_day(make_user, tell, postbox):
    anna = make_user()
    for hour in (9, 12, 17):
        tell(anna, f"Um {hour}", level="watch", moment=berlin(hour=hour), target=f"thing:{hour}")
    mailing.run(berlin(hour=20))
    assert postbox.messages == []
    for minute in range(3):
        mailing.run(berlin(day=6, hour=7, minute=minute))
    (text,) = postbox.texts()
    assert all(f"Um {hour}" in text for hour in (9, 12, 17))


def test_daily_and_weekly_news_of_one_morning_are_one_mail(make_user, tell, postbox):
    anna = make_user()
    tell(anna, "Täglich", level="watch")
    tell(anna, "Wöchentlich", level="follow")
    mailing.run(berlin(day=6, hour=7))  # Tuesday
    (text,) = postbox.texts()
    assert "Täglich" in text
    assert "Wöchentlich" in text


def test_a_second_digest_of_the_day_waits_until_tomorrow(make_user, tell, postbox, db_session):
    anna = make_user()
    tell(anna, "Früh", level="watch")
    mailing.run(berlin(day=6, hour=7))
    preferences.choose(anna, hour=9)
    db_session.commit()
    tell(anna, "Später", level="watch", moment=berlin(day=6, hour=8))
    mailing.run(berlin(day=6, hour=9))
    mailing.run(berlin(day=6, hour=10))
    assert len(postbox.messages) == 1
    mailing.run(berlin(day=7, hour=9))
    assert "Später" in postbox.texts()[1]
    assert len(postbox.messages) == 2


def test_a_holiday_ends_with_one_mail(make_user, tell, postbox, db_session):
    anna = make_user()
    preferences.choose(anna, away_from=berlin(day=7).date(), away_to=berlin(day=20).date())
    db_session.commit()
    for day in (7, 9, 13, 20):
        for level in ("direct", "watch", "follow"):
            tell(anna, f"{level} {day}", level=level, moment=berlin(day=day))
    for day in range(7, 21):
        for hour in (7, 12, 20):
            mailing.run(berlin(day=day, hour=hour))
    assert postbox.messages == []
    mailing.run(berlin(day=21, hour=7))
    (text,) = postbox.texts()
    assert all(
        f"{level} {day}" in text
        for day in (7, 9, 13, 20)
        for level in ("direct", "watch", "follow")
    )
    mailing.run(berlin(day=27, hour=7))
    assert len(postbox.messages) == 1


def test_a_server_that_is_down_for_hours_gets_every_mail_once(make_user, tell, postbox, db_session):
    anna = make_user()
    postbox.down = True
    tell(anna, "Sofort")
    tell(anna, "Täglich", level="watch")
    mailing.run(berlin(minute=5))
    for hour in (7, 8, 9):
        mailing.run(berlin(day=6, hour=hour))
        send_due_mails()
    assert postbox.messages == []
    postbox.down = False
    db_session.execute(update(MailDelivery).values(due=now() - timedelta(seconds=1)))
    db_session.commit()
    for _turn in range(3):
        mailing.run(berlin(day=6, hour=12))
        send_due_mails()
    assert len(postbox.messages) == 2
    assert len({message["Message-ID"] for message in postbox.messages}) == 2


STEPS = ("plan_new", "_save_plan", "_compose", "_post", "_take")


class Killed(BaseException):
    """As a process ends: nothing that follows is done, and no ``except Exception`` sees it."""


@pytest.mark.parametrize("step", [*STEPS, "queue_mail", "after queue_mail"])
def test_a_worker_killed_at_any_step_sends_every_mail_once(
    make_user, tell, postbox, db_session, monkeypatch, step
):
    anna = make_user()
    tell(anna, "Sofort")
    tell(anna, "Täglich", level="watch")
    place = mail if "queue_mail" in step else mailing
    name = step.removeprefix("after ")
    original = getattr(place, name)

    def killed(*args, **kwargs):
        if step.startswith("after "):
            original(*args, **kwargs)
        raise Killed

    monkeypatch.setattr(place, name, killed)
    for moment in (berlin(minute=5), berlin(day=6, hour=7)):
        with pytest.raises(Killed):
            mailing.run(moment)
        db_session.rollback()
    monkeypatch.setattr(place, name, original)
    for minute in range(3):
        mailing.run(berlin(day=6, hour=7, minute=minute))
    texts = "".join("\n" + text for text in postbox.texts())
    assert len(postbox.messages) == 2
    assert texts.count("\n  Sofort\n") == texts.count("\n  Täglich\n") == 1
    assert waiting(db_session) == 0


def test_one_person_who_cannot_be_written_to_stops_no_other(make_user, tell, postbox, monkeypatch):
    anna, otto = make_user(email="anna@example.org"), make_user(email="otto@example.org")
    tell(anna)
    tell(otto)
    original = mailing.serve

    def serve(user_id, moment):
        if user_id == anna.id:
            raise RuntimeError("broken")
        return original(user_id, moment)

    monkeypatch.setattr(mailing, "serve", serve)
    mailing.run(berlin(minute=5))
    assert [message["To"] for message in postbox.messages] == ["otto@example.org"]
    monkeypatch.setattr(mailing, "serve", original)
    mailing.run(berlin(minute=6))
    assert [m["To"] for m in postbox.messages] == ["otto@example.org", "anna@example.org"]


def test_an_answer_that_comes_while_a_mail_is_composed_is_not_lost(
    make_user, tell, postbox, db_session, monkeypatch
):
    message = tell(make_user(), data={"posts": [1]})
    original = mailing._take

    def late(draft, moment):
        changed = {"data": {"posts": [1, 2]}}
        db_session.execute(update(Notification).where(Notification.id == message.id), changed)
        monkeypatch.setattr(mailing, "_take", original)
        return original(draft, moment)

    db_session.execute(
        update(Notification).where(Notification.id == message.id).values(data={"posts": [1]})
    )
    db_session.commit()
    monkeypatch.setattr(mailing, "_take", late)
    mailing.run(berlin(minute=5))
    assert postbox.messages == []  # what was composed did not have the second post
    db_session.execute(
        update(Notification).where(Notification.id == message.id).values(data={"posts": [1, 2]})
    )
    db_session.commit()
    mailing.run(berlin(minute=6))
    assert len(postbox.messages) == 1
    db_session.refresh(message)
    assert message.data["mailed"] == [1, 2]


def test_a_message_that_takes_up_more_after_its_mail_is_mailed_again(
    make_user, tell, postbox, db_session
):
    message = tell(make_user(), data={"posts": [1]})
    mailing.run(berlin(minute=5))
    message.data = {**message.data, "posts": [1, 2]}
    message.mailed_at, message.created = None, berlin(hour=11)
    db_session.commit()
    mailing.run(berlin(hour=11, minute=1))
    assert len(postbox.messages) == 1
    mailing.run(berlin(hour=11, minute=2))
    assert len(postbox.messages) == 2


def test_a_changed_choice_counts_for_what_is_not_mailed_yet(make_user, tell, postbox, db_session):
    anna = make_user()
    tell(anna, level="follow")
    mailing.run(berlin(minute=5))
    preferences.choose(anna, follow="now")
    db_session.commit()
    mailing.run(berlin(minute=6))
    assert len(postbox.messages) == 1


def test_a_reminder_is_a_mail_of_its_own_unless_it_is_not_wanted(
    make_user, tell, postbox, db_session
):
    anna, otto = make_user(email="anna@example.org"), make_user()
    preferences.choose(otto, bookmark_mails=False)
    db_session.commit()
    for person in (anna, otto):
        tell(person, "Fördermittel prüfen", kind=preferences.REMINDER)
    mailing.run(berlin(minute=5))
    (message,) = postbox.messages
    assert message["To"] == "anna@example.org"
    assert "Fördermittel prüfen" in message["Subject"]


def test_a_mail_can_be_ended_with_one_click_and_says_what_it_is(make_user, tell, postbox):
    tell(make_user())
    mailing.run(berlin(minute=5))
    (message,) = postbox.messages
    web, written = message["List-Unsubscribe"].split(", ")
    assert web.startswith("<http://127.0.0.1:8000/mail/")
    assert written.startswith("<mailto:")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Id"] == "<notifications.127.0.0.1>"
    assert message["Precedence"] == "bulk"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Reply-To"] is None


ITEM = Item("thread:12", "Titel", "/thema/12", group="Fragen <&> Antworten", list_id="fragen")


def test_mails_of_a_conversation_name_its_root_and_its_category(make_user):
    item = Item(**{**vars(ITEM), "root": "thread-12", "number": 3})
    given = envelopes.headers(make_user(), "notification", [item])
    assert given["In-Reply-To"] == given["References"] == "<thread-12@127.0.0.1>"
    assert given["List-Id"] == "Fragen & Antworten <fragen.127.0.0.1>"
    assert "Reply-To" not in given  # no mailbox is set


@pytest.mark.parametrize("name", ["Ä" * 120, "Ärger über Fördermittel für ländliche Räume, " * 2])
def test_a_category_with_a_long_german_name_does_not_keep_its_mails_back(make_user, name):
    item = Item(**{**vars(ITEM), "root": "thread-12", "number": 3, "group": f"{name}\r\nBcc: x"})
    told = envelopes.headers(make_user(), "notification", [item])["List-Id"]
    message = EmailMessage()
    message["List-Id"] = told  # refuses a value of several lines
    assert str(make_header(decode_header(told))).startswith(name.strip())
    assert message["Bcc"] is None


@pytest.fixture
def mailbox(app, monkeypatch):
    monkeypatch.setattr(app.config["KTS"], "mail_reply_domain", "antwort.example.org")


@pytest.mark.usefixtures("mailbox")
def test_the_address_for_an_answer_names_person_thread_and_post(make_user):
    anna = make_user()
    item = Item(**{**vars(ITEM), "root": "thread-12", "number": 3})
    address = envelopes.headers(anna, "notification", [item])["Reply-To"]
    assert len(address.split("@")[0]) <= 64  # RFC 5321
    for spelling in (address, address.upper(), f"<{address}>"):
        assert envelopes.parse_reply_address(spelling) == envelopes.ReplyTo(anna.id, 12, 3)


@pytest.mark.usefixtures("mailbox", "db_session")
def test_the_longest_numbers_fit_into_an_address():
    item = Item(**{**vars(ITEM), "target": f"thread:{2**31 - 1}", "root": "r", "number": 2**31 - 1})
    address = envelopes.reply_address(2**31 - 1, item)
    assert len(address.split("@")[0]) <= 64
    assert envelopes.parse_reply_address(address).number == 2**31 - 1


@pytest.mark.usefixtures("mailbox", "db_session")
def test_a_forged_address_answers_for_nobody():
    item = Item(**{**vars(ITEM), "root": "thread-12", "number": 3})
    address = envelopes.reply_address(7, item)
    local, domain = address.split("@")
    mine, *rest = local.removeprefix("antwort+").split("-")
    for forged in (
        f"antwort+{'-'.join(['8', *rest])}@{domain}",
        f"{local[:-1]}{'a' if local[-1] != 'a' else 'b'}@{domain}",
        f"{local}@example.org",
        f"x{local}@{domain}",
        f"antwort+{mine}@{domain}",
        "",
        "antwort+@antwort.example.org",
    ):
        assert envelopes.parse_reply_address(forged) is None


def test_mails_of_an_account_that_is_gone_are_deleted(make_user, tell, postbox, db_session):
    anna, otto = make_user(), make_user()
    tell(anna)
    tell(otto)
    mailing.run(berlin(minute=5))
    db_session.expire_all()
    db_session.delete(anna)
    db_session.commit()
    assert mailing.forget_mails_of_the_gone() == 1
    assert [row.user_id for row in db_session.query(MailDelivery)] == [otto.id]


def test_nobody_is_looked_at_for_whom_nothing_is_due(make_user, tell, query_counter, postbox):
    for _number in range(3):
        tell(make_user(), level="follow")
    mailing.run(berlin(minute=5))
    with query_counter() as before:
        mailing.run(berlin(minute=6))
    for _number in range(5):
        tell(make_user(), level="follow")
    mailing.run(berlin(minute=7))
    with query_counter() as after:
        mailing.run(berlin(minute=8))
    assert len(before) == len(after) <= 5  # what is new and who is due, each in a transaction


def test_the_moments_are_found_by_an_index(db_session):
    plan = "EXPLAIN QUERY PLAN SELECT user_id FROM notification WHERE mailed_at IS NULL AND {}"
    for condition in ("mail_due IS NULL", "mail_due <= '2026-01-01'"):
        rows = db_session.execute(text(plan.format(condition)))
        assert any("ix_notification_mail" in row[-1] for row in rows)


def test_a_thousand_people_at_one_hour_are_served_in_batches(db_session, postbox, monkeypatch):
    number, batches, most_rows = 1000, [], []
    ids = make_thousand(db_session, number)
    original = mailing.due_people

    def noting(*args):
        batches.append(original(*args))
        most_rows.append(len(db_session.identity_map))  # what the session holds on to
        return batches[-1]

    monkeypatch.setattr(mailing, "due_people", noting)
    monkeypatch.setattr(mail, "after_commit", lambda *_call: None)  # sending is another task
    mailing.run(berlin(minute=5))
    assert mailing.run(berlin(day=6, hour=7)) == number
    assert db_session.query(MailDelivery.user_id).distinct().count() == len(ids) == number
    assert max(map(len, batches)) == mailing.PEOPLE_AT_ONCE
    assert max(most_rows) < 10


def make_thousand(db_session, number):
    db_session.add_all(
        User(email=f"p{i}@example.org", name=f"P {i}", session_key="x") for i in range(number)
    )
    db_session.commit()
    ids = db_session.scalars(db_session.query(User.id).statement).all()
    db_session.add_all(
        Notification(
            **{"user_id": i, "kind": "note", "level": "watch", "text": "x" * 200, "url": "/forum"},
            created=berlin(),
        )
        for i in ids
    )
    db_session.commit()
    db_session.expunge_all()
    return ids
