"""Images and files in posts: taking them in and giving them out."""

from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.datastructures import FileStorage

from kts.core import access, storage
from kts.core.errors import Invalid, NotFound
from kts.core.web import limited_person
from kts.extensions import db, limiter
from kts.forum import files, pictures
from kts.forum.models.attachments import Attachment
from kts.forum.queries.writing import get_attachment
from kts.forum.services import attachments as services

attachments = Blueprint("attachments", __name__, url_prefix="/anhang")

UPLOADS = "120 per hour"  # the pictures of a long report, twice
FILES_AT_ONCE = 20  # in one form; more are sent with the next
ONE_DAY = 24 * 60 * 60  # seconds a browser keeps a file; an address never gets another content
# Nothing in a file may run or fetch anything, even where a browser opens it as a page.
CSP = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@attachments.post("")
@access.rule("signed-in", "the upload belongs to the person until a post of hers shows it")
@limiter.limit(UPLOADS, key_func=limited_person)
def upload() -> ResponseReturnValue:
    """Take one file in and say how a text shows it; the editor asks while somebody writes."""
    sent = request.files.get("file")
    try:
        if sent is None:
            raise Invalid(_("Please choose a file."))
        attachment = _taken(sent)
    except Invalid as error:
        return jsonify(error=error.message), 422
    except OSError:
        return jsonify(error=_not_stored()), 503
    return jsonify(
        id=attachment.id,
        name=attachment.name,
        size=services.readable_size(attachment.size),
        is_image=attachment.is_image,
        markdown=services.markdown_of(attachment),
    )


def _taken(sent: FileStorage) -> Attachment:
    """Take a file in; outside of a transaction, since a large image takes a second."""
    db.session.commit()
    received = services.receive_file(sent.stream, sent.filename or "")
    attachment = services.keep_attachment(current_user, received)
    db.session.commit()
    return attachment


def _not_stored() -> str:
    current_app.logger.exception("an attachment could not be stored")
    return _(
        "The platform cannot store files at the moment. Your text is kept; please try the file "
        "again later."
    )


def take_uploads(form: Any) -> None:
    """Take in what a form brings besides its text, where no JavaScript has done it before.

    Chosen files are shown at the text's end, descriptions of images are written into it. What is
    refused is told by the field of the text, which the form's validation then refuses.
    """
    if not request.is_json and request.method == "POST":
        form.body.data = _described(form.body.data or "")
        form.refused = _take_files(form)


def _described(body: str) -> str:
    for image in images_in(body):
        alt = request.form.get(f"alt-{image['id']}", "")
        if request.form.get(f"decorative-{image['id']}"):
            alt = "-"
        if alt.strip() or f"alt-{image['id']}" in request.form:
            body = services.describe_image(body, image["id"], alt)
    return body


def _take_files(form: Any) -> list[str]:
    refused = []
    for sent in request.files.getlist("files")[:FILES_AT_ONCE]:
        if not sent.filename:
            continue
        try:
            shown = services.markdown_of(_taken(sent))
        except Invalid as error:
            refused.append(f"{services.safe_name(sent.filename, '')[:-1]}: {error.message}")
        except OSError:
            refused.append(_not_stored())
        else:
            if shown not in form.body.data:
                form.body.data = f"{form.body.data.rstrip()}\n\n{shown}".lstrip()
    return refused


@attachments.app_template_global("images_in")
def images_in(body: str | None) -> list[dict[str, Any]]:
    """List the images that a text shows, each once: id, description, whether it is decoration."""
    found = {}
    for alt, number in services.IMAGE_WRITTEN.findall(body or ""):
        decorative = alt.strip() in ("-", "–")
        found.setdefault(
            int(number),
            {"id": int(number), "alt": "" if decorative else alt, "decorative": decorative},
        )
    return list(found.values())[: services.MOST_SHOWN]


@attachments.app_template_global("attachment_limits")
def limits() -> dict[str, Any]:
    """Give what the file dialog and the editor need to know."""
    return {
        "accepted": files.ACCEPTED,
        "image_mb": services.IMAGE_BYTES // services.MB,
        "file_mb": services.FILE_BYTES // services.MB,
        "file_bytes": services.FILE_BYTES,
    }


@attachments.get("/<int:attachment_id>")
@access.rule("everyone", "whoever may read a post that shows it, and its uploader")
def show(attachment_id: int) -> ResponseReturnValue:
    """Give out a file: images to be shown in a page, everything else to be saved."""
    attachment = get_attachment(current_user, attachment_id)
    path = storage.blob_path(attachment.blob_key)
    if not path.is_file():
        current_app.logger.error("the file of attachment %s is missing", attachment.id)
        raise NotFound(_("The file is missing on the server. Please tell the KTS."))
    mime = pictures.MIME.get(attachment.format) or files.MIME[attachment.format]
    response = send_file(
        path,
        mimetype=mime,
        as_attachment=not attachment.is_image,
        download_name=attachment.name,
        etag=attachment.blob_key,
    )
    return _protected(response)


def _protected(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = CSP
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = f"private, max-age={ONE_DAY}, immutable"
    response.vary.add("Cookie")
    return response
