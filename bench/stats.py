"""Percentiles, medians over rounds, and how they are shown."""

import math
import statistics
from collections.abc import Sequence


def percentile(values: Sequence[float], percent: float) -> float:
    """Nearest rank: a value that was really measured."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def spread(values: Sequence[float]) -> dict[str, float]:
    """Of a handful of rounds: the middle and both ends."""
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def ratio(over: Sequence[float], under: Sequence[float]) -> float:
    """Of two medians."""
    return statistics.median(over) / statistics.median(under)


def latency(seconds: Sequence[float]) -> dict[str, float]:
    """Of many requests, in milliseconds."""
    if not seconds:
        return {"p50_ms": math.nan, "p99_ms": math.nan, "max_ms": math.nan, "count": 0}
    return {
        "p50_ms": percentile(seconds, 50) * 1000,
        "p99_ms": percentile(seconds, 99) * 1000,
        "max_ms": max(seconds) * 1000,
        "count": len(seconds),
    }


def shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    if isinstance(value, dict) and set(value) == {"median", "min", "max"}:
        return f"{shown(value['median'])} ({shown(value['min'])} to {shown(value['max'])})"
    return str(value)


def report(figures: dict[str, object], indent: int = 1) -> str:
    """Nested figures as indented lines."""
    lines: list[str] = []
    for name, value in figures.items():
        if isinstance(value, dict) and set(value) != {"median", "min", "max"}:
            lines += ["  " * indent + name, report(value, indent + 1)]
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            lines += ["  " * indent + name, *("  " * (indent + 1) + row for row in table(value))]
        elif isinstance(value, list):
            lines += ["  " * indent + name, *("  " * (indent + 1) + row for row in map(shown, value))]
        else:
            lines.append("  " * indent + f"{name:<44} {shown(value)}")
    return "\n".join(lines)


def table(rows: Sequence[dict[str, object]]) -> list[str]:
    """One line for each, under the names of their fields."""
    cells = [list(rows[0]), *([shown(value) for value in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
