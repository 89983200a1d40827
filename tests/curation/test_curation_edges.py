"""What curation withstands: late undoings, strange addresses, closed groups, one's own content."""

import base64
import re
import shutil
from datetime import timedelta

import pytest
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select

from kts.accounts.models import Group
from kts.accounts.services import add_to_group
from kts.core import mail, shelf_life, succession
from kts.core.audit import AuditEntry
from kts.core.clock import now
from kts.core.errors import Conflict, Invalid
from kts.core.mail import MailDelivery
from kts.core.shelf_life import Fact
from kts.curation.keeping import services as keeping
from kts.curation.keeping import tasks, telling
from kts.curation.keeping.queries import get_kept
from kts.curation.newsletter import links
from kts.curation.newsletter.models import NewsletterSubscription
from kts.curation.newsletter.services import subscriptions
from kts.curation.vocabularies.models import Label, QualitySeal
from kts.curation.vocabularies.services import terms
from kts.curation.vocabularies.services.criteria import stored_criteria
from kts.curation.vocabularies.services.labels import give_label
from kts.curation.vocabularies.services.seals import suggest_seal
from kts.curation.vocabularies.subjects import find_subject
from kts.documents.models import Document, DocumentVersion
from kts.extensions import db
from kts.forum import services as forum
from kts.forum.services import kinds
from kts.municipalities.models import Municipality, Topic
from kts.notifications.models import Notification
from tests.conftest import make_app

ROOM = "/kuratierung/vokabulare"
TOPICS = f"{ROOM}/handlungsfelder"
WHY = {"reason": "Beide meinen dasselbe."}


@pytest.fixture
def moderator(make_user):
    return make_user("moderator", name="Maria Muster")


@pytest.fixture
def desk(app, moderator, login):
    """Give the client of a moderator."""
    return login(app.test_client(), moderator)


@pytest.fixture
def town(db_session):
    town = Municipality(name="Musterhausen", slug="musterhausen", ags="08999001", land="08")
    db_session.add(town)
    db_session.commit()
    return town


@pytest.fixture
def topics(db_session):
    names = (("verkehr", "Verkehr"), ("mobilitaet", "Mobilität"))
    db_session.add_all(Topic(slug=s, name=n, sort=i) for i, (s, n) in enumerate(names))
    db_session.commit()


def publish(title, owner, **values):
    made = Document(title=title, created_by_id=owner.id, **values)
    db.session.add(made)
    db.session.flush()
    add_version(made)
    return made


def add_version(document, created=None):
    version = DocumentVersion(
        document=document,
        number=len(document.versions) + 1,
        blob_key="0" * 64,
        filename="a.pdf",
        format="pdf",
        size=1,
        extraction_state="done",
        created=created or now(),
    )
    db.session.add(version)
    db.session.flush()
    document.current_version_id = version.id
    db.session.commit()


def row_of(document):
    owner, town = document.created_by_id, document.municipality_id
    published = max(version.created for version in document.versions)
    row = shelf_life.put("document", Fact(document.id, "document.other", published, owner, town))
    db.session.commit()
    return row


def confirmed(desk, address, data):
    """Send a form of the vocabularies, and confirm its preview."""
    preview = desk.post(address, data=data)
    mark = re.search(r'name="mark" value="([0-9a-f]+)"', preview.text)[1]
    return desk.post(address, data={**data, "confirm": "1", "mark": mark})


def merge(desk, old="verkehr", new="mobilitaet"):
    return confirmed(desk, f"{TOPICS}/{old}/zusammenfuehren", {"into": new, **WHY})


# Mails


@pytest.mark.parametrize("host", ["kts.example.org", "plattform.transfer-der-kommunen.example.org"])
def test_a_mail_program_reads_the_address_to_unsubscribe_however_long_it_is(db_session, host):
    end = f"https://{host}/newsletter/abmelden/{'MTIzNDU2Nzg5.' + 'a' * 40}"
    delivery = MailDelivery(
        recipient="gerda@example.org",
        subject="Neues aus den Kommunen, " * 9,
        body="Guten Tag",
        html="<p>Guten Tag</p>",
        message_id=f"<{'a' * 32}@{host}>",
        created=now(),
        headers={
            "List-Unsubscribe": f"<{end}>, <mailto:kts@example.org?subject=unsubscribe>",
            "List-Id": f"<newsletter.{'sehr-' * 15}lang.{host}>",
            "In-Reply-To": f"<{'b' * 64}@{host}>",
            "References": f"<{'c' * 64}@{host}> <{'b' * 64}@{host}>",
        },
    )
    message = mail._message(delivery)
    for policy in (mail.SMTPUTF8, message.policy):
        raw = message.as_bytes(policy=policy).decode().replace("\r\n", "\n")
        head = re.sub(r"\n +", " ", raw.split("\n\n")[0])
        for name, value in delivery.headers.items():
            assert f"{name}: {value}" in head.split("\n")


def test_each_mail_to_confirm_gives_a_week(client, app, db_session, monkeypatch):
    client.post("/newsletter", data={"email": "g@example.org", "language": "de", "agreed": "1"})
    row = db_session.scalars(select(NewsletterSubscription)).one()
    row.asked_at = row.mailed_at = now() - timedelta(days=6, hours=23)
    db_session.commit()
    client.post("/newsletter", data={"email": "g@example.org", "language": "de", "agreed": "1"})
    db_session.expire_all()
    assert row.mails == 2
    assert row.asked_at > now() - timedelta(minutes=1)
    asked = row.asked_at
    subscriptions.ask("g@example.org", "de")  # too early for another mail
    assert row.asked_at == asked


def test_one_click_needs_no_token_of_a_form_and_nothing_else_is_open(tmp_path, database_template):
    shutil.copy(database_template, tmp_path / "kts.sqlite3")
    app = make_app(tmp_path, WTF_CSRF_ENABLED=True)
    with app.app_context():
        row = NewsletterSubscription(email="g@example.org", state="confirmed", wording=1)
        db.session.add(row)
        db.session.commit()
        end = links.end_link(row).split("/abmelden/")[1]
        confirm = links.confirm_link(row).split("/bestaetigen/")[1]
        client = app.test_client()
        assert client.get(f"/newsletter/abmelden/{end}").status_code == 200
        for address in (
            "/newsletter",
            f"/newsletter/bestaetigen/{confirm}",
            "/newsletter/abmelden/zurueck",
            "/newsletter/konto",
        ):
            assert client.post(address, data={"ended": "x", "newsletter": "1"}).status_code == 400
        for forged in (confirm, f"{end}x", "x"):
            data = {"List-Unsubscribe": "One-Click"}
            assert client.post(f"/newsletter/abmelden/{forged}", data=data).status_code == 400
        assert db.session.query(NewsletterSubscription).count() == 1
        answer = client.post(f"/newsletter/abmelden/{end}", data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
        assert db.session.query(NewsletterSubscription).count() == 0
        db.session.remove()
        db.engine.dispose()


def test_whoever_was_passed_a_mail_on_does_not_learn_its_address(client, db_session):
    row = NewsletterSubscription(email="gerda.geheim@example.org", state="confirmed", wording=1)
    db_session.add(row)
    db_session.commit()
    first, second = (links.keep([{"email": row.email}]) for _ in range(2))
    assert first != second
    page = client.post(links.end_link(row).removeprefix(mail.base_url())).text
    token = re.search(r'name="ended"[^>]*value="([^"]+)"', page)[1]
    _signed, inner = URLSafeTimedSerializer("any").loads_unsafe(token)
    for text in (page, token, inner, base64.b64decode(inner).decode("latin-1")):
        assert "geheim" not in text
        assert "user_id" not in text
    assert client.post("/newsletter/abmelden/zurueck", data={"ended": token}).status_code == 200
    back = db_session.scalars(select(NewsletterSubscription)).one()
    assert (back.email, back.state) == ("gerda.geheim@example.org", "confirmed")


# Vocabularies


@pytest.mark.parametrize(
    "more",
    [
        "endpoint=x",
        "_external=1&_scheme=javascript",
        "_anchor=a",
        "_method=POST",
        "seite=2&q=a%26b",
    ],
)
def test_an_old_address_leads_on_with_whatever_stands_behind_it(client, desk, topics, more):
    assert merge(desk).status_code == 303
    answer = client.get(f"/dokumente?handlungsfeld=verkehr&{more}")
    assert (answer.status_code, answer.location) == (
        302,
        f"/dokumente?handlungsfeld=mobilitaet&{more}",
    )


def test_a_rename_is_not_undone_where_another_term_has_the_name(desk, topics):
    data = {"name": "Straßen", "name_en": "", "description": "", "place": "=", **WHY}
    renamed = confirmed(desk, f"{TOPICS}/verkehr/aendern", data)
    desk.post(f"{TOPICS}/neu", data={"name": "verkehr", **WHY})
    answer = desk.post(f"{renamed.location}/rueckgaengig", data=WHY)
    assert (answer.status_code, answer.location) == (303, renamed.location)
    assert "Verkehr" in desk.get(renamed.location).text.split("kern-alert", 1)[1][:1500]
    names = db.session.scalars(select(Topic.name).order_by(Topic.id)).all()
    assert names == ["Straßen", "Mobilität", "verkehr"]


def test_a_term_that_a_colleague_adds_in_the_same_moment_is_told(desk, topics, monkeypatch):
    monkeypatch.setattr(terms, "require_free_name", lambda *_arguments: None)
    answer = desk.post(f"{TOPICS}/neu", data={"name": "Verkehr", **WHY})
    assert answer.status_code == 422
    assert 'value="Verkehr"' in answer.text
    assert db.session.query(Topic).count() == 2


def test_a_plan_whose_term_was_merged_can_be_thrown_away(desk, topics):
    begun = desk.post(f"{TOPICS}/verkehr/aufteilen", data={"first": "Radverkehr", "existing": ""})
    assert merge(desk).status_code == 303
    for address in (begun.location, f"{begun.location}/anwenden"):
        page = desk.get(address)
        assert page.status_code == 409
        assert f'action="{begun.location}/verwerfen"' in page.text
        assert "Radverkehr" in page.text
    assert desk.post(begun.location, data={"wen": "alle", "to": "0"}).status_code == 409
    assert desk.post(f"{begun.location}/anwenden", data=WHY).status_code == 409
    assert desk.post(f"{begun.location}/verwerfen").status_code == 303
    assert desk.get(begun.location).status_code == 404


def test_editors_outside_a_closed_group_hear_nothing_of_its_labels(make_user, town, moderator):
    group, label = Group(name="Unter uns", closed=True), Label(slug="gut", name="Gut", sort=1)
    db.session.add_all([group, label])
    db.session.flush()
    author, outside = make_user(edits=[town]), make_user(edits=[town])
    add_to_group(author, group)
    room = forum.create_category(None, "Raum", visibility=group.token)
    thread = forum.create_thread(author, room, "Vertraulicher Titel", "x")
    thread.municipality_id = town.id
    db.session.commit()
    give_label(moderator, find_subject(moderator, "thread", thread.id), label, "Gut gemacht.")
    told = db.session.scalars(select(Notification.user_id).filter_by(kind="vocabulary")).all()
    assert told == [author.id]
    assert outside.id not in told


def test_nobody_gives_the_seal_to_her_own_content(desk, moderator, make_user, town, login, app):
    address = "/kuratierung/guetesiegel/document/{}"
    own = publish("Von mir", moderator)
    other = publish("Von anderen", make_user())
    assert desk.get(address.format(own.id)).status_code == 403
    assert desk.post(address.format(own.id), data={"reason": "Sehr gut"}).status_code == 403
    assert desk.get(address.format(other.id)).status_code == 200


def test_seal_and_suggestion_of_what_was_merged_can_be_decided(desk, moderator, make_user, client):
    author = make_user()
    room = forum.create_category(None, "Raum", visibility="public")
    told = kinds.Details("experience", experience={"start": "Nichts.", "done": "Etwas."})
    old, new = (kinds.open_thread(author, room, title, "", told) for title in ("Alt", "Neu"))
    suggestion = suggest_seal(author, find_subject(author, "thread", old.id), "Sehr brauchbar.")
    seal = QualitySeal(
        *(),
        kind="thread",
        object_id=old.id,
        title="Alt",
        criteria_id=stored_criteria().id,
        reason="Gut.",
        valid_until=now().date() - timedelta(days=1),
    )
    db.session.add(seal)
    old.merged_into_id = new.id
    db.session.commit()
    assert client.get(seal.path).status_code == 404
    for thing, address, words in (
        (suggestion, suggestion.path, "Gehört jetzt zu Neu."),
        (seal, f"{seal.path}/zurueckziehen", "Abgelaufen."),
    ):
        assert "Alt" in desk.get(thing.path).text
        assert desk.post(address, data={"reason": ""}).status_code == 422
        assert desk.post(address, data={"reason": words}).status_code == 303
    db.session.expire_all()
    assert (suggestion.state, seal.withdrawn_reason) == ("declined", "Abgelaufen.")


# What is kept up


def test_an_undo_does_not_reach_behind_a_version_that_came_since(make_user, town):
    owner = make_user(edits=[town])
    paper = publish("Strategie", owner, municipality_id=town.id)
    paper.versions[0].created = now() - timedelta(days=900)
    row = row_of(paper)
    entry = shelf_life.doubt(owner, row, row.version)
    db.session.commit()
    add_version(paper)
    row_of(paper)
    assert row.doubted_at is None
    with pytest.raises(Conflict):
        shelf_life.undo(owner, row, entry)


def test_an_entry_about_something_else_undoes_nothing(make_user, town):
    owner = make_user(edits=[town])
    row = row_of(publish("Strategie", owner, municipality_id=town.id))
    entry = shelf_life.confirm(owner, row, row.version)
    entry.kind, entry.object_id = "model_project", row.id
    db.session.commit()
    with pytest.raises(Conflict):
        shelf_life.undo(owner, row, entry)


def test_a_successor_is_taken_back_within_a_day_only(make_user, town):
    owner = make_user(edits=[town])
    papers = [publish(title, owner, municipality_id=town.id) for title in ("Alt", "Neu")]
    kept = get_kept(owner, row_of(papers[0]).id)
    newer = get_kept(owner, row_of(papers[1]).id).thing
    entry = keeping.name_successor(owner, kept, newer, None)
    entry.at = now() - timedelta(days=2)
    db.session.commit()
    with pytest.raises(Conflict):
        succession.undo(owner, kept.thing, entry)
    entry.at = now()
    succession.undo(owner, kept.thing, entry)
    assert succession.find(("document", papers[0].id)) is None
    ended = db.session.scalars(select(AuditEntry).filter_by(action="succession.end")).one()
    succession.undo(owner, kept.thing, ended)
    assert succession.find(("document", papers[0].id)).successor_id == papers[1].id


def test_a_successor_is_named_however_many_things_were_before(make_user, town):
    owner = make_user(edits=[town])
    last, *others = [publish(f"Heft {n}", owner) for n in range(4)]
    succession.MOST_PREDECESSORS, most = 1, succession.MOST_PREDECESSORS
    try:
        here, newest, *older = others[0], others[1], others[2], last
        for old, new in ((here, newest), *((one, here) for one in older)):
            db.session.add(
                succession.Succession(
                    kind="document",
                    subject_id=old.id,
                    successor_kind="document",
                    successor_id=new.id,
                )
            )
            db.session.flush()
        successor, before = succession.around(owner, "document", here.id)
    finally:
        succession.MOST_PREDECESSORS = most
    assert successor.id == newest.id
    assert [thing.id for thing in before] == [last.id]


def test_one_mail_asks_for_so_many_that_its_link_still_fits(make_user, town, monkeypatch):
    owner = make_user(edits=[town])
    monkeypatch.setattr(tasks, "MOST_ASKED", 2)
    for number in range(5):
        row = row_of(publish(f"Heft {number}", owner, municipality_id=town.id))
        row.due = shelf_life.today()
    db.session.commit()
    assert tasks.remind() == 1
    message = db.session.scalars(select(Notification).filter_by(kind=telling.DUE)).one()
    assert len(message.data["rows"]) == 2
    assert tasks.remind() == 0  # within the week comes no other one
    asked = select(shelf_life.ShelfLife).where(shelf_life.ShelfLife.reminders > 0)
    for row in db.session.scalars(asked):
        row.reminded_at = now() - timedelta(days=8)
    db.session.commit()
    assert tasks.remind() == 1
    assert len(db.session.scalars(asked).all()) == 4


def test_former_editors_confirm_nothing_any_more(make_user, town, login, app, client):
    owner = make_user(edits=[town])
    row = row_of(publish("Strategie", owner, municipality_id=town.id))
    link = f"/bestaetigen/{telling.token(owner, [get_kept(owner, row.id)])}"
    browser = login(app.test_client(), owner)
    assert browser.get(row.path).status_code == 200
    for membership in list(owner.memberships):
        db.session.delete(membership)
    db.session.commit()
    db.session.expire_all()
    version = row.version
    data = {"version": version}
    assert browser.post(f"{row.path}/bestaetigen", data=data).status_code == 403
    client.post(link, data={"tun": f"confirm:{row.id}"})
    db.session.expire_all()
    assert (row.version, row.confirmed_by_id) == (version, None)


def test_an_owner_who_left_the_closed_group_is_not_told_of_its_content(make_user, moderator):
    group, owner = Group(name="Unter uns", closed=True), make_user()
    db.session.add(group)
    db.session.flush()
    paper = publish("Vertraulich", owner, visibility=group.token)
    kept = get_kept(moderator, row_of(paper).id)
    with pytest.raises(Invalid):
        keeping.write(moderator, kept, "Stimmt das noch?")
    assert db.session.query(Notification).count() == 0
    add_to_group(owner, group)
    db.session.commit()
    db.session.expire_all()
    keeping.write(moderator, get_kept(moderator, kept.row.id), "Stimmt das noch?")
    assert db.session.query(Notification).count() == 1


def test_many_things_at_once_are_loaded_in_several_statements(make_user, monkeypatch):
    owner = make_user()
    ends = [("document", publish(f"Heft {number}", owner).id) for number in range(3)]
    monkeypatch.setattr(shelf_life, "AT_ONCE", 2)
    assert set(shelf_life.load_all(owner, [*ends, ("unknown", 1)])) == set(ends)
