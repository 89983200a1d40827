"""A person as others meet her: name, where she works, what she wrote that they may read."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from kts.accounts import profiles as found
from kts.core import access, slots

profiles = Blueprint("profiles", __name__, url_prefix="/personen")


@profiles.get("/<handle>")
@access.rule("signed-in", "groups and posts are those that the viewer may know of anyway")
def show(handle: str) -> ResponseReturnValue:
    """Show a person; of somebody who has left only the name that stayed."""
    person = found.get_person(handle)
    groups = found.groups_known_to(current_user, person) if person.active else []
    posts = slots.render("person_posts", person=person).strip() if person.active else ""
    return render_template("accounts/person.html", person=person, groups=groups, posts=posts)
