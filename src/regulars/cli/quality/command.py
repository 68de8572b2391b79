"""`regulars bench quality`: how much of what matters recall brings back."""

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from regulars.cli.client import connected
from regulars.cli.demo_server import leave_in_order
from regulars.cli.options import run, told_plainly
from regulars.cli.quality import options
from regulars.cli.quality.asking import Way
from regulars.cli.quality.corpus import Mode
from regulars.cli.quality.datasets import READERS
from regulars.cli.quality.datasets.form import Dataset
from regulars.cli.quality.export import exported
from regulars.cli.quality.measure import Measured, Run
from regulars.cli.quality.metrics import CUTS
from regulars.cli.quality.options import console
from regulars.cli.quality.tables import header, show
from regulars.core.errors import InvalidInput
from regulars.runtime import clock

DatasetOption = Annotated[options.DatasetName, typer.Option("--dataset", help="What the data are.")]
ModeOption = Annotated[
    Mode,
    typer.Option("--mode", help="What is told and found: every turn, or observations about them."),
]
WayOption = Annotated[
    Way,
    typer.Option(
        "--ask", help="Send questions as queries, or also bring them up in conversations (observations only)."
    ),
]


def quality(
    *,
    dataset: DatasetOption,
    data: options.DataOption,
    mode: ModeOption = "communications",
    ask: WayOption = "question",
    hits: options.HitsOption = CUTS[-1],
    limit: options.LimitOption = None,
    conversations: options.ChoiceOption = None,
    url: options.UrlOption = None,
    account_sid: options.SidOption = None,
    auth_token: options.TokenOption = None,
    quiet: options.QuietOption = 15.0,
    json_path: options.JsonOption = None,
) -> None:
    """Measure how much of what matters recall brings back, on a public data set.

    Starts a server of its own in a temporary directory, tells it every
    dialogue through the public API (one profile for each, one conversation
    for each session), waits until all vectors are there, and asks every
    question through Recall. Beside it, on the same questions: chance, and
    plain BM25.

    R@k is the share of a question's evidence among the first k hits, MRR the
    mean of 1 / the place of the first relevant one (0 when it is not among
    the hits), session any@5 how often one of the first 5 is from a session
    that holds evidence. Then: whether scores mean what they say, and what a
    threshold keeps and drops.

    The data are not part of Regulars. What to give as --data:

    locomo      a file, or a folder of files, as in locomo10.json

    beam        a folder with a chat, or with folders of chats

    memorybank  a folder with memory_bank_en.json and the like, or above such

    Example: regulars bench quality --dataset locomo --data locomo10.json --json figures.json
    """
    with told_plainly():
        if ask == "conversation" and mode != "observations":
            raise InvalidInput(
                "--ask conversation needs --mode observations: recall with a conversation returns that "
                "conversation's own communications"
            )
        options.check(url, account_sid, auth_token, json_path)
        datasets = [options.chosen(one, limit, conversations) for one in READERS[dataset](data)]
        leave_in_order()
        with ExitStack() as stack:
            server = options.server(stack, url, account_sid, auth_token)
            measured = run(_measure(server, datasets, mode, ask, hits, quiet))
        _report(measured, data, server.embedder, json_path)


async def _measure(
    server: options.Server, datasets: list[Dataset], mode: Mode, ask: Way, hits: int, quiet_s: float
) -> list[Measured]:
    async with connected(server.url, server.account_sid, server.auth_token) as client:
        await client.greet(options.GREETING_S)
        measuring = Run(
            client=client,
            data_dir=server.data_dir,
            quiet_s=quiet_s,
            mode=mode,
            way=ask,
            hits_max=hits,
            progress=options.Shown(),
        )
        stamp = clock().strftime("%Y%m%d%H%M%S")
        return [await measuring.measure(one, f"quality-{one.name.replace(' ', '-')}-{stamp}") for one in datasets]


def _report(measured: list[Measured], path: Path, embedder: str, json_path: Path | None) -> None:
    heads = [header(one, path=path, embedder=embedder, at=clock()) for one in measured]
    for one, head in zip(measured, heads, strict=True):
        show(console, one, head)
    if json_path is not None:
        runs = [exported(one, head) for one, head in zip(measured, heads, strict=True)]
        json_path.write_text(json.dumps({"runs": runs}, ensure_ascii=False, indent=1), "utf-8")
        console.print(f"Written to {json_path}", highlight=False, style="dim")
