"""Municipalities and documents for the library's tests; all made up."""

import io

import pytest

from kts.documents import services
from kts.municipalities.models import Municipality, Topic
from tests.documents import samples


@pytest.fixture
def town(db_session):
    municipality = Municipality(
        name="Musterhausen", slug="musterhausen", ags="08999001", land="08", is_sample=True
    )
    db_session.add(municipality)
    db_session.commit()
    return municipality


@pytest.fixture
def other_town(db_session):
    municipality = Municipality(
        name="Beispielstadt", slug="beispielstadt", ags="09999002", land="09", is_sample=True
    )
    db_session.add(municipality)
    db_session.commit()
    return municipality


@pytest.fixture
def topics(db_session):
    found = [Topic(slug="mobilitaet", name="Mobilität"), Topic(slug="daten", name="Daten")]
    db_session.add_all(found)
    db_session.commit()
    return found


@pytest.fixture
def no_drawing(monkeypatch):
    """Leave pictures for later: drawing takes most of the time and few tests look at it."""
    from kts.core.tasks import TASKS

    monkeypatch.setitem(TASKS, "kts.documents.drawing.draw_previews", lambda version_id: None)


@pytest.fixture
def publish(db_session, no_drawing):
    """Give a function that publishes a document from bytes, read and ready."""

    def make(content=samples.MARKDOWN, name="strategie.md", actor=None, **values):
        data = content.encode() if isinstance(content, str) else content
        received = services.receive(io.BytesIO(data), name)
        document = services.publish_document(actor, received, **values)
        db_session.commit()
        return document

    return make


@pytest.fixture
def publish_again(db_session, no_drawing):
    """Give a function that adds a version to a document."""

    def make(document, content, name="strategie.md", actor=None, **values):
        data = content.encode() if isinstance(content, str) else content
        received = services.receive(io.BytesIO(data), name)
        version = services.publish_version(actor, document, received, **values)
        db_session.commit()
        db_session.refresh(document)
        return version

    return make
