"""What programs could do without end has one."""

import shutil

import pytest

from kts.curation.reporting.models import Report
from kts.curation.reporting.views.reports import LOOKUPS, REPORTS
from kts.extensions import db, limiter
from tests.conftest import make_app


@pytest.fixture
def app(tmp_path, database_template):
    """Give the application with its limits on."""
    shutil.copy(database_template, tmp_path / "kts.sqlite3")
    app = make_app(tmp_path, RATELIMIT_ENABLED=True)
    limiter.enabled = True
    yield app
    limiter.reset()
    limiter.enabled = False
    with app.app_context():
        db.engine.dispose()


def test_reports_and_lookups_have_an_end(client, post, send_report, db_session):
    most = int(REPORTS.split()[0])
    assert [send_report(post).status_code for _ in range(most + 1)] == [303] * most + [429]
    assert db_session.query(Report).count() == 1
    guess = {"number": "M-2026-AAAAAAAA", "email": "gast@example.org"}
    asked = [client.post("/melden/stand", data=guess).status_code for _ in range(40)]
    assert asked.count(422) == int(LOOKUPS.split()[0])
    assert asked[-1] == 429
