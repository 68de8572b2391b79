"""How good extraction is, measured on public data sets through the public API. Nothing here is used by a server."""
