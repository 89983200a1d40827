"""What is decided about a draft: asking, suggestions of contributors, publishing, dropping."""

from collections.abc import Callable

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from sqlalchemy import select

from kts.core import access
from kts.core.access import require
from kts.core.errors import Conflict, DomainError, Invalid, NotFound
from kts.curation.distilling import queries, services
from kts.curation.distilling.checking import obstacles
from kts.curation.distilling.forms import PublishForm, ReasonForm
from kts.curation.distilling.models import Distillate, DistillateContributor
from kts.curation.distilling.policies import can_publish_distillate
from kts.curation.distilling.services.withdrawing import Prepared
from kts.curation.distilling.views import distilling, find_to_edit, require_token
from kts.curation.distilling.views.editing import edit_page
from kts.documents.services import discard_blob, kept_if_published
from kts.extensions import db
from kts.forum.models import Category


@distilling.post("/kuratierung/wissen/<int:distillate_id>/fragen")
@access.rule("policy")
def ask(distillate_id: int) -> ResponseReturnValue:
    """Ask everybody who was not asked about the words as they are now."""
    distillate = find_to_edit(distillate_id)
    require_token()
    try:
        number = services.ask(current_user, distillate)
    except Invalid as error:
        flash(error.message, "error")
        return redirect(distillate.path, 303)
    db.session.commit()
    told = ngettext("%(num)d person was asked.", "%(num)d people were asked.", number)
    flash(told if number else _("There is nobody left to ask."), "success")
    return redirect(distillate.path, 303)


@distilling.post(
    "/kuratierung/wissen/<int:distillate_id>/wortlaut/<int:contributor_id>/"
    "<any(uebernehmen, beibehalten):deed>"
)
@access.rule("policy")
def decide_wording(distillate_id: int, contributor_id: int, deed: str) -> ResponseReturnValue:
    """Take over the wording that a contributor suggested, or keep it and say why."""
    distillate = find_to_edit(distillate_id)
    contributor = queries.contributor_of(distillate, contributor_id)
    form = ReasonForm()
    if not form.validate_on_submit():
        raise Invalid(_("The text is too long. Nothing was changed."))
    try:
        if deed == "uebernehmen":
            services.take_over(current_user, distillate, contributor)
            told = _("Her wording counts now. With it she has agreed.")
        else:
            services.keep_words(current_user, distillate, contributor, form.reason.data or "")
            told = _("The wording stays. She was told why and asked once more.")
    except (Invalid, Conflict) as error:
        flash(error.message, "error")
        return redirect(distillate.path, 303)
    db.session.commit()
    flash(told, "success")
    return redirect(distillate.path, 303)


@distilling.post("/kuratierung/wissen/<int:distillate_id>/veroeffentlichen")
@access.rule("policy")
def publish(distillate_id: int) -> ResponseReturnValue:
    """Publish the draft, if everybody agrees to what is in it."""
    distillate = _find_to_publish(distillate_id)
    form = PublishForm()
    if not form.validate_on_submit():
        raise NotFound
    version = form.version.data or 0
    try:
        if distillate.is_factsheet:
            path = _publish_factsheet(distillate, version)
        else:
            path = _publish_experience(distillate, version, form.category.data or 0)
    except (Invalid, Conflict) as error:
        db.session.rollback()
        distillate = _find_to_publish(distillate_id)
        refused = obstacles(distillate) or [error.message]
        return edit_page(distillate, refused=refused), error.status
    flash(_("Published. The contributors are told."), "success")
    return redirect(path, 303)


def _find_to_publish(distillate_id: int) -> Distillate:
    distillate = find_to_edit(distillate_id)
    allowed = can_publish_distillate(current_user, distillate)
    require(allowed, _("Moderators publish. The draft is on their desk when everybody was heard."))
    return distillate


def _publish_factsheet(distillate: Distillate, version: int) -> str:
    services.require_publishable(distillate, version)
    number = distillate.id
    received = services.receive_factsheet(distillate)
    with kept_if_published(received):
        db.session.rollback()  # what takes a second locked nobody out; the draft is looked at anew
        distillate = _find_to_publish(number)
        document = services.publish_factsheet(current_user, distillate, version, received)
        db.session.commit()
    return document.path


def _publish_experience(distillate: Distillate, version: int, category_id: int) -> str:
    category = db.session.scalar(select(Category).filter_by(id=category_id))
    thread = services.publish_experience(current_user, distillate, version, category)
    db.session.commit()
    return thread.path


@distilling.post("/kuratierung/wissen/<int:distillate_id>/verwerfen")
@access.rule("policy")
def drop(distillate_id: int) -> ResponseReturnValue:
    """Go no further with the draft; the next page offers to bring it back."""
    form = ReasonForm()
    if not form.validate_on_submit():
        raise Invalid(_("The text is too long. Nothing was changed."))
    reason = form.reason.data or ""
    return _turn(
        distillate_id,
        lambda found: services.drop(current_user, found, reason),
        _("The draft is dropped. It is in the list of dropped ones."),
        undo=True,
    )


@distilling.post("/kuratierung/wissen/<int:distillate_id>/zurueckholen")
@access.rule("policy")
def bring_back(distillate_id: int) -> ResponseReturnValue:
    """Go on with a draft that was dropped."""
    require_token()
    return _turn(
        distillate_id,
        lambda found: services.bring_back(current_user, found),
        _("The draft is back, with the answers of the contributors."),
    )


def _turn(
    distillate_id: int, verb: Callable[[Distillate], None], told: str, *, undo: bool = False
) -> ResponseReturnValue:
    distillate = find_to_edit(distillate_id)
    try:
        verb(distillate)
    except DomainError as error:
        flash(error.message, "error")
        return redirect(distillate.path, 303)
    db.session.commit()
    if undo:
        back = url_for("distilling.bring_back", distillate_id=distillate_id)
        flash({"text": told, "undo": back}, "undo")
        return redirect(url_for("distilling.index"), 303)
    flash(told, "success")
    return redirect(distillate.path, 303)


@distilling.post("/kuratierung/wissen/<int:distillate_id>/namen/<int:contributor_id>/entfernen")
@access.rule("policy")
def remove_name(distillate_id: int, contributor_id: int) -> ResponseReturnValue:
    """Take a contributor's name out of what is published, because she asked for it elsewhere."""
    distillate = _find_to_publish(distillate_id)
    form = ReasonForm()
    if not form.validate_on_submit() or not form.reason.data:
        flash(_("Please say who asked for it, and when. The log keeps it."), "error")
        return redirect(distillate.path, 303)
    queries.contributor_of(distillate, contributor_id)
    reason = form.reason.data
    try:
        withdraw_prepared(
            lambda: queries.contributor_of(_find_to_publish(distillate_id), contributor_id),
            lambda found, files: services.withdraw_name(current_user, found, files, reason),
        )
    except Conflict as error:
        flash(error.message, "error")
    else:
        flash(_("The name is taken out, of earlier versions too."), "success")
    return redirect(url_for("distilling.edit", distillate_id=distillate_id), 303)


def withdraw_prepared(
    find: Callable[[], DistillateContributor],
    withdraw: Callable[[DistillateContributor, Prepared], None],
) -> None:
    """Make the files without a name first, then change everything in one transaction.

    ``find`` gives the contributor, in each of both turns anew. Commits.
    """
    files = services.prepare(find())
    db.session.rollback()
    try:
        withdraw(find(), files)
        db.session.commit()
    except BaseException:
        db.session.rollback()
        for received in files.files.values():
            discard_blob(received.blob_key)
        raise
