"""Everybody chooses which mails come; the links in mails work without signing in."""

import re
from datetime import timedelta

import pytest

from kts.core import clock
from kts.core.mail import MailDelivery
from kts.notifications import mailing, preferences, subscriptions, unsubscribing
from kts.notifications.models import Subscription
from kts.notifications.preference_models import NotificationPreference
from tests.conftest import make_app
from tests.notifications.conftest import berlin

PAGE = "/konto/benachrichtigungen"
FORM = {
    "direct": "now",
    "watch": "weekly",
    "follow": "none",
    "weekday": "3",
    "hour": "9",
    "quiet_from": "20",
    "quiet_to": "6",
    "away_from": "",
    "away_to": "",
    "suggestions": "y",
}


def test_only_people_with_an_account_choose(client, make_user, login):
    assert client.get(PAGE).status_code == 302
    assert client.post(PAGE, data=FORM).status_code == 403
    login(client, make_user())
    assert client.get(PAGE).status_code == 200
    assert client.post(PAGE, data=FORM).status_code == 303


def test_the_defaults_are_shown_and_a_choice_is_kept(client, make_user, login, db_session):
    anna, otto = make_user(language="en"), make_user()
    login(client, anna)
    client.set_cookie("kts_lang", "en")
    assert "at most one mail a day, at 7:00" in client.get(PAGE).text.replace("\u202f", " ")
    assert client.post(PAGE, data=FORM).location == PAGE
    saved = preferences.of(anna.id)
    assert (saved.direct, saved.watch, saved.follow) == ("now", "weekly", "none")
    assert (saved.weekday, saved.hour, saved.quiet_from, saved.quiet_to) == (3, 9, 20, 6)
    assert (saved.quiet_weekends, saved.follow_own, saved.suggestions) == (False, False, True)
    assert "on Thursday at 9:00" in client.get(PAGE).text.replace("\u202f", " ")
    assert db_session.get(NotificationPreference, otto.id) is None
    assert preferences.follows_own(otto.id)
    assert not preferences.follows_own(anna.id)


def test_no_quiet_hours_can_be_chosen(client, make_user, login):
    anna = make_user()
    login(client, anna).post(PAGE, data=FORM | {"quiet_from": "", "quiet_to": ""})
    assert preferences.of(anna.id).quiet_from is None
    assert preferences.of(anna.id).quiet_to is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"direct": "hourly"},
        {"weekday": "7"},
        {"hour": "24"},
        {"quiet_from": ""},
        {"quiet_to": "24"},
        {"quiet_to": "x"},
        {"away_from": "2026-08-01"},
        {"away_from": "2026-08-02", "away_to": "2026-08-01"},
        {"away_from": "2026-08-01", "away_to": "2028-08-01"},
        {"away_from": "heute", "away_to": "2028-08-01"},
    ],
)
def test_half_a_choice_is_shown_again_and_not_kept(client, make_user, login, db_session, wrong):
    anna = make_user()
    answer = login(client, anna).post(PAGE, data=FORM | wrong)
    assert answer.status_code == 422
    assert 'id="form-errors"' in answer.text
    assert db_session.get(NotificationPreference, anna.id) is None


def test_the_page_is_linked_from_the_account(client, make_user, login):
    assert f'href="{PAGE}"' in login(client, make_user()).get("/konto").text


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"paused": True}, "no mails about notifications"),
        ({"direct": "daily"}, "at most one mail a day"),
        ({"direct": "weekly", "watch": "weekly"}, "at most one mail a week, on Tuesday"),
        ({"direct": "none", "watch": "none", "follow": "none"}, "no mails about the forum"),
        ({"watch": "now", "follow": "none"}, "as soon as something happens"),
        ({}, "besides at most one mail a day"),
        ({"watch": "none"}, "besides at most one mail a week"),
    ],
)
def test_the_first_sentence_says_how_much_mail_comes(app, values, words):
    with app.test_request_context(headers={"Cookie": "kts_lang=en"}):
        assert words in preferences.summary(NotificationPreference(user_id=1, **values))[0]


# links


@pytest.fixture
def anna(make_user):
    return make_user(email="anna@example.org")


def path(person, purpose, data=""):
    return f"/mail/{unsubscribing.token(person, purpose, data)}"


def frequencies(person):
    return preferences.state(preferences.of(person.id), *preferences.MAILED_LEVELS)


def undo_of(answer):
    return re.search(r'action="(/mail/[^"]+)"', answer.text)[1]


def test_a_link_that_is_opened_changes_nothing(client, anna, db_session):
    for purpose, data in (("stop", ""), ("weekly", ""), ("mute", "thread:7")):
        answer = client.get(path(anna, purpose, data))
        assert answer.status_code == 200
        assert answer.text.count("<button") >= 1
        assert "anna@example.org" not in answer.text  # mails are passed on
    assert db_session.query(NotificationPreference).count() == 0
    assert db_session.query(Subscription).count() == 0


def test_a_mail_program_ends_mails_without_cookies_and_token(tmp_path, database_template):
    app = make_app(tmp_path, WTF_CSRF_ENABLED=True)
    with app.app_context():
        from kts.accounts import services
        from kts.extensions import db

        db.create_all()
        person = services.create_user("anna@example.org", "Anna")
        db.session.commit()
        address, number = path(person, "stop"), person.id
    client = app.test_client(use_cookies=False)
    for _time in range(2):
        answer = client.post(address, data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200  # RFC 8058: no redirect
    with app.app_context():
        assert preferences.of(number).paused
        db.engine.dispose()


def test_ending_all_mails_can_be_taken_back(client, anna, db_session):
    answer = client.post(path(anna, "stop"))
    assert preferences.of(anna.id).paused
    undo = undo_of(answer)
    assert client.get(undo).status_code == 200
    db_session.expire_all()
    assert preferences.of(anna.id).paused
    client.post(undo)
    db_session.expire_all()
    assert not preferences.of(anna.id).paused


def test_only_weekly_makes_less_and_never_more(client, anna, db_session):
    preferences.choose(anna, follow="none")
    db_session.commit()
    before = frequencies(anna)
    answer = client.post(path(anna, "weekly"))
    db_session.expire_all()
    assert frequencies(anna) == {"direct": "weekly", "watch": "weekly", "follow": "none"}
    client.post(undo_of(answer))
    db_session.expire_all()
    assert frequencies(anna) == before


def test_a_muted_thread_gets_its_level_back(client, anna, db_session):
    subscriptions.choose_level(anna, "thread", 7, "watch")
    db_session.commit()
    answer = client.post(path(anna, "mute", "thread:7"))
    level = db_session.query(Subscription.level)
    assert level.scalar() == "mute"
    client.post(undo_of(answer))
    db_session.expire_all()
    assert level.scalar() == "watch"


def test_muting_what_had_no_level_is_taken_back_to_none(client, anna, db_session):
    answer = client.post(path(anna, "mute", "thread:7"))
    client.post(undo_of(answer))
    assert db_session.query(Subscription).count() == 0


def test_a_forged_link_does_nothing(client, anna, make_user, db_session):
    good, other = path(anna, "stop"), path(make_user(), "stop")
    head, rest = good.split(".", 1)
    for forged in (good[:-2] + "xx", other.split(".")[0] + "." + rest, head, "/mail/x"):
        assert client.get(forged).status_code == 404
        assert client.post(forged).status_code == 400
    unknown = path(anna, "admin")
    assert client.post(unknown).status_code == 400
    assert db_session.query(NotificationPreference).count() == 0


def test_an_expired_link_does_nothing_and_says_so(client, anna, monkeypatch, db_session):
    address = path(anna, "stop")
    monkeypatch.setattr(unsubscribing, "LINKS_LAST", timedelta(seconds=-1))
    assert client.get(address).status_code == 410
    assert client.post(address).status_code == 410
    assert db_session.query(NotificationPreference).count() == 0


def test_a_link_of_an_account_that_is_gone_is_not_its_successors(
    client, anna, db_session, make_user
):
    address, number = path(anna, "stop"), anna.id
    db_session.delete(anna)
    db_session.commit()
    new = make_user(id=number, created=clock.now() + timedelta(days=1))
    assert new.id == number
    assert client.post(address).status_code == 400


def test_the_links_of_a_real_mail_work(client, anna, tell, postbox, db_session):
    tell(anna)
    mailing.run(berlin(minute=5))
    (message,) = postbox.messages
    base = "http://127.0.0.1:8000"
    links = set(re.findall(rf"{base}(/mail/\S+)", postbox.texts()[0]))
    html = message.get_body(("html",)).get_content()
    assert len(links) == 2  # weekly and no more; there is nothing to mute
    assert all(link in html for link in links)
    assert all(client.get(link).status_code == 200 for link in links)
    one_click = message["List-Unsubscribe"].split(">")[0].removeprefix(f"<{base}")
    assert client.post(one_click, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    tell(anna, moment=berlin(hour=12))
    mailing.run(berlin(hour=13))
    assert db_session.query(MailDelivery).count() == 1
