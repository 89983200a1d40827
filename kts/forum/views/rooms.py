"""Opening and changing a category, which moderators and a group's coordinators do alike."""

from collections.abc import Callable

from flask import flash

from kts.core.errors import Conflict
from kts.extensions import db
from kts.forum.forms import CategoryForm


def entries(form: CategoryForm) -> dict[str, str]:
    """Give what was filled in, as the services take it; who reads it only where that is asked."""
    names = ("name", "description", "visibility", "writable_by")
    return {name: form[name].data for name in names if name in form}


def save(form: CategoryForm, act: Callable[[], object], sentence: str) -> bool:
    """Do what a sent form asks and commit; say in the form where the name is taken."""
    if not form.validate_on_submit():
        return False
    try:
        act()
    except Conflict as error:
        form.name.errors = [error.message]
        return False
    db.session.commit()
    flash(sentence, "success")
    return True
