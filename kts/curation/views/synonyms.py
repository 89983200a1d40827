"""The editor of synonyms."""

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from kts.core import access
from kts.core.errors import Conflict, Invalid, NotFound
from kts.core.forms import ActionForm
from kts.core.web import whole_number
from kts.curation.forms import SynonymForm
from kts.curation.queries import synonyms as queries
from kts.curation.services import synonyms as services
from kts.curation.tables import csv_file
from kts.extensions import db
from kts.search.learning import spelled
from kts.search.models import Synonym

synonyms = Blueprint("synonyms", __name__, url_prefix="/kuratierung/synonyme")

BEFORE = "synonym_hits_before"  # in the session: what the words found before the change


@synonyms.get("")
@access.rule("moderator")
def index() -> ResponseReturnValue:
    """List the groups, narrowed by a word."""
    asked = spelled(request.args.get("q", ""))
    number = request.args.get("seite", 1, type=whole_number)
    deleted = request.args.get("geloescht", type=whole_number)
    return render_template(
        "curation/synonyms.html",
        page=queries.find_groups(asked, number),
        q=asked,
        deleted=queries.deleted_group(deleted) if deleted else None,
    )


@synonyms.get("/tabelle.csv")
@access.rule("moderator")
def export() -> ResponseReturnValue:
    """Give all groups as a file, one a line."""
    rows = [group.members for group in queries.all_groups()]
    width = max((len(row) for row in rows), default=2)
    header = [_("Word %(number)d", number=number) for number in range(1, width + 1)]
    return csv_file("synonyme.csv", header, rows)


@synonyms.route("/neu", methods=["GET", "POST"])
@access.rule("moderator")
def create() -> ResponseReturnValue:
    """Add a group; the words of a query that found nothing are filled in."""
    form = SynonymForm()
    if not form.is_submitted():
        asked = spelled(request.args.get("anfrage", ""))
        form.asked.data, form.words.data = asked, f"{asked}\n" if asked else ""
    return _edit(form, None)


@synonyms.route("/<int:group_id>", methods=["GET", "POST"])
@access.rule("moderator")
def edit(group_id: int) -> ResponseReturnValue:
    """Change a group, and show what its words find."""
    group = queries.get_group(group_id)
    form = SynonymForm()
    if not form.is_submitted():
        asked = spelled(request.args.get("anfrage", ""))
        words = [*group.members, asked] if asked else group.members
        form.words.data, form.version.data, form.asked.data = "\n".join(words), group.version, asked
    return _edit(form, group)


def _edit(form: SynonymForm, group: Synonym | None) -> ResponseReturnValue:
    if not form.validate_on_submit():
        status = 422 if form.is_submitted() else 200
        return _page(form, group), status
    try:
        words = services.read_words(form.words.data)
    except Invalid as error:
        form.words.errors = [error.message]
        return _page(form, group), 422
    before = queries.hits_of(words)  # ends the transaction, so the rows are read again
    if "preview" in request.form:
        return _page(form, group, hits=before)
    try:
        saved = _save(form, group and queries.get_group(group.id), words)
    except services.Overlap as overlap:
        return _page(form, group, overlap=overlap), 422
    except Invalid as error:
        form.words.errors = [error.message]
        return _page(form, group), 422
    except Conflict as conflict:
        form.version.data = group.version if group else 0
        form.words.errors = [conflict.message]
        return _page(form, group), conflict.status
    db.session.commit()
    return _after(form, saved, before)


def _save(form: SynonymForm, group: Synonym | None, words: Sequence[str]) -> Synonym:
    if "merge" in request.form:
        return services.merge_groups(current_user, words, group)
    keep_apart = "keep" in request.form
    if group is None:
        return services.add_group(current_user, words, keep_apart=keep_apart)
    version = form.version.data or 0
    services.change_group(current_user, group, words, version, keep_apart=keep_apart)
    return group


def _after(
    form: SynonymForm, group: Synonym, before: Sequence[queries.WordHits]
) -> ResponseReturnValue:
    """Lead back to the query that was the reason, or show what the words find now."""
    flash(_("Saved. The search uses the group from now on."), "success")
    if form.asked.data:
        return redirect(url_for("searches.show", q=form.asked.data), 303)
    session[BEFORE] = {hit.word: hit.total for hit in before}
    return redirect(url_for("synonyms.edit", group_id=group.id), 303)


def _page(
    form: SynonymForm,
    group: Synonym | None,
    hits: Sequence[queries.WordHits] | None = None,
    overlap: services.Overlap | None = None,
) -> str:
    before = session.pop(BEFORE, {}) if request.method == "GET" else {}
    if hits is None and group is not None:
        hits = queries.hits_of(group.members)
        group = queries.get_group(group.id)
    return render_template(
        "curation/synonym.html",
        form=form,
        group=group,
        hits=hits or [],
        before=before,
        overlap=overlap,
    )


@synonyms.post("/<int:group_id>/loeschen")
@access.rule("moderator")
def delete(group_id: int) -> ResponseReturnValue:
    """Delete a group; the next page offers to bring it back."""
    group = queries.get_group(group_id)
    if not ActionForm().validate_on_submit():
        raise NotFound
    entry = services.delete_group(current_user, group)
    db.session.commit()
    return redirect(url_for("synonyms.index", geloescht=entry.id), 303)


@synonyms.post("/wiederherstellen/<int:entry_id>")
@access.rule("moderator")
def restore(entry_id: int) -> ResponseReturnValue:
    """Bring a deleted group back."""
    entry = queries.deleted_group(entry_id)
    if not ActionForm().validate_on_submit():
        raise NotFound
    try:
        group = services.restore_group(current_user, entry)
    except services.Overlap:
        flash(_("Some of its words are in another group by now. Change that one instead."), "error")
        return redirect(url_for("synonyms.index"), 303)
    db.session.commit()
    flash(_("The group is back."), "success")
    return redirect(url_for("synonyms.edit", group_id=group.id), 303)
