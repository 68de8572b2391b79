"""Somebody who listens to status callbacks: a real HTTP server on loopback, and what it was told."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Told:
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    body: str
    at: float

    @property
    def token(self) -> str:
        return self.headers["i-twilio-idempotency-token"]

    @property
    def event(self) -> dict[str, Any]:
        if self.method == "POST":
            return json.loads(self.body)
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        return {**query, "data": json.loads(query["data"])}


@dataclass
class Listener:
    """`answer` is asked for the status of each answer, and may take its time."""

    url: str = ""
    answer: Callable[[Told], int] = lambda _: 200
    body: bytes = b"thanks"
    told: list[Told] = field(default_factory=list)

    def await_told(self, count: int, within_s: float = 10.0) -> list[Told]:
        deadline = time.monotonic() + within_s
        while len(self.told) < count:
            assert time.monotonic() < deadline, f"{len(self.told)} of {count} callbacks within {within_s} s"
            time.sleep(0.02)
        return self.told


@contextmanager
def listening(answer: Callable[[Told], int] | None = None, *, body: bytes = b"thanks") -> Iterator[Listener]:
    listener = Listener(body=body)
    if answer is not None:
        listener.answer = answer

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65_536
        """Head and body in one packet: else the second waits for an acknowledgement of the first, 40 ms."""

        def _take(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length)
            if len(body) < length:  # whoever sent it was killed on the way
                self.close_connection = True
                return
            headers = {k.lower(): v for k, v in self.headers.items()}
            told = Told(self.command, self.path, headers, body.decode(), time.time())
            listener.told.append(told)
            status = listener.answer(told)
            self.send_response(status)
            if status in {301, 302, 307, 308}:
                self.send_header("Location", listener.body.decode())
            self.send_header("Content-Length", str(len(listener.body)))
            self.end_headers()
            self.wfile.write(listener.body)

        def do_GET(self) -> None:
            self._take()

        def do_POST(self) -> None:
            self._take()

        def log_message(self, *_: object) -> None: ...

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 256

        def handle_error(self, *_: object) -> None: ...

    server = Server(("127.0.0.1", 0), Handler)
    listener.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield listener
    finally:
        server.shutdown()
        server.server_close()
