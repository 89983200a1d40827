"""``kts demo`` on an empty database: what is there afterwards, twice, and who may see it."""

import itertools
import shutil

import pytest
from sqlalchemy import func

from kts import demo
from kts.accounts.models import Group, MembershipRequest, User
from kts.accounts.queries import user_by_email
from kts.accounts.services import authenticate, create_user
from kts.core import shelf_life
from kts.core.clock import now
from kts.core.errors import Conflict
from kts.core.mail import MailDelivery
from kts.curation.dossiers.models import DossierItem
from kts.demo.content import MARK, PASSWORD, SIGN_INS
from kts.documents.models import DONE, Document, DocumentPage, DocumentVersion
from kts.extensions import db
from kts.forum.models import Category, Post, PostReference, ReadState, Thread
from kts.forum.models.kinds import Experience, Poll, PollVote
from kts.forum.models.marks import Bookmark, Reaction, ReadingItem
from kts.forum.services.kinds.experiences import FIELDS
from kts.municipalities.models import ModelProject, Municipality
from kts.notifications import mailing
from kts.notifications.models import Notification, NotificationEvent
from kts.search.models import QueryCount

TABLES = (
    Bookmark,
    Category,
    Document,
    DocumentPage,
    DocumentVersion,
    DossierItem,
    Group,
    MembershipRequest,
    ModelProject,
    Municipality,
    Notification,
    PollVote,
    Post,
    PostReference,
    QueryCount,
    Reaction,
    ReadState,
    ReadingItem,
    Thread,
    User,
)


@pytest.fixture
def sample(installations, app, db_session):
    """Let the test's application stand on a copy of the loaded database; give the counts."""
    db.engine.dispose()
    shutil.copy(installations.sample() / "kts.sqlite3", app.config["KTS"].instance)
    return installations.counts()


def rows():
    return {
        table.__tablename__: db.session.scalar(db.select(func.count()).select_from(table))
        for table in TABLES
    }


def test_the_sample_is_complete_marked_and_loaded_once(sample, db_session):
    assert sample == {
        "projects": 73,
        "sample_municipalities": 12,
        "sample_people": 15,
        "sample_groups": 3,
        "sample_requests": 1,
        "sample_documents": 8,
        "sample_versions": 9,
        "sample_threads": 45,
        "sample_posts": 215,
        "sample_bookmarks": 3,
        "sample_recommendations": 2,
        "sample_searches": 6,
        "sample_dossiers": 1,
        "sample_reports": 1,
    }
    check_everybody_and_every_place_is_marked()
    check_documents_are_read()
    check_the_forum_shows_each_state()
    check_each_kind_shows_what_it_has()
    check_nobody_is_mailed()
    check_nothing_is_from_the_future()
    check_only_the_newer_threads_are_unread()
    check_the_sign_ins_work()

    before = rows()
    assert set(demo.load().values()) == {0}
    assert rows() == before


def check_everybody_and_every_place_is_marked():
    for user in db.session.scalars(db.select(User)):
        assert user.is_sample
        assert user.name.endswith(f"({MARK})")
    for place in db.session.scalars(db.select(Municipality)):
        assert place.is_sample == (place.ags is None)
        if not place.is_sample:
            assert place.population
            assert place.area
            assert place.profile == ""
            assert place.contacts == []
    assert all(MARK in group.name for group in db.session.scalars(db.select(Group)))
    for project in db.session.scalars(db.select(ModelProject)):
        assert not any(member.is_sample for member in project.members)


def check_documents_are_read():
    for version in db.session.scalars(db.select(DocumentVersion)):
        assert version.extraction_state == DONE
        assert 4 <= version.page_count <= 12
        assert "Erfundenes Beispiel" in version.pages[0].text
    numbers = [len(document.versions) for document in db.session.scalars(db.select(Document))]
    assert sorted(numbers) == [1] * 7 + [2]
    assert db.session.scalars(db.select(Document.visibility)).all().count("members") == 1
    assert any(
        visibility.startswith("group:")
        for visibility in db.session.scalars(db.select(Document.visibility))
    )


def check_the_forum_shows_each_state():
    threads = db.session.scalars(db.select(Thread)).all()
    assert [thread.pinned for thread in threads].count(True) == 2  # one of them is news
    assert [thread.locked for thread in threads].count(True) == 1
    assert any(thread.post_count == 1 for thread in threads)
    hidden = db.session.scalars(db.select(Post).filter_by(hidden=True)).all()
    assert len(hidden) == 1
    assert hidden[0].hidden_reason
    assert {thread.visibility.partition(":")[0] for thread in threads} == {
        "public",
        "members",
        "group",
    }
    for post in db.session.scalars(db.select(Post)):
        assert "{{" not in post.source
    references = db.session.scalars(db.select(PostReference)).all()
    assert len(references) > 20
    for reference in references:
        assert reference.page > 1  # never the cover: each chapter was found
    assert db.session.scalar(db.select(func.count()).select_from(MailDelivery)) == 0


def check_each_kind_shows_what_it_has():
    threads = db.session.scalars(db.select(Thread)).all()
    assert sum(thread.accepted_post_id is not None for thread in threads) == 4
    assert any(thread.problem_count == 3 for thread in threads)
    told = db.session.scalars(db.select(Experience)).one()
    assert all(getattr(told, name) for name in FIELDS)
    opening = db.session.scalars(
        db.select(Post).filter_by(thread_id=told.thread_id, number=1)
    ).one()
    assert opening.official_for_id
    assert not db.session.scalars(db.select(Poll)).one().is_over
    assert db.session.scalar(db.select(func.count()).select_from(PollVote)) == 9
    assert db.session.scalars(db.select(Post).filter_by(wiki=True)).one().number == 1
    reminders = db.session.scalars(db.select(Bookmark.remind_at)).all()
    assert all(moment > now() for moment in reminders if moment)


def check_nobody_is_mailed():
    assert db.session.scalar(db.select(func.count()).filter(NotificationEvent.done.is_(None))) == 0
    messages = db.session.scalars(db.select(Notification)).all()
    assert len(messages) > 50
    assert all(message.mailed_at == message.created for message in messages)
    mailing.run(now())
    assert db.session.scalar(db.select(func.count()).select_from(MailDelivery)) == 0


def check_nothing_is_from_the_future():
    for thread in db.session.scalars(db.select(Thread)):
        posts = db.session.scalars(
            db.select(Post).filter_by(thread_id=thread.id).order_by(Post.number)
        ).all()
        assert thread.created == posts[0].created
        assert thread.last_post_at == posts[-1].created
        assert all(a.created < b.created for a, b in itertools.pairwise(posts))
        assert posts[-1].created <= now()
    spread = [thread.created for thread in db.session.scalars(db.select(Thread))]
    assert (max(spread) - min(spread)).days > 60


def check_only_the_newer_threads_are_unread():
    member = user_by_email("mitglied@example.org")
    visible = db.select(Thread).filter(Thread.visibility.in_(member.visibility_tokens))
    read = {
        state.thread_id: state.last_read
        for state in db.session.scalars(db.select(ReadState).filter_by(user_id=member.id))
    }
    unread = [
        thread
        for thread in db.session.scalars(visible)
        if read.get(thread.id, 0) < thread.last_number
    ]
    assert 3 < len(unread) < len(read)


def check_the_sign_ins_work():
    roles = {}
    for email, _role in SIGN_INS:
        user = authenticate(email, PASSWORD)
        assert user is not None, email
        roles[email.partition("@")[0]] = user.role
    assert roles == {
        "mitglied": "member",
        "redaktion": "editor",
        "moderation": "moderator",
        "admin": "admin",
    }
    editor = authenticate("redaktion@example.org", PASSWORD)
    falkenrode = db.session.scalars(db.select(Municipality).filter_by(slug="falkenrode")).one()
    assert editor.edits(falkenrode.id)
    others = db.session.scalars(db.select(User).filter(User.password_hash.is_(None))).all()
    assert len(others) == 15 - len(SIGN_INS)


def test_sample_content_was_confirmed_when_it_was_published(sample, db_session):
    for document in db.session.scalars(db.select(Document)):
        row = shelf_life.find("document", document.id)
        assert row.confirmed_at == document.current_version.created
    for thread in db.session.scalars(db.select(Thread).where(Thread.kind == "experience")):
        assert shelf_life.find("experience", thread.id).confirmed_at == thread.created


def test_an_installation_with_real_people_is_left_alone_unless_forced(sample, db_session):
    create_user("jemand@example.org", "Jemand", password="ein langes Passwort")
    thread = db.session.scalars(db.select(Thread).filter_by(post_count=1)).first()
    db.session.execute(db.delete(Post).filter_by(thread_id=thread.id))
    db.session.delete(thread)
    db_session.commit()
    before = rows()
    with pytest.raises(Conflict):
        demo.load()
    assert rows() == before
    assert demo.load(force=True)["sample_threads"] == 1


def test_every_kind_of_page_shows_life_and_closed_rooms_stay_closed(sample, client, login):
    document = db.session.scalars(db.select(Document).filter_by(visibility="public")).first()
    closed = db.session.scalars(
        db.select(Thread).filter(Thread.visibility.startswith("group:"))
    ).first()
    internal = db.session.scalars(db.select(Thread).filter_by(visibility="members")).first()
    members_document = db.session.scalars(db.select(Document).filter_by(visibility="members")).one()
    pinned = db.session.scalars(
        db.select(Thread).filter_by(external_key="demo:willkommen", pinned=True)
    ).one()
    answered = db.session.scalars(
        db.select(Thread).filter_by(external_key="demo:beteiligung-jugendliche")
    ).one()
    shown = {
        "/": "",
        "/programm": "",
        "/kommunen": "Kiel",
        "/kommunen/falkenrode": "Stabsstelle Digitale Stadt",
        "/kommunen/kiel": "Kiel",
        "/dokumente": "Digitalstrategie Falkenrode 2030",
        document.path: "Fortschreibung 2026",
        f"{document.path}/seite/6": "Urbane Datenplattform",
        "/forum": "Erfahrungen",
        "/forum/erfahrungen": "Parkhaus",
        pinned.path: "Agathe Reberle (Beispiel)",
        answered.path: "Handlungskonzept Innenstadt",
    }
    for url, words in shown.items():
        answer = client.get(url)
        assert answer.status_code == 200, url
        assert words in answer.text, url
    hidden_from_guests = [closed.path, internal.path, members_document.path]
    for url in hidden_from_guests:
        assert client.get(url).status_code == 404, url
    member = db.session.scalars(db.select(User).filter_by(email="mitglied@example.org")).one()
    login(client, member)
    for url in (internal.path, members_document.path):
        assert client.get(url).status_code == 200, url
