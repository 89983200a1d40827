"""Knowledge with a shelf life: owners, labels in time, reminders, links, the desk, successors."""

import re
from datetime import date, timedelta

import pytest

from kts.accounts import services as accounts
from kts.accounts.handing_over import Passing
from kts.accounts.models import Group
from kts.core import shelf_life, succession
from kts.core.audit import AuditEntry
from kts.core.clock import now
from kts.core.errors import Conflict, Invalid
from kts.core.mail import MailDelivery
from kts.core.shelf_life import Fact, ShelfLife, ShelfPeriod, Thing
from kts.core.waiting import WaitingItem
from kts.core.web import LANGUAGE_COOKIE
from kts.curation.desk.tasks import mend as mend_desk
from kts.curation.dossiers import services as dossiers
from kts.curation.keeping import services, tasks, telling
from kts.curation.keeping.passing import PART
from kts.curation.keeping.queries import get_kept
from kts.documents.models import Document, DocumentPage, DocumentVersion
from kts.documents.releasing import show_if_newest
from kts.extensions import db
from kts.forum import services as forum
from kts.forum.services import kinds
from kts.municipalities.models import Municipality
from kts.notifications import mailing
from kts.notifications.models import Notification
from kts.search import services as search
from kts.search.models import SearchChange
from kts.search.sources import SOURCES

MONTHS = {"document.strategy": 24, "document.report": None, "experience": 18, "dossier": 12}
TOLD = {"start": "Wir hatten nichts.", "done": "Wir haben Sensoren aufgehängt."}
LABEL = "may be outdated"
NOTICE = "May be outdated"


@pytest.fixture
def periods(db_session):
    """Give the periods that a real installation begins with."""
    rows = [ShelfPeriod(content=content, months=months) for content, months in MONTHS.items()]
    db_session.add_all(rows)
    db_session.commit()
    return {row.content: row for row in rows}


@pytest.fixture
def client(client):
    """Give a guest who reads in English, whatever the catalogue says."""
    client.set_cookie(LANGUAGE_COOKIE, "en")
    return client


@pytest.fixture
def town(db_session):
    municipality = Municipality(name="Musterhausen", slug="musterhausen", ags="08999001", land="08")
    db_session.add(municipality)
    db_session.commit()
    return municipality


@pytest.fixture
def owner(make_user, town):
    return make_user(name="Olga Owner", edits=[town], language="en")


@pytest.fixture
def colleague(make_user, town):
    return make_user(name="Carla Colleague", edits=[town], language="en")


@pytest.fixture
def moderator(make_user):
    return make_user("moderator", name="Maria Muster", language="en")


@pytest.fixture
def publish(db_session, town, owner):
    """Give a function that publishes a document of the town, read and ready."""

    def make(title="Strategie", actor=owner, text="", **values):
        values = {"municipality_id": town.id, "created_by_id": actor and actor.id, **values}
        document = Document(title=title, **values)
        db_session.add(document)
        db_session.flush()
        add_version(document, text or title)
        return document

    return make


def add_version(document, text):
    """Add a version as it is when its file has been read."""
    version = DocumentVersion(
        document=document,
        number=len(document.versions) + 1,
        blob_key="0" * 64,
        filename="strategie.txt",
        format="txt",
        size=1000,
        page_count=1,
        extraction_state="done",
    )
    version.pages = [DocumentPage(number=1, text=text)]
    db.session.add(version)
    db.session.flush()
    show_if_newest(version)
    db.session.commit()


@pytest.fixture
def tell(db_session, owner, town):
    """Give a function that opens a report of experience."""

    def make(title="Sensoren im Winter", visibility="public", actor=owner):
        category = forum.create_category(None, f"Raum {title}", visibility=visibility)
        details = kinds.Details("experience", experience=TOLD)
        thread = kinds.open_thread(actor, category, title, "", details, municipality_id=town.id)
        db_session.commit()
        return thread

    return make


@pytest.fixture
def dossier(db_session, moderator):
    made = dossiers.create_dossier(moderator, "Sensoren im Alltag", "Worauf es ankommt.")
    dossiers.add_text(moderator, made, "Erst messen.")
    dossiers.publish_dossier(moderator, made)
    db_session.commit()
    return made


@pytest.fixture
def as_user(app, login):
    """Give a function that signs a person in and gives her own browser."""
    return lambda person: login(app.test_client(), person)


def row_of(kind, thing):
    db.session.expire_all()
    return shelf_life.find(kind, thing.id)


def make_old(row, due_in):
    """Let the row be due in so many days, as if it had been confirmed long ago."""
    months = shelf_life.periods().get(row.content)
    day, moment = shelf_life.today() + timedelta(days=due_in), now()
    while shelf_life.due_after(moment, months) > day:
        moment -= timedelta(days=1)
    row.published_at = row.confirmed_at = moment
    row.due = day
    db.session.commit()


def press(client, row, what, **more):
    return client.post(f"/haltbarkeit/{row.id}/{what}", data={"version": row.version, **more})


def waits(row):
    db.session.expire_all()
    return db.session.query(WaitingItem).filter_by(kind="outdated", subject_id=row.id).first()


# Rows


def test_nothing_ages_without_periods(publish, tell, client):
    document, thread = publish(), tell()
    assert [row_of("document", document).due, row_of("experience", thread).due] == [None, None]
    assert "As published on" not in client.get(document.path).text


def test_what_is_published_is_due_after_its_period(publish, tell, dossier, periods, owner):
    document, report = publish(), publish("Bericht", kind="report")
    tasks.mend()
    row = row_of("document", document)
    assert row.owner_id == owner.id
    assert not row.outdated
    assert row.due == shelf_life.due_after(row.confirmed_at, 24)
    assert row_of("document", report).due is None
    assert row_of("dossier", dossier).due == shelf_life.due_after(now(), 12)
    assert row_of("experience", tell()).due == shelf_life.due_after(now(), 18)


@pytest.mark.parametrize(
    ("months", "expected"), [(1, date(2025, 2, 28)), (12, date(2026, 1, 31)), (None, None)]
)
def test_the_end_of_a_month_stays_the_end_of_a_month(months, expected):
    moment = now().replace(year=2025, month=1, day=31, hour=12)
    assert shelf_life.due_after(moment, months) == expected


def test_a_new_version_confirms(publish, periods):
    document = publish()
    make_old(row_of("document", document), -10)
    assert tasks.label_in_time() == 1
    add_version(document, "Ganz neu")
    row = row_of("document", document)
    assert not row.outdated
    assert row.due > shelf_life.today()


def test_words_that_the_author_writes_anew_confirm_an_experience(tell, periods, owner, db_session):
    thread = tell()
    make_old(row_of("experience", thread), -10)
    tasks.label_in_time()
    post = kinds.first_post(thread)
    kinds.change_experience(owner, thread, {**TOLD, "worked": "Alles."}, version=post.version)
    db_session.commit()
    assert not row_of("experience", thread).outdated


def test_mending_fills_a_database_from_before_and_takes_what_is_gone(
    publish, tell, dossier, periods, db_session
):
    document, thread = publish(), tell()
    db_session.query(ShelfLife).delete()
    db_session.commit()
    assert tasks.mend() == 3
    assert tasks.mend() == 0
    document.hidden_at, thread.hidden = now(), True
    db_session.commit()
    assert tasks.mend() == 2
    assert not row_of("document", document).active
    document.hidden_at = None
    db_session.commit()
    assert tasks.mend() == 1
    assert row_of("document", document).active


def test_mending_goes_on_where_it_was_killed(publish, periods, db_session, monkeypatch):
    for number in range(5):
        publish(f"Strategie {number}")
    db_session.query(ShelfLife).delete()
    db_session.commit()
    monkeypatch.setattr(tasks, "BATCH", 2)
    put, done = shelf_life.put, []

    def put_three(*given):
        if len(done) == 3:
            raise KeyboardInterrupt
        done.append(put(*given))

    monkeypatch.setattr(shelf_life, "put", put_three)
    with pytest.raises(KeyboardInterrupt):
        tasks.mend()
    db_session.rollback()
    assert db_session.query(ShelfLife).count() == 2
    monkeypatch.setattr(shelf_life, "put", put)
    assert tasks.mend() == 3


# Labels


def test_what_is_over_is_labelled_on_page_list_and_hit(publish, periods, client):
    document = publish("Wasserwege", text="Von Wasserwegen handelt dies.")
    make_old(row_of("document", document), -1)
    assert NOTICE not in client.get(document.path).text
    tasks.label_in_time()
    shown = client.get(document.path).text
    assert "&lt;div" not in shown
    assert NOTICE in shown
    assert "Last confirmed on" in shown
    assert LABEL in client.get("/dokumente").text
    assert LABEL in client.get("/suche?q=Wasserwegen").text


def test_it_is_not_labelled_on_the_day_itself(publish, periods):
    document = publish()
    make_old(row_of("document", document), 0)
    assert tasks.label_in_time() == 0


def test_an_experience_is_labelled_on_its_page_and_in_lists(tell, periods, client, as_user, owner):
    thread = tell()
    assert LABEL not in client.get("/forum").text
    assert "As published on" in client.get(thread.path).text
    make_old(row_of("experience", thread), -1)
    tasks.label_in_time()
    page = client.get(thread.path).text
    assert NOTICE in page
    assert "Still right" not in page
    assert LABEL in client.get("/forum").text
    assert "Still right" in as_user(owner).get(thread.path).text


def test_a_dossier_is_labelled(dossier, periods, client):
    tasks.mend()
    make_old(row_of("dossier", dossier), -1)
    tasks.label_in_time()
    assert NOTICE in client.get(dossier.path).text
    assert LABEL in client.get("/dossiers").text


def test_a_list_asks_once_for_all_its_labels(publish, periods, client, query_counter):
    publish("Eins")
    client.get("/dokumente")
    with query_counter() as before:
        client.get("/dokumente")
    for title in ("Zwei", "Drei"):
        make_old(row_of("document", publish(title)), -1)
    tasks.label_in_time()
    with query_counter() as after:
        client.get("/dokumente")
    assert len(after) == len(before)


def test_outdated_content_weighs_less_in_the_index(publish, tell, dossier, periods):
    found = {"document": publish(), "thread": tell(), "dossier": dossier}
    tasks.mend()
    for kind in ("document", "experience", "dossier"):
        thing = found["thread" if kind == "experience" else kind]
        make_old(row_of(kind, thing), -1)
    tasks.label_in_time()
    weights = {
        kind: {entry.weight for entry in SOURCES[kind].load([thing.id])}
        for kind, thing in found.items()
    }
    assert list(weights.values()) == [{shelf_life.OUTDATED_WEIGHT}] * 3


def test_the_fresh_one_of_two_alike_is_found_first_and_back_again(
    publish, periods, client, owner, db_session
):
    old, fresh = publish("Alpha", text="Radwege planen"), publish("Beta", text="Radwege planen.")

    def order():
        return re.findall(r">(Alpha|Beta)<", client.get("/suche?q=Radwege+planen").text)[:2]

    make_old(row_of("document", old), -1)
    tasks.label_in_time()
    assert db_session.query(SearchChange).count() == 0  # the worker has taken it up
    assert order() == ["Beta", "Alpha"]
    row = row_of("document", old)
    services.confirm(owner, get_kept(owner, row.id), row.version)
    db_session.commit()
    make_old(row_of("document", fresh), -1)
    tasks.label_in_time()
    assert order() == ["Alpha", "Beta"]
    assert search.engine().status().documents >= 2


# Confirming on the page


def test_the_owner_confirms_and_undoes_it(publish, periods, as_user, owner):
    document = publish()
    make_old(row_of("document", document), -1)
    tasks.label_in_time()
    row, client = row_of("document", document), as_user(owner)
    answer = press(client, row, "bestaetigen", von="inhalt")
    assert (answer.status_code, answer.location) == (303, document.path)
    assert not row_of("document", document).outdated
    page = client.get(document.path).text
    assert "Last confirmed by the municipality on" in page
    undo = re.search(r'action="(/haltbarkeit/\d+/zurueck/\d+)"', page)[1]
    client.post(undo)
    row = row_of("document", document)
    assert row.outdated
    assert row.due < shelf_life.today()
    actions = {entry.action for entry in db.session.query(AuditEntry).filter_by(kind="shelf_life")}
    assert actions == {"shelf_life.confirm", "shelf_life.undo"}


def test_who_may_confirm(publish, periods, as_user, client, colleague, moderator, make_user):
    row = row_of("document", publish())
    assert press(client, row, "bestaetigen").status_code == 403
    assert press(as_user(make_user()), row, "bestaetigen").status_code == 403
    for person in (colleague, moderator):
        assert press(as_user(person), row, "bestaetigen").status_code == 303
        db.session.expire_all()
    assert row.version == 3
    assert row.by_kts


def test_of_two_at_once_the_second_is_told_who_was_first(
    publish, periods, as_user, owner, colleague
):
    row = row_of("document", publish())
    shown, client = row.version, as_user(colleague)
    press(as_user(owner), row, "bestaetigen")
    client.post(f"/haltbarkeit/{row.id}/veraltet", data={"version": shown})
    db.session.expire_all()
    assert db.session.get(ShelfLife, row.id).doubted_at is None
    assert "Olga Owner was first" in client.get(f"/haltbarkeit/{row.id}").text


def test_what_somebody_doubts_is_labelled_at_once_and_waits_at_the_desk(
    publish, periods, as_user, owner, moderator
):
    document = publish()
    row = row_of("document", document)
    press(as_user(owner), row, "veraltet")
    assert row_of("document", document).outdated
    assert waits(row) is not None
    page = as_user(moderator).get(f"/haltbarkeit/{row.id}")
    assert "Leave it at the label" in page.text
    row = row_of("document", document)
    assert press(as_user(moderator), row, "belassen").status_code == 422
    press(as_user(moderator), row, "belassen", reason="Der Hinweis genügt.")
    assert waits(row) is None
    mend_desk()
    assert waits(row) is None
    assert row_of("document", document).outdated


def test_what_a_closed_group_reads_is_kept_up_by_nobody_else(
    tell, periods, db_session, make_user, as_user, owner
):
    group = Group(name="Unter uns", closed=True)
    db_session.add(group)
    db_session.flush()
    accounts.add_to_group(owner, group)
    db_session.commit()
    row = row_of("experience", tell(visibility=group.token))
    neighbour = as_user(make_user())
    assert neighbour.get(f"/haltbarkeit/{row.id}").status_code == 404
    assert press(neighbour, row, "bestaetigen").status_code == 404
    assert as_user(owner).get(f"/haltbarkeit/{row.id}").status_code == 200


# Reminders


@pytest.fixture
def remind(db_session):
    """Give a function that lets the night pass and gives the mails that it made."""

    def night():
        db_session.expire_all()
        known = {mail.id for mail in db_session.query(MailDelivery)}
        tasks.remind()
        mailing.run(now() + timedelta(hours=30))
        db_session.expire_all()
        return [mail for mail in db_session.query(MailDelivery) if mail.id not in known]

    return night


def link_in(mail):
    return re.search(r"http://[^/\s]+(/bestaetigen/\S+)", mail.body)[1]


def test_one_mail_asks_for_all_that_is_due_and_once_more_when_it_is(
    publish, periods, remind, owner, db_session
):
    for number, days in enumerate((20, 25, 34, 60)):
        make_old(row_of("document", publish(f"Konzept {number}")), days)
    mails = remind()
    assert [mail.recipient for mail in mails] == [owner.email]
    assert "Are these 3 pieces of content still right?" in mails[0].subject
    assert "Konzept 0" in mails[0].body
    assert "Konzept 3" not in mails[0].body
    assert remind() == []
    rows = db_session.query(ShelfLife).order_by(ShelfLife.due)
    for row in rows:
        row.reminded_at = row.reminded_at and now() - timedelta(days=21)
    make_old(rows[0], 0)
    again = remind()
    assert len(again) == 1
    assert "Konzept 0" in again[0].body
    assert "Konzept 1" not in again[0].body
    assert remind() == []


def test_whoever_wants_no_mails_is_told_in_the_app_alone(publish, periods, remind, owner, as_user):
    from kts.notifications import preferences

    preferences.choose(owner, direct="none")
    make_old(row_of("document", publish()), 5)
    assert remind() == []
    assert "still right" in as_user(owner).get("/benachrichtigungen").text


def test_opening_the_link_confirms_nothing_and_its_button_does_once(
    publish, periods, remind, client, as_user, colleague
):
    document = publish()
    make_old(row_of("document", document), -5)
    tasks.label_in_time()
    link, row = link_in(remind()[0]), row_of("document", document)
    for _scanner in range(2):
        assert document.title in client.get(link).text
        client.head(link)
    assert row_of("document", document).version == row.version
    number = row.id
    client.post(link, data={"tun": f"confirm:{number}"})
    row = row_of("document", document)
    assert not row.outdated
    assert row.confirmed_by_id == row.owner_id
    assert "answered already" in client.get(link).text
    press(as_user(colleague), row, "veraltet")
    client.post(link, data={"tun": f"confirm:{number}"})
    assert row_of("document", document).outdated


def test_a_link_says_that_all_are_still_right(publish, periods, remind, client, db_session):
    for title in ("Eins", "Zwei"):
        make_old(row_of("document", publish(title)), 3)
    client.post(link_in(remind()[0]), data={"tun": "confirm:alle"})
    db_session.expire_all()
    assert {row.version for row in db_session.query(ShelfLife)} == {2}


def test_who_is_no_longer_responsible_says_so_by_the_link(publish, periods, remind, client):
    row = row_of("document", publish())
    make_old(row, 3)
    client.post(link_in(remind()[0]), data={"tun": f"leave:{row.id}"})
    assert db.session.get(ShelfLife, row.id, populate_existing=True).owner_id is None
    assert waits(row) is not None


def test_links_that_are_old_or_forged_do_nothing(publish, periods, owner, client, monkeypatch):
    row = row_of("document", publish())
    signed = telling.token(owner, [get_kept(owner, row.id)])
    assert client.get("/bestaetigen/erfunden").status_code == 404
    assert client.post("/bestaetigen/erfunden").status_code == 400
    monkeypatch.setattr(telling, "LINKS_LAST", timedelta(seconds=-1))
    assert client.get(f"/bestaetigen/{signed}").status_code == 410
    assert (
        client.post(f"/bestaetigen/{signed}", data={"tun": f"confirm:{row.id}"}).status_code == 410
    )
    assert db.session.get(ShelfLife, row.id, populate_existing=True).version == 1


def test_a_link_does_nothing_for_an_account_that_is_switched_off(
    publish, periods, owner, client, db_session
):
    row = row_of("document", publish())
    signed = telling.token(owner, [get_kept(owner, row.id)])
    owner.active = False
    db_session.commit()
    assert client.get(f"/bestaetigen/{signed}").status_code == 404


def test_what_was_confirmed_before_the_mail_goes_is_not_asked_for(
    publish, periods, owner, db_session
):
    row = row_of("document", publish())
    make_old(row, 3)
    tasks.remind()
    services.confirm(owner, get_kept(owner, row.id), 1)
    db_session.commit()
    mailing.run(now() + timedelta(hours=30))
    assert db_session.query(MailDelivery).count() == 0


# Owners


def test_a_colleague_takes_over_and_is_told(publish, periods, as_user, owner, colleague, make_user):
    row, stranger = row_of("document", publish()), make_user(name="Stella Stranger")
    client = as_user(owner)
    page = client.get(f"/haltbarkeit/{row.id}").text
    assert "Carla Colleague" in page
    assert "Stella Stranger" not in page
    assert press(client, row, "uebergeben", owner=stranger.id).status_code == 422
    assert press(client, row, "uebergeben", owner=colleague.id).status_code == 303
    assert db.session.get(ShelfLife, row.id, populate_existing=True).owner_id == colleague.id
    told = db.session.query(Notification).filter_by(user_id=colleague.id).one()
    assert "Strategie" in told.text


def test_it_passes_with_the_role(publish, tell, periods, owner, colleague, town, make_user):
    rows = [row_of("document", publish()), row_of("experience", tell())]
    passing = Passing(owner, colleague, town.id)
    assert PART.count(passing) == 2
    assert PART.pass_on(passing) == 2
    db.session.commit()
    assert {db.session.get(ShelfLife, row.id).owner_id for row in rows} == {colleague.id}


def test_owners_who_left_are_replaced_by_the_desk(publish, tell, periods, owner, db_session):
    rows = [row_of("document", publish()), row_of("experience", tell())]
    accounts.end_membership(None, owner.memberships[0])
    db_session.commit()
    assert tasks.let_owners_go() == 1  # her experience stays hers
    owner.active = False
    db_session.commit()
    assert tasks.let_owners_go() == 1
    mend_desk()
    assert all(waits(row) for row in rows)


def test_what_nobody_confirms_for_sixty_days_waits_at_the_desk(
    publish, periods, db_session, moderator, as_user
):
    document = publish()
    row = row_of("document", document)
    make_old(row, -60)
    row.reminded_at = now() - timedelta(days=60)
    db_session.commit()
    tasks.label_in_time()
    mend_desk()
    assert waits(row) is None
    make_old(row_of("document", document), -61)
    mend_desk()
    assert waits(row).url == f"/haltbarkeit/{row.id}"
    client = as_user(moderator)
    client.post(f"/haltbarkeit/{row.id}/schreiben", data={"words": "Gilt das noch?"})
    told = db_session.query(Notification).filter_by(user_id=row.owner_id).one()
    assert "Gilt das noch?" in told.text
    assert waits(row) is not None
    press(client, row_of("document", document), "bestaetigen")
    assert waits(row) is None


def test_own_content_is_listed_with_the_most_urgent_first(publish, periods, as_user, owner):
    make_old(row_of("document", publish("Später")), 50)
    make_old(row_of("document", publish("Früher")), 5)
    page = as_user(owner).get("/haltbarkeit").text
    assert page.index("Früher") < page.index("Später")


def test_who_looks_after_something_finds_it_from_her_drafts(publish, periods, as_user, owner):
    client = as_user(owner)
    assert 'href="/haltbarkeit"' not in client.get("/entwuerfe").text
    publish()
    assert 'href="/haltbarkeit"' in client.get("/entwuerfe").text
    assert 'href="/haltbarkeit"' in client.get("/konto").text


# Periods


def test_moderators_change_a_period_and_labels_follow(publish, periods, as_user, moderator):
    document = publish()
    make_old(row_of("document", document), 10)
    client, period = as_user(moderator), periods["document.strategy"]
    form = {"document.strategy-months": "12", "document.strategy-version": period.version}
    address = "/kuratierung/haltbarkeit/document.strategy"
    assert client.post(address, data=form).status_code == 303
    assert row_of("document", document).outdated
    assert client.post(address, data=form).status_code == 409
    form |= {"document.strategy-version": 2, "document.strategy-months": ""}
    assert client.post(address, data=form).status_code == 303
    row = row_of("document", document)
    assert not row.outdated
    assert row.due is None
    changes = db.session.query(AuditEntry).filter_by(action="shelf_period.change").count()
    assert changes == 2


@pytest.mark.parametrize("months", ["0", "121", "viele"])
def test_a_period_that_is_none_is_refused_with_what_was_typed(periods, as_user, moderator, months):
    form = {"dossier-months": months, "dossier-version": 1}
    answer = as_user(moderator).post("/kuratierung/haltbarkeit/dossier", data=form)
    assert answer.status_code == 422
    assert f'value="{months}"' in answer.text


def test_a_kind_of_content_without_a_row_gets_one(periods, as_user, moderator):
    form = {"document.concept-months": "24", "document.concept-version": 0}
    as_user(moderator).post("/kuratierung/haltbarkeit/document.concept", data=form)
    db.session.expire_all()
    assert shelf_life.periods()["document.concept"] == 24


# Successors


def test_a_successor_is_found_by_title_or_address_and_shown_both_ways(
    publish, tell, periods, as_user, owner, client
):
    older, newer = publish("Alte Strategie"), tell("Neue Erfahrung")
    row, mine = row_of("document", older), as_user(owner)
    choose = f"/haltbarkeit/{row.id}/nachfolge"
    for asked in ("neue erf", f"http://localhost{newer.path}"):
        found = mine.get(choose, query_string={"q": asked}).text
        assert f'value="experience:{newer.id}"' in found
    mine.post(choose, data={"newer": f"experience:{newer.id}"})
    assert "There is something newer" in client.get(older.path).text
    assert "Alte Strategie" in client.get(newer.path).text
    page = mine.get(f"/haltbarkeit/{row.id}").text
    mine.post(re.search(r'action="(/haltbarkeit/\d+/zurueck/\d+)"', page)[1])
    assert "There is something newer" not in client.get(older.path).text


def test_nothing_follows_upon_itself(publish, periods, owner, db_session):
    things = [Thing("document", d.id, d.title, d.path) for d in map(publish, "ABC")]
    for older, newer in ((0, 1), (1, 2)):
        succession.replace(owner, things[older], ("document", things[newer].id), None)
    for newer in (0, 2):
        with pytest.raises(Invalid):
            succession.replace(owner, things[2], ("document", things[newer].id), None)
    with pytest.raises(Conflict):
        succession.replace(owner, things[0], ("document", things[2].id), None)


def test_a_successor_in_a_closed_group_is_named_to_its_members_alone(
    publish, tell, periods, as_user, owner, client, db_session
):
    group = Group(name="Unter uns", closed=True)
    db_session.add(group)
    db_session.flush()
    accounts.add_to_group(owner, group)
    db_session.commit()
    older, secret = tell("Offen"), tell("Geheime Fassung", visibility=group.token)
    row = row_of("experience", older)
    mine = as_user(owner)
    mine.post(f"/haltbarkeit/{row.id}/nachfolge", data={"newer": f"experience:{secret.id}"})
    assert "Geheime Fassung" in mine.get(older.path).text
    page = client.get(older.path).text
    assert "Geheime Fassung" not in page
    assert "There is something newer" not in page
    guess = publish("Raten")
    row = row_of("document", guess)
    stranger = as_user(guess_editor(guess))
    found = stranger.get(f"/haltbarkeit/{row.id}/nachfolge?q=Geheime").text
    assert f"experience:{secret.id}" not in found
    stranger.post(f"/haltbarkeit/{row.id}/nachfolge", data={"newer": f"experience:{secret.id}"})
    assert succession.find(("document", guess.id)) is None


def guess_editor(document):
    user = accounts.create_user("e@example.org", "Eva Editor", password="ein langes Passwort")
    accounts.add_membership(user, document.municipality_id, "editor")
    db.session.commit()
    return user


def test_a_fact_that_two_put_at_once_is_one_row(db_session, periods):
    fact = Fact(7, "dossier", now(), None, None)
    first, second = shelf_life.put("dossier", fact), shelf_life.put("dossier", fact)
    db_session.commit()
    assert first.id == second.id
