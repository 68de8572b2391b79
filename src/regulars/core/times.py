"""Instants: kept to the microsecond, told to the second (contract §1.3)."""

from datetime import UTC, datetime
from functools import lru_cache

from regulars.core.errors import InvalidInput


@lru_cache(maxsize=65_536)
def utc_text(instant: datetime) -> str:
    """`YYYY-MM-DDTHH:MM:SSZ`, the only form the Python SDK turns into a datetime."""
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def parse_instant(text: str, *, field: str) -> datetime:
    """RFC 3339 with any precision and offset; a time without an offset is taken for UTC."""
    try:
        instant = datetime.fromisoformat(text)
        instant = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidInput(f"{field} must be a date and time such as 2026-11-22T06:00:00Z") from None
    return instant
