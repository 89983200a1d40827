"""Made-up people with their memberships, three groups, and one who asks to be let in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kts.accounts.models import Group, MembershipRequest, User
from kts.accounts.queries import user_by_email
from kts.accounts.services import (
    add_membership,
    add_to_group,
    ask_to_join,
    create_group,
    create_user,
    request_membership,
)
from kts.demo import content
from kts.extensions import db

if TYPE_CHECKING:
    from kts.demo import Loaded


def load_people(loaded: Loaded) -> dict[str, int]:
    """Make the people first and then the groups that they meet in."""
    table = content.read("people")
    new_people = sum(_load_person(loaded, entry) for entry in table["person"])
    new_groups = sum(_load_group(loaded, entry) for entry in table["group"])
    new_requests = sum(_load_request(loaded, entry) for entry in table["request"])
    return {
        "sample_people": new_people,
        "sample_groups": new_groups,
        "sample_requests": new_requests,
    }


def _load_person(loaded: Loaded, entry: content.Entry) -> bool:
    person = user_by_email(entry["email"])
    new = person is None
    if person is None:
        person = _make_person(loaded, entry)
    loaded.people[entry["key"]] = person
    return new


def _make_person(loaded: Loaded, entry: content.Entry) -> User:
    moment = loaded.ago(entry["days"])
    person = create_user(
        entry["email"],
        content.marked(entry["name"]),
        role=entry.get("role", "member"),
        password=content.PASSWORD if entry.get("sign_in") else None,
        active=entry.get("active", True),
        is_sample=True,
        created=moment,
        updated=moment,
    )
    if place := loaded.places.get(entry.get("municipality", "")):
        add_membership(person, place.id, entry.get("municipality_role", "member"))
    return person


def _load_group(loaded: Loaded, entry: content.Entry) -> bool:
    group = db.session.scalar(db.select(Group).filter_by(name=entry["name"]))
    new = group is None
    if group is None:
        group = _make_group(loaded, entry)
    loaded.groups[entry["key"]] = group
    return new


def _make_group(loaded: Loaded, entry: content.Entry) -> Group:
    coordinator = loaded.people[entry["coordinator"]]
    group = create_group(
        coordinator,
        entry["name"],
        entry["description"],
        closed=entry["closed"],
        kind=entry["kind"],
        joining=entry.get("joining"),
    )
    add_to_group(coordinator, group, coordinator=True)
    for key in entry["members"]:
        add_to_group(loaded.people[key], group)
    for key, message in entry.get("asking", {}).items():
        ask_to_join(loaded.people[key], group, message)
    return group


def _load_request(loaded: Loaded, entry: content.Entry) -> bool:
    requests = db.select(MembershipRequest).filter_by(email=entry["email"])
    if db.session.scalar(requests.limit(1)) or user_by_email(entry["email"]):
        return False
    request_membership(
        name=content.marked(entry["name"]),
        email=entry["email"],
        organisation=entry["organisation"],
        message=entry["message"],
        municipality=loaded.places[entry["municipality"]],
    )
    db.session.scalars(requests).one().created = loaded.ago(entry["days"])
    return True
