"""What the measurements of quality share on the command line: their options, their server, their progress."""

from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from regulars.cli.demo_server import own_server
from regulars.cli.options import errors
from regulars.cli.quality.datasets.form import Dataset
from regulars.cli.quality.metrics import CUTS
from regulars.core import limits
from regulars.core.errors import InvalidInput
from regulars.runtime import embedder_name
from regulars.settings import Settings

GREETING_S: Final = 10.0
_WIDTH_MIN: Final = 100
"""Of what goes to a file."""
_NUMBERS: Final = "Numbers of dialogues, separated by commas, such as 1,3"

DatasetName = Literal["locomo", "beam", "memorybank"]

DataOption = Annotated[
    Path, typer.Option("--data", exists=True, readable=True, help="Where they lie: a file or a folder.")
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
class Server:
    """`data_dir` is None when the server is somebody else's."""

    url: str
    account_sid: str
    auth_token: str
    data_dir: Path | None = None

    @property
    def embedder(self) -> str:
        return embedder_name() if self.data_dir is not None else f"that of {self.url}"


class Shown:
    """Progress on a terminal; elsewhere a line for each step."""

    @contextmanager
    def begin(self, what: str, total: int | None) -> Generator[Callable[[], None]]:
        if not errors.is_terminal:
            errors.print(what if total is None else f"{what}: {total:,}", highlight=False)
        columns = (TextColumn("{task.description:<24}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as progress:
            task = progress.add_task(what, total=total)
            yield lambda: progress.advance(task)


def check(url: str | None, account_sid: str | None, auth_token: str | None, json_path: Path | None) -> None:
    if url and not (account_sid and auth_token):
        raise InvalidInput("--url needs --account-sid and --auth-token")
    if json_path is not None and not json_path.absolute().parent.is_dir():
        raise InvalidInput(f"--json: there is no folder {json_path.parent}")


def chosen(dataset: Dataset, limit: int | None, conversations: str | None) -> Dataset:
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


def server(
    stack: ExitStack, url: str | None, account_sid: str | None, auth_token: str | None, settings: Settings | None = None
) -> Server:
    """Somebody else's at `url`; else one of our own, with the language model of the settings."""
    if url is not None:
        return Server(url, account_sid or "", auth_token or "")
    with errors.status("Starting a server with a database of its own"):
        own = stack.enter_context(own_server(**_of_models(settings) if settings else {}))
    return Server(own.base_url, own.account_sid, own.auth_token, own.data_dir)


def _of_models(settings: Settings) -> dict[str, str]:
    given = msgspec.structs.asdict(settings).items()
    return {name: str(value) for name, value in given if name.startswith("model") and value is not None}
