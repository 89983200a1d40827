"""Adding, changing, merging and retiring a term: a form, what it will do, the deed."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from kts.core import access
from kts.core.errors import Conflict, Invalid
from kts.curation.vocabularies import queries, services
from kts.curation.vocabularies.forms import ChangeTermForm, MergeForm, ReasonForm, TermForm
from kts.curation.vocabularies.models import VocabularyChange
from kts.curation.vocabularies.previewing import Preview, preview
from kts.curation.vocabularies.registry import Vocabulary
from kts.curation.vocabularies.views.lists import vocabularies
from kts.extensions import db


@vocabularies.route("/<key>/neu", methods=["GET", "POST"])
@access.rule("moderator")
def add(key: str) -> ResponseReturnValue:
    """Add a term."""
    vocabulary = queries.get_vocabulary(key)
    form = TermForm()
    if form.validate_on_submit():
        try:
            services.add_term(current_user, vocabulary, **form.told(), reason=form.reason.data)
        except Invalid as error:
            db.session.rollback()
            form.name.errors = [error.message]
        else:
            db.session.commit()
            flash(_("The term is added and can be chosen from now on."), "success")
            return redirect(url_for("vocabularies.terms", key=key), 303)
    page = render_template("vocabularies/add.html", vocabulary=vocabulary, form=form)
    return page, 422 if form.is_submitted() else 200


Deed = Callable[[str], VocabularyChange]


def _confirmed(
    vocabulary: Vocabulary,
    handle: str,
    form: Any,
    deed: Deed,
    show: Callable[[Preview | None, str], str],
    other: Callable[[], Any] = lambda: None,
) -> ResponseReturnValue:
    """Show the form, then what it will do; do it only if that is still so.

    ``deed`` gets the mark of the preview that was confirmed, ``show`` the preview and a sentence.
    """
    if not form.validate_on_submit() or "change" in request.form:
        status = 422 if form.is_submitted() and form.errors else 200
        return show(None, ""), status
    message, status = "", 200
    if "confirm" in request.form:
        try:
            change = deed(request.form.get("mark", ""))
        except (Conflict, Invalid) as error:
            db.session.rollback()
            message, status = error.message, error.status
        else:
            db.session.commit()
            flash(_("Done. It can be undone for 30 days."), "success")
            return redirect(change.path, 303)
    term = queries.get_term(vocabulary, handle)
    found = preview(vocabulary, term, current_user, other=other())
    return show(found, message), status


@vocabularies.route("/<key>/<handle>/aendern", methods=["GET", "POST"])
@access.rule("moderator")
def change(key: str, handle: str) -> ResponseReturnValue:
    """Change names, description and place of a term."""
    vocabulary = queries.get_vocabulary(key)
    term = queries.get_term(vocabulary, handle)
    form = ChangeTermForm(obj=term)
    others = [t for t in queries.all_terms(vocabulary) if vocabulary.handle_of(t) != handle]
    form.offer_places((vocabulary.handle_of(t), t.name) for t in others if not t.is_merged)

    def deed(mark: str) -> VocabularyChange:
        told = form.told()
        return services.change_term(
            *(current_user, vocabulary, handle),
            **told,
            after=form.after,
            mark=mark,
            reason=form.reason.data,
        )

    def show(found: Preview | None, message: str) -> str:
        return render_template(
            "vocabularies/change.html",
            vocabulary=vocabulary,
            term=queries.get_term(vocabulary, handle),
            handle=handle,
            form=form,
            told=form.told(),
            preview=found,
            message=message,
        )

    return _confirmed(vocabulary, handle, form, deed, show)


@vocabularies.route("/<key>/<handle>/zusammenfuehren", methods=["GET", "POST"])
@access.rule("moderator")
def merge(key: str, handle: str) -> ResponseReturnValue:
    """Merge a term into another one."""
    vocabulary = queries.get_vocabulary(key)
    term = queries.get_term(vocabulary, handle)
    form = MergeForm()
    if not form.is_submitted():
        form.into.data = request.args.get("in", "")
    form.offer(
        (vocabulary.handle_of(other), other.label)
        for other in queries.alternatives(vocabulary, term)
    )

    def deed(mark: str) -> VocabularyChange:
        return services.merge_terms(
            *(current_user, vocabulary, handle, form.into.data),
            mark=mark,
            reason=form.reason.data,
        )

    def target() -> Any:
        return queries.get_term(vocabulary, form.into.data)

    def show(found: Preview | None, message: str) -> str:
        return render_template(
            "vocabularies/merge.html",
            vocabulary=vocabulary,
            term=queries.get_term(vocabulary, handle),
            handle=handle,
            form=form,
            into=target() if found else None,
            preview=found,
            message=message,
        )

    return _confirmed(vocabulary, handle, form, deed, show, target)


@vocabularies.route("/<key>/<handle>/ausmustern", methods=["GET", "POST"])
@access.rule("moderator")
def retire(key: str, handle: str) -> ResponseReturnValue:
    """Offer a term no longer."""
    vocabulary = queries.get_vocabulary(key)
    queries.get_term(vocabulary, handle)
    form = ReasonForm()

    def deed(mark: str) -> VocabularyChange:
        return services.retire_term(
            *(current_user, vocabulary, handle), mark=mark, reason=form.reason.data
        )

    def show(found: Preview | None, message: str) -> str:
        term = queries.get_term(vocabulary, handle)
        return render_template(
            "vocabularies/retire.html",
            vocabulary=vocabulary,
            term=term,
            handle=handle,
            form=form,
            preview=found or preview(vocabulary, term, current_user),
            confirming=found is not None,
            message=message,
        )

    return _confirmed(vocabulary, handle, form, deed, show)


@vocabularies.post("/<key>/<handle>/anbieten")
@access.rule("moderator")
def offer(key: str, handle: str) -> ResponseReturnValue:
    """Offer a retired term again."""
    vocabulary = queries.get_vocabulary(key)
    form = ReasonForm()
    if not form.validate_on_submit():
        flash(_("Please give a reason. Nothing was changed."), "error")
        return redirect(url_for("vocabularies.term", key=key, handle=handle), 303)
    change = services.offer_term(current_user, vocabulary, handle, reason=form.reason.data)
    db.session.commit()
    flash(_("The term can be chosen again."), "success")
    return redirect(change.path, 303)
