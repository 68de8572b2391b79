"""Signed inbound SMS a second, over 16 keep-alive connections, beside what the same Postgres can commit just then."""

from collections.abc import Callable
from dataclasses import dataclass

import psycopg

from bench import floor, load, messages, processes, stats
from bench.server import Server, data_directory, serving
from regulars.storage.embedded import running

CONNECTIONS = 16
WARM_UP_S = 1.0
PER_SECOND_MAX = 2500
"""So many messages are made ready for each second; a server that takes more needs a larger number here."""


@dataclass
class Round:
    outcome: load.Outcome
    server_processor_s: float
    postgres_processor_s: float
    many: dict[str, float]
    one: dict[str, float]

    @property
    def rate(self) -> float:
        return len(self.outcome.latencies) / self.outcome.seconds


def measure(*, seconds: float, rounds: int, processes: list[int], say: Callable[[str], None]) -> dict[str, object]:
    return {f"{count} process{'es' if count > 1 else ''}": _measure(count, seconds, rounds, say) for count in processes}


def _measure(count: int, seconds: float, rounds: int, say: Callable[[str], None]) -> dict[str, object]:
    """Several web processes run without a worker: with its connections, Postgres would have none left for the floor."""
    options = ["--processes", str(count), "--no-worker"] if count > 1 else []
    with data_directory() as data_dir, serving(data_dir, *options) as server:
        conninfo = running(data_dir)
        if conninfo is None:
            raise RuntimeError("the server's Postgres cannot be found")
        capture = messages.prepare(server)
        disk = floor.disk_syncs(data_dir, min(seconds, 2.0))
        sent, warmed = _warm_up(server)
        done: list[Round] = []
        for number in range(rounds):
            done.append(_round(server, conninfo, sent, seconds))
            sent += int(seconds * PER_SECOND_MAX)
            say(f"{count} web, round {number + 1} of {rounds}: {done[-1].rate:.0f} a second")
        acknowledged = warmed + sum(len(one.outcome.latencies) for one in done)
        return {**_figures(done, disk), "acknowledged, with the warm-up": acknowledged, **_stored(conninfo, capture)}


def _warm_up(server: Server) -> tuple[int, int]:
    """How many messages are used up, and how many of them were acknowledged."""
    count = int(WARM_UP_S * PER_SECOND_MAX)
    outcome = load.run(load.Load(server.port, CONNECTIONS, WARM_UP_S, messages.requests(server, 0, count)))
    return count, len(outcome.latencies)


def _round(server: Server, conninfo: str, first: int, seconds: float) -> Round:
    """The floor directly before and after would see the same neighbours; here it follows at once, half as long."""
    requests = messages.requests(server, first, int(seconds * PER_SECOND_MAX))
    before = processes.by_kind(server.pid)
    outcome = load.run(load.Load(server.port, CONNECTIONS, seconds, requests))
    after = processes.by_kind(server.pid)
    return Round(
        outcome,
        after["python"] - before["python"],
        after["postgres"] - before["postgres"],
        floor.inserts(conninfo, CONNECTIONS, seconds / 2),
        floor.inserts(conninfo, 1, seconds / 2),
    )


def _figures(done: list[Round], disk: dict[str, float]) -> dict[str, object]:
    latencies = [took for one in done for took in one.outcome.latencies]
    failures = [one.outcome.failures for one in done if one.outcome.failures]
    return {
        "webhooks a second": stats.spread([one.rate for one in done]),
        "latency, all rounds": stats.latency(latencies),
        "floor: commits a second, 16 connections": stats.spread([one.many["per_s"] for one in done]),
        "floor: commits a second, one connection": stats.spread([one.one["per_s"] for one in done]),
        "webhooks for each commit of the floor": stats.spread([one.rate / one.many["per_s"] for one in done]),
        "floor: 16 connections, p50_ms": stats.spread([one.many["p50_ms"] for one in done]),
        "disk: fdatasync a second": disk["per_s"],
        "Python of the server, ms a webhook": _each(done, lambda one: one.server_processor_s),
        "Postgres, ms a webhook": _each(done, lambda one: one.postgres_processor_s),
        "load generator, ms a webhook": _each(done, lambda one: one.outcome.processor_s),
        "other answers than 200": failures or "none",
        "ran out of messages": any(one.outcome.ran_out for one in done),
    }


def _each(done: list[Round], used: Callable[[Round], float]) -> dict[str, float]:
    return stats.spread([used(one) / max(1, len(one.outcome.latencies)) * 1000 for one in done])


def _stored(conninfo: str, capture: messages.Capture) -> dict[str, object]:
    """Fewer communications than acknowledged messages would be a loss, more a repetition."""
    with psycopg.connect(conninfo) as connection:
        counted = {
            table: connection.execute(f"SELECT count(*) FROM {table} WHERE store_id = %s", (capture.store_id,))
            for table in ("communication", "conversation", "profile")
        }
        return {f"stored: {table}": (cursor.fetchone() or (0,))[0] for table, cursor in counted.items()}
