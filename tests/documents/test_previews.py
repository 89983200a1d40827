"""Pictures of pages, drawn in turns by the worker; a long document from end to end."""

import io

import pytest
from sqlalchemy import func, select

from kts.core import storage
from kts.documents import drawing, services, tasks
from kts.documents.extraction import runner
from kts.documents.extraction.refusals import Reason, Refusal
from kts.documents.models import DocumentPage
from tests.documents import samples
from tests.patience import takes_less_than


def drawn(db_session):
    return db_session.scalar(
        select(func.count()).where(DocumentPage.preview_key.is_not(None)).select_from(DocumentPage)
    )


@pytest.fixture
def published(db_session):
    def make(pages):
        received = services.receive(io.BytesIO(samples.pdf(pages)), "bericht.pdf")
        document = services.publish_document(None, received, title="Bericht")
        db_session.commit()
        db_session.expire_all()
        return document

    return make


def test_all_pages_and_a_cover_are_drawn_in_turns(published, db_session, client, monkeypatch):
    monkeypatch.setattr(drawing, "PREVIEWS_AT_ONCE", 2)
    document = published(5)
    assert document.current_version.preview_state == "done"
    assert drawn(db_session) == 5
    cover = client.get(f"{document.path}/titelbild?version=1")
    assert (cover.status_code, cover.mimetype) == (200, "image/webp")
    assert f"{document.path}/titelbild" in client.get("/dokumente").text
    page = client.get(f"{document.path}/seite/2").text
    assert 'width="900"' in page


def test_a_page_that_cannot_be_drawn_is_shown_without_a_picture(
    published, db_session, client, monkeypatch
):
    real = runner.render

    def without_second(path, numbers, folder, width=900):
        yield from real(path, [n for n in numbers if n != 2], folder, width)

    monkeypatch.setattr(runner, "render", without_second)
    document = published(3)
    assert document.current_version.preview_state == "done"
    assert drawn(db_session) == 2
    assert client.get(f"{document.path}/seite/2/bild").status_code == 404
    page = client.get(f"{document.path}/seite/2")
    assert page.status_code == 200
    assert "/bild?" not in page.text


def test_a_file_that_cannot_be_drawn_stays_readable(published, client, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise Refusal(Reason.TOO_HUNGRY)
        yield

    monkeypatch.setattr(runner, "render", refuse)
    document = published(1)
    assert document.current_version.preview_state == "failed"
    assert client.get(f"{document.path}/seite/1").status_code == 200
    assert client.get(f"{document.path}/seite/1/bild").status_code == 404


def test_drawing_that_died_is_taken_up_again(published, db_session, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setitem(tasks.tasks.TASKS, "kts.documents.drawing.draw_previews", lambda _id: None)
        document = published(2)
    version = document.current_version
    version.preview_state = "running"
    version.alive_at -= drawing.DRAWING_DEAD_AFTER * 2
    db_session.commit()
    tasks.recover_versions()
    db_session.refresh(version)
    assert version.preview_state == "done"
    assert drawn(db_session) == 2


def test_three_hundred_pages_are_read_quickly_and_in_little_memory(
    published, db_session, client, no_drawing, monkeypatch
):
    monkeypatch.setenv("KTS_EXTRACTION_MEMORY_MB", "200")
    with takes_less_than(30):  # two seconds on an office machine
        document = published(300)
    assert document.current_version.page_count == 300
    assert db_session.scalar(select(func.count()).select_from(DocumentPage)) == 300
    page = client.get(f"{document.path}/seite/287?q=Kennwort287").text
    assert "<mark>Kennwort287</mark>" in page
    assert client.get(document.path).status_code == 200


def test_pictures_are_removed_with_a_version_that_is_removed(published, db_session):
    document = published(1)
    version = document.current_version
    version.extraction_state = "failed"
    db_session.commit()
    services.delete_version(version)
    db_session.commit()
    assert not list(storage.all_keys())
