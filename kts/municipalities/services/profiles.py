"""What a municipality says about itself, and how two editors at once lose nothing.

The form carries the version that it was opened with. Who saves on top of somebody else's change
gets a conflict with both texts; nothing is merged by machine and nothing is overwritten.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _

from kts.core import audit
from kts.core.errors import Conflict
from kts.core.text import RENDER_VERSION, render_markdown, slugify
from kts.extensions import db
from kts.municipalities.models import Contact, Municipality, Topic
from kts.municipalities.queries import topics_of


@dataclass(frozen=True)
class ContactDraft:
    """An office to ask, as filled in."""

    office: str
    email: str = ""
    phone: str = ""

    def __str__(self) -> str:
        return " · ".join(part for part in (self.office, self.email, self.phone) if part)


@dataclass(frozen=True)
class ProfileDraft:
    """A whole profile as filled in; ``version`` is the state that the editor saw."""

    version: int
    profile: str = ""
    website: str = ""
    strategy_state: str = ""
    contacts: tuple[ContactDraft, ...] = ()
    topic_ids: frozenset[int] = field(default_factory=frozenset)


class EditConflict(Conflict):
    """The profile was saved by somebody else after the form was opened."""


def current_draft(municipality: Municipality) -> ProfileDraft:
    """Give the saved profile in the shape of a draft, to compare or to fill a form."""
    return ProfileDraft(
        version=municipality.version,
        profile=municipality.profile,
        website=municipality.website,
        strategy_state=municipality.strategy_state,
        contacts=tuple(
            ContactDraft(contact.office, contact.email, contact.phone)
            for contact in municipality.contacts
        ),
        topic_ids=frozenset(topic.id for topic in municipality.topics),
    )


def update_profile(actor: Any, municipality: Municipality, draft: ProfileDraft) -> bool:
    """Save the draft; says whether anything changed. Raises EditConflict for an older version."""
    db.session.refresh(municipality, with_for_update=True)
    if draft.version != municipality.version:
        raise EditConflict(
            _("Somebody else has saved this profile since you opened it. Nothing is lost.")
        )
    topics = topics_of(draft.topic_ids)
    changes = _changes(current_draft(municipality), draft, topics, municipality.topics)
    if not changes:
        return False
    municipality.profile = draft.profile
    municipality.profile_html = render_markdown(draft.profile)
    municipality.render_version = RENDER_VERSION
    municipality.website = draft.website
    municipality.strategy_state = draft.strategy_state
    municipality.topics = topics
    if "contacts" in changes:
        municipality.contacts = [
            Contact(office=c.office, email=c.email, phone=c.phone, sort=position)
            for position, c in enumerate(draft.contacts)
        ]
    municipality.version += 1
    audit.record(actor, "municipality.update", municipality, changes=changes)
    return True


def _changes(
    old: ProfileDraft, new: ProfileDraft, topics: list[Topic], old_topics: list[Topic]
) -> dict[str, list[Any]]:
    pairs = {
        "profile": [old.profile, new.profile],
        "website": [old.website, new.website],
        "strategy_state": [old.strategy_state, new.strategy_state],
        "contacts": [[str(c) for c in old.contacts], [str(c) for c in new.contacts]],
        "topics": [sorted(t.name for t in old_topics), sorted(t.name for t in topics)],
    }
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def create_municipality(actor: Any, name: str, *, land: str = "", **values: Any) -> Municipality:
    """Add a cooperation or a made-up sample, which the register does not have.

    The slug is made from the name and counted up where it is taken.
    """
    slug = base = slugify(name)
    number = 2
    while db.session.scalar(db.select(Municipality.id).filter_by(slug=slug)):
        slug, number = f"{base}-{number}", number + 1
    profile = values.pop("profile", "")
    municipality = Municipality(
        name=name,
        slug=slug,
        land=land,
        profile=profile,
        profile_html=render_markdown(profile),
        render_version=RENDER_VERSION,
        **values,
    )
    db.session.add(municipality)
    audit.record(actor, "municipality.create", municipality)
    return municipality
