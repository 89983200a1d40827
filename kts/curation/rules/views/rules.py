"""Watched words, sites, new members, people who are vouched for: one page each."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from kts.accounts.models import User
from kts.core import access
from kts.core.errors import Conflict, DomainError, Invalid, NotFound
from kts.core.forms import ActionForm
from kts.core.web import whole_number
from kts.curation.rules import queries, services
from kts.curation.rules.forms import NUMBERS, HostForm, NewcomerForm, WordForm, WordsForm
from kts.curation.rules.matching import Phrase, fold, marked_text
from kts.curation.rules.models import VouchedMember, WatchedHost, WatchedWord
from kts.extensions import db

rules = Blueprint("holding_rules", __name__, url_prefix="/kuratierung/regeln")


@rules.app_template_global("rule_tabs")
def rule_tabs(active: str) -> list[dict[str, Any]]:
    """List the pages of the rules, for their tabs."""
    pages = (
        ("words", _("Watched words")),
        ("hosts", _("Links")),
        ("newcomers", _("New members")),
        ("people", _("Never held back")),
    )
    return [
        {"label": label, "url": url_for(f"holding_rules.{name}"), "active": name == active}
        for name, label in pages
    ]


def _number() -> int:
    return request.args.get("seite", 1, type=whole_number)


def _deleted() -> Any:
    return queries.deleted_rule(request.args.get("geloescht", type=whole_number))


# Words --------------------------------------------------------------------------------------


@rules.get("")
@access.rule("moderator")
def words() -> ResponseReturnValue:
    """List the watched words."""
    asked = request.args.get("q", "")[:120]
    page = queries.words_page(asked, _number())
    return render_template("rules/words.html", page=page, q=asked, deleted=_deleted())


@rules.route("/woerter/neu", methods=["GET", "POST"])
@access.rule("moderator")
def new_word() -> ResponseReturnValue:
    """Watch a word, after trying it out."""
    return _edit_word(WordForm(), None)


@rules.route("/woerter/<int:rule_id>", methods=["GET", "POST"])
@access.rule("moderator")
def word(rule_id: int) -> ResponseReturnValue:
    """Change a watched word."""
    rule = queries.get_rule(WatchedWord, rule_id)
    form = WordForm(obj=rule)
    if not form.is_submitted():
        form.whole.data = "whole" if rule.whole else "part"
    return _edit_word(form, rule)


def _edit_word(form: WordForm, rule: WatchedWord | None) -> ResponseReturnValue:
    if not form.validate_on_submit():
        return _word_page(form, rule), 422 if form.is_submitted() else 200
    if "try" in request.form:
        preview = queries.preview_word(form.phrase.data, whole=form.is_whole)
        return _word_page(form, rule and queries.get_rule(WatchedWord, rule.id), preview)
    try:
        if rule is None:
            services.add_word(current_user, form.values)
        else:
            services.change_word(current_user, rule, form.values, form.version.data or 0)
    except Invalid as error:
        form.phrase.errors = [error.message]
        return _word_page(form, rule), 422
    except Conflict as conflict:
        return _outdated(form, rule, conflict, form.phrase, _word_page)
    db.session.commit()
    flash(_("Saved. It counts from now on."), "success")
    return redirect(url_for("holding_rules.words"), 303)


def _outdated(
    form: Any, rule: Any, conflict: Conflict, told: Any, page: Any
) -> ResponseReturnValue:
    """Show what was saved meanwhile beside what was typed."""
    form.version.raw_data = [str(rule.version)]
    told.errors = [conflict.message]
    return page(form, rule), conflict.status


def _word_page(
    form: WordForm, rule: WatchedWord | None, preview: queries.Preview | None = None
) -> str:
    tried = ""
    if preview is not None and form.tried.data:
        phrases = [Phrase(0, fold(form.phrase.data), form.is_whole)]
        tried = marked_text(phrases, form.tried.data)
    return render_template("rules/word.html", form=form, rule=rule, preview=preview, tried=tried)


@rules.route("/woerter/mehrere", methods=["GET", "POST"])
@access.rule("moderator")
def many_words() -> ResponseReturnValue:
    """Watch many words, one a line."""
    form = WordsForm()
    if not form.validate_on_submit():
        status = 422 if form.is_submitted() else 200
        return render_template("rules/many_words.html", form=form, added=None), status
    whole = form.whole.data != "part"
    note = form.note.data or ""
    added = services.add_words(current_user, form.phrases, whole=whole, note=note)
    db.session.commit()
    if added.known or added.refused:
        form.lines.data = "\n".join(phrase for phrase, _why in added.refused)
        return render_template("rules/many_words.html", form=form, added=added)
    flash(ngettext("%(num)d word is new.", "%(num)d words are new.", added.new), "success")
    return redirect(url_for("holding_rules.words"), 303)


@rules.post("/woerter/<int:rule_id>/loeschen")
@access.rule("moderator")
def delete_word(rule_id: int) -> ResponseReturnValue:
    """Delete a watched word; the next page offers to undo it."""
    return _delete(queries.get_rule(WatchedWord, rule_id), "holding_rules.words")


# Links --------------------------------------------------------------------------------------


@rules.get("/links")
@access.rule("moderator")
def hosts() -> ResponseReturnValue:
    """List the sites whose links are held, or never counted."""
    page = queries.hosts_page(_number())
    return render_template("rules/hosts.html", page=page, deleted=_deleted())


@rules.route("/links/neu", methods=["GET", "POST"])
@access.rule("moderator")
def new_host() -> ResponseReturnValue:
    """List a site."""
    return _edit_host(HostForm(), None)


@rules.route("/links/<int:rule_id>", methods=["GET", "POST"])
@access.rule("moderator")
def host(rule_id: int) -> ResponseReturnValue:
    """Change what happens with links to a site."""
    rule = queries.get_rule(WatchedHost, rule_id)
    return _edit_host(HostForm(obj=rule), rule)


def _edit_host(form: HostForm, rule: WatchedHost | None) -> ResponseReturnValue:
    if not form.validate_on_submit():
        return _host_page(form, rule), 422 if form.is_submitted() else 200
    if "try" in request.form:
        preview = queries.preview_host(form.host.data)
        return _host_page(form, rule and queries.get_rule(WatchedHost, rule.id), preview)
    try:
        if rule is None:
            services.add_host(current_user, form.values)
        else:
            services.change_host(current_user, rule, form.values, form.version.data or 0)
    except Invalid as error:
        form.host.errors = [error.message]
        return _host_page(form, rule), 422
    except Conflict as conflict:
        return _outdated(form, rule, conflict, form.host, _host_page)
    db.session.commit()
    flash(_("Saved. It counts from now on."), "success")
    return redirect(url_for("holding_rules.hosts"), 303)


def _host_page(
    form: HostForm, rule: WatchedHost | None, preview: queries.Preview | None = None
) -> str:
    return render_template("rules/host.html", form=form, rule=rule, preview=preview)


@rules.post("/links/<int:rule_id>/loeschen")
@access.rule("moderator")
def delete_host(rule_id: int) -> ResponseReturnValue:
    """Delete the rule about a site; the next page offers to undo it."""
    return _delete(queries.get_rule(WatchedHost, rule_id), "holding_rules.hosts")


# New members --------------------------------------------------------------------------------


@rules.route("/neue-mitglieder", methods=["GET", "POST"])
@access.rule("moderator")
def newcomers() -> ResponseReturnValue:
    """Say who is new, and what is asked of new members."""
    row = services.newcomer_rule()
    form = NewcomerForm(obj=row, data={} if row else dict.fromkeys((*NUMBERS, "version"), 0))
    if not form.validate_on_submit():
        return _newcomers_page(form, row), 422 if form.is_submitted() else 200
    try:
        services.change_newcomers(current_user, form.values, form.version.data or 0)
    except Conflict as conflict:
        return _outdated(form, row, conflict, form.young_days, _newcomers_page)
    db.session.commit()
    flash(_("Saved. It counts from now on."), "success")
    return redirect(url_for("holding_rules.newcomers"), 303)


def _newcomers_page(form: NewcomerForm, row: Any) -> str:
    return render_template("rules/newcomers.html", form=form, rule=row)


# People -------------------------------------------------------------------------------------


@rules.get("/vertraute")
@access.rule("moderator")
def people() -> ResponseReturnValue:
    """List the people whose contributions are not held back any more."""
    page = queries.vouched_page(_number())
    return render_template("rules/people.html", page=page, deleted=_deleted())


@rules.post("/vertraute/<int:rule_id>/beenden")
@access.rule("moderator")
def stop(rule_id: int) -> ResponseReturnValue:
    """Let the rules concern a person again."""
    vouched = queries.get_rule(VouchedMember, rule_id)
    if not ActionForm().validate_on_submit():
        raise NotFound
    entry = services.stop_vouching(current_user, vouched)
    db.session.commit()
    return redirect(url_for("holding_rules.people", geloescht=entry.id), 303)


def _delete(rule: Any, back: str) -> ResponseReturnValue:
    if not ActionForm().validate_on_submit():
        raise NotFound
    entry = services.delete_rule(current_user, rule)
    db.session.commit()
    return redirect(url_for(back, geloescht=entry.id), 303)


@rules.post("/zurueckholen/<int:entry_id>")
@access.rule("moderator")
def restore(entry_id: int) -> ResponseReturnValue:
    """Undo a deletion."""
    entry = queries.deleted_rule(entry_id)
    if entry is None or not ActionForm().validate_on_submit():
        raise NotFound
    pages = {"watched_word": "words", "watched_host": "hosts", "vouched_member": "people"}
    back = redirect(url_for(f"holding_rules.{pages[entry.action.partition('.')[0]]}"), 303)
    try:
        _bring_back(entry)
    except DomainError as error:
        db.session.rollback()
        flash(error.message, "warning")
        return back
    db.session.commit()
    flash(_("It is back and counts again."), "success")
    return back


def _bring_back(entry: Any) -> None:
    if entry.action != "vouched_member.remove":
        services.bring_back(current_user, entry)
        return
    person = db.session.get(User, entry.changes["before"]["user_id"])
    if person is None:
        raise NotFound(_("The account does not exist any more."))
    services.vouch_for(current_user, person, entry.changes["before"]["reason"])
