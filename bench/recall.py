"""Recall over HTTP for profiles of several sizes among the memories of many others, beside the least it can take.

One table has every way to ask, one the recalls a second, one the memory. Whether the memories of *other* profiles
matter is measured side by side on servers that hold few and many of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg

from bench import load, messages, recall_ways, stats
from bench.client import Client
from bench.crowd import conninfo
from bench.recall_floors import bytes_per_s, embedding, pass_ms, side_by_side
from bench.recall_store import MODEL, Material, Target, Writer
from bench.recall_ways import Asked
from bench.server import Server, data_directory, serving

SIZES: Final = (100, 1_000, 10_000, 100_000)
OTHERS: Final = (1_000, 1_000_000)
QUICK: Final = (100, 200)
"""Of either, to see that it runs."""
CONNECTIONS: Final = (1, 4, 16)
COMPARED: Final = 1_000
"""The size of the profile with which servers of few and many other memories are compared."""
COLD_MEMORIES: Final = 40_000
"""So many, in profiles of each size, are there to be recalled for the first time."""
COLD_PROFILES: Final = (2, 30)
"""At least and at most."""

LIVE: Final = "GET /health/live"
SAME: Final = "warm, same query"
"""Asked a moment ago, of the same memory."""
KNOWN: Final = "warm, known query"
"""Its vector is known, its answer is not."""
FRESH: Final = "warm, fresh query"
WARM: Final = (SAME, KNOWN, FRESH)
WRITTEN: Final = "after one write"
COLD: Final = "cold"
ALONE: Final = "ranking alone"
TARGETS_MS: Final = {(COLD, 1_000): 25.0, (ALONE, 1_000): 1.0, (ALONE, 10_000): 3.0}
TARGET_OF_FLOOR: Final = 1.5
"""Of every warm way, for a profile of `COMPARED`."""
TARGET_OVER_WARM_MS: Final = 2.0
"""Of a recall after one write, over the same query when nothing was written."""

Took = dict[tuple[str, int], list[float]]
"""Seconds, by the way of asking and the size of the profile."""


@dataclass(frozen=True)
class Floors:
    embedding: dict[str, float]
    bytes_per_s: float
    live_ms: dict[int, float]
    """p50, by the size of the profile that was measured in turn with it."""

    def of(self, way: str, size: int) -> float:
        """In milliseconds. What was answered a moment ago needs no pass; ranking alone has no round trip."""
        passed = 0.0 if way == SAME else pass_ms(size, MODEL.dimensions, self.bytes_per_s)
        live = 0.0 if way == ALONE else self.live_ms[size]
        return live + passed + (self.embedding["p50_ms"] if way == FRESH else 0)


@dataclass(frozen=True)
class Store:
    store_id: str
    conversation_id: str
    other: str
    """One of the other profiles."""
    targets: list[Target]


def measure(
    *, others: Sequence[int], sizes: Sequence[int], seconds: float, say: Callable[[str], None]
) -> dict[str, object]:
    few, many = min(others), max(others)
    took: Took = {}
    with data_directory() as data_dir, data_directory() as other_dir:
        with serving(data_dir) as server:
            store = _filled(server, many, sizes, say)
            asked = Asked(server, store.store_id)
            weights, rates, live_ms = _warm(asked, store, took, seconds, say)
            compared = _among(few, other_dir, asked, store, seconds, say) if few < many else []
        floors = Floors(embedding(Material(3).questions(), seconds / 2), bytes_per_s(), live_ms)
        with serving(data_dir) as server:
            _cold(Asked(server, store.store_id), store, took, say)
    for target, weight in zip(store.targets, weights, strict=True):
        say(f"{target.size:,} observations: ranking alone")
        took[ALONE, target.size], weight["snapshot, bytes a memory"] = recall_ways.ranking(target.size, seconds / 4)
    return {
        "latency": _latencies(took, floors),
        "recalls a second (target: 1,000)": rates,
        "memory of the server": weights,
        f"{_compared(sizes):,} observations among {few:,} and {many:,} of others (target: 1.2)": compared,
        "floor: one query embedded in process": floors.embedding,
        "floor: memory read by one core, GB a second": floors.bytes_per_s / 1e9,
    }


def _compared(sizes: Sequence[int]) -> int:
    return COMPARED if COMPARED in sizes else min(sizes)


def _filled(server: Server, others: int, sizes: Sequence[int], say: Callable[[str], None]) -> Store:
    store_id = messages.prepare(server).store_id
    writer = Writer(server, store_id)
    say(f"{others:,} memories of other profiles are written")
    other = writer.others(others)[0]
    targets: list[Target] = []
    for size in sizes:
        least, most = COLD_PROFILES
        profiles = 1 + min(most, max(least, COLD_MEMORIES // size))
        say(f"{profiles} profiles of {size:,} memories are written")
        measured, *cold = [writer.profile(size, seed) for seed in range(size, size + profiles)]
        targets.append(Target(size, measured, cold))
    writer.settle()
    return Store(store_id, _talk(server), other, targets)


def _talk(server: Server) -> str:
    """A conversation of six messages. Its id."""
    ended = messages.MESSAGES_PER_CUSTOMER * messages.ACTIVE_CUSTOMERS
    requests = [messages.requests(server, number, 1)[0] for number in range(0, ended, messages.ACTIVE_CUSTOMERS)]
    outcome = load.run(load.Load(server.port, 1, 60, requests))
    with psycopg.connect(conninfo(server)) as connection:
        found = connection.execute("SELECT conversation_id FROM conversation").fetchall()
    if outcome.failures or len(found) != 1:
        raise RuntimeError(f"{len(found)} conversations instead of one; failures: {outcome.failures}")
    return str(found[0][0])


def _among(
    few: int, data_dir: Path, many: Asked, store: Store, seconds: float, say: Callable[[str], None]
) -> list[dict[str, object]]:
    """Profiles of one size that nobody has written to, here and on a server that holds few others."""
    size = _compared([target.size for target in store.targets])
    with serving(data_dir) as server:
        small = _filled(server, few, [size], say)
        works: dict[tuple[str, Asked], Callable[[], object]] = {}
        for asked, where in ((Asked(server, small.store_id), small), (many, store)):
            asked.ready(where.other)
            profile_id = next(target.cold[0] for target in where.targets if target.size == size)
            works |= {(way, asked): work for way, work in _ways(asked, Client(asked.server), profile_id).items()}
        say(f"{size:,} observations beside each other")
        for work in works.values():
            work()
        took = {name: stats.latency(times) for name, times in side_by_side(works, seconds).items()}
    return [
        {
            "asked": way,
            "few, p50 ms": one["p50_ms"],
            "many, p50 ms": took[way, many]["p50_ms"],
            "ratio": took[way, many]["p50_ms"] / one["p50_ms"],
            "few, p99 ms": one["p99_ms"],
            "many, p99 ms": took[way, many]["p99_ms"],
        }
        for (way, asked), one in took.items()
        if asked is not many
    ]


def _ways(asked: Asked, client: Client, profile_id: str) -> dict[str, Callable[[], object]]:
    return {
        SAME: asked.same(client, profile_id),
        KNOWN: asked.known(client, profile_id),
        FRESH: asked.fresh(client, profile_id),
    }


def _warm(
    asked: Asked, store: Store, took: Took, seconds: float, say: Callable[[str], None]
) -> tuple[list[dict[str, object]], list[dict[str, object]], dict[int, float]]:
    """The weight of each profile, the recalls a second, and by size how long the server took to say that it lives."""
    weights: list[dict[str, object]] = []
    rates: list[dict[str, object]] = []
    live_ms: dict[int, float] = {}
    asked.ready(store.other)
    for target in store.targets:
        say(f"{target.size:,} observations: warm")
        weights.append(recall_ways.growth(asked, target))
        client = Client(asked.server)
        measured = side_by_side({**_ways(asked, client, target.profile_id), LIVE: client.live}, seconds)
        live_ms[target.size] = stats.percentile(measured.pop(LIVE), 50) * 1000
        took.update({(way, target.size): times for way, times in measured.items()})
        say(f"{target.size:,} observations: recalls a second")
        rates += _rates(asked, store, target, seconds / 4)
        say(f"{target.size:,} observations: after one write")
        took[WRITTEN, target.size] = recall_ways.written(asked, target, seconds)
    return weights, rates, live_ms


def _rates(asked: Asked, store: Store, target: Target, seconds: float) -> list[dict[str, object]]:
    bodies = {
        "same query": [{"query": recall_ways.SAME}],
        "known queries": [{"query": query} for query in recall_ways.known_queries()],
        "conversation": [{"conversationId": store.conversation_id}],
    }
    return [
        {"observations": target.size, "asked with": name}
        | {
            f"{connections} connection{'s' if connections > 1 else ''}": recall_ways.per_second(
                asked, target.profile_id, those, connections, seconds
            )
            for connections in CONNECTIONS
        }
        for name, those in bodies.items()
    ]


def _cold(asked: Asked, store: Store, took: Took, say: Callable[[str], None]) -> None:
    asked.ready(store.other)
    for target in store.targets:
        say(f"{target.size:,} observations: cold")
        took[COLD, target.size] = recall_ways.cold(asked, target)


def _latencies(took: Took, floors: Floors) -> list[dict[str, object]]:
    measured = {key: stats.latency(times) for key, times in sorted(took.items(), key=lambda entry: entry[0][1])}
    return [
        {
            "observations": size,
            "asked": way,
            "p50 ms": one["p50_ms"],
            "p99 ms": one["p99_ms"],
            "count": one["count"],
            "floor ms": floors.of(way, size),
            "ratio": one["p50_ms"] / floors.of(way, size),
            "target ms": _target_ms(way, size, floors, measured[SAME, size]["p50_ms"]),
        }
        for (way, size), one in measured.items()
    ]


def _target_ms(way: str, size: int, floors: Floors, warm_ms: float) -> float | str:
    if size == COMPARED and way in WARM:
        return TARGET_OF_FLOOR * floors.of(way, size)
    if size == COMPARED and way == WRITTEN:
        return warm_ms + TARGET_OVER_WARM_MS
    return TARGETS_MS.get((way, size), "")
