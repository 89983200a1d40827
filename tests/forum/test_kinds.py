"""Choosing a kind, accepted answers, experiences, announcements, shared questions, statements."""

import re
from datetime import timedelta

import pytest

from kts.core.access import can
from kts.core.audit import AuditEntry
from kts.core.clock import now
from kts.core.errors import Denied
from kts.forum import services
from kts.forum.forms.kinds import day_of, end_of, today
from kts.forum.models import Post, PostRevision, Thread
from kts.forum.models.kinds import Announcement, Experience, SharedProblem
from kts.forum.queries.kinds import peer_questions
from kts.forum.services import kinds
from kts.forum.tasks import end_announcements
from kts.municipalities.models import Municipality
from kts.notifications.models import Notification

REPORT = {
    "kind": "experience",
    "title": "Unser Sensornetz",
    "start": "Wir hatten **keine** Daten.",
    "failed": "Die Batterien hielten nur ein Jahr.",
    "cost_euro": "12000",
    "effort_days": "15",
    "duration": "acht Monate",
}
OFFICIAL = r"kern-badge--info[^>]*><span[^>]*>[^<]*Ulmstadt"


def text(response):
    return response.get_data(as_text=True)


def told(session, person, kind="accepted"):
    return session.query(Notification).filter_by(user_id=person.id, kind=kind).all()


@pytest.fixture
def make_place(db_session):
    """Give a function that makes a town."""

    def make(name, population=30_000, **values):
        place = Municipality(
            name=name, slug=name.lower(), kind="town", land="08", population=population, **values
        )
        db_session.add(place)
        db_session.commit()
        return place

    return make


@pytest.fixture
def question(make_thread, make_user):
    return make_thread("Wer misst Lärm?", kind="question", author=make_user(name="Frida Frage"))


@pytest.fixture
def answered(db_session, question, make_user):
    helper = make_user(name="Anton Antwort")
    post = services.add_post(helper, question, "Mit diesem Gerät geht es.")
    db_session.commit()
    return post


def accept(client, post):
    return client.post(f"/beitrag/{post.id}/annehmen")


def unaccept(client, post):
    return client.post(f"/beitrag/{post.id}/annahme-zuruecknehmen")


# Choosing -----------------------------------------------------------------------------------


def test_the_form_begins_with_the_kinds_that_one_may_choose(
    client, login, make_user, make_category, category
):
    notices = make_category("Mitteilungen", writable_by="moderators")
    login(client, make_user())
    page = text(client.get("/forum/neu?art=umfrage"))
    assert re.search(r'value="poll" checked', page)
    assert 'value="announcement"' not in page
    assert re.search(r'value="question" checked', text(client.get("/forum/neu")))
    assert re.search(r'value="question" checked', text(client.get("/forum/neu?art=ankuendigung")))
    login(client, make_user("moderator"))
    page = text(client.get(f"/forum/neu?kategorie={notices.slug}"))
    assert re.search(r'value="announcement" checked', page)


@pytest.mark.parametrize("kind", ["question", "discussion"])
def test_a_thread_is_of_the_chosen_kind(client, login, make_user, category, db_session, kind):
    login(client, make_user())
    data = {"category": category.slug, "title": "Wer weiß es?", "body": "Text", "kind": kind}
    assert client.post("/forum/neu", data=data).status_code == 303
    assert db_session.query(Thread).one().kind == kind


def test_the_fields_of_another_kind_are_shown_again_without_script(
    client, login, make_user, category, db_session
):
    login(client, make_user())
    data = {"title": "Behalten", "body": "Auch das", "kind": "poll", "preview": "kind"}
    response = client.post("/forum/neu", data=data)
    assert response.status_code == 200
    assert 'data-kind="poll"' in text(response)
    assert "Auch das" in text(response)
    assert db_session.query(Thread).count() == 0


def test_only_moderators_announce(client, login, make_user, category, db_session):
    data = {"category": category.slug, "title": "Wir ziehen um", "body": "Text"}
    data["kind"] = "announcement"
    login(client, make_user())
    assert client.post("/forum/neu", data=data).status_code == 422
    login(client, make_user("moderator"))
    assert client.post("/forum/neu", data=data).status_code == 303
    assert db_session.query(Thread).one().kind == "announcement"


def test_whoever_asked_changes_the_kind_until_somebody_has_answered(
    client, login, make_user, make_thread, db_session
):
    asker, other = make_user(), make_user()
    thread = make_thread(author=asker)
    login(client, other)
    assert client.post(f"{thread.path}/art", data={"kind": "question"}).status_code == 403
    login(client, asker)
    assert client.get(f"{thread.path}/art").status_code == 200
    assert client.post(f"{thread.path}/art", data={"kind": "question"}).status_code == 303
    assert db_session.get(Thread, thread.id).kind == "question"
    assert client.post(f"{thread.path}/art", data={"kind": "announcement"}).status_code == 422
    services.add_post(other, thread, "Eine Antwort")
    thread.answers_by_others = 1
    assert client.post(f"{thread.path}/art", data={"kind": "discussion"}).status_code == 403
    moderator = make_user("moderator")
    login(client, moderator)
    assert client.post(f"{thread.path}/art", data={"kind": "discussion"}).status_code == 303
    entry = db_session.query(AuditEntry).filter_by(action="thread.kind").one()
    assert entry.changes == {"kind": ["question", "discussion"]}


def test_acceptance_and_sharing_rest_while_a_thread_is_no_question(
    db_session, question, answered, make_user
):
    moderator = make_user("moderator")
    kinds.accept_post(question.author, answered)
    kinds.share_problem(make_user(), question)
    kinds.change_kind(moderator, question, kinds.Details("discussion"))
    assert (question.accepted_post_id, question.problem_count) == (None, 0)
    kinds.change_kind(moderator, question, kinds.Details("question"))
    assert (question.accepted_post_id, question.problem_count) == (answered.id, 1)


# Accepted answers ---------------------------------------------------------------------------


def test_the_asker_accepts_an_answer_and_takes_it_back(
    client, login, question, answered, db_session
):
    login(client, question.author)
    assert f"/beitrag/{answered.id}/annehmen" in text(client.get(question.path))
    assert accept(client, answered).location.endswith("#beitrag-2")
    assert db_session.get(Thread, question.id).accepted_post_id == answered.id
    page = text(client.get(question.path))
    box = page[page.index("kind-accepted") :]
    assert "Anton Antwort" in box
    assert "#beitrag-2" in box
    assert len(told(db_session, answered.author)) == 1
    assert unaccept(client, answered).status_code == 303
    assert db_session.get(Thread, question.id).accepted_post_id is None
    assert "kind-accepted" not in text(client.get(question.path))
    accept(client, answered)
    db_session.expire_all()
    assert len(told(db_session, answered.author)) == 1  # nobody hears of it twice


def test_moderators_accept_on_record_and_nobody_else_may(
    client, login, make_user, question, answered, db_session
):
    assert accept(client, answered).status_code == 403
    for person in (make_user(), answered.author):
        login(client, person)
        assert accept(client, answered).status_code == 403
        assert unaccept(client, answered).status_code == 403
    login(client, make_user("moderator"))
    assert accept(client, answered).status_code == 303
    assert db_session.query(AuditEntry).filter_by(action="post.accept").count() == 1
    assert db_session.get(Thread, question.id).accepted_post_id == answered.id


def test_there_is_one_accepted_answer_at_a_time(client, login, question, answered, db_session):
    second = services.add_post(answered.author, question, "Oder mit jenem.")
    login(client, question.author)
    accept(client, answered)
    accept(client, second)
    assert db_session.get(Thread, question.id).accepted_post_id == second.id
    unaccept(client, answered)  # a page from before
    assert db_session.get(Thread, question.id).accepted_post_id == second.id


def test_what_cannot_be_read_cannot_be_accepted(
    client, login, make_user, question, answered, make_thread, db_session
):
    login(client, question.author)
    first = db_session.query(Post).filter_by(thread_id=question.id, number=1).one()
    assert accept(client, first).status_code == 403
    answered.deleted = now()
    assert accept(client, answered).status_code == 403
    answered.deleted = None
    services.hide_post(make_user("moderator"), answered, "falsch")
    assert accept(client, answered).status_code == 403
    discussion = make_thread("Plauderei", author=question.author)
    reply = services.add_post(answered.author, discussion, "Ja")
    assert accept(client, reply).status_code == 403


def test_an_accepted_answer_that_is_hidden_vanishes_and_comes_back(
    client, make_user, question, answered, db_session
):
    moderator = make_user("moderator")
    kinds.accept_post(question.author, answered)
    services.hide_post(moderator, answered, "Namen von Personen")
    db_session.commit()
    assert question.accepted_post_id is None
    assert "kind-accepted" not in text(client.get(question.path))
    services.unhide_post(moderator, answered)
    db_session.commit()
    assert question.accepted_post_id == answered.id
    assert "kind-accepted" in text(client.get(question.path))


def test_an_accepted_answer_that_moves_away_is_no_longer_one(
    question, answered, make_thread, db_session
):
    kinds.accept_post(question.author, answered)
    elsewhere = make_thread("Anderswo")
    answered.thread_id, answered.number = elsewhere.id, 2
    db_session.commit()
    assert question.accepted_post_id is None
    assert elsewhere.accepted_post_id is None


# The same question --------------------------------------------------------------------------


def share(client, thread, place=None):
    data = {"municipality": place.id} if place else {}
    return client.post(f"{thread.path}/haben-wir-auch", data=data)


def test_a_member_says_that_her_municipality_has_the_question_too(
    client, login, make_user, make_place, question, db_session
):
    ulm, berlin = make_place("Ulmstadt", 126_000), make_place("Berlingen", 3_000)
    person = make_user(belongs_to=[ulm])
    assert share(client, question).status_code == 403
    login(client, person)
    assert share(client, question, berlin).status_code == 403
    assert share(client, question, ulm).location.endswith("#auch")
    share(client, question, ulm)
    assert db_session.get(Thread, question.id).problem_count == 1
    page = text(client.get(question.path))
    assert "/kommunen/ulmstadt" in page
    assert "100.000" in page  # its size class
    client.post(f"{question.path}/haben-wir-nicht-mehr")
    assert db_session.get(Thread, question.id).problem_count == 0
    assert "/kommunen/ulmstadt" not in text(client.get(question.path))


def test_a_municipality_counts_once_and_a_person_without_one_too(
    make_user, make_place, question, db_session
):
    place = make_place("Ulmstadt")
    first, second = make_user(belongs_to=[place]), make_user(belongs_to=[place])
    kinds.share_problem(first, question, place.id)
    kinds.share_problem(second, question, place.id)
    kinds.share_problem(make_user(), question)
    assert question.problem_count == 2
    kinds.unshare_problem(first, question)
    assert question.problem_count == 2  # the colleague still says so
    kinds.unshare_problem(second, question)
    assert question.problem_count == 1


def test_the_asker_cannot_share_her_own_question_nor_anybody_a_closed_one(
    client, login, make_user, question, make_thread
):
    login(client, question.author)
    assert share(client, question).status_code == 403
    login(client, make_user())
    assert share(client, make_thread("Kein Fragezeichen")).status_code == 403
    services.lock_thread(make_user("moderator"), question, "erledigt")
    assert share(client, question).status_code == 403


def test_a_question_of_a_foreign_group_is_not_found(
    client, login, make_user, make_thread, make_category, make_group
):
    room = make_category("Werkraum", make_group().token)
    thread = make_thread(kind="question", category=room)
    post = services.add_post(thread.author, thread, "Antwort")
    login(client, make_user())
    addresses = ["haben-wir-auch", "haben-wir-nicht-mehr", "abstimmen", "art", "erfahrung"]
    for address in [f"{thread.path}/{name}" for name in addresses]:
        assert client.post(address).status_code == 404
    assert accept(client, post).status_code == 404


def test_those_who_share_the_question_hear_of_the_accepted_answer(
    make_user, question, answered, db_session
):
    sharer, gone = make_user(), make_user()
    kinds.share_problem(sharer, question)
    kinds.share_problem(gone, question)
    kinds.share_problem(answered.author, question)
    gone.active = False
    kinds.accept_post(question.author, answered)
    assert len(told(db_session, sharer)) == 1
    assert told(db_session, gone) == []
    assert len(told(db_session, answered.author)) == 1


def test_questions_of_similar_municipalities_are_proposed(
    make_user, make_place, make_thread, make_category, make_group
):
    own, like, unlike = (
        make_place("Eigenstadt", 30_000),
        make_place("Gleichstadt", 31_000),
        make_place("Riesenstadt", 900_000, district_name="Fern"),
    )
    unlike.land = "02"
    viewer = make_user(belongs_to=[own])
    peer, far = make_user(belongs_to=[like]), make_user(belongs_to=[unlike])
    asked = make_thread("Von Gleichen", kind="question", author=peer)
    about = make_thread("Über Gleiche", kind="question", municipality_id=like.id)
    make_thread("Von Fernen", kind="question", author=far)
    make_thread("Keine Frage", author=peer)
    make_thread(
        "Geheim", kind="question", author=peer, category=make_category("Z", make_group().token)
    )
    found = peer_questions(viewer, 5)
    assert {row.thread.id for row in found} == {asked.id, about.id}
    assert {row.name for row in found} == {"Gleichstadt"}
    assert peer_questions(make_user(), 5) == []


# Experiences --------------------------------------------------------------------------------


def test_an_experience_needs_only_what_did_not_work(client, login, make_user, category, db_session):
    login(client, make_user())
    response = client.post("/forum/neu", data={**REPORT, "category": category.slug, "failed": " "})
    assert response.status_code == 422
    assert 'id="failed-error"' in text(response)
    assert 'id="body-error"' not in text(response)
    response = client.post("/forum/neu", data={**REPORT, "category": category.slug})
    assert response.status_code == 303
    thread = db_session.query(Thread).one()
    assert db_session.get(Experience, thread.id).cost_euro == 12_000
    page = text(client.get(thread.path))
    assert "<strong>keine</strong>" in page
    assert "Die Batterien hielten" in page
    assert "12.000" in page
    assert "acht Monate" in page
    headings = re.findall(r"<h3>(.*?)</h3>", page[page.index("kts-prose") :])
    assert len(headings) == 4  # starting point, what did not work, cost, duration


def test_the_text_of_the_first_post_says_what_the_fields_say(
    client, login, make_user, category, db_session
):
    login(client, make_user())
    client.post("/forum/neu", data={**REPORT, "category": category.slug})
    source = db_session.query(Post).one().source
    for value in ("**keine** Daten", "Batterien", "acht Monate", "15"):
        assert value in source


@pytest.fixture
def report(client, login, make_user, category, db_session):
    author = make_user()
    login(client, author)
    client.post("/forum/neu", data={**REPORT, "category": category.slug})
    return db_session.query(Thread).filter_by(kind="experience").one()


def test_an_experience_is_changed_through_its_fields(client, report, db_session):
    post = db_session.query(Post).one()
    response = client.get(f"/beitrag/{post.id}/bearbeiten")
    assert response.location == f"{report.path}/erfahrung"
    page = text(client.get(response.location))
    assert "Die Batterien hielten nur ein Jahr." in page
    data = {**REPORT, "version": 1, "advice": "Nehmt Strom vom Mast.", "title": "Unser Netz"}
    assert client.post(f"{report.path}/erfahrung", data=data).status_code == 303
    db_session.expire_all()
    assert "Nehmt Strom vom Mast." in post.source
    assert db_session.get(Experience, report.id).advice == "Nehmt Strom vom Mast."
    assert report.title == "Unser Netz"
    assert db_session.query(PostRevision).count() == 1


def test_two_who_change_an_experience_at_once_lose_nothing(client, report, db_session):
    data = {**REPORT, "version": 1, "advice": "Erster Rat"}
    client.post(f"{report.path}/erfahrung", data=data)
    response = client.post(f"{report.path}/erfahrung", data={**data, "advice": "Zweiter Rat"})
    assert response.status_code == 409
    assert "Erster Rat" in text(response)
    assert "Zweiter Rat" in text(response)
    assert db_session.get(Experience, report.id).advice == "Erster Rat"
    again = {**data, "version": 2, "advice": "Zweiter Rat"}
    assert client.post(f"{report.path}/erfahrung", data=again).status_code == 303


def test_only_the_author_changes_an_experience(client, login, make_user, report, thread):
    address = f"{report.path}/erfahrung"
    for person in (make_user(), make_user("moderator")):
        login(client, person)
        assert client.get(address).status_code == 403
        assert client.post(address, data={**REPORT, "version": 1}).status_code == 403
    assert client.get(f"{thread.path}/erfahrung").status_code == 404


def test_a_thread_that_becomes_an_experience_keeps_its_text(
    client, login, make_user, make_thread, db_session
):
    author = make_user()
    thread = make_thread(body="Wir haben gebaut.", author=author)
    login(client, author)
    response = client.post(f"{thread.path}/art", data={"kind": "experience"})
    assert response.location == f"{thread.path}/erfahrung"
    assert "Wir haben gebaut." in text(client.get(response.location))
    data = {**REPORT, "version": 1, "done": "Wir haben gebaut."}
    assert client.post(response.location, data=data).status_code == 303
    assert "Wir haben gebaut." in text(client.get(thread.path))
    assert db_session.get(Experience, thread.id).done == "Wir haben gebaut."


def test_figures_at_a_glance_are_not_shown_while_the_post_is_hidden(
    client, make_user, report, db_session
):
    assert "kind-glance" in text(client.get(report.path))
    services.hide_post(make_user("moderator"), db_session.query(Post).one(), "falsch")
    client.get("/abmelden")
    guest = client.application.test_client()
    assert "kind-glance" not in text(guest.get(report.path))


# Announcements ------------------------------------------------------------------------------


def test_an_announcement_is_pinned_until_its_day_has_passed(
    client, login, make_user, category, db_session, monkeypatch
):
    login(client, make_user("moderator"))
    data = {"category": category.slug, "title": "Netzwerktreffen", "body": "Bald"}
    data |= {"kind": "announcement", "until": (today() + timedelta(days=2)).isoformat()}
    client.post("/forum/neu", data=data)
    thread = db_session.query(Thread).one()
    assert thread.pinned
    assert end_announcements() == 0
    announcement = db_session.get(Announcement, thread.id)
    assert announcement.is_current
    announcement.until = now() - timedelta(seconds=1)
    db_session.commit()
    assert end_announcements() == 1
    thread = db_session.get(Thread, thread.id)
    assert not thread.pinned
    assert not db_session.get(Announcement, thread.id).is_current
    services.pin_thread(db_session.get(type(thread.author), thread.author_id), thread)
    db_session.commit()
    assert end_announcements() == 0
    assert thread.pinned


def test_an_announcement_cannot_end_before_it_begins(client, login, make_user, category):
    login(client, make_user("moderator"))
    data = {"category": category.slug, "title": "Gestern", "body": "Text", "kind": "announcement"}
    data["until"] = (today() - timedelta(days=1)).isoformat()
    assert client.post("/forum/neu", data=data).status_code == 422


def test_a_day_ends_at_midnight_where_the_readers_live(app):
    with app.test_request_context():
        day = today().replace(month=7, day=1)
        assert end_of(day).hour == 22  # summer time
        assert day_of(end_of(day)) == day
        winter = day.replace(month=12)
        assert end_of(winter).hour == 23
        assert day_of(end_of(winter)) == winter


# Official statements ------------------------------------------------------------------------


def test_only_editors_speak_in_the_name_of_a_municipality(make_user, make_place):
    place = make_place("Ulmstadt")
    editor, member = make_user(edits=[place]), make_user(belongs_to=[place])
    assert kinds.official_for(editor, str(place.id)) == place.id
    assert kinds.official_for(member, "") is None
    for person, value in ((member, place.id), (editor, "7777"), (editor, "x"), (member, "-1")):
        with pytest.raises(Denied):
            kinds.official_for(person, value)


def test_an_official_statement_is_marked_in_threads_and_answers(
    client, login, make_user, make_place, category, db_session
):
    place = make_place("Ulmstadt")
    login(client, make_user(belongs_to=[place]))
    data = {"category": category.slug, "title": "Unsere Haltung", "body": "Text"}
    assert 'name="official"' not in text(client.get("/forum/neu"))
    assert client.post("/forum/neu", data={**data, "official": place.id}).status_code == 403
    login(client, make_user(edits=[place]))
    assert 'name="official"' in text(client.get("/forum/neu"))
    assert client.post("/forum/neu", data={**data, "official": place.id}).status_code == 303
    thread = db_session.query(Thread).one()
    page = text(client.get(thread.path))
    assert len(re.findall(OFFICIAL, page)) == 1
    answer = {"body": "Ergänzung", "official": place.id}
    assert client.post(f"{thread.path}/antworten", data=answer).status_code == 303
    assert client.post(f"{thread.path}/antworten", data={"body": "Privat"}).status_code == 303
    page = text(client.get(thread.path))
    assert len(re.findall(OFFICIAL, page)) == 2
    login(client, make_user())
    assert client.post(f"{thread.path}/antworten", data=answer).status_code == 403


# Statements ---------------------------------------------------------------------------------


def test_the_page_of_a_question_takes_as_many_statements_whatever_it_shows(
    client, login, make_user, make_place, question, answered, db_session, query_counter
):
    kinds.accept_post(question.author, answered)
    kinds.share_problem(make_user(), question)
    viewer = make_user(edits=[make_place("Eigenstadt")])
    login(client, viewer)
    client.get(question.path)

    def statements():
        with query_counter() as found:
            assert client.get(question.path).status_code == 200
        return len(found)

    before = statements()
    for number in range(3):
        place = make_place(f"Weitere{number}")
        kinds.share_problem(make_user(belongs_to=[place]), question, place.id)
        services.add_post(make_user(edits=[place]), question, "Offiziell", official_for_id=place.id)
    db_session.commit()
    client.get(question.path)
    assert statements() <= before + 1  # the names of those who speak officially
    assert db_session.query(SharedProblem).count() == 4


def test_templates_can_ask_all_policies(app, question, answered, make_user):
    with app.test_request_context():
        assert not can("accept", answered)
        assert not can("steer", question)
        assert not can("vote", question)
        assert not can("share", question)
        assert not can("classify", question)
        assert not can("announce", question.category)
