"""Municipalities, model projects and Handlungsfelder.

A municipality is a town, a municipality, a district or a cooperation. Its key figures belong to
the official register and are only ever written by the import; its profile belongs to its editors.
Keys are text: an AGS begins with a zero in nine Länder.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from flask_babel import lazy_gettext as _l
from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from kts.core.models import TimestampMixin, UTCDateTime
from kts.core.terms import TermMixin
from kts.extensions import db
from kts.municipalities.geography import LAENDER, land_name
from kts.municipalities.names import fold

KINDS = {
    "town": _l("Town"),
    "municipality": _l("Municipality without town rights"),
    "district": _l("District"),
    "cooperation": _l("Cooperation"),
}

#: Classes by population: (code, first number of inhabitants, first of the next class). Towns and
#: municipalities by the usual limits of official statistics; districts have a class of their own.
SIZE_LIMITS = (
    ("rural", 0, 5_000),
    ("small", 5_000, 20_000),
    ("medium", 20_000, 100_000),
    ("large", 100_000, None),
)
SIZE_CLASSES = {
    "rural": _l("Rural municipality (below 5,000)"),
    "small": _l("Small town (5,000 to 20,000)"),
    "medium": _l("Medium-sized town (20,000 to 100,000)"),
    "large": _l("City (100,000 and more)"),
    "district": _l("District"),
}
STRATEGY_STATES = {
    "": _l("not stated"),
    "none": _l("no strategy yet"),
    "drafting": _l("strategy being written"),
    "adopted": _l("strategy adopted"),
    "implementing": _l("strategy being implemented"),
    "updating": _l("strategy being updated"),
}
COHORTS = (2019, 2020, 2021)
PROJECT_TYPES = {
    "grossstadt": _l("City"),
    "mittelstadt": _l("Medium-sized town"),
    "kleinstadt": _l("Small town"),
    "landkreis": _l("Rural district"),
    "interkommunal": _l("Intermunicipal cooperation"),
}


class Phase(StrEnum):
    """Where a model project stands; empty as long as nobody has recorded it."""

    UNKNOWN = ""
    STRATEGY = "A"
    IMPLEMENTATION = "B"


class Status(StrEnum):
    """Whether a model project is still funded."""

    UNKNOWN = ""
    RUNNING = "running"
    ENDED = "ended"


PHASES = {
    "": _l("not recorded yet"),
    "A": _l("Phase A: strategy"),
    "B": _l("Phase B: implementation"),
}
STATUSES = {
    "": _l("not recorded yet"),
    "running": _l("funding runs"),
    "ended": _l("funding ended"),
}


class Operating(StrEnum):
    """What became of what a model project built, after its funding; empty while nobody said so."""

    UNKNOWN = ""
    CONTINUES = "continues"
    REDUCED = "reduced"
    HANDED_OVER = "handed_over"
    ENDED = "ended"


OPERATING = {
    "": _l("not known yet"),
    "continues": _l("goes on"),
    "reduced": _l("goes on with less"),
    "handed_over": _l("handed over to somebody else"),
    "ended": _l("has ended"),
}
OPERATING_NOTE_LENGTH = 500
PROFILE_LENGTH = 20_000  # about eight printed pages; longer texts are documents

municipality_topic = Table(
    "municipality_topic",
    db.metadata,
    Column(
        "municipality_id",
        Integer,
        ForeignKey("municipality.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column(
        "topic_id",
        Integer,
        ForeignKey("topic.id", ondelete="CASCADE"),
        primary_key=True,
        index=True,
    ),
)
model_project_member = Table(
    "model_project_member",
    db.metadata,
    Column(
        "project_id",
        Integer,
        ForeignKey("model_project.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column(
        "municipality_id",
        Integer,
        ForeignKey("municipality.id", ondelete="CASCADE"),
        primary_key=True,
        index=True,
    ),
)


class Topic(TermMixin, TimestampMixin, db.Model):
    """A Handlungsfeld; the vocabulary belongs to the KTS and can be changed."""

    __tablename__ = "topic"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(100), unique=True)


class Municipality(TimestampMixin, db.Model):
    """A town, municipality, district or cooperation, and what it says about itself.

    ``ags`` is the key in the register: 8 digits, 5 for a district, none for a cooperation or a
    made-up sample. ``version`` counts the saved states of the profile; who saves an older one is
    shown both. ``search_name`` is the folded name for the search in lists.
    """

    __tablename__ = "municipality"
    __table_args__ = (
        CheckConstraint("kind IN ('town','municipality','district','cooperation')", name="kind"),
        Index("ix_municipality_land_population", "land", "population"),
        Index("ix_municipality_population", "population"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ags: Mapped[str | None] = mapped_column(String(8), unique=True)
    ars: Mapped[str] = mapped_column(String(12), default="")
    kind: Mapped[str] = mapped_column(String(20), default="municipality")
    name: Mapped[str] = mapped_column(String(200))
    full_name: Mapped[str] = mapped_column(String(200), default="")
    search_name: Mapped[str] = mapped_column(String(400), default="", index=True)
    slug: Mapped[str] = mapped_column(String(120), unique=True)
    land: Mapped[str] = mapped_column(String(2), default="")
    district_key: Mapped[str] = mapped_column(String(5), default="", index=True)
    district_name: Mapped[str] = mapped_column(String(200), default="")
    type_text: Mapped[str] = mapped_column(String(80), default="")
    association: Mapped[str] = mapped_column(String(200), default="")
    seat: Mapped[str] = mapped_column(String(200), default="")
    population: Mapped[int | None]
    area: Mapped[float | None]
    postcode: Mapped[str] = mapped_column(String(5), default="")
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    register_date: Mapped[date | None] = mapped_column(Date)
    is_sample: Mapped[bool] = mapped_column(default=False)

    profile: Mapped[str] = mapped_column(Text, default="")
    profile_html: Mapped[str] = mapped_column(Text, default="")
    render_version: Mapped[int] = mapped_column(default=0)
    website: Mapped[str] = mapped_column(String(500), default="")
    strategy_state: Mapped[str] = mapped_column(String(20), default="")
    version: Mapped[int] = mapped_column(default=1)

    contacts: Mapped[list[Contact]] = relationship(
        back_populates="municipality", cascade="all, delete-orphan", order_by="Contact.sort"
    )
    topics: Mapped[list[Topic]] = relationship(secondary=municipality_topic, order_by=Topic.sort)
    projects: Mapped[list[ModelProject]] = relationship(
        secondary=model_project_member,
        back_populates="members",
        order_by="ModelProject.cohort",
    )

    @validates("name", "full_name")
    def _fold_name(self, key: str, value: str) -> str:
        other = (self.full_name if key == "name" else self.name) or ""
        name, full_name = (value, other) if key == "name" else (other, value)
        self.search_name = search_name(name, full_name)
        return value

    @property
    def path(self) -> str:
        """Give the address of its page."""
        return f"/kommunen/{self.slug}"

    @property
    def land_name(self) -> str:
        """Give the name of the Land."""
        return land_name(self.land)

    @property
    def land_short(self) -> str:
        """Give the short code of the Land."""
        return LAENDER[self.land][0] if self.land in LAENDER else ""

    @property
    def size_class(self) -> str:
        """Give the key of the size class; empty without a population."""
        if self.kind == "district":
            return "district"
        return size_class(self.population) if self.kind in ("town", "municipality") else ""

    @property
    def size_label(self) -> str:
        """Give the name of the size class."""
        return str(SIZE_CLASSES.get(self.size_class, ""))

    @property
    def kind_label(self) -> str:
        """Give the official type where there is one, else the kind."""
        return self.type_text or str(KINDS[self.kind])

    @property
    def strategy_label(self) -> str:
        """Give the state of the strategy in words; empty when not stated."""
        return str(STRATEGY_STATES.get(self.strategy_state, "")) if self.strategy_state else ""

    @property
    def place_label(self) -> str:
        """Tell namesakes apart: the district where it is not in the name, and the Land."""
        district = self.district_name if self.district_name not in (self.name, "") else ""
        return ", ".join(part for part in (district, self.land_name) if part)


def search_name(name: str, full_name: str) -> str:
    """Give the folded text that a search by name looks at."""
    return fold(full_name if full_name.startswith(name) else f"{name} {full_name}")


def size_class(population: int | None) -> str:
    """Give the key of the size class of a town or municipality."""
    if population is None:
        return ""
    return next(code for code, _low, high in SIZE_LIMITS if high is None or population < high)


class Contact(db.Model):
    """An office that can be asked; never a person's name, so that nobody has to be erased."""

    __tablename__ = "contact"

    id: Mapped[int] = mapped_column(primary_key=True)
    municipality_id: Mapped[int] = mapped_column(
        ForeignKey("municipality.id", ondelete="CASCADE"), index=True
    )
    office: Mapped[str] = mapped_column(String(200))
    email: Mapped[str] = mapped_column(String(320), default="")
    phone: Mapped[str] = mapped_column(String(50), default="")
    sort: Mapped[int] = mapped_column(default=0)

    municipality: Mapped[Municipality] = relationship(back_populates="contacts")


class ModelProject(TimestampMixin, db.Model):
    """One of the funded projects; several municipalities may carry one together.

    ``lat, lon`` are kept only for a project without a leading municipality; all others stand on
    the map where their lead lies. ``note`` is the remark of the imported list.

    ``operating`` says what became of it after the funding, as of ``operating_on``; ``office`` is
    who answers for it, never a person's name. ``asked`` counts how often its editors were reminded
    to say so, the last time at ``asked_at``.
    """

    __tablename__ = "model_project"
    __table_args__ = (
        UniqueConstraint("cohort", "title"),
        CheckConstraint("phase IN ('','A','B')", name="phase"),
        CheckConstraint("status IN ('','running','ended')", name="status"),
        CheckConstraint(
            "operating IN ('','continues','reduced','handed_over','ended')", name="operating"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cohort: Mapped[int] = mapped_column(index=True)
    type: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(200))
    slug: Mapped[str] = mapped_column(String(120), unique=True)
    land: Mapped[str] = mapped_column(String(2), index=True)
    lead_id: Mapped[int | None] = mapped_column(
        ForeignKey("municipality.id", ondelete="SET NULL"), index=True
    )
    phase: Mapped[str] = mapped_column(String(1), default="")
    status: Mapped[str] = mapped_column(String(20), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    website: Mapped[str] = mapped_column(String(500), default="")
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    version: Mapped[int] = mapped_column(default=1)
    operating: Mapped[str] = mapped_column(String(20), default="", server_default="", index=True)
    operating_on: Mapped[date | None] = mapped_column(Date)
    operating_note: Mapped[str] = mapped_column(
        String(OPERATING_NOTE_LENGTH), default="", server_default=""
    )
    operating_office: Mapped[str] = mapped_column(String(200), default="", server_default="")
    asked: Mapped[int] = mapped_column(default=0, server_default="0")
    asked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    lead: Mapped[Municipality | None] = relationship(foreign_keys=[lead_id])
    members: Mapped[list[Municipality]] = relationship(
        secondary=model_project_member, back_populates="projects", order_by=Municipality.name
    )

    @property
    def path(self) -> str:
        """Give the address of its page."""
        return f"/programm/projekte/{self.slug}"

    @property
    def land_name(self) -> str:
        """Give the name of the Land that leads."""
        return land_name(self.land)

    @property
    def type_label(self) -> str:
        """Give the kind of project in words."""
        return str(PROJECT_TYPES[self.type])

    @property
    def phase_label(self) -> str:
        """Give the phase in words."""
        return str(PHASES[self.phase])

    @property
    def status_label(self) -> str:
        """Give the state of the funding in words."""
        return str(STATUSES[self.status])

    @property
    def operating_label(self) -> str:
        """Give in words what became of it after the funding."""
        return str(OPERATING[self.operating])

    @property
    def latlon(self) -> tuple[float, float] | None:
        """Give the place of the mark on the map."""
        place = self.lead or self
        return (place.lat, place.lon) if place.lat is not None and place.lon is not None else None
