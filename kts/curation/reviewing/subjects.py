"""What is reviewed, whatever it is: its title, its readers, what it says, how it is published."""

from dataclasses import dataclass
from typing import Any, Protocol

from flask_babel import gettext as _

from kts.core.errors import Conflict
from kts.curation.dossiers import services as dossiers
from kts.curation.dossiers.models import Dossier
from kts.curation.reviewing.experiences import experience_of
from kts.curation.reviewing.fingerprints import fingerprint_of
from kts.curation.reviewing.models import DOCUMENT, DOSSIER, Review
from kts.documents import releasing
from kts.documents.models import Document, DocumentVersion
from kts.documents.services import details_of
from kts.extensions import db


class Subject(Protocol):
    """One thing under review."""

    title: str
    path: str
    edit_path: str
    visibility: str
    municipality_id: int | None
    topic_ids: list[int]
    is_ready: bool
    fingerprint: str

    def publish(self, actor: Any) -> None:
        """Let its readers see it; raise a domain error where that cannot be."""

    def retire(self, actor: Any, reason: str) -> None:
        """Take it out of lists and search; its address stays and says why."""

    def reinstate(self, actor: Any) -> None:
        """Bring a retired one back."""


def subject_of(review: Review) -> Subject | None:
    """Give what the review is about; None where it is gone."""
    if review.kind == DOCUMENT:
        document = db.session.get(Document, review.subject_id)
        return None if document is None else DocumentSubject(document, review.file)
    if review.kind == DOSSIER:
        dossier = db.session.get(Dossier, review.subject_id)
        if dossier is None or dossier.deleted_at is not None:
            return None
        return DossierSubject(dossier, review)
    return experience_of(review)


@dataclass
class DocumentSubject:
    """A document, and the file that waits."""

    document: Document
    file: DocumentVersion | None

    @property
    def title(self) -> str:
        """Give the document's title."""
        return self.document.title

    @property
    def path(self) -> str:
        """Give the address of the document."""
        return self.document.path

    @property
    def edit_path(self) -> str:
        """Give the address at which its details are changed."""
        return f"{self.document.path}/bearbeiten"

    @property
    def visibility(self) -> str:
        """Give who will read it."""
        return self.document.visibility

    @property
    def municipality_id(self) -> int | None:
        """Give whose it is."""
        return self.document.municipality_id

    @property
    def topic_ids(self) -> list[int]:
        """Give its fields of action."""
        return [topic.id for topic in self.document.topics]

    @property
    def is_ready(self) -> bool:
        """Say whether there is a file whose text is read."""
        return self.file is not None and self.file.is_ready

    @property
    def fingerprint(self) -> str:
        """Tell this file with these details from all others."""
        file = (self.file.id, self.file.label, self.file.year) if self.file else None
        return fingerprint_of(details_of(self.document), file)

    def publish(self, actor: Any) -> None:
        """Release the file."""
        if self.file is None or not self.is_ready:
            raise Conflict(_("The file is not read yet. Nothing was published."))
        releasing.release_version(self.file)

    def retire(self, actor: Any, reason: str) -> None:
        """Retire the document."""
        releasing.retire_document(actor, self.document, reason)

    def reinstate(self, actor: Any) -> None:
        """Bring the document back."""
        releasing.reinstate_document(actor, self.document)


@dataclass
class DossierSubject:
    """A dossier as its draft was when it was submitted."""

    dossier: Dossier
    review: Review

    @property
    def _told(self) -> dict[str, Any]:
        return (self.review.snapshot or {}).get("told", {})

    @property
    def title(self) -> str:
        """Give the title that was submitted."""
        return str(self._told.get("title") or self.dossier.title)

    @property
    def path(self) -> str:
        """Give the address of the dossier."""
        return self.dossier.path

    @property
    def edit_path(self) -> str:
        """Give the address at which the draft is changed."""
        return f"/dossiers/{self.dossier.id}/bearbeiten"

    @property
    def visibility(self) -> str:
        """Give who will read it."""
        return self.dossier.visibility

    @property
    def municipality_id(self) -> int | None:
        """Give none: a dossier speaks for the KTS."""
        return None

    @property
    def topic_ids(self) -> list[int]:
        """Give its fields of action."""
        return [int(number) for number in self._told.get("topics", [])]

    @property
    def is_ready(self) -> bool:
        """Say that it can be read at once."""
        return True

    @property
    def fingerprint(self) -> str:
        """Tell this state of the draft, for these readers, from all others."""
        return fingerprint_of(self._told, self.dossier.visibility)

    def publish(self, actor: Any) -> None:
        """Publish exactly what was submitted as the next version."""
        note = (self.review.snapshot or {}).get("note", "")
        dossiers.publish_snapshot(actor, self.dossier, self._told, note)

    def retire(self, actor: Any, reason: str) -> None:
        """Retire the dossier."""
        dossiers.retire_dossier(actor, self.dossier, reason)

    def reinstate(self, actor: Any) -> None:
        """Show the version that was published last again."""
        dossiers.show_dossier_again(actor, self.dossier)
