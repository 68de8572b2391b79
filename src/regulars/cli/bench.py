"""`regulars bench`: measurements that anyone can repeat."""

import typer

from regulars.cli.extraction.command import extraction
from regulars.cli.quality.command import quality
from regulars.cli.reconciliation.command import reconciliation

bench = typer.Typer(no_args_is_help=True, help="Measure Regulars.")
for measurement in (quality, extraction, reconciliation):
    bench.command()(measurement)
