"""Twilio's Messages API: messages sent, fetched and looked for, and who is in a call.

https://www.twilio.com/docs/messaging/api/message-resource, https://www.twilio.com/docs/voice/api/call-resource
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, TypeVar

import httpx
import msgspec

from regulars.core import limits
from regulars.core.errors import RegularsError
from regulars.core.times import utc_text
from regulars.domain.accounts import CarrierAccount
from regulars.domain.actions import CarrierMessage, Outgoing

T = TypeVar("T")

_URL_DEFAULT: Final = "https://api.twilio.com"
_STATUS_PATH: Final = "/webhooks/twilio/messaging/status"
_TIMEOUT_S: Final = 10.0
"""For a whole exchange."""
_TOO_MANY: Final = 429
_LISTED_SINCE: Final = 1000
_LISTED_NEWEST: Final = 50
_NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_WRONG_URL: Final = (httpx.UnsupportedProtocol, httpx.InvalidURL)


class Refused(RegularsError):
    """The message was not sent and will not be: the request itself is at fault."""


class NotSent(RegularsError):
    """The message was surely not sent, but may be later: nobody was there, or too busy."""


class Unclear(RegularsError):
    """Nobody knows what became of the request."""


@dataclass(frozen=True, slots=True)
class Call:
    sid: str
    from_: str
    to: str
    direction: str


class _Message(msgspec.Struct):
    sid: str
    status: str
    direction: str
    date_created: str
    from_: str | None = msgspec.field(name="from", default=None)
    to: str | None = None
    body: str | None = None
    date_sent: str | None = None


class _Messages(msgspec.Struct):
    messages: list[_Message]


class _Call(msgspec.Struct):
    sid: str
    from_: str | None = msgspec.field(name="from", default=None)
    to: str | None = None
    direction: str | None = None


class _Problem(msgspec.Struct):
    code: int | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: bytes


class MessagesApi:
    """`url` None is Twilio's own. Messages tell their way to `public_url`, when there is one. Connects at first use."""

    def __init__(self, url: str | None = None, *, public_url: str | None = None) -> None:
        self._url = (url or _URL_DEFAULT).rstrip("/")
        self._status_url = None if public_url is None else public_url.rstrip("/") + _STATUS_PATH
        self._client: httpx.AsyncClient | None = None

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()

    async def send(self, account: CarrierAccount, message: Outgoing) -> CarrierMessage:
        """Raises Refused, NotSent or Unclear."""
        answer = await self._ask(account, "POST", "Messages", data=self._form(message))
        if answer.status == _TOO_MANY:
            raise NotSent(_reason(answer))
        if 300 <= answer.status < 500:
            raise Refused(_reason(answer))
        if answer.status >= 500:
            raise Unclear(_reason(answer))
        return _message(_decoded(answer, _Message))

    async def fetch(self, account: CarrierAccount, message_sid: str) -> CarrierMessage | None:
        """Raises Unclear when the API does not say."""
        answer = await self._get(account, f"Messages/{message_sid}")
        return None if answer is None else _message(_decoded(answer, _Message))

    async def fetch_call(self, account: CarrierAccount, call_sid: str) -> Call | None:
        """Raises Unclear when the API does not say."""
        answer = await self._get(account, f"Calls/{call_sid}")
        if answer is None:
            return None
        call = _decoded(answer, _Call)
        return Call(call.sid, call.from_ or "", call.to or "", call.direction or "")

    async def list_like(self, account: CarrierAccount, message: Outgoing, since: datetime) -> list[CarrierMessage]:
        """Messages between the same two, handed to a carrier since then or not yet: a filter on DateSent finds none of
        those that wait, so the newest are listed without it, too. Raises Unclear when the API does not say."""
        query = {"To": message.to} | ({"From": message.from_} if message.from_ is not None else {})
        dated = await self._list(account, {**query, "DateSent>": utc_text(since), "PageSize": str(_LISTED_SINCE)})
        newest = await self._list(account, {**query, "PageSize": str(_LISTED_NEWEST)})
        return list({one.sid: one for one in (*dated, *newest)}.values())

    async def _list(self, account: CarrierAccount, query: Mapping[str, str]) -> list[CarrierMessage]:
        answer = await self._get(account, "Messages", query)
        return [] if answer is None else [_message(one) for one in _decoded(answer, _Messages).messages]

    def _form(self, message: Outgoing) -> dict[str, str | list[str]]:
        """Of what is optional, only what is there."""
        form: dict[str, str | list[str] | None] = {
            "StatusCallback": self._status_url,
            **message.others,
            "From": message.from_,
            "To": message.to,
            "Body": message.body,
            "ContentSid": message.content_sid,
            "ContentVariables": msgspec.json.encode(message.content_variables).decode()
            if message.content_variables
            else None,
            "MediaUrl": list(message.media_urls) or None,
        }
        return {name: value for name, value in form.items() if value is not None}

    async def _get(self, account: CarrierAccount, path: str, query: Mapping[str, str] | None = None) -> _Answer | None:
        """None for what is not there."""
        try:
            answer = await self._ask(account, "GET", path, params=query)
        except NotSent as error:
            raise Unclear(error.message) from None
        if answer.status == 404:
            return None
        if answer.status != 200:
            raise Unclear(_reason(answer))
        return answer

    async def _ask(self, account: CarrierAccount, method: str, path: str, **parts: Any) -> _Answer:
        url = f"{self._url}/2010-04-01/Accounts/{account.account_sid}/{path}.json"
        try:
            async with (
                asyncio.timeout(_TIMEOUT_S),
                self._opened().stream(method, url, auth=(account.account_sid, account.auth_token), **parts) as response,
            ):
                return _Answer(response.status_code, await _body(response))
        except _NOT_SENT as error:
            raise NotSent(f"The Messages API cannot be reached ({type(error).__name__})") from None
        except _WRONG_URL:
            raise NotSent("REGULARS_MESSAGES_API_URL is not an address that can be asked") from None
        except (TimeoutError, httpx.HTTPError) as error:
            raise Unclear(f"The Messages API did not answer ({type(error).__name__})") from None

    def _opened(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=_TIMEOUT_S, follow_redirects=False)
        return self._client


async def _body(response: httpx.Response) -> bytes:
    pieces: list[bytes] = []
    size = 0
    async for piece in response.aiter_bytes():
        size += len(piece)
        if size > limits.MESSAGES_API_ANSWER_BYTES_MAX:
            raise Unclear("The Messages API answered with too much")
        pieces.append(piece)
    return b"".join(pieces)


def _decoded(answer: _Answer, shape: type[T]) -> T:
    try:
        return msgspec.json.decode(answer.body, type=shape)
    except msgspec.DecodeError:
        raise Unclear("The Messages API answered something else than it should") from None


def _reason(answer: _Answer) -> str:
    """Twilio's code and words, when it gave some."""
    try:
        problem = msgspec.json.decode(answer.body, type=_Problem)
    except msgspec.DecodeError:
        problem = _Problem()
    code = "" if problem.code is None else f"{problem.code}: "
    told = f"{code}{problem.message or f'The Messages API answered {answer.status}'}"
    return told[: limits.FAILURE_REASON_CHARS_MAX]


def _message(told: _Message) -> CarrierMessage:
    return CarrierMessage(
        sid=told.sid,
        from_=told.from_ or "",
        to=told.to or "",
        body=told.body or "",
        status=told.status,
        direction=told.direction,
        created_at=_instant(told.date_created),
        sent_at=None if told.date_sent is None else _instant(told.date_sent),
    )


def _instant(text: str) -> datetime:
    """RFC 2822, as this API writes times."""
    try:
        return parsedate_to_datetime(text)
    except ValueError:
        raise Unclear("The Messages API answered something else than it should") from None
