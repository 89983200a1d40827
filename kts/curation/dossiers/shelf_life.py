"""How dossiers age: confirmed by every version that is published."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l

from kts.core import shelf_life
from kts.core.access import Viewer
from kts.core.shelf_life import Fact, Thing
from kts.curation.dossiers.models import PUBLISHED, Dossier, DossierVersion
from kts.curation.dossiers.queries import visible_dossiers
from kts.curation.dossiers.search import KIND
from kts.extensions import db
from kts.search import outbox


def register() -> None:
    """Let dossiers age."""
    kind = shelf_life.Kind(
        key=KIND,
        label=_l("Dossiers"),
        contents=contents,
        current=current,
        load=load,
        find=find,
        section="dossiers",
        found_as=KIND,
        touch=lambda ids: outbox.note(KIND, ids),
        stamps=lambda _number: [],
    )
    shelf_life.register(kind)


def contents() -> Mapping[str, Any]:
    """Name what ages by the key of its period."""
    return {KIND: _l("Dossier")}


def current() -> Iterator[Fact]:
    """List the dossiers that readers find."""
    shown = (DossierVersion.dossier_id == Dossier.id) & (
        DossierVersion.number == Dossier.shown_number
    )
    statement = (
        db.select(Dossier.id, DossierVersion.created, Dossier.created_by_id)
        .join(DossierVersion, shown)
        .where(Dossier.state == PUBLISHED, Dossier.deleted_at.is_(None))
    )
    for number, created, owner_id in db.session.execute(statement):
        yield Fact(number, KIND, created, owner_id, None)


def note_version(dossier: Dossier, version: DossierVersion) -> None:
    """Take a version that readers see from now on for a confirmation."""
    fact = Fact(dossier.id, KIND, version.created, dossier.created_by_id, None)
    shelf_life.put(KIND, fact)


def load(viewer: Viewer, ids: Sequence[int]) -> Mapping[int, Thing]:
    """Give those of the dossiers that the viewer may see."""
    found = db.session.scalars(_published(viewer).where(Dossier.id.in_(ids)))
    return {dossier.id: _thing(dossier) for dossier in found}


def find(viewer: Viewer, text: str, limit: int) -> Sequence[Thing]:
    """Give dossiers whose title holds the text."""
    titled = Dossier.title.icontains(text, autoescape=True)
    statement = _published(viewer).where(titled).order_by(Dossier.published_at.desc())
    return [_thing(dossier) for dossier in db.session.scalars(statement.limit(limit))]


def _published(viewer: Viewer) -> Any:
    return visible_dossiers(viewer).where(Dossier.state == PUBLISHED)


def _thing(dossier: Dossier) -> Thing:
    return Thing(KIND, dossier.id, dossier.shown_title, dossier.path)
