"""One post: its lasting address, its author's changes, its history."""

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from kts.core import access
from kts.core.errors import Conflict, NotFound
from kts.extensions import db
from kts.forum import policies, queries, services
from kts.forum.forms import EditForm
from kts.forum.models import Post
from kts.forum.views.threads import post_address, preview_of

posts = Blueprint("posts", __name__, url_prefix="/beitrag")


@posts.route("/<int:post_id>")
@access.rule("everyone")
def show(post_id: int) -> ResponseReturnValue:
    """Lead to the post in its thread."""
    return redirect(_address(queries.get_post(current_user, post_id)))


def _address(post: Post) -> str:
    return post_address(post.thread, post.page, post.number)


@posts.route("/<int:post_id>/verlauf")
@access.rule("everyone", "whoever can read the post can read its earlier texts")
def history(post_id: int) -> ResponseReturnValue:
    """Show the earlier texts of a post."""
    post = queries.get_post(current_user, post_id)
    if not policies.can_read_post(current_user, post):
        raise NotFound
    return render_template(
        "forum/history.html",
        post=post,
        address=_address(post),
        revisions=queries.revisions(post),
        bylines=queries.bylines([post.author]),
    )


@posts.route("/<int:post_id>/bearbeiten", methods=["GET", "POST"])
@access.rule("policy")
def edit(post_id: int) -> ResponseReturnValue:
    """Let the author change her text; whoever was faster is shown beside it."""
    post = queries.get_post(current_user, post_id)
    _require_editor(post)
    form = EditForm(obj=post)
    if not form.is_submitted():
        form.title.data = post.thread.title
    if "preview" in request.form:
        return _edit_page(post, form, preview=preview_of(form.body.data))
    if form.validate_on_submit() and _has_title(post, form):
        return _save(post, form)
    if not form.is_submitted():
        form.body.data = post.source
        form.version.data = post.version
    return _edit_page(post, form), 422 if form.is_submitted() else 200


def _require_editor(post: Post) -> None:
    own = current_user.is_authenticated and post.author_id == current_user.id
    sentence = _("Only the author can change a post.")
    if own and post.hidden:
        sentence = _("The post is hidden and cannot be changed.")
    elif own:
        sentence = _("The thread was closed; its posts can no longer be changed.")
    access.require(policies.can_edit_post(current_user, post), sentence)


def _has_title(post: Post, form: EditForm) -> bool:
    if post.number == 1 and not form.title.data:
        form.title.errors = [_("Please fill in this field.")]
        return False
    return True


def _save(post: Post, form: EditForm) -> ResponseReturnValue:
    try:
        services.edit_post(current_user, post, form.body.data, version=form.version.data)
        if post.number == 1:
            services.rename_thread(current_user, post.thread, form.title.data)
    except Conflict:
        form.version.raw_data = [str(post.version)]  # what the field shows again
        return _edit_page(post, form, conflict=True), 409
    address = _address(post)
    db.session.commit()
    flash(_("Your post was changed; the earlier text stays in its history."), "success")
    return redirect(address, 303)


def _edit_page(
    post: Post, form: EditForm, *, preview: str | None = None, conflict: bool = False
) -> str:
    return render_template(
        "forum/edit.html",
        post=post,
        form=form,
        preview=preview,
        conflict=conflict,
        address=_address(post),
    )
