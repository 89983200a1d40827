"""The one source of time: UTC inside, Europe/Berlin only where it is shown."""

from datetime import UTC, datetime


def now() -> datetime:
    """Give the current moment as an aware UTC datetime."""
    return datetime.now(UTC)
