"""`regulars bench quality`: how much of what matters recall brings back."""

import json
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Final, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from regulars.cli.client import connected
from regulars.cli.demo_server import leave_in_order, own_server
from regulars.cli.options import errors, run, told_plainly
from regulars.cli.quality.asking import Way
from regulars.cli.quality.corpus import Mode
from regulars.cli.quality.datasets import READERS
from regulars.cli.quality.datasets.form import Dataset
from regulars.cli.quality.export import exported
from regulars.cli.quality.measure import Measured, Run
from regulars.cli.quality.metrics import CUTS
from regulars.cli.quality.tables import header, show
from regulars.core import limits
from regulars.core.errors import InvalidInput
from regulars.runtime import clock, embedder_name

_GREETING_S: Final = 10.0
_WIDTH_MIN: Final = 100
"""Of what goes to a file."""
_NUMBERS: Final = "Numbers of dialogues, separated by commas, such as 1,3"

DatasetName = Literal["locomo", "beam", "memorybank"]

DatasetOption = Annotated[DatasetName, typer.Option("--dataset", help="What the data are.")]
DataOption = Annotated[
    Path, typer.Option("--data", exists=True, readable=True, help="Where they lie: a file or a folder.")
]
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
HitsOption = Annotated[
    int, typer.Option("--hits", min=CUTS[-1], max=limits.RECALL_ITEMS_MAX, help="How many hits each recall asks for.")
]
LimitOption = Annotated[
    int | None, typer.Option("--limit", min=1, help="Only the first so many dialogues.", show_default=False)
]
ChoiceOption = Annotated[str | None, typer.Option("--conversations", help=f"{_NUMBERS}.", show_default=False)]
UrlOption = Annotated[
    str | None, typer.Option("--url", help="A running server, instead of one of its own.", show_default=False)
]
SidOption = Annotated[
    str | None, typer.Option("--account-sid", envvar="REGULARS_ACCOUNT_SID", help="AC…", show_default=False)
]
TokenOption = Annotated[
    str | None,
    typer.Option("--auth-token", envvar="REGULARS_AUTH_TOKEN", help="The account's token.", show_default=False),
]
QuietOption = Annotated[
    float,
    typer.Option("--quiet", min=0, help="So many seconds the answers of --url stay the same once it has all vectors."),
]
JsonOption = Annotated[
    Path | None,
    typer.Option(
        "--json", dir_okay=False, help="Write all figures and every question's ranks here.", show_default=False
    ),
]

console = Console()
console.width = console.width if console.is_terminal else max(console.width, _WIDTH_MIN)


@dataclass(frozen=True, slots=True)
class _Server:
    """`data_dir` is None when the server is somebody else's."""

    url: str
    account_sid: str
    auth_token: str
    data_dir: Path | None = None

    @property
    def embedder(self) -> str:
        return embedder_name() if self.data_dir is not None else f"that of {self.url}"


def quality(
    *,
    dataset: DatasetOption,
    data: DataOption,
    mode: ModeOption = "communications",
    ask: WayOption = "question",
    hits: HitsOption = CUTS[-1],
    limit: LimitOption = None,
    conversations: ChoiceOption = None,
    url: UrlOption = None,
    account_sid: SidOption = None,
    auth_token: TokenOption = None,
    quiet: QuietOption = 15.0,
    json_path: JsonOption = None,
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
        _check(mode, ask, url, account_sid, auth_token)
        if json_path is not None and not json_path.absolute().parent.is_dir():
            raise InvalidInput(f"--json: there is no folder {json_path.parent}")
        datasets = [_chosen(one, limit, conversations) for one in READERS[dataset](data)]
        leave_in_order()
        with ExitStack() as stack:
            server = _server(stack, url, account_sid or "", auth_token or "")
            measured = run(_measure(server, datasets, mode, ask, hits, quiet))
        _report(measured, data, server.embedder, json_path)


def _check(mode: Mode, ask: Way, url: str | None, account_sid: str | None, auth_token: str | None) -> None:
    if ask == "conversation" and mode != "observations":
        raise InvalidInput(
            "--ask conversation needs --mode observations: recall with a conversation returns that "
            "conversation's own communications"
        )
    if url and not (account_sid and auth_token):
        raise InvalidInput("--url needs --account-sid and --auth-token")


def _chosen(dataset: Dataset, limit: int | None, conversations: str | None) -> Dataset:
    dialogues = dataset.dialogues
    if conversations is not None:
        try:
            numbers = [int(number) for number in conversations.split(",")]
        except ValueError:
            raise InvalidInput(f"--conversations takes {_NUMBERS[0].lower()}{_NUMBERS[1:]}") from None
        if not all(1 <= number <= len(dialogues) for number in numbers):
            raise InvalidInput(f"--conversations: {dataset.name} has dialogues 1 to {len(dialogues)}")
        dialogues = tuple(dialogues[number - 1] for number in numbers)
    dialogues = dialogues[:limit]
    if not any(dialogue.questions for dialogue in dialogues):
        raise InvalidInput(f"There are no questions about these dialogues of {dataset.name}")
    return replace(dataset, dialogues=dialogues)


def _server(stack: ExitStack, url: str | None, account_sid: str, auth_token: str) -> _Server:
    if url is not None:
        return _Server(url, account_sid, auth_token)
    with errors.status("Starting a server with a database of its own"):
        own = stack.enter_context(own_server())
    return _Server(own.base_url, own.account_sid, own.auth_token, own.data_dir)


async def _measure(
    server: _Server, datasets: list[Dataset], mode: Mode, ask: Way, hits: int, quiet_s: float
) -> list[Measured]:
    async with connected(server.url, server.account_sid, server.auth_token) as client:
        await client.greet(_GREETING_S)
        measuring = Run(
            client=client,
            data_dir=server.data_dir,
            quiet_s=quiet_s,
            mode=mode,
            way=ask,
            hits_max=hits,
            progress=_Shown(),
        )
        stamp = clock().strftime("%Y%m%d%H%M%S")
        return [await measuring.measure(one, f"quality-{one.name.replace(' ', '-')}-{stamp}") for one in datasets]


class _Shown:
    @contextmanager
    def begin(self, what: str, total: int | None) -> Generator[Callable[[], None]]:
        columns = (TextColumn("{task.description:<24}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as progress:
            task = progress.add_task(what, total=total)
            yield lambda: progress.advance(task)


def _report(measured: list[Measured], path: Path, embedder: str, json_path: Path | None) -> None:
    heads = [header(one, path=path, embedder=embedder, at=clock()) for one in measured]
    for one, head in zip(measured, heads, strict=True):
        show(console, one, head)
    if json_path is not None:
        runs = [exported(one, head) for one, head in zip(measured, heads, strict=True)]
        json_path.write_text(json.dumps({"runs": runs}, ensure_ascii=False, indent=1), "utf-8")
        console.print(f"Written to {json_path}", highlight=False, style="dim")
