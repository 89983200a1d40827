"""Writes about municipalities: the register, model projects, profiles, the vocabulary."""

from kts.municipalities.services.profiles import (
    ContactDraft,
    EditConflict,
    ProfileDraft,
    create_municipality,
    update_profile,
)
from kts.municipalities.services.projects import import_projects, update_project
from kts.municipalities.services.register import ImportCounts, import_register
from kts.municipalities.services.topics import seed_topics

__all__ = [
    "ContactDraft",
    "EditConflict",
    "ImportCounts",
    "ProfileDraft",
    "create_municipality",
    "import_projects",
    "import_register",
    "seed_topics",
    "update_profile",
    "update_project",
]
