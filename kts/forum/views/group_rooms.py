"""A group's own rooms in the forum, which its coordinators open and change themselves.

Whatever is opened here is read by the group alone; no form of this page can change that.
"""

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from kts.accounts import policies as people
from kts.accounts.archives import require_in, require_open
from kts.accounts.models import Group
from kts.accounts.queries import get_group
from kts.core import access
from kts.core.forms import choices_of
from kts.core.text import slugify
from kts.core.web import limited_person
from kts.extensions import limiter
from kts.forum import policies, services
from kts.forum.forms import CategoryForm
from kts.forum.models import Category
from kts.forum.queries.groups import get_room, rooms_of
from kts.forum.views import rooms

group_rooms = Blueprint("group_rooms", __name__, url_prefix="/gruppen/<slug>/bereiche")

ROOMS = "20 per hour"  # few rooms are found more easily than many
WRITERS = [
    ("members", _l("All members of the group")),
    ("moderators", _l("Coordinators and moderators only")),
]


class RoomForm(CategoryForm):
    """A room whose audience is the group, which is no matter of choice."""

    visibility = None

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.writable_by.choices = choices_of(WRITERS)


def _find(slug: str) -> Group:
    group = get_group(slug, current_user)
    access.require(
        people.can_manage_group(current_user, group),
        _("Only the group's coordinators and moderators manage its categories."),
    )
    return group


@group_rooms.route("", methods=["GET", "POST"])
@access.rule("policy")
@limiter.limit(ROOMS, methods=["POST"], key_func=limited_person)
def index(slug: str) -> ResponseReturnValue:
    """List the group's categories and open another one."""
    group, form = _find(slug), RoomForm()
    require_open(group.token)
    if rooms.save(form, lambda: _open(group, form), _("The category is open.")):
        return redirect(group.path, 303)
    page = render_template(
        "forum/group_areas.html", group=group, form=form, rooms=rooms_of(current_user, group)
    )
    return page, 422 if form.is_submitted() else 200


def _open(group: Group, form: RoomForm) -> None:
    services.create_category(
        current_user,
        visibility=group.token,
        slug=slugify(f"{group.slug}-{form.name.data}"),
        **rooms.entries(form),
    )


@group_rooms.route("/<room>", methods=["GET", "POST"])
@access.rule("policy")
def change(slug: str, room: str) -> ResponseReturnValue:
    """Change a category of the group."""
    group = _find(slug)
    found = get_room(current_user, group, room)
    _require_keeper(found)
    form = RoomForm(obj=found)
    if rooms.save(
        form,
        lambda: services.change_category(current_user, found, **rooms.entries(form)),
        _("Saved."),
    ):
        return redirect(group.path, 303)
    status = 422 if form.is_submitted() else 200
    return render_template("forum/group_area.html", group=group, form=form, category=found), status


def _require_keeper(category: Category) -> None:
    require_in(
        category.visibility,
        policies.can_keep_category(current_user, category),
        _("Only the group's coordinators and moderators manage its categories."),
    )
