"""Contributions that are held back, for their authors and for the moderators who look at them."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from kts.core import judging
from kts.core.audit import AuditEntry
from kts.core.clock import now
from kts.core.judging import Reason
from kts.core.waiting import WaitingItem
from kts.extensions import db
from kts.forum import services as forum
from kts.forum.models import Post, Thread
from kts.forum.models.attachments import Attachment
from kts.forum.models.drafts import Draft
from kts.forum.models.held import HeldContribution
from kts.forum.services import drafts, holding
from kts.forum.services.attachments import remove_unbound
from kts.forum.services.forgetting import KEPT_FOR, forget_decided
from kts.notifications.models import Notification
from tests.forum.test_attachments import sent

HOLD = "Bitte ansehen"
PLAIN = "Wir haben zwanzig Sensoren gekauft."


def looked_at(contribution):
    """Hold what says so, as a watched word does."""
    text = f"{contribution.title} {contribution.text}"
    if HOLD in text and HOLD not in contribution.before:
        yield Reason("word", "Das sieht sich jemand an.")


@pytest.fixture(autouse=True)
def rule(monkeypatch):
    """Put one rule in place of all others."""
    monkeypatch.setattr(judging, "_CHECKS", [looked_at])
    monkeypatch.setattr(judging, "_LIMITS", [])


@pytest.fixture
def author(make_user):
    return make_user(name="Nina Neu")


@pytest.fixture
def moderator(make_user):
    return make_user("moderator", name="Maria Muster")


@pytest.fixture
def browser(app, login):
    """Give a function that gives somebody's own browser."""
    return lambda person: login(app.test_client(), person)


@pytest.fixture
def send_answer(browser):
    def send(person, thread, body=f"{HOLD}: neun Sensoren.", **more):
        data = {"body": body, "token": "zeichen", **more}
        return browser(person).post(f"{thread.path}/antworten", data=data)

    return send


@pytest.fixture
def held(author, thread, send_answer):
    """Give an answer that is held."""
    assert send_answer(author, thread).status_code == 303
    return the_held()


@pytest.fixture
def decide(browser, moderator):
    """Give a function by which a moderator presses a button of the page."""

    def send(held, deed, person=None, **data):
        address = f"{held.desk_path}/{deed}"
        return browser(person or moderator).post(address, data={"version": held.version, **data})

    return send


def the_held():
    db.session.expire_all()
    return db.session.query(HeldContribution).order_by(HeldContribution.id.desc()).first()


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def told(person):
    db.session.expire_all()
    found = db.session.query(Notification).filter_by(user_id=person.id, kind="held")
    return [message.text for message in found.order_by(Notification.id)]


def logged(action):
    return db.session.query(AuditEntry).filter_by(action=action).count()


def on_desk():
    return [(item.kind, item.subject_id) for item in db.session.query(WaitingItem)]


# Holding ------------------------------------------------------------------------------------


def test_what_no_rule_concerns_appears_at_once(author, thread, send_answer):
    assert send_answer(author, thread, PLAIN).status_code == 303
    assert count(HeldContribution) == 0
    assert db.session.query(Post).filter_by(source=PLAIN).count() == 1


def test_a_held_answer_is_kept_and_no_post(author, thread, send_answer, browser):
    answer = send_answer(author, thread)
    held = the_held()
    assert answer.location == held.path
    assert (held.kind, held.thread_id, held.author_id) == ("answer", thread.id, author.id)
    assert thread.last_number == 1
    page = browser(author).get(held.path)
    assert "neun Sensoren" in page.text
    assert on_desk() == [("held", held.id)]
    for nobody in (browser(author).get("/forum"), browser(thread.author).get(thread.path)):
        assert "neun Sensoren" not in nobody.text


def test_the_same_form_sent_twice_is_held_once(author, thread, send_answer):
    first, second = send_answer(author, thread), send_answer(author, thread)
    assert first.location == second.location
    assert count(HeldContribution) == 1


def test_its_author_sees_her_held_answer_at_the_end_of_the_thread(
    held, author, thread, moderator, browser
):
    hers = browser(author).get(thread.path).text
    assert f'id="held-{held.id}"' in hers
    assert "neun Sensoren" in hers
    for person in (moderator, thread.author):
        assert "neun Sensoren" not in browser(person).get(thread.path).text


def test_the_page_of_a_thread_asks_no_more_for_people_without_held_answers(
    make_user, thread, browser, query_counter
):
    reader = browser(make_user())
    reader.get(thread.path)
    with query_counter() as statements:
        reader.get(thread.path)
    assert not [one for one in statements if "FROM held_contribution" in one and "UNION" not in one]


def test_others_cannot_open_it(held, make_user, browser):
    for deed in ("", "/bearbeiten"):
        assert browser(make_user()).get(held.path + deed).status_code == 404
        assert browser(make_user()).get(held.desk_path).status_code == 403


def test_the_draft_is_gone_and_a_late_save_does_not_bring_it_back(
    author, thread, send_answer, db_session
):
    words = drafts.Words(body=f"{HOLD}: neun Sensoren.")
    drafts.save_draft(author, f"answer:{thread.id}", words, version=0)
    send_answer(author, thread)
    assert count(Draft) == 0
    with pytest.raises(drafts.Gone):
        drafts.save_draft(author, f"answer:{thread.id}", words, version=0)


def test_its_author_changes_it_and_the_desk_shows_the_new_text(held, author, moderator, browser):
    data = {"body": f"{HOLD}: zehn Sensoren.", "version": held.version}
    assert browser(author).post(f"{held.path}/bearbeiten", data=data).status_code == 303
    assert "zehn Sensoren" in browser(moderator).get(held.desk_path).text
    old = browser(author).post(f"{held.path}/bearbeiten", data={**data, "body": "Elf."})
    assert old.status_code == 409
    assert "Elf." in old.text
    assert the_held().payload["texts"]["body"] == f"{HOLD}: zehn Sensoren."


def test_an_empty_change_is_refused(held, author, browser):
    data = {"body": " ", "version": held.version}
    assert browser(author).post(f"{held.path}/bearbeiten", data=data).status_code == 422


def test_its_author_withdraws_it_and_keeps_the_text(held, author, browser):
    client = browser(author)
    form = {"version": held.version}
    assert client.post(f"{held.path}/zurueckziehen", data=form).status_code == 303
    assert the_held().state == "withdrawn"
    assert on_desk() == []
    assert "neun Sensoren" in client.get(held.path).text
    assert client.post(f"{held.path}/zurueckziehen", data=form).status_code == 409


def test_her_list_shows_what_became_of_each(held, author, browser, query_counter):
    client = browser(author)

    def asked():
        with query_counter() as statements:
            assert held.path in client.get("/forum/zurueckgehalten").text
        return len(statements)

    asked()
    before = asked()
    for number in range(2):
        db.session.add(
            HeldContribution(
                kind="answer", author_id=author.id, thread_id=held.thread_id, title=f"T{number}"
            )
        )
    db.session.commit()
    assert asked() == before


# Deciding -----------------------------------------------------------------------------------


def test_released_it_is_a_post_of_its_author_with_the_usual_messages(
    held, author, thread, decide, browser
):
    assert decide(held, "freigeben").status_code == 303
    post = db.session.query(Post).filter_by(thread_id=thread.id, number=2).one()
    assert (post.author_id, post.source) == (author.id, f"{HOLD}: neun Sensoren.")
    held = the_held()
    assert (held.state, held.result_post_id) == ("released", post.id)
    assert len(told(author)) == 1
    usual = db.session.query(Notification).filter_by(user_id=thread.author_id).count()
    assert usual == 1
    assert on_desk() == []
    assert logged("held_contribution.release") == 1
    assert "neun Sensoren" in browser(author).get(thread.path).text


def test_the_second_of_two_moderators_is_told_who_was_first(held, decide, make_user):
    assert decide(held, "freigeben").status_code == 303
    second = make_user("moderator", name="Konrad Kollege")
    version = held.version
    for deed, data in (
        ("freigeben", {}),
        ("ablehnen", {"rule": "-", "reason": "Das ist Werbung."}),
        ("nachfragen", {"ask": "Bitte ohne den Namen."}),
    ):
        answer = decide(held, deed, second, **{"version": version, **data})
        assert answer.status_code == 409
        assert "Maria Muster" in answer.text
    assert db.session.query(Post).count() == 2


def test_an_old_version_is_not_released_unseen(held, author, decide, browser):
    seen = held.version
    data = {"body": f"{HOLD}: ganz anderes.", "version": seen}
    browser(author).post(f"{held.path}/bearbeiten", data=data)
    assert decide(the_held(), "freigeben", version=seen).status_code == 409
    assert db.session.query(Post).count() == 1


def test_nobody_decides_about_her_own(held, author, decide, db_session):
    author.role = "moderator"
    db_session.commit()
    assert decide(held, "freigeben", author).status_code == 403
    assert decide(held, "ablehnen", author, rule="-", reason="Ist ja meins.").status_code == 403
    assert the_held().state == "waiting"


def test_released_with_changes_its_author_sees_both_texts(held, author, decide, browser):
    answer = decide(held, "geaendert-freigeben", body=f"{HOLD}: acht Sensoren.")
    assert answer.status_code == 303
    post = db.session.query(Post).filter_by(number=2).one()
    assert (post.source, post.author_id) == (f"{HOLD}: acht Sensoren.", author.id)
    page = browser(author).get(held.path).text
    assert re.search(r"<del>.*neun", page)
    assert re.search(r"<ins>.*acht", page)
    assert len(told(author)) == 1


def test_asked_to_change_it_she_does_and_it_waits_again(held, author, decide, browser):
    assert decide(held, "nachfragen", ask="Bitte ohne den Namen der Firma.").status_code == 303
    assert the_held().state == "changes"
    assert on_desk() == []
    assert "Namen der Firma" in told(author)[0]
    client = browser(author)
    assert "Namen der Firma" in client.get(held.path).text
    data = {"body": PLAIN, "version": the_held().version}
    assert client.post(f"{held.path}/bearbeiten", data=data).status_code == 303
    assert the_held().state == "waiting"
    assert on_desk() == [("held", held.id)]


def test_refused_it_cites_the_rule_and_keeps_the_text(held, author, decide, browser):
    assert decide(held, "ablehnen", rule="", reason="Das ist Werbung.").status_code == 422
    assert decide(held, "ablehnen", rule="-", reason="kurz").status_code == 422
    assert decide(held, "ablehnen", rule="-", reason="Das ist Werbung.").status_code == 303
    assert the_held().state == "refused"
    assert "Werbung" in told(author)[0]
    assert "neun Sensoren" in browser(author).get(held.path).text
    assert db.session.query(Post).count() == 1
    assert logged("held_contribution.refuse") == 1


def test_a_refusal_can_be_undone(held, author, decide):
    decide(held, "ablehnen", rule="-", reason="Das ist Werbung.")
    assert decide(the_held(), "wieder-aufnehmen").status_code == 303
    assert the_held().state == "waiting"
    assert on_desk() == [("held", held.id)]
    assert len(told(author)) == 2
    assert decide(the_held(), "wieder-aufnehmen").status_code == 409


def test_many_are_released_at_once_and_what_cannot_be_is_named(
    author, make_user, make_thread, send_answer, browser, moderator
):
    first, second = make_thread("Das eine"), make_thread("Das andere")
    for thread in (first, second):
        send_answer(author, thread, token=str(thread.id))
    second.locked = True
    db.session.commit()
    names = [f"{h.id}-{h.version}" for h in db.session.query(HeldContribution)]
    page = browser(moderator).post(
        "/kuratierung/zurueckgehalten/freigeben", data={"ding": names}, follow_redirects=True
    )
    assert "Das andere:" in page.text
    states = {h.title: h.state for h in db.session.query(HeldContribution)}
    assert states == {"Das eine": "released", "Das andere": "waiting"}


@pytest.mark.parametrize("change", ["locked", "hidden", "deleted", "gone", "left"])
def test_where_it_cannot_appear_any_more_the_moderator_reads_why(
    change, author, make_category, make_thread, make_group, send_answer, decide, browser, moderator
):
    from kts.accounts.services import add_to_group

    group = make_group()
    add_to_group(author, group)
    room = make_category("Raum", visibility=group.token)
    opener = moderator
    thread = make_thread(author=opener, category=room)
    send_answer(author, thread)
    if change == "deleted":
        thread.deleted = now()
    elif change == "gone":
        db.session.execute(db.delete(Post))
        db.session.delete(thread)
    elif change == "left":
        for membership in list(author.group_memberships):
            db.session.delete(membership)
    else:
        setattr(thread, change, True)
    db.session.commit()
    held = the_held()
    answer = decide(held, "freigeben")
    assert answer.status_code == 409
    assert the_held().state == "waiting"
    assert db.session.query(Post).filter(Post.author_id == author.id).count() == 0
    page = browser(moderator).get(held.desk_path).text
    assert f'action="{held.desk_path}/freigeben"' not in page


def test_an_archived_group_takes_nothing(
    author, make_category, make_thread, make_group, send_answer, decide, moderator
):
    from kts.accounts.services import add_to_group

    group = make_group()
    add_to_group(author, group)
    thread = make_thread(author=moderator, category=make_category("R", visibility=group.token))
    send_answer(author, thread)
    group.archived = now()
    db.session.commit()
    assert decide(the_held(), "freigeben").status_code == 409


def test_in_a_moved_thread_it_appears_where_the_thread_is(
    held, author, thread, make_category, decide, moderator
):
    forum.move_thread(moderator, thread, make_category("Anderswo"), "Gehört hierher.")
    db.session.commit()
    assert decide(held, "freigeben").status_code == 303
    assert db.session.query(Post).filter_by(thread_id=thread.id, number=2).count() == 1


def test_slow_mode_does_not_stop_the_release(held, author, thread, send_answer, decide):
    thread.slow_seconds = 3600
    db.session.commit()
    forum.add_post(author, thread, "Noch etwas.")
    db.session.commit()
    assert decide(held, "freigeben").status_code == 303


def test_a_draft_that_was_begun_since_survives_the_release(held, author, thread, decide):
    drafts.save_draft(author, f"answer:{thread.id}", drafts.Words(body="Neues."), version=0)
    db.session.commit()
    assert decide(held, "freigeben").status_code == 303
    db.session.expire_all()
    assert drafts.find_draft(author, f"answer:{thread.id}").body == "Neues."


# Threads and edits --------------------------------------------------------------------------


def new_thread(category, **changes):
    return {
        "kind": "question",
        "category": category.slug,
        "title": "Welche Sensoren taugen?",
        "body": f"{HOLD}: wir suchen Rat.",
        "token": "neu",
        **changes,
    }


def test_a_held_thread_exists_only_when_it_is_released(author, category, browser, decide):
    client = browser(author)
    answer = client.post("/forum/neu", data=new_thread(category))
    held = the_held()
    assert answer.location == held.path
    assert count(Thread) == 0
    assert client.get("/forum").text.count("Welche Sensoren") == 0
    assert decide(held, "freigeben").status_code == 303
    thread = db.session.query(Thread).one()
    assert (thread.title, thread.kind, thread.author_id) == (
        "Welche Sensoren taugen?",
        "question",
        author.id,
    )
    assert the_held().result_thread_id == thread.id


def test_a_poll_keeps_its_answers(author, category, browser, decide):
    options = {"kind": "poll", "options": "LoRaWAN\nNB-IoT", "results": "open", "counted": "person"}
    sent_form = new_thread(category, **options)
    assert browser(author).post("/forum/neu", data=sent_form).status_code == 303
    held = the_held()
    assert "NB-IoT" in browser(author).get(held.path).text
    changed = {"title": held.title, "body": PLAIN, "options": "LoRaWAN\nMobilfunk"}
    assert decide(held, "geaendert-freigeben", **changed).status_code == 303
    from kts.forum.models.kinds import Poll

    poll = db.session.query(Poll).one()
    assert [option.text for option in poll.options] == ["LoRaWAN", "Mobilfunk"]


def test_an_experience_is_held_field_by_field(author, category, browser, decide):
    fields = {"kind": "experience", "failed": f"{HOLD}: der Zeitplan.", "cost_euro": "500"}
    sent_form = new_thread(category, **fields)
    assert browser(author).post("/forum/neu", data=sent_form).status_code == 303
    held = the_held()
    assert (held.kind, holding.texts_of(held)["failed"]) == ("experience", fields["failed"])
    data = {"title": held.title, "failed": "Der Zeitplan.", "version": held.version}
    assert browser(author).post(f"{held.path}/bearbeiten", data=data).status_code == 303
    assert decide(the_held(), "freigeben").status_code == 303
    from kts.forum.models.kinds import Experience

    told_now = db.session.query(Experience).one()
    assert (told_now.failed, told_now.cost_euro) == ("Der Zeitplan.", 500)


def test_a_held_edit_leaves_the_post_as_it_was(author, make_thread, browser, decide):
    thread = make_thread(author=author)
    post = thread.last_post
    client = browser(author)
    data = {"title": "Neuer Titel", "body": f"{HOLD}: anders.", "version": post.version}
    answer = client.post(f"/beitrag/{post.id}/bearbeiten", data=data)
    held = the_held()
    assert answer.location == held.path
    assert post.source == "Wir stehen am Anfang."
    again = client.get(f"/beitrag/{post.id}/bearbeiten")
    assert again.location == held.path
    assert decide(held, "freigeben").status_code == 303
    db.session.expire_all()
    assert (post.source, post.version, thread.title) == (f"{HOLD}: anders.", 2, "Neuer Titel")


def test_an_edit_that_changes_the_same_place_as_a_later_one_is_not_released(
    author, make_thread, browser, decide
):
    thread = make_thread(author=author)
    post = thread.last_post
    data = {"title": thread.title, "body": f"{HOLD}: anders.", "version": post.version}
    browser(author).post(f"/beitrag/{post.id}/bearbeiten", data=data)
    forum.edit_post(author, post, "Wir sind schon weiter.", version=1)
    db.session.commit()
    held = the_held()
    assert decide(held, "freigeben").status_code == 409
    changed = {"title": thread.title, "body": "Wir sind weiter.", "version": held.version}
    browser(author).post(f"{held.path}/bearbeiten", data=changed)
    assert decide(the_held(), "freigeben").status_code == 303
    db.session.expire_all()
    assert post.source == "Wir sind weiter."


# Files, persons, time -----------------------------------------------------------------------


def test_pictures_of_a_held_text_stay_and_moderators_see_them(
    author, thread, send_answer, browser, moderator, decide, make_user
):
    number = sent(browser(author))["id"]
    send_answer(author, thread, f"{HOLD} ![Plan](/anhang/{number})")
    attachment = db.session.get(Attachment, number)
    attachment.updated = now() - timedelta(days=30)
    db.session.commit()
    assert remove_unbound(10) == []
    assert browser(moderator).get(f"/anhang/{number}").status_code == 200
    assert browser(make_user()).get(f"/anhang/{number}").status_code == 404
    assert decide(the_held(), "freigeben").status_code == 303
    assert browser(make_user()).get(f"/anhang/{number}").status_code == 200


def test_held_words_go_with_the_account(held, author):
    db.session.execute(db.delete(type(author)).where(type(author).id == author.id))
    db.session.commit()
    assert count(HeldContribution) == 0


def test_what_was_decided_long_ago_is_forgotten_and_what_waits_is_not(held, author, decide):
    decide(held, "ablehnen", rule="-", reason="Das ist Werbung.")
    waiting = HeldContribution(kind="answer", author_id=author.id, title="Alt")
    db.session.add(waiting)
    db.session.flush()
    long_ago = now() - KEPT_FOR - timedelta(days=1)
    db.session.execute(db.update(HeldContribution).values(updated=long_ago))
    assert forget_decided() == 1
    assert the_held().id == waiting.id


def test_the_list_asks_the_same_number_of_statements_for_many(
    held, author, moderator, browser, query_counter
):
    client = browser(moderator)

    def asked():
        with query_counter() as statements:
            assert client.get("/kuratierung/zurueckgehalten").status_code == 200
        return len(statements)

    asked()
    before = asked()
    for number in range(3):
        db.session.add(HeldContribution(kind="answer", author_id=author.id, title=f"T{number}"))
    db.session.commit()
    assert asked() == before


def test_what_waits_in_a_municipalitys_name_passes_with_the_role(
    author, make_user, thread, browser, db_session
):
    from kts.accounts.handing_over import Passing
    from kts.accounts.services import add_membership
    from kts.forum.membership import _held, _pass_held
    from kts.municipalities.models import Municipality

    town = Municipality(name="Beispielstadt", slug="beispielstadt", kind="town", land="BY")
    db_session.add(town)
    db_session.flush()
    add_membership(author, town.id, "editor")
    db_session.commit()
    client = browser(author)
    for number, official in enumerate((town.id, "")):
        data = {"body": f"{HOLD}: {number}", "official": official, "token": str(number)}
        assert client.post(f"{thread.path}/antworten", data=data).status_code == 303
    successor = make_user(name="Sabine Später")
    passing = Passing(author, successor, town.id)
    assert len(_held(passing)) == 1
    assert _pass_held(passing) == 1
    db_session.commit()
    owners = [held.author_id for held in db_session.query(HeldContribution).order_by("id")]
    assert owners == [successor.id, author.id]
