"""Where handlers find the runtime."""

from typing import Any

from litestar.connection import ASGIConnection

from regulars.runtime import Runtime


def runtime_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Runtime:
    return connection.app.state.runtime


def provide_runtime(request: ASGIConnection[Any, Any, Any, Any]) -> Runtime:
    return runtime_of(request)
