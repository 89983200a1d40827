"""One moderator, signed in as ``client``, documents, a thread, and a dossier with one text."""

import io

import pytest
from sqlalchemy import select

from kts.curation.dossiers import services
from kts.curation.dossiers.models import Dossier, DossierItem
from kts.documents import services as documents
from kts.extensions import db
from kts.forum import services as forum


@pytest.fixture
def moderator(client, make_user, login):
    user = make_user("moderator", name="Maria Muster")
    login(client, user)
    return user


@pytest.fixture
def publish(db_session, monkeypatch):
    """Give a function that publishes a document in the library."""
    from kts.core.tasks import TASKS

    monkeypatch.setitem(TASKS, "kts.documents.drawing.draw_previews", lambda _id: None)

    def make(title, visibility="public", text="Ein Text.", **values):
        received = documents.receive(io.BytesIO(text.encode()), f"{title}.txt")
        document = documents.publish_document(
            None, received, title=title, visibility=visibility, **values
        )
        db_session.commit()
        return document

    return make


@pytest.fixture
def thread(moderator):
    category = forum.create_category(None, "Offen", visibility="public")
    thread = forum.create_thread(moderator, category, "Wer hat Sensoren?", "Wir suchen.")
    db.session.commit()
    return thread


@pytest.fixture
def dossier(moderator):
    dossier = services.create_dossier(moderator, "Sensoren im Alltag", "Worauf es ankommt.")
    services.add_text(moderator, dossier, "Erst messen, dann **bauen**.")
    db.session.commit()
    return dossier


@pytest.fixture
def parts(db_session):
    """Give a function that reads the parts of a draft as they are saved."""

    def read(dossier):
        db_session.rollback()
        statement = select(DossierItem).filter_by(dossier_id=dossier.id, removed_at=None)
        return list(db_session.scalars(statement.order_by(DossierItem.position)))

    return read


@pytest.fixture
def saved(db_session):
    """Give a function that reads a dossier as it is saved."""

    def read(dossier):
        db_session.rollback()
        return db_session.get(Dossier, dossier.id, populate_existing=True)

    return read
