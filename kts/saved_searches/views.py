"""``/meine-suchen``: keep the question of the page of hits, look again, rename, delete."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup

from kts.core import access
from kts.core.errors import Invalid, NotFound
from kts.core.forms import ActionForm
from kts.core.transactions import writing
from kts.core.web import limited_person, whole_number
from kts.extensions import db, limiter
from kts.saved_searches import queries, services
from kts.saved_searches.forms import TELLING_LABELS, SearchForm
from kts.saved_searches.models import NAME_LENGTH, SavedSearch
from kts.search.asked import Asked, understand
from kts.search.engine import FACETS
from kts.search.views.results import labels, moment, written, years_label

saved_searches = Blueprint("saved_searches", __name__, url_prefix="/meine-suchen")

OWN = "only own searches are found"
LISTS = "30 per minute"  # each asks all saved searches anew


@saved_searches.get("")
@access.rule("signed-in", OWN)
@limiter.limit(LISTS, key_func=limited_person)
def index() -> ResponseReturnValue:
    """List the person's searches, each with what is new since she last looked."""
    searches = queries.own_searches(current_user)
    tokens = current_user.visibility_tokens
    return render_template(
        "saved_searches/index.html",
        searches=searches,
        news={saved.id: queries.news(saved, tokens, saved.seen) for saved in searches},
        filters=queries.filter_labels(searches),
        telling=TELLING_LABELS,
        deleted=_deleted(),
        most=queries.MOST_NEWS,
        form=ActionForm(),
    )


def _deleted() -> SavedSearch | None:
    """Give the search that was just deleted, to be taken back."""
    number = request.args.get("geloescht", type=whole_number)
    try:
        return queries.get_search(current_user, number, deleted=True) if number else None
    except NotFound:
        return None


@saved_searches.post("")
@access.rule("signed-in", "everybody saves for herself")
def save() -> ResponseReturnValue:
    """Keep the question that the page of hits has sent."""
    asked = understand(
        request.form.get("q", ""), {facet: request.form.getlist(facet) for facet in FACETS}
    )
    form = SearchForm()
    if not form.validate_on_submit():
        return render_template("saved_searches/new.html", form=form, **_question(asked)), 422
    try:
        saved = services.save_search(current_user, asked, form.name.data, form.telling.data)
    except Invalid as error:
        db.session.rollback()
        form.name.errors = [error.message]
        return render_template("saved_searches/new.html", form=form, **_question(asked)), 422
    db.session.commit()
    flash(_("Saved as “%(name)s”.", name=saved.name), "success")
    return redirect(url_for("saved_searches.index"), 303)


@saved_searches.get("/<int:search_id>")
@access.rule("signed-in", OWN)
def run(search_id: int) -> ResponseReturnValue:
    """Search again; ``seit`` shows only what is newer."""
    saved = queries.get_search(current_user, search_id)
    since = moment(request.args.get("seit", ""))
    arguments = queries.asked_by(saved).arguments(
        sort="newest" if since else None, seit=written(since) if since else None
    )
    address = url_for("search.results", **{"q": "", **arguments})
    db.session.commit()
    with writing():
        services.mark_seen(queries.get_search(current_user, search_id))
        db.session.commit()
    return redirect(address, 303)


@saved_searches.route("/<int:search_id>/bearbeiten", methods=["GET", "POST"])
@access.rule("signed-in", OWN)
def edit(search_id: int) -> ResponseReturnValue:
    """Change name and how often to tell."""
    saved = queries.get_search(current_user, search_id)
    form = SearchForm(obj=saved)
    if form.validate_on_submit():
        services.change_search(saved, form.name.data, form.telling.data)
        db.session.commit()
        flash(_("Saved: %(name)s.", name=saved.name), "success")
        return redirect(url_for("saved_searches.index"), 303)
    status = 422 if request.method == "POST" else 200
    return render_template("saved_searches/edit.html", form=form, saved=saved), status


@saved_searches.post("/<int:search_id>/loeschen")
@access.rule("signed-in", OWN)
def delete(search_id: int) -> ResponseReturnValue:
    """Delete a search; the list then offers to take it back."""
    services.delete_search(queries.get_search(current_user, search_id))
    db.session.commit()
    return redirect(url_for("saved_searches.index", geloescht=search_id), 303)


@saved_searches.post("/<int:search_id>/wiederherstellen")
@access.rule("signed-in", OWN)
def restore(search_id: int) -> ResponseReturnValue:
    """Take a deletion back."""
    saved = queries.get_search(current_user, search_id, deleted=True)
    services.restore_search(saved)
    db.session.commit()
    flash(_("“%(name)s” is back.", name=saved.name), "success")
    return redirect(url_for("saved_searches.index"), 303)


def save_form(asked: Asked) -> Markup:
    """Give the form that keeps a question, for the page of hits; guests are led to sign in."""
    if not asked:
        return Markup()
    form = SearchForm(formdata=None) if current_user.is_authenticated else None
    if form is not None:
        form.name.data = _proposed_name(asked)
    return Markup(  # noqa: S704 - a template of ours, which escapes
        render_template("saved_searches/_save.html", form=form, **_question(asked))
    )


def _question(asked: Asked) -> dict[str, object]:
    """Give the question as hidden fields of a form, and in words."""
    fields = [(facet, value) for facet in FACETS for value in sorted(asked.of(facet))]
    return {"fields": [("q", asked.query), *fields], "described": _proposed_name(asked)}


def _proposed_name(asked: Asked) -> str:
    names = [name for facet in FACETS for name in labels(facet, asked.of(facet)).values()]
    parts = [asked.words, *names, years_label(asked)]
    return ", ".join(part for part in parts if part)[:NAME_LENGTH]
