"""Which job of the outward queue is next: one account's never take every place.

Procrastinate itself knows one order, first come first served. The statement below is its `fetch_job`
(https://github.com/procrastinate-org/procrastinate/blob/main/procrastinate/sql/schema.sql) with one condition more: a
job whose account has enough under way is passed over where it stands, so that it keeps its tries and its turn.
"""

from collections.abc import Iterable
from typing import Any, Final, LiteralString

from procrastinate.connector import BaseConnector
from procrastinate.jobs import Job
from procrastinate.manager import JobManager

_NEXT: Final[LiteralString] = """
WITH own AS MATERIALIZED (
    SELECT args ->> 'account_sid' AS account_sid FROM procrastinate_jobs
    WHERE worker_id = %(worker_id)s AND status = 'doing'
), busy AS MATERIALIZED (
    SELECT account_sid FROM own GROUP BY account_sid HAVING count(*) >= %(places)s - (SELECT count(*) FROM own)
), candidate AS (
    SELECT job.id FROM procrastinate_jobs AS job
    WHERE job.status = 'todo' AND job.queue_name = %(queue)s
      AND (job.scheduled_at IS NULL OR job.scheduled_at <= now())
      AND job.args ->> 'account_sid' NOT IN (SELECT account_sid FROM busy)
      AND NOT EXISTS (
          SELECT FROM procrastinate_jobs AS other
          WHERE other.lock = job.lock
            AND (other.status = 'doing'
                 OR (other.status = 'todo'
                     AND (other.priority > job.priority OR (other.priority = job.priority AND other.id < job.id))))
      )
    ORDER BY job.priority DESC, job.id LIMIT 1
    FOR UPDATE OF job SKIP LOCKED
)
UPDATE procrastinate_jobs AS job SET status = 'doing', worker_id = %(worker_id)s FROM candidate
WHERE job.id = candidate.id
RETURNING
    job.id, job.status, job.task_name, job.priority, job.lock, job.queueing_lock, job.args, job.scheduled_at,
    job.queue_name, job.attempts, job.worker_id
"""


class Turns(JobManager):
    """Of a queue with `places`, an account gets one only while more are free than it has: alone it takes half of them,
    two take a third each, and there is always one for somebody else. Other queues are as they are."""

    def __init__(self, connector: BaseConnector, queue: str, *, places: int) -> None:
        super().__init__(connector)
        self._queue = queue
        self._places = places

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> Job | None:
        if queues is None or list(queues) != [self._queue]:
            return await super().fetch_job(queues, worker_id)
        rows: list[dict[str, Any]] = await self.connector.execute_query_all_async(
            query=_NEXT, queue=self._queue, places=self._places, worker_id=worker_id
        )
        return Job.from_row(rows[0]) if rows else None
