"""`regulars accounts` and `regulars keys`."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from regulars.cli.database import with_database
from regulars.cli.options import AsJson, Config, DatabaseUrl, DataDir, settings_from, told_plainly
from regulars.core.errors import RegularsError
from regulars.core.times import utc_text
from regulars.runtime import clock, new_account_sid, new_key_sid, new_secret, secret_key
from regulars.services import accounts as service
from regulars.services.sealing import Sealer
from regulars.storage.db import Tx

T = TypeVar("T")

accounts = typer.Typer(
    help="Accounts: tenants, each with its own stores and keys.", no_args_is_help=True, add_completion=False
)
keys = typer.Typer(help="API keys: the recommended way to authenticate.", no_args_is_help=True, add_completion=False)
console = Console()

Account = Annotated[str, typer.Option("--account", help="The account's SID, AC…")]


@accounts.command("create")
def create_account(
    sid: Annotated[str | None, typer.Option("--sid", help="An existing Twilio account SID to import.")] = None,
    auth_token: Annotated[
        str | None, typer.Option("--auth-token", help="Its auth token: real Twilio signatures then verify.")
    ] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Create an account, or import one from Twilio."""
    account_sid, token = sid or new_account_sid(), auth_token or new_secret()[:32]
    with told_plainly():
        if sid is not None and auth_token is None:
            raise RegularsError("Give --auth-token together with --sid")
        settings = settings_from(config, data_dir=data_dir, database_url=database_url)
        sealer = Sealer(secret_key(settings))
        _write(
            config,
            data_dir,
            database_url,
            lambda tx: service.create(
                tx, sealer, clock(), account_sid=account_sid, auth_token=token, imported=sid is not None
            ),
        )
    _show({"accountSid": account_sid, "authToken": token}, as_json=as_json)


@keys.command("create")
def create_key(
    account: Account,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Create an API key. The secret is shown once and cannot be read again."""
    sid, secret = new_key_sid(), new_secret()
    with told_plainly():
        _write(
            config,
            data_dir,
            database_url,
            lambda tx: service.create_key(tx, clock(), account_sid=account, key_sid=sid, secret=secret),
        )
    _show({"sid": sid, "secret": secret}, as_json=as_json)


@keys.command("list")
def list_keys(
    account: Account,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """List an account's API keys, without their secrets."""
    with told_plainly():
        found = _write(config, data_dir, database_url, lambda tx: service.list_keys(tx, account))
    rows = [
        {
            "sid": key.key_sid,
            "createdAt": utc_text(key.created_at),
            "revokedAt": utc_text(key.revoked_at) if key.revoked_at else None,
        }
        for key in found
    ]
    if as_json:
        typer.echo(json.dumps({"keys": rows}))
        return
    table = Table("Key", "Created", "Revoked")
    for row in rows:
        table.add_row(row["sid"], row["createdAt"], row["revokedAt"] or "")
    console.print(table)


@keys.command("revoke")
def revoke_key(
    sid: Annotated[str, typer.Argument(help="The key's SID, SK…")],
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    config: Config = None,
) -> None:
    """Revoke an API key. Every process refuses it from its next request on."""
    with told_plainly():
        _write(config, data_dir, database_url, lambda tx: service.revoke_key(tx, clock(), sid))
    console.print(f"Revoked {sid}.")


def _write(
    config: Path | None, data_dir: str | None, database_url: str | None, work: Callable[[Tx], Awaitable[T]]
) -> T:
    return with_database(config, data_dir, database_url, lambda db: db.write(work))


def _show(fields: dict[str, str], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(fields))
        return
    for name, value in fields.items():
        console.print(f"{name:<12} [bold]{value}[/bold]", highlight=False)
