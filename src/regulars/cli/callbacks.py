"""`regulars callbacks`: what became of status callbacks, and sending them once more."""

import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Literal, TypeVar

import typer
from rich.console import Console

from regulars.cli.database import with_database
from regulars.cli.options import AsJson, Config, DatabaseUrl, DataDir, told_plainly
from regulars.core.errors import InvalidInput
from regulars.core.times import parse_instant, utc_text
from regulars.domain.callbacks import DeliveryStatus
from regulars.runtime import clock
from regulars.services import deliveries as service
from regulars.storage.callbacks import Health, list_endpoints
from regulars.storage.db import Db, Tx
from regulars.storage.deliveries import Delivery, list_deliveries

T = TypeVar("T")
Json = dict[str, str | int | None]
Status = Literal["pending", "delivered", "failed", "skipped"]

callbacks = typer.Typer(
    help="Status callbacks: what was delivered, what was not and why, and sending it once more.",
    no_args_is_help=True,
    add_completion=False,
)
console = Console()

Account = Annotated[
    str | None, typer.Option("--account", help="Only of this account, AC…; else of all.", show_default=False)
]
Limit = Annotated[int, typer.Option("--limit", min=1, max=10_000, help="At most so many, the newest first.")]
Since = Annotated[
    str | None,
    typer.Option(
        "--since", help="With --failed: not what is older than this, 2026-11-22T06:00:00Z.", show_default=False
    ),
]


@callbacks.command("list")
def list_command(
    account: Account = None,
    conversation: Annotated[
        str | None, typer.Option("--conversation", help="Only of this conversation.", show_default=False)
    ] = None,
    status: Annotated[
        Status | None, typer.Option("--status", help="Only those in this state.", show_default=False)
    ] = None,
    limit: Limit = 50,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """List deliveries, each one event for one address, with the last answer.

    \b
    pending    waits for its turn or for its next attempt
    delivered  the address answered 2xx
    failed     seven attempts over 17 hours were in vain
    skipped    the address was switched off: it had failed for five days
    """  # noqa: D301 - the backspace keeps typer from joining the lines
    wanted: list[DeliveryStatus] | None = None if status is None else [_STATUSES[status]]
    with told_plainly():
        found = with_database(
            config,
            data_dir,
            database_url,
            lambda db: _read(
                db,
                lambda tx: list_deliveries(
                    tx, account_sid=account, conversation_id=conversation, statuses=wanted, since=None, limit=limit
                ),
            ),
        )
    if as_json:
        typer.echo(json.dumps({"deliveries": [_delivery(one) for one in found]}))
        return
    for one in found:
        typer.echo(_block(one))


@callbacks.command("replay")
def replay_command(
    delivery_ids: Annotated[
        list[str] | None, typer.Argument(metavar="DELIVERY_ID...", help="From `callbacks list`.", show_default=False)
    ] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Everything that failed or was skipped.")] = False,
    since: Since = None,
    account: Account = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Send deliveries once more, from the running server, and switch their addresses on again.

    Each keeps its token, so an address that has seen the event can tell. It has its seven attempts anew, and goes out
    before what waits behind it in its conversation.
    """
    with told_plainly():
        if bool(delivery_ids) == failed:
            raise InvalidInput("Give the ids of deliveries, or --failed")
        if (since or account) and not failed:
            raise InvalidInput("--since and --account go together with --failed")
        moment = None if since is None else parse_instant(since, field="--since")
        count = with_database(
            config, data_dir, database_url, lambda db: _replay(db, delivery_ids or [], moment, account)
        )
    if as_json:
        typer.echo(json.dumps({"replayed": count}))
    else:
        console.print(f"{count} to be sent once more.")


@callbacks.command("endpoints")
def endpoints_command(
    account: Account = None,
    limit: Limit = 50,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """List addresses whose last callback failed, and since when. Those that work are not listed.

    One that fails for five days is switched off. It is switched on when a configuration or a conversation names it
    anew, or when one of its deliveries is replayed.
    """
    with told_plainly():
        found = with_database(
            config, data_dir, database_url, lambda db: _read(db, lambda tx: list_endpoints(tx, account, limit))
        )
    if as_json:
        typer.echo(json.dumps({"endpoints": [_endpoint(one) for one in found]}))
        return
    for one in found:
        off = "" if one.switched_off_at is None else f", switched off {utc_text(one.switched_off_at)}"
        typer.echo(f"{one.url}\n  {one.account_sid}, failing since {utc_text(one.failing_since)}{off}")


_STATUSES: dict[Status, DeliveryStatus] = {
    "pending": "PENDING",
    "delivered": "DELIVERED",
    "failed": "FAILED",
    "skipped": "SKIPPED",
}


async def _replay(db: Db, delivery_ids: list[str], since: datetime | None, account: str | None) -> int:
    if not delivery_ids:
        return await service.replay_failed(db, clock, account_sid=account, since=since)

    async def work(tx: Tx) -> int:
        for delivery_id in delivery_ids:
            await service.replay(tx, delivery_id, clock())
        return len(delivery_ids)

    return await db.write(work)


async def _read(db: Db, work: Callable[[Tx], Awaitable[T]]) -> T:
    async with db.read() as tx:
        return await work(tx)


def _block(one: Delivery) -> str:
    tried = (
        "not tried yet" if one.attempted_at is None else f"tried {one.attempts} x, last {utc_text(one.attempted_at)}"
    )
    answer = " ".join(str(part) for part in (one.answer_status, one.answer) if part is not None)
    lines = [
        f"{one.delivery_id}  {one.status.lower()}, {tried}",
        f"  {one.event_type} of {one.conversation_id}, {utc_text(one.created_at)}",
        f"  {one.method} {one.url}",
        *([f"  {_printable(answer)}"] if answer else []),
    ]
    return "\n".join(lines)


def _printable(answer: str) -> str:
    """A stranger wrote it: nothing in it may speak to the terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in answer)


def _delivery(one: Delivery) -> Json:
    return {
        "id": one.delivery_id,
        "accountId": one.account_sid,
        "conversationId": one.conversation_id,
        "eventType": one.event_type,
        "token": one.event_id,
        "method": one.method,
        "url": one.url,
        "status": one.status.lower(),
        "attempts": one.attempts,
        "attemptedAt": None if one.attempted_at is None else utc_text(one.attempted_at),
        "answerStatus": one.answer_status,
        "answer": one.answer,
        "createdAt": utc_text(one.created_at),
    }


def _endpoint(one: Health) -> Json:
    return {
        "url": one.url,
        "accountId": one.account_sid,
        "failingSince": utc_text(one.failing_since),
        "switchedOffAt": None if one.switched_off_at is None else utc_text(one.switched_off_at),
    }
