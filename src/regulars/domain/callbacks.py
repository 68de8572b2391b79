"""When a callback is tried again, and when an endpoint is given up."""

from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple

DeliveryStatus = Literal["PENDING", "DELIVERED", "FAILED", "SKIPPED"]

_DELAYS: Final = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
)
"""Between a failure and the next attempt; the first attempt is at once."""

_PATIENCE: Final = timedelta(days=5)
_ATTEMPTS_BEFORE_OFF: Final = 4
"""One failure after a quiet week says little; this many of one delivery take over half an hour."""


class Said(NamedTuple):
    """What came of one request: the status of the answer, if there was one, and the beginning of its text or why there
    was none."""

    status: int | None
    text: str

    @property
    def delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class Outcome(NamedTuple):
    """What became of an attempt: the status of the delivery, and when it is tried again if it is PENDING."""

    status: DeliveryStatus
    retry_at: datetime | None


def outcome(*, delivered: bool, attempts_before: int, now: datetime) -> Outcome:
    if delivered:
        return Outcome("DELIVERED", None)
    if attempts_before >= len(_DELAYS):
        return Outcome("FAILED", None)
    return Outcome("PENDING", now + _DELAYS[attempts_before])


def is_given_up(failing_since: datetime, attempts: int, now: datetime) -> bool:
    """Whether an endpoint that just failed, with a delivery that was tried so many times, is switched off."""
    return now - failing_since >= _PATIENCE and attempts >= _ATTEMPTS_BEFORE_OFF
