"""A mail server of one's own, and notifications at chosen moments."""

from datetime import date, datetime

import pytest

from kts.notifications.models import Notification
from kts.notifications.timing import BERLIN

MONDAY = date(2026, 1, 5)


class Postbox:
    """Stands for the mail server; refuses while ``down``."""

    def __init__(self):
        self.down, self.messages = False, []

    def __call__(self, message):
        if self.down:
            raise ConnectionRefusedError("no server")
        self.messages.append(message)

    @property
    def subjects(self):
        return [message["Subject"] for message in self.messages]

    def texts(self):
        return [m.get_body(("plain",)).get_content() for m in self.messages]


@pytest.fixture
def postbox(app):
    app.extensions["kts_mail_transport"] = Postbox()
    return app.extensions["kts_mail_transport"]


def berlin(day=5, hour=10, minute=0, second=0):
    """Give a moment of January 2026; the fifth is a Monday."""
    return datetime(2026, 1, day, hour, minute, second, tzinfo=BERLIN)


@pytest.fixture
def tell(db_session):
    """Give a function that notifies a person at a moment."""

    def make(user, text="Es gibt Neues.", level="direct", moment=None, **values):
        message = Notification(
            user_id=user.id,
            kind=values.pop("kind", "note"),
            level=level,
            text=text,
            url=values.pop("url", "/forum"),
            created=moment or berlin(),
            **values,
        )
        db_session.add(message)
        db_session.commit()
        return message

    return make
