"""`python -m regulars`."""

from regulars.cli.main import app

app()
