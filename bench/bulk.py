"""PUT Bulk of 1,000 profiles: until it is accepted, and until it has been applied. In stores of several sizes."""

import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from bench import crowd, stats
from bench.client import Client, path_of
from bench.crowd import Person
from bench.server import data_directory, serving

BATCH = 1000

KINDS = ("all new", "the same again", "half known, half new")


@dataclass
class Took:
    """Seconds, one for each round."""

    accepted: list[float] = field(default_factory=list)
    applied: list[float] = field(default_factory=list)


def measure(*, sizes: Sequence[int], rounds: int, say: Callable[[str], None]) -> dict[str, object]:
    took = {size: _measure(size, rounds, say) for size in sizes}
    figures: dict[str, object] = {f"store of {size:,}": _figures(took[size]) for size in sizes}
    if len(sizes) > 1:
        figures[f"store of {sizes[-1]:,} for each of {sizes[0]:,}, medians"] = {
            kind: stats.ratio(took[sizes[-1]][kind].applied, took[sizes[0]][kind].applied) for kind in KINDS
        }
    return figures


def _measure(size: int, rounds: int, say: Callable[[str], None]) -> dict[str, Took]:
    with data_directory() as data_dir, serving(data_dir) as server:
        store_id = crowd.settle(server, size, say)
        client, path = Client(server), f"/v1/Stores/{store_id}/Profiles/Bulk"
        took = {kind: Took() for kind in KINDS}
        _put(client, path, crowd.strangers(0, BATCH), Took())
        for number in range(1, rounds + 1):
            first = 2 * number * BATCH
            _put(client, path, crowd.strangers(first, BATCH), took["all new"])
            _put(client, path, crowd.strangers(first, BATCH), took["the same again"])
            _put(client, path, crowd.strangers(first + BATCH // 2, BATCH), took["half known, half new"])
            say(f"store of {size:,}, round {number} of {rounds}: {took['all new'].applied[-1]:.2f} s for {BATCH} new")
        found, expected = crowd.count_profiles(server, store_id), size + BATCH + rounds * (BATCH + BATCH // 2)
        if found != expected:
            raise RuntimeError(f"there are {found} profiles, and {expected} should be")
        return took


def _put(client: Client, path: str, people: Iterable[Person], took: Took) -> None:
    """The body is made before the clock runs. Both times begin with the request."""
    body = json.dumps({"profiles": [{"traits": {"Contact": _traits(person)}} for person in people]}).encode()
    began = time.perf_counter()
    accepted = client.put(path, body)
    took.accepted.append(time.perf_counter() - began)
    client.until_ended(path_of(accepted["statusUrl"]))
    took.applied.append(time.perf_counter() - began)


def _traits(person: Person) -> dict[str, str]:
    return dict(zip(crowd.COLUMNS, person, strict=True))


def _figures(took: dict[str, Took]) -> dict[str, object]:
    return {
        f"{kind}: {name}": stats.spread([1000 * seconds for seconds in times])
        for kind, one in took.items()
        for name, times in (("ms until the 202", one.accepted), ("ms until COMPLETED", one.applied))
    }
