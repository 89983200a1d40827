"""Saved searches at a handover: copied to the successor where the person wants it."""

from flask_babel import ngettext

from kts.accounts.handing_over import Part, Passing
from kts.extensions import db
from kts.saved_searches.models import SavedSearch
from kts.saved_searches.queries import own_searches


def _count(passing: Passing) -> int:
    return len(own_searches(passing.predecessor)) if passing.copies_searches else 0


def _copy(passing: Passing) -> int:
    """Copy the questions; what they find depends on who asks, so nothing is given away."""
    if not passing.copies_searches or passing.successor is None:
        return 0
    searches = own_searches(passing.predecessor)
    for saved in searches:
        db.session.add(
            SavedSearch(
                user_id=passing.successor.id,
                name=saved.name,
                query=saved.query,
                filters=saved.filters,
                telling=saved.telling,
            )
        )
    db.session.flush()
    return len(searches)


PART = Part(
    "searches",
    lambda number: ngettext("%(num)d saved search", "%(num)d saved searches", number),
    _count,
    _copy,
)
