"""`python -m bench`: measures startup, footprint, webhooks and recall of this checkout, each beside its floor."""

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench import footprint, machine, recall, startup, stats, webhooks


@dataclass(frozen=True)
class Options:
    seconds: float
    rounds: int
    processes: list[int]


Part = Callable[[Options, Callable[[str], None]], dict[str, object]]

PARTS: dict[str, Part] = {
    "startup": lambda options, say: startup.measure(rounds=options.rounds, say=say),
    "footprint": lambda options, say: footprint.measure(seconds=options.seconds, say=say),
    "webhooks": lambda options, say: webhooks.measure(
        seconds=options.seconds, rounds=options.rounds, processes=options.processes, say=say
    ),
    "recall": lambda options, say: recall.measure(seconds=options.seconds, say=say),
}


def main() -> int:
    arguments = _arguments()
    options = Options(arguments.seconds, arguments.rounds, arguments.processes)
    results: dict[str, object] = {"machine": machine.describe()}
    print("machine", stats.report(results["machine"]), sep="\n", flush=True)
    for name in arguments.only or PARTS:
        began = time.monotonic()
        _say(f"{name}: begins, load {machine.load()}")
        figures = {"load_before": machine.load(), **PARTS[name](options, _say), "load_after": machine.load()}
        results[name] = figures
        _say(f"{name}: done in {time.monotonic() - began:.0f} s")
        print(name, stats.report(figures), sep="\n", flush=True)
        if arguments.json:
            arguments.json.write_text(json.dumps(results, indent=2) + "\n")
    return 0


def _say(text: str) -> None:
    print(f"  .. {text}", file=sys.stderr, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", action="append", choices=list(PARTS), help="this part only; may be given again")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long each load lasts (default 10)")
    parser.add_argument("--rounds", type=int, default=5, help="starts, and rounds of webhooks (default 5)")
    parser.add_argument(
        "--processes",
        type=int,
        action="append",
        help="web processes under webhooks; may be given again (default 1 and 2)",
    )
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    arguments = parser.parse_args()
    arguments.processes = arguments.processes or [1, 2]
    return arguments


if __name__ == "__main__":
    sys.exit(main())
