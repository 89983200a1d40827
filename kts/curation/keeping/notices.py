"""What stands at the top of a page of content: whether it holds, what replaced it, who says so."""

from flask import render_template
from flask_login import current_user
from markupsafe import Markup

from kts.core import shelf_life, succession
from kts.core.forms import ActionForm
from kts.curation.keeping import queries


def notices(kind: str, subject_id: int) -> Markup:
    """Give the notices for whoever reads the page; empty where there is nothing to say."""
    row = shelf_life.find(kind, subject_id)
    successor, predecessors = succession.around(current_user, kind, subject_id)
    keeps = queries.may_keep(current_user, row)
    if not (successor or predecessors or keeps or (row and (row.due or row.outdated))):
        return Markup("")
    html = render_template(
        "keeping/_notices.html",
        row=row,
        keeps=keeps,
        successor=successor,
        predecessors=predecessors,
        action_form=ActionForm() if keeps else None,
    )
    return Markup(html)  # noqa: S704 - a template's own output


def fill(kind: str, subject_id: str) -> str:
    """Give the same for a page that is kept for its audience: who may confirm is one's own."""
    return notices(kind, int(subject_id))


def own_link() -> Markup:
    """Give the link to the own content to whoever looks after any."""
    if not queries.has_own(current_user):
        return Markup("")
    return Markup(render_template("keeping/_own_link.html"))  # noqa: S704 - a template's own output
