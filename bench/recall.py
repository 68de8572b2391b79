"""Recall over HTTP for a profile of 100 and of 1,000 observations, beside the least that it can take."""

import itertools
import random
import time
from collections.abc import Callable, Iterator

import psycopg

from bench import messages, stats
from bench.client import Client
from bench.server import Server, data_directory, serving
from regulars.ai.local_embedder import LocalEmbedder
from regulars.storage.embedded import running

SIZES = (100, 1000)
BATCH = 10
EMBEDDED_PATIENCE_S = 300
WARM_UPS = 20

WHO = ("The customer", "Her daughter", "His brother", "Their office", "The assistant")
DOES = ("prefers", "asked about", "no longer wants", "is allergic to", "recommends", "returned", "ordered", "dislikes")
WHAT = ("oat milk", "the blue jacket", "window seats", "peanuts", "early deliveries", "the yearly plan", "a gift card")
WHEN = ("since the move to Berlin", "on weekdays", "before the trip in May", "after surgery", "at the Oak Street shop")


def measure(*, seconds: float, say: Callable[[str], None]) -> dict[str, object]:
    with data_directory() as data_dir:
        with serving(data_dir) as server:
            store_id = messages.prepare(server).store_id
            profiles = {size: _profile(server, store_id, size, say) for size in SIZES}
            warm = {size: _warm(server, store_id, profiles[size], seconds, say) for size in SIZES}
        with serving(data_dir, environment={"REGULARS_RECALL_CACHE_MB": "0"}) as server:
            cold = {size: _cold(server, store_id, profiles[size], seconds, say) for size in SIZES}
    return {
        **{f"{size} observations": {**warm[size], **cold[size]} for size in SIZES},
        "floor: embedding of one fresh query, in process": _embedding(seconds, say),
    }


def _profile(server: Server, store_id: str, size: int, say: Callable[[str], None]) -> str:
    """A profile with so many observations, all with their vectors."""
    client = Client(server)
    phone = f"+1317555{size:04d}"
    made = client.post(f"/v1/Stores/{store_id}/Profiles", {"traits": {"Contact": {"phone": phone}}})
    texts = sentences(size)
    for _ in range(size // BATCH):
        batch = [_observation(next(texts)) for _ in range(BATCH)]
        client.post(f"/v1/Stores/{store_id}/Profiles/{made['id']}/Observations", {"observations": batch})
    say(f"{size} observations posted; waiting for their vectors")
    _wait_for_vectors(server, str(made["id"]), size)
    return str(made["id"])


def _observation(text: str) -> dict[str, object]:
    return {"content": text, "source": "bench", "occurredAt": "2026-01-02T03:04:05Z"}


def _wait_for_vectors(server: Server, profile_id: str, size: int) -> None:
    deadline = time.monotonic() + EMBEDDED_PATIENCE_S
    with psycopg.connect(running(server.data_dir) or "", autocommit=True) as connection:
        while time.monotonic() < deadline:
            cursor = connection.execute("SELECT count(*) FROM embedding WHERE profile_id = %s", (profile_id,))
            if (cursor.fetchone() or (0,))[0] == size:
                return
            time.sleep(0.2)
    raise RuntimeError(f"the vectors did not come within {EMBEDDED_PATIENCE_S} s")


def _warm(server: Server, store_id: str, profile_id: str, seconds: float, say: Callable[[str], None]) -> dict:
    say("recall, warm")
    client, path = Client(server), f"/v1/Stores/{store_id}/Profiles/{profile_id}/Recall"
    fresh = questions()
    for _ in range(WARM_UPS):
        client.post(path, {"query": next(fresh)})
    return _side_by_side(
        {
            "warm, repeated query": lambda: client.post(path, {"query": "What is the customer allergic to?"}),
            "warm, fresh query": lambda: client.post(path, {"query": next(fresh)}),
            "floor: GET /health/live": client.live,
        },
        seconds,
    )


def _cold(server: Server, store_id: str, profile_id: str, seconds: float, say: Callable[[str], None]) -> dict:
    """A server that keeps no snapshot reads the profile anew for each recall."""
    say("recall, cold")
    client, path = Client(server), f"/v1/Stores/{store_id}/Profiles/{profile_id}/Recall"
    repeated = {"query": "What is the customer allergic to?"}
    for _ in range(3):
        client.post(path, repeated)
    return _side_by_side({"cold snapshot, repeated query": lambda: client.post(path, repeated)}, seconds / 2)


def _side_by_side(works: dict[str, Callable[[], object]], seconds: float) -> dict[str, dict[str, float]]:
    """In turn, so that a busy neighbour meets all of them alike."""
    took: dict[str, list[float]] = {name: [] for name in works}
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for name, work in works.items():
            began = time.perf_counter()
            work()
            took[name].append(time.perf_counter() - began)
    return {name: stats.latency(times) for name, times in took.items()}


def _embedding(seconds: float, say: Callable[[str], None]) -> dict[str, float]:
    """The model alone, without the thread and the event loop around it."""
    say("embedding in process")
    embedder = LocalEmbedder()
    embedder.load()
    fresh = questions()
    encode = embedder._worker._encode  # noqa: SLF001 - the floor is what lies below the public interface
    for _ in range(WARM_UPS):
        encode([next(fresh)])
    measured = _side_by_side({"model": lambda: encode([next(fresh)])}, seconds / 2)
    embedder.close()
    return measured["model"]


def sentences(seed: int) -> Iterator[str]:
    dice = random.Random(seed)
    for number in itertools.count(1):
        who, does, what, when = (dice.choice(words) for words in (WHO, DOES, WHAT, WHEN))
        yield f"{who} {does} {what} {when}, according to call {number}."


def questions() -> Iterator[str]:
    dice = random.Random(7)
    for number in itertools.count(1):
        yield f"What about {dice.choice(WHAT)} {dice.choice(WHEN)}, and order {number}?"
