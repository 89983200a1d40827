"""Who may change the site's own pages and answer reports of barriers."""

from kts.core.access import Viewer
from kts.home.models import BarrierReport, SitePage


def can_edit_site_page(user: Viewer, page: SitePage) -> bool:
    """Administrators answer for the legal pages."""
    return user.is_admin


def can_answer_barrier_report(user: Viewer, report: BarrierReport) -> bool:
    """Moderators answer once; what was answered stays as it was sent."""
    return user.is_moderator and report.answered is None
