"""`regulars bench`: measurements that anyone can repeat."""

import typer

from regulars.cli.quality.command import quality

bench = typer.Typer(no_args_is_help=True, help="Measure Regulars.")
bench.command("quality")(quality)


@bench.callback()
def _group() -> None:
    """With a single command it stays a group: `bench quality`."""
