"""Sites whose links are held, or never counted."""

from typing import Any

from flask_babel import gettext as _

from kts.core import audit
from kts.core.errors import Invalid
from kts.curation.rules.models import WatchedHost
from kts.curation.rules.services.keeping import add_once, require_version, write
from kts.extensions import db


def add_host(actor: Any, values: dict[str, Any]) -> WatchedHost:
    """List a site; raise Invalid where it is listed already."""
    _refuse_known(values["host"])
    host = WatchedHost(**values)
    add_once(host, _("%(host)s is listed already.", host=host.host))
    audit.record(actor, "watched_host.create", host)
    return host


def change_host(actor: Any, host: WatchedHost, values: dict[str, Any], version: int) -> None:
    """Change a rule; raise Conflict where somebody did so meanwhile."""
    require_version(host, version)
    _refuse_known(values["host"], but=host)
    if changes := write(host, values):
        host.version += 1
        db.session.flush()
        audit.record(actor, "watched_host.change", host, changes=changes)


def _refuse_known(name: str, but: WatchedHost | None = None) -> None:
    known = db.session.scalar(db.select(WatchedHost).filter_by(host=name))
    if known is not None and known is not but:
        raise Invalid(_("%(host)s is listed already.", host=name))
