"""What people are told who would like to write in a group that has been archived.

Whether they may is decided in ``policies.is_archived``; here is the sentence that says so, the
same on every page and in every refusal.
"""

from flask import Flask, current_app
from flask_babel import format_date
from flask_babel import gettext as _
from flask_login import current_user

from kts.accounts import policies
from kts.accounts.models import Group
from kts.core import access
from kts.extensions import db


def init_app(app: Flask) -> None:
    """Let templates ask ``archived_notice(token)``."""
    app.jinja_env.globals["archived_notice"] = notice


def notice(token: str) -> str:
    """Say since when the group of that visibility is archived and whom to ask; empty if not."""
    if not policies.is_archived(current_user, token):
        return ""
    group = db.session.get(Group, int(token.partition(":")[2]))
    return sentence(group) if group is not None else ""


def sentence(group: Group) -> str:
    """Say since when an archived group has been so, what that means, and whom to ask."""
    return _(
        "The group “%(group)s” has been archived since %(date)s: everything in it can be read, "
        "and nothing can be written. If it shall go on, please ask the KTS: %(contact)s",
        group=group.name,
        date=format_date(group.archived, "long"),
        contact=current_app.config["KTS"].operator_mail,
    )


def require_in(token: str, allowed: bool, otherwise: str) -> None:
    """Raise Denied unless allowed: with the archive's sentence where that is why."""
    if not allowed:
        access.require(False, notice(token) or otherwise)


def require_open(token: str) -> None:
    """Raise Denied for what belongs to an archived group."""
    access.require(not policies.is_archived(current_user, token), notice(token))
