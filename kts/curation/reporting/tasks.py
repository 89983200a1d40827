"""What the worker does about reports, every minute and every night."""

from kts.core.tasks import nightly, recover
from kts.core.transactions import reading
from kts.curation.reporting import services
from kts.extensions import db


@recover
def end_measures_in_time() -> None:
    """Show content again whose measure ends, within the minute."""
    with reading():
        over = services.content_measures_over()
    db.session.rollback()
    while over and services.end_content_measures():
        db.session.commit()


@nightly
def tell_of_ended_measures() -> None:
    """Tell people in the morning that they may write or come in again."""
    while services.tell_ended_measures():
        db.session.commit()


@nightly
def forget_old_reports() -> None:
    """Cut the names of those who reported, and delete what was removed for good."""
    while services.forget_reporters():
        db.session.commit()
    while services.forget_removed_words():
        db.session.commit()
