"""`regulars bench extraction`: what a memory makes of conversations, and how much of what matters is in it."""

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from regulars.cli.client import connected
from regulars.cli.demo_server import leave_in_order
from regulars.cli.extraction.export import exported
from regulars.cli.extraction.measure import Measured, Run
from regulars.cli.extraction.sides import both_sides
from regulars.cli.extraction.tables import header, show
from regulars.cli.options import Config, Model, ModelUrl, Screening, run, settings_from, told_plainly
from regulars.cli.quality import options
from regulars.cli.quality.datasets import READERS
from regulars.cli.quality.datasets.form import Dataset
from regulars.cli.quality.metrics import CUTS
from regulars.cli.quality.options import console
from regulars.runtime import clock

DatasetOption = Annotated[options.DatasetName, typer.Option("--dataset", help="What the data are.")]
LimitOption = Annotated[
    int | None, typer.Option("--dialogues", min=1, help="Only the first so many dialogues.", show_default=False)
]


def extraction(
    *,
    data: options.DataOption,
    dataset: DatasetOption = "locomo",
    dialogues: LimitOption = None,
    conversations: options.ChoiceOption = None,
    hits: options.HitsOption = CUTS[-1],
    screening: Screening = "default",
    model: Model = None,
    model_base_url: ModelUrl = None,
    config: Config = None,
    url: options.UrlOption = None,
    account_sid: options.SidOption = None,
    auth_token: options.TokenOption = None,
    quiet: options.QuietOption = 15.0,
    json_path: options.JsonOption = None,
) -> None:
    """Measure what is made of conversations, on a public data set.

    Starts a server of its own in a temporary directory and tells it every
    dialogue through the public API, twice: each of the two people once is
    the customer whose memories are made. Every session is a conversation and
    is closed. When all of them were read, each question whose whole evidence
    the customer said is asked through Recall, for observations only; an
    observation stands for the turns that it cites.

    Beside it, through the same Recall and through plain BM25: the
    observations that annotators wrote about this customer ("gold", where the
    data have them), and what the customer said, word for word.

    Coverage is the share of a question's evidence that any observation
    cites, so no ranking can find more; R@k what is among the first k hits;
    economy the observations per 100 turns of the customer.

    --json also writes every observation with what it cites, and the turns of
    evidence that none cites: the place to look at misses.

    Example: regulars bench extraction --data locomo10.json --dialogues 1
    """
    with told_plainly():
        options.check(url, account_sid, auth_token, json_path)
        settings = settings_from(config, model=model, model_base_url=model_base_url)
        datasets = [both_sides(options.chosen(one, dialogues, conversations)) for one in READERS[dataset](data)]
        leave_in_order()
        with ExitStack() as stack:
            server = options.server(stack, url, account_sid, auth_token, settings)
            measured = run(_measure(server, datasets, hits, quiet, screened=screening == "default"))
        _report(measured, data, screening, server.embedder, json_path)


async def _measure(
    server: options.Server, datasets: list[Dataset], hits: int, quiet_s: float, *, screened: bool
) -> list[Measured]:
    async with connected(server.url, server.account_sid, server.auth_token) as client:
        await client.greet(options.GREETING_S)
        measuring = Run(
            client=client,
            data_dir=server.data_dir,
            quiet_s=quiet_s,
            hits_max=hits,
            screened=screened,
            progress=options.Shown(),
        )
        stamp = clock().strftime("%Y%m%d%H%M%S")
        return [await measuring.measure(one, f"extraction-{one.name.replace(' ', '-')}-{stamp}") for one in datasets]


def _report(measured: list[Measured], path: Path, screening: str, embedder: str, json_path: Path | None) -> None:
    heads = [header(one, path=path, screening=screening, embedder=embedder, at=clock()) for one in measured]
    for one, head in zip(measured, heads, strict=True):
        show(console, one, head)
    if json_path is not None:
        runs = [exported(one, head) for one, head in zip(measured, heads, strict=True)]
        json_path.write_text(json.dumps({"runs": runs}, ensure_ascii=False, indent=1), "utf-8")
        console.print(f"Written to {json_path}", highlight=False, style="dim")
