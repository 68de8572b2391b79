"""A small client of a running server: JSON calls and signed webhooks, tried again while the server is away."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx

from regulars.core.errors import RegularsError
from regulars.domain.signatures import signature

PATIENCE_S: Final = 60.0
"""For so long a server that went away may stay away."""
_PAUSE_FIRST_S: Final = 0.1
_PAUSE_MAX_S: Final = 2.0
_AWAY: Final = {502, 503, 504}
_TIMEOUT_S: Final = 30.0

Json = dict[str, Any]
Query = Mapping[str, str | int]


class Refused(RegularsError):
    """The server answered, and said no."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str]) -> None:
        super().__init__(f"The server refused ({status}): {message}")
        self.status = status
        self.headers = headers


class Unreachable(RegularsError):
    """Nobody answers at this address."""


class Client:
    """Speaks as one account. Everything it sends may be sent twice without harm, so everything is tried again."""

    def __init__(
        self, http: httpx.AsyncClient, account_sid: str, auth_token: str, key: tuple[str, str] | None = None
    ) -> None:
        """The token signs webhooks; calls use the API key when there is one."""
        self.account_sid = account_sid
        self._credentials = key or (account_sid, auth_token)
        self._http = http
        self._base_url = str(http.base_url).rstrip("/")
        self._auth_token = auth_token
        self._patience_s = PATIENCE_S

    async def greet(self, patience_s: float) -> None:
        """Raises Unreachable unless a server is ready within so many seconds."""
        request = self._http.build_request("GET", "/health/ready")
        await patiently(lambda: self._http.send(request), patience_s, self._base_url)

    async def call(self, method: str, path: str, body: Json | None = None, query: Query | None = None) -> Any:
        """The answer's JSON. Raises Refused for any status from 400, Unreachable when patience runs out."""
        request = self._http.build_request(method, path, params=query, json=body)
        return (await self._send(request, auth=self._credentials)).json()

    async def collect(self, path: str, query: Query | None = None) -> list[Any]:
        """All pages of a list."""
        items: list[Any] = []
        asked = dict(query or {})
        while True:
            page = await self.call("GET", path, query=asked)
            items += page[page["meta"]["key"]]
            if not page["meta"].get("nextToken"):
                return items
            asked["pageToken"] = page["meta"]["nextToken"]

    async def deliver(self, path: str, form: Mapping[str, str]) -> None:
        """A webhook as Twilio sends it: a form, signed with the account's token."""
        url = self._base_url + path
        signed = signature(self._auth_token, url, {name: [value] for name, value in form.items()})
        await self._send(
            self._http.build_request("POST", url, data=dict(form), headers={"X-Twilio-Signature": signed}), auth=None
        )

    async def _send(self, request: httpx.Request, auth: tuple[str, str] | None) -> httpx.Response:
        response = await patiently(lambda: self._http.send(request, auth=auth), self._patience_s, self._base_url)
        if response.status_code >= 400:
            raise Refused(response.status_code, _message(response), response.headers)
        return response


@asynccontextmanager
async def connected(
    base_url: str, account_sid: str, auth_token: str, key: tuple[str, str] | None = None
) -> AsyncGenerator[Client]:
    async with httpx.AsyncClient(base_url=base_url.rstrip("/"), timeout=_TIMEOUT_S) as http:
        yield Client(http, account_sid, auth_token, key)


async def patiently(
    attempt: Callable[[], Awaitable[httpx.Response]], patience_s: float, address: str
) -> httpx.Response:
    """Tries again, with growing pauses, while nobody answers or the answer is that the server is not ready."""
    give_up = time.monotonic() + patience_s
    pause_s = _PAUSE_FIRST_S
    while True:
        try:
            response = await attempt()
        except httpx.TransportError:
            if time.monotonic() >= give_up:
                raise Unreachable(f"No server answers at {address}") from None
        else:
            if response.status_code not in _AWAY or time.monotonic() >= give_up:
                return response
        await asyncio.sleep(pause_s)
        pause_s = min(pause_s * 2, _PAUSE_MAX_S)


def _message(response: httpx.Response) -> str:
    try:
        return str(response.json()["message"])
    except (ValueError, KeyError, TypeError):
        return response.reason_phrase
