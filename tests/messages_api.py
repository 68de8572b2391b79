"""A Messages API on loopback, for tests: Twilio's protocol, without phones.

https://www.twilio.com/docs/messaging/api/message-resource and, for the status callbacks,
https://www.twilio.com/docs/messaging/guides/track-outbound-message-status.

In the process of the test (a thread of its own answers, so asynchronous tests may use it, too):

    with messages_api() as api:                     # api.url -> settings.messages_api_url
        api.next(answers(503), accepts_and_answers(500), slow(before_s=1))
        ...
        assert [sent.body for sent in api.sent] == ["Hello"]

As a process, for people and scripts: `python -m tests.messages_api --port 8099`, then `GET /sent` lists what was sent.

Any account is let in; a status callback is signed with the token that the message came with. `api.statuses` says what
the callbacks of each message tell (by default sent and delivered), and `api.report(sent, status)` tells one by hand.
"""

import argparse
import base64
import json
import re
import secrets
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
from twilio.request_validator import RequestValidator

MESSAGES = re.compile(r"/2010-04-01/Accounts/(AC[0-9a-f]{32})/Messages\.json")
MESSAGE = re.compile(r"/2010-04-01/Accounts/(AC[0-9a-f]{32})/Messages/(\w+)\.json")
CALL = re.compile(r"/2010-04-01/Accounts/(AC[0-9a-f]{32})/Calls/(\w+)\.json")


@dataclass
class Sent:
    """A message, as the carrier has it. `form` is what it was asked for with."""

    sid: str
    account_sid: str
    auth_token: str
    from_: str
    to: str
    body: str
    form: dict[str, list[str]]
    direction: str = "outbound-api"
    status: str = "queued"
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    sent_at: datetime | None = None

    def json(self) -> dict[str, Any]:
        created = format_datetime(self.created_at.replace(microsecond=0))
        uri = f"/2010-04-01/Accounts/{self.account_sid}/Messages/{self.sid}"
        return {
            "account_sid": self.account_sid,
            "api_version": "2010-04-01",
            "body": self.body,
            "date_created": created,
            "date_sent": None if self.sent_at is None else format_datetime(self.sent_at.replace(microsecond=0)),
            "date_updated": created,
            "direction": self.direction,
            "error_code": None,
            "error_message": None,
            "from": self.from_ or None,
            "messaging_service_sid": next(iter(self.form.get("MessagingServiceSid", [])), None),
            "num_media": str(len(self.form.get("MediaUrl", []))),
            "num_segments": "1",
            "price": None,
            "price_unit": "USD",
            "sid": self.sid,
            "status": self.status,
            "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": self.to,
            "uri": f"{uri}.json",
        }


@dataclass(frozen=True)
class Behaviour:
    """What happens to one POST: it waits, is accepted or not, waits again, and is answered, unless it is cut off."""

    before_s: float = 0
    accepts: bool = True
    after_s: float = 0
    status: int = 201
    code: int = 20500
    message: str = "Something went wrong"
    cut_off: bool = False
    words: bytes = b""
    """The answer's body, instead of the message."""


def slow(*, before_s: float = 0, after_s: float = 0) -> Behaviour:
    return Behaviour(before_s=before_s, after_s=after_s)


def answers(status: int, code: int = 20500, message: str = "Something went wrong") -> Behaviour:
    """Refuses: nothing is sent."""
    return Behaviour(accepts=False, status=status, code=code, message=message)


def accepts_and_answers(status: int) -> Behaviour:
    """Sends the message and says that something went wrong."""
    return Behaviour(status=status)


def accepts_and_hangs_up(after_s: float = 0) -> Behaviour:
    return Behaviour(after_s=after_s, cut_off=True)


def accepts_and_mumbles(words: bytes = b"<html>") -> Behaviour:
    """Sends the message and answers with something else than it should."""
    return Behaviour(words=words)


def hangs_up() -> Behaviour:
    """Sends nothing, and ends the connection without an answer."""
    return Behaviour(accepts=False, cut_off=True)


class MessagesApi:
    """What was sent, in order; `requests` are all requests of any kind, as (method, path and query)."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.requests: list[tuple[str, str]] = []
        self.reports: list[tuple[str, str, int]] = []
        """Status callbacks made: message, status, and what they were answered with (0: nothing)."""
        self.calls: dict[str, dict[str, str]] = {}
        """By CallSid: what GET Calls tells besides the SIDs, such as from, to and direction."""
        self.statuses: Sequence[str] = ("sent", "delivered")
        self.status_pause_s = 0.05
        self.get_status = 200
        """Anything else is what every GET is answered with."""
        self.page_size_max = 1000
        self.url = ""
        self.by_body: dict[str, Behaviour] = {}
        """How the first POST of a message with these words goes, for tests that send several at once."""
        self._next: list[Behaviour] = []
        self._lock = threading.Lock()

    def next(self, *behaviours: Behaviour) -> None:
        """How the next POSTs go; those after them go well."""
        with self._lock:
            self._next.extend(behaviours)

    def add(self, account_sid: str, auth_token: str = "", **fields: Any) -> Sent:
        """A message that somebody else sent, or that came in."""
        message = Sent(
            sid="SM" + secrets.token_hex(16), account_sid=account_sid, auth_token=auth_token, form={}, **fields
        )
        with self._lock:
            self.sent.append(message)
        return message

    def report(self, message: Sent, status: str, url: str | None = None, **fields: str) -> int:
        """Tells one status to the message's StatusCallback, or to `url`; what it was answered with."""
        target = url or message.form["StatusCallback"][0]
        form = status_form(message.account_sid, message.sid, status, message.from_, message.to, **fields)
        signature = RequestValidator(message.auth_token).compute_signature(target, form)
        status_code = 0
        with suppress(httpx.HTTPError):
            status_code = httpx.post(
                target, data=form, headers={"X-Twilio-Signature": signature}, timeout=10
            ).status_code
        with self._lock:
            self.reports.append((message.sid, status, status_code))
        return status_code

    def behaviour(self, body: str) -> Behaviour:
        with self._lock:
            if body in self.by_body:
                return self.by_body.pop(body)
            return self._next.pop(0) if self._next else Behaviour()

    def accept(self, account_sid: str, auth_token: str, form: dict[str, list[str]]) -> Sent:
        first = {name: values[0] for name, values in form.items()}
        by_service = "MessagingServiceSid" in first
        message = Sent(
            sid=("MM" if "MediaUrl" in first else "SM") + secrets.token_hex(16),
            account_sid=account_sid,
            auth_token=auth_token,
            from_=first.get("From", ""),
            to=first["To"],
            body=first.get("Body") or rendered(first),
            form=form,
            status="accepted" if by_service else "queued",
        )
        with self._lock:
            self.sent.append(message)
        threading.Thread(target=self._deliver, args=(message,), daemon=True).start()
        return message

    def _deliver(self, message: Sent) -> None:
        for status in self.statuses:
            time.sleep(self.status_pause_s)
            message.status = status
            if status in ("sent", "delivered", "read", "undelivered"):
                message.sent_at = message.sent_at or datetime.now(UTC)
            if "StatusCallback" in message.form:
                failed = {"ErrorCode": "30003"} if status in ("failed", "undelivered") else {}
                self.report(message, status, **failed)

    def find(self, account_sid: str, query: dict[str, list[str]]) -> list[Sent]:
        """The newest first. One that was not handed to a carrier yet has no DateSent, and no filter on it finds it."""
        since = query.get("DateSent>", [""])[0]
        return [
            message
            for message in reversed(self.sent)
            if message.account_sid == account_sid
            and message.to == query.get("To", [message.to])[0]
            and message.from_ == query.get("From", [message.from_])[0]
            and (not since or (message.sent_at is not None and message.sent_at.isoformat() >= since))
        ]


def rendered(first: dict[str, str]) -> str:
    """A template's text, as far as nobody knows it here."""
    return f"Template {first['ContentSid']}" if "ContentSid" in first else ""


def status_form(account_sid: str, message_sid: str, status: str, from_: str, to: str, **fields: str) -> dict[str, str]:
    """The parameters of a status callback."""
    return {
        "AccountSid": account_sid,
        "ApiVersion": "2010-04-01",
        "From": from_,
        "MessageSid": message_sid,
        "MessageStatus": status,
        "SmsSid": message_sid,
        "SmsStatus": status,
        "To": to,
        **fields,
    }


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, api: MessagesApi, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.api = api


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        form = parse_qs(
            self.rfile.read(int(self.headers["Content-Length"])).decode(), keep_blank_values=True, strict_parsing=True
        )
        known = self._begin(MESSAGES)
        if known is None:
            return
        account_sid, token = known
        behaviour = self.server.api.behaviour(form.get("Body", [""])[0])
        time.sleep(behaviour.before_s)
        complaint = refusal(form)
        if complaint is not None:
            self._answer(400, problem(400, *complaint))
            return
        message = self.server.api.accept(account_sid, token, form) if behaviour.accepts else None
        time.sleep(behaviour.after_s)
        if behaviour.cut_off:
            self.close_connection = True
        elif behaviour.words:
            self._write(behaviour.status, behaviour.words)
        elif message is None or behaviour.status >= 400:
            self._answer(behaviour.status, problem(behaviour.status, behaviour.code, behaviour.message))
        else:
            self._answer(behaviour.status, {**message.json(), "status": initial(message)})

    def do_GET(self) -> None:
        path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query, keep_blank_values=True)
        api = self.server.api
        if path == "/sent":
            self._answer(200, [message.json() for message in api.sent])
            return
        for pattern, show in ((MESSAGES, self._list), (MESSAGE, self._message), (CALL, self._call)):
            if pattern.fullmatch(path):
                known = self._begin(pattern)
                if known is None:
                    return
                if api.get_status != 200:
                    self._answer(api.get_status, problem(api.get_status, 20500, "Something went wrong"))
                    return
                show(known[0], path, query)
                return
        self._answer(404, problem(404, 20404, f"The requested resource {path} was not found"))

    def _list(self, account_sid: str, path: str, query: dict[str, list[str]]) -> None:
        found = self.server.api.find(account_sid, query)
        size = min(int(query.get("PageSize", ["50"])[0]), self.server.api.page_size_max)
        page = int(query.get("Page", ["0"])[0])
        items = found[page * size : (page + 1) * size]
        more = (page + 1) * size < len(found)
        following = {**{name: values[0] for name, values in query.items()}, "Page": page + 1, "PageToken": "PASM"}
        self._answer(
            200,
            {
                "messages": [message.json() for message in items],
                "page": page,
                "page_size": size,
                "start": page * size,
                "end": page * size + len(items) - 1,
                "uri": self.path,
                "first_page_uri": path,
                "next_page_uri": f"{path}?{urlencode(following)}" if more else None,
                "previous_page_uri": None,
            },
        )

    def _message(self, account_sid: str, path: str, _: dict[str, list[str]]) -> None:
        sid = path.rpartition("/")[2].removesuffix(".json")
        found = [one for one in self.server.api.sent if (one.account_sid, one.sid) == (account_sid, sid)]
        if found:
            self._answer(200, found[0].json())
        else:
            self._answer(404, problem(404, 20404, f"The requested resource {path} was not found"))

    def _call(self, account_sid: str, path: str, _: dict[str, list[str]]) -> None:
        sid = path.rpartition("/")[2].removesuffix(".json")
        known = self.server.api.calls.get(sid)
        if known is None:
            self._answer(404, problem(404, 20404, f"The requested resource {path} was not found"))
        else:
            self._answer(200, {"sid": sid, "account_sid": account_sid, "status": "in-progress", **known})

    def _begin(self, pattern: re.Pattern[str]) -> tuple[str, str] | None:
        """Account and token of the request, noted; None when it was refused."""
        self.server.api.requests.append((self.command, self.path))
        matched = pattern.fullmatch(urlsplit(self.path).path)
        if matched is None:
            self._answer(404, problem(404, 20404, "The requested resource was not found"))
            return None
        scheme, _, encoded = self.headers.get("Authorization", "").partition(" ")
        user, _, token = base64.b64decode(encoded).decode().partition(":")
        if scheme != "Basic" or user != matched[1] or not token:
            self._answer(401, problem(401, 20003, "Authenticate"))
            return None
        return user, token

    def _answer(self, status: int, body: Any) -> None:
        self._write(status, json.dumps(body).encode())

    def _write(self, status: int, encoded: bytes) -> None:
        with suppress(OSError):  # whoever asked may have been killed
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(encoded)))
            self.end_headers()
            self.wfile.write(encoded)

    def log_message(self, *args: object) -> None: ...


def initial(message: Sent) -> str:
    """A new message has not been anywhere yet, whatever a callback tells meanwhile."""
    return "accepted" if "MessagingServiceSid" in message.form else "queued"


def refusal(form: dict[str, list[str]]) -> tuple[int, str] | None:
    """What Twilio itself refuses: its code and words."""
    if "To" not in form:
        return 21604, "A 'To' phone number is required."
    if "From" not in form and "MessagingServiceSid" not in form:
        return 21603, "A 'From' phone number is required."
    if not {"Body", "MediaUrl", "ContentSid"} & set(form):
        return 21619, "A text message body or media urls must be specified."
    if len(form.get("Body", [""])[0]) > 1600:
        return 21617, "The concatenated message body exceeds the 1600 character limit."
    return None


def problem(status: int, code: int, message: str) -> dict[str, Any]:
    return {
        "code": code,
        "message": message,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }


@contextmanager
def messages_api(port: int = 0) -> Iterator[MessagesApi]:
    api = MessagesApi()
    server = _Server(api, port)
    api.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()


def main() -> None:
    parser = argparse.ArgumentParser(description="A Messages API on loopback, for tests.")
    parser.add_argument("--port", type=int, default=0)
    with messages_api(parser.parse_args().port) as api:
        sys.stdout.write(f"{api.url}\n")
        sys.stdout.flush()
        threading.Event().wait()


if __name__ == "__main__":
    main()
