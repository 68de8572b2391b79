"""Options that several commands share, and how commands fail."""

import asyncio
import unicodedata
from collections.abc import Coroutine, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeVar

import typer
from rich.console import Console
from rich.markup import escape

from regulars.core.errors import RegularsError
from regulars.settings import Settings, load

T = TypeVar("T")

DataDir = Annotated[
    str | None,
    typer.Option("--data-dir", help="Where the embedded database and the secret key lie.", show_default=False),
]
DatabaseUrl = Annotated[
    str | None,
    typer.Option("--database-url", help="An existing PostgreSQL instead of the embedded one.", show_default=False),
]
Config = Annotated[
    Path | None, typer.Option("--config", help="A TOML file with the same settings as the flags.", show_default=False)
]
Model = Annotated[
    str | None,
    typer.Option(
        "--model", help="Who reads conversations, such as openai:gpt-4o-mini; rules do without.", show_default=False
    ),
]
ModelUrl = Annotated[
    str | None, typer.Option("--model-base-url", help="A server that speaks OpenAI's protocol.", show_default=False)
]
Screening = Annotated[
    Literal["default", "off"],
    typer.Option("--screening", help="Whether secrets, health and the like are kept out of memories."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object, for scripts.")]

errors = Console(stderr=True)

_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def settings_from(config: Path | None, **flags: object) -> Settings:
    return load(flags, config=config)


@contextmanager
def told_plainly() -> Generator[None]:
    """What a user can mend is said in one line, without a trace."""
    try:
        yield
    except RegularsError as error:
        errors.print(f"[red]Error:[/red] {escape(error.message)}", highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def printable(text: str) -> str:
    """What a stranger wrote, on one line, without what moves a cursor, changes colours or turns the direction of
    writing."""
    spaced = " ".join(text.split())
    return "".join(char for char in spaced if unicodedata.category(char) not in _UNSEEN)
