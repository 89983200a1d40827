"""One post: its lasting address, changing it, its history, taking it back."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date
from flask_babel import gettext as _
from flask_login import current_user

from kts.accounts.archives import require_in
from kts.core import access
from kts.core.clock import now
from kts.core.errors import Conflict, NotFound
from kts.core.forms import ActionForm
from kts.core.judging import TooMuch
from kts.core.pagination import Page
from kts.core.web import whole_number
from kts.extensions import db
from kts.forum import policies, queries, services
from kts.forum.differences import Line, differences, merge
from kts.forum.forms import EditForm
from kts.forum.models import Post, Thread
from kts.forum.queries.versions import Version, revision_of, versions_of
from kts.forum.queries.writing import discarded_draft
from kts.forum.services import deleting, holding
from kts.forum.services.held_texts import sent_edit
from kts.forum.services.posts import restore_version
from kts.forum.views.attachments import take_uploads
from kts.forum.views.drafts import fill_form
from kts.forum.views.held import held_back, leads_to_open_edit
from kts.forum.views.threads import address_of, is_preview, post_address
from kts.forum.views.writing import preview_of

posts = Blueprint("posts", __name__, url_prefix="/beitrag")

VERSIONS_PER_PAGE = 10  # each is compared with the one before


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
    """Show all texts of a post, each with its difference to the one before, or two compared."""
    post = _readable_post(post_id)
    versions = versions_of(post)
    number = max(1, request.args.get("seite", 1, type=whole_number))
    older = {version.number: before for before, version in pairwise(versions)}
    start = (number - 1) * VERSIONS_PER_PAGE
    shown = versions[::-1][start : start + VERSIONS_PER_PAGE]
    return render_template(
        "forum/history.html",
        post=post,
        address=_address(post),
        versions=versions,
        page=Page(shown, len(versions), number, VERSIONS_PER_PAGE),
        changes={
            version.number: differences(older[version.number].source, version.source)
            for version in shown
            if version.number in older
        },
        chosen=_chosen(versions),
    )


def _readable_post(post_id: int) -> Post:
    post = queries.get_post(current_user, post_id)
    if not policies.can_read_post(current_user, post):
        raise NotFound
    return post


def _chosen(versions: list[Version]) -> tuple[Version, Version, list[Line]] | None:
    """Compare the two versions that were asked for; NotFound where there is no such version."""
    numbers = [request.args.get(name, type=whole_number) for name in ("von", "bis")]
    if None in numbers:
        return None
    by_number = {version.number: version for version in versions}
    older, newer = (by_number.get(number or 0) for number in numbers)
    if older is None or newer is None:
        raise NotFound
    return older, newer, differences(older.source, newer.source)


@posts.post("/<int:post_id>/verlauf/<int:number>/wiederherstellen")
@access.rule("policy")
def restore(post_id: int, number: int) -> ResponseReturnValue:
    """Make an earlier text the newest version; nothing in between is lost."""
    post = _readable_post(post_id)
    require_in(
        post.thread.visibility,
        policies.can_revert_post(current_user, post),
        _("Only who may change the post can restore an earlier text."),
    )
    revision = revision_of(post, number)
    if revision is None:
        raise NotFound
    if ActionForm().validate_on_submit():
        waiting = leads_to_open_edit(holding.open_edit(current_user, post))
        sent = sent_edit(post, {"body": revision.source}, version=post.version)
        if waiting := waiting or held_back(sent):
            return waiting
        restore_version(current_user, post, revision)
        db.session.commit()
        flash(_("Version %(number)s is shown again, as a new version.", number=number), "success")
    return redirect(_address(post), 303)


@posts.route("/<int:post_id>/bearbeiten", methods=["GET", "POST"])
@access.rule("policy")
def edit(post_id: int) -> ResponseReturnValue:
    """Let people change a text; whoever was faster is compared with theirs."""
    post = queries.get_post(current_user, post_id)
    _require_editor(post)
    if policies.consists_of_fields(post):
        return redirect(url_for("kinds.experience", **address_of(post.thread)))
    form = EditForm(obj=post)
    take_uploads(form)
    if is_preview():
        return _edit_page(post, form, preview=preview_of(form.body.data))
    if not form.is_submitted():
        waiting = leads_to_open_edit(holding.open_edit(current_user, post))
        return waiting or _opened(post, form)
    if form.validate() and _has_title(post, form):
        return _save(post, form)
    return _edit_page(post, form), 422


def _opened(post: Post, form: EditForm) -> ResponseReturnValue:
    form.title.data = post.thread.title
    form.body.data, form.version.data = post.source, post.version
    draft = fill_form(form, _context(post))
    discarded = None if draft else discarded_draft(current_user, _context(post))
    return _edit_page(post, form, draft=draft, discarded_draft=discarded)


def _context(post: Post) -> str:
    return f"edit:{post.id}"


def _require_editor(post: Post) -> None:
    own = current_user.is_authenticated and post.author_id == current_user.id
    sentence = _("Only the author can change a post.")
    if own and post.hidden:
        sentence = _("The post is hidden and cannot be changed.")
    elif own and not (post.shown and post.thread.shown):
        sentence = _("The post is deleted. Bring it back first, then you can change it.")
    elif own:
        sentence = _("The thread was closed; its posts can no longer be changed.")
    require_in(post.thread.visibility, policies.can_edit_post(current_user, post), sentence)


def _renames(post: Post) -> bool:
    """Say whether the title belongs to what is changed; of a wiki post only its author renames."""
    return post.number == 1 and post.author_id == current_user.id


def _has_title(post: Post, form: EditForm) -> bool:
    if _renames(post) and not form.title.data:
        form.title.errors = [_("Please fill in this field.")]
        return False
    return True


def _save(post: Post, form: EditForm) -> ResponseReturnValue:
    texts = {"body": form.body.data, **({"title": form.title.data} if _renames(post) else {})}
    try:
        if held := held_back(sent_edit(post, texts, version=form.version.data or 0)):
            return held
        services.edit_post(current_user, post, form.body.data, version=form.version.data)
        if _renames(post):
            services.rename_thread(current_user, post.thread, form.title.data)
    except TooMuch as error:
        form.body.errors = [error.message]
        return _edit_page(post, form), error.status
    except Conflict:
        return _compared(post, form), 409
    address = _address(post)
    db.session.commit()
    flash(_("Your post was changed; the earlier text stays in its history."), "success")
    return redirect(address, 303)


@dataclass(frozen=True)
class Meeting:
    """Two changes of one text: what each did to it, and whether they fit together."""

    saved: list[Line]
    own: list[Line]
    own_text: str
    fits: bool
    last: Version


def _compared(post: Post, form: EditForm) -> str:
    """Show both changes; where they do not touch, put both together into the field."""
    mine = form.body.data or ""
    base = revision_of(post, form.version.data)
    start = base.source if base else post.source
    merged = merge(start, mine, post.source) if base else None
    meeting = Meeting(
        saved=differences(start, post.source),
        own=differences(start, mine),
        own_text=mine,
        fits=merged is not None,
        last=versions_of(post)[-1],
    )
    if merged is not None:
        form.body.data = merged
    form.version.raw_data = [str(post.version)]  # what the field shows again
    return _edit_page(post, form, conflict=meeting)


def _edit_page(post: Post, form: EditForm, **context: Any) -> str:
    return render_template(
        "forum/edit.html",
        post=post,
        form=form,
        context=_context(post),
        renames=_renames(post),
        address=_address(post),
        **{"preview": None, "conflict": None, **context},
    )


@posts.post("/<int:post_id>/loeschen")
@access.rule("policy")
def delete(post_id: int) -> ResponseReturnValue:
    """Let the author take a post back, or the thread where nobody else has written in it."""
    post = queries.get_post(current_user, post_id)
    may = policies.can_delete_post(current_user, post)
    require_in(post.thread.visibility, may, _why_not_deleted(post))
    if ActionForm().validate_on_submit():
        whole = deleting.delete_post(current_user, post)
        db.session.commit()
        flash(_deleted_sentence(whole), "success")
    return redirect(_address(post), 303)


def _why_not_deleted(post: Post) -> str:
    if not current_user.is_authenticated or post.author_id != current_user.id:
        return _("Only the author can delete a post.")
    if post.wiki:
        return _("Several people have written this post. Please ask the KTS to remove it.")
    if post.thread.locked:
        return _("The thread was closed. Please ask the KTS to remove the post.")
    if post.hidden or post.thread.hidden:
        return _("The moderators have hidden this; it cannot be deleted.")
    return _("The post is deleted already.")


def _deleted_sentence(whole: bool) -> str:
    until = format_date(now() + deleting.UNDO_FOR, "long")
    if whole:
        return _("The thread is deleted. Until %(date)s you can bring it back here.", date=until)
    return _("The post is deleted. Until %(date)s you can bring it back in its place.", date=until)


@posts.post("/<int:post_id>/zurueckholen")
@access.rule("policy")
def undelete(post_id: int) -> ResponseReturnValue:
    """Undo the deletion of a post, or of the thread that it stands in."""
    post = queries.get_post(current_user, post_id)
    thread: Thread = post.thread
    whole = thread.deleted is not None
    allowed = (
        policies.can_undelete_thread(current_user, thread)
        if whole
        else policies.can_undelete_post(current_user, post)
    )
    sentence = _("Only the author can bring it back, within 30 days.")
    require_in(thread.visibility, allowed, sentence)
    if ActionForm().validate_on_submit():
        if whole:
            deleting.undelete_thread(current_user, thread)
        else:
            deleting.undelete_post(current_user, post)
        db.session.commit()
        flash(_("Everything is back."), "success")
    return redirect(_address(post), 303)
