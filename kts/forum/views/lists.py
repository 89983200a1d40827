"""Lists of threads over all categories, and what a person counts as read or unread."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from markupsafe import Markup

from kts.core import access
from kts.core.errors import NotFound
from kts.core.forms import ActionForm
from kts.core.web import limited_person, whole_number
from kts.extensions import db, limiter
from kts.forum import queries
from kts.forum.models import ANNOUNCEMENT, DISCUSSION, EXPERIENCE, POLL, QUESTION, Category
from kts.forum.queries import lists as found
from kts.forum.queries.lists import Filters
from kts.forum.services import reading
from kts.municipalities.geography import LAENDER
from kts.municipalities.models import SIZE_CLASSES
from kts.municipalities.queries import all_topics

lists = Blueprint("lists", __name__)

NAMES = {
    found.ALL: _l("All"),
    found.NEW: _l("New threads"),
    found.HOT: _l("Lively"),
    found.UNANSWERED: _l("Unanswered"),
    found.UNREAD: _l("Unread"),
    found.MINE: _l("Mine"),
    found.FOLLOWED: _l("Followed"),
}
LEADS = {
    found.ALL: _l("All threads, the one answered last first."),
    found.NEW: _l("The threads that were opened last."),
    found.HOT: _l("Where people from many municipalities are talking just now."),
    found.UNANSWERED: _l("Questions that nobody has answered yet. Perhaps you know the answer."),
    found.UNREAD: _l("Threads with posts that you have not read."),
    found.MINE: _l("Threads that you opened or wrote in."),
    found.FOLLOWED: _l("Threads that you watch or follow."),
}
KIND_NAMES = {
    QUESTION: _l("Question"),
    EXPERIENCE: _l("Experience"),
    DISCUSSION: _l("Discussion"),
    ANNOUNCEMENT: _l("Announcement"),
    POLL: _l("Poll"),
}
#: What stands in place of an empty list: a title and a sentence on what to do.
EMPTY = {
    found.ALL: (_l("There is no thread yet"), _l("The first thread is often the most useful one.")),
    found.NEW: (_l("There is no thread yet"), _l("The first thread is often the most useful one.")),
    found.HOT: (_l("There is no thread yet"), _l("The first thread is often the most useful one.")),
    found.UNANSWERED: (_l("Every question has an answer"), _l("Nobody is waiting just now.")),
    found.UNREAD: (
        _l("You have read everything"),
        _l("As soon as somebody writes something new, it stands here."),
    ),
    found.MINE: (
        _l("You have not written anything yet"),
        _l("Threads that you open or answer stand here, so that you find them again."),
    ),
    found.FOLLOWED: (
        _l("You do not follow anything yet"),
        _l("In every thread and every category you can choose to follow it or to watch it."),
    ),
}
MARKS = "300 per hour"  # a person clears a few lists a day


@lists.route("/forum/liste/<name>")
@access.rule("everyone", "rows are filtered by visibility; guests have no lists of their own")
def show(name: str) -> ResponseReturnValue:
    """Show one page of a list, narrowed down by the filters of the address."""
    if name not in found.LISTS:
        raise NotFound
    categories, topics = _categories(), all_topics()
    filters = found.read_filters(request.args, categories, topics)
    if request.args.get("bereich") and filters.category is None:
        raise NotFound
    page = None
    if current_user.is_authenticated or name not in found.PERSONAL:
        number = request.args.get("seite", 1, type=whole_number)
        page = found.list_page(current_user, name, filters, categories, number)
    return render_template(
        "forum/lists.html",
        name=name,
        title=NAMES[name],
        lead=LEADS[name],
        nothing=EMPTY[name],
        page=page,
        filters=filters,
        chips=chips(name, filters),
        tabs=tabs(name, filters),
        choices=choices(filters, categories, topics),
        unread=found.unread_count(current_user, _rooms(filters, categories)),
        can_show_muted=name in (found.NEW, found.HOT) and found.has_muted(current_user),
    )


def _categories() -> Sequence[Category]:
    return db.session.scalars(queries.visible_categories(current_user)).all()


def _rooms(filters: Filters, categories: Sequence[Category]) -> Sequence[Category]:
    return [filters.category] if filters.category else categories


def tabs(active: str, filters: Filters) -> list[dict[str, Any]]:
    """Give the tabs of a list; ``active`` is the name of one, empty on the forum's first page.

    They keep the filters. A category by itself has a page of its own.
    """
    arguments = filters.arguments()
    items = [
        {"name": name, "label": NAMES[name], "url": _address(name, arguments)}
        for name in found.LISTS
        if current_user.is_authenticated or name not in found.PERSONAL
    ]
    if filters.category is None:
        items.insert(0, {"name": "", "label": _("Categories"), "url": url_for("forum.index")})
    return [{**item, "active": item["name"] == active} for item in items]


def _address(name: str, arguments: dict[str, Any]) -> str:
    if name == found.ALL and set(arguments) == {"bereich"}:
        return url_for("forum.category", slug=arguments["bereich"])
    return url_for("lists.show", name=name, **arguments)


def chips(name: str, filters: Filters) -> list[tuple[str, str]]:
    """Give each chosen filter with the address of the list without it."""
    labels = {
        "bereich": filters.category.name if filters.category else "",
        "feld": filters.topic.label if filters.topic else "",
        "land": LAENDER[filters.land][1] if filters.land else "",
        "groesse": SIZE_CLASSES.get(filters.size, ""),
        "art": KIND_NAMES.get(filters.kind, ""),
        "stumm": _("with muted ones"),
    }
    arguments = filters.arguments()
    return [
        (str(labels[key]), _address(name, {k: v for k, v in arguments.items() if k != key}))
        for key in arguments
    ]


def choices(
    filters: Filters, categories: Sequence[Category], topics: Sequence[Any]
) -> list[dict[str, Any]]:
    """Give the fields of the form that narrows a list down."""
    chosen = filters.arguments()
    laender = sorted(((code, name) for code, (_short, name) in LAENDER.items()), key=_by_name)
    fields = [
        ("bereich", _("Category"), [(c.slug, c.name) for c in categories]),
        ("feld", _("Field of action"), [(t.slug, t.label) for t in topics]),
        ("land", _("Land"), laender),
        ("groesse", _("Size of the municipality"), list(SIZE_CLASSES.items())),
        ("art", _("Kind of thread"), list(KIND_NAMES.items())),
    ]
    return [
        {"name": name, "label": label, "options": options, "chosen": chosen.get(name, "")}
        for name, label, options in fields
        if options
    ]


def _by_name(land: tuple[str, str]) -> str:
    return land[1]


@lists.post("/forum/gelesen")
@access.rule("signed-in", "only the own read marks move")
@limiter.limit(MARKS, key_func=limited_person)
def read_all() -> ResponseReturnValue:
    """Count one category or the whole forum as read, and offer to take it back."""
    categories = _categories()
    slug = request.args.get("bereich")
    rooms = [category for category in categories if category.slug == slug or not slug]
    if not rooms or not ActionForm().validate_on_submit():
        raise NotFound
    moment = reading.read_categories(current_user, rooms)
    db.session.commit()
    said = (
        _("“%(name)s” counts as read.", name=rooms[0].name)
        if slug
        else _("The whole forum counts as read.")
    )
    flash(Markup("{} {}").format(said, _undo_button(moment, slug)), "success")
    return redirect(_place(slug), 303)


def _undo_button(moment: datetime, slug: str | None) -> Markup:
    """Give a button of the page's form for read marks, see ``marks_form`` in the macros."""
    button = (
        '<button class="kts-link-button" type="submit" form="lesestand" formaction="{}"'
        ' name="moment" value="{}">{}</button>'
    )
    address = url_for("lists.undo", bereich=slug or None)
    return Markup(button).format(address, moment.isoformat(), _("Undo"))  # noqa: S704


def _place(slug: str | None) -> str:
    return url_for("forum.category", slug=slug) if slug else url_for("forum.index")


@lists.post("/forum/gelesen/zurueck")
@access.rule("signed-in", "only the own read marks move")
@limiter.limit(MARKS, key_func=limited_person)
def undo() -> ResponseReturnValue:
    """Take back what was counted as read at one moment."""
    if not ActionForm().validate_on_submit():
        raise NotFound
    try:
        moment = datetime.fromisoformat(request.form.get("moment", ""))
    except ValueError as error:
        raise NotFound from error
    if moment.tzinfo is not None and reading.unread_categories(current_user, moment):
        flash(_("What was unread is unread again."), "success")
    db.session.commit()
    slug = request.args.get("bereich")
    known = {category.slug for category in _categories()}
    return redirect(_place(slug if slug in known else None), 303)


@lists.post("/beitrag/<int:post_id>/ungelesen")
@access.rule("signed-in", "only the own read mark moves")
@limiter.limit(MARKS, key_func=limited_person)
def unread_from(post_id: int) -> ResponseReturnValue:
    """Count the post and all after it as unread; the thread's page would read them at once."""
    post = queries.get_post(current_user, post_id)
    if not ActionForm().validate_on_submit():
        raise NotFound
    reading.mark_unread(current_user, post)
    db.session.commit()
    flash(_("The thread is unread from post %(number)s on.", number=post.number), "success")
    return redirect(url_for("lists.show", name=found.UNREAD), 303)
