"""Categories, threads and a document to talk about."""

import pytest

from kts.accounts.models import Group
from kts.documents.models import Document, DocumentPage, DocumentVersion
from kts.forum import services
from kts.forum.models import Category
from kts.municipalities.models import Municipality


@pytest.fixture
def make_category(db_session):
    """Give a function that makes a category."""

    def make(name="Allgemeines", visibility="public", **values):
        category = services.create_category(None, name, visibility=visibility, **values)
        db_session.commit()
        return category

    return make


@pytest.fixture
def category(make_category) -> Category:
    return make_category()


@pytest.fixture
def make_thread(db_session, make_user, category):
    """Give a function that opens a thread with a number of answers."""

    def make(title="Wie fängt man an?", body="Wir stehen am Anfang.", answers=0, **values):
        author = values.pop("author", None) or make_user(name="Frida Frage")
        place = values.pop("category", category)
        thread = services.create_thread(author, place, title, body, **values)
        for number in range(answers):
            services.add_post(author, thread, f"Nachtrag {number + 1}")
        db_session.commit()
        return thread

    return make


@pytest.fixture
def thread(make_thread):
    return make_thread()


@pytest.fixture
def make_group(db_session):
    """Give a function that makes a closed group."""

    def make(name="Arbeitsgruppe Daten"):
        group = Group(name=name, closed=True)
        db_session.add(group)
        db_session.commit()
        return group

    return make


@pytest.fixture
def municipality(db_session):
    place = Municipality(name="Musterstadt", slug="musterstadt", kind="town", land="08")
    db_session.add(place)
    db_session.commit()
    return place


@pytest.fixture
def make_document(db_session, municipality):
    """Give a function that makes a document with three pages that was read already."""

    def make(title="Strategie Musterstadt", visibility="public"):
        document = Document(title=title, visibility=visibility, municipality_id=municipality.id)
        db_session.add(document)
        db_session.flush()
        add_version(db_session, document, 1, "Erste Fassung")
        db_session.commit()
        return document

    return make


def add_version(session, document, number, words):
    version = DocumentVersion(
        document_id=document.id,
        number=number,
        blob_key="0" * 64,
        filename="strategie.pdf",
        format="pdf",
        size=1000,
        page_count=3,
        extraction_state="done",
    )
    session.add(version)
    session.flush()
    for page in (1, 2, 3):
        session.add(
            DocumentPage(
                version_id=version.id,
                number=page,
                heading=f"Kapitel {page}",
                text=f"{words}, Seite {page}: Bürgerbeteiligung braucht Zeit.",
            )
        )
    document.current_version_id = version.id
    session.flush()
    return version
