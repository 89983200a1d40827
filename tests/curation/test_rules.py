"""Watched words, sites, and what is asked of new members."""

import re
from datetime import timedelta

import pytest

from kts.core import judging
from kts.core.audit import AuditEntry
from kts.core.clock import now
from kts.core.judging import Contribution
from kts.curation.rules import checks, queries, services
from kts.curation.rules.forms import NUMBERS
from kts.curation.rules.matching import (
    Phrase,
    fold,
    hosts_in,
    marked_html,
    phrases_in,
    plain_host,
    spans_of,
)
from kts.curation.rules.models import NewcomerRule, VouchedMember, WatchedHost, WatchedWord
from kts.extensions import db
from kts.forum import services as forum
from kts.forum.models import Post
from kts.forum.models.held import HeldContribution

RULES = "/kuratierung/regeln"


@pytest.fixture
def moderator(make_user):
    return make_user("moderator", name="Maria Muster")


@pytest.fixture
def desk(app, login, moderator):
    """Give the moderator's browser."""
    return login(app.test_client(), moderator)


@pytest.fixture
def member(make_user):
    return make_user(name="Nina Neu")


@pytest.fixture
def thread(make_user, db_session):
    category = forum.create_category(None, "Offen", visibility="public")
    thread = forum.create_thread(make_user(name="Frida Frage"), category, "Wer hat Sensoren?", "?")
    db_session.commit()
    return thread


@pytest.fixture
def watch(db_session):
    """Give a function that watches a word."""

    def add(phrase, **values):
        filled = {"whole": True, "note": "", "active": True, "since": None, "until": None}
        word = services.add_word(None, {"phrase": phrase, **filled, **values})
        db_session.commit()
        return word

    return add


@pytest.fixture
def site(db_session):
    """Give a function that lists a site."""

    def add(host, effect="held"):
        rule = services.add_host(None, {"host": host, "effect": effect, "note": "", "active": True})
        db_session.commit()
        return rule

    return add


@pytest.fixture
def newcomers(db_session):
    """Give a function that sets what is asked of new members."""

    def change(**values):
        names = NewcomerRule.__table__.columns.keys()
        numbers = [name for name in names if name not in ("id", "version", "created", "updated")]
        row = NewcomerRule(id=1, **{**dict.fromkeys(numbers, 0), **values})
        db_session.merge(row)
        db_session.commit()

    return change


@pytest.fixture
def answer(app, login, member, thread):
    """Give a function that sends an answer as the member; gives the status."""
    numbers = iter(range(100))

    def send(body, person=None):
        client = login(app.test_client(), person or member)
        data = {"body": body, "token": f"t{next(numbers)}"}
        return client.post(f"{thread.path}/antworten", data=data)

    return send


def keys(actor, text="", title="", kind="answer", before=""):
    contribution = Contribution(kind, actor, title, text, "public", before=before)
    return [reason.key for reason in judging.reasons(contribution)]


def is_held(response):
    return "/zurueckgehalten/" in response.location


def logged(action):
    return db.session.query(AuditEntry).filter_by(action=action).count()


# Words --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phrase", "whole", "text", "found"),
    [
        ("Trödel", True, "Ein TROEDEL hier", True),
        ("Troedel", True, "Ein Trödel hier", True),
        ("Trödel", True, "Der Trödelmarkt", False),
        ("Trödel", False, "Der Trödelmarkt", True),
        ("Trödel", True, "tro\u0308del", True),
        ("Trödel", True, "Trö\u00addel", True),
        ("billige Kredite", True, "Billige\n  Kredite!", True),
        ("billige Kredite", True, "unbillige Kredite", False),
        ("Straße", True, "STRASSE", True),
        ("neu", True, "neue", False),
        ("a+b", True, "a+b=c", True),
    ],
)
def test_words_are_found_whatever_their_spelling(phrase, whole, text, found):
    assert bool(phrases_in([Phrase(1, fold(phrase), whole)], text)) is found
    import unicodedata

    normal = unicodedata.normalize("NFC", text)
    assert bool(spans_of([Phrase(1, fold(phrase), whole)], normal)) is found


def test_matches_are_marked_in_the_text_and_never_in_a_tag():
    phrases = [Phrase(1, "kredit", False), Phrase(2, "a < b", True)]
    html = '<p class="kredit">Der Großkredit &amp; a &lt; b</p>'
    marked = marked_html(phrases, html)
    assert marked == (
        '<p class="kredit">Der Groß<mark>kredit</mark> &amp; <mark>a &lt; b</mark></p>'
    )


def test_a_contribution_with_a_watched_word_is_held_and_the_word_not_named(
    watch, answer, app, login, member, thread, desk
):
    watch("Wundermittel", note="Werbung aus dem Frühjahr")
    response = answer("Das WUNDERMITTEL hilft.")
    assert is_held(response)
    page = login(app.test_client(), member).get(response.location).text
    before_text = page.split("kts-prose")[0]
    assert "undermittel" not in before_text.lower()
    assert "Werbung" not in page
    number = db.session.query(HeldContribution.id).scalar()
    shown = desk.get(f"/kuratierung/zurueckgehalten/{number}").text
    assert "<mark>WUNDERMITTEL</mark>" in shown
    assert "Werbung aus dem Frühjahr" in shown


def test_nothing_is_held_without_rules_and_nothing_of_moderators(watch, answer, moderator):
    assert not is_held(answer("Das Wundermittel hilft."))
    watch("Wundermittel")
    assert not is_held(answer("Das Wundermittel hilft uns.", moderator))


def test_a_rule_counts_only_in_its_days_and_while_in_use(watch, member):
    today = now().date()
    watch("Morgen", since=today + timedelta(days=2))
    watch("Gestern", until=today - timedelta(days=2))
    watch("Heute", since=today - timedelta(days=2), until=today + timedelta(days=2))
    watch("Ruht", active=False)
    assert keys(member, "morgen gestern ruht") == []
    assert keys(member, "heute") == ["word"]


def test_what_stood_there_before_an_edit_is_no_reason(watch, member):
    watch("Wundermittel")
    assert keys(member, "Wundermittel, jetzt anders", before="Wundermittel") == []
    assert keys(member, "Wundermittel", before="Anderes") == ["word"]


def test_judging_asks_one_statement_and_reads_the_rules_only_when_they_change(
    watch, site, member, query_counter
):
    watch("Wundermittel")
    site("laden.example")
    keys(member, "aufwärmen")
    assert not member.is_moderator
    with query_counter() as statements:
        assert keys(member, "https://laden.example Wundermittel") == ["word", "link"]
    assert len(statements) == 1
    watch("Zaubertrank")
    assert keys(member, "Zaubertrank") == ["word"]


def test_a_word_is_tried_out_before_it_is_saved(desk, member, thread):
    forum.add_post(member, thread, "Der Trödelmarkt ist am Sonntag.")
    db.session.commit()
    data = {
        "phrase": "trödel",
        "whole": "part",
        "active": "y",
        "version": "0",
        "tried": "Kein TRÖDEL?",
        "try": "1",
    }
    page = desk.post(f"{RULES}/woerter/neu", data=data)
    assert "<mark>TRÖDEL</mark>" in page.text
    assert f"/beitrag/{thread.last_post_id}" in page.text
    assert db.session.query(WatchedWord).count() == 0
    preview = queries.preview_word("trödel", whole=True)
    assert (preview.found, preview.looked_at) == (0, 2)
    assert queries.preview_word("trödel", whole=False).found == 1


def test_old_posts_are_not_counted_in_the_preview(member, thread):
    post = forum.add_post(member, thread, "Trödel")
    post.created = now() - timedelta(days=91)
    db.session.commit()
    assert queries.preview_word("trödel", whole=True).found == 0


def test_a_word_is_added_changed_deleted_and_brought_back(desk):
    data = {
        "phrase": "Trödel",
        "whole": "whole",
        "note": "Flohmarkt",
        "active": "y",
        "version": "0",
    }
    assert desk.post(f"{RULES}/woerter/neu", data=data).status_code == 303
    assert desk.post(f"{RULES}/woerter/neu", data={**data, "phrase": "TROEDEL"}).status_code == 422
    word = db.session.query(WatchedWord).one()
    address = f"{RULES}/woerter/{word.id}"
    changed = {**data, "note": "Anderer Grund", "version": "1", "until": "2030-01-31"}
    assert desk.post(address, data=changed).status_code == 303
    outdated = desk.post(address, data={**changed, "phrase": "Kitsch", "note": "Ganz anders"})
    assert outdated.status_code == 409
    assert "Kitsch" in outdated.text
    assert "Anderer Grund" in outdated.text
    gone = desk.post(f"{address}/loeschen")
    assert db.session.query(WatchedWord).count() == 0
    page = desk.get(gone.location).text
    undo = re.search(rf'action="({RULES}/zurueckholen/\d+)"', page).group(1)
    assert desk.post(undo).status_code == 303
    back = db.session.query(WatchedWord).one()
    assert (back.phrase, back.note, str(back.until)) == ("Trödel", "Anderer Grund", "2030-01-31")
    for deed in ("create", "change", "delete", "restore"):
        assert logged(f"watched_word.{deed}") == 1
    desk.post(undo)
    assert db.session.query(WatchedWord).count() == 1


@pytest.mark.parametrize(
    ("phrase", "where"), [("a", "whole"), ("abc", "part"), ("!?", "whole"), ("", "whole")]
)
def test_what_would_hold_nearly_everything_is_refused(desk, phrase, where):
    data = {"phrase": phrase, "whole": where, "active": "y", "version": "0"}
    assert desk.post(f"{RULES}/woerter/neu", data=data).status_code == 422
    assert db.session.query(WatchedWord).count() == 0


def test_the_last_day_is_not_before_the_first(desk):
    data = {
        "phrase": "Trödel",
        "whole": "whole",
        "version": "0",
        "since": "2030-02-01",
        "until": "2030-01-01",
    }
    assert desk.post(f"{RULES}/woerter/neu", data=data).status_code == 422


def test_pasted_lines_become_words_each_once(desk, watch):
    watch("Kitsch")
    lines = "Trödel\nTROEDEL\n\nkitsch\nx\nzwei Wörter"
    page = desk.post(f"{RULES}/woerter/mehrere", data={"lines": lines, "whole": "whole"})
    assert page.status_code == 200
    phrases = [word.phrase for word in db.session.query(WatchedWord)]
    assert phrases == ["Kitsch", "Trödel", "zwei Wörter"]
    assert re.search(r"<textarea[^>]*>\s*x</textarea>", page.text)
    assert logged("watched_word.import") == 1


# Links --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("https://Laden.example/x", ["laden.example"]),
        ("[hier](//www.laden.example)", ["www.laden.example"]),
        ("siehe www.laden.example.", ["www.laden.example"]),
        ("http://nutzer@laden.example:8080/", ["laden.example"]),
        ("<https://müller.example>", ["xn--mller-kva.example"]),
        ("https&#58;//laden.example", ["laden.example"]),
        ("/dokumente/3 und a//b und 1/2", []),
        ("name@laden.example", []),
    ],
)
def test_links_are_found_as_they_are_written(text, hosts):
    assert hosts_in(text) == hosts


@pytest.mark.parametrize("written", ["", "localhost", "1.2.3.4", "a..b", "-", "x" * 300 + ".de"])
def test_what_is_no_host_is_none(written):
    assert plain_host(written) == ""


def test_links_to_a_listed_site_and_below_it_are_held(site, member):
    site("laden.example")
    site("amt.laden.example", "never")
    assert keys(member, "https://laden.example/") == ["link"]
    assert keys(member, "https://www.laden.example/") == ["link"]
    assert keys(member, "https://einladen.example/") == []
    assert keys(member, "https://post.amt.laden.example/") == []


def test_a_site_is_added_changed_deleted_and_brought_back(desk):
    data = {
        "host": "https://Laden.example/angebot",
        "effect": "held",
        "active": "y",
        "version": "0",
    }
    assert desk.post(f"{RULES}/links/neu", data=data).status_code == 303
    rule = db.session.query(WatchedHost).one()
    assert rule.host == "laden.example"
    assert desk.post(f"{RULES}/links/neu", data=data).status_code == 422
    assert desk.post(f"{RULES}/links/neu", data={**data, "host": "kein host"}).status_code == 422
    address = f"{RULES}/links/{rule.id}"
    changed = {**data, "effect": "never", "version": "1"}
    assert desk.post(address, data=changed).status_code == 303
    assert desk.post(address, data={**changed, "effect": "held"}).status_code == 409
    page = desk.get(desk.post(f"{address}/loeschen").location).text
    undo = re.search(rf'action="({RULES}/zurueckholen/\d+)"', page).group(1)
    assert desk.post(undo).status_code == 303
    assert db.session.query(WatchedHost).one().effect == "never"


def test_a_site_is_tried_out(desk, member, thread):
    forum.add_post(member, thread, "https://www.laden.example/")
    db.session.commit()
    data = {"host": "laden.example", "effect": "held", "version": "0", "try": "1"}
    page = desk.post(f"{RULES}/links/neu", data=data)
    assert f"/beitrag/{thread.last_post_id}" in page.text
    assert db.session.query(WatchedHost).count() == 0


# New members --------------------------------------------------------------------------------


def test_the_first_contributions_are_held_until_enough_are_released(
    newcomers, answer, member, moderator
):
    from kts.forum.services import holding

    newcomers(hold_first=1)
    assert is_held(answer("Erstes."))
    assert is_held(answer("Zweites."))
    held = db.session.query(HeldContribution).first()
    holding.release(moderator, held)
    db.session.commit()
    assert not is_held(answer("Drittes."))


def test_new_members_write_few_links_others_many(newcomers, site, member, make_user):
    newcomers(young_days=14, most_links=1)
    site("bund.example", "never")
    one, two = "https://a.example", "https://a.example https://b.example"
    assert keys(member, one) == []
    assert keys(member, two) == ["many_links"]
    assert keys(member, f"{one} https://www.bund.example") == []
    member.created = now() - timedelta(days=15)
    assert keys(member, two) == []


def test_few_posts_make_new_as_well(newcomers, member, thread):
    newcomers(few_posts=1, most_links=1)
    member.created = now() - timedelta(days=400)
    two = "https://a.example https://b.example"
    assert keys(member, two) == ["many_links"]
    forum.add_post(member, thread, "Erstes.")
    db.session.commit()
    assert keys(member, two) == []


def test_moderators_and_people_who_are_vouched_for_are_never_new(
    newcomers, member, moderator, monkeypatch
):
    newcomers(young_days=14, hold_first=3)
    assert keys(member, "Hallo") == ["first"]
    assert keys(moderator, "Hallo") == []
    monkeypatch.setattr(judging, "_VOUCHES", [lambda person: person.id == member.id])
    assert keys(member, "Hallo") == []


def test_posts_a_day_are_limited_with_a_sentence_and_the_text_is_kept(
    newcomers, answer, member, thread
):
    newcomers(young_days=14, posts_a_day=2)
    for body in ("Eins.", "Zwei."):
        assert answer(body).status_code == 303
    refused = answer("Drei, und viel Mühe.")
    assert refused.status_code == 429
    assert "Drei, und viel Mühe." in refused.text
    assert db.session.query(Post).filter_by(author_id=member.id).count() == 2
    oldest = db.session.query(Post).filter_by(author_id=member.id).first()
    oldest.created = now() - timedelta(hours=25)
    db.session.commit()
    assert answer("Vier.").status_code == 303


def test_the_second_click_on_the_last_allowed_post_is_no_refusal(
    newcomers, app, login, member, thread
):
    newcomers(young_days=14, posts_a_day=1)
    client = login(app.test_client(), member)
    data = {"body": "Eins.", "token": "eins"}
    answers = [client.post(f"{thread.path}/antworten", data=data) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert db.session.query(Post).filter_by(author_id=member.id).count() == 1


def test_threads_a_day_are_limited_and_held_ones_count(
    newcomers, watch, app, login, member, thread
):
    newcomers(young_days=14, threads_a_day=1)
    watch("Wundermittel")
    client = login(app.test_client(), member)

    def open_thread(body, token):
        form = {"kind": "question", "category": thread.category.slug, "title": "Wer weiß Rat?"}
        return client.post("/forum/neu", data={**form, "body": body, "token": token})

    assert is_held(open_thread("Ein Wundermittel?", "a"))
    refused = open_thread("Und noch etwas.", "b")
    assert refused.status_code == 429
    assert "Und noch etwas." in refused.text


@pytest.mark.parametrize(
    ("limit", "body"),
    [
        ("links_a_post", "https://a.example https://b.example"),
        ("files_a_post", "[a](/anhang/1) [b](/anhang/2)"),
    ],
)
def test_links_and_files_of_one_post_are_limited(newcomers, answer, member, limit, body):
    newcomers(young_days=14, **{limit: 1})
    refused = answer(body)
    assert refused.status_code == 422
    assert body.split()[0] in refused.text
    assert db.session.query(Post).filter_by(author_id=member.id).count() == 0
    assert answer("[a](/anhang/1) https://a.example").status_code == 303


def test_the_numbers_are_changed_with_a_version_check(desk, newcomers):
    newcomers(young_days=14)
    assert 'value="14"' in desk.get(f"{RULES}/neue-mitglieder").text
    data = {**dict.fromkeys(NUMBERS, "0"), "young_days": "30", "hold_first": "3", "version": "1"}
    assert desk.post(f"{RULES}/neue-mitglieder", data=data).status_code == 303
    row = db.session.query(NewcomerRule).one()
    assert (row.young_days, row.hold_first, row.version) == (30, 3, 2)
    assert desk.post(f"{RULES}/neue-mitglieder", data=data).status_code == 409
    assert (
        desk.post(
            f"{RULES}/neue-mitglieder", data={**data, "version": "2", "hold_first": "-1"}
        ).status_code
        == 422
    )
    assert logged("newcomer_rule.change") == 1


def test_whoever_is_vouched_for_is_not_held_back_any_more(watch, answer, desk, member):
    watch("Wundermittel")
    answer("Wundermittel eins.")
    number = db.session.query(HeldContribution.id).scalar()
    address = f"/kuratierung/zurueckgehalten/{number}/nie-mehr-zurueckhalten"
    data = {"version": "1", "why": "Vom Treffen bekannt"}
    assert desk.post(address, data=data).status_code == 303
    assert not is_held(answer("Wundermittel zwei."))
    vouched = db.session.query(VouchedMember).one()
    page = desk.post(f"{RULES}/vertraute/{vouched.id}/beenden", follow_redirects=True).text
    assert is_held(answer("Wundermittel drei."))
    undo = re.search(rf'action="({RULES}/zurueckholen/\d+)"', page).group(1)
    assert desk.post(undo).status_code == 303
    assert not is_held(answer("Wundermittel vier."))
    assert logged("vouched_member.add") == 2


# Who may ------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["", "/links", "/neue-mitglieder", "/vertraute", "/woerter/neu"])
def test_only_moderators_keep_the_rules(page, desk, member, app, login):
    assert desk.get(RULES + page).status_code == 200
    assert login(app.test_client(), member).get(RULES + page).status_code == 403


def test_the_list_asks_the_same_number_of_statements_for_many(desk, watch, query_counter):
    def asked():
        with query_counter() as statements:
            assert desk.get(RULES).status_code == 200
        return len(statements)

    asked()
    before = asked()
    for phrase in ("eins", "zwei", "drei"):
        watch(phrase)
    assert asked() == before


def test_the_reasons_have_words_for_lists():
    assert all(judging.sentence_of(key) != key for key in checks.SENTENCES)
