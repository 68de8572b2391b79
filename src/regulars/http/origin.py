"""Under which address the caller reached us, so that links lead back here."""

from typing import Any

from litestar.connection import ASGIConnection

from regulars.http.state import runtime_of


def origin(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """The public address when it is configured, else what proxies say that the caller used, else what we see."""
    public_url = runtime_of(connection).settings.public_url
    if public_url is not None:
        return public_url.rstrip("/")
    scheme = connection.headers.get("x-forwarded-proto", connection.url.scheme).partition(",")[0].strip()
    host = connection.headers.get("x-forwarded-host", connection.url.netloc).partition(",")[0].strip()
    return f"{scheme}://{host}"
