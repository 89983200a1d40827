"""Two moderators who release the same contribution in the same moment."""

import pytest

from kts.core import judging
from kts.core.judging import Reason
from kts.extensions import db
from kts.forum import services as forum
from kts.forum.models import Post
from kts.forum.models.held import HeldContribution
from tests.together import clicks_at_once, statuses


@pytest.fixture
def app(postgres_app):
    """Take the place of the application that all other fixtures stand on."""
    return postgres_app


def test_of_two_releases_one_counts(app, login, make_user, db_session, monkeypatch):
    monkeypatch.setattr(judging, "_CHECKS", [lambda _contribution: [Reason("word", "Ansehen.")]])
    author, asker = make_user(name="Nina Neu"), make_user(name="Frida Frage")
    category = forum.create_category(None, "Offen", visibility="public")
    thread = forum.create_thread(asker, category, "Wer hat Sensoren?", "?")
    db_session.commit()
    data = {"body": "Wir haben neun.", "token": "eins"}
    address = f"{thread.path}/antworten"
    assert statuses(clicks_at_once(app, login, [(author, address, data)] * 2)) == [303, 303]
    held = db_session.query(HeldContribution).one()
    moderators = [make_user("moderator") for _number in range(2)]
    address = f"{held.desk_path}/freigeben"
    clicks = [(person, address, {"version": held.version}) for person in moderators]
    assert statuses(clicks_at_once(app, login, clicks)) == [303, 409]
    db.session.expire_all()
    assert db_session.query(Post).filter_by(author_id=author.id).count() == 1
    assert held.state == "released"
