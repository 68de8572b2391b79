"""When a conversation is read again after it could not be: soon at first, then every few minutes."""

from itertools import takewhile

from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.jobs import Job

from regulars.core import limits
from regulars.core.errors import ModelUnavailable


def wait_s(tries: int) -> int:
    """Before the next try after so many: 2 s, 4 s, 8 s, … five minutes."""
    return min(2 ** min(tries, 20), limits.EXTRACT_WAIT_S_MAX)


def waited_s(tries: int) -> int:
    """For how long at least a job has waited that was tried so often."""
    return sum(map(wait_s, range(1, tries + 1)))


class Reading(BaseRetryStrategy):
    """Of a model that does not answer, until the rules serve in its place; of anything else a few times more."""

    def __init__(self, patience_s: float) -> None:
        patient = sum(1 for _ in takewhile(lambda tries: waited_s(tries) < patience_s, range(100_000)))
        self._tries_max = patient + limits.EXTRACT_FAILURES_MAX

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if job.attempts >= self._tries_max:
            return None
        pause_s = wait_s(job.attempts + 1)
        if isinstance(exception, ModelUnavailable) and exception.retry_after_s is not None:
            pause_s = max(pause_s, min(int(exception.retry_after_s) + 1, limits.EXTRACT_WAIT_S_MAX))
        return RetryDecision(retry_in={"seconds": pause_s})
