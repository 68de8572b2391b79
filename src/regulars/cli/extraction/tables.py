"""What a measurement of extraction says, as tables for people."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table

from regulars.cli.extraction.measure import EXTRACTED, GOLD, OURS, Measured, system
from regulars.cli.extraction.observed import shares, worth
from regulars.cli.quality import machine
from regulars.cli.quality.metrics import CUTS, Figures, figures, percentile
from regulars.cli.quality.tables import figures_of, groups, header_table, percent

_CUT: Final = 10
"""Where what was extracted is held against gold."""


def header(measured: Measured, *, path: Path, screening: str, embedder: str, at: datetime) -> dict[str, str]:
    dataset, times = measured.dataset, measured.recall_s
    asked = sum(len(dialogue.questions) for dialogue in dataset.dialogues)
    reading = f"{measured.extract_s:.1f} s more until all was read, {measured.vectors_s:.1f} s more for vectors"
    return {
        "data": f"{dataset.name}, {path}, {dataset.size:,} bytes",
        "sha256": dataset.sha256,
        "told": f"{measured.turns:,} turns in {measured.conversations:,} conversations",
        "asked": f"{asked:,} questions about {len(dataset.dialogues)} customers",
        "screening": screening,
        "embedder": embedder,
        "version": machine.version(),
        "date": at.isoformat(timespec="seconds"),
        **machine.describe(),
        "ingest": f"{measured.ingest_s:.1f} s, {reading}",
        "recall": f"p50 {1000 * percentile(times, 50):.1f} ms, p99 {1000 * percentile(times, 99):.1f} ms over HTTP",
    }


def show(console: Console, measured: Measured, head: Mapping[str, str]) -> None:
    console.print(header_table(head))
    console.print(_worth_table(measured))
    for line in _made(measured):
        console.print(f"  {line}", highlight=False, soft_wrap=True)
    console.print(_recall_table(measured))
    for line in _verdict(measured):
        console.print(f"  {line}", highlight=False, soft_wrap=True)


def of_gold(found: Mapping[str, Figures], name: str) -> float | None:
    """A system's recall for that of the same ranker over gold; None where there is no gold."""
    gold = found.get(system(name.partition(", ")[0], GOLD))
    return found[name].recall[_CUT] / gold.recall[_CUT] if gold and gold.recall[_CUT] else None


def _worth_table(measured: Measured) -> Table:
    table = Table(box=box.SIMPLE_HEAD, title=measured.dataset.name, title_justify="left", title_style="bold")
    table.add_column("what can be found", no_wrap=True)
    for name in ("number", "per 100 turns", "cited", "coverage", "evidence turns", "characters"):
        table.add_column(name, justify="right")
    for form, corpora in measured.corpora.items():
        one = worth(corpora)
        table.add_row(
            form,
            f"{one.items:,}",
            f"{one.per_100_turns:.1f}",
            percent(one.cited),
            percent(one.coverage),
            percent(one.evidence),
            f"{one.chars:.0f}",
            style="bold" if form == EXTRACTED else None,
        )
    return table


def _made(measured: Measured) -> Iterator[str]:
    made = [one for its in measured.made.values() for one in its]
    if made:
        yield "of the extracted: " + ", ".join(f"{name} {percent(share)} %" for name, share in shares(made).items())
    else:
        yield "nothing was extracted"


def _recall_table(measured: Measured) -> Table:
    table = Table(box=box.SIMPLE_HEAD, title="What recall finds", title_justify="left", title_style="bold")
    table.add_column("questions", no_wrap=True)
    table.add_column("system", no_wrap=True)
    for name in (*(f"R@{cut}" for cut in CUTS), "MRR", f"R@{_CUT} of gold's"):
        table.add_column(name, justify="right", min_width=6)
    for group, of_it in groups(measured.systems, measured.dataset.categories).items():
        found = dict(figures_of(measured.systems, of_it))
        for index, (name, one) in enumerate(found.items()):
            label = f"{group.replace('_', ' ')} ({one.questions})" if index == 0 else ""
            cells = [*(percent(one.recall[cut]) for cut in CUTS), f"{one.mrr:.3f}", percent(of_gold(found, name))]
            table.add_row(label, name, *cells, style="bold" if name == system(OURS, EXTRACTED) else None)
        table.add_section()
    return table


def _verdict(measured: Measured) -> Iterator[str]:
    """The figures that there are targets for."""
    answerable = {
        name: found
        for name, outcomes in measured.systems.items()
        if (found := figures(one for one in outcomes if one.question.answerable))
    }
    mine, one = system(OURS, EXTRACTED), worth(measured.corpora[EXTRACTED])
    if mine in answerable and (share := of_gold(answerable, mine)) is not None:
        yield f"R@{_CUT} in observations: {percent(share)} % of gold's (target: 92)"
    yield f"economy: {one.per_100_turns:.1f} observations per 100 customer turns (target: 60 at most)"
    yield f"cited: {percent(one.cited)} % (target: 100)"
