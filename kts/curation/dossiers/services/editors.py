"""Who else edits a dossier: named by a moderator, told of it, and taken from the list again."""

from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from kts.accounts.models import User
from kts.accounts.queries import user_by_email
from kts.core import audit
from kts.core.errors import Invalid
from kts.curation.dossiers.models import Dossier, DossierEditor
from kts.extensions import db
from kts.notifications.services import notify

KIND = "dossier_editor"  # of the messages


def name_editor(actor: Any, dossier: Dossier, who: str) -> DossierEditor:
    """Let a person edit the draft; she is named by handle (with or without @) or address.

    Raises Invalid where nobody is called so, or she edits it already.
    """
    person = _person(who.strip())
    if person is None or not person.active:
        raise Invalid(
            _("Nobody with an account is called so. Give the name after the @, or the address.")
        )
    if person.is_moderator:
        raise Invalid(_("Moderators can edit every dossier."))
    if any(editor.user_id == person.id for editor in dossier.editors):
        raise Invalid(_("%(name)s edits this dossier already.", name=person.display_name))
    editor = DossierEditor(dossier=dossier, user=person)
    db.session.add(editor)
    audit.record(actor, "dossier.editor", dossier, changes={"person": [None, person.display_name]})
    with force_locale(person.language):
        told = _("You can now edit the dossier “%(title)s”.", title=dossier.title)
    notify(person, KIND, told, f"/dossiers/{dossier.id}/bearbeiten", actor)
    return editor


def _person(who: str) -> User | None:
    if "@" in who.lstrip("@"):
        return user_by_email(who)
    handle = who.removeprefix("@").lower()
    return db.session.scalar(select(User).where(User.handle == handle)) if handle else None


def remove_editor(actor: Any, dossier: Dossier, editor: DossierEditor) -> User:
    """End somebody's work on the dossier; give the person, so that it can be undone."""
    person = editor.user
    dossier.editors.remove(editor)
    audit.record(actor, "dossier.editor", dossier, changes={"person": [person.display_name, None]})
    with force_locale(person.language):
        told = _("You no longer edit the dossier “%(title)s”.", title=dossier.title)
    notify(person, KIND, told, "/dossiers", actor)
    return person
