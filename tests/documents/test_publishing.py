"""Who may publish, change and hide, and what is left when something is wrong."""

import io
import re

import pytest
from sqlalchemy import select

from kts.core import audit, storage
from kts.core.clock import now
from kts.core.errors import Conflict
from kts.documents import services, tasks
from kts.documents.extraction.refusals import Reason, Refusal
from kts.documents.models import Document, DocumentPage, DocumentVersion
from kts.notifications.models import Notification
from tests.documents import samples

pytestmark = pytest.mark.usefixtures("no_drawing")


@pytest.fixture
def editor(make_user, town):
    return make_user(edits=[town])


def form_of(content=samples.MARKDOWN, name="strategie.md", **values):
    data = content.encode() if isinstance(content, str) else content
    return {
        "title": "",
        "kind": "strategy",
        "language": "de",
        "visibility": "public",
        "submission": "einmal",
        "file": (io.BytesIO(data), name),
        **values,
    }


def upload(client, **values):
    return client.post("/dokumente/neu", data=form_of(**values))


def nothing_left(db_session):
    counts = [len(db_session.scalars(select(model)).all()) for model in (Document, DocumentVersion)]
    return counts == [0, 0] and not list(storage.all_keys())


def test_an_editor_publishes_for_her_municipality(client, login, editor, town, topics, db_session):
    login(client, editor)
    assert client.get("/dokumente/neu").status_code == 200
    answer = upload(
        client,
        municipality=str(town.id),
        topics=[str(topics[0].id)],
        year="2025",
        licence="CC BY 4.0",
        source_url="https://example.org/strategie",
    )
    assert answer.status_code == 303
    document = db_session.scalar(select(Document))
    assert document.title == "Digitalstrategie Musterhausen"
    assert (document.municipality, document.year) == (town, 2025)
    assert document.topics == topics[:1]
    assert document.current_version.extraction_state == "done"
    assert document.current_version.filename == "strategie.md"
    page = client.get(answer.location)
    assert page.status_code == 200
    assert "CC BY 4.0" in page.text
    assert [entry.action for entry in audit.history("document", document.id)] == [
        "document.publish"
    ]


def test_others_may_not_publish(client, login, make_user, editor, town, other_town, db_session):
    assert client.get("/dokumente/neu").status_code in (302, 403)
    assert upload(client, municipality=str(town.id)).status_code == 403
    login(client, make_user(belongs_to=[town]))
    assert client.get("/dokumente/neu").status_code == 403
    assert upload(client, municipality=str(town.id)).status_code == 403
    login(client, editor)
    assert upload(client, municipality=str(other_town.id)).status_code == 422
    assert upload(client, municipality="").status_code == 422
    assert upload(client, municipality=str(town.id), visibility="group:7").status_code == 422
    assert nothing_left(db_session)


def test_a_moderator_publishes_for_any_municipality_or_none(
    client, login, make_user, town, db_session
):
    login(client, make_user("moderator"))
    assert upload(client, municipality_text="08999001", title="Eins").status_code == 303
    assert (
        upload(
            client, municipality_text="", title="Zwei", submission="b", content="Text."
        ).status_code
        == 303
    )
    unknown = upload(client, municipality_text="Nirgendwo", submission="c")
    assert unknown.status_code == 422
    assert "Nirgendwo" in unknown.text
    found = dict(db_session.execute(select(Document.title, Document.municipality_id)).all())
    assert found == {"Eins": town.id, "Zwei": None}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("leer.pdf", b""),
        ("geschuetzt.pdf", samples.encrypted_pdf()),
        ("kaputt.pdf", samples.pdf(2)[:900]),
        ("falsch.pdf", b"Das ist nur Text."),
        ("bombe.docx", samples.zip_bomb()),
        ("bild.png", b"\x89PNG\r\n\x1a\n" + bytes(200)),
    ],
)
def test_a_file_that_cannot_be_taken_leaves_nothing(
    client, login, editor, town, db_session, name, content
):
    login(client, editor)
    answer = upload(client, content=content, name=name, municipality=str(town.id), title="Behalten")
    assert answer.status_code == 422
    assert 'id="file-error"' in answer.text
    assert 'value="Behalten"' in answer.text
    assert nothing_left(db_session)


def test_a_file_above_the_limit_is_refused_with_its_limit(
    client, login, editor, town, db_session, app
):
    app.config["KTS"].max_upload_mb = 1
    app.config["MAX_CONTENT_LENGTH"] = 1000
    login(client, editor)
    answer = upload(client, content=b"Wort " * 500_000, name="a.txt", municipality=str(town.id))
    assert answer.status_code == 422
    assert "1 MB" in answer.text
    assert nothing_left(db_session)


def test_a_request_far_above_the_limit_is_answered_with_a_page(client, login, editor, app):
    app.config["KTS"].max_upload_mb = 1
    login(client, editor)
    answer = upload(client, content=b"Wort " * 800_000, name="a.txt")
    assert answer.status_code == 413
    assert "<h1" in answer.text


def test_a_guest_cannot_make_the_server_read_large_requests(client, app):
    app.config.update(MAX_CONTENT_LENGTH=1000, WTF_CSRF_ENABLED=True)
    assert upload(client, content=b"Wort " * 5000, name="a.txt").status_code == 413


def test_no_file_is_an_error_at_the_field(client, login, editor, town):
    login(client, editor)
    answer = upload(client, content=b"", name="", municipality=str(town.id))
    assert answer.status_code == 422
    assert 'id="file-error"' in answer.text


def test_sending_the_same_form_twice_makes_one_document(client, login, editor, town, db_session):
    login(client, editor)
    first = upload(client, municipality=str(town.id))
    second = upload(client, municipality=str(town.id))
    assert first.location == second.location
    other_file = upload(client, municipality=str(town.id), content="Etwas anderes.", name="b.txt")
    assert other_file.location != first.location
    assert len(db_session.scalars(select(DocumentVersion)).all()) == 2


def test_a_newer_version_is_shown_and_the_older_one_kept(
    client, login, editor, town, publish, db_session
):
    document = publish("Fassung eins.", "a.txt", title="Konzept", municipality_id=town.id)
    address = f"{document.path}/neue-fassung"
    assert client.post(address, data=form_of("Zwei.", "b.txt")).status_code == 403
    login(client, editor)
    assert client.get(address).status_code == 200
    data = form_of("Fassung zwei.", "b.txt", label="Beschluss", year="2026")
    assert client.post(address, data=data).status_code == 303
    db_session.refresh(document)
    assert (document.current_version.number, document.year) == (2, 2026)
    page = client.get(document.path).text
    assert "Beschluss" in page
    assert f"{document.path}/seite/1?version=1" in page
    same = client.post(address, data=form_of("Fassung eins.", "a.txt", submission="neu"))
    assert same.status_code == 422
    assert storage.exists(document.versions[1].blob_key)


def test_details_are_changed_by_those_who_may(
    client, login, editor, make_user, town, other_town, publish, db_session
):
    document = publish(title="Alt", municipality_id=town.id)
    address = f"{document.path}/bearbeiten"
    data = {
        "title": "Neu",
        "kind": "report",
        "municipality": str(town.id),
        "year": "2023",
        "language": "de",
        "visibility": "members",
    }
    login(client, make_user(edits=[other_town]))
    assert client.post(address, data=data).status_code == 403
    login(client, editor)
    assert 'value="Alt"' in client.get(address).text
    assert client.post(address, data={**data, "title": ""}).status_code == 422
    assert client.post(address, data={**data, "year": "12"}).status_code == 422
    assert (
        client.post(address, data={**data, "municipality": str(other_town.id)}).status_code == 422
    )
    assert client.post(address, data={**data, "source_url": "javascript:x"}).status_code == 422
    assert client.post(address, data=data).status_code == 303
    db_session.refresh(document)
    assert (document.title, document.kind, document.year) == ("Neu", "report", 2023)
    changes = audit.history("document", document.id)[0].changes
    assert changes["title"] == ["Alt", "Neu"]


def test_moderators_hide_with_a_reason_and_the_owner_is_told(
    client, login, editor, make_user, town, publish, db_session
):
    document = publish(title="Streitfall", municipality_id=town.id, actor=editor)
    login(client, editor)
    assert client.get(f"{document.path}/ausblenden").status_code == 403
    assert client.post(f"{document.path}/einblenden").status_code == 403
    login(client, make_user("moderator"))
    assert client.post(f"{document.path}/ausblenden", data={"reason": ""}).status_code == 422
    answer = client.post(f"{document.path}/ausblenden", data={"reason": "Rechte ungeklärt"})
    assert answer.status_code == 303
    assert audit.history("document", document.id)[0].reason == "Rechte ungeklärt"
    told = db_session.scalar(select(Notification).filter_by(user_id=editor.id))
    assert "Rechte ungeklärt" in told.text
    login(client, editor)
    assert client.get(f"{document.path}/bearbeiten").status_code == 403
    login(client, make_user("moderator"))
    assert client.post(f"{document.path}/einblenden").status_code == 303
    db_session.refresh(document)
    assert not document.is_hidden


@pytest.fixture
def failed(db_session, monkeypatch, publish, town, editor):
    """A document whose file turned out to be unreadable while its text was read."""

    def break_off(path, name):
        raise Refusal(Reason.TOO_SLOW)
        yield

    with monkeypatch.context() as patched:
        patched.setattr(tasks.runner, "extract", break_off)
        document = publish(title="Schwierig", municipality_id=town.id, actor=editor)
    db_session.refresh(document)
    return document


def test_a_failed_extraction_says_what_to_do(client, login, editor, failed, db_session):
    version = failed.newest_version
    assert (version.extraction_state, version.extraction_error) == ("failed", "too_slow")
    assert client.get(failed.path).status_code == 404
    assert "Schwierig" not in client.get("/dokumente").text
    login(client, editor)
    assert "Schwierig" in client.get("/dokumente").text
    page = client.get(failed.path).text
    assert "kern-alert--danger" in page
    assert f"{failed.path}/neue-fassung" in page
    assert db_session.scalar(select(Notification).filter_by(user_id=editor.id)) is not None


def test_a_failed_file_can_be_read_again(client, login, editor, make_user, failed, db_session):
    assert client.post(f"{failed.path}/erneut").status_code == 404
    login(client, editor)
    assert client.post(f"{failed.path}/erneut").status_code == 303
    db_session.refresh(failed)
    assert failed.current_version.extraction_state == "done"
    assert client.post(f"{failed.path}/erneut").status_code == 403


def test_another_file_takes_the_place_of_a_failed_one(client, login, editor, failed, db_session):
    login(client, editor)
    bad = failed.newest_version.blob_key
    client.post(f"{failed.path}/neue-fassung", data=form_of("Lesbarer Text.", "neu.txt"))
    db_session.refresh(failed)
    assert [version.number for version in failed.versions] == [1]
    assert failed.current_version.filename == "neu.txt"
    assert not storage.exists(bad)


def test_a_failed_document_can_be_removed_and_a_readable_one_not(
    client, login, editor, make_user, town, failed, publish, db_session
):
    kept = publish("Gut lesbar.", "gut.txt", title="Gut", municipality_id=town.id)
    login(client, editor)
    assert client.post(f"{kept.path}/loeschen").status_code == 403
    key = failed.newest_version.blob_key
    assert client.post(f"{failed.path}/loeschen").status_code == 303
    assert not storage.exists(key)
    assert [d.title for d in db_session.scalars(select(Document))] == ["Gut"]
    with pytest.raises(Conflict):
        services.delete_document(editor, kept)


def test_progress_is_shown_and_ends_with_a_reload(
    client, login, editor, publish, town, monkeypatch, db_session
):
    with monkeypatch.context() as patched:
        patched.setitem(tasks.tasks.TASKS, "kts.documents.tasks.extract_version", lambda _id: None)
        document = publish(title="Wartet", municipality_id=town.id, actor=editor)
    assert client.get(f"{document.path}/stand").status_code == 404
    login(client, editor)
    assert 'hx-trigger="every 2s"' in client.get(document.path).text
    assert "<progress" in client.get(f"{document.path}/stand").text
    tasks.extract_version(document.versions[0].id)
    done = client.get(f"{document.path}/stand")
    assert done.headers["HX-Refresh"] == "true"
    db_session.refresh(document)
    assert "<progress" not in client.get(document.path).text


def test_work_that_was_lost_is_found_again(publish, monkeypatch, db_session):
    with monkeypatch.context() as patched:
        patched.setitem(tasks.tasks.TASKS, "kts.documents.tasks.extract_version", lambda _id: None)
        document = publish(title="Verloren")
    version = document.versions[0]
    tasks.recover_versions()
    db_session.refresh(version)
    assert version.extraction_state == "queued"  # it may still be in the queue
    version.alive_at -= tasks.FORGOTTEN_AFTER * 2
    db_session.commit()
    tasks.recover_versions()
    db_session.refresh(version)
    assert version.extraction_state == "done"


def test_a_shutdown_puts_the_work_back(publish, monkeypatch, db_session):
    def end(*_args):
        raise tasks.runner.Interrupted
        yield

    with monkeypatch.context() as patched:
        patched.setattr(tasks.runner, "extract", end)
        document = publish(title="Unterbrochen")
    version = document.versions[0]
    assert (version.extraction_state, version.extraction_error) == ("queued", "")
    assert document.current_version is None


def test_work_that_dies_again_and_again_ends_as_failed(publish, monkeypatch, db_session):
    with monkeypatch.context() as patched:
        patched.setitem(tasks.tasks.TASKS, "kts.documents.tasks.extract_version", lambda _id: None)
        document = publish(title="Stirbt")
    version = document.versions[0]
    version.extraction_state, version.extraction_attempts = "running", tasks.MAX_ATTEMPTS
    version.alive_at -= tasks.DEAD_AFTER * 2
    db_session.commit()
    tasks.recover_versions()
    db_session.refresh(version)
    assert version.extraction_state == "failed"


def test_whoever_reads_a_slow_page_shows_signs_of_life(publish, monkeypatch):
    written = []

    def note(version_id, batch, total):
        written.append(len(batch))
        return store(version_id, batch, total)

    store = tasks._write_batch
    monkeypatch.setattr(tasks, "_write_batch", note)
    monkeypatch.setattr(tasks.runner, "WAITING_SECONDS", 0)
    assert publish("Ein Satz.", "a.txt").current_version.is_ready
    assert written.count(0) > 0
    assert sum(written) == 1


def test_a_version_that_is_being_read_is_not_read_twice(publish, db_session, monkeypatch):
    document = publish("Nur einmal.", "a.txt")
    version = document.versions[0]
    version.extraction_state = "running"
    db_session.commit()
    monkeypatch.setattr(tasks.runner, "extract", lambda *_: pytest.fail("read twice"))
    tasks.extract_version(version.id)


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "javascript://example.org/%0aalert(1)", "data://x.de/,x"]
)
def test_a_link_to_the_original_never_runs_a_script(client, login, editor, town, address):
    form = form_of(municipality=town.id, source_url=address)
    assert login(client, editor).post("/dokumente/neu", data=form).status_code == 422


@pytest.mark.parametrize("fails", ["store", "probe"])
def test_a_full_disk_is_told_and_leaves_nothing(
    client, login, editor, town, monkeypatch, db_session, fails
):
    def full(*_args, **_values):
        raise OSError(28, "No space left on device")

    target = services.storage if fails == "store" else services.runner
    monkeypatch.setattr(target, fails, full)
    answer = login(client, editor).post("/dokumente/neu", data=form_of(municipality=town.id))
    assert answer.status_code == 422
    assert 'id="file-error"' in answer.text or "file" in answer.text
    assert db_session.scalar(select(Document)) is None
    assert list(storage.all_keys()) == []


def test_chapters_are_rendered_again_when_the_rules_change(publish, db_session):
    document = publish()
    page = db_session.scalar(select(DocumentPage))
    page.render_version, page.html = 0, "alt"
    db_session.commit()
    assert tasks.render_again() == 1
    db_session.refresh(page)
    assert "<h3>Ausgangslage</h3>" in page.html
    assert document.current_version.is_ready


def test_forms_refuse_requests_without_a_token(app, login, editor, town, publish):
    document = publish(title="Da", municipality_id=town.id)
    app.config["WTF_CSRF_ENABLED"] = True
    client = login(app.test_client(), editor)
    for address in (
        "/dokumente/neu",
        f"{document.path}/bearbeiten",
        f"{document.path}/neue-fassung",
        f"{document.path}/ausblenden",
        f"{document.path}/einblenden",
        f"{document.path}/erneut",
        f"{document.path}/loeschen",
    ):
        assert client.post(address, data=form_of()).status_code == 400
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/dokumente/neu").text)
    assert token


def test_files_that_take_long_leave_a_hand_free_and_the_rest_waits_its_turn(
    publish, db_session, app, monkeypatch
):
    with monkeypatch.context() as patched:
        patched.setitem(tasks.tasks.TASKS, "kts.documents.tasks.extract_version", lambda _id: None)
        versions = [publish(title=f"Strategie {n}").newest_version for n in range(4)]
    for version in versions[: tasks.READ_AT_ONCE]:
        version.extraction_state = "running"
    db_session.commit()
    waiting = versions[tasks.READ_AT_ONCE]
    tasks.extract_version(waiting.id)
    db_session.refresh(waiting)
    assert waiting.extraction_state == "queued"

    tasks.extract_version(versions[3].id, lambda done, total: None)  # somebody waits in front of it
    assert versions[3].extraction_state == "done"

    woken = []
    monkeypatch.setitem(app.extensions, "kts_run_task", lambda name, *ids: woken.append(ids))
    monkeypatch.setitem(app.config, "TASKS", "later")
    versions[0].extraction_state, versions[0].alive_at = "queued", now()
    db_session.commit()
    tasks.extract_version(versions[0].id)
    assert versions[0].extraction_state == "done"
    assert (waiting.id,) in woken
