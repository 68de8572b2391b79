"""Runs jobs and timers until it is told to stop."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from procrastinate import App
from procrastinate.jobs import DeleteJobCondition

from regulars.jobs.tasks import CONCURRENCY, POLLING_S, create_app
from regulars.runtime import Runtime, clock, mint
from regulars.services import deliveries, embedding, lifecycle
from regulars.services.callbacks import Sender
from regulars.storage.bell import listen
from regulars.telemetry import frames_of

_HEARTBEAT_S: Final = 5.0
_PAUSE_S: Final = 1.0
_GRACE_S: Final = 5.0
_OLD_S: Final = 3600.0
"""How often what is too old is looked for."""
_STALLED_S: Final = 20.0
"""A worker that has not been heard of for so long is dead, and its jobs go to others."""

log = structlog.get_logger()


async def run_worker(rt: Runtime) -> None:
    """Jobs, timers and the rescue of jobs whose worker died, side by side. Ends when cancelled."""
    await _forever("worker", _PAUSE_S, lambda: _run(rt))


async def _run(rt: Runtime) -> None:
    app = create_app(rt)
    async with app.open_async(), asyncio.TaskGroup() as group:
        for queue in CONCURRENCY:
            group.create_task(_forever(f"jobs {queue}", _PAUSE_S, lambda queue=queue: _work(app, queue)))
        interval_s = rt.settings.lifecycle_interval_s
        group.create_task(_forever("timers", interval_s, lambda: lifecycle.tick(rt.db, mint, clock)))
        embedder = rt.models.embedder
        group.create_task(_forever("vectors", _PAUSE_S, lambda: embedding.embed_due(rt.db, embedder, clock)))
        sender = Sender(rt.db, rt.outbound, rt.sealer, clock)
        group.create_task(_forever("callbacks", _PAUSE_S, sender.run))
        group.create_task(_forever("bell", _PAUSE_S, lambda: listen(rt.db.conninfo, sender.wake)))
        keep_days = rt.settings.callbacks_keep_days
        group.create_task(_forever("old", _OLD_S, lambda: deliveries.forget_old(rt.db, clock(), keep_days)))
        group.create_task(_forever("rescue", _STALLED_S / 2, lambda: _rescue(app)))


async def _forever(name: str, pause_s: float, work: Callable[[], Awaitable[object]]) -> None:
    """A database that went away, or a bug, costs one round of one loop and is told, but ends nothing."""
    while True:
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - the job loop is one of the two places
            _end_if_cancelled()
            log.error("worker_round_failed", loop=name, error=type(error).__name__, frames=frames_of(error))  # noqa: TRY400
        await asyncio.sleep(pause_s)


def _end_if_cancelled() -> None:
    """Whoever fails while being cancelled may answer with its own error: the wish to end still holds."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def _work(app: App, queue: str) -> None:
    """Runs jobs until the database goes away."""
    await app.run_worker_async(
        queues=[queue],
        concurrency=CONCURRENCY[queue],
        fetch_job_polling_interval=POLLING_S[queue],
        install_signal_handlers=False,
        delete_jobs=DeleteJobCondition.SUCCESSFUL,
        update_heartbeat_interval=_HEARTBEAT_S,
        stalled_worker_timeout=_STALLED_S,
        shutdown_graceful_timeout=_GRACE_S,
    )


async def _rescue(app: App) -> None:
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=_STALLED_S):
        log.warning("job_rescued", job_id=job.id, task=job.task_name)
        await app.job_manager.retry_job(job)
