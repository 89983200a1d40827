"""Scanned pages are read by a machine where there is one, and say so where there is none."""

import pytest

from kts.core import tasks as core_tasks
from kts.documents import recognition, tasks
from kts.documents.boxes import unpack
from kts.documents.extraction import runner, tesseract
from kts.documents.extraction.refusals import Reason, Refusal
from kts.documents.extraction.shapes import Recognised
from kts.documents.models import DocumentVersion
from kts.search import services as search
from kts.search.engine import SearchRequest
from tests.conftest import need
from tests.documents import samples
from tests.patience import eventually, is_running

TASK = "kts.documents.recognition.recognise_scans"
NOT_SET_UP = ("Text recognition is not set up", "Texterkennung ist auf diesem System nicht")
SCAN = samples.pdf_of_pictures(samples.picture_of_text())


@pytest.fixture
def reader():
    need(tesseract.languages(), "Tesseract with its German model")


@pytest.fixture
def no_reader(monkeypatch):
    """Leave no trace of Tesseract."""
    monkeypatch.setattr(tesseract, "languages", lambda: ())


@pytest.fixture
def fake_reader(monkeypatch):
    """Give the list of pages that were asked for; each is read as its number."""
    asked = []

    def recognise(path, numbers):
        for number in numbers:
            asked.append(number)
            yield Recognised(number, f"Gelesene Seite{number}", 80)

    monkeypatch.setattr(tesseract, "languages", lambda: ("deu",))
    monkeypatch.setattr(runner, "recognise", recognise)
    return asked


def scan_of(pages):
    return samples.pdf_of_pictures(*[samples.picture_of_text(()) for _ in range(pages)])


def fresh(db_session, version):
    db_session.expire_all()
    return db_session.get(DocumentVersion, version.id)


def found(word):
    return [
        hit.page
        for hit in search.search(SearchRequest(query=word, visibility=frozenset({"public"}))).hits
    ]


def test_a_scanned_page_is_read_with_places_and_certainty_and_found(
    reader, client, publish, db_session
):
    document = publish(SCAN, "scan.pdf")
    page = fresh(db_session, document.current_version).pages[0]
    assert (page.text_source, page.image_only) == ("ocr", True)
    assert page.ocr_confidence > 80
    assert "Schlaglöcher über ein gemeinsames Formular" in page.text
    assert document.current_version.ocr_state == "done"
    word = next(word for word in unpack(page.word_boxes) if word.text == "Schlaglöcher")
    assert 1_000 < word.left < 6_000
    assert 1_000 < word.top < 1_200
    assert found("Schlaglöcher") == [1]
    shown = client.get(f"{document.path}/seite/1").text
    assert "Schlaglöcher" in shown


@pytest.mark.parametrize("degrees", [90, 180])
def test_a_page_that_lies_on_its_side_is_read_too(reader, tmp_path, degrees):
    lines = samples.SENTENCES * 5
    picture = samples.picture_of_text(lines, turned=degrees)
    path = samples.written(tmp_path, "a.pdf", samples.pdf_of_pictures(picture))
    (page,) = (e for e in runner.recognise(path, [1]) if isinstance(e, Recognised))
    assert "Bürgerinnen und Bürger" in page.text


def test_a_picture_without_words_gives_no_rubbish(reader, tmp_path):
    from PIL import Image

    noise = Image.effect_noise((900, 1200), 90)
    path = samples.written(tmp_path, "a.pdf", samples.pdf_of_pictures(noise))
    (page,) = (e for e in runner.recognise(path, [1]) if isinstance(e, Recognised))
    assert page.text == ""


def test_words_that_the_machine_is_not_sure_of_are_left_out():
    from kts.documents.extraction import scans

    def seen(text, confidence):
        return tesseract.Seen(text, confidence, 0, 0, 1, 1, ("1", "1"), "1")

    kept = [seen("Strategie", 91), seen("—", 80)]
    rubbish = [seen("lI1|", 20), seen("|", 60)]
    assert [word for word in kept + rubbish if scans._is_sure(word)] == kept


def test_without_a_reader_page_and_document_say_so_and_it_is_read_later(
    no_reader, client, publish, db_session, monkeypatch
):
    document = publish(SCAN, "scan.pdf")
    version = document.current_version
    assert fresh(db_session, version).ocr_state == "missing"
    shown = client.get(document.path).text
    assert "kts-progress__bar" not in shown
    assert any(words in shown for words in NOT_SET_UP)
    assert client.get(f"{document.path}/seite/1").status_code == 200
    recognition.recover_scans()
    assert fresh(db_session, version).ocr_state == "missing"

    monkeypatch.setattr(tesseract, "languages", lambda: ("deu",))
    monkeypatch.setattr(
        runner, "recognise", lambda path, numbers: iter([Recognised(1, "Nachgeholt", 77)])
    )
    version.ocr_alive_at -= recognition.FORGOTTEN_AFTER * 2
    db_session.commit()
    recognition.recover_scans()
    page = fresh(db_session, version).pages[0]
    assert (page.text, page.ocr_confidence) == ("Nachgeholt", 77)
    assert not any(words in client.get(document.path).text for words in NOT_SET_UP)
    assert found("Nachgeholt") == [1]


def test_a_reader_without_german_is_none(tmp_path, monkeypatch):
    program = tmp_path / "tesseract"
    program.write_text("#!/bin/sh\necho List of languages\necho eng\necho osd\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    assert tesseract.languages() == ()
    program.write_text("#!/bin/sh\necho eng\necho deu\n")
    assert tesseract.languages() == ("deu", "eng")


def test_long_scans_are_read_in_turns_and_a_short_one_does_not_wait(
    fake_reader, publish, db_session, app, monkeypatch
):
    queued = []
    monkeypatch.setitem(app.extensions, "kts_run_task", lambda name, *ids: None)
    app.config["TASKS"] = "later"
    versions = []
    for number, pages in enumerate((8, 1)):
        document = publish(scan_of(pages), f"scan{number}.pdf", title=f"Scan {number}")
        version = document.newest_version
        tasks.extract_version(version.id)
        versions.append(version)
    assert [fresh(db_session, version).ocr_state for version in versions] == ["queued"] * 2
    monkeypatch.setitem(
        app.extensions,
        "kts_run_task",
        lambda name, *ids: queued.append(ids[0]) if "recognise" in name else None,
    )
    order = [versions[0].id]
    while order and len(queued) < 20:
        recognition.recognise_scans(order.pop(0))
        order, _ = queued[-1:], queued.clear()
        if fresh(db_session, versions[1]).ocr_state == "done":
            break
    assert fake_reader == [1, 2, 3, 1]


def test_a_killed_reading_goes_on_where_it_was(fake_reader, publish, db_session, monkeypatch):
    real, left = runner.recognise, 2

    def break_off(path, numbers):
        nonlocal left
        for page in real(path, numbers):
            if not left:
                raise KeyboardInterrupt
            left -= 1
            yield page

    with monkeypatch.context() as patched:
        patched.setitem(core_tasks.TASKS, TASK, lambda _id: None)
        version = publish(scan_of(4), "scan.pdf").current_version
    with monkeypatch.context() as patched:
        patched.setattr(runner, "recognise", break_off)
        with pytest.raises(KeyboardInterrupt):
            recognition.recognise_scans(version.id)
    db_session.rollback()
    version_id = version.id
    core_tasks.recover_all()
    version = db_session.get(DocumentVersion, version_id)
    assert version.ocr_state == "running"  # it may still be at it
    version.ocr_alive_at -= recognition.DEAD_AFTER * 2
    db_session.commit()
    del fake_reader[:]
    core_tasks.recover_all()
    assert fake_reader == [3, 4]
    assert db_session.get(DocumentVersion, version_id).ocr_state == "done"


@pytest.mark.parametrize("reason", [Reason.TOO_SLOW, Reason.TOO_HUNGRY, Reason.BROKEN])
def test_a_page_that_breaks_the_reader_is_passed_over(
    fake_reader, publish, db_session, monkeypatch, reason
):
    real = runner.recognise

    def breaks_at_two(path, numbers):
        for page in real(path, numbers):
            if page.number == 2:
                raise Refusal(reason)
            yield page

    monkeypatch.setattr(runner, "recognise", breaks_at_two)
    version = publish(scan_of(4), "scan.pdf").current_version
    pages = fresh(db_session, version).pages
    assert [page.text != "" for page in pages] == [True, False, True, True]
    assert [page.is_recognised for page in pages] == [True, False, True, True]
    assert version.ocr_state == "done"


def test_a_file_is_read_whole_before_its_scans_and_again_after_a_retry(
    fake_reader, publish, db_session
):
    version = publish(scan_of(2), "scan.pdf").current_version
    version.extraction_state = "queued"
    db_session.commit()
    tasks.extract_version(version.id)
    assert fake_reader == [1, 2, 1, 2]
    assert [page.text for page in fresh(db_session, version).pages] == [
        "Gelesene Seite1",
        "Gelesene Seite2",
    ]


def test_only_so_many_pages_of_an_archive_are_read(fake_reader, publish, db_session, monkeypatch):
    monkeypatch.setattr(recognition, "MAX_PAGES", 4)
    version = publish(scan_of(6), "scan.pdf").current_version
    assert fake_reader == [1, 2, 3, 4]
    assert fresh(db_session, version).ocr_state == "done"


def test_files_with_text_are_left_alone(fake_reader, publish, db_session):
    version = publish(samples.pdf(3), "a.pdf").current_version
    assert fresh(db_session, version).ocr_state == "none"
    assert fake_reader == []


def test_the_command_reads_what_waits_and_says_what_is_missing(
    no_reader, publish, db_session, app, monkeypatch
):
    from kts.documents.cli import documents_group

    version = publish(scan_of(4), "scan.pdf").current_version
    run = app.test_cli_runner()
    answer = run.invoke(documents_group, ["ocr"])
    assert answer.exit_code == 1
    assert "tesseract-ocr-deu" in answer.output
    monkeypatch.setattr(tesseract, "languages", lambda: ("deu",))
    monkeypatch.setattr(
        runner,
        "recognise",
        lambda path, numbers: iter([Recognised(n, f"Seite{n}", 90) for n in numbers]),
    )
    answer = run.invoke(documents_group, ["ocr"])
    assert (answer.exit_code, "All are read." in answer.output) == (0, True)
    assert fresh(db_session, version).ocr_state == "done"
    assert run.invoke(documents_group, ["complete"]).output.endswith("0 versions completed.\n")


def test_the_program_is_ended_with_the_process_that_called_it(tmp_path, monkeypatch):
    """A Tesseract that hangs is killed together with the child that waits for it."""
    marker = tmp_path / "pid"
    program = tmp_path / "tesseract"
    program.write_text(
        f'#!/bin/sh\nif [ "$1" = --list-langs ]; then echo deu; exit; fi\n'
        f"echo $$ > {marker}\nexec sleep 60\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    monkeypatch.setattr(runner, "WAITING_SECONDS", 0.2)
    path = samples.written(tmp_path, "a.pdf", SCAN)
    events = runner.recognise(path, [1])
    while not (marker.exists() and marker.read_text().strip()):
        next(events)
    pid = int(marker.read_text())
    events.close()
    assert eventually(lambda: not is_running(pid))
