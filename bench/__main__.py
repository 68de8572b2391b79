"""`python -m bench [PART ..]`: measures this checkout beside its floor. Without a part: all of them but `identity`."""

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench import (
    bulk,
    callbacks,
    extraction,
    footprint,
    identity,
    imports,
    lookup,
    machine,
    recall,
    startup,
    stats,
    timers,
    webhooks,
)


@dataclass(frozen=True)
class Options:
    seconds: float
    rounds: int
    processes: list[int]
    stores: list[int]
    rows: int
    open: list[int]
    rates: list[int]
    others: list[int]
    memories: list[int]
    users: Path | None
    threads: Path | None


IDENTITY = "identity"
"""The only part that needs to be given something: a file of users."""

Part = Callable[[Options, Callable[[str], None]], dict[str, object]]

PARTS: dict[str, Part] = {
    "startup": lambda options, say: startup.measure(rounds=options.rounds, say=say),
    "footprint": lambda options, say: footprint.measure(seconds=options.seconds, say=say),
    "webhooks": lambda options, say: webhooks.measure(
        seconds=options.seconds, rounds=options.rounds, processes=options.processes, say=say
    ),
    "recall": lambda options, say: recall.measure(
        others=options.others, sizes=options.memories, seconds=options.seconds, say=say
    ),
    "bulk": lambda options, say: bulk.measure(sizes=options.stores, rounds=options.rounds, say=say),
    "import": lambda options, say: imports.measure(sizes=options.stores, rows=options.rows, say=say),
    "lookup": lambda options, say: lookup.measure(sizes=options.stores, seconds=options.seconds, say=say),
    "callbacks": lambda options, say: callbacks.measure(seconds=options.seconds, rates=options.rates, say=say),
    "extraction": lambda options, say: extraction.measure(threads=options.threads, seconds=options.seconds, say=say),
    "timers": lambda options, say: timers.measure(sizes=options.open, rounds=options.rounds, say=say),
    IDENTITY: lambda options, say: identity.measure(path=options.users or Path(), say=say),
}


def main() -> int:
    arguments = _arguments()
    options = Options(
        seconds=arguments.seconds,
        rounds=arguments.rounds,
        processes=arguments.processes or [1, 2],
        stores=sorted(arguments.store or [1_000, 1_000_000]),
        rows=arguments.rows,
        open=sorted(arguments.open or [1_000, 100_000]),
        rates=arguments.rate or [20, 200],
        others=sorted(arguments.others or (recall.QUICK if arguments.quick else recall.OTHERS)),
        memories=sorted(arguments.memories or (recall.QUICK if arguments.quick else recall.SIZES)),
        users=arguments.users,
        threads=arguments.threads,
    )
    results: dict[str, object] = {"machine": machine.describe()}
    print("machine", stats.report(results["machine"]), sep="\n", flush=True)
    for name in arguments.parts:
        began = time.monotonic()
        _say(f"{name}: begins, load {machine.load()}")
        figures = {"load_before": machine.load(), **PARTS[name](options, _say), "load_after": machine.load()}
        results[name] = figures
        _say(f"{name}: done in {time.monotonic() - began:.0f} s")
        print(name, stats.report(figures), sep="\n", flush=True)
        if arguments.json:
            arguments.json.write_text(json.dumps(results, indent=2) + "\n")
        if figures.get("right") is False:
            return 1
    return 0


def _say(text: str) -> None:
    print(f"  .. {text}", file=sys.stderr, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; `identity` is followed by a file"
    )
    parser.add_argument("--seconds", type=float, default=10.0, help="how long each load lasts (default 10)")
    parser.add_argument(
        "--rounds", type=int, default=5, help="starts, rounds of webhooks, of bulk and of timers (default 5)"
    )
    parser.add_argument(
        "--processes",
        type=int,
        action="append",
        help="web processes under webhooks; may be given again (default 1 and 2)",
    )
    parser.add_argument(
        "--store",
        type=int,
        action="append",
        help="profiles in the store under bulk, import and lookup; may be given again (default 1000 and 1000000)",
    )
    parser.add_argument("--rows", type=int, default=200_000, help="of the file under import (default 200000)")
    parser.add_argument(
        "--rate",
        type=int,
        action="append",
        help="messages a second under callbacks; may be given again (default 20 and 200)",
    )
    parser.add_argument(
        "--open",
        type=int,
        action="append",
        help="open conversations under timers; may be given again (default 1000 and 100000)",
    )
    parser.add_argument(
        "--memories",
        type=int,
        action="append",
        help="of a profile under recall; may be given again (default 100, 1000, 10000 and 100000)",
    )
    parser.add_argument(
        "--others",
        type=int,
        action="append",
        help="memories of other profiles under recall; the least and the most are compared (default 1000 and 1000000)",
    )
    parser.add_argument(
        "--threads", type=Path, help="conversations under extraction, as `regulars replay` takes them (default: demo)"
    )
    parser.add_argument("--quick", action="store_true", help="recall with the least of both: to see that it runs")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    arguments = parser.parse_args()
    arguments.parts, files = _split(arguments.parts)
    if len(files) != arguments.parts.count(IDENTITY):
        parser.error(f"the parts are {', '.join(PARTS)}; the last is followed by a file of users")
    arguments.users = files[0] if files else None
    return arguments


def _split(words: list[str]) -> tuple[list[str], list[Path]]:
    """The parts, and the file that the last of them needs."""
    parts = [word for word in words if word in PARTS]
    return parts or [part for part in PARTS if part != IDENTITY], [Path(word) for word in words if word not in PARTS]


if __name__ == "__main__":
    sys.exit(main())
