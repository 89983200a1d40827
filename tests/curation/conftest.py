"""A reported post, the people around it, and what they send."""

import io

import pytest

from kts.accounts.models import Group
from kts.accounts.services import add_to_group
from kts.core.mail import MailDelivery
from kts.curation.reporting import links
from kts.curation.reporting.models import Report, ReportCase
from kts.curation.reviewing.models import ReviewRule
from kts.documents import services as documents
from kts.extensions import db
from kts.forum import services as forum
from kts.municipalities.models import Municipality

WHY = "Hier steht die private Anschrift einer Kollegin, das darf nicht sein."
FACTS = "Der Beitrag nennt die private Anschrift einer dritten Person mit Hausnummer."
REASON = "Die Anschrift steht nicht mehr da, das genügt."


@pytest.fixture
def author(make_user):
    return make_user(name="Anton Autor")


@pytest.fixture
def moderator(make_user):
    return make_user("moderator", name="Maria Muster")


@pytest.fixture
def colleague(make_user):
    return make_user("moderator", name="Konrad Kollege")


@pytest.fixture
def post(author, make_user, db_session):
    """Give an answer in a public thread."""
    category = forum.create_category(None, "Offen", visibility="public")
    thread = forum.create_thread(make_user(name="Frida Frage"), category, "Wer hat Sensoren?", "?")
    answer = forum.add_post(author, thread, "Frau Beispiel wohnt in der Musterstraße 5.")
    db_session.commit()
    return answer


@pytest.fixture
def closed_post(author, db_session):
    """Give a post that only the members of a group see."""
    group = Group(name="Arbeitsgruppe Daten", closed=True)
    db_session.add(group)
    db_session.flush()
    add_to_group(author, group)
    room = forum.create_category(None, "Raum", visibility=group.token)
    thread = forum.create_thread(author, room, "Unter uns", "Vertraulich")
    db_session.commit()
    return thread.last_post


@pytest.fixture
def send_report(app):
    """Give a function that reports an address as a guest, or on the client of somebody."""

    def send(thing, client=None, **changes):
        address = thing if isinstance(thing, str) else f"/beitrag/{thing.id}"
        data = {
            "address": address,
            "category": "personal",
            "explanation": WHY,
            "name": "Gerda Gast",
            "email": "gast@example.org",
            "good_faith": "y",
            **changes,
        }
        return (client or app.test_client()).post("/melden", data=data)

    return send


@pytest.fixture
def case(post, send_report, db_session):
    """Give the case of a post that a guest has reported."""
    assert send_report(post).status_code == 303
    return db_session.query(ReportCase).one()


@pytest.fixture
def decide(app, login):
    """Give a function that decides a case as a moderator does: preview, then confirm."""

    def send(who, case, address=None, **changes):
        data = {
            "content": "hide",
            "facts": FACTS,
            "ground": "rule",
            "paragraph": "3",
            "territory": "Überall",
            "version": case.version,
            "confirm": "1",
            **changes,
        }
        client = login(app.test_client(), who)
        return client.post(address or f"{case.path}/entscheiden", data=data)

    return send


@pytest.fixture
def decision(case, moderator, decide, db_session):
    """Give the decision that hides the reported post."""
    assert decide(moderator, case).status_code == 303
    db_session.expire_all()
    return case.decision


@pytest.fixture
def objection(decision, app, db_session):
    """Give the author's objection."""
    address = f"{links.statement_link(decision)}/widerspruch"
    sent = app.test_client().post(address, data={"text": "Das ist die Anschrift des Amtes."})
    assert sent.status_code == 303
    return decision.objections[0]


@pytest.fixture
def mails(db_session):
    """Give a function that lists the mails to an address, oldest first."""

    def to(address):
        db_session.expire_all()
        found = db_session.query(MailDelivery).filter_by(recipient=address)
        return found.order_by(MailDelivery.id).all()

    return to


def reports():
    db.session.expire_all()
    return db.session.query(Report).order_by(Report.id).all()


@pytest.fixture
def town(db_session):
    """Give a municipality that is not trusted."""
    return _place(db_session, "Musterhausen", "08999001")


@pytest.fixture
def other_town(db_session):
    return _place(db_session, "Beispielstadt", "09999002")


def _place(session, name, ags):
    municipality = Municipality(name=name, slug=name.lower(), ags=ags, land=ags[:2], is_sample=True)
    session.add(municipality)
    session.commit()
    return municipality


@pytest.fixture
def reviewed(db_session):
    """Set the rules as an installation has them: documents of the untrusted are reviewed."""
    rule = ReviewRule(kind="document", who="untrusted", days=14)
    db_session.add(rule)
    db_session.commit()
    return rule


@pytest.fixture
def editor(make_user, town):
    """Give somebody who publishes for a municipality that is not trusted."""
    return make_user(edits=[town], name="Edda Editorin")


@pytest.fixture
def upload(db_session, town, monkeypatch):
    """Give a function that publishes a text, or adds a version to a document, read and ready."""
    from kts.core.tasks import TASKS

    monkeypatch.setitem(TASKS, "kts.documents.drawing.draw_previews", lambda _id: None)

    def publish(actor, text, document=None, **values):
        received = documents.receive(io.BytesIO(text.encode()), "strategie.txt")
        if document is not None:
            made = documents.publish_version(actor, document, received, **values)
        else:
            values = {"title": "Strategie Nebelkraehe", "municipality_id": town.id, **values}
            made = documents.publish_document(actor, received, **values)
        db_session.commit()
        db_session.expire_all()
        return made

    return publish
