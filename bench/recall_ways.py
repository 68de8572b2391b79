"""The ways to recall that are measured: one function each."""

import itertools
import json
import time
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bench import load, processes
from bench.client import Client
from bench.recall_floors import WARM_UPS
from bench.recall_store import MODEL, START, Material, Target, conversation_id, occurred_at
from bench.server import Server
from regulars.recall.rank import rank
from regulars.recall.snapshot import Memory, Snapshot

PER_SECOND_MAX: Final = 5_000
WRITES_MAX: Final = 200
SAME: Final = "What did they say about the early call?"
KNOWN: Final = 300
"""So many queries are asked in turn: more than a server remembers the answers of."""
_SEEDS: Final = itertools.count(1_000_000)
"""No two rows of fresh queries are alike."""
LIMIT: Final = 20
"""Of observations, as of a request that says nothing about it."""


@dataclass(frozen=True)
class Asked:
    """A server and the path under which it recalls the profiles of one store."""

    server: Server
    store_id: str

    def path(self, profile_id: str) -> str:
        return f"/v1/Stores/{self.store_id}/Profiles/{profile_id}/Recall"

    def same(self, client: Client, profile_id: str) -> Callable[[], object]:
        path, body = self.path(profile_id), _body(SAME)
        return lambda: client.exchange("POST", path, body)

    def known(self, client: Client, profile_id: str) -> Callable[[], object]:
        path, bodies = self.path(profile_id), itertools.cycle([_body(query) for query in known_queries()])
        return lambda: client.exchange("POST", path, next(bodies))

    def fresh(self, client: Client, profile_id: str) -> Callable[[], object]:
        path, queries = self.path(profile_id), Material(seed=next(_SEEDS)).questions()
        return lambda: client.exchange("POST", path, _body(next(queries)))

    def ready(self, profile_id: str) -> None:
        """Everything is loaded that does not belong to the profiles that are measured, first of all the model."""
        client = Client(self.server)
        for work in (self.fresh(client, profile_id), self.same(client, profile_id)) * WARM_UPS:
            work()
        for query in known_queries():
            client.post(self.path(profile_id), {"query": query})


def _body(query: str) -> bytes:
    return json.dumps({"query": query}).encode()


def known_queries() -> list[str]:
    return list(itertools.islice(Material(seed=7).questions(), KNOWN))


def cold(asked: Asked, target: Target) -> list[float]:
    """Profiles that this server has never been asked for; the query is known."""
    client = Client(asked.server)
    return [_seconds(asked.same(client, profile_id)) for profile_id in target.cold]


def written(asked: Asked, target: Target, seconds: float) -> list[float]:
    """The recall that comes right after each write was answered; the write itself is not timed."""
    client, texts = Client(asked.server), iter(Material(8).texts(WRITES_MAX))
    path = f"/v1/Stores/{asked.store_id}/Profiles/{target.profile_id}/Observations"
    again = asked.same(client, target.profile_id)
    took: list[float] = []
    deadline = time.monotonic() + seconds
    for text in texts:
        if time.monotonic() > deadline:
            break
        client.post(path, {"observations": [_observation(text)]})
        took.append(_seconds(again))
    return took


def _observation(text: str) -> dict[str, object]:
    return {"content": text, "source": "bench", "occurredAt": START.isoformat()}


def per_second(
    asked: Asked, profile_id: str, bodies: Sequence[dict[str, str]], connections: int, seconds: float
) -> float:
    requests = [_request(asked.server, asked.path(profile_id), body) for body in bodies]
    sent = requests * (int(PER_SECOND_MAX * max(seconds, 1)) // len(requests))
    outcome = load.run(load.Load(asked.server.port, connections, seconds, sent))
    if outcome.failures:
        raise RuntimeError(f"recalls were answered with {outcome.failures}")
    return len(outcome.latencies) / outcome.seconds


def _request(server: Server, path: str, body: dict[str, str]) -> bytes:
    payload = json.dumps(body).encode()
    credentials = b64encode(":".join(server.auth).encode()).decode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nAuthorization: Basic {credentials}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(payload)}\r\nAccept: */*\r\n\r\n"
    )
    return head.encode() + payload


def growth(asked: Asked, target: Target) -> dict[str, object]:
    """What the server weighs more once it holds the profile."""
    before = processes.memory_mb(asked.server.pid)
    took = _seconds(asked.same(Client(asked.server), target.profile_id))
    after = processes.memory_mb(asked.server.pid)
    return {
        "observations": target.size,
        "RSS before, MB": before["rss"],
        "RSS after, MB": after["rss"],
        "PSS before, MB": before["pss"],
        "PSS after, MB": after["pss"],
        "PSS grown, bytes a memory": (after["pss"] - before["pss"]) * 2**20 / target.size,
        "first recall, ms": took * 1000,
    }


def ranking(size: int, seconds: float) -> tuple[list[float], float]:
    """In this process, over the texts of the profile, with fresh queries. And what the snapshot says of its bytes."""
    material = Material(size)
    texts, vectors = material.texts(size), material.vectors(size)
    memories = [_memory(place, text, vector) for place, (text, vector) in enumerate(zip(texts, vectors, strict=True))]
    snapshot = Snapshot.empty(MODEL.dimensions).updated(memories, 1)
    queries = material.questions()
    asked = iter([(next(queries), vector) for vector in material.vectors(1000)] * 1000)
    took = [_seconds(_rank(snapshot, *next(asked))) for _ in range(WARM_UPS)]
    took.clear()
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        took.append(_seconds(_rank(snapshot, *next(asked))))
    return took, snapshot.bytes / size


def _rank(snapshot: Snapshot, text: str, vector: object) -> Callable[[], object]:
    return lambda: rank(
        snapshot, text=text, vector=vector, kind="observation", begin=None, end=None, limit=LIMIT, threshold=0.0
    )


def _memory(place: int, text: str, vector: object) -> Memory:
    at = occurred_at(place)
    return Memory(
        memory_id=f"mem_observation_{place:026d}",
        kind="observation",
        content=text,
        source="bench",
        occurred_at=at,
        created_at=at,
        updated_at=at,
        conversation_ids=(conversation_id(place),),
        vector=vector,
    )


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
