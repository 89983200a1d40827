"""What the worker does at night: reminding contributors who have not answered."""

from kts.core.tasks import nightly
from kts.curation.distilling import services
from kts.extensions import db


@nightly
def remind_contributors() -> None:
    """Remind, in short transactions, all who were asked a week ago."""
    while services.remind():
        db.session.commit()
