"""From thread to knowledge: drafts, what contributors answer, publishing, names taken back."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from kts.accounts.models import Group
from kts.accounts.services import add_to_group
from kts.core import storage
from kts.core.audit import AuditEntry
from kts.core.clock import now
from kts.core.mail import MailDelivery
from kts.core.tasks import NIGHTLY
from kts.core.waiting import WaitingItem
from kts.curation.desk.tasks import mend
from kts.curation.distilling import services
from kts.curation.distilling.checking import obstacles
from kts.curation.distilling.models import (
    Distillate,
    DistillateContributor,
    DistillatePassage,
)
from kts.curation.distilling.passages import is_verbatim, repeats, words_of
from kts.curation.distilling.tasks import remind_contributors
from kts.documents import services as documents
from kts.documents.models import Document
from kts.extensions import db
from kts.forum import services as forum
from kts.forum.models import Post, PostRevision, Thread
from kts.forum.models.kinds import Experience
from kts.forum.models.marks import Reaction
from kts.forum.services import kinds
from kts.municipalities.models import Municipality
from kts.notifications import mailing
from kts.notifications.models import Notification

GOOD = "Wir haben die Sensoren gemietet und den Vertrag nach zwei Jahren verlängert."
OTHER = "Bei uns hat sich der eigene Betrieb nicht gelohnt, wegen der Batterien."


@pytest.fixture
def town(db_session):
    town = Municipality(name="Musterhausen", slug="musterhausen", kind="town", land="08")
    db_session.add(town)
    db_session.commit()
    return town


@pytest.fixture
def moderator(make_user):
    return make_user("moderator", name="Maria Muster")


@pytest.fixture
def anna(make_user, town):
    return make_user(name="Anna Antwort", belongs_to=[town])


@pytest.fixture
def bert(make_user):
    return make_user(name="Bert Beitrag")


@pytest.fixture
def asker(make_user):
    return make_user(name="Frida Frage")


def make_thread(asker, anna, bert, visibility="public", **values):
    room = forum.create_category(None, f"Raum {visibility}", visibility=visibility)
    details = kinds.Details("question")
    thread = kinds.open_thread(asker, room, "Sensoren mieten?", "Wer weiß es?", details, **values)
    first, second = forum.add_post(anna, thread, GOOD), forum.add_post(bert, thread, OTHER)
    kinds.accept_post(asker, first)
    db.session.commit()
    return thread, first, second


@pytest.fixture
def thread(asker, anna, bert):
    return make_thread(asker, anna, bert)[0]


@pytest.fixture
def posts(thread):
    return db.session.scalars(select(Post).filter_by(thread_id=thread.id).order_by(Post.id)).all()


@pytest.fixture
def draft(thread, posts, moderator):
    """Give a fact sheet with both answers, ready to be asked about."""
    made = services.begin(moderator, thread, "factsheet", posts[1:])
    made.texts = {**made.texts, "question": "Mieten oder kaufen?", "watch": "Die Batterien."}
    db.session.commit()
    return made


@pytest.fixture
def as_(app, login):
    """Give a function that gives a client of a person, the same each time."""
    clients = {}

    def client_of(person):
        if person.id not in clients:
            clients[person.id] = login(app.test_client(), person)
        return clients[person.id]

    return client_of


def fresh(row):
    db.session.rollback()
    return db.session.get(type(row), row.id, populate_existing=True)


def part_of(draft, person):
    return db.session.scalar(
        select(DistillateContributor)
        .filter_by(distillate_id=draft.id, user_id=person.id)
        .execution_options(populate_existing=True)
    )


@pytest.fixture
def answer(as_):
    """Give a function with which a contributor answers on her page."""

    def send(draft, person, choice="full", **values):
        part = part_of(draft, person)
        data = {"version": part.version, "choice": choice, **values}
        return as_(person).post(part.path, data=data)

    return send


@pytest.fixture
def ask(as_, moderator):
    def send(draft):
        return as_(moderator).post(f"{draft.path}/fragen")

    return send


@pytest.fixture
def agreed(draft, ask, answer, anna, bert):
    """Give the draft to which both have agreed, with their names."""
    ask(draft)
    answer(draft, anna)
    answer(draft, bert)
    return fresh(draft)


def form_of(draft, **changes):
    """Give what the form of the draft sends when nothing is changed."""
    draft = fresh(draft)
    data = {"title": draft.title, "version": draft.version, "as_of": str(draft.as_of)}
    data |= {f"words-{one.id}": one.words for one in draft.passages if not one.removed_at}
    return data | dict(draft.texts) | changes


def publish(client, draft, **values):
    data = {"version": fresh(draft).version, **values}
    return client.post(f"{draft.path}/veroeffentlichen", data=data)


def told(person):
    found = select(Notification).filter_by(user_id=person.id, kind="distilling")
    return db.session.scalars(found.order_by(Notification.id)).all()


def texts_of(document):
    """Give all that readers can get of a document: pages of all versions, and the files."""
    document = fresh(document)
    pages = "\n".join(page.text for version in document.versions for page in version.pages)
    files = [storage.blob_path(v.blob_key).read_text() for v in document.versions]
    return "\n".join([document.title, document.description, pages, *files])


def next_tuesday_noon():
    """Give a moment at which mails may go, whatever quiet hours there are today."""
    moment = (now() + timedelta(days=3)).replace(hour=11)
    return moment + timedelta(days=(1 - moment.weekday()) % 7)


# Beginning


def test_a_moderator_begins_from_the_menu_with_the_best_posts_ticked(as_, moderator, thread, posts):
    client = as_(moderator)
    address = f"{thread.path}/wissen"
    assert address in client.get(thread.path).text
    page = client.get(address).text
    assert re.search(rf'value="{posts[1].id}" checked', page)
    assert not re.search(rf'value="{posts[2].id}" checked', page)
    token = re.search(r'name="token"[^>]*value="([^"]+)"', page)[1]
    data = {"kind": "factsheet", "posts": [posts[1].id, posts[2].id], "token": token}
    sent = [client.post(address, data=data) for _ in range(2)]
    assert [one.status_code for one in sent] == [303, 303]
    made = db.session.scalars(select(Distillate)).all()
    assert [one.path for one in made] == [sent[1].location]
    assert made[0].texts["short"] == "[[Zitat 1]]"
    assert made[0].texts["details"] == "[[Zitat 2]]"
    edited = client.get(sent[0].location).text
    assert GOOD in edited
    assert OTHER in edited


def test_nothing_ticked_or_a_post_of_another_thread_begins_nothing(
    as_, moderator, thread, asker, anna, bert
):
    _thread, elsewhere, _other = make_thread(asker, anna, bert, "members")
    client = as_(moderator)
    for ticked in ([], [elsewhere.id]):
        sent = client.post(f"{thread.path}/wissen", data={"kind": "factsheet", "posts": ticked})
        assert sent.status_code == 422
    assert db.session.scalar(select(Distillate)) is None


def test_an_editor_makes_an_experience_of_her_own_municipality_and_no_fact_sheet(
    as_, make_user, asker, anna, bert, town
):
    thread, first, _second = make_thread(asker, anna, bert, municipality_id=town.id)
    editor, member = make_user(edits=[town]), make_user(belongs_to=[town])
    address = f"{thread.path}/wissen"
    assert address in as_(editor).get(thread.path).text
    assert address not in as_(member).get(thread.path).text
    assert as_(member).get(address).status_code == 403
    ticked = {"posts": [first.id]}
    assert as_(editor).post(address, data={"kind": "factsheet", **ticked}).status_code == 422
    begun = as_(editor).post(address, data={"kind": "experience", **ticked})
    assert begun.status_code == 303
    made = db.session.scalar(select(Distillate))
    assert made.municipality_id == town.id
    assert as_(editor).get(begun.location).status_code == 200
    assert made.title in as_(editor).get("/kuratierung/wissen").text
    assert publish(as_(editor), made).status_code == 403


def test_a_fact_sheet_of_a_thread_about_her_town_stays_hidden_from_its_editor(
    as_, make_user, draft, town
):
    editor = make_user(edits=[town])
    assert as_(editor).get(draft.path).status_code == 404
    assert as_(editor).post(f"{draft.path}/fragen").status_code == 404


def test_what_others_said_and_show_is_not_taken_over_with_somebodys_words(db_session):
    source = (
        "> **[Bert wrote:](/beitrag/1)**\n>\n> fremd\n\nHallo @anna-antwort, "
        "![Plan](/anhang/3) siehe [Seite](/dokumente/7)."
    )
    words = words_of(source)
    assert "fremd" not in words
    assert words.startswith("Hallo anna-antwort, Plan siehe [Seite](http")
    assert words.endswith("/dokumente/7).")


def test_a_quotation_of_somebody_who_left_may_leave_out_and_change_nothing(db_session):
    assert is_verbatim("Wir haben […] den Vertrag", GOOD)
    assert not is_verbatim("Wir haben die Sensoren gekauft", GOOD)
    assert repeats(
        "Man sagt: wir haben die SENSOREN gemietet und den Vertrag nach zwei Jahren verlängert",
        GOOD,
    )
    assert not repeats("Wir haben Sensoren.", GOOD)


# Writing


def test_saving_keeps_sections_and_preview_saves_nothing(as_, moderator, draft):
    client = as_(moderator)
    data = form_of(draft, details="Zwei Wege.\n\n[[Zitat 2]]")
    seen = client.post(draft.path, data={**data, "preview": "1"})
    assert seen.status_code == 200
    assert "Zwei Wege." in seen.text
    assert 'class="forum-preview"' in seen.text
    assert "Zwei Wege." not in fresh(draft).texts["details"]
    assert client.post(draft.path, data=data).status_code == 303
    assert fresh(draft).texts["details"] == "Zwei Wege.\n\n[[Zitat 2]]"
    page = client.get(f"{draft.path}/vorschau").text
    assert "Bert Beitrag" in page
    assert "Musterhausen" in page


def test_an_invalid_form_is_shown_again_with_all_that_was_typed(as_, moderator, draft):
    first = draft.passages[0]
    data = form_of(draft, title="", short="Kurz und gut.", **{f"words-{first.id}": "Gekürzt."})
    answer = as_(moderator).post(draft.path, data=data)
    assert answer.status_code == 422
    assert "Kurz und gut." in answer.text
    assert "Gekürzt." in answer.text
    assert fresh(draft).version == data["version"]


def test_the_second_of_two_editors_is_told_and_loses_nothing(as_, make_user, moderator, draft):
    colleague = make_user("moderator")
    data = form_of(draft)
    mine, hers = {**data, "watch": "Frost."}, {**data, "watch": "Hitze.", "short": "Mieten."}
    assert as_(moderator).post(draft.path, data=mine).status_code == 303
    second = as_(colleague).post(draft.path, data=hers)
    assert second.status_code == 409
    for words in ("Frost.", "Hitze.", "Mieten."):
        assert words in second.text
    assert fresh(draft).texts["watch"] == "Frost."
    again = {**hers, "version": fresh(draft).version}
    assert as_(colleague).post(draft.path, data=again).status_code == 303
    assert fresh(draft).texts["watch"] == "Hitze."


def test_changed_words_have_to_be_asked_about_anew(as_, moderator, agreed, anna):
    first = agreed.passages[0]
    data = form_of(agreed, **{f"words-{first.id}": "Wir haben gemietet."})
    assert as_(moderator).post(agreed.path, data=data).status_code == 303
    part = part_of(agreed, anna)
    assert (part.standing, part.asked_at) == ("new", None)
    assert publish(as_(moderator), agreed).status_code == 422
    assert as_(moderator).post(f"{agreed.path}/fragen").status_code == 303
    assert len(told(anna)) == 2


def test_further_posts_are_taken_in_and_passages_out_and_in_again(
    as_, moderator, draft, posts, asker
):
    client = as_(moderator)
    address = f"{draft.path}/beitraege"
    assert f'value="{posts[1].id}"' not in client.get(address).text
    assert client.post(address, data={"posts": [posts[0].id]}).status_code == 303
    assert "[[Zitat 3]]" in fresh(draft).texts["details"]
    assert part_of(draft, asker).standing == "new"
    last = fresh(draft).passages[-1]
    client.post(draft.path, data=form_of(draft, **{f"turn-{last.id}": "1"}))
    assert fresh(last).removed_at is not None
    assert any("[[Zitat 3]]" in one for one in obstacles(fresh(draft)))
    client.post(draft.path, data=form_of(draft, **{f"turn-{last.id}": "1"}))
    assert fresh(last).removed_at is None


# Asking and answering


def test_contributors_are_asked_in_the_app_and_by_mail(draft, ask, anna, bert, asker, db_session):
    assert ask(draft).status_code == 303
    assert fresh(draft).state == "asked"
    for person in (anna, bert):
        assert [one.url for one in told(person)] == [part_of(draft, person).path]
        assert "Sensoren mieten" not in told(person)[0].text
    assert told(asker) == []
    ask(draft)
    assert len(told(anna)) == 1
    path, email = part_of(draft, anna).path, anna.email
    db_session.commit()
    mailing.run(next_tuesday_noon())
    db_session.expire_all()
    mails = db_session.scalars(select(MailDelivery.body).filter_by(recipient=email)).all()
    assert sum(path in body for body in mails) == 1


def test_her_page_shows_the_words_and_the_name_and_nobody_else_opens_it(
    as_, draft, ask, anna, bert, moderator
):
    ask(draft)
    part = part_of(draft, anna)
    page = as_(anna).get(part.path).text
    assert GOOD in page
    assert "Anna Antwort, Musterhausen" in page
    for other in (bert, moderator):
        assert as_(other).get(part.path).status_code == 404
        assert as_(other).post(part.path, data={"choice": "full"}).status_code == 404
    assert part.path in as_(anna).get("/mitwirkung").text
    assert part.path not in as_(bert).get("/mitwirkung").text


def test_before_she_is_asked_there_is_nothing_to_answer(as_, draft, anna):
    assert as_(anna).get(part_of(draft, anna).path).status_code == 404


@pytest.mark.parametrize(
    ("choice", "shown", "not_shown"),
    [
        ("full", "Anna Antwort, Musterhausen", None),
        ("place", "Musterhausen", "Anna"),
        ("anonymous", GOOD[:30], "Musterhausen"),
    ],
)
def test_she_is_named_as_she_chose(
    as_, moderator, draft, ask, answer, anna, choice, shown, not_shown
):
    ask(draft)
    assert answer(draft, anna, choice).status_code == 303
    page = as_(moderator).get(f"{draft.path}/vorschau").text
    prose = page[page.index('class="kts-prose"') :]
    assert shown in prose
    linked = f"/beitrag/{part_of(draft, anna).passages[0].post_id}" in prose
    assert linked == (choice == "full")
    if not_shown:
        assert not_shown not in prose


def test_who_belongs_to_no_municipality_is_not_offered_to_be_named_by_it(as_, draft, ask, bert):
    ask(draft)
    page = as_(bert).get(part_of(draft, bert).path).text
    assert 'value="full"' in page
    assert 'value="place"' not in page


def test_no_answer_chosen_keeps_what_was_typed(draft, ask, answer, anna):
    ask(draft)
    sent = answer(draft, anna, "", note="Bitte später")
    assert sent.status_code == 422
    assert "Bitte später" in sent.text
    assert part_of(draft, anna).answer == "waiting"


def test_an_answer_to_words_that_were_changed_meanwhile_counts_for_nothing(
    as_, moderator, draft, ask, anna
):
    ask(draft)
    part = part_of(draft, anna)
    old, path = part.version, part.path
    words = {f"words-{part.passages[0].id}": "Etwas anderes."}
    as_(moderator).post(draft.path, data=form_of(draft, **words))
    ask(draft)
    sent = as_(anna).post(path, data={"version": old, "choice": "full"})
    assert sent.status_code == 409
    assert "Etwas anderes." in sent.text
    assert part_of(draft, anna).answer == "waiting"


def test_her_own_wording_is_taken_over_and_counts_as_agreed(
    as_, moderator, draft, ask, answer, anna
):
    ask(draft)
    passage = part_of(draft, anna).passages[0]
    answer(draft, anna, "place", **{f"words-{passage.id}": "Wir haben gemietet, und zwar gern."})
    part = part_of(draft, anna)
    assert part.answer == "changes"
    assert "und zwar gern" in as_(moderator).get(draft.path).text
    sent = as_(moderator).post(f"{draft.path}/wortlaut/{part.id}/uebernehmen")
    assert sent.status_code == 303
    part = part_of(draft, anna)
    assert (part.answer, part.naming) == ("agreed", "place")
    assert part.passages[0].words == "Wir haben gemietet, und zwar gern."
    as_(moderator).post(f"{draft.path}/wortlaut/{part.id}/beibehalten", data={"reason": "doch"})
    assert part_of(draft, anna).answer == "agreed"  # the second of two moderators changes nothing


def test_keeping_the_wording_needs_a_reason_that_she_reads(
    as_, moderator, draft, ask, answer, anna
):
    ask(draft)
    passage = part_of(draft, anna).passages[0]
    answer(draft, anna, "full", **{f"words-{passage.id}": "Anders."})
    part = part_of(draft, anna)
    address = f"{draft.path}/wortlaut/{part.id}/beibehalten"
    as_(moderator).post(address, data={"reason": ""})
    assert part_of(draft, anna).answer == "changes"
    as_(moderator).post(address, data={"reason": "Sonst fehlt die Zahl."})
    part = part_of(draft, anna)
    assert (part.answer, part.passages[0].suggested) == ("waiting", "")
    assert "Sonst fehlt die Zahl." in told(anna)[-1].text


def test_declined_words_cannot_be_published_by_any_way_round(
    as_, moderator, draft, ask, answer, anna, bert
):
    ask(draft)
    answer(draft, anna, "decline")
    answer(draft, bert)
    client = as_(moderator)
    assert publish(client, draft).status_code == 422
    assert GOOD not in client.get(f"{draft.path}/vorschau").text
    passage = part_of(draft, anna).passages[0]
    copied = form_of(draft, short=f"Ein Ort sagt: {GOOD}", **{f"turn-{passage.id}": "1"})
    client.post(draft.path, data=copied)
    assert publish(client, draft).status_code == 422  # the same words, typed into the text
    client.post(draft.path, data=form_of(draft, short="Anna Antwort hat gemietet."))
    assert publish(client, draft).status_code == 422  # and her name
    assert db.session.scalar(select(Document)) is None
    client.post(draft.path, data=form_of(draft, short="Mieten ist üblich."))
    assert obstacles(fresh(draft)) == []


def test_a_reminder_comes_once_after_a_week(draft, ask, anna, answer, bert):
    ask(draft)
    answer(draft, bert)
    services.remind()
    assert len(told(anna)) == 1
    part_of(draft, anna).asked_at = now() - timedelta(days=8)
    db.session.commit()
    for _night in range(2):
        services.remind()
        db.session.commit()
    assert len(told(anna)) == 2
    assert len(told(bert)) == 1


def test_the_reminder_is_part_of_the_night(draft, ask, anna):
    ask(draft)
    part_of(draft, anna).asked_at = now() - timedelta(days=8)
    db.session.commit()
    assert remind_contributors in NIGHTLY
    remind_contributors()
    assert len(told(anna)) == 2


def test_after_three_weeks_of_silence_only_paraphrase_without_name(
    as_, moderator, draft, ask, answer, anna, bert
):
    ask(draft)
    answer(draft, bert)
    part_of(draft, anna).asked_at = now() - timedelta(days=22)
    db.session.commit()
    client = as_(moderator)
    assert publish(client, draft).status_code == 422
    assert GOOD not in client.get(f"{draft.path}/vorschau").text
    client.post(draft.path, data=form_of(draft, short="Mieten geht, und man kann verlängern."))
    assert obstacles(fresh(draft)) == []
    assert "Anna" not in client.get(f"{draft.path}/vorschau").text.partition("kts-prose")[2]


def test_before_that_nothing_is_published_without_her_answer(
    as_, moderator, draft, ask, answer, bert
):
    assert publish(as_(moderator), draft).status_code == 422
    ask(draft)
    answer(draft, bert)
    assert publish(as_(moderator), draft).status_code == 422
    assert db.session.scalar(select(Document)) is None


def test_who_left_is_not_asked_and_named_as_at_the_post(
    as_, moderator, draft, ask, answer, anna, bert
):
    anna.active, anna.shown_name = False, "Ehemals Stadtverwaltung"
    db.session.commit()
    ask(draft)
    answer(draft, bert)
    assert told(anna) == []
    assert obstacles(fresh(draft)) == []
    assert "Ehemals Stadtverwaltung" in as_(moderator).get(f"{draft.path}/vorschau").text
    first = draft.passages[0]
    changed = form_of(draft, **{f"words-{first.id}": "Wir haben alles gekauft."})
    as_(moderator).post(draft.path, data=changed)
    assert len(obstacles(fresh(draft))) == 1


def test_a_moderators_own_words_need_no_asking(thread, moderator, as_, anna):
    own = forum.add_post(moderator, thread, "Die KTS rät zum Mieten.")
    made = services.begin(moderator, thread, "factsheet", [own])
    db.session.commit()
    assert part_of(made, moderator).answer == "agreed"
    assert [one for one in obstacles(fresh(made)) if moderator.name in one] == []
    made.texts = {**made.texts, "short": "Mieten."}
    assert obstacles(made) == []


# The desk, dropping, the list


def waiting():
    return db.session.scalars(select(WaitingItem).filter_by(kind="distilling")).all()


def test_what_all_have_answered_waits_on_the_desk_until_it_is_published(
    as_, moderator, draft, ask, answer, anna, bert
):
    ask(draft)
    answer(draft, anna)
    assert waiting() == []
    answer(draft, bert)
    assert [one.url for one in waiting()] == [draft.path]
    assert mend() == 0
    as_(moderator).post(f"{draft.path}/verwerfen", data={"reason": "Doppelt"})
    assert waiting() == []
    as_(moderator).post(f"{draft.path}/zurueckholen")
    assert [one.url for one in waiting()] == [draft.path]


def test_silence_brings_a_draft_to_the_desk_by_itself(draft, ask, answer, anna, bert):
    ask(draft)
    answer(draft, bert)
    part_of(draft, anna).asked_at = now() - timedelta(days=22)
    db.session.commit()
    mend()
    assert [one.url for one in waiting()] == [draft.path]


def test_a_dropped_draft_comes_back_with_its_answers(as_, moderator, agreed, anna):
    client = as_(moderator)
    client.post(f"{agreed.path}/verwerfen", data={"reason": "Doppelt"})
    assert fresh(agreed).state == "dropped"
    assert publish(client, agreed).status_code == 409
    answered = as_(anna).post(part_of(agreed, anna).path, data={"choice": "decline", "version": 9})
    assert answered.status_code == 409
    entry = db.session.scalar(select(AuditEntry).filter_by(action="distillate.drop"))
    assert entry.reason == "Doppelt"
    client.post(f"{agreed.path}/zurueckholen")
    assert fresh(agreed).state == "asked"
    assert part_of(agreed, anna).answer == "agreed"


def test_the_list_is_narrowed_by_state_and_counts_its_statements(
    as_, moderator, draft, thread, posts, query_counter, make_user
):
    client = as_(moderator)
    for state, there in (("", True), ("draft", True), ("asked", False), ("ready", False)):
        assert (draft.title in client.get(f"/kuratierung/wissen?stand={state}").text) == there
    with query_counter() as few:
        client.get("/kuratierung/wissen")
    services.begin(moderator, thread, "experience", posts)
    services.begin(moderator, thread, "factsheet", posts[:1])
    db.session.commit()
    with query_counter() as many:
        client.get("/kuratierung/wissen")
    assert len(many) == len(few)
    assert as_(make_user()).get("/kuratierung/wissen").status_code == 403


# Publishing


@pytest.fixture
def published(agreed, as_, moderator):
    """Give the published fact sheet."""
    sent = publish(as_(moderator), agreed)
    assert sent.status_code == 303
    return fresh(agreed).result_document


def test_a_fact_sheet_is_a_document_that_links_back_and_is_told_of(
    as_, app, published, thread, agreed, anna, bert, moderator
):
    assert (published.kind, published.visibility) == ("factsheet", "public")
    assert published.current_version.is_ready
    text = texts_of(published)
    for words in (GOOD, OTHER, "Anna Antwort, Musterhausen", "Mieten oder kaufen?"):
        assert words in text
    assert f"/thema/{thread.id}-" in text
    assert waiting() == []
    for person in (anna, bert):
        assert told(person)[-1].url == published.path
    guest = app.test_client()
    assert published.path in guest.get(thread.path).text
    documents.hide_document(moderator, published, "Falsch")
    db.session.commit()
    assert published.path not in guest.get(thread.path).text
    again = publish(as_(moderator), agreed)
    assert again.status_code == 409  # it says what the last version says


def test_publishing_again_makes_a_new_version_that_all_must_agree_to(
    as_, moderator, published, agreed, answer, ask, anna, thread
):
    first = agreed.passages[0]
    data = form_of(agreed, short="Mieten.\n\n[[Zitat 1]]", **{f"words-{first.id}": GOOD[:30]})
    as_(moderator).post(agreed.path, data=data)
    assert publish(as_(moderator), agreed).status_code == 422
    ask(agreed)
    assert answer(agreed, anna).status_code == 303
    assert publish(as_(moderator), agreed).status_code == 303
    document = fresh(published)
    assert [one.number for one in document.versions] == [2, 1]
    assert document.current_version.number == 2
    assert fresh(agreed).result_document_id == document.id


def test_a_stale_click_publishes_nothing(as_, moderator, agreed):
    old = agreed.version
    as_(moderator).post(agreed.path, data=form_of(agreed, watch="Frost."))
    sent = as_(moderator).post(f"{agreed.path}/veroeffentlichen", data={"version": old})
    assert sent.status_code == 409
    assert db.session.scalar(select(Document)) is None


def test_a_name_that_is_taken_back_is_in_no_version_any_more(
    as_, app, published, agreed, anna, bert, moderator
):
    published.description = "Von Anna Antwort."
    old_blob = published.current_version.blob_key
    db.session.commit()
    part = part_of(agreed, anna)
    assert as_(bert).post(f"{part.path}/name-zuruecknehmen").status_code == 404
    sent = as_(anna).post(f"{part.path}/name-zuruecknehmen")
    assert sent.status_code == 303
    document = fresh(published)
    assert [one.number for one in document.versions] == [2, 1]
    assert all(one.is_ready for one in document.versions)
    assert document.current_version.number == 2
    text = texts_of(document)
    assert GOOD in text
    assert "Bert Beitrag" in text
    assert "Anna" not in text
    assert f"/beitrag/{part.passages[0].post_id}" not in text
    assert not storage.exists(old_blob)
    guest = app.test_client()
    for path in ("/seite/1?version=1", "/datei?version=1", "/datei", "/vergleich?von=1&bis=2"):
        answer = guest.get(document.path + path)
        assert answer.status_code == 200
        assert "Anna" not in answer.text
    again = as_(anna).post(f"{part.path}/name-zuruecknehmen")
    assert again.status_code == 303
    assert len(fresh(document).versions) == 2
    page = as_(moderator).get(f"{agreed.path}/vorschau").text
    assert "Anna" not in page.partition("kts-prose")[2]


def test_a_moderator_takes_a_name_out_with_a_reason_and_she_is_told(
    as_, published, agreed, anna, moderator
):
    part = part_of(agreed, anna)
    address = f"{agreed.path}/namen/{part.id}/entfernen"
    as_(moderator).post(address, data={"reason": ""})
    assert part_of(agreed, anna).withdrawn_at is None
    as_(moderator).post(address, data={"reason": "Anruf vom 3. Mai"})
    assert part_of(agreed, anna).withdrawn_at is not None
    assert "Anna" not in texts_of(published)
    entry = db.session.scalar(select(AuditEntry).filter_by(action="distillate.withdraw_name"))
    assert entry.reason == "Anruf vom 3. Mai"
    assert told(anna)[-1].url == part.path


# Experiences


@pytest.fixture
def experience(thread, posts, moderator, ask, answer, anna, bert, town):
    """Give an experience to which both have agreed, ready to be published."""
    made = services.begin(moderator, thread, "experience", posts[1:])
    made.texts = {**made.texts, "failed": "Der eigene Betrieb."}
    made.municipality_id = town.id
    db.session.commit()
    ask(made)
    answer(made, anna)
    answer(made, bert)
    return fresh(made)


def experience_texts(thread):
    thread = fresh(thread)
    told_of = db.session.get(Experience, thread.id, populate_existing=True)
    post = kinds.first_post(thread)
    old = db.session.scalars(select(PostRevision).filter_by(post_id=post.id)).all()
    fields = (told_of.start, told_of.done, told_of.worked, told_of.failed, told_of.advice)
    return "\n".join([*fields, post.source, post.html, *(f"{o.source}{o.html}" for o in old)])


def test_an_experience_becomes_a_thread_that_says_where_it_comes_from(
    as_, app, experience, moderator, thread, town
):
    data = {"category": thread.category_id}
    assert publish(as_(moderator), experience, **data).status_code == 303
    made = fresh(experience).result_thread
    assert (made.kind, made.municipality_id, made.visibility) == ("experience", town.id, "public")
    text = experience_texts(made)
    assert f"/thema/{thread.id}-" in text
    assert "Anna Antwort, Musterhausen; Bert Beitrag" in text
    guest = app.test_client()
    assert made.path in guest.get(thread.path).text
    assert GOOD[:40] in guest.get(made.path).text
    forum.hide_thread(moderator, made, "Falsch")
    db.session.commit()
    assert made.path not in guest.get(thread.path).text
    assert len(db.session.scalars(select(Thread)).all()) == 2


def test_an_experience_is_published_again_unless_the_forum_has_changed_it(
    as_, experience, moderator, thread
):
    data = {"category": thread.category_id}
    publish(as_(moderator), experience, **data)
    as_(moderator).post(experience.path, data=form_of(experience, failed="Zu wenig Geld."))
    assert publish(as_(moderator), experience).status_code == 303
    made = fresh(experience).result_thread
    assert "Zu wenig Geld." in experience_texts(made)
    post = kinds.first_post(made)
    kinds.change_experience(moderator, made, {"failed": "Selbst geändert."}, version=post.version)
    db.session.commit()
    as_(moderator).post(experience.path, data=form_of(experience, failed="Noch anders."))
    assert publish(as_(moderator), experience).status_code == 409
    assert "Selbst geändert." in experience_texts(made)


def test_a_name_taken_back_leaves_the_experience_and_its_history(
    as_, experience, moderator, thread, anna
):
    publish(as_(moderator), experience, category=thread.category_id)
    made = fresh(experience).result_thread
    as_(moderator).post(experience.path, data=form_of(experience, failed="Zu wenig Geld."))
    publish(as_(moderator), experience)
    assert experience_texts(made).count("Anna Antwort") > 2
    sent = as_(anna).post(f"{part_of(experience, anna).path}/name-zuruecknehmen")
    assert sent.status_code == 303
    text = experience_texts(made)
    assert "Anna" not in text
    assert GOOD in text
    as_(moderator).post(experience.path, data=form_of(experience, failed="Beides."))
    assert publish(as_(moderator), experience).status_code == 303
    assert "Anna" not in experience_texts(made)


def test_an_experience_goes_only_where_its_readers_are_the_same(as_, experience, moderator, thread):
    elsewhere = forum.create_category(None, "Mitglieder", visibility="members")
    db.session.commit()
    for category in (elsewhere.id, 0, 4711):
        assert publish(as_(moderator), experience, category=category).status_code == 422
    assert fresh(experience).result_thread_id is None


# Closed groups


@pytest.fixture
def closed(asker, anna, bert, moderator, db_session):
    """Give a fact sheet made of a closed group's thread, and the group."""
    group = Group(name="AEG Daten", closed=True)
    db_session.add(group)
    db_session.flush()
    for person in (asker, anna, bert):
        add_to_group(person, group)
    thread, first, second = make_thread(asker, anna, bert, group.token)
    made = services.begin(moderator, thread, "factsheet", [first, second])
    made.texts = {**made.texts, "question": "Mieten oder kaufen?"}
    db_session.commit()
    return made, group, thread


def test_what_a_closed_group_said_stays_in_the_group(
    as_, app, closed, moderator, ask, answer, anna, bert, make_user, town
):
    made, group, thread = closed
    ask(made)
    answer(made, anna)
    answer(made, bert)
    assert publish(as_(moderator), made).status_code == 303
    document = fresh(made).result_document
    assert document.visibility == group.token
    outsider, editor = make_user(), make_user(edits=[town])
    for client in (app.test_client(), as_(outsider), as_(editor)):
        assert client.get(document.path).status_code in (302, 404)
        assert client.get(made.path).status_code in (302, 403, 404)
        assert "Sensoren" not in client.get("/dokumente").text
    assert document.path in as_(anna).get(thread.path).text


def test_who_left_the_group_sees_her_own_words_and_nothing_else(as_, closed, ask, anna, db_session):
    made, _group, thread = closed
    ask(made)
    db_session.delete(next(one for one in fresh(anna).group_memberships))
    db_session.commit()
    page = as_(anna).get(part_of(made, anna).path).text
    assert GOOD in page
    for secret in ("Sensoren mieten", "Batterien", "Bert", thread.path):
        assert secret not in page


def test_a_post_that_is_hidden_or_moved_to_other_readers_is_not_used(
    as_, moderator, agreed, posts, thread
):
    forum.hide_post(moderator, posts[1], "Namen von Dritten")
    db.session.commit()
    assert GOOD not in as_(moderator).get(f"{agreed.path}/vorschau").text
    assert publish(as_(moderator), agreed).status_code == 422
    forum.unhide_post(moderator, posts[1])
    db.session.commit()
    assert obstacles(fresh(agreed)) == []


def test_a_hidden_thread_gives_nothing(as_, moderator, agreed, thread):
    forum.hide_thread(moderator, thread, "Streit")
    db.session.commit()
    assert publish(as_(moderator), agreed).status_code == 422


# Suggestions


def rate(post, people):
    for person in people:
        db.session.add(Reaction(post_id=post.id, user_id=person.id, kind="helpful"))
    post.rating = len(people)
    db.session.commit()


def age(thread, days):
    fresh(thread).last_post_at = now() - timedelta(days=days)
    db.session.commit()


def test_answered_threads_that_helped_are_suggested_and_put_away(
    as_, moderator, thread, posts, make_user
):
    client = as_(moderator)
    address = "/kuratierung/wissen/vorschlaege"
    age(thread, 8)
    assert thread.title not in client.get(address).text  # an accepted answer alone
    posts[1].rating = 2
    db.session.commit()
    assert thread.title in client.get(address).text
    age(thread, 2)
    assert thread.title not in client.get(address).text  # people still write in it
    age(thread, 8)
    sent = client.post(f"{address}/{thread.id}/ungeeignet", data={"reason": "Veraltet"})
    assert sent.status_code == 303
    page = client.get(address).text
    assert f"/thema/{thread.id}-sensoren-mieten/wissen" not in page
    assert "Veraltet" in page
    client.post(f"{address}/{thread.id}/wieder")
    assert f"/thema/{thread.id}-sensoren-mieten/wissen" in client.get(address).text
    assert as_(make_user()).get(address).status_code == 403


def test_a_thread_is_suggested_no_more_once_somebody_makes_something_of_it(
    as_, moderator, draft, thread, posts
):
    posts[1].rating = 9
    db.session.commit()
    age(thread, 8)
    client, address = as_(moderator), "/kuratierung/wissen/vorschlaege"
    begin = f"{thread.path}/wissen"
    assert begin not in client.get(address).text
    client.post(f"{draft.path}/verwerfen", data={"reason": ""})
    assert begin in client.get(address).text


def test_suggestions_take_the_same_number_of_statements_for_one_and_for_three(
    as_, moderator, asker, anna, bert, query_counter
):
    client, address = as_(moderator), "/kuratierung/wissen/vorschlaege"

    def another(visibility):
        thread, first, _second = make_thread(asker, anna, bert, visibility)
        first.rating = 5
        db.session.commit()
        age(thread, 9)

    another("public")
    client.get(address)
    with query_counter() as few:
        client.get(address)
    another("members")
    with query_counter() as many:
        assert client.get(address).text.count('class="kts-item__title"') == 2
    assert len(many) == len(few)


def test_passages_that_were_removed_keep_their_numbers(draft, moderator, posts):
    draft.passages[1].removed_at = now()
    services.add_posts(moderator, draft, [posts[0]])
    db.session.commit()
    numbers = select(DistillatePassage.number).filter_by(distillate_id=draft.id)
    assert sorted(db.session.scalars(numbers)) == [1, 2, 3]
