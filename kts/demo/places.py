"""The 73 real model projects, and made-up municipalities around which the sample content lives.

About real municipalities nothing is added to what the published list and the register say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kts.demo import content
from kts.extensions import db
from kts.municipalities import projects
from kts.municipalities.geography import DATA
from kts.municipalities.models import Municipality
from kts.municipalities.services import (
    ContactDraft,
    ProfileDraft,
    create_municipality,
    import_projects,
    seed_topics,
    update_profile,
)

if TYPE_CHECKING:
    from kts.demo import Loaded

COLUMNS = ("kind", "type_text", "population", "area", "lat", "lon")
BEFORE_THE_PEOPLE = 95  # days; the places are there when the first person comes


def load_projects(loaded: Loaded) -> dict[str, int]:
    """Import the list that comes with the platform."""
    seed_topics()
    counts = import_projects(projects.read(DATA / "modellprojekte.csv").rows)
    return {"projects": counts.new}


def load_places(loaded: Loaded) -> dict[str, int]:
    """Make the sample municipalities with profile, contacts and Handlungsfelder."""
    loaded.topics = {topic.name: topic for topic in seed_topics()}
    new = 0
    for entry in content.read("municipalities")["municipality"]:
        place = db.session.scalar(
            db.select(Municipality).filter_by(name=entry["name"], is_sample=True)
        )
        if place is None:
            place = _make_place(loaded, entry)
            new += 1
        loaded.places[entry["key"]] = place
    return {"sample_municipalities": new}


def _make_place(loaded: Loaded, entry: content.Entry) -> Municipality:
    moment = loaded.ago(BEFORE_THE_PEOPLE)
    place = create_municipality(
        None,
        entry["name"],
        land=entry["land"],
        full_name=entry["name"],
        is_sample=True,
        created=moment,
        **{name: entry[name] for name in COLUMNS},
    )
    draft = ProfileDraft(
        version=place.version,
        profile=entry["profile"].strip(),
        website=entry.get("website", ""),
        strategy_state=entry["strategy_state"],
        contacts=tuple(ContactDraft(*contact) for contact in entry["contacts"]),
        topic_ids=frozenset(loaded.topics[name].id for name in entry["topics"]),
    )
    update_profile(None, place, draft)
    place.updated = moment
    return place
