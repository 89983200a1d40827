"""What the terms of every vocabulary have in common: topics, kinds of documents, labels.

A term is never deleted while anything may still name it: it is retired (no longer offered, stays
where it is) or merged into another one, which then stands for it in old addresses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from flask_babel import get_locale
from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kts.core.models import UTCDateTime


class TermMixin:
    """What the moderators keep about a term beside its names.

    ``description`` says what belongs here and what does not. ``merged_into_id`` names a row of the
    same table; it is no foreign key, so that the table can be copied row by row. ``version`` counts
    what moderators change and keeps two of them from overwriting each other.
    """

    name: Mapped[str] = mapped_column(String(120), unique=True)
    name_en: Mapped[str] = mapped_column(String(120), default="")
    sort: Mapped[int] = mapped_column(default=0)
    description: Mapped[str] = mapped_column(Text, default="", server_default="")
    retired_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    merged_into_id: Mapped[int | None] = mapped_column(index=True)
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    @property
    def label(self) -> str:
        """Give the name in the language of the page."""
        return self.name_en if self.name_en and in_english() else self.name

    @property
    def is_merged(self) -> bool:
        """Say whether another term stands for it."""
        return self.merged_into_id is not None

    @property
    def is_offered(self) -> bool:
        """Say whether people can choose it for something new."""
        return self.retired_at is None and self.merged_into_id is None


def in_english() -> bool:
    """Say whether the page is read in English."""
    return str(get_locale() or "").startswith("en")


def successor(merged: Mapping[int, int], number: int) -> int:
    """Follow merged terms to the one that stands for them today."""
    seen = {number}
    while merged.get(number, number) not in seen:
        number = merged[number]
        seen.add(number)
    return number


def successors(merged: Mapping[int, int], numbers: Iterable[int]) -> list[int]:
    """Give what stands for these terms today, in their order and each once."""
    return list(dict.fromkeys(successor(merged, number) for number in numbers))
