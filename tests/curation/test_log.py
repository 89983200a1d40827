"""Who did what, when and why: filters, file, how long it is kept, what everybody may read."""

import csv
import io
from datetime import timedelta

import pytest

from kts.config import ConfigError, load_settings
from kts.core import audit
from kts.core.audit import AuditEntry
from kts.core.clock import now
from kts.curation.desk.tasks import forget_old_deeds
from kts.extensions import db

LOG = "/kuratierung/protokoll"
FILE = f"{LOG}/tabelle.csv"
FIGURES = "/kuratierung/zahlen"


@pytest.fixture
def note(make_user, db_session):
    """Give a function that writes an entry, some days ago."""
    actor = make_user("moderator", name="Maria Muster")

    def write(action="thread.lock", days=0, reason="", actor=actor, label="", **changes):
        entry = audit.record(actor, action, None, reason=reason, changes=changes)
        entry.at, entry.label = now() - timedelta(days=days), label
        db_session.commit()
        return entry

    write.actor = actor
    return write


@pytest.fixture
def moderator(client, login, note):
    return login(client, note.actor)


def read(answer):
    text = answer.get_data().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text), delimiter=";"))


def test_the_log_is_narrowed_by_deed_person_thing_and_age(moderator, make_user, note):
    note(reason="Zu laut", label="Ampeln in Musterhausen")
    note("post.hide", reason="Werbung", label="Ampeln in Musterhausen")
    note(reason="Andere Sache", label="Parken")
    note(reason="Andere Person", actor=make_user("moderator", name="Paul"), label="Ampeln")
    note(reason="Lange her", days=9, label="Ampeln")
    page = moderator.get(f"{LOG}?aktion=thread.lock&person=maria&objekt=ampeln&tage=3").text
    assert "Zu laut" in page
    for other in ("Werbung", "Andere Sache", "Andere Person", "Lange her"):
        assert other not in page
    assert moderator.get(f"{LOG}?tage=x&page=-3&objekt=%25").status_code == 200


def test_the_file_has_what_the_filters_leave_and_the_log_keeps_who_took_it(moderator, note):
    note(reason="Zu laut", label="Ampeln", locked=[False, True], before={"version": 7})
    note("post.hide", reason="Werbung")
    answer = moderator.post(f"{FILE}?aktion=thread.lock&person=Maria")
    header, *rows = read(answer)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="protokoll.csv"'
    assert len(rows) == 1
    assert len(rows[0]) == len(header)
    assert rows[0][1:2] + rows[0][3:4] + rows[0][6:] == [
        *("Maria Muster", "thread.lock", "Ampeln", "Zu laut"),
        '{"locked": [false, true]}',
    ]
    entry = db.session.query(AuditEntry).filter_by(action="audit_entry.export").one()
    assert entry.actor_id == note.actor.id
    assert entry.changes["entries"] == 1
    assert "audit_entry.export" in moderator.get(LOG).text


def test_nothing_in_the_file_is_run_by_a_spreadsheet(moderator, note, make_user):
    signs = ("=", "+", "-", "@", "\t", "\r", "\n")
    evil = make_user("moderator", name="=cmd|' /C calc'!A0")
    for sign in signs:
        note(actor=evil, label=f"{sign}1+1", reason=f'{sign}HYPERLINK("http://x")')
    rows = read(moderator.post(f"{FILE}?person=cmd"))[1:]
    assert len(rows) == len(signs)
    assert not [cell for row in rows for cell in row if cell.startswith(signs)]
    assert {row[1] for row in rows} == {"'=cmd|' /C calc'!A0"}


def test_log_and_file_are_for_moderators_and_a_get_takes_no_file(
    app, client, login, make_user, note
):
    note()
    assert client.get(LOG).status_code == 302
    assert client.post(FILE).status_code == 403
    member = login(client, make_user())
    assert (member.get(LOG).status_code, member.post(FILE).status_code) == (403, 403)
    assert login(app.test_client(), note.actor).get(FILE).status_code == 405
    assert db.session.query(AuditEntry).filter_by(action="audit_entry.export").count() == 0


def test_old_entries_go_at_night_and_the_log_says_how_many(note, app, monkeypatch):
    monkeypatch.setattr("kts.curation.desk.tasks.BATCH", 2)
    for days in (731, 800, 5000):
        note(days=days)
    kept = note(days=729, reason="Bleibt").id
    assert forget_old_deeds() == 3
    left = db.session.query(AuditEntry).order_by(AuditEntry.id).all()
    assert [entry.id for entry in left][:1] == [kept]
    assert [(entry.action, entry.actor_id) for entry in left[1:]] == [("audit_entry.expire", None)]
    assert left[1].changes == {"entries": [3, 0]}
    assert forget_old_deeds() == 0
    assert db.session.query(AuditEntry).count() == 2


def test_the_time_for_which_it_is_kept_is_a_setting(note, app, monkeypatch):
    monkeypatch.setattr(app.config["KTS"], "audit_days", 30)
    note(days=31)
    assert forget_old_deeds() == 1
    monkeypatch.setenv("KTS_AUDIT_DAYS", "400")
    assert load_settings().audit_days == 400
    for wrong in ("7", "immer"):
        monkeypatch.setenv("KTS_AUDIT_DAYS", wrong)
        with pytest.raises(ConfigError, match="KTS_AUDIT_DAYS"):
            load_settings()


def test_everybody_reads_how_often_something_was_decided_and_no_name(client, note, query_counter):
    note("membership_request.approved", label="Nele Geheim", reason="Passt")
    note("user.role", label="Kein Beschluss")
    note("membership_request.approved", days=800)
    with query_counter() as few:
        page = client.get(FIGURES)
    assert page.status_code == 200
    assert page.text.count('scope="row"') == 1
    assert "<td>1</td>" in page.text
    for secret in ("Nele", "Maria", "Passt", "Kein Beschluss"):
        assert secret not in page.text
    for days in (0, 40, 40, 100):
        note("membership_request.approved", days=days)
        note("post.hide", days=days)
    with query_counter() as many:
        page = client.get(FIGURES)
    assert "<td>2</td>" in page.text
    assert page.text.count('scope="row"') == 6
    assert len(many) == len(few)
