"""`regulars`: the entry point."""

import typer

from regulars import __version__
from regulars.cli import accounts, demo, replay, serve

app = typer.Typer(
    help="Regulars: a conversation memory that remembers every customer like a regular.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(accounts.accounts, name="accounts")
app.add_typer(accounts.keys, name="keys")
app.command("serve")(serve.serve)
app.command("worker")(serve.worker)
app.command("demo")(demo.demo)
app.command("replay")(replay.replay)
app.command("web", hidden=True)(serve.web)


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)
