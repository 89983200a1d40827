"""What a text is checked for besides its length: refused files, images nobody described."""

from flask_babel import ngettext
from wtforms import Field, ValidationError
from wtforms.form import BaseForm
from wtforms.validators import StopValidation

from kts.core.text import render_markdown
from kts.forum.services.attachments import IMAGE_WRITTEN, undescribed_images


def files_taken(form: BaseForm, _field: Field) -> None:
    """Tell why a file that came with the form was not taken, before anything else."""
    if refused := getattr(form, "refused", None):
        raise StopValidation(" ".join(refused))


def pictures_described(_form: BaseForm, field: Field) -> None:
    """Ask for words for each image, for people who do not see it; decoration needs none."""
    if not IMAGE_WRITTEN.search(field.data or ""):
        return
    missing = undescribed_images(render_markdown(field.data), field.data)
    if missing:
        raise ValidationError(
            ngettext(
                "Please describe the image, for people who cannot see it. If it is only "
                "decoration, say so below the text.",
                "Please describe the %(num)d images, for people who cannot see them. If they are "
                "only decoration, say so below the text.",
                len(missing),
            )
        )
