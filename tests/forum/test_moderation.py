"""Keeping order: who may, what is logged, who is told, what others see."""

from datetime import timedelta

import pytest

from kts.accounts.services import add_to_group
from kts.core.audit import history
from kts.core.clock import now
from kts.core.errors import Conflict
from kts.core.mail import MailDelivery
from kts.forum import queries, services
from kts.forum.models import Post, Thread
from kts.forum.models.moderating import ThreadEvent
from kts.forum.queries import moderating
from kts.forum.services import moderation
from kts.forum.tasks import end_acts_in_time
from kts.notifications.models import Notification

ACTS = [
    ("pin", "unpin", "pinned"),
    ("lock", "unlock", "locked"),
    ("hide", "unhide", "hidden"),
]


def text(response):
    return response.get_data(as_text=True)


def moderate(client, thread, act, reason="", **data):
    return client.post(f"{thread.path}/moderation", data={"act": act, "reason": reason, **data})


@pytest.mark.parametrize(("act", "undo", "mark"), ACTS)
def test_each_act_and_its_counterpart_is_for_moderators_logged_and_told(
    client, login, make_user, thread, db_session, act, undo, mark
):
    moderator = make_user("moderator")
    assert moderate(client, thread, act, "Grund").status_code == 403
    for role in ("member", "editor"):
        login(client, make_user(role))
        assert moderate(client, thread, act, "Grund").status_code == 403
        assert client.get(f"{thread.path}/moderation").status_code == 403
        assert "/moderation" not in text(client.get(thread.path))
    login(client, moderator)
    assert moderate(client, thread, act, "Das ist der Grund").status_code == 303
    db_session.expire_all()
    assert getattr(thread, mark) is True
    entry = history("thread", thread.id)[0]
    assert (entry.action, entry.reason) == (f"thread.{act}", "Das ist der Grund")
    assert entry.actor_name == moderator.name
    told = db_session.query(Notification).filter_by(user_id=thread.author_id).one()
    assert "Das ist der Grund" in told.text
    assert moderate(client, thread, undo).status_code == 303
    db_session.expire_all()
    assert getattr(thread, mark) is False
    assert [e.action for e in history("thread", thread.id)] == [f"thread.{undo}", f"thread.{act}"]


@pytest.mark.parametrize("act", ["lock", "hide", "move"])
def test_what_weighs_on_others_needs_a_reason(
    client, login, make_user, thread, make_category, db_session, act
):
    other = make_category("Anderswo")
    login(client, make_user("moderator"))
    response = moderate(client, thread, act, category=other.slug)
    assert response.status_code == 422
    db_session.expire_all()
    assert not thread.locked
    assert not thread.hidden
    assert thread.category_id != other.id


def test_an_act_done_twice_is_logged_and_told_once(client, login, make_user, thread, db_session):
    login(client, make_user("moderator"))
    moderate(client, thread, "pin")
    moderate(client, thread, "pin")
    assert len(history("thread", thread.id)) == 1
    assert db_session.query(Notification).count() == 1
    assert moderate(client, thread, "sprengen", "x").status_code == 404


def test_a_moved_thread_is_seen_by_whom_the_new_category_admits(
    client, login, make_user, thread, make_category, make_group, db_session
):
    room = make_category("Werkraum", make_group().token)
    member, moderator = make_user(), make_user("moderator")
    login(client, moderator)
    assert moderate(client, thread, "move", "Gehört hierher").status_code == 422
    response = moderate(client, thread, "move", "Gehört hierher", category=room.slug)
    assert response.status_code == 303
    db_session.expire_all()
    assert thread.visibility == room.visibility
    assert client.get(thread.path).status_code == 200
    assert login(client, member).get(thread.path).status_code == 404
    assert login(client, thread.author).get(thread.path).status_code == 404
    told = db_session.query(Notification).filter_by(user_id=thread.author_id).one()
    assert told.url == "/forum"
    assert "Werkraum" not in told.text
    assert history("thread", thread.id)[0].changes["visibility"] == ["public", room.visibility]
    login(client, moderator)
    assert moderate(client, thread, "move", "Zurück", category="allgemeines").status_code == 422
    moderate(client, thread, "move", "Zurück", category="allgemeines", confirmed="y")
    assert login(client, member).get(thread.path).status_code == 200


def test_a_hidden_thread_vanishes_for_others(
    client, login, make_user, thread, category, db_session
):
    services.hide_thread(make_user("moderator"), thread, "Doppelt gestellt")
    db_session.commit()
    addresses = ("/forum", f"/forum/{category.slug}")
    for person in (None, make_user()):
        if person:
            login(client, person)
        assert client.get(thread.path).status_code == 404
        assert client.get(f"/beitrag/{thread.last_post_id}").status_code == 404
        assert all(thread.title not in text(client.get(address)) for address in addresses)
        counts = queries.thread_counts(person) if person else {"threads": 0}
        assert counts["threads"] == 0
    for person in (thread.author, make_user("moderator")):
        login(client, person)
        assert "Doppelt gestellt" in text(client.get(thread.path))
        assert all(thread.title in text(client.get(address)) for address in addresses)
    login(client, thread.author)
    assert client.post(f"{thread.path}/antworten", data={"body": "Nanu"}).status_code == 403
    mail = db_session.query(MailDelivery).one()
    assert mail.recipient == thread.author.email
    assert "Doppelt gestellt" in mail.body


def test_a_hidden_post_leaves_a_note_with_the_reason(
    client, login, make_user, make_thread, db_session
):
    thread = make_thread(answers=1)
    post = db_session.query(Post).filter_by(number=2).one()
    address = f"/beitrag/{post.id}/moderation"
    data = {"act": "hide", "reason": "Werbung für ein Produkt"}
    for person in (None, make_user(), thread.author):
        if person:
            login(client, person)
        assert client.post(address, data=data).status_code == 403
    moderator = make_user("moderator")
    login(client, moderator)
    assert client.post(address, data={"act": "hide"}).status_code == 422
    assert client.post(address, data=data).status_code == 303
    assert history("post", post.id)[0].action == "post.hide"
    assert db_session.query(MailDelivery).count() == 1
    assert "Nachtrag 1" in text(client.get(thread.path))
    login(client, make_user())
    page = text(client.get(thread.path))
    assert "Beitrag ausgeblendet: Werbung für ein Produkt" in page
    assert "Nachtrag 1" not in page
    assert "Nachtrag 1" in text(login(client, thread.author).get(thread.path))
    login(client, moderator)
    assert client.post(address, data={"act": "unhide"}).status_code == 303
    assert "Nachtrag 1" in text(login(client, make_user()).get(thread.path))
    assert client.post(address, data={"act": "sprengen"}).status_code == 403


def test_moderators_read_what_was_done(client, login, make_user, thread, db_session):
    login(client, make_user("moderator"))
    moderate(client, thread, "lock", "Beantwortet")
    page = text(client.get(f"{thread.path}/moderation"))
    assert "Beantwortet" in page
    assert db_session.query(Thread).one().locked


def answer(client, thread, body):
    return client.post(f"{thread.path}/antworten", data={"body": body})


def test_every_reader_learns_why_a_thread_is_closed_until_it_is_undone(
    client, login, make_user, thread, db_session
):
    login(client, make_user("moderator"))
    data = {"act": "lock", "reason": "Alles gesagt"}
    page = client.post(f"{thread.path}/moderation", data=data, follow_redirects=True)
    event = db_session.query(ThreadEvent).one()
    undo = f"/thema/{thread.id}/moderation/{event.id}/rueckgaengig"
    assert undo in text(page)
    login(client, make_user())
    assert "Alles gesagt" in text(client.get(thread.path))
    assert client.post(undo).status_code == 403
    with client.session_transaction() as session:
        session.clear()
    assert text(client.get(thread.path)).count("Alles gesagt") == 2  # above, and at its place
    assert client.post(undo).status_code == 403
    login(client, make_user("moderator"))
    assert client.post(undo).status_code == 303
    assert client.post(undo).status_code == 409
    db_session.expire_all()
    assert not thread.locked
    assert history("thread", thread.id)[0].action == "thread.unlock"
    login(client, make_user())
    assert "Alles gesagt" not in text(client.get(thread.path))


@pytest.mark.parametrize(("act", "undo", "field"), ACTS)
def test_an_act_is_undone_long_after_and_an_older_one_of_its_kind_is_not(
    client, login, make_user, thread, db_session, act, undo, field
):
    login(client, make_user("moderator"))
    for each in (act, undo, act):
        moderate(client, thread, each, "Grund")
    client.get(thread.path)  # takes the messages with their buttons
    page = text(client.get(f"{thread.path}/moderation"))
    assert page.count("/rueckgaengig") == 1
    _first, second, third = db_session.query(ThreadEvent).order_by(ThreadEvent.id)
    undone = client.post(f"/thema/{thread.id}/moderation/{third.id}/rueckgaengig", data={"log": 1})
    assert undone.location.endswith("/moderation")
    db_session.expire_all()
    assert not getattr(thread, field)
    client.post(f"/thema/{thread.id}/moderation/{second.id}/rueckgaengig")
    db_session.expire_all()
    assert getattr(thread, field)
    assert client.post(f"/thema/1234/moderation/{second.id}/rueckgaengig").status_code == 404
    assert client.post(f"/thema/{thread.id}/moderation/999/rueckgaengig").status_code == 404


def test_undoing_brings_the_old_reason_back(make_user, make_thread, db_session):
    make_thread(answers=1)
    post = db_session.query(Post).filter_by(number=2).one()
    moderator = make_user("moderator")
    services.hide_post(moderator, post, "Werbung")
    event = services.unhide_post(moderator, post)
    moderation.undo(moderator, event)
    assert (post.hidden, post.hidden_reason) == (True, "Werbung")


def test_a_pin_and_slow_mode_end_in_time(client, login, make_user, thread, db_session, monkeypatch):
    login(client, make_user("moderator"))
    day, past = ((now() + timedelta(days=days)).date() for days in (2, -3))
    assert moderate(client, thread, "pin", until=past).status_code == 422
    assert moderate(client, thread, "pin", until=day).status_code == 303
    assert moderate(client, thread, "slow", "Hitzig", pace=900, until=day).status_code == 303
    assert end_acts_in_time() == 0
    db_session.expire_all()
    assert (thread.pinned, thread.slow_seconds) == (True, 900)
    later = now() + timedelta(days=4)
    monkeypatch.setattr("kts.forum.services.moderation.undoing.now", lambda: later)
    assert end_acts_in_time() == 2
    assert end_acts_in_time() == 0
    db_session.expire_all()
    assert (thread.pinned, thread.slow_seconds) == (False, 0)
    ended = {entry.action for entry in history("thread", thread.id) if not entry.actor_name}
    assert ended == {"thread.unpin", "thread.unslow"}


def test_slow_mode_makes_people_wait_and_keeps_their_text(
    client, login, make_user, thread, db_session, monkeypatch
):
    moderator, member = make_user("moderator"), make_user()
    login(client, moderator)
    assert moderate(client, thread, "slow", pace=900).status_code == 422
    assert moderate(client, thread, "slow", "Bitte erst lesen", pace=900).status_code == 303
    for person in (member, moderator):
        login(client, person)
        assert "15 Minuten" in text(client.get(thread.path))
        assert answer(client, thread, "Erstens").status_code == 303
    assert answer(client, thread, "Zweitens").status_code == 303  # moderators are exempt
    login(client, member)
    refused = answer(client, thread, "Und noch etwas Kluges")
    assert refused.status_code == 409
    assert "Und noch etwas Kluges" in text(refused)
    assert "15 Minuten" in text(refused)
    later = now() + timedelta(seconds=901)
    monkeypatch.setattr("kts.forum.services.moderation.pace.now", lambda: later)
    assert answer(client, thread, "Und noch etwas Kluges").status_code == 303


def test_coordinators_keep_order_in_their_group_and_nowhere_else(
    client, login, make_user, make_group, make_category, make_thread, category
):
    group = make_group()
    room = make_category("Werkraum", group.token)
    coordinator, member = make_user(), make_user(groups=[group])
    add_to_group(coordinator, group, coordinator=True)
    inside, outside = make_thread(category=room, author=member), make_thread("Draußen")
    login(client, member)
    assert moderate(client, inside, "lock", "Ich will").status_code == 403
    login(client, coordinator)
    assert moderate(client, outside, "lock", "Ich will").status_code == 403
    assert moderate(client, inside, "hide", "Versehen").status_code == 303
    assert client.get(inside.path).status_code == 200
    assert login(client, make_user(groups=[group])).get(inside.path).status_code == 404
    login(client, coordinator)
    assert moderate(client, inside, "unhide").status_code == 303
    assert moderate(client, inside, "lock", "Fertig").status_code == 303
    assert answer(client, inside, "Nachtrag der Koordination").status_code == 303


@pytest.fixture
def proposal(make_user, make_group, make_category, make_thread, category, db_session):
    """Give a coordinator's thread in a closed room, and the room that it shall go to."""
    group = make_group()
    coordinator = make_user()
    add_to_group(coordinator, group, coordinator=True)
    thread = make_thread(category=make_category("Werkraum", group.token), author=coordinator)
    return coordinator, thread, category


def test_a_coordinator_proposes_to_move_a_thread_out_and_moderators_decide(
    client, login, make_user, proposal, db_session
):
    coordinator, thread, category = proposal
    room = thread.category_id
    login(client, coordinator)
    for _ in range(2):  # a double click asks once
        moderate(client, thread, "move", "Für alle nützlich", category=category.slug)
    event = db_session.query(ThreadEvent).one()
    assert (event.kind, thread.category_id) == ("thread.propose", room)
    accept = f"/thema/{thread.id}/moderation/{event.id}/annehmen"
    assert client.post(accept).status_code == 403
    assert client.post(accept.replace("annehmen", "ablehnen")).status_code == 403
    assert client.get("/forum/vorschlaege").status_code == 403
    login(client, make_user("moderator"))
    assert "Für alle nützlich" in text(client.get("/forum/vorschlaege"))
    assert f"{thread.path}/moderation" in text(client.get("/kuratierung"))
    assert "annehmen" in text(client.get(f"{thread.path}/moderation"))
    assert client.post(accept).status_code == 303
    assert client.post(accept).status_code == 409
    db_session.expire_all()
    assert (thread.category_id, thread.visibility) == (category.id, "public")
    assert "Für alle nützlich" not in text(client.get("/forum/vorschlaege"))


def test_a_declined_proposal_is_answered_with_the_reason(
    client, login, make_user, proposal, db_session
):
    coordinator, thread, category = proposal
    event = moderation.propose_move(coordinator, thread, category, "Bitte")
    login(client, make_user("moderator"))
    address = f"/thema/{thread.id}/moderation/{event.id}/ablehnen"
    assert client.post(address, data={"reason": "Zu vertraulich"}).status_code == 303
    told = db_session.query(Notification).filter_by(user_id=coordinator.id).all()
    assert any("Zu vertraulich" in each.text for each in told)
    db_session.expire_all()
    assert thread.category_id != category.id


def test_the_old_category_tells_for_two_weeks_where_a_thread_went(
    client, login, make_user, thread, category, make_category, make_group, monkeypatch
):
    group = make_group()
    open_room, closed_room = make_category("Offen"), make_category("Werkraum", group.token)
    moderator, member = make_user("moderator"), make_user()
    moderation.move_thread(moderator, thread, open_room, "Passt besser")
    assert [t.id for t in moderating.moved_away(member, category)] == [thread.id]
    login(client, member)
    assert thread.title in text(client.get(f"/forum/{category.slug}"))
    assert "Passt besser" in text(client.get(thread.path))
    moderation.move_thread(moderator, thread, closed_room, "Vertraulich")
    insider = make_user(groups=[group])
    assert moderating.moved_away(member, open_room) == []
    assert thread.title not in text(client.get(f"/forum/{open_room.slug}"))
    assert [t.id for t in moderating.moved_away(insider, open_room)] == [thread.id]
    assert moderating.moved_away(insider, category) == []
    later = now() + timedelta(days=15)
    monkeypatch.setattr("kts.forum.queries.moderating.now", lambda: later)
    assert moderating.moved_away(insider, open_room) == []


def test_a_trace_names_no_category_that_the_reader_may_not_see(
    client, login, make_user, make_thread, make_category, make_group, category
):
    room = make_category("Geheimwerkstatt", make_group().token)
    moderator = make_user("moderator")
    thread = make_thread(category=room, author=moderator)
    moderation.move_thread(moderator, thread, category, "Jetzt offen")
    page = text(client.get(thread.path))
    assert "Jetzt offen" in page
    assert "Geheimwerkstatt" not in page
    assert "Geheimwerkstatt" in text(login(client, moderator).get(thread.path))


def test_a_move_is_not_undone_when_it_would_show_what_was_written_for_fewer(
    make_user, thread, make_category, make_group
):
    moderator = make_user("moderator")
    room = make_category("Werkraum", make_group().token)
    event = moderation.move_thread(moderator, thread, room, "Vertraulich")
    services.add_post(moderator, thread, "Nur unter uns")
    with pytest.raises(Conflict):
        moderation.undo(moderator, event)
    assert thread.category_id == room.id


def test_a_wiki_post_is_edited_by_all_who_may_answer(
    client, login, make_user, make_thread, db_session
):
    thread = make_thread(answers=1)
    post = db_session.query(Post).filter_by(number=2).one()
    address, edit = f"/beitrag/{post.id}/moderation", f"/beitrag/{post.id}/bearbeiten"
    other = make_user()
    login(client, other)
    assert client.post(address, data={"act": "wiki"}).status_code == 403
    assert client.get(edit).status_code == 403
    login(client, thread.author)
    assert client.post(address, data={"act": "hide", "reason": "x"}).status_code == 403
    assert client.post(address, data={"act": "wiki"}).status_code == 303
    login(client, other)
    assert client.get(edit).status_code == 200
    changed = {"body": "Gemeinsam verbessert", "version": post.version}
    assert client.post(edit, data=changed).status_code == 303
    assert client.post(address, data={"act": "unwiki"}).status_code == 403
    db_session.expire_all()
    assert post.source == "Gemeinsam verbessert"
    assert post.author_id == thread.author_id
    login(client, make_user("moderator"))
    assert client.post(address, data={"act": "unwiki"}).status_code == 303
    assert login(client, other).get(edit).status_code == 403


def test_a_page_asks_a_fixed_number_of_statements_for_what_happened(
    make_user, thread, make_category, category, db_session, query_counter
):
    moderator, other = make_user("moderator"), make_category("Anderswo")
    numbers = []
    for _ in range(3):
        moderation.lock_thread(moderator, thread, "Pause")
        moderation.move_thread(moderator, thread, other, "Dorthin")
        moderation.unlock_thread(moderator, thread)
        moderation.move_thread(moderator, thread, category, "Zurück")
        db_session.commit()
        posts = queries.posts_on_page(thread, 1)
        assert thread.id  # loaded before counting
        assert moderator.visibility_tokens
        assert posts[0].number
        with query_counter() as statements:
            found = moderating.shared(moderator, thread, posts)
        numbers.append(len(statements))
    assert len(found["moderating_events"][1]) == 12
    assert numbers[0] == numbers[2] <= 3


def test_the_log_names_no_place_that_a_coordinator_may_not_know_of(
    client, login, make_user, make_group, make_category, make_thread, db_session
):
    ours, theirs = make_group("Unsere"), make_group("Fremde")
    coordinator, moderator = make_user(), make_user("moderator")
    add_to_group(coordinator, ours, coordinator=True)
    room = make_category("Unser Raum", visibility=ours.token)
    far = make_category("Geheimer Raum", visibility=theirs.token)
    thread = make_thread("Kommt her", category=far)
    other = make_thread("Geheimes Thema", category=far)
    moderation.move_thread(moderator, thread, room, "Gehört hierher")
    moderation.merge_threads(moderator, other, thread, "Dasselbe", confirmed=True)
    db_session.commit()
    login(client, coordinator)
    log = text(client.get(f"{thread.path}/moderation"))
    assert "… → Unser Raum" in log
    assert "… → Kommt her" in log
    assert "Geheime" not in log
    login(client, moderator)
    assert "Geheimer Raum → Unser Raum" in text(client.get(f"{thread.path}/moderation"))
