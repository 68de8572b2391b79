"""`regulars bench reconciliation`: whether what is said next revises, repeats or adds to what is known."""

import json
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.table import Table

from regulars.cli.options import run, told_plainly
from regulars.cli.quality.options import JsonOption, console
from regulars.cli.reconciliation.suite import SETS, Attributes, Verdict, figures, judge, read_cases, wrongly_revised
from regulars.runtime import models_of
from regulars.settings import Settings

MissesOption = Annotated[bool, typer.Option("--misses", help="Show every statement that was decided otherwise.")]


def reconciliation(*, misses: MissesOption = False, json_path: JsonOption = None) -> None:
    """Measure reconciliation on hand-written sequences of statements.

    They come with Regulars: changes, repetitions, near misses, statements
    that arrive late or together, in English, Spanish, German, Chinese and
    French. Each is decided by the words alone ("rules"), and with the
    attributes that a language model would name ("model").

    Precision is the share of a decision's uses that were right, recall the
    share of the statements that asked for it. The first statement about a
    customer is left out: it can only be added. "held out" was never used to
    mend anything.
    """
    with told_plainly():
        measured = run(_measured())
        table = Table("set", "attributes", "decision", "right", "taken", "expected", "precision", "recall")
        for (name, attributes), verdicts in measured.items():
            for decision, found in figures(verdicts).items():
                table.add_row(
                    name.replace("_", " "),
                    attributes,
                    decision,
                    *map(str, (found.right, found.taken, found.expected)),
                    *(f"{share:.1%}" for share in (found.precision, found.recall)),
                )
            table.add_section()
        console.print(table)
        for (name, attributes), verdicts in measured.items():
            console.print(f"{name}, {attributes}: {len(wrongly_revised(verdicts))} unrelated facts revised")
            if misses:
                _show_misses(verdicts)
        if json_path is not None:
            json_path.write_text(json.dumps([_row(*one) for one in measured.items()], indent=2))


async def _measured() -> dict[tuple[str, Attributes], list[Verdict]]:
    embedder = models_of(Settings()).embedder
    judged = {name: await judge(read_cases(name), embedder) for name in SETS}
    return {(name, way): verdicts for name, ways in judged.items() for way, verdicts in ways.items()}


def _show_misses(verdicts: Sequence[Verdict]) -> None:
    for one in verdicts:
        if not one.is_right:
            console.print(f"  {one.case.title}, {one.number}: {one.statement.text} [{one.got}]", markup=False)


def _row(key: tuple[str, Attributes], verdicts: Sequence[Verdict]) -> dict[str, Any]:
    return {
        "set": key[0],
        "attributes": key[1],
        "cases": len({id(one.case) for one in verdicts}),
        "unrelated_facts_revised": len(wrongly_revised(verdicts)),
        **{
            decision: {
                "expected": found.expected,
                "taken": found.taken,
                "right": found.right,
                "precision": round(found.precision, 4),
                "recall": round(found.recall, 4),
            }
            for decision, found in figures(verdicts).items()
        },
    }
