"""Reactions, bookmarks and reading lists."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup, escape

from kts.accounts.archives import require_in, require_open
from kts.core import access
from kts.core.errors import NotFound
from kts.core.forms import ActionForm
from kts.core.web import limited_person, own_path, whole_number
from kts.documents.queries import get_document
from kts.extensions import db, limiter
from kts.forum import policies, queries
from kts.forum.forms.marks import BERLIN, BookmarkForm, NoteForm
from kts.forum.models import Post
from kts.forum.models.marks import REACTIONS, WHOLE
from kts.forum.queries import marks as kept
from kts.forum.services import marks as services
from kts.municipalities.models import Municipality
from kts.municipalities.queries import get_municipality

marks = Blueprint("marks", __name__)

REACTING = "120 per hour"  # a whole long thread, but no program


def _readable_post(post_id: int) -> Post:
    post = queries.get_post(current_user, post_id)
    if not policies.can_read_post(current_user, post):
        raise NotFound
    return post


@marks.route("/beitrag/<int:post_id>/reaktionen")
@access.rule("signed-in", "who reacted is for people with an account; posts by visibility")
def reactions(post_id: int) -> ResponseReturnValue:
    """Show who reacted to a post, and from where."""
    post = _readable_post(post_id)
    people = kept.reactions_of(post)
    return render_template(
        "forum/reactions.html",
        post=post,
        people=people,
        bylines=queries.bylines([person for person, _kinds in people]),
    )


@marks.post("/beitrag/<int:post_id>/reaktion")
@access.rule("signed-in", "only the own reaction changes; posts by visibility")
@limiter.limit(REACTING, key_func=limited_person)
def react(post_id: int) -> ResponseReturnValue:
    """React to a post, or take it back; pressed twice it is the same."""
    post = _readable_post(post_id)
    kind = request.form.get("kind", "")
    if not ActionForm().validate_on_submit() or kind not in REACTIONS:
        raise NotFound
    if request.args.get("set") == "1":
        require_in(
            post.thread.visibility,
            policies.can_react_post(current_user, post),
            _("You can react to what others wrote, as long as it can be read."),
        )
        services.react(current_user, post, kind)
    else:
        require_open(post.thread.visibility)
        services.take_back(current_user, post, kind)
    db.session.commit()
    if "HX-Request" in request.headers:
        context = {
            **kept.shared(current_user, post.thread, [post]),
            **kept.own(current_user, post.thread, [post]),
        }
        return render_template("forum/_own_reactions.html", post=post, **context)
    return redirect(url_for("posts.show", post_id=post.id), 303)


@marks.post("/beitrag/<int:post_id>/merken")
@access.rule("signed-in", "only the own list changes; posts by visibility")
def keep_post(post_id: int) -> ResponseReturnValue:
    """Put a post on one's own list."""
    post = _readable_post(post_id)
    return _keep(url_for("posts.show", post_id=post.id), post=post)


@marks.post("/dokumente/<int:document_id>/merken")
@access.rule("signed-in", "only the own list changes; documents by visibility")
def keep_document(document_id: int) -> ResponseReturnValue:
    """Put a document or one of its pages on one's own list."""
    document = get_document(document_id, current_user)
    page = request.form.get("page", WHOLE, type=whole_number)
    back = document.path + (f"/seite/{page}" if page else "")
    return _keep(back, document=document, page=page)


def _keep(back: str, **thing: Any) -> ResponseReturnValue:
    if not ActionForm().validate_on_submit():
        raise NotFound
    bookmark = services.bookmark(current_user, **thing)
    db.session.commit()
    link = url_for("marks.edit", bookmark_id=bookmark.id)
    flash(_saying(_("It is on your list."), link, _("Add a note or a reminder")), "success")
    return redirect(back, 303)


def _saying(words: str, link: str, label: str) -> Markup:
    return Markup('{} <a href="{}">{}</a>').format(escape(words), link, label)


@marks.route("/merkliste")
@access.rule("signed-in", "everybody sees only the own list")
def index() -> ResponseReturnValue:
    """List what the person keeps."""
    return render_template("forum/bookmarks.html", rows=kept.bookmarks(current_user))


@marks.route("/merkliste/<int:bookmark_id>", methods=["GET", "POST"])
@access.rule("signed-in", "only own bookmarks are found")
def edit(bookmark_id: int) -> ResponseReturnValue:
    """Write a note, choose a day to be reminded, share it with one's municipality."""
    bookmark = kept.get_bookmark(current_user, bookmark_id)
    form = BookmarkForm(obj=bookmark)
    if form.validate_on_submit():
        services.change_bookmark(bookmark, form.note.data, form.remind_at)
        db.session.commit()
        flash(_("Saved."), "success")
        return redirect(url_for("marks.index"), 303)
    if not form.is_submitted() and bookmark.remind_at and bookmark.reminded_at is None:
        form.remind_on.data = bookmark.remind_at.astimezone(BERLIN).date()
    row = kept.told(current_user, [bookmark])[0]
    status = 422 if form.is_submitted() else 200
    return render_template("forum/bookmark.html", row=row, form=form), status


@marks.post("/merkliste/<int:bookmark_id>/entfernen")
@access.rule("signed-in", "only own bookmarks are found")
def forget(bookmark_id: int) -> ResponseReturnValue:
    """Take something off one's own list; the message offers to put it back."""
    bookmark = kept.get_bookmark(current_user, bookmark_id)
    if not ActionForm().validate_on_submit():
        raise NotFound
    undo = render_template("forum/_undo_bookmark.html", bookmark=bookmark)
    services.forget_bookmark(bookmark)
    db.session.commit()
    flash(Markup(undo), "success")  # noqa: S704 - a template's output is escaped already
    return redirect(own_path(request.form.get("back", url_for("marks.index"))), 303)


@marks.post("/merkliste/zurueck")
@access.rule("signed-in", "only the own list changes; what is put back must be visible")
def restore() -> ResponseReturnValue:
    """Put back what was just taken off the own list, with its note."""
    if not ActionForm().validate_on_submit():
        raise NotFound
    post_id = request.form.get("post", type=whole_number)
    document_id = request.form.get("document", type=whole_number)
    if post_id is not None:
        bookmark = services.bookmark(current_user, post=_readable_post(post_id))
    else:
        document = get_document(document_id or 0, current_user)
        page = request.form.get("page", WHOLE, type=whole_number)
        bookmark = services.bookmark(current_user, document=document, page=page)
    form = NoteForm()
    if form.validate():
        services.change_bookmark(bookmark, form.note.data, bookmark.remind_at)
    db.session.commit()
    return redirect(url_for("marks.index"), 303)


@marks.route("/kommunen/<slug>/leseliste")
@access.rule("policy")
def reading_list(slug: str) -> ResponseReturnValue:
    """Show what colleagues recommend to each other."""
    place = _own_place(slug)
    rows = kept.reading_list(current_user, place.id)
    return render_template("forum/reading_list.html", municipality=place, rows=rows)


def _own_place(slug: str) -> Municipality:
    place = get_municipality(slug)
    access.require(
        policies.can_read_list(current_user, place),
        _("Only people of this municipality see its reading list."),
    )
    return place


@marks.post("/kommunen/<slug>/leseliste")
@access.rule("policy")
def recommend(slug: str) -> ResponseReturnValue:
    """Put what one keeps on the municipality's list, with the note."""
    place = _own_place(slug)
    bookmark_id = request.form.get("bookmark", type=whole_number)
    bookmark = kept.get_bookmark(current_user, bookmark_id or 0)
    form = NoteForm()
    row = kept.told(current_user, [bookmark])[0]
    if not form.validate_on_submit() or row.is_gone:
        raise NotFound
    services.recommend(
        current_user,
        place.id,
        post=bookmark.post,
        document=bookmark.document,
        page=bookmark.page,
        note=form.note.data,
    )
    db.session.commit()
    flash(_("It is on the reading list of %(name)s now.", name=place.name), "success")
    return redirect(url_for("marks.reading_list", slug=slug), 303)


@marks.post("/kommunen/<slug>/leseliste/<int:item_id>/<act>")
@access.rule("policy")
def item(slug: str, item_id: int, act: str) -> ResponseReturnValue:
    """Tick something off, open it again, or take it off the list."""
    place = _own_place(slug)
    found = kept.get_item(place.id, item_id)
    if act not in ("erledigt", "offen", "entfernen") or not ActionForm().validate_on_submit():
        raise NotFound
    if act == "entfernen":
        services.remove(found)
    else:
        services.settle(current_user, found, done=act == "erledigt")
    db.session.commit()
    return redirect(url_for("marks.reading_list", slug=slug), 303)
