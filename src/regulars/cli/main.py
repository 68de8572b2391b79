"""`regulars`: the entry point."""

from importlib import import_module
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from regulars import __version__

_COMMANDS: Final = {
    "serve": "serve:serve",
    "worker": "serve:worker",
    "accounts": "accounts:accounts",
    "keys": "accounts:keys",
    "callbacks": "callbacks:callbacks",
    "replay": "replay:replay",
    "extract": "extract:extract",
    "demo": "demo:demo",
    "bench": "bench:bench",
}
_HIDDEN: Final = {"web": "serve:web"}


class _Commands(TyperGroup):
    """Imports what a command needs when it is asked for: `keys` does not wait for all that `serve` brings."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        return list(_COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        place = (_COMMANDS | _HIDDEN).get(cmd_name)
        if place is None:
            return None
        module, _, attribute = place.partition(":")
        found = getattr(import_module(f"regulars.cli.{module}"), attribute)
        return _command(found, cmd_name)


def _command(found: Any, name: str) -> Any:
    """A function becomes a command, a group of them stays one. The classes are typer's own and not exported."""
    if isinstance(found, typer.Typer):
        command: Any = typer.main.get_group(found)  # also when it holds a single command: `accounts create`
    else:
        alone = typer.Typer(add_completion=False)
        alone.command(name)(found)
        command = typer.main.get_command(alone)
    command.name = name
    return command


app = typer.Typer(
    cls=_Commands,
    help="Regulars: a conversation memory that remembers every customer like a regular.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Regulars: a conversation memory that remembers every customer like a regular."""
