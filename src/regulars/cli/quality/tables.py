"""What a measurement says, as tables for people."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from regulars.cli.quality import machine
from regulars.cli.quality.calibration import Calibration, calibration, threshold_curve
from regulars.cli.quality.measure import INFERRED, OURS, Measured
from regulars.cli.quality.metrics import CUTS, SESSION_CUT, Figures, Outcome, figures, percentile

ALL: Final = "answerable"


Systems = Mapping[str, Sequence[Outcome]]
"""By name, their answers to the same questions in the same order."""


def groups(systems: Systems, categories: Sequence[str]) -> dict[str, list[int]]:
    """Numbers of questions to look at together: those that have an answer, and each category that has evidence."""
    questions = [outcome.question for outcome in next(iter(systems.values()))]
    found = {ALL: [number for number, one in enumerate(questions) if one.answerable]}
    for category in categories:
        of_it = [number for number, one in enumerate(questions) if one.category == category and one.evidence]
        if of_it and of_it != found[ALL]:
            found[category] = of_it
    return found


def figures_of(systems: Systems, numbers: Sequence[int]) -> Iterator[tuple[str, Figures]]:
    for system, outcomes in systems.items():
        found = figures(outcomes[number] for number in numbers)
        if found is not None:
            yield system, found


def of_ours(measured: Measured) -> Systems:
    """Without the systems that it is compared with."""
    return {name: outcomes for name, outcomes in measured.systems.items() if name in (OURS, INFERRED)}


def by_script(measured: Measured) -> dict[str, list[int]]:
    """Numbers of the answerable questions that were brought up in the same way."""
    found: dict[str, list[int]] = {}
    for number, (script, outcome) in enumerate(zip(measured.scripts, measured.systems.get(OURS, ()), strict=False)):
        if outcome.question.answerable:
            found.setdefault(script, []).append(number)
    return found


def header(measured: Measured, *, path: Path, embedder: str, at: datetime) -> dict[str, str]:
    dataset = measured.dataset
    questions = sum(len(dialogue.questions) for dialogue in dataset.dialogues)
    asked = f"{questions:,} questions about {len(dataset.dialogues)} dialogues"
    times = measured.recall_s
    recall = f"p50 {_ms(percentile(times, 50))}, p99 {_ms(percentile(times, 99))}" if times else "nothing asked"
    return {
        "data": f"{dataset.name}, {path}, {dataset.size:,} bytes",
        "sha256": dataset.sha256,
        "asked": f"{asked} of {measured.told:,} {_what(measured)}",
        "embedder": embedder,
        "version": machine.version(),
        "date": at.isoformat(timespec="seconds"),
        **machine.describe(),
        "ingest": f"{measured.ingest_s:.1f} s, and {measured.vectors_s:.1f} s more until all vectors were there",
        "recall": f"{recall}, one at a time over HTTP",
    }


def show(console: Console, measured: Measured, head: Mapping[str, str]) -> None:
    console.print(header_table(head))
    systems, dataset = measured.systems, measured.dataset
    console.print(_quality_table(systems, groups(systems, dataset.categories), f"{dataset.name}, mode {measured.mode}"))
    if measured.scripts:
        console.print(_quality_table(of_ours(measured), by_script(measured), "How the question was brought up"))
    for system in (OURS, INFERRED):
        if outcomes := measured.systems.get(system):
            _show_scores(console, system, outcomes)


def _what(measured: Measured) -> str:
    return "turns" if measured.mode == "communications" else "observations"


def header_table(head: Mapping[str, str]) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for name, value in head.items():
        table.add_row(name, Text(value))
    return table


def _quality_table(systems: Systems, numbers: Mapping[str, Sequence[int]], title: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", title_style="bold")
    table.add_column("questions", no_wrap=True)
    table.add_column("system", no_wrap=True)
    for name in (*(f"R@{cut}" for cut in CUTS), "MRR", f"session any@{SESSION_CUT}"):
        table.add_column(name, justify="right", min_width=6)
    for group, of_it in numbers.items():
        for index, (system, found) in enumerate(figures_of(systems, of_it)):
            label = f"{group.replace('_', ' ')} ({found.questions})" if index == 0 else ""
            cells = [*(percent(found.recall[cut]) for cut in CUTS), f"{found.mrr:.3f}", percent(found.session_any)]
            table.add_row(label, system, *cells, style="bold" if system == OURS else None)
        table.add_section()
    return table


def _show_scores(console: Console, system: str, outcomes: Sequence[Outcome]) -> None:
    answerable = [outcome for outcome in outcomes if outcome.question.answerable]
    found = calibration(answerable)
    if found is None:
        return
    console.print(_calibration_table(system, found))
    lines = [("answerable questions, all hits", found)]
    lines += [("answerable questions, first 20", calibration(answerable, cut=20))]
    lines += [("all questions, all hits", calibration(outcomes))]
    for label, one in lines:
        if one is not None:
            told = f"  expected calibration error, {label}: {one.error:.3f} ({one.hits:,} hits)"
            console.print(told, highlight=False, soft_wrap=True)
    console.print(_threshold_table(system, outcomes))


def _calibration_table(system: str, found: Calibration) -> Table:
    table = Table(box=box.SIMPLE_HEAD, title=f"Scores of {system}", title_justify="left", title_style="bold")
    for name in ("score from", "hits", "mean score", "relevant"):
        table.add_column(name, justify="right")
    for one in found.bins:
        table.add_row(f"{one.low:.1f}", f"{one.hits:,}", f"{one.promised:.3f}", f"{one.relevant:.3f}")
    return table


def _threshold_table(system: str, outcomes: Sequence[Outcome]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, title=f"Thresholds, {system}", title_justify="left", title_style="bold")
    table.add_column("threshold", justify="right")
    curve = threshold_curve(outcomes)
    for most in curve[0].silent:
        table.add_column(f"≤ {most} hits" if most else "unanswerable: no hit", justify="right")
    table.add_column("answerable: relevant hit kept", justify="right")
    table.add_column("of all", justify="right")
    for one in curve:
        silent = (percent(share) for share in one.silent.values())
        table.add_row(f"{one.threshold:.1f}", *silent, percent(one.relevant_kept), percent(one.relevant_all))
    return table


def percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}"


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.1f} ms"
