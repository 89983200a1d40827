"""Beginning a draft from a thread, taking further posts in, the list of drafts."""

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from kts.core import access
from kts.core.access import require
from kts.core.errors import Invalid
from kts.core.web import whole_number
from kts.curation.distilling import queries, services
from kts.curation.distilling.forms import StartForm
from kts.curation.distilling.models import STATES
from kts.curation.distilling.policies import (
    can_distil_thread,
    can_list_distillates,
    can_make_factsheet,
)
from kts.curation.distilling.views import distilling, find_to_edit, require_token
from kts.extensions import db
from kts.forum.models import Post, Thread
from kts.forum.queries.people import bylines
from kts.forum.queries.threads import get_thread

PRESELECTED = 3  # the best rated answers beside the accepted one


@distilling.route("/thema/<int:thread_id>-<slug>/wissen", methods=["GET", "POST"])
@access.rule("policy")
def start(thread_id: int, slug: str) -> ResponseReturnValue:
    """Choose what a thread becomes and which posts go in, and begin the draft."""
    thread = get_thread(current_user, thread_id)
    require(
        can_distil_thread(current_user, thread),
        _("Only moderators, and editors for their own municipality, make knowledge of a thread."),
    )
    form = StartForm(factsheets=can_make_factsheet(current_user))
    posts = queries.posts_to_choose(thread)
    if not form.validate_on_submit():
        status = 422 if form.is_submitted() else 200
        return _start_page(thread, form, posts), status
    chosen = _chosen(posts)
    try:
        distillate = services.begin(
            current_user, thread, form.kind.data, chosen, form.token.data or ""
        )
    except Invalid as error:
        return _start_page(thread, form, posts, error.message), 422
    db.session.commit()
    flash(_("The draft is begun. Nobody has been asked yet."), "success")
    return redirect(distillate.path, 303)


def _chosen(posts: Sequence[Post]) -> list[Post]:
    ticked = set(request.form.getlist("posts", type=whole_number))
    return [post for post in posts if post.id in ticked]


def _start_page(thread: Thread, form: StartForm, posts: Sequence[Post], error: str = "") -> str:
    if form.is_submitted():
        ticked = {post.id for post in _chosen(posts)}
    else:
        ticked = _worth_most(thread, posts)
    return render_template(
        "distilling/start.html",
        thread=thread,
        form=form,
        posts=posts,
        ticked=ticked,
        error=error,
        bylines=bylines(post.author for post in posts),
        drafts=queries.drafts_of(current_user, thread),
        most=queries.MOST_POSTS,
    )


def _worth_most(thread: Thread, posts: Sequence[Post]) -> set[int]:
    """Choose the accepted answer and those that helped most people."""
    rated = sorted(
        (post for post in posts if post.number > 1 and post.rating > 0),
        key=lambda post: (-post.rating, post.number),
    )
    accepted = [post.id for post in posts if post.id == thread.accepted_post_id]
    return {*accepted, *(post.id for post in rated[:PRESELECTED])}


@distilling.route("/kuratierung/wissen/<int:distillate_id>/beitraege", methods=["GET", "POST"])
@access.rule("policy")
def posts(distillate_id: int) -> ResponseReturnValue:
    """Take further posts of the thread into the draft."""
    distillate = find_to_edit(distillate_id)
    used = {one.post_id for one in distillate.passages if one.removed_at is None}
    offered = [p for p in queries.posts_to_choose(distillate.thread) if p.id not in used]
    error = ""
    if request.method == "POST":
        require_token()
        chosen = _chosen(offered)
        try:
            number = services.add_posts(current_user, distillate, chosen)
        except Invalid as invalid:
            db.session.rollback()
            distillate, error = find_to_edit(distillate_id), invalid.message
        else:
            db.session.commit()
            if number:
                flash(_("Taken in. Their authors are asked when you ask again."), "success")
            return redirect(distillate.path, 303)
    page = render_template(
        "distilling/posts.html",
        distillate=distillate,
        posts=offered,
        ticked=set(),
        error=error,
        bylines=bylines(post.author for post in offered),
    )
    return page, 422 if error else 200


@distilling.get("/kuratierung/wissen")
@access.rule("policy")
def index() -> ResponseReturnValue:
    """List the drafts that the person works on, by state."""
    require(
        can_list_distillates(current_user),
        _("Only moderators, and editors for their own municipality, make knowledge of a thread."),
    )
    state = request.args.get("stand", "")
    state = state if state in (*STATES, queries.READY) else ""
    page = queries.find_distillates(
        current_user, state, request.args.get("seite", 1, type=whole_number) or 1
    )
    return render_template("distilling/index.html", page=page, state=state, tabs=_tabs(state))


def _tabs(state: str) -> list[dict[str, object]]:
    labels = {
        "": _("All"),
        "draft": _("Drafts"),
        "asked": _("Asked"),
        "ready": _("Ready"),
        "published": _("Published"),
        "dropped": _("Dropped"),
    }
    return [
        {
            "label": label,
            "url": url_for("distilling.index", stand=name or None),
            "active": name == state,
        }
        for name, label in labels.items()
    ]
