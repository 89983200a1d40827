"""Two who act in the same moment, on the database that lets both begin."""

from collections import Counter

import pytest

from kts.core.clock import now
from kts.core.mail import MailDelivery
from kts.curation.newsletter import tasks
from kts.curation.newsletter.links import end_link
from kts.curation.newsletter.models import NewsletterIssue, NewsletterSubscription
from kts.curation.newsletter.services import issues, sending, subscriptions
from tests.together import at_once, clicks_at_once, statuses


@pytest.fixture
def app(postgres_app):
    """Take the place of the application that all other fixtures stand on."""
    return postgres_app


def test_two_at_once_make_one_subscription_one_sending_and_one_mail_each(
    app, login, moderator, colleague, db_session, monkeypatch
):
    guests = [app.test_client(), app.test_client()]
    asked = {"email": "gerda@example.org", "language": "de", "agreed": "y"}
    sent = at_once(*(lambda c=c: c.post("/newsletter", data=asked).status_code for c in guests))
    assert sent == [303, 303]
    (row,) = db_session.query(NewsletterSubscription).all()
    assert row.mails == 1

    people = [f"p{number}@example.org" for number in range(6)]
    subscriptions.confirm(row)
    for address in people:
        made = {"email": address, "state": "confirmed", "wording": 1, "confirmed_at": now()}
        db_session.add(NewsletterSubscription(**made))
    monkeypatch.setattr(sending, "BATCH", 2)
    issue = issues.create_issue(moderator, "Herbstbrief", "Guten Tag!")
    db_session.commit()
    words = {"when": "now", "version": 1, "order_version": 1, "confirm": "1"}
    address = f"{issue.desk_path}/senden"
    clicks = [(person, address, words) for person in (moderator, colleague)]
    assert statuses(clicks_at_once(app, login, clicks)) == [303, 409]

    def work():
        with app.app_context():
            tasks.send_what_is_due()

    at_once(work, work)
    db_session.expire_all()
    assert db_session.query(NewsletterIssue).one().state == "sent"
    mails = db_session.query(MailDelivery).filter(MailDelivery.subject.startswith("Herbstbrief"))
    assert Counter(mail.recipient for mail in mails) == Counter(["gerda@example.org", *people])

    number = row.id
    path = end_link(row)
    ended = subscriptions.end(row)
    db_session.commit()
    assert app.test_client().post(path[path.index("/newsletter") :]).status_code == 200
    subscriptions.take_back(ended)
    db_session.commit()
    assert db_session.get(NewsletterSubscription, number).email == "gerda@example.org"
