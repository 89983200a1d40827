"""What a group, a model project or a person is called and says of itself, made neutral for a time.

There is nothing to hide them behind: they stay, with a neutral name, and can be found again by it.
What was there is kept with the measure. What somebody has written since is left alone.
"""

from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _

from kts.accounts.models import Group, User
from kts.accounts.services import change_group
from kts.accounts.services.people import free_handle
from kts.core import audit
from kts.curation.reporting.models import Measure
from kts.extensions import db
from kts.municipalities.models import ModelProject
from kts.municipalities.services.projects import update_project


def neutral_name(thing: Group | User) -> str:
    """Give the name that stands in the place of one that was taken away, for all readers."""
    with force_locale("de"):
        if isinstance(thing, Group):
            return _("Group %(number)d (name removed)", number=thing.id)
        return _("Member %(number)d (name removed)", number=thing.id)


def empty_group(actor: Any, measure: Measure, group: Group, _reason: str) -> None:
    """Take name, address and description from a group."""
    name = neutral_name(group)
    if group.name == name and not group.description:
        return
    measure.data = {
        "name": group.name,
        "slug": group.slug,
        "description": group.description,
        "neutral": name,
    }
    change_group(actor, group, name=name, description="")
    group.slug = f"gruppe-{group.id}"
    db.session.flush()


def fill_group(actor: Any, measure: Measure, group: Group) -> None:
    """Give back what nobody has replaced; a name that is taken by now stays away."""
    data = measure.data
    values = {}
    if data.get("name") and group.name == data["neutral"] and _is_free(group, data):
        values["name"], group.slug = data["name"], data["slug"]
    if data.get("description") and not group.description:
        values["description"] = data["description"]
    if values:
        change_group(actor, group, **values)


def _is_free(group: Group, data: dict[str, Any]) -> bool:
    taken = db.select(Group.id).where(
        (Group.name == data["name"]) | (Group.slug == data["slug"]), Group.id != group.id
    )
    return db.session.scalar(taken.limit(1)) is None


def empty_project(actor: Any, measure: Measure, project: ModelProject, _reason: str) -> None:
    """Take remark and website from a model project; its title is that of the programme's list."""
    if project.note or project.website:
        measure.data = {"note": project.note, "website": project.website}
        _describe_project(actor, project, "", "")


def fill_project(actor: Any, measure: Measure, project: ModelProject) -> None:
    """Give back what nobody has replaced."""
    if measure.data and not (project.note or project.website):
        _describe_project(actor, project, measure.data["note"], measure.data["website"])


def _describe_project(actor: Any, project: ModelProject, note: str, website: str) -> None:
    stands = {"phase": project.phase, "status": project.status}
    update_project(actor, project, **stands, website=website, note=note)


def take_name(actor: Any, measure: Measure, person: User, _reason: str) -> None:
    """Put a neutral name in the place of a person's, beside all that she wrote.

    Her own stays with her account, as when somebody leaves and is named in another way.
    """
    name = neutral_name(person)
    if person.shown_name == name:
        return
    measure.data = {
        "shown_name": person.shown_name or "",
        "handle": person.handle or "",
        "neutral": name,
    }
    changes = {"shown_name": [person.display_name, name]}
    person.shown_name, person.handle = name, free_handle(name)
    audit.record(actor, "user.shown_name", person, changes=changes)


def give_name_back(actor: Any, measure: Measure, person: User) -> None:
    """Show the person's own name again, unless another one was chosen for her since."""
    if not measure.data or person.shown_name != measure.data["neutral"]:
        return
    before, handle = measure.data["shown_name"] or None, measure.data["handle"] or None
    if handle and db.session.scalar(db.select(User.id).filter_by(handle=handle)) is not None:
        handle = free_handle(person.name)
    changes = {"shown_name": [person.display_name, before or person.name]}
    person.shown_name, person.handle = before, handle
    audit.record(actor, "user.shown_name", person, changes=changes)
