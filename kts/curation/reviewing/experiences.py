"""Experiences under review: contributions that are held back until they are published."""

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from kts.core.errors import Conflict
from kts.curation.reviewing.fingerprints import fingerprint_of
from kts.curation.reviewing.models import Review
from kts.extensions import db
from kts.forum.models.held import RELEASED, HeldContribution
from kts.forum.models.threads import Thread
from kts.forum.services import holding
from kts.forum.services.moderation import hide_thread, unhide_thread


def experience_of(review: Review) -> "ExperienceSubject | None":
    """Give the held contribution of a review; None where it is gone."""
    held = db.session.get(HeldContribution, review.subject_id)
    return None if held is None else ExperienceSubject(held, review)


@dataclass
class ExperienceSubject:
    """An experience that is held back until it is released."""

    held: HeldContribution
    review: Review

    @property
    def thread(self) -> Thread | None:
        """Give the thread that it has become."""
        return self.held.result_thread

    @property
    def title(self) -> str:
        """Give the title that readers will see."""
        return self.held.title

    @property
    def path(self) -> str:
        """Give where it stands: with its author, later in the forum."""
        return self.thread.path if self.thread else self.held.path

    @property
    def edit_path(self) -> str:
        """Give none: its words stay those of its author."""
        return ""

    @property
    def visibility(self) -> str:
        """Give who will read it; nobody where its category is gone."""
        return self.held.category.visibility if self.held.category else ""

    @property
    def municipality_id(self) -> int | None:
        """Give the municipality of which it tells."""
        return self.review.municipality_id

    @property
    def topic_ids(self) -> list[int]:
        """Give its fields of action."""
        return [int(n) for n in self.held.payload.get("topics") or [] if str(n).isdecimal()]

    @property
    def is_ready(self) -> bool:
        """Say whether it still waits."""
        return self.held.is_open

    @property
    def fingerprint(self) -> str:
        """Tell these words from all others."""
        return fingerprint_of(self.held.payload)

    def publish(self, actor: Any) -> None:
        """Make the thread of it, as its author, who is told."""
        if self.held.state != RELEASED:
            holding.release(actor, self.held)

    def ask(self, actor: Any, words: str) -> None:
        """Give it back to its author, who is told."""
        holding.ask_for_changes(actor, self.held, words)

    def submit(self, actor: Any) -> None:
        """Let it wait again as it is."""
        holding.change(actor, self.held, {}, version=self.held.version)

    def withdraw(self, actor: Any) -> None:
        """Take it back for good; its author keeps the text."""
        holding.withdraw(actor, self.held, version=self.held.version)

    def retire(self, actor: Any, reason: str) -> None:
        """Hide the thread; its address says why."""
        if self.thread is None:
            raise Conflict(_("The thread is gone. Nothing was changed."))
        hide_thread(actor, self.thread, reason)

    def reinstate(self, actor: Any) -> None:
        """Show the thread again."""
        if self.thread is None:
            raise Conflict(_("The thread is gone. Nothing was changed."))
        unhide_thread(actor, self.thread, "")
