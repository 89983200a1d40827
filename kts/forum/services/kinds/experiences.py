"""Experiences: told field by field, kept as one text that everything else can read.

The first post's text is composed from the fields at each change; nobody edits it by itself.
"""

from collections.abc import Mapping
from typing import Any

from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import event
from sqlalchemy.orm import Session

from kts.extensions import db
from kts.forum.models import Post, Thread
from kts.forum.models.kinds import Experience
from kts.forum.services.posts import edit_post
from kts.forum.shelf_life import note_experience

#: Field and heading, in the order in which they are read.
SECTIONS = (
    ("start", _l("Starting point")),
    ("done", _l("What we did")),
    ("worked", _l("What worked")),
    ("failed", _l("What did not work")),
    ("cost", _l("Cost and effort")),
    ("duration", _l("Duration")),
    ("advice", _l("Advice to others")),
)
FIELDS = (*(name for name, _heading in SECTIONS), "cost_euro", "effort_days")


def compose(values: Mapping[str, Any]) -> str:
    """Give the text of the first post: a heading for each field that says something."""
    texts = {name: (values.get(name) or "").strip() for name, _heading in SECTIONS}
    texts["cost"] = "\n\n".join(filter(None, (texts["cost"], _figures(values))))
    return "\n\n".join(
        f"## {heading}\n\n{texts[name]}" for name, heading in SECTIONS if texts[name]
    )


def _figures(values: Mapping[str, Any]) -> str:
    lines = []
    if values.get("cost_euro") is not None:
        lines.append(_("- Amount: %(number)s euro", number=format_decimal(values["cost_euro"])))
    if values.get("effort_days") is not None:
        days = values["effort_days"]
        spent = ngettext("- Effort: %(num)s person-day", "- Effort: %(num)s person-days", days)
        lines.append(spent)
    return "\n".join(lines)


def tell_experience(thread: Thread, values: Mapping[str, Any]) -> None:
    """Keep the fields of a thread whose first post was composed from them."""
    experience = db.session.get(Experience, thread.id)
    if experience is None:
        experience = Experience(thread_id=thread.id)
        db.session.add(experience)
    for name in FIELDS:
        value = values.get(name)
        setattr(experience, name, value if name in ("cost_euro", "effort_days") else value or "")
    db.session.flush()
    note_experience(thread)


def change_experience(
    actor: Any, thread: Thread, values: Mapping[str, Any], *, version: int
) -> None:
    """Change the fields and the text with them; the earlier text stays in the post's history.

    Raises Conflict when somebody saved another version than the one that was edited.
    """
    edit_post(actor, first_post(thread), compose(values), version=version)
    tell_experience(thread, values)
    note_experience(thread, rewritten_by=actor)


def first_post(thread: Thread) -> Post:
    """Give the post that the thread was opened with."""
    return db.session.scalars(db.select(Post).filter_by(thread_id=thread.id, number=1)).one()


@event.listens_for(Session, "before_flush")
def _forget_words(session: Session, _context: object, _instances: object) -> None:
    """Let the fields go with the words of the post that they made."""
    for post in list(session.dirty):
        if isinstance(post, Post) and post.number == 1 and not post.source:
            experience = session.get(Experience, post.thread_id)
            if experience is not None:
                session.delete(experience)
