"""What was suggested for a dossier and does not belong there."""

from sqlalchemy import delete, select

from kts.curation.dossiers.models import Dossier, DossierDismissal
from kts.extensions import db


def dismiss(dossier: Dossier, kind: str, object_id: int) -> None:
    """Do not suggest it for this dossier again."""
    row = {"dossier_id": dossier.id, "kind": kind, "object_id": object_id}
    if db.session.scalar(select(DossierDismissal.id).filter_by(**row)) is None:
        db.session.add(DossierDismissal(**row))
        db.session.flush()


def undismiss(dossier: Dossier, kind: str, object_id: int) -> None:
    """Let it be suggested again."""
    db.session.execute(
        delete(DossierDismissal).where(
            DossierDismissal.dossier_id == dossier.id,
            DossierDismissal.kind == kind,
            DossierDismissal.object_id == object_id,
        )
    )
