"""Voting: once, secretly where that was promised, and not after the end."""

import re
from datetime import timedelta

import pytest

from kts.core.audit import AuditEntry
from kts.core.clock import now
from kts.extensions import db
from kts.forum import services
from kts.forum.forms.kinds import today
from kts.forum.models import Thread
from kts.forum.models.kinds import Poll, PollVote
from kts.forum.services import kinds
from kts.municipalities.models import Municipality
from tests.together import clicks_at_once, statuses

FORM = {
    "kind": "poll",
    "title": "Welche Plattform nutzen Sie?",
    "body": "Wir stehen vor der Wahl.",
    "options": "FIWARE\n- Eigenbau\n\neigenbau\nKeine",
}


def text(response):
    return response.get_data(as_text=True)


@pytest.fixture
def make_poll(db_session, make_user, category):
    """Give a function that opens a poll with three options."""

    def make(options=("Ja", "Nein", "Vielleicht"), **settings):
        place = settings.pop("category", category)
        author = settings.pop("author", None) or make_user(name="Umberta Frage")
        details = kinds.Details("poll", poll=kinds.PollSettings(options, **settings))
        thread = kinds.open_thread(author, place, "Was tun?", "Bitte wählen.", details)
        db_session.commit()
        return thread

    return make


@pytest.fixture
def place(db_session):
    found = Municipality(name="Ulmstadt", slug="ulmstadt", kind="town", land="08")
    db_session.add(found)
    db_session.commit()
    return found


def ids(thread):
    return [option.id for option in db.session.get(Poll, thread.id).options]


def vote(client, thread, *options, **data):
    return client.post(f"{thread.path}/abstimmen", data={"option": list(options), **data})


def counts(thread):
    db.session.expire_all()
    return [
        db.session.query(PollVote).filter_by(option_id=option).count() for option in ids(thread)
    ]


def test_a_poll_is_opened_with_its_options(client, login, make_user, category, db_session):
    login(client, make_user())
    assert client.post("/forum/neu", data={**FORM, "category": category.slug}).status_code == 303
    poll = db_session.query(Poll).one()
    assert [option.text for option in poll.options] == ["FIWARE", "Eigenbau", "Keine"]
    assert (poll.most, poll.results, poll.counted, poll.named) == (1, "open", "person", False)


@pytest.mark.parametrize(
    "wrong",
    [
        {"options": "Nur eine"},
        {"options": "\n".join(f"Nummer {n}" for n in range(13))},
        {"options": "Ja\n" + "x" * 201},
        {"results": "irgendwer"},
        {"counted": "irgendwer"},
        {"results": "ended"},
        {"ends": "2020-01-01"},
        {"ends": "9999-12-31"},
        {"multiple": "1", "most": "1"},
    ],
)
def test_a_poll_that_makes_no_sense_is_refused(
    client, login, make_user, category, db_session, wrong
):
    login(client, make_user())
    response = client.post("/forum/neu", data={**FORM, "category": category.slug, **wrong})
    assert response.status_code == 422
    assert db_session.query(Thread).count() == 0


def test_a_person_votes_once_changes_and_takes_it_back(client, login, make_user, make_poll):
    thread = make_poll()
    first, second, _third = ids(thread)
    login(client, make_user())
    assert vote(client, thread, first).location.endswith("#umfrage")
    vote(client, thread, first)
    assert counts(thread) == [1, 0, 0]
    vote(client, thread, second)
    assert counts(thread) == [0, 1, 0]
    page = text(client.get(thread.path))
    assert re.search(rf'value="{second}" checked', page)
    client.post(f"{thread.path}/stimme-zuruecknehmen")
    assert counts(thread) == [0, 0, 0]


def test_guests_and_outsiders_do_not_vote(
    client, login, make_user, make_poll, make_category, make_group
):
    thread = make_poll()
    assert vote(client, thread, ids(thread)[0]).status_code == 403
    room = make_category("Werkraum", make_group().token)
    secret = make_poll(category=room)
    login(client, make_user())
    assert vote(client, secret, ids(secret)[0]).status_code == 404
    assert counts(thread) == counts(secret) == [0, 0, 0]


def test_a_closed_thread_takes_no_votes(client, login, make_user, make_poll):
    thread = make_poll()
    moderator = make_user("moderator")
    services.lock_thread(moderator, thread, "erledigt")
    for person in (make_user(), moderator):
        login(client, person)
        assert vote(client, thread, ids(thread)[0]).status_code == 403
    assert counts(thread) == [0, 0, 0]


def test_no_more_is_chosen_than_the_poll_allows(client, login, make_user, make_poll):
    single, several = make_poll(), make_poll(most=2)
    login(client, make_user())
    vote(client, single, *ids(single)[:2])
    vote(client, single)
    vote(client, single, ids(several)[0])
    assert counts(single) == [0, 0, 0]
    vote(client, several, *ids(several))
    assert counts(several) == [0, 0, 0]
    vote(client, several, *ids(several)[:2])
    assert counts(several) == [1, 1, 0]


def test_a_double_click_votes_once(app, login, make_user, make_poll):
    thread = make_poll()
    click = (make_user(), f"{thread.path}/abstimmen", {"option": ids(thread)[1]})
    assert statuses(clicks_at_once(app, login, [click] * 4)) == [303] * 4
    assert counts(thread) == [0, 1, 0]


def test_the_end_comes_by_itself(client, login, make_user, make_poll, db_session):
    thread = make_poll(ends=now() + timedelta(days=1))
    login(client, make_user())
    vote(client, thread, ids(thread)[0])
    assert 'name="option"' in text(client.get(thread.path))
    db_session.get(Poll, thread.id).ends = now() - timedelta(seconds=1)
    assert 'name="option"' not in text(client.get(thread.path))
    vote(client, thread, ids(thread)[1])
    client.post(f"{thread.path}/stimme-zuruecknehmen")
    assert counts(thread) == [1, 0, 0]


def test_whoever_asked_and_moderators_end_a_poll_early(
    client, login, make_user, make_poll, db_session
):
    author = make_user()
    thread = make_poll(author=author)
    address = f"{thread.path}/umfrage-beenden"
    assert client.post(address).status_code == 403
    login(client, make_user())
    assert client.post(address).status_code == 403
    login(client, author)
    assert client.post(address).status_code == 303
    assert db_session.get(Poll, thread.id).is_over
    other = make_poll()
    login(client, make_user("moderator"))
    assert client.post(f"{other.path}/umfrage-beenden").status_code == 303
    assert db_session.query(AuditEntry).filter_by(action="poll.close").count() == 1


def results(client, thread):
    """Give the percentages that a page shows, as text and as bars."""
    page = text(client.get(thread.path))
    said = re.findall(r'kind-results__number">[^<]*?(\d+) %', page)
    drawn = re.findall(r'class="kind-bar"[^>]* value="(\d+)"', page)
    assert said == drawn
    return [int(value) for value in said]


def test_open_results_are_read_by_guests(client, app, login, make_user, make_poll):
    thread = make_poll(most=3)
    for options in (ids(thread)[:2], ids(thread)[:1]):
        login(client, make_user())
        vote(client, thread, *options)
    assert results(app.test_client(), thread) == [100, 50, 0]


def test_results_after_voting_are_read_by_those_who_voted_and_at_the_end_by_all(
    client, app, login, make_user, make_poll, db_session
):
    thread = make_poll(results="voted")
    viewer = make_user()
    login(client, viewer)
    assert results(client, thread) == []
    vote(client, thread, ids(thread)[2])
    assert results(client, thread) == [0, 0, 100]
    assert results(app.test_client(), thread) == []
    moderator = login(app.test_client(), make_user("moderator"))
    assert results(moderator, thread) == []
    db_session.get(Poll, thread.id).closed = now()
    assert results(app.test_client(), thread) == [0, 0, 100]


def test_results_at_the_end_are_read_by_nobody_before(
    client, app, login, make_user, make_poll, db_session
):
    author = make_user()
    thread = make_poll(results="ended", ends=now() + timedelta(days=1), author=author)
    login(client, author)
    vote(client, thread, ids(thread)[0])
    assert results(client, thread) == []
    db_session.get(Poll, thread.id).ends = now() - timedelta(seconds=1)
    assert results(client, thread) == [100, 0, 0]
    assert results(app.test_client(), thread) == [100, 0, 0]


def test_an_anonymous_poll_keeps_no_account(client, login, make_user, make_poll, db_session):
    thread, named = make_poll(), make_poll(named=True)
    login(client, make_user(name="Gertrud Geheim"))
    vote(client, thread, ids(thread)[0])
    vote(client, named, ids(named)[0])
    secret = db_session.query(PollVote).filter_by(thread_id=thread.id).one()
    known = db_session.query(PollVote).filter_by(thread_id=named.id).one()
    assert (secret.user_id, secret.municipality_id) == (None, None)
    assert secret.voter != known.voter
    login(client, make_user("admin"))
    assert "Gertrud Geheim" not in text(client.get(thread.path))
    assert "Gertrud Geheim" in text(client.get(named.path))


def test_municipalities_vote_once_each_whoever_speaks_for_them(
    client, login, make_user, make_poll, place, db_session
):
    thread = make_poll(counted="municipality", named=True)
    first, second, _third = ids(thread)
    login(client, make_user())
    assert vote(client, thread, first, municipality=place.id).status_code == 403
    login(client, make_user(belongs_to=[place]))
    vote(client, thread, first, municipality=place.id)
    login(client, make_user(belongs_to=[place]))
    vote(client, thread, second, municipality=place.id)
    assert counts(thread) == [0, 1, 0]
    assert "Ulmstadt" in text(client.application.test_client().get(thread.path))
    assert db_session.query(PollVote).one().user_id is None


def test_a_poll_is_changed_until_somebody_has_voted(
    client, login, make_user, make_poll, db_session
):
    author, voter = make_user(), make_user()
    thread = make_poll(author=author)
    address = f"{thread.path}/umfrage"
    new = {"options": "Eins\nZwei", "results": "voted", "counted": "person", "multiple": "1"}
    login(client, voter)
    assert client.get(address).status_code == 403
    assert client.post(address, data=new).status_code == 403
    login(client, author)
    assert "Vielleicht" in text(client.get(address))
    assert client.post(address, data={**new, "options": "Eins"}).status_code == 422
    assert client.post(address, data=new).status_code == 303
    poll = db_session.get(Poll, thread.id)
    assert [option.text for option in poll.options] == ["Eins", "Zwei"]
    assert (poll.most, poll.results) == (2, "voted")
    login(client, voter)
    vote(client, thread, ids(thread)[0])
    login(client, author)
    assert client.get(address).status_code == 403
    assert client.post(address, data={**new, "options": "Drei\nVier"}).status_code == 403
    assert client.post(f"{thread.path}/art", data={"kind": "discussion"}).status_code == 422
    assert db_session.get(Thread, thread.id).kind == "poll"


def test_only_polls_have_a_poll(client, login, make_user, thread):
    login(client, make_user("moderator"))
    for name in ("abstimmen", "stimme-zuruecknehmen", "umfrage-beenden", "umfrage"):
        assert client.post(f"{thread.path}/{name}").status_code == 404


def test_a_thread_becomes_a_poll(client, login, make_user, make_thread, db_session):
    author = make_user()
    thread = make_thread(author=author)
    login(client, author)
    assert client.post(f"{thread.path}/art", data={"kind": "poll"}).status_code == 422
    data = {"kind": "poll", "options": "Ja\nNein", "ends": (today() + timedelta(days=3))}
    assert client.post(f"{thread.path}/art", data=data).status_code == 303
    assert len(db_session.get(Poll, thread.id).options) == 2


def test_the_page_of_a_poll_takes_as_many_statements_whatever_was_voted(
    client, login, make_user, make_poll, db_session, query_counter
):
    thread = make_poll(named=True, most=3)
    login(client, make_user())
    client.get(thread.path)
    kinds.vote(make_user(), db_session.get(Poll, thread.id), ids(thread))
    db_session.commit()

    def statements():
        with query_counter() as found:
            assert client.get(thread.path).status_code == 200
        return len(found)

    before = statements()
    for _number in range(4):
        kinds.vote(make_user(), db_session.get(Poll, thread.id), ids(thread))
    db_session.commit()
    assert statements() == before
