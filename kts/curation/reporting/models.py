"""Reports of content, what was decided on them, the measures, objections, and the house rules.

Several reports of one thing make one case. A case is decided once; what an objection changes is a
new decision that names the one it replaces, so that nothing which somebody was told is rewritten.
Named paragraphs are those of Regulation (EU) 2022/2065 (Digital Services Act).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kts.accounts.models import User
from kts.core.clock import now
from kts.core.models import UTCDateTime
from kts.extensions import db

ILLEGAL, ABUSE, RULE, PERSONAL, OTHER = "illegal", "abuse", "rule", "personal", "other"
CATEGORIES = (ILLEGAL, ABUSE, PERSONAL, RULE, OTHER)  # the heaviest first
BARRIER = "barrier"  # not kept here: it has a form and a deadline of its own

OPEN, DECIDED = "open", "decided"
LAW, RULES, NO_GROUND = "law", "rule", "none"
KEEP, HIDE, REMOVE = "keep", "hide", "remove"
LOCK, WARN, SILENCE, SUSPEND = "lock", "warn", "silence", "suspend"
CONTENT_MEASURES = (HIDE, REMOVE, LOCK)
PERSON_MEASURES = (WARN, SILENCE, SUSPEND)
MEASURES = (*CONTENT_MEASURES, *PERSON_MEASURES)

AUTHOR, REPORTER = "author", "reporter"
UPHELD, CHANGED, REVERSED = "upheld", "changed", "reversed"

LAW_LENGTH = 200
EXPLANATION_LENGTH = 5000
FACTS_LENGTH = 10_000
TERRITORY_LENGTH = 200
COPY_LENGTH = 100_000  # characters of the text that is kept as evidence; two long posts

WAITS = text("state = 'open'")


class ReportCase(db.Model):
    """One thing that somebody reported, until it is decided; a later report opens a new case.

    ``object_id`` has no foreign key, since it names rows of several tables; the case stays when
    they go. ``category`` is the heaviest of its reports. ``version`` grows with every report and
    with the decision, so that nobody decides on what she has not read. ``visibility`` is the token
    of the thing at that time.
    """

    __tablename__ = "report_case"
    __table_args__ = (
        CheckConstraint("state IN ('open','decided')", name="state"),
        Index("ix_report_case_state", "state", "opened"),
        Index("ix_report_case_object", "kind", "object_id"),
        Index(
            "uq_report_case_open",
            *("kind", "object_id"),
            unique=True,
            sqlite_where=WAITS,
            postgresql_where=WAITS,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    object_id: Mapped[int]
    title: Mapped[str] = mapped_column(String(300))
    address: Mapped[str] = mapped_column(String(500))
    visibility: Mapped[str] = mapped_column(String(40))
    author_id: Mapped[int | None] = mapped_column(
        ForeignKey("user.id", ondelete="SET NULL"), index=True
    )
    municipality_id: Mapped[int | None] = mapped_column(
        ForeignKey("municipality.id", ondelete="SET NULL"), index=True
    )
    category: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(10), default=OPEN)
    opened: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    version: Mapped[int] = mapped_column(default=1)

    author: Mapped[User | None] = relationship(foreign_keys=[author_id])
    reports: Mapped[list[Report]] = relationship(back_populates="case", order_by="Report.id")
    decisions: Mapped[list[Decision]] = relationship(back_populates="case", order_by="Decision.id")

    @property
    def path(self) -> str:
        """Give the address of the case for moderators."""
        return f"/kuratierung/meldungen/{self.id}"

    @property
    def decision(self) -> Decision | None:
        """Give the decision that counts: the newest one."""
        return self.decisions[-1] if self.decisions else None


class Report(db.Model):
    """What one person reported; ``number`` is her receipt (Art. 16(4)).

    ``copy`` is the text of the thing at that moment. ``by_moderator``: found by the KTS itself,
    which a statement of reasons has to say (Art. 17(3)(b)). Name and address are empty where the
    law lets people stay unknown (Art. 16(2)(c)), and some months after the end (``forgotten``).
    """

    __tablename__ = "report"
    __table_args__ = (
        CheckConstraint("category IN ('illegal','abuse','rule','personal','other')", "category"),
        Index("ix_report_forgotten", "forgotten", "case_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    case_id: Mapped[int] = mapped_column(
        ForeignKey("report_case.id", ondelete="CASCADE"), index=True
    )
    created: Mapped[datetime] = mapped_column(UTCDateTime, default=now, index=True)
    category: Mapped[str] = mapped_column(String(20))
    law: Mapped[str] = mapped_column(String(LAW_LENGTH), default="")
    paragraph: Mapped[str] = mapped_column(String(10), default="")
    explanation: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(String(200), default="")
    email: Mapped[str] = mapped_column(String(320), default="")
    lang: Mapped[str] = mapped_column(String(2), default="de")
    user_id: Mapped[int | None] = mapped_column(
        ForeignKey("user.id", ondelete="SET NULL"), index=True
    )
    by_moderator: Mapped[bool] = mapped_column(default=False)
    address: Mapped[str] = mapped_column(String(500))
    part: Mapped[int] = mapped_column(default=0)
    copy: Mapped[str] = mapped_column(Text, default="")
    forgotten: Mapped[datetime | None] = mapped_column(UTCDateTime)

    case: Mapped[ReportCase] = relationship(back_populates="reports")
    user: Mapped[User | None] = relationship()


class HouseRules(db.Model):
    """One version of the house rules; without ``number`` it is the draft of the next one.

    A version that was published never changes; it counts from ``in_force_from`` until the next one
    does. ``paragraphs`` is the text cut at its headings (number, title, text, html), by whose
    numbers decisions cite. ``version`` keeps two editors of the draft apart.
    """

    __tablename__ = "house_rules"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int | None] = mapped_column(unique=True)
    body: Mapped[str] = mapped_column(Text)
    paragraphs: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    created: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    published_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    in_force_from: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    version: Mapped[int] = mapped_column(default=1)

    published_by: Mapped[User | None] = relationship()

    @property
    def title(self) -> str:
        """Name the version in the audit log."""
        return f"#{self.number}" if self.number else ""

    def paragraph(self, number: str) -> dict[str, Any] | None:
        """Find a paragraph by its number."""
        return next((part for part in self.paragraphs if part["number"] == number), None)


class Decision(db.Model):
    """A statement of reasons (Art. 17(3)); never changed once written.

    ``content`` says what becomes of the thing itself; all that was done are its measures.
    ``until`` ends the measures on the content, empty means without end. ``rules_id`` names the
    version of the house rules that counted. ``note`` is for those who reported, and says
    nothing about the author. ``automated_found`` and ``automated_decided`` are told to people; no
    step here works by itself, so they are always false. ``ended`` is set when an objection changed
    it.
    """

    __tablename__ = "decision"
    __table_args__ = (
        CheckConstraint("ground IN ('law','rule','none')", name="ground"),
        CheckConstraint("content IN ('keep','hide','remove')", name="content"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    case_id: Mapped[int] = mapped_column(
        ForeignKey("report_case.id", ondelete="CASCADE"), index=True
    )
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("decision.id"), index=True)
    created: Mapped[datetime] = mapped_column(UTCDateTime, default=now, index=True)
    content: Mapped[str] = mapped_column(String(10))
    facts: Mapped[str] = mapped_column(Text)
    ground: Mapped[str] = mapped_column(String(10))
    law: Mapped[str] = mapped_column(String(LAW_LENGTH), default="")
    reasoning: Mapped[str] = mapped_column(Text, default="")
    rules_id: Mapped[int | None] = mapped_column(ForeignKey("house_rules.id"))
    paragraph: Mapped[str] = mapped_column(String(10), default="")
    territory: Mapped[str] = mapped_column(String(TERRITORY_LENGTH), default="")
    until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    note: Mapped[str] = mapped_column(Text, default="")
    own_initiative: Mapped[bool] = mapped_column(default=False)
    automated_found: Mapped[bool] = mapped_column(default=False)
    automated_decided: Mapped[bool] = mapped_column(default=False)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    decided_by_name: Mapped[str] = mapped_column(String(200), default="")
    ended: Mapped[datetime | None] = mapped_column(UTCDateTime)

    case: Mapped[ReportCase] = relationship(back_populates="decisions")
    rules: Mapped[HouseRules | None] = relationship()
    measures: Mapped[list[Measure]] = relationship(back_populates="decision", order_by="Measure.id")
    objections: Mapped[list[Objection]] = relationship(
        back_populates="decision", order_by="Objection.id"
    )

    @property
    def title(self) -> str:
        """Name the decision in the audit log."""
        return self.number

    @property
    def path(self) -> str:
        """Give the address of the statement for its author and moderators."""
        return f"/entscheidungen/{self.id}"

    @property
    def restricts(self) -> bool:
        """Say whether it takes anything from anybody, so that a statement is owed."""
        return bool(self.measures)


class Measure(db.Model):
    """One thing that a decision does, to the content or to a person, until it ends or is lifted.

    Nothing has to run for a measure on a person to end: ``until`` is compared whenever it matters.
    ``event_id`` names the forum's own record of the act, by which it is taken back; ``data`` is
    what taking back needs elsewhere. ``told_at`` is set when the person was told of the end,
    ``done_at`` when removed words are gone for good.
    """

    __tablename__ = "measure"
    __table_args__ = (
        CheckConstraint("kind IN ('hide','remove','lock','warn','silence','suspend')", name="kind"),
        Index("ix_measure_person", "person_id", "kind"),
        Index("ix_measure_until", "until"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int] = mapped_column(
        ForeignKey("decision.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[str] = mapped_column(String(10))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    event_id: Mapped[int | None] = mapped_column(
        ForeignKey("thread_event.id", ondelete="SET NULL"), index=True
    )
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created: Mapped[datetime] = mapped_column(UTCDateTime, default=now, index=True)
    until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    lifted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    lifted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    lift_reason: Mapped[str] = mapped_column(Text, default="")
    told_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    decision: Mapped[Decision] = relationship(back_populates="measures")
    person: Mapped[User | None] = relationship(foreign_keys=[person_id])
    lifted_by: Mapped[User | None] = relationship(foreign_keys=[lifted_by_id])

    @property
    def title(self) -> str:
        """Name the measure in the audit log."""
        return self.decision.number

    @property
    def in_force(self) -> bool:
        """Say whether it counts at this moment."""
        return self.lifted_at is None and (self.until is None or self.until > now())

    @property
    def can_be_lifted(self) -> bool:
        """Say whether it can be taken back: a warning was read, deleted words are gone."""
        return self.in_force and self.done_at is None and self.kind != WARN


class Objection(db.Model):
    """Somebody does not agree with a decision (Art. 20); each party may say so once in a case.

    ``party_key`` refuses a second one of the same party, whatever was clicked twice.
    """

    __tablename__ = "objection"
    __table_args__ = (
        CheckConstraint("party IN ('author','reporter')", name="party"),
        CheckConstraint("state IN ('open','decided')", name="state"),
        CheckConstraint("outcome IN ('','upheld','changed','reversed')", name="outcome"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    party_key: Mapped[str] = mapped_column(String(60), unique=True)
    decision_id: Mapped[int] = mapped_column(
        ForeignKey("decision.id", ondelete="CASCADE"), index=True
    )
    created: Mapped[datetime] = mapped_column(UTCDateTime, default=now, index=True)
    party: Mapped[str] = mapped_column(String(10))
    report_id: Mapped[int | None] = mapped_column(ForeignKey("report.id", ondelete="SET NULL"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), default=OPEN, index=True)
    outcome: Mapped[str] = mapped_column(String(10), default="")
    reasons: Mapped[str] = mapped_column(Text, default="")
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    decided_by_name: Mapped[str] = mapped_column(String(200), default="")

    decision: Mapped[Decision] = relationship(back_populates="objections")
    report: Mapped[Report | None] = relationship()
    user: Mapped[User | None] = relationship(foreign_keys=[user_id])

    @property
    def title(self) -> str:
        """Name the objection in the audit log."""
        return self.decision.number

    @property
    def path(self) -> str:
        """Give the address on which it is decided."""
        return f"/kuratierung/widersprueche/{self.id}"
