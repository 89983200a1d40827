"""The desk: what waits, by weight and age, and two moderators who never undo each other."""

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import insert

from kts import documents
from kts.accounts import services as accounts
from kts.accounts.models import MembershipRequest
from kts.core import waiting
from kts.core.audit import AuditEntry
from kts.core.clock import now
from kts.core.waiting import WaitingItem, put, settle
from kts.curation.desk import services
from kts.curation.desk.tasks import mend
from kts.curation.queries import desk as queries
from kts.curation.services.searches import settle_query
from kts.documents.corrections import answer_correction, suggest_correction
from kts.documents.extraction.refusals import Reason, Refusal
from kts.documents.models import Document, DocumentVersion
from kts.extensions import db
from kts.forum import services as forum
from kts.forum.services import moderation
from kts.home import services as home
from kts.notifications.models import Notification
from kts.search import learning
from kts.search.models import QueryCount

DESK = "/kuratierung"


@pytest.fixture
def anna(make_user):
    return make_user("moderator", name="Anna Amsel")


@pytest.fixture
def berta(make_user):
    return make_user("moderator", name="Berta Buchfink")


@pytest.fixture
def thing(db_session):
    """Give a function that lets something wait."""
    numbers = iter(range(1, 1000))

    def make(title="Sache", kind="sorte", days=1, weight=0):
        number = next(numbers)
        moment = now() - timedelta(days=days)
        item = put(kind, number, title=title, url=f"/x/{number}", since=moment, weight=weight)
        db_session.commit()
        return item

    return make


@pytest.fixture
def at_desk(app, login):
    """Give a function that signs a moderator in and gives her own browser."""
    return lambda person: login(app.test_client(), person)


def press(client, deed, *items, version=None, **arguments):
    names = [f"{item.id}-{version or item.version}" for item in items]
    form = {"tun": deed, "ding": names}
    return client.post(f"{DESK}/tun", data=form, query_string=arguments, follow_redirects=True)


def titles(page):
    return re.findall(r'<h3 class="kts-item__title"><a href="[^"]*"[^>]*>([^<]*)</a>', page.text)


def warning(page):
    return re.search(r"kern-alert--warning.*?</div>\s*</div>", page.text, re.S).group()


def counts(page):
    nav = re.search(r'<nav class="kts-tabs".*?</nav>', page.text, re.S).group()
    return [int(number) for number in re.findall(r'kts-count">(\d+)<', nav)]


def test_what_presses_comes_first_and_then_the_oldest(anna, thing, at_desk):
    thing("Neu", days=1)
    thing("Alt", days=9)
    thing("Sofort", days=0, weight=20)
    thing("Bald", days=2, weight=10)
    assert titles(at_desk(anna).get(DESK)) == ["Sofort", "Bald", "Alt", "Neu"]


def test_lists_and_kinds_narrow_the_desk_and_are_counted(anna, berta, thing, at_desk):
    own, other, late, _free = (thing(name) for name in ("Meins", "Ihres", "Später", "Frei"))
    thing("Andere Sorte", kind="andere")
    services.take(anna, own.id, 1)
    services.take(berta, other.id, 1)
    services.put_off(anna, late.id, 1, now() + timedelta(days=3))
    desk = at_desk(anna)
    page = desk.get(DESK)
    assert counts(page) == [4, 1, 2, 1]
    assert "Später" not in titles(page)
    assert titles(desk.get(f"{DESK}?liste=meine")) == ["Meins"]
    assert titles(desk.get(f"{DESK}?liste=frei&art=sorte")) == ["Frei"]
    assert titles(desk.get(f"{DESK}?liste=spaeter")) == ["Später"]
    assert titles(desk.get(f"{DESK}?art=andere")) == ["Andere Sorte"]
    assert desk.get(f"{DESK}?liste=x&art=gibtsnicht&seite=99").status_code == 200


def test_a_kind_that_no_feature_knows_any_more_is_listed_all_the_same(anna, thing, at_desk):
    item = thing("Übrig", kind="vergangen")
    desk = at_desk(anna)
    assert "vergangen" in desk.get(DESK).text
    assert desk.get(f"{DESK}/wartend/{item.id}").status_code == 200


def test_only_moderators_reach_the_desk_and_its_deeds(app, make_user, thing, at_desk):
    item = thing()
    gets = (DESK, f"{DESK}/wartend/{item.id}")
    posts = (
        *(f"{DESK}/tun", f"{DESK}/zurueck?schritt=1"),
        *(
            f"{DESK}/wartend/{item.id}/{verb}"
            for verb in ("weitergeben", "zurueckstellen", "notiz")
        ),
    )
    member = at_desk(make_user())
    guest = app.test_client()
    assert {member.get(path).status_code for path in gets} == {403}
    assert {member.post(path).status_code for path in posts} == {403}
    assert {guest.get(path).status_code for path in gets} == {302}
    assert {guest.post(path).status_code for path in posts} == {403}


def test_taking_in_hand_keeps_the_others_off_and_giving_back_lets_them(
    anna, berta, thing, at_desk, db_session
):
    item = thing()
    one, two = at_desk(anna), at_desk(berta)
    assert one.post(f"{DESK}/tun", data={"eins": f"nehmen:{item.id}-1"}).location.endswith(
        f"#w{item.id}"
    )
    db_session.refresh(item)
    assert (item.claimed_by_id, item.version) == (anna.id, 2)
    page = press(two, "nehmen", item)  # she has seen that Anna has it, and tries all the same
    db_session.refresh(item)
    assert item.claimed_by_id == anna.id
    assert "Anna Amsel" in page.text
    press(two, "zurueckgeben", item)
    db_session.refresh(item)
    assert item.claimed_by_id == anna.id
    press(one, "zurueckgeben", item)
    press(two, "nehmen", item)
    db_session.refresh(item)
    assert item.claimed_by_id == berta.id


def test_the_second_of_two_is_told_who_was_first_and_overwrites_nothing(
    anna, berta, thing, at_desk, db_session
):
    one, two = at_desk(anna), at_desk(berta)
    for first, second in (("nehmen", "nehmen"), ("nehmen", "morgen"), ("morgen", "nehmen")):
        item = thing("Streitfall")
        press(one, first, item)
        db_session.refresh(item)
        left = (item.claimed_by_id, item.snoozed_until, item.version)
        page = press(two, second, item, version=1)
        db_session.refresh(item)
        assert (item.claimed_by_id, item.snoozed_until, item.version) == left
        assert "Anna Amsel" in warning(page)
        assert "Streitfall" in warning(page)


def test_what_is_decided_meanwhile_says_so_and_no_other_row_is_touched(
    anna, berta, thing, at_desk, db_session
):
    item, number = thing(), None
    services.take(anna, item.id, 1)
    number, version = item.id, item.version
    settle("sorte", item.subject_id, by=berta)
    db_session.commit()
    other = thing("Neues")
    page = at_desk(anna).post(
        f"{DESK}/tun", data={"eins": f"morgen:{number}-{version}"}, follow_redirects=True
    )
    assert "Berta Buchfink" in page.text
    assert at_desk(anna).get(f"{DESK}/wartend/{number}").status_code == 404
    db_session.refresh(other)
    assert other.version == 1


def test_what_a_colleague_decided_is_shown_for_a_day_to_whoever_had_it_in_hand(
    anna, berta, thing, at_desk, db_session
):
    item = thing("Erledigtes Ding")
    services.take(anna, item.id, 1)
    settle("sorte", item.subject_id, by=berta)
    db_session.commit()
    mine = at_desk(anna).get(f"{DESK}?liste=meine").text
    assert "Erledigtes Ding" in mine
    assert "Berta Buchfink" in mine
    assert "Erledigtes Ding" not in at_desk(berta).get(f"{DESK}?liste=meine").text
    entry = db_session.query(AuditEntry).filter_by(action="waiting_item.settle").one()
    entry.at = now() - timedelta(days=2)
    db_session.commit()
    assert "Erledigtes Ding" not in at_desk(anna).get(f"{DESK}?liste=meine").text


def test_what_lay_in_hand_for_more_than_three_days_is_free_for_others(
    anna, berta, thing, at_desk, db_session
):
    item = thing()
    services.take(anna, item.id, 1)
    item.claimed_at = now() - timedelta(days=4)
    db_session.commit()
    assert counts(at_desk(berta).get(DESK)) == [1, 0, 1, 0]
    press(at_desk(berta), "nehmen", item)
    db_session.refresh(item)
    assert item.claimed_by_id == berta.id


def test_putting_off_takes_it_from_the_desk_until_that_morning_and_can_be_undone(
    anna, berta, thing, at_desk, db_session
):
    item = thing()
    desk = at_desk(anna)
    page = press(desk, "morgen", item)
    db_session.refresh(item)
    morning = item.snoozed_until.astimezone(services.BERLIN)
    assert (morning.date() - now().astimezone(services.BERLIN).date()).days == 1
    assert (morning.hour, morning.minute) == (0, 0)
    assert titles(page) == []
    undo = re.search(r'action="(/kuratierung/zurueck[^"]*)"', page.text).group(1)
    assert at_desk(berta).post(undo).status_code == 404
    assert titles(desk.post(undo, follow_redirects=True)) == ["Sache"]
    db_session.refresh(item)
    assert item.snoozed_until is None
    again = desk.post(undo, follow_redirects=True)
    assert "Anna Amsel" in again.text  # she was first herself: nothing is left to undo
    db_session.refresh(item)
    assert item.version == 3


def test_undoing_leaves_what_a_colleague_did_since(anna, berta, thing, at_desk, db_session):
    item = thing()
    entry = services.put_off(anna, item.id, 1, now() + timedelta(days=2))
    item.snoozed_until = now() - timedelta(minutes=1)
    services.take(berta, item.id, 2)
    db_session.commit()
    page = at_desk(anna).post(f"{DESK}/zurueck?schritt={entry.id}", follow_redirects=True)
    db_session.refresh(item)
    assert item.claimed_by_id == berta.id
    assert "Berta Buchfink" in page.text


def test_a_day_that_cannot_be_is_told_and_what_was_typed_stays(anna, thing, at_desk):
    item, desk = thing(), at_desk(anna)
    today = now().astimezone(services.BERLIN).date().isoformat()
    for until in ("", "gestern", date.min.isoformat(), "9999-12-31", today):
        form = {"until": until, "version": 1}
        page = desk.post(f"{DESK}/wartend/{item.id}/zurueckstellen", data=form)
        assert page.status_code == 422
        assert 'id="until-error"' in page.text
        assert f'value="{until}"' in page.text


def test_a_chosen_day_is_taken(anna, thing, at_desk, db_session):
    item = thing()
    day = now().astimezone(services.BERLIN).date() + timedelta(days=30)
    form = {"until": day.isoformat(), "version": 1}
    page = at_desk(anna).post(f"{DESK}/wartend/{item.id}/zurueckstellen", data=form)
    assert page.status_code == 303
    db_session.refresh(item)
    assert item.snoozed_until == services.start_of(day)


def test_handing_on_tells_the_colleague_and_undoing_takes_the_message_back(
    anna, berta, thing, at_desk, db_session
):
    item = thing()
    address = f"{DESK}/wartend/{item.id}"
    form = {"person": berta.id, "version": 1}
    page = at_desk(anna).post(f"{address}/weitergeben", data=form, follow_redirects=True)
    db_session.refresh(item)
    assert item.claimed_by_id == berta.id
    message = db_session.query(Notification).one()
    assert (message.user_id, message.url) == (berta.id, address)
    assert "Anna Amsel" in message.text
    undo = re.search(r'action="(/kuratierung/zurueck[^"]*)"', page.text).group(1)
    at_desk(anna).post(undo)
    db_session.refresh(item)
    assert item.claimed_by_id is None
    assert db_session.query(Notification).count() == 0


def test_nobody_is_handed_what_is_not_hers_to_decide(anna, thing, at_desk, make_user, db_session):
    item = thing()
    for person in (make_user(), make_user("moderator", active=False), anna):
        form = {"person": person.id, "version": 1}
        answer = at_desk(anna).post(f"{DESK}/wartend/{item.id}/weitergeben", data=form)
        assert answer.status_code == 422
    db_session.refresh(item)
    assert item.claimed_by_id is None


def test_a_stale_form_of_one_thing_leads_back_to_it_with_the_name_of_the_first(
    anna, berta, thing, at_desk, db_session
):
    item = thing()
    services.take(anna, item.id, 1)
    db_session.commit()
    day = (now() + timedelta(days=5)).date().isoformat()
    for verb, form in (("weitergeben", {"person": anna.id}), ("zurueckstellen", {"until": day})):
        address = f"{DESK}/wartend/{item.id}"
        answer = at_desk(berta).post(
            f"{address}/{verb}", data=form | {"version": 1}, follow_redirects=True
        )
        assert answer.request.path == address
        assert "Anna Amsel" in answer.text
    db_session.refresh(item)
    assert (item.claimed_by_id, item.snoozed_until, item.version) == (anna.id, None, 2)


def test_the_second_note_is_not_kept_but_not_lost_either(anna, berta, thing, at_desk, db_session):
    item = thing()
    address = f"{DESK}/wartend/{item.id}/notiz"
    assert at_desk(anna).post(address, data={"note": "Ruft an", "version": 1}).status_code == 303
    second = at_desk(berta).post(address, data={"note": "Mail ist raus", "version": 1})
    assert second.status_code == 409
    assert "Mail ist raus" in second.text
    assert "Anna Amsel" in second.text
    db_session.refresh(item)
    assert item.note == "Ruft an"
    assert "Ruft an" in at_desk(berta).get(DESK).text


def test_many_are_taken_at_once_and_what_could_not_be_is_told(
    anna, berta, thing, at_desk, db_session
):
    first, taken, third = thing("Eins"), thing("Zwei"), thing("Drei")
    services.take(berta, taken.id, 1)
    db_session.commit()
    page = press(at_desk(anna), "nehmen", first, taken, third, version=1)
    for item in (first, taken, third):
        db_session.refresh(item)
    assert [item.claimed_by_id for item in (first, taken, third)] == [anna.id, berta.id, anna.id]
    assert "Zwei" in warning(page)
    assert "Berta Buchfink" in warning(page)
    assert "Eins" not in warning(page)


def test_many_that_are_put_off_come_back_with_one_undo(anna, thing, at_desk):
    desk = at_desk(anna)
    page = press(desk, "woche", thing("Eins"), thing("Zwei"), liste="frei")
    assert page.request.query_string == b"liste=frei"
    undo = re.search(r'action="(/kuratierung/zurueck[^"]*)"', page.text).group(1)
    assert titles(desk.post(undo.replace("&amp;", "&"), follow_redirects=True)) == ["Eins", "Zwei"]


def test_forms_that_name_nothing_change_nothing(anna, thing, at_desk, db_session):
    item, desk = thing(), at_desk(anna)
    for form, status in (
        ({"tun": "nehmen"}, 303),
        ({"tun": "loeschen", "ding": f"{item.id}-1"}, 404),
        ({"tun": "nehmen", "ding": "x"}, 404),
        ({"eins": "nehmen"}, 303),
        ({"eins": "nehmen:99-1"}, 303),
    ):
        assert desk.post(f"{DESK}/tun", data=form).status_code == status
    db_session.refresh(item)
    assert item.version == 1


def test_the_page_says_what_deciding_does(anna, at_desk, db_session):
    accounts.request_membership(name="Nele", email="nele@example.org", message="Bitte")
    db_session.commit()
    page = at_desk(anna).get(f"{DESK}?art=membership_request")
    assert titles(page) == ["Nele"]
    assert 'class="kts-desk__deed"' in page.text


def test_the_header_counts_for_moderators_what_is_free_or_theirs(
    anna, berta, make_user, thing, at_desk
):
    items = [thing() for _number in range(4)]
    services.take(anna, items[0].id, 1)
    services.put_off(anna, items[1].id, 1, now() + timedelta(days=1))
    nav = re.compile(r'<nav class="kts-nav".*?</nav>', re.S)

    def shown(person, path):
        found = re.findall(
            r'aria-hidden="true">(\d+)<', nav.search(at_desk(person).get(path).text)[0]
        )
        return [int(number) for number in found]

    assert [shown(anna, path) for path in ("/", "/forum", "/forum")] == [[3], [3], [3]]
    assert [shown(berta, path) for path in ("/", "/forum")] == [[2], [2]]
    assert [shown(make_user(), path) for path in ("/", "/forum")] == [[], []]


def test_ten_thousand_things_cost_as_many_statements_as_two(
    anna, thing, at_desk, db_session, query_counter
):
    thing(), thing("Zwei", kind="andere")
    desk = at_desk(anna)
    desk.get(DESK)
    with query_counter() as few:
        desk.get(DESK)
    moment = now()
    rows = [
        {
            "kind": f"sorte{number % 9}",
            "subject_id": number,
            "title": "Viel",
            "url": "/",
            "note": "",
        }
        | {"since": moment, "weight": number % 3 * 10, "version": 1}
        | {"claimed_by_id": anna.id if number % 5 else None, "claimed_at": moment}
        for number in range(10_000)
    ]
    db_session.execute(insert(WaitingItem), rows)
    with query_counter() as many:
        page = desk.get(f"{DESK}?seite=3")
    assert len(titles(page)) == queries.PER_PAGE
    assert counts(page) == [10_002, 8_000, 2_002, 0]
    assert len(many) == len(few)
    assert sum("waiting_item" in statement for statement in many) == 3  # counts, rows, header


def test_every_feature_lists_what_waits_without_a_viewer(db_session):
    listed = {key: list(kind.current()) for key, kind in waiting.KINDS.items() if kind.current}
    assert {"membership_request", "group_request", "barrier_report", "document_correction"} <= (
        listed.keys()
    )
    assert all(found == [] for found in listed.values())


def test_deeds_put_and_settle_just_what_the_features_list(anna, make_user, db_session):
    """After each deed the table says what comparing would: no call is missing or one too many."""
    asker = make_user(name="Nele Nachtigall")

    def desk():
        db_session.commit()
        for kind in waiting.KINDS.values():
            found = waiting.differences(kind)
            assert (kind.key, found.missing, found.over) == (kind.key, [], [])
        return sorted(db_session.scalars(db.select(WaitingItem.kind)))

    accounts.request_membership(name="Nele", email="nele@example.org", message="Bitte")
    accounts.request_membership(name="Nele N.", email="nele@example.org", message="Noch einmal")
    assert desk() == ["membership_request"]
    accounts.approve_request(anna, db_session.query(MembershipRequest).one())
    assert desk() == []

    group = accounts.create_group(anna, "AEG Daten")
    taken, withdrawn = (accounts.ask_to_join(person, group) for person in (asker, make_user()))
    assert desk() == ["group_request"] * 2
    accounts.withdraw_join_request(withdrawn.user, withdrawn)
    accounts.approve_join_request(anna, taken)
    assert desk() == []
    accounts.add_to_group(make_user(), group, coordinator=True)
    accounts.ask_to_join(make_user(), group)
    assert desk() == []  # the group has somebody who decides

    report = home.report_barrier(page="/forum", description="Zu klein")
    assert desk() == ["barrier_report"]
    home.answer_barrier_report(anna, report, "Jetzt größer")
    assert desk() == []

    document = Document(title="Strategie", visibility="public")
    db_session.add(document)
    correction = suggest_correction(asker, document, "Das Jahr ist 2021.")
    assert desk() == ["document_correction"]
    answer_correction(anna, correction, "Danke")
    assert desk() == []
    version = DocumentVersion(
        **{"document_id": document.id, "number": 1, "blob_key": "0" * 64, "size": 1},
        **{"filename": "a.pdf", "format": "pdf", "extraction_state": "running"},
    )
    db_session.add(version)
    db_session.flush()
    documents.tasks._fail(version.id, Refusal(Reason.BROKEN))
    assert desk() == ["document_unreadable"]
    documents.services.delete_document(anna, document)
    assert desk() == []

    category = forum.create_category(None, "Fragen", visibility="public")
    other = forum.create_category(None, "Sonstiges", visibility="public")
    thread = forum.create_thread(asker, category, "Wohin?", "Hierhin?", kind="question")
    for answer in ("accept", "decline", "withdraw"):
        event = moderation.propose_move(asker, thread, other, "passt besser")
        assert desk() == ["proposal"]
        if answer == "withdraw":
            moderation.undo(asker, event)
        else:
            getattr(moderation, f"{answer}_proposal")(anna, event)
        assert desk() == []
        other = category

    thread.created = now() - timedelta(days=8)
    db_session.commit()
    assert mend() == 1
    assert desk() == ["question"]
    forum.add_post(anna, thread, "So geht es.")
    assert desk() == []

    query = {"folded": learning.folded("Parkleitsystem"), "text": "Parkleitsystem"}
    db_session.add(QueryCount(day=now().date(), searches=3, empty=3, **query))
    db_session.commit()
    assert mend() == 1
    assert desk() == ["search"]
    settle_query(anna, "parkleitsystem", "done")
    assert desk() == []


def test_the_keys_are_told_and_switched_off_for_one_person_on_all_her_devices(
    app, anna, berta, thing, login, at_desk
):
    thing()
    page = at_desk(anna).get(DESK).text
    assert 'data-on="1"' in page
    assert page.count("<kbd>") == 10
    away = login(app.test_client(), anna).post(f"{DESK}/tasten?liste=frei", data={"an": "0"})
    assert (away.status_code, away.location) == (303, f"{DESK}?liste=frei")
    assert 'data-on="0"' in at_desk(anna).get(DESK).text
    assert 'data-on="1"' in at_desk(berta).get(DESK).text
    for _click in range(2):
        at_desk(anna).post(f"{DESK}/tasten", data={"an": "1"})
    assert 'data-on="1"' in at_desk(anna).get(DESK).text
