"""The home page and the programme."""

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from kts.core import access
from kts.curation.dossiers.queries import featured_dossiers
from kts.home import news, programme
from kts.home.views import home


@home.get("/")
@access.rule("everyone")
def index() -> ResponseReturnValue:
    """Show search, what is new for this viewer, the Dialogplattform, ways in."""
    return render_template(
        "home/index.html",
        documents=news.documents(current_user),
        threads=news.threads(current_user),
        municipalities=news.municipalities(),
        group_threads=news.group_threads(current_user),
        topics=news.topics(),
        numbers=news.numbers(current_user),
        featured=featured_dossiers(current_user),
    )


@home.get("/programm")
@access.rule("everyone")
def programme_page() -> ResponseReturnValue:
    """Tell aims, steps, state and parts of the programme, and list its projects."""
    return render_template(
        "home/programme.html", programme=programme, cohorts=news.projects_by_cohort()
    )
