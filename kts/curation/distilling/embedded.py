"""What came of a thread, at the top of its page; the page is kept, so changes must count."""

from typing import Any

from flask import render_template
from flask_login import current_user
from markupsafe import Markup
from sqlalchemy import event, inspect, select
from sqlalchemy.orm import Session

from kts.core import stamps
from kts.curation.distilling.models import Distillate
from kts.curation.distilling.queries import results_of
from kts.forum import stamps as forum_stamps
from kts.forum.models import EXPERIENCE, Thread

SHOWN = ("title", "hidden", "deleted", "visibility", "merged_into_id")


def thread_results(thread: Any) -> Markup:
    """Name what was published of a thread, as far as its readers may see it; mostly nothing."""
    results = results_of(current_user, thread)
    if not results:
        return Markup("")
    html = render_template("distilling/_results.html", results=results)
    return Markup(html)  # noqa: S704 - a template's output is escaped already


def watch() -> None:
    """Let a change of what came of a thread be a change of the thread's page."""
    stamps.watch(
        Distillate, lambda row: forum_stamps.names_of(row.thread_id), bulk=forum_stamps.MANY
    )


@event.listens_for(Session, "before_flush")
def _echo(session: Session, _context: object, _instances: object) -> None:
    """Count at the source when an experience that came of it is hidden, renamed or moved."""
    for thread in list(session.dirty):
        if isinstance(thread, Thread) and thread.kind == EXPERIENCE and _shows(thread):
            made_of = select(Distillate).where(Distillate.result_thread_id == thread.id)
            for distillate in session.scalars(made_of).all():
                distillate.echoes += 1


def _shows(thread: Thread) -> bool:
    attributes = inspect(thread).attrs
    return any(attributes[name].history.has_changes() for name in SHOWN)
