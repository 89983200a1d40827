"""What of the forum ages: experiences. Questions and discussions are of their day anyway."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l

from kts.core import shelf_life
from kts.core.access import Viewer
from kts.core.clock import now
from kts.core.shelf_life import Fact, Thing
from kts.extensions import db
from kts.forum.models import EXPERIENCE, Thread
from kts.forum.queries.threads import visible_threads
from kts.forum.search import KIND
from kts.forum.stamps import names_of
from kts.search import outbox


def register() -> None:
    """Let experiences age."""
    kind = shelf_life.Kind(
        key=EXPERIENCE,
        label=_l("Reports of experience"),
        contents=contents,
        current=current,
        load=load,
        find=find,
        section="thema",
        found_as=KIND,
        touch=lambda ids: outbox.note(KIND, ids),
        stamps=names_of,
    )
    shelf_life.register(kind)


def contents() -> Mapping[str, Any]:
    """Name what ages by the key of its period."""
    return {EXPERIENCE: _l("Report of experience")}


def current() -> Iterator[Fact]:
    """List the experiences that readers find."""
    columns = (Thread.id, Thread.created, Thread.author_id, Thread.steward_id)
    statement = db.select(*columns, Thread.municipality_id).where(
        Thread.kind == EXPERIENCE, Thread.shown, Thread.merged_into_id.is_(None)
    )
    for number, created, author_id, steward_id, municipality_id in db.session.execute(statement):
        yield Fact(number, EXPERIENCE, created, steward_id or author_id, municipality_id)


def note_experience(thread: Thread, *, rewritten_by: Any = None) -> None:
    """Let an experience age from now on; words that its author writes anew confirm it."""
    hers = rewritten_by is not None and rewritten_by.id in (thread.author_id, thread.steward_id)
    moment = now() if hers else thread.created
    owner_id = thread.steward_id or thread.author_id
    fact = Fact(thread.id, EXPERIENCE, moment, owner_id, thread.municipality_id)
    shelf_life.put(EXPERIENCE, fact)


def load(viewer: Viewer, ids: Sequence[int]) -> Mapping[int, Thing]:
    """Give those of the experiences that the viewer may see."""
    found = db.session.scalars(_experiences(viewer).where(Thread.id.in_(ids)))
    return {thread.id: _thing(thread) for thread in found}


def find(viewer: Viewer, text: str, limit: int) -> Sequence[Thing]:
    """Give experiences whose title holds the text."""
    titled = Thread.title.icontains(text, autoescape=True)
    statement = _experiences(viewer).where(titled).order_by(Thread.created.desc())
    return [_thing(thread) for thread in db.session.scalars(statement.limit(limit))]


def _experiences(viewer: Viewer) -> Any:
    return visible_threads(viewer).where(Thread.kind == EXPERIENCE, Thread.shown)


def _thing(thread: Thread) -> Thing:
    return Thing(EXPERIENCE, thread.id, thread.title, thread.path)
