"""Sample content for a new installation: made-up places and people, and the 73 real projects.

So that whoever tries the platform sees it in use. Everything made up is marked as such; about the
real model projects only the published list and the official key figures of their members are
loaded. Refuses an installation that real people use, unless it is forced; a second run adds only
what is missing and changes nothing that is there.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask_babel import force_locale

from kts.accounts.models import User
from kts.core.clock import now
from kts.core.errors import Conflict
from kts.demo.content import PASSWORD, SIGN_INS
from kts.extensions import db

__all__ = ["PASSWORD", "SIGN_INS", "load"]

Progress = Callable[[str], None]


@dataclass
class Loaded:
    """What the parts of the sample have made or found, by the keys of the content files."""

    start: datetime = field(default_factory=now)
    topics: dict[str, Any] = field(default_factory=dict)
    places: dict[str, Any] = field(default_factory=dict)
    people: dict[str, Any] = field(default_factory=dict)
    groups: dict[str, Any] = field(default_factory=dict)
    documents: dict[str, Any] = field(default_factory=dict)

    def ago(self, days: float) -> datetime:
        """Give the moment that lies so many days before this run."""
        return self.start - timedelta(days=days)

    def visibility(self, text: str) -> str:
        """Turn the visibility of a content file into the token of a row."""
        kind, _, key = text.partition(":")
        return self.groups[key].token if kind == "group" else kind


def load(progress: Progress = lambda line: None, *, force: bool = False) -> dict[str, int]:
    """Load the sample and give how many things of each kind are new.

    Raises Conflict where accounts exist that are not samples, unless ``force`` is set.
    """
    from kts.demo import conversations, library, marks, messages, people, places, reports, searches

    if not force and _real_people():
        raise Conflict(
            "This installation has accounts of real people, so no sample content was added. "
            "Nothing was changed. Use another data folder, or `kts demo --force`."
        )
    loaded = Loaded()
    counts: dict[str, int] = {}
    with force_locale("de"):
        for label, step in (
            ("Model projects and their members", places.load_projects),
            ("Sample municipalities", places.load_places),
            ("Sample people and groups", people.load_people),
            ("Sample documents, reading their text", library.load_documents),
            ("Sample threads", conversations.load_threads),
            ("Sample bookmarks and reading lists", marks.load_marks),
            ("Messages to the sample people, without mail", messages.tell_without_mail),
            ("Sample searches", searches.load_searches),
            ("Sample dossier", searches.load_dossier),
            ("Sample report, its decision and the objection", reports.load_reports),
        ):
            progress(f"{label} …")
            counts |= step(loaded)
            db.session.commit()
    return counts


def _real_people() -> bool:
    return db.session.scalar(db.select(User.id).where(~User.is_sample).limit(1)) is not None
