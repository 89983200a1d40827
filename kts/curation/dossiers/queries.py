"""Dossiers as a viewer may see them; what their parts refer to is looked up in ``parts``."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, false, or_, select
from sqlalchemy.orm import joinedload, selectinload

from kts.accounts.models import Audience
from kts.core.access import PUBLIC, Viewer, visible
from kts.core.clock import now
from kts.core.errors import NotFound
from kts.core.pagination import Page, paginate
from kts.curation.dossiers.models import (
    PUBLISHED,
    RETIRED,
    Dossier,
    DossierDismissal,
    DossierEditor,
    DossierItem,
    DossierVersion,
)
from kts.curation.dossiers.policies import edited_ids
from kts.extensions import db

PER_PAGE = 20
MOST_FEATURED = 3  # more would push what is new off the first screen of the home page


def _edited_by(viewer: Viewer) -> ColumnElement[bool]:
    if not viewer.is_authenticated or not viewer.id:
        return false()
    own = select(DossierEditor.dossier_id).where(DossierEditor.user_id == viewer.id)
    return Dossier.id.in_(own)


def visible_dossiers(viewer: Viewer) -> Select[tuple[Dossier]]:
    """Give the dossiers that the viewer may read; drafts only to those who work on them."""
    statement = (
        select(Dossier).where(Dossier.deleted_at.is_(None)).options(joinedload(Dossier.shown))
    )
    if viewer.is_moderator:
        return statement.where(visible(Dossier.visibility, viewer))
    readable = visible(Dossier.visibility, viewer) & Dossier.state.in_((PUBLISHED, RETIRED))
    return statement.where(or_(readable, _edited_by(viewer)))


def find_dossiers(viewer: Viewer, page: int) -> Page:
    """Give one page of the list: for moderators the drafts first, then the newest."""
    statement = visible_dossiers(viewer)
    if not viewer.is_moderator:
        statement = statement.where(Dossier.state == PUBLISHED, visible(Dossier.visibility, viewer))
    order = (Dossier.state != "draft", Dossier.state == RETIRED, Dossier.published_at.desc())
    return paginate(statement.order_by(*order, Dossier.id.desc()), page, PER_PAGE)


def own_dossiers(viewer: Viewer) -> Sequence[Dossier]:
    """Give the dossiers that the viewer began or was named for, last changed first."""
    mine = or_(_edited_by(viewer), Dossier.created_by_id == viewer.id)
    statement = visible_dossiers(viewer).where(mine).order_by(Dossier.updated.desc())
    return db.session.scalars(statement).all()


def editable_dossiers(viewer: Viewer) -> Sequence[Dossier]:
    """Give the dossiers to which the viewer may add something, last changed first."""
    statement = visible_dossiers(viewer).where(Dossier.state != RETIRED)
    if not viewer.is_moderator:
        statement = statement.where(_edited_by(viewer))
    return db.session.scalars(statement.order_by(Dossier.updated.desc()).limit(100)).all()


def edits_any(viewer: Viewer) -> bool:
    """Say whether there is a dossier to which the viewer may add something."""
    return viewer.is_moderator or bool(edited_ids(viewer))


def get_dossier(
    dossier_id: int, viewer: Viewer, *, deleted: bool = False, lock: bool = False
) -> Dossier:
    """Give one dossier with its parts; raise NotFound where the viewer may not know of it.

    ``lock`` lets two who write at once take turns, so that the second one sees what the first did.
    """
    statement = visible_dossiers(viewer)
    if deleted and viewer.is_moderator:
        statement = select(Dossier).where(visible(Dossier.visibility, viewer))
    if lock:
        statement = statement.with_for_update(of=Dossier)
    dossier = db.session.scalar(
        statement.where(Dossier.id == dossier_id).options(
            selectinload(Dossier.items),
            selectinload(Dossier.topics),
            joinedload(Dossier.created_by),
        )
    )
    if dossier is None:
        raise NotFound
    return dossier


def get_item(dossier: Dossier, item_id: int, *, removed: bool = False) -> DossierItem:
    """Give one part of the dossier; raise NotFound where it has none of that number."""
    statement = select(DossierItem).filter_by(id=item_id, dossier_id=dossier.id)
    item = db.session.scalar(statement.where(DossierItem.removed_at.is_not(None) == removed))
    if item is None:
        raise NotFound
    return item


def versions_of(dossier: Dossier) -> Sequence[DossierVersion]:
    """List the published versions, the newest first."""
    statement = select(DossierVersion).filter_by(dossier_id=dossier.id)
    statement = statement.options(joinedload(DossierVersion.published_by))
    return db.session.scalars(statement.order_by(DossierVersion.number.desc())).all()


def get_version(dossier: Dossier, number: int) -> DossierVersion:
    """Give one published version; raise NotFound where there is none of that number."""
    found = db.session.scalar(
        select(DossierVersion).filter_by(dossier_id=dossier.id, number=number)
    )
    if found is None:
        raise NotFound
    return found


def editors_of(dossier: Dossier) -> Sequence[DossierEditor]:
    """List the people who were named for the dossier."""
    statement = select(DossierEditor).filter_by(dossier_id=dossier.id)
    return db.session.scalars(
        statement.options(joinedload(DossierEditor.user)).order_by(DossierEditor.id)
    ).all()


def published_dossiers(viewer: Viewer, limit: int = 50) -> Sequence[Dossier]:
    """Give the published dossiers, the newest first."""
    statement = visible_dossiers(viewer).where(Dossier.state == PUBLISHED)
    return db.session.scalars(statement.order_by(Dossier.published_at.desc()).limit(limit)).all()


def get_editor(dossier: Dossier, editor_id: int) -> DossierEditor:
    """Give one of the dossier's editors; raise NotFound where it has none of that number."""
    found = db.session.scalar(select(DossierEditor).filter_by(dossier_id=dossier.id, id=editor_id))
    if found is None:
        raise NotFound
    return found


def dismissed(dossier: Dossier) -> set[tuple[str, int]]:
    """Give kind and number of what was said not to belong in the dossier."""
    statement = select(DossierDismissal.kind, DossierDismissal.object_id).filter_by(
        dossier_id=dossier.id
    )
    return {(kind, number) for kind, number in db.session.execute(statement)}


def featured_dossiers(viewer: Viewer) -> Sequence[Dossier]:
    """Give the dossiers that stand on the home page today, as far as the viewer may read them."""
    in_time = or_(Dossier.featured_until.is_(None), Dossier.featured_until >= now().date())
    statement = visible_dossiers(viewer).where(
        Dossier.featured_place.is_not(None),
        Dossier.state == PUBLISHED,
        visible(Dossier.visibility, viewer),
        in_time,
    )
    order = (Dossier.featured_place, Dossier.id)
    return db.session.scalars(statement.order_by(*order).limit(MOST_FEATURED)).all()


def readers_of(visibility: str) -> Audience:
    """Give those for whom a dossier with this visibility is, without anybody's own rights."""
    tokens = frozenset({PUBLIC} if visibility == PUBLIC else {PUBLIC, "members", visibility})
    return Audience(visibility != PUBLIC, False, False, tokens, frozenset())
