"""Reads about the site itself: its pages and the reports of barriers."""

from sqlalchemy import Select

from kts.core.access import Viewer
from kts.core.errors import NotFound
from kts.extensions import db
from kts.home import pages
from kts.home.models import BarrierReport, SitePage


def site_page(key: str, lang: str) -> SitePage:
    """Find the page as the operator wrote it, else as it comes with the software.

    Where the page does not exist in the language, the German one is given. Raises NotFound for
    an unknown key.
    """
    if key not in pages.KINDS:
        raise NotFound
    if lang not in pages.KINDS[key].langs:
        lang = "de"
    statement = db.select(SitePage).filter_by(key=key, lang=lang)
    return db.session.scalar(statement) or pages.default_page(key, lang)


def barrier_reports(viewer: Viewer) -> Select[tuple[BarrierReport]]:
    """Give the statement of all reports, open ones first, the most urgent on top."""
    statement = db.select(BarrierReport).order_by(
        BarrierReport.answered.is_not(None), BarrierReport.due, BarrierReport.id
    )
    return statement if viewer.is_moderator else statement.where(db.false())


def barrier_report(report_id: int, viewer: Viewer) -> BarrierReport:
    """Find a report; raise NotFound where it does not exist or is not for the viewer."""
    found = db.session.scalar(barrier_reports(viewer).where(BarrierReport.id == report_id))
    if found is None:
        raise NotFound
    return found
