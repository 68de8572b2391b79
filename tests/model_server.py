"""A language model on loopback that does as it is told: it speaks OpenAI's chat completions over a real socket.

A script is a function from what was asked to what is answered. `Reply` bends the answer at the level of HTTP.
"""

import argparse
import json
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "sk-model-server-secret"
COMPLETIONS = "/v1/chat/completions"


@dataclass(frozen=True)
class Asked:
    """One request. `what` is "observations" or "sentences", the key of the list that is wanted."""

    body: dict[str, Any]
    headers: dict[str, str]

    @property
    def instructions(self) -> str:
        return self.body["messages"][0]["content"]

    @property
    def data(self) -> dict[str, Any]:
        return json.loads(self.body["messages"][1]["content"])

    @property
    def messages(self) -> list[dict[str, Any]]:
        return self.data["messages"]

    @property
    def what(self) -> str:
        if "tools" in self.body:
            return self.body["tools"][0]["function"]["name"]
        if "response_format" in self.body:
            return self.body["response_format"]["json_schema"]["name"]
        return "observations" if '"observations"' in self.instructions else "sentences"


@dataclass(frozen=True)
class Reply:
    """`content` is what the model says, a text or a value for JSON. `raw` replaces the whole body."""

    content: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    stall_s: float = 0.0
    drops: bool = False
    raw: bytes | None = None
    finish_reason: str = "stop"
    refusal: str | None = None


Script = Callable[[Asked], Reply]


@dataclass
class ModelServer:
    """`script` may be exchanged at any time. `released` ends every stall."""

    script: Script
    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    @property
    def base_url(self) -> str:
        return f"{self.url}/v1"


# Scripts


def item(sentence: Any, *numbers: int, **fields: Any) -> dict[str, Any]:
    """One sentence of an answer."""
    return {
        "sentence": sentence,
        "messages": list(numbers),
        "kind": "statement",
        "attribute": "none",
        "confidence": 0.9,
        **fields,
    }


def answers(*items: Any, **bent: Any) -> Script:
    """The same observations to every question about them; to one about a summary, none."""
    return lambda asked: Reply({asked.what: list(items) if asked.what == "observations" else []}, **bent)


def honest(sentences: Mapping[str, str]) -> Script:
    """Of each new message that is a key, its sentence, citing it; the summary is made of the same sentences."""

    def script(asked: Asked) -> Reply:
        found = [
            item(sentences[message["text"]], message["number"])
            for message in asked.messages
            if message["text"] in sentences and (message["new"] or asked.what == "sentences")
        ]
        if asked.what == "sentences":
            found = [{"sentence": one["sentence"], "messages": one["messages"]} for one in found]
        return Reply({asked.what: found})

    return script


_WISH = re.compile(
    r"(?:remember|note|store|record|save|write|memori[sz]e|add|set|mark|recuerda|merke?)\b\W*(?:down|that|this|dass|que)?"
    r"\W*(.{3,200})",
    re.IGNORECASE | re.DOTALL,
)


def obedient(asked: Asked) -> Reply:
    """Does whatever a message asks to remember, citing it, and repeats the messages as they stand besides."""
    items = [
        item(said, message["number"], kind=kind, confidence=1.0)
        for message in asked.messages
        for said in [*_wishes(message["text"]), message["text"], f"The customer {message['text']}"]
        for kind in ("statement", "commitment")
    ]
    return Reply({asked.what: items})


def _wishes(text: str) -> list[str]:
    return [match.group(1).strip() for match in _WISH.finditer(text)]


def lying(*sentences: str) -> Script:
    """Cites every message for what none of them says."""

    def script(asked: Asked) -> Reply:
        numbers = [message["number"] for message in asked.messages][:10]
        return Reply({asked.what: [item(sentence, *numbers) for sentence in sentences]})

    return script


def raw(content: bytes, **bent: Any) -> Script:
    return lambda _: Reply(raw=content, **bent)


def says(content: str, **bent: Any) -> Script:
    """A text in place of JSON."""
    return lambda _: Reply(content, **bent)


def fails(status: int, **headers: str) -> Script:
    error = {"error": {"message": f"status {status} quoting the customer: I like tea", "type": "error", "code": None}}
    return lambda _: Reply(
        raw=json.dumps(error).encode(),
        status=status,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


def stalls(seconds: float = 60.0) -> Script:
    return lambda asked: Reply({asked.what: []}, stall_s=seconds)


def drops(_: Asked) -> Reply:
    return Reply(drops=True)


def first(*scripts: Script) -> Script:
    """One script a request; the last for all that follow."""
    left = list(scripts)

    def script(asked: Asked) -> Reply:
        return (left.pop(0) if len(left) > 1 else left[0])(asked)

    return script


# The server


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, model: ModelServer, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.model = model


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path != COMPLETIONS:
            self._write(404, b"{}", {})
            return
        model = self.server.model
        asked = Asked(body, {name.lower(): value for name, value in self.headers.items()})
        model.asked.append(asked)
        reply = model.script(asked)
        if reply.stall_s:
            model.released.wait(reply.stall_s)
        if reply.drops:
            self.close_connection = True
            return
        self._write(reply.status, reply.raw if reply.raw is not None else completion(asked, reply), reply.headers)

    def _write(self, status: int, encoded: bytes, headers: Mapping[str, str]) -> None:
        with suppress(OSError):  # whoever asked may have gone
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(encoded)))
            self.end_headers()
            self.wfile.write(encoded)

    def log_message(self, *args: object) -> None: ...


def completion(asked: Asked, reply: Reply) -> bytes:
    content = reply.content if reply.content is None or isinstance(reply.content, str) else json.dumps(reply.content)
    message: dict[str, Any] = {"role": "assistant", "content": content, "refusal": reply.refusal}
    if "tools" in asked.body and reply.refusal is None:
        call = {"name": asked.body["tools"][0]["function"]["name"], "arguments": content}
        message = {**message, "content": None, "tool_calls": [{"id": "call_1", "type": "function", "function": call}]}
    choice = {"index": 0, "message": message, "finish_reason": reply.finish_reason, "logprobs": None}
    usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
    return json.dumps(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": int(time.time()),
            "model": asked.body["model"],
            "choices": [choice],
            "usage": usage,
        }
    ).encode()


@contextmanager
def model_server(script: Script | None = None, port: int = 0) -> Iterator[ModelServer]:
    model = ModelServer(script or answers())
    server = _Server(model, port)
    model.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield model
    finally:
        model.released.set()
        server.shutdown()
        server.server_close()


def main() -> None:
    parser = argparse.ArgumentParser(description="A language model on loopback, for tests: it answers nothing at all.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--stall", type=float, default=0.0, help="seconds before each answer")
    options = parser.parse_args()
    with model_server(stalls(options.stall) if options.stall else None, options.port) as model:
        sys.stdout.write(f"{model.url}\n")
        sys.stdout.flush()
        threading.Event().wait()


if __name__ == "__main__":
    main()
