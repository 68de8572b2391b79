"""Requests to addresses that strangers chose: they reach the public internet, and nothing that only we can reach.

A name is resolved here, every address it gives is judged, and the connection goes to exactly an address that passed: a
name that answers differently the next time changes nothing. Redirects are answers like any other, proxies of the
environment are not asked, and a certificate must fit the name.

Which addresses are not public: https://www.iana.org/assignments/iana-ipv4-special-registry and
https://www.iana.org/assignments/iana-ipv6-special-registry; 168.63.129.16 belongs to Azure's platform
(https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16). The network backend is the hook of
https://www.encode.io/httpcore/network-backends/.
"""

import asyncio
import os
import socket
import ssl
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, NamedTuple, cast

import httpcore
import httpx

from regulars.core import limits
from regulars.core.errors import MisconfiguredError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], list[str]]
"""The addresses of a name, as text. Blocks; raises OSError for a name that has none."""

_NOT_PUBLIC: Final = tuple(
    ip_network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32", "169.254.0.0/16"),
        *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15"),
        *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        *("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"),
    )
)
_PUBLIC_V6: Final = ip_network("2000::/3")
"""Everything else of IPv6 is loopback, local, multicast, reserved, or wraps an IPv4 address."""

_LOOPBACK: Final = IPv4Address("127.0.0.1")
_SCHEMES: Final = ("http", "https")
_ADDRESSES_MAX: Final = 4
_ADDRESS_S_MAX: Final = 5.0
"""For so long one address of several is tried."""
_CONNECTIONS_MAX: Final = 256
_IDLE_MAX: Final = 32
_IDLE_S_MAX: Final = 15.0


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom we may call beside public addresses: this machine itself in development, and the networks listed."""

    development: bool = False
    networks: tuple[Network, ...] = ()

    @classmethod
    def parse(cls, networks: str, *, development: bool) -> "Reach":
        """`networks` as the setting has them: CIDRs, separated by commas."""
        try:
            listed = tuple(ip_network(text.strip()) for text in networks.split(",") if text.strip())
        except ValueError:
            raise MisconfiguredError(
                "REGULARS_CALLBACK_NETWORKS lists networks such as 10.0.0.0/8 or fd00::/8, separated by commas."
            ) from None
        return cls(development, listed)

    def allows(self, address: Address) -> bool:
        """An IPv4 address that stands in an IPv6 one is judged as what it is."""
        bare = (address.ipv4_mapped if isinstance(address, IPv6Address) else None) or address
        if any(bare in network for network in self.networks):
            return True
        if bare.is_loopback:
            return self.development
        if bare.version == 6 and bare not in _PUBLIC_V6:
            return False
        return not any(bare in network for network in _NOT_PUBLIC)


class Answer(NamedTuple):
    status: int
    body: bytes
    """Its beginning."""


class NoAnswer(Exception):
    """`reason` is for people. `arrived` says whether the other side may have seen the request."""

    def __init__(self, reason: str, *, arrived: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.arrived = arrived


def refused(url: str, reach: Reach) -> str | None:
    """Why this URL can never be called, as far as it can be told without asking for its name; None when it may."""
    judged = _judged(url, reach)
    return judged if isinstance(judged, str) else None


def canonical(url: str) -> str:
    """The URL as the other side will see it, without the fragment: percent-encoded, the name in ASCII. Signatures
    cover this. `refused` must have let it pass."""
    parsed = httpx.URL(url)
    return f"{parsed.scheme}://{parsed.netloc.decode()}{parsed.raw_path.decode()}"


def _judged(url: str, reach: Reach) -> httpx.URL | str:
    """The URL, or what is wrong with it."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError, UnicodeError):
        return "is none that can be called"
    if parsed.scheme not in _SCHEMES or not parsed.raw_host or b"%" in parsed.raw_host:
        return "must begin with https:// or http:// and name a host"
    if parsed.userinfo:
        return "must not hold a user name or password"
    if parsed.port is not None and not 0 < parsed.port < 2**16:
        return "has a port that does not exist"
    host = parsed.raw_host.decode()
    address = _LOOPBACK if host.rstrip(".") == "localhost" else _literal(host)
    return parsed if address is None or reach.allows(address) else _not_public(address)


class Http:
    """A pool of connections, opened as they are needed. To be closed at the end."""

    def __init__(self, reach: Reach, *, resolve: Resolve | None = None, tls: ssl.SSLContext | None = None) -> None:
        self.reach = reach
        self._backend = _Backend(reach, resolve or _resolve)
        self._tls = tls
        self._opened: httpcore.AsyncConnectionPool | None = None

    async def close(self) -> None:
        if self._opened is not None:
            await self._opened.aclose()
        self._backend.close()

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        content: bytes = b"",
        limit_s: float = limits.OUTBOUND_S_MAX,
        answer_bytes_max: int = limits.OUTBOUND_ANSWER_BYTES_MAX,
    ) -> Answer:
        """One request, never repeated. `limit_s` is for all of it, from the name to the last byte that is read of the
        answer. Raises NoAnswer."""
        target = _judged(url, self.reach)
        if isinstance(target, str):
            raise NoAnswer(f"address not allowed: the URL {target}", arrived=False)
        progress = _Progress()
        try:
            async with asyncio.timeout(limit_s):
                return await self._exchange(method, target, headers, content, answer_bytes_max, progress)
        except TimeoutError:
            raise NoAnswer(f"timeout: no answer within {limit_s:g} s", arrived=progress.connected) from None
        except _NotAllowedError as error:
            raise NoAnswer(f"address not allowed: the URL {error}", arrived=False) from None
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError) as error:
            raise NoAnswer(_reason(error), arrived=progress.connected) from None

    async def _exchange(
        self,
        method: str,
        url: httpx.URL,
        headers: Mapping[str, str],
        content: bytes,
        bytes_max: int,
        progress: "_Progress",
    ) -> Answer:
        body = bytearray()
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        sent = [("Host", url.netloc.decode()), *headers.items()]
        if content:
            sent.append(("Content-Length", str(len(content))))
        extensions = {"trace": progress.note}
        async with self._pool().stream(
            method, target, headers=sent, content=content, extensions=extensions
        ) as response:
            async for chunk in response.aiter_stream():
                body += chunk
                if len(body) >= bytes_max:
                    break
            return Answer(response.status, bytes(body[:bytes_max]))

    def _pool(self) -> httpcore.AsyncConnectionPool:
        """Made when it is first needed: to read the certificates of the authorities takes a while."""
        if self._opened is None:
            self._opened = httpcore.AsyncConnectionPool(
                ssl_context=self._tls or httpx.create_ssl_context(),
                max_connections=_CONNECTIONS_MAX,
                max_keepalive_connections=_IDLE_MAX,
                keepalive_expiry=_IDLE_S_MAX,
                network_backend=self._backend,
            )
        return self._opened


class _Progress:
    def __init__(self) -> None:
        self.connected = False

    async def note(self, event: str, _: object) -> None:
        """Called by httpcore: https://www.encode.io/httpcore/extensions/#trace."""
        if event.endswith("send_request_headers.started"):
            self.connected = True


class _NotAllowedError(Exception): ...


class _Backend(httpcore.AsyncNetworkBackend):
    """Resolves on threads of its own: a name server that hangs holds up nobody else's work."""

    def __init__(self, reach: Reach, resolve: Resolve) -> None:
        self._reach = reach
        self._resolve = resolve
        self._inner = cast("httpcore.AsyncNetworkBackend", httpcore.AnyIOBackend())
        self._threads = ThreadPoolExecutor(_CONNECTIONS_MAX, thread_name_prefix="resolve")

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        allowed = await self._addresses(host, port)
        for address in allowed[:-1]:
            try:
                return await self._inner.connect_tcp(address, port, timeout=_ADDRESS_S_MAX)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._inner.connect_tcp(allowed[-1], port, timeout, local_address, socket_options)

    async def _addresses(self, host: str, port: int) -> list[str]:
        """At least one, all of them judged."""
        literal = _literal(host)
        if literal is not None:
            found: list[Address] = [literal]
        else:
            texts = await asyncio.get_running_loop().run_in_executor(self._threads, self._resolve, host, port)
            found = [ip_address(text) for text in dict.fromkeys(texts)]
        allowed = [str(address) for address in found if self._reach.allows(address)]
        if not allowed:
            raise _NotAllowedError(_not_public(found[0]))
        return allowed[:_ADDRESSES_MAX]

    async def connect_unix_socket(
        self,
        path: str,  # noqa: ARG002
        timeout: float | None = None,  # noqa: ARG002, ASYNC109
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        raise _NotAllowedError("names a socket")

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


def _resolve(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError:
        raise OSError("the name is none") from None
    return [str(sockaddr[0]).partition("%")[0] for *_, sockaddr in found]


def _literal(host: str) -> Address | None:
    """The address that a host spells, also in the old forms that the system's resolver takes (2130706433, 0177.1,
    0x7f.1); None for a name that has to be asked for."""
    name = host.strip("[]").rstrip(".")
    try:
        return ip_address(name)
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(name))
    except (OSError, UnicodeError):
        return None


def _not_public(address: Address) -> str:
    """What stands in the way, and what would take it away."""
    bare = (address.ipv4_mapped if isinstance(address, IPv6Address) else None) or address
    setting = "--development" if bare.is_loopback else "REGULARS_CALLBACK_NETWORKS"
    return f"leads to {bare}, which is not public; the server's setting {setting} would allow it"


def _reason(error: BaseException) -> str:
    """In a few words, without what the other side wrote."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"certificate refused: {cause.verify_message}"
        if isinstance(cause, ssl.SSLError):
            return f"TLS failed: {cause.reason or 'no reason given'}"
        if isinstance(cause, socket.gaierror):
            return "the name cannot be resolved"
        if isinstance(cause, OSError) and cause.errno:
            return os.strerror(cause.errno).lower()
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpcore.RemoteProtocolError):
        return "the answer is not HTTP"
    return "timeout: no connection" if isinstance(error, httpcore.TimeoutException) else "the connection broke"
