"""`regulars extract FILE`: what would be remembered of a conversation, and what it rests on."""

import json
import sys
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from regulars.cli.extract_show import Understood, exported, show
from regulars.cli.options import AsJson, Config, Model, ModelUrl, Screening, run, settings_from, told_plainly
from regulars.cli.transcript_files import Conversation, read, transcript
from regulars.core.errors import InvalidInput, ModelUnavailable, RegularsError
from regulars.domain.screening import SCREENED_BY_DEFAULT
from regulars.domain.transcripts import Transcript
from regulars.runtime import clock, monotonic, open_models
from regulars.services.extraction import Models, understood
from regulars.settings import Settings

_WIDTH_MIN: Final = 100
"""Of what goes to a file."""

FileName = Annotated[str, typer.Argument(metavar="FILE", help="A file with a conversation, or - for standard input.")]
CustomerOption = Annotated[
    str | None, typer.Option("--customer", help="Who of the speakers is the customer.", show_default=False)
]
NameOption = Annotated[
    str | None, typer.Option("--name", help="What the business calls the customer.", show_default=False)
]
ThreadOption = Annotated[
    int | None, typer.Option("--thread", min=1, help="Only this conversation of several.", show_default=False)
]


def extract(
    file: FileName,
    *,
    customer: CustomerOption = None,
    name: NameOption = None,
    thread: ThreadOption = None,
    screening: Screening = "default",
    model: Model = None,
    model_base_url: ModelUrl = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Show what would be remembered of a conversation, with its evidence.

    Nothing is stored, and no database is needed. Below each observation
    stand the messages that it cites; then comes the summary with its own,
    then what was thought of and dropped, by reason.

    FILE is plain text, one message on a line, the time in front if you like:

    [2026-11-22 10:00] Ann: Please text me, I never pick up the phone.
    Shop: Noted! We text you when the kettle is here.

    An indented line goes on with the message before it. Or it is JSON:

    {"messages": [{"author": "Ann", "customer": true,
    "at": "2026-11-22T10:00:00Z", "text": "Please text me."}, …]}

    a list of such messages, or one such object (or message) a line. The
    customer is whoever the file says is one, else whoever is called
    "Customer", else whoever speaks first; --customer says it otherwise.

    Example: regulars extract chat.txt --customer Ann --name "Ann Lee"

    Example: regulars extract threads.jsonl --thread 3 --json

    Example: pbpaste | regulars extract - --model ollama:qwen3
    """
    with told_plainly():
        settings = settings_from(config, model=model, model_base_url=model_base_url)
        screened = SCREENED_BY_DEFAULT if screening == "default" else frozenset[str]()
        told = [
            (one.title, transcript(one, customer=customer, called=name, now=clock(), screened=screened))
            for one in _chosen(read(_content(file)), thread)
        ]
        understood = run(_read_all(settings, told))
    if as_json:
        typer.echo(json.dumps({"conversations": [exported(one) for one in understood]}))
        return
    console = Console()
    console.width = console.width if console.is_terminal else max(console.width, _WIDTH_MIN)
    for one in understood:
        show(console, one)


def _content(file: str) -> str:
    try:
        written = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return written.decode("utf-8-sig")
    except FileNotFoundError:
        raise InvalidInput(f"There is no file {file}. For standard input, write -") from None
    except OSError as error:
        raise InvalidInput(f"{file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InvalidInput(f"{file} is not text in UTF-8. Save it as UTF-8 and try again") from None


def _chosen(conversations: list[Conversation], thread: int | None) -> list[Conversation]:
    if thread is None:
        return conversations
    if thread > len(conversations):
        raise InvalidInput(f"--thread: the file holds conversations 1 to {len(conversations)}")
    return [conversations[thread - 1]]


async def _read_all(settings: Settings, told: list[tuple[str, Transcript]]) -> list[Understood]:
    async with open_models(settings) as models:
        try:
            return [await _read(models, title, one) for title, one in told]
        except ModelUnavailable as error:
            raise RegularsError(
                f"{settings.model} does not answer ({error.trouble}). Check its name, its key (REGULARS_MODEL_API_KEY "
                "or the vendor's own variable) and --model-base-url, or leave --model out: rules need no key"
            ) from None


async def _read(models: Models, title: str, told: Transcript) -> Understood:
    began = monotonic()
    extraction, digest = await understood(models, told, closed=True)
    return Understood(title=title, transcript=told, extraction=extraction, digest=digest, seconds=monotonic() - began)
