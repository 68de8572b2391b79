"""`regulars replay`: plays a file of conversations into a running server, with the times they were written."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from regulars.cli.client import Client, Json, connected
from regulars.cli.options import AsJson, run, told_plainly
from regulars.cli.replay_plan import Thread, lanes, read_threads
from regulars.cli.replay_play import NAME, Tally, make_sure_of_place, play_lanes

_GREETING_S: Final = 10.0
"""A server that does not answer at the very beginning is probably not there."""
_POLL_S: Final = 1.0
_NO_NEWS_S: Final = 45.0

FilePath = Annotated[
    Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, readable=True, help="Threads, as JSON lines.")
]
BaseUrl = Annotated[str, typer.Option("--base-url", help="The server.")]
AccountSid = Annotated[str, typer.Option("--account-sid", envvar="REGULARS_ACCOUNT_SID", help="AC…")]
AuthToken = Annotated[str, typer.Option("--auth-token", envvar="REGULARS_AUTH_TOKEN", help="The account's token.")]
Concurrency = Annotated[int, typer.Option("--concurrency", min=1, max=64, help="Threads at a time.")]
Wait = Annotated[bool, typer.Option("--wait/--no-wait", help="Wait until every conversation has been remembered.")]

errors = Console(stderr=True)
console = Console()


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """What the server made of it. `without` counts the conversations that have no summary."""

    observations: int
    summaries: int
    without: int


def replay(
    file: FilePath,
    base_url: BaseUrl = "http://127.0.0.1:8080",
    *,
    account_sid: AccountSid,
    auth_token: AuthToken,
    concurrency: Concurrency = 4,
    wait: Wait = True,
    as_json: AsJson = False,
) -> None:
    """Play a file of conversations into a running server. Playing it again adds nothing.

    Each line of FILE is one thread, its messages in the order of their times:

    {"thread": "8", "messages": [{"id": "1", "author": "ann",
    "customer": true, "at": "2017-10-31T21:45:10Z", "text": "Hello"}, …]}

    What customers wrote is sent as signed inbound SMS, one number for each
    author; what agents wrote is added through the API. Everything goes to a
    store and a configuration named "replay", made when there is none. When a
    thread ends its conversations are closed, and the server keeps what lasts.
    """
    with told_plainly():
        threads = read_threads(file)
        run(_replay(threads, base_url, account_sid, auth_token, concurrency=concurrency, wait=wait, as_json=as_json))


async def _replay(
    threads: list[Thread],
    base_url: str,
    account_sid: str,
    auth_token: str,
    *,
    concurrency: int,
    wait: bool,
    as_json: bool,
) -> None:
    started = time.monotonic()
    async with connected(base_url, account_sid, auth_token) as client:
        await client.greet(_GREETING_S)
        place = await make_sure_of_place(client)
        with _progress() as progress:
            total = sum(len(thread.messages) for thread in threads)
            bar = progress.add_task("Playing messages", total=total)
            tally = await play_lanes(client, place, lanes(threads), concurrency, lambda: progress.advance(bar))
            seconds = time.monotonic() - started
            remembered = None
            if wait:
                remembered = await _remembered(client, place.store_id, tally, concurrency, progress)
    report = _report(tally, remembered, seconds, time.monotonic() - started)
    if as_json:
        typer.echo(json.dumps(report))
    else:
        _show(report)


def _progress() -> Progress:
    columns = (TextColumn("{task.description:<24}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=errors)


async def _remembered(client: Client, store_id: str, tally: Tally, concurrency: int, progress: Progress) -> Remembered:
    bar = progress.add_task("Remembering", total=len(tally.conversations))
    without = await _await_summaries(client, store_id, tally, concurrency, lambda: progress.advance(bar))
    profiles = sorted(set(tally.conversations.values()))
    bar = progress.add_task("Counting memories", total=len(profiles))
    observations = summaries = 0
    for profile_id in profiles:
        path = f"/v1/Stores/{store_id}/Profiles/{profile_id}"
        observations += len(await client.collect(f"{path}/Observations"))
        summaries += len(await client.collect(f"{path}/ConversationSummaries"))
        progress.advance(bar)
    return Remembered(observations=observations, summaries=summaries, without=without)


async def _await_summaries(
    client: Client, store_id: str, tally: Tally, concurrency: int, on_summary: Callable[[], None]
) -> int:
    """Until every conversation has its summary, the last thing that extraction writes. How many have none.

    Where no worker runs none ever comes: waiting ends when there was no news for longer than it takes until the jobs of
    a worker that died go to another.
    """
    pending = dict(tally.conversations)
    last_news = time.monotonic()
    while pending and time.monotonic() - last_news < _NO_NEWS_S:
        done = await _summarised(client, store_id, pending, concurrency)
        for conversation_id in done:
            del pending[conversation_id]
            on_summary()
            last_news = time.monotonic()
        if pending:
            await asyncio.sleep(_POLL_S)
    return len(pending)


async def _summarised(client: Client, store_id: str, pending: Mapping[str, str], concurrency: int) -> list[str]:
    done: list[str] = []
    waiting = iter(pending.items())

    async def ask() -> None:
        for conversation_id, profile_id in waiting:
            path = f"/v1/Stores/{store_id}/Profiles/{profile_id}/ConversationSummaries"
            if (await client.call("GET", path, query={"conversationId": conversation_id}))["summaries"]:
                done.append(conversation_id)

    await asyncio.gather(*(ask() for _ in range(concurrency)))
    return done


def _report(tally: Tally, remembered: Remembered | None, playing_s: float, total_s: float) -> Json:
    customers, agents = tally.by_customers, tally.by_agents
    report: Json = {
        "store": NAME,
        "threads": tally.threads,
        "customerMessages": {"sent": customers.sent, "known": customers.known},
        "agentMessages": {"sent": agents.sent, "known": agents.known},
        "leftOut": tally.left_out,
        "customers": len(tally.customers),
        "profiles": len(set(tally.conversations.values())),
        "conversations": len(tally.conversations),
        "seconds": {"playing": round(playing_s, 1), "total": round(total_s, 1)},
    }
    if remembered is not None:
        report["observations"] = remembered.observations
        report["summaries"] = remembered.summaries
        report["withoutSummary"] = remembered.without
    return report


def _show(report: Json) -> None:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column()
    table.add_column(justify="right")
    table.add_column(style="dim")
    for name, key in (("Messages of customers", "customerMessages"), ("Messages of agents", "agentMessages")):
        sent, known = report[key]["sent"], report[key]["known"]
        table.add_row(name, str(sent + known), f"{sent} sent, {known} already known")
    if report["leftOut"]:
        table.add_row("Left out", str(report["leftOut"]), "messages of threads in which no customer speaks")
    for name in ("threads", "customers", "profiles", "conversations", "observations", "summaries"):
        if name in report:
            table.add_row(name.capitalize(), str(report[name]), "")
    if report.get("withoutSummary"):
        table.add_row("Without a summary", str(report["withoutSummary"]), "not remembered yet: does a worker run?")
    seconds = report["seconds"]
    table.add_row("Seconds", f"{seconds['total']}", f"{seconds['playing']} of them playing")
    console.print(table)
