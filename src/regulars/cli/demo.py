"""`regulars demo`: a server, a small shop, its customers, and what is remembered of them, in a few seconds."""

import asyncio
import importlib
import time
from contextlib import ExitStack
from types import ModuleType
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.rule import Rule
from rich.text import Text

from regulars.cli.client import connected
from regulars.cli.demo_play import Portrait, Scene, conversations, messages
from regulars.cli.demo_server import Server, create_key, leave_in_order, own_server
from regulars.cli.demo_show import say, show_portrait, show_recall
from regulars.cli.options import run, told_plainly
from regulars.core.errors import RegularsError
from regulars.demo.story import Story, load
from regulars.runtime import clock

_WIDTH_MAX: Final = 100
_RECALLED: Final = 3

console = Console()
console.width = min(console.width, _WIDTH_MAX)


def demo() -> None:
    """Play a few conversations of a small shop into a server of its own, and show what it remembers.

    Needs no account, no key and no network. Server and data are gone when it ends.
    """
    leave_in_order()
    with told_plainly():
        sdk = _sdk()
        story = load()
        started = time.monotonic()
        with ExitStack() as stack:
            with console.status("Starting a server with a database of its own"):
                server = stack.enter_context(own_server())
            _done(f"Server started at {server.base_url}", started)
            run(_play(server, sdk, story))
        console.print(Text("The server is stopped and its data are removed.", style="dim"))


def _sdk() -> ModuleType:
    try:
        return importlib.import_module("regulars.demo.sdk")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "twilio":
            raise
        raise RegularsError("The demo uses Twilio's SDK: pip install twilio") from None


async def _play(server: Server, sdk: ModuleType, story: Story) -> None:
    began = time.monotonic()
    with console.status("Making an API key, a store and a configuration"):
        key = await asyncio.to_thread(create_key, server)
        store_id, _ = await asyncio.to_thread(sdk.set_up, server.base_url, server.account_sid, key, story)
    _done("API key made; store and configuration made with Twilio's Python SDK", began)
    async with connected(server.base_url, server.account_sid, server.auth_token, key) as client:
        scene = Scene(client, store_id, story.business, clock())
        began = time.monotonic()
        portraits = await _portraits(scene, story)
        _done(f"{messages(story)} messages played, {conversations(story)} conversations closed and remembered", began)
        console.print(Rule("What the shop now knows of its customers", style="cyan"))
        for portrait in portraits:
            show_portrait(console, portrait)
        await _show_recalls(scene, story, portraits)


async def _portraits(scene: Scene, story: Story) -> list[Portrait]:
    columns = (TextColumn("  {task.description:<12}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        played = progress.add_task("Messages", total=messages(story))
        remembered = progress.add_task("Remembered", total=conversations(story))
        return await asyncio.gather(
            *(
                scene.play(customer, lambda: progress.advance(played), lambda: progress.advance(remembered))
                for customer in story.customers
            )
        )


async def _show_recalls(scene: Scene, story: Story, portraits: list[Portrait]) -> None:
    known = {id_: one for portrait in portraits for id_, one in portrait.conversations.items()}
    asked = await scene.profile_of(story.question.number)
    answer = await scene.recall(
        asked, query=story.question.query, observationsLimit=_RECALLED, summariesLimit=_RECALLED
    )
    console.print(Rule("Recall: an agent asks", style="cyan"))
    console.print(Text(f"  “{story.question.query}”", style="bold"))
    show_recall(console, answer, known)
    live = await scene.say(story.live.number, story.live, lambda: None)
    writing = await scene.profile_of(story.live.number)
    answer = await scene.recall(
        writing, conversationId=live, observationsLimit=_RECALLED, summariesLimit=1, communicationsLimit=1
    )
    console.print(Rule("Recall: a customer writes, and nobody has to ask", style="cyan"))
    for communication in answer["communications"]:
        say(console, communication)
    show_recall(console, answer, known)
    console.print()


def _done(what: str, since: float) -> None:
    seconds = Text(f"  {time.monotonic() - since:.1f} s", style="dim")
    console.print(Text("✓ ", style="bold green").append(what, style="not bold default").append_text(seconds))
