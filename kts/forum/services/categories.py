"""Opening, changing and ordering the rooms of the forum."""

from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func

from kts.core import audit
from kts.core.errors import Conflict
from kts.core.text import slugify
from kts.extensions import db
from kts.forum.models import Category, Thread

RESERVED = {"neu", "bereiche"}  # addresses below /forum that are pages of their own
FIELDS = ("name", "description", "visibility", "writable_by")

#: What a new forum starts with: name, description, audience, who opens threads.
FIRST_CATEGORIES = (
    (
        "Fragen und Antworten",
        "Sie suchen Rat? Hier antworten Kommunen, die es schon gemacht haben.",
        "public",
        "members",
    ),
    (
        "Erfahrungen",
        "Was gelungen ist, was nicht, und was es gekostet hat.",
        "public",
        "members",
    ),
    (
        "Ankündigungen",
        "Neues von der KTS: Veranstaltungen, Funktionen, Sammlungen.",
        "public",
        "moderators",
    ),
    (
        "Unter uns",
        "Nur für angemeldete Mitglieder: Vergabe, Verträge, was noch nicht öffentlich ist.",
        "members",
        "members",
    ),
)


def seed_categories() -> int:
    """Open the first categories where the forum has none yet; give the number opened."""
    if db.session.scalar(db.select(Category.id).limit(1)) is not None:
        return 0
    for name, description, visibility, writable_by in FIRST_CATEGORIES:
        create_category(
            None,
            name,
            description=description,
            visibility=visibility,
            writable_by=writable_by,
        )
    return len(FIRST_CATEGORIES)


def create_category(
    actor: Any,
    name: str,
    *,
    description: str = "",
    visibility: str = "members",
    writable_by: str = "members",
    slug: str = "",
) -> Category:
    """Open a category at the end of the list; raise Conflict where the name is taken."""
    _refuse_taken(name, visibility)
    last = db.session.scalar(db.select(func.max(Category.position))) or 0
    category = Category(
        name=name.strip(),
        slug=_free_slug(slug or slugify(name)),
        description=description.strip(),
        visibility=visibility,
        writable_by=writable_by,
        position=last + 1,
    )
    db.session.add(category)
    audit.record(actor, "category.create", category, changes={"visibility": ["", visibility]})
    return category


def change_category(actor: Any, category: Category, **values: str) -> None:
    """Change name, description, audience or who may write; threads take the audience over.

    The address stays, so links keep working. Raises Conflict where the name is taken.
    """
    _refuse_taken(
        values.get("name", category.name), values.get("visibility", category.visibility), category
    )
    changes = {
        field: [getattr(category, field), values[field].strip()]
        for field in FIELDS
        if field in values and getattr(category, field) != values[field].strip()
    }
    if not changes:
        return
    for field, (_old, new) in changes.items():
        setattr(category, field, new)
    if "visibility" in changes:
        _take_over_visibility(category)
    audit.record(actor, "category.change", category, changes=changes)


def _take_over_visibility(category: Category) -> None:
    """Change thread by thread: each is an object that the index has to hear of."""
    for thread in db.session.scalars(db.select(Thread).filter_by(category_id=category.id)):
        thread.visibility = category.visibility
    db.session.flush()


def move_category(actor: Any, category: Category, step: int) -> None:
    """Let the category change places with its neighbour: -1 up, 1 down."""
    ordered = list(db.session.scalars(db.select(Category).order_by(Category.position, Category.id)))
    place = ordered.index(category)
    target = place + step
    if not 0 <= target < len(ordered):
        return
    ordered[place], ordered[target] = ordered[target], ordered[place]
    for position, each in enumerate(ordered, start=1):
        each.position = position
    audit.record(actor, "category.order", category, changes={"position": [place + 1, target + 1]})


def _refuse_taken(name: str, visibility: str, category: Category | None = None) -> None:
    """Look only among rooms of the same audience, so that no refusal tells of a closed room."""
    same = db.select(Category).where(
        func.lower(Category.name) == name.strip().lower(), Category.visibility == visibility
    )
    found = db.session.scalar(same)
    if found is not None and found is not category:
        raise Conflict(_("There is already a category of this name."))


def _free_slug(wanted: str) -> str:
    taken = set(db.session.scalars(db.select(Category.slug))) | RESERVED
    slug, number = wanted, 2
    while slug in taken:
        slug, number = f"{wanted}-{number}", number + 1
    return slug
