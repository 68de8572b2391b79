"""One keep-alive connection to a server, as its account."""

import http.client
import json
import time
from base64 import b64encode
from typing import Any
from urllib.parse import urlsplit

from bench.server import Server

POLL_S = 0.02
PATIENCE_S = 1800


class Client:
    def __init__(self, server: Server) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
        credentials = b64encode(":".join(server.auth).encode()).decode()
        self._headers = {"Authorization": f"Basic {credentials}", "Content-Type": "application/json"}

    def get(self, path: str) -> dict[str, Any]:
        return self._ask("GET", path, None)

    def post(self, path: str, body: object) -> dict[str, Any]:
        return self._ask("POST", path, json.dumps(body).encode())

    def put(self, path: str, body: bytes) -> dict[str, Any]:
        return self._ask("PUT", path, body)

    def live(self) -> None:
        self.exchange("GET", "/health/live", None)

    def exchange(self, method: str, path: str, body: bytes | None) -> bytes:
        """The answer as it came: for whoever measures the server and not this client."""
        self._connection.request(method, path, body, self._headers)
        answer = self._connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:500]!r}")
        return text

    def until_ended(self, path: str, poll_s: float = POLL_S) -> dict[str, Any]:
        """Asks an operation or an import until it is COMPLETED."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            found = self.get(path)
            if found["status"] == "COMPLETED":
                return found
            if found["status"] == "FAILED":
                raise RuntimeError(f"{path} has failed: {found}")
            time.sleep(poll_s)
        raise RuntimeError(f"{path} did not end within {PATIENCE_S} s")

    def _ask(self, method: str, path: str, body: bytes | None) -> dict[str, Any]:
        return json.loads(self.exchange(method, path, body))


def path_of(url: str) -> str:
    """Without the origin, for a connection that is open already."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
