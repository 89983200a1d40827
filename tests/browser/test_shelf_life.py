"""The owner of an outdated document confirms it by the link of her mail, without signing in."""

import json
import subprocess
import sys

import pytest

from tests.browser.conftest import barriers, new_name, submit

pytestmark = pytest.mark.browser

#: A document that was due yesterday, and the link that the mail about it has.
OUTDATED = """
import json
from datetime import timedelta
from kts import create_app
from kts.accounts.models import MunicipalityMembership
from kts.accounts.services import create_user
from kts.core import shelf_life
from kts.core.clock import now
from kts.curation.keeping import tasks, telling
from kts.curation.keeping.queries import get_kept
from kts.documents.models import Document
from kts.extensions import db

app = create_app()
with app.app_context():
    document = db.session.scalar(
        db.select(Document)
        .where(Document.kind == "strategy", Document.visibility == "public")
        .where(Document.municipality_id.is_not(None))
        .where(Document.current_version_id.is_not(None), Document.hidden_at.is_(None))
        .order_by(Document.id)
        .limit(1)
    )
    tasks.mend()
    owner = create_user("ADDRESS", "Olga Owner", language="de")
    place = document.municipality_id
    db.session.add(MunicipalityMembership(user_id=owner.id, municipality_id=place, role="member"))
    row = shelf_life.find("document", document.id)
    row.owner_id, row.confirmed_at = owner.id, now() - timedelta(days=900)
    row.due = shelf_life.today() - timedelta(days=1)
    db.session.commit()
    tasks.label_in_time()
    link = telling.token(owner, [get_kept(owner, row.id)])
    print(json.dumps([document.path, f"/bestaetigen/{link}"]))
"""


@pytest.fixture
def outdated(site):
    """Give the addresses of an outdated document and of its owner's link."""
    script = OUTDATED.replace("ADDRESS", f"{new_name('olga')}@example.org")
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, env=site.environment, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.strip().splitlines()[-1])


def test_the_owner_confirms_by_the_link_and_the_label_goes(open_page, outdated):
    expect = pytest.importorskip("playwright.sync_api").expect
    document, link = outdated
    page = open_page()
    page.goto(document)
    label = page.locator(".kts-holds .kern-alert--warning")
    expect(label).to_have_count(1)
    page.goto(link)
    assert barriers(page) == []
    page.goto(document)
    expect(label).to_have_count(1)
    page.goto(link)
    submit(page, page.locator("main button[name=tun]").first)
    expect(page.locator("main button[name=tun]")).to_have_count(0)
    page.goto(document)
    expect(page.locator("main h1")).to_be_visible()
    expect(label).to_have_count(0)
