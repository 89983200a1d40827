"""Ways around the rules and reviews: another page, another kind, another spelling."""

import re
from datetime import datetime, timedelta

import pytest

from kts.core import judging
from kts.core.clock import now
from kts.core.errors import Invalid
from kts.core.judging import Contribution
from kts.core.waiting import WaitingItem
from kts.curation.desk.tasks import mend
from kts.curation.reviewing import services
from kts.curation.reviewing.models import Review, ReviewRule, TrustedMunicipality
from kts.curation.rules import checks
from kts.curation.rules import services as rules
from kts.curation.rules.matching import Phrase, fold, marked_html
from kts.curation.rules.models import NewcomerRule
from kts.documents import services as documents
from kts.forum import services as forum
from kts.forum.models import Post, Thread
from kts.forum.models.held import HeldContribution
from kts.forum.models.kinds import Poll
from kts.forum.services import holding
from kts.forum.services.contents import render_post
from kts.forum.services.held_texts import Sent, sent_edit

HELD = "/kuratierung/zurueckgehalten"


@pytest.fixture
def category(db_session):
    made = forum.create_category(None, "Offen", visibility="public")
    db_session.commit()
    return made


@pytest.fixture
def member(make_user, town):
    return make_user(belongs_to=[town], name="Erika Erfahren")


@pytest.fixture
def experiences(db_session):
    """Let experiences of the untrusted be reviewed, by two people."""
    rule = ReviewRule(kind="experience", who="untrusted", days=14, two_persons=True)
    db_session.add(rule)
    db_session.commit()
    return rule


@pytest.fixture
def held(db_session, experiences, member, town, category):
    texts = {"title": "Sensoren im Winter", "failed": "Die Batterien froren ein."}
    rest = {"thread_kind": "experience", "municipality_id": town.id, "topics": []}
    sent = Sent(judging.EXPERIENCE, texts, "public", rest=rest, category_id=category.id)
    made = holding.hold(member, sent, judging.reasons(sent.contribution(member)))
    db_session.commit()
    return made


@pytest.fixture
def watch(db_session):
    def add(phrase):
        filled = {"whole": True, "note": "", "active": True, "since": None, "until": None}
        rules.add_word(None, {"phrase": phrase, **filled})
        db_session.commit()

    return add


def keys(actor, text, before=""):
    contribution = Contribution("answer", actor, "", text, "public", before=before)
    return [reason.key for reason in judging.reasons(contribution)]


# Reviews ------------------------------------------------------------------------------------


def test_what_is_reviewed_is_decided_by_its_review_alone(
    app, login, held, make_user, moderator, db_session
):
    client = login(app.test_client(), moderator)
    version = {"version": held.version}
    assert client.post(f"{HELD}/{held.id}/freigeben", data=version).status_code == 409
    changed = {**version, "title": "Anders", "failed": "Nichts."}
    assert client.post(f"{HELD}/{held.id}/geaendert-freigeben", data=changed).status_code == 409
    refusal = {**version, "rule": "-", "reason": "Das ist Werbung."}
    assert client.post(f"{HELD}/{held.id}/ablehnen", data=refusal).status_code == 409
    asked = {**version, "ask": "Bitte kürzen."}
    assert client.post(f"{HELD}/{held.id}/nachfragen", data=asked).status_code == 409
    ticked = {"ding": f"{held.id}-{held.version}"}
    answer = client.post(f"{HELD}/freigeben", data=ticked, follow_redirects=True)
    assert held.title in answer.text
    db_session.expire_all()
    assert (held.state, db_session.query(Thread).count()) == ("waiting", 0)


def test_nobody_approves_the_file_that_she_has_sent_into_a_colleagues_review(
    reviewed, upload, editor, moderator, make_user, db_session
):
    reviewed.who = "all"
    document = upload(editor, "Die erste Fassung der Strategie.")
    upload(moderator, "Die zweite Fassung der Strategie.", document)
    review = db_session.query(Review).one()
    assert review.file.uploaded_by_id == moderator.id
    seen = services.judging.subject_of(review).fingerprint
    with pytest.raises(services.turns.Denied):
        services.approve(moderator, review, review.version, seen)
    services.approve(make_user("moderator"), review, review.version, seen)
    assert review.state == "published"


def test_a_discussion_does_not_become_an_unreviewed_experience(
    app, login, experiences, member, moderator, category, town, db_session
):
    thread = forum.create_thread(member, category, "Sensoren im Winter", "Sie froren ein.")
    db_session.commit()
    address = f"{thread.path}/art"
    answer = login(app.test_client(), member).post(address, data={"kind": "experience"})
    assert answer.status_code == 422
    db_session.expire_all()
    assert thread.kind == "discussion"
    trusted = TrustedMunicipality(municipality_id=town.id)
    db_session.add(trusted)
    thread.municipality_id = town.id
    db_session.commit()
    client = login(app.test_client(), member)
    assert client.post(address, data={"kind": "experience"}).status_code == 303
    assert client.post(address, data={"kind": "discussion"}).status_code == 303
    db_session.delete(trusted)
    db_session.commit()
    client = login(app.test_client(), moderator)  # keeps order, and tells nothing of her own
    assert client.post(address, data={"kind": "experience"}).status_code == 303


def test_the_review_of_what_is_gone_is_in_no_list_and_leaves_the_desk(
    app, login, held, moderator, db_session
):
    client = login(app.test_client(), moderator)
    assert held.title in client.get("/kuratierung/pruefungen").text
    db_session.delete(held)
    db_session.commit()
    assert "Sensoren im Winter" not in client.get("/kuratierung/pruefungen").text
    mend()
    assert db_session.query(WaitingItem).filter_by(kind="review").count() == 0


# Rules --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Ein &#87;undermittel!",
        "Ein Wunder&shy;mittel!",
        "Ein Wun**der**mittel!",
        "Ein Wunder<!-- -->mittel!",
        "Ein Wunder<b></b>mittel!",
        "Ein Wunder\u034fmittel!",
        "Ein Wunder\ufe0fmittel!",
        "Ein Wunder\u3164mittel!",
        "Ein \U0001d416undermittel!",
        "Ein Wund\u0435rmittel!",
        "Ein W\u03c5nd\u0435rm\u0456ttel!",
        "![Ein Wundermittel](/anhang/5)",
    ],
)
def test_a_watched_word_is_found_as_readers_would_see_it(watch, member, text):
    watch("Wundermittel")
    assert keys(member, text) == ["word"]
    assert keys(member, text, before=text) == []


@pytest.mark.parametrize(
    "text",
    [
        "[x](http:\\/\\/laden.example)",
        "[x](http:/\\\\laden.example)",
        "[x](/\\\\laden.example)",
        "[x](http:///laden.example)",
        "[x](///laden.example/a)",
        "[x](http://%6Caden.example)",
        "[x](http://a-.laden.example)",
        "[x][y]\n\n[y]: http:&#92;&#92;laden.example",
        "<a href='http:/&#9;/laden.example'>x</a>",
        "![Bild](https://laden.example/b.png)",
    ],
)
def test_a_listed_site_is_found_where_a_browser_would_go(member, text, db_session):
    site = {"host": "laden.example", "effect": "held", "note": "", "active": True}
    rules.add_host(None, site)
    db_session.commit()
    assert keys(member, text) == ["link"]


def test_ordinary_links_count_once_and_own_ones_never(db_session, member):
    db_session.add(NewcomerRule(id=1, young_days=14, few_posts=0, most_links=1))
    db_session.commit()
    assert keys(member, "https://a.example und [Seite 3](/dokumente/3/seite/3)") == []
    assert keys(member, "[a](https://a.example) [b](/forum/neu) b//c") == []
    assert keys(member, "[a](http:\\/\\/a.example) [b](http:\\/\\/b.example)") == ["many_links"]


def test_marking_never_leaves_the_text(app):
    phrases = [Phrase(1, fold("Wundermittel"), True)]
    title = "a> Wundermittel &quot; hx-post=/x hx-trigger=load x=&quot;"
    sources = [f"<a href='/x' title='{title}'>x</a>", f"![{title}](/anhang/5)"]
    for rendered in [*map(render_post, sources), '<a title="a> Wundermittel &quot; b">x</a>']:
        assert marked_html(phrases, rendered) == rendered


def test_the_answers_of_an_open_poll_hold_no_watched_word(
    app, login, watch, member, category, db_session
):
    watch("Wundermittel")
    client = login(app.test_client(), member)
    data = {"category": category.slug, "kind": "poll", "title": "Was nun?", "body": "Bitte."}
    settings = {"options": "Ja\nNein", "results": "open", "counted": "person"}
    assert client.post("/forum/neu", data={**data, **settings}).status_code == 303
    thread = db_session.query(Thread).one()
    bad = {**settings, "options": "Ja\nWundermittel"}
    answer = client.post(f"{thread.path}/umfrage", data=bad)
    assert answer.status_code == 422
    assert "Wundermittel" in answer.text
    db_session.expire_all()
    options = db_session.query(Poll).one().options
    assert [option.text for option in options] == ["Ja", "Nein"]
    fine = {**settings, "options": "Ja\nNein\nVielleicht"}
    assert client.post(f"{thread.path}/umfrage", data=fine).status_code == 303
    other = forum.create_thread(member, category, "Und nun?", "Text.")
    db_session.commit()
    assert client.post(f"{other.path}/art", data={"kind": "poll", **bad}).status_code == 422
    db_session.expire_all()
    assert other.kind == "discussion"


def test_a_limit_ends_when_its_sentence_says(app, login, member, category, db_session):
    db_session.add(NewcomerRule(id=1, young_days=14, few_posts=0, posts_a_day=1))
    forum.create_thread(member, category, "Eins", "Eins.")
    post = db_session.query(Post).one()
    post.created = (now() - timedelta(hours=23)).replace(second=40)
    held = HeldContribution(kind="edit", author_id=member.id, title="Eins", created=now())
    db_session.add(held)
    db_session.commit()
    contribution = Contribution("answer", member, "", "Zwei.", "public")
    with app.test_request_context(headers={"Accept-Language": "de"}):
        ends = checks._ends(checks._posts_today(member), 1)
        sentence = str(judging.limit(contribution).message)
    assert isinstance(ends, datetime)
    assert ends.second == 0
    assert timedelta(0) <= ends - (post.created + timedelta(days=1)) <= timedelta(minutes=1)
    assert re.search(r"\d\d:\d\d", sentence)


def test_of_many_that_are_released_one_that_is_gone_is_no_error(
    app, login, member, moderator, category, db_session
):
    texts = {"title": "Eins", "body": "Eins."}
    rest = {"thread_kind": "discussion", "topics": []}
    sent = Sent(judging.THREAD, texts, "public", rest=rest, category_id=category.id)
    held = holding.hold(member, sent, [judging.Reason("word", "…")])
    db_session.commit()
    client = login(app.test_client(), moderator)
    ticked = {"ding": ["999-1", f"{held.id}-{held.version}"]}
    answer = client.post(f"{HELD}/freigeben", data=ticked)
    assert answer.status_code == 303
    db_session.expire_all()
    assert held.state == "released"


def test_an_earlier_text_with_a_watched_word_does_not_come_back_by_itself(
    app, login, watch, member, category, db_session
):
    thread = forum.create_thread(member, category, "Eins", "Ein Wundermittel.")
    db_session.commit()
    post = db_session.query(Post).one()
    forum.edit_post(member, post, "Ein Mittel.", version=post.version)
    db_session.commit()
    watch("Wundermittel")
    client = login(app.test_client(), member)
    address = f"/beitrag/{post.id}/verlauf/1/wiederherstellen"
    for _twice in range(2):
        assert "/zurueckgehalten/" in client.post(address).location
    db_session.expire_all()
    assert post.source == "Ein Mittel."
    assert db_session.query(HeldContribution).one().post_id == post.id
    assert client.get(thread.path).status_code == 200


def test_a_held_change_does_not_fit_a_thread_of_another_kind(
    app, login, member, moderator, category, db_session
):
    forum.create_thread(member, category, "Eins", "Ein Mittel.")
    post = db_session.query(Post).one()
    sent = sent_edit(post, {"body": "Zwei Mittel."}, version=post.version)
    held = holding.hold(member, sent, [judging.Reason("word", "…")])
    post.thread.kind = "experience"
    db_session.commit()
    client = login(app.test_client(), moderator)
    answer = client.post(f"{HELD}/{held.id}/freigeben", data={"version": held.version})
    assert answer.status_code == 409
    db_session.expire_all()
    assert (held.state, post.source) == ("waiting", "Ein Mittel.")


def test_a_document_does_not_come_to_a_reviewed_municipality_by_a_trusted_one(
    reviewed, upload, make_user, town, other_town, db_session
):
    db_session.add(TrustedMunicipality(municipality_id=other_town.id))
    person = make_user(edits=[town, other_town])
    document = upload(person, "Der Text der Strategie.", municipality_id=other_town.id)
    assert document.current_version is not None
    with pytest.raises(Invalid):
        documents.edit_document(person, document, municipality_id=town.id)
    assert document.municipality_id == other_town.id
    documents.edit_document(make_user("moderator"), document, municipality_id=town.id)
    assert document.municipality_id == town.id


def test_a_retired_document_gets_no_seal(upload, reviewed, moderator, db_session):
    from kts.curation.vocabularies import subjects
    from kts.documents.releasing import retire_document

    document = upload(moderator, "Der Text der Strategie.")
    assert subjects._of_document(document).may_be_sealed
    retire_document(moderator, document, "Überholt.")
    assert not subjects._of_document(document).may_be_sealed


def test_two_who_watch_the_same_at_once_meet_a_sentence(moderator, db_session, monkeypatch):
    monkeypatch.setattr(rules.words, "_refuse_known", lambda *_told, **_more: None)
    monkeypatch.setattr(rules.hosts, "_refuse_known", lambda *_told, **_more: None)
    word = {"phrase": "Wundermittel", "whole": True, "note": "", "active": True}
    host = {"host": "laden.example", "effect": "held", "note": "", "active": True}
    for add, values in ((rules.add_word, word), (rules.add_host, host)):
        add(moderator, dict(values))
        with pytest.raises(Invalid):
            add(moderator, dict(values))
