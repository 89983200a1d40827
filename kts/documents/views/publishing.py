"""Upload, newer versions, edits, hiding."""

import secrets
from typing import Any

from flask import (
    Response,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from kts.accounts.archives import require_in, require_open
from kts.accounts.queries import visible_groups
from kts.core import access
from kts.core.access import require
from kts.core.decided import require_undecided
from kts.core.errors import Conflict, Invalid, NotFound
from kts.core.forms import ActionForm
from kts.core.web import limited_person
from kts.documents import messages, policies, queries, services
from kts.documents.forms import HideForm, UploadForm, VersionForm
from kts.documents.models import Document, DocumentVersion
from kts.documents.views import documents
from kts.documents.views.library import pending_version
from kts.extensions import db, limiter
from kts.municipalities.queries import municipality_by_slug

# A municipality uploads a handful of files a day; reading them costs seconds each.
UPLOADS = "60 per hour"


# A file somewhat above the limit is read to its end, so that the person gets the form back with a
# sentence; browsers show a broken connection when an answer comes before they have sent all.
READ_TO_THE_END = 3  # times the limit
_UPLOADING = {"documents.create", "documents.new_version"}


@documents.url_value_preprocessor
def _let_uploads_end(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Raise the size at which a request is broken off, for uploads of people who signed in."""
    if endpoint in _UPLOADING and request.method == "POST" and "_user_id" in session:
        request.max_content_length = READ_TO_THE_END * _max_mb() * 1024 * 1024


def _new_submission() -> str:
    return secrets.token_urlsafe(16)


def shown(form: Any, template: str, **context: Any) -> ResponseReturnValue:
    """Show a form; with 422 where it was sent and is not in order."""
    status = 422 if request.method == "POST" else 200
    accepted = {
        "accepted": messages.ACCEPTED,
        "accepted_extensions": messages.ACCEPTED_EXTENSIONS,
    }
    return render_template(template, form=form, **accepted, **context), status


@documents.route("/neu", methods=["GET", "POST"])
@access.rule("policy")
@limiter.limit(UPLOADS, methods=["POST"], key_func=limited_person)
def create() -> ResponseReturnValue:
    """Publish a document."""
    require(
        policies.can_create_document(current_user),
        _("Only editors of a municipality and KTS moderators publish documents."),
    )
    require_open(request.form.get("visibility", ""))
    form = UploadForm(data=_suggested())
    require_open(form.visibility.data or "")
    if form.validate_on_submit():
        details = form.details()
        require(
            policies.can_publish_for(current_user, details["municipality_id"]),
            _("You can publish only for your own municipality."),
        )
        if document := _received(form, lambda file: _publish(file, details, form)):
            flash(_stored(document.versions[0]), "success")
            return redirect(document.path, 303)
    return shown(form, "documents/create.html", max_mb=_max_mb())


def _suggested() -> dict[str, str]:
    """Fill in the municipality or the group from whose page the person came."""
    suggested = {"submission": _new_submission()}
    slug = request.args.get("kommune", "")
    if slug and (municipality := municipality_by_slug(slug)):
        suggested["municipality"] = str(municipality.id)
        suggested["municipality_text"] = municipality.ags or municipality.slug
    for group in visible_groups(current_user) if request.args.get("gruppe") else ():
        if group.slug == request.args["gruppe"]:
            suggested["visibility"] = group.token
    return suggested


def _publish(file: services.Received, details: dict[str, Any], form: UploadForm) -> Document:
    return services.publish_document(
        current_user, file, submission=form.submission.data or "", **details
    )


def _received(form: UploadForm | VersionForm, publish: Any) -> Any:
    """Receive the form's file and publish it; None, with the form's error set, if refused."""
    upload = form.file.data
    db.session.commit()  # reading the file takes seconds: no transaction may wait for it
    try:
        file = services.receive(upload.stream, upload.filename)
        with services.kept_if_published(file):
            published = publish(file)
            db.session.commit()
    except (Invalid, Conflict) as error:
        form.file.errors = [error.message]
        return None
    except OSError:
        current_app.logger.exception("an upload could not be stored")
        form.file.errors = [
            _("The platform cannot store files at the moment. Nothing was saved; try again later.")
        ]
        return None
    return published


def _stored(version: DocumentVersion) -> str:
    if not version.released:
        return _("The file is stored and goes to the KTS for review. You need not wait here.")
    return _("The file is stored. Its text is being read now; you need not wait here.")


def _new_stored(version: DocumentVersion) -> str:
    if not version.released:
        return _("The new version is stored and goes to the KTS for review.")
    return _("The new version is stored. The older one is shown until its text is read.")


def _max_mb() -> int:
    return int(current_app.config["KTS"].max_upload_mb)


def editable(document_id: int) -> Document:
    """Give the document, or refuse whoever may not change it."""
    document = queries.get_document(document_id, current_user)
    require_in(
        document.visibility,
        policies.can_edit_document(current_user, document),
        _("Only editors of this municipality and KTS moderators can change this document."),
    )
    return document


@documents.route("/<int:document_id>-<slug>/neue-fassung", methods=["GET", "POST"])
@access.rule("policy")
@limiter.limit(UPLOADS, methods=["POST"], key_func=limited_person)
def new_version(document_id: int, slug: str) -> ResponseReturnValue:
    """Publish a newer version of a document; the older ones stay."""
    document = editable(document_id)
    form = VersionForm(submission=_new_submission())
    if form.validate_on_submit():

        def publish(file: services.Received) -> Any:
            return services.publish_version(
                current_user,
                document,
                file,
                year=form.year.data,
                label=(form.label.data or "").strip(),
                submission=form.submission.data or "",
            )

        if version := _received(form, publish):
            flash(_new_stored(version), "success")
            return redirect(document.path, 303)
    return shown(form, "documents/new_version.html", document=document, max_mb=_max_mb())


@documents.route("/<int:document_id>-<slug>/stand")
@access.rule("policy")
def progress(document_id: int, slug: str) -> ResponseReturnValue:
    """Give the part of the page that says how far reading is; asks to reload at the end."""
    document = editable(document_id)
    pending = pending_version(document)
    if pending is None or not pending.is_waiting:
        return Response(status=200, headers={"HX-Refresh": "true"})
    return render_template("documents/_progress.html", document=document, pending=pending)


@documents.route("/<int:document_id>-<slug>/erneut", methods=["POST"])
@access.rule("policy")
def retry(document_id: int, slug: str) -> ResponseReturnValue:
    """Have a file read again that could not be read."""
    document = editable(document_id)
    version = document.newest_version
    if version is None or not ActionForm().validate_on_submit():
        raise NotFound
    require(
        policies.can_retry_document_version(current_user, version),
        _("Only a file that could not be read can be read again."),
    )
    services.retry_extraction(current_user, version)
    db.session.commit()
    flash(_("The file is being read again."), "success")
    return redirect(document.path, 303)


@documents.route("/<int:document_id>-<slug>/loeschen", methods=["POST"])
@access.rule("policy")
def delete(document_id: int, slug: str) -> ResponseReturnValue:
    """Remove a document that never could be read."""
    document = editable(document_id)
    require(
        policies.can_delete_document(current_user, document),
        _("A document that has been published is hidden, not deleted."),
    )
    services.delete_document(current_user, document)
    db.session.commit()
    flash(_("The document and its file are removed."), "success")
    return redirect(url_for("documents.index"), 303)


def _moderated(document_id: int) -> Document:
    document = queries.get_document(document_id, current_user)
    require(
        policies.can_hide_document(current_user, document),
        _("Only KTS moderators hide documents."),
    )
    return document


@documents.route("/<int:document_id>-<slug>/ausblenden", methods=["GET", "POST"])
@access.rule("policy")
def hide(document_id: int, slug: str) -> ResponseReturnValue:
    """Take a document out, with the reason."""
    document = _moderated(document_id)
    form = HideForm()
    if form.validate_on_submit():
        services.hide_document(current_user, document, form.reason.data.strip())
        db.session.commit()
        flash(_("The document is hidden. You can show it again at any time."), "success")
        return redirect(document.path, 303)
    return shown(form, "documents/hide.html", document=document)


@documents.route("/<int:document_id>-<slug>/einblenden", methods=["POST"])
@access.rule("policy")
def unhide(document_id: int, slug: str) -> ResponseReturnValue:
    """Show a hidden document again."""
    document = _moderated(document_id)
    require_undecided(document, "hidden")
    services.unhide_document(current_user, document)
    db.session.commit()
    flash(_("The document is shown again."), "success")
    return redirect(document.path, 303)
