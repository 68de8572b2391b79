"""The guarded client on real sockets: who is never reached, and what costs no more than its limit."""

import asyncio
import socket
import ssl
import time
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.listener import listening

from regulars.outbound.http import Answer, Http, NoAnswer, Reach

DEVELOPMENT = Reach(development=True)
LOOPBACK_ONE = Reach.parse("127.0.0.2/32", development=False)
"""One address of this machine may be reached, and no other."""


@asynccontextmanager
async def client(reach: Reach = DEVELOPMENT, **options):
    http = Http(reach, **options)
    try:
        yield http
    finally:
        await http.close()


@asynccontextmanager
async def server(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]], host="127.0.0.1", **tls
):
    """A socket that answers as the test wants. Yields its port."""

    async def guarded(reader, writer) -> None:
        try:
            await serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    listener = await asyncio.start_server(guarded, host, 0, **tls)
    try:
        yield listener.sockets[0].getsockname()[1]
    finally:
        listener.close()


async def get(http: Http, url: str, **options) -> Answer:
    return await http.send("GET", url, headers={}, **options)


async def refusal(http: Http, url: str, **options) -> NoAnswer:
    with pytest.raises(NoAnswer) as told:
        await get(http, url, **options)
    return told.value


async def test_it_sends_what_it_is_given_and_reads_the_answer():
    with listening(lambda _: 201) as listener:
        async with client() as http:
            answer = await http.send("POST", f"{listener.url}/a;b=c?d=e&d=f", headers={"X-A": "b"}, content=b"body")
        [told] = listener.told
    assert answer == Answer(201, b"thanks")
    assert (told.method, told.path, told.body) == ("POST", "/a;b=c?d=e&d=f", "body")
    assert told.headers["x-a"] == "b"
    assert told.headers["host"] == listener.url.removeprefix("http://")


async def test_connections_are_used_again():
    with listening() as listener:
        async with client() as http:
            await get(http, listener.url)
            began = time.monotonic()
            for _ in range(20):
                await get(http, listener.url)
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "127.1", "0.0.0.0", "[::ffff:127.0.0.1]"]
)
async def test_this_machine_is_not_reached(host):
    with listening() as listener:
        port = listener.url.rpartition(":")[2]
        async with client(Reach()) as http:
            error = await refusal(http, f"http://{host}:{port}/")
        assert listener.told == []
    assert "not public" in error.reason
    assert not error.arrived


async def test_a_name_that_leads_to_this_machine_is_not_reached():
    with listening() as listener:
        port = listener.url.rpartition(":")[2]
        async with client(Reach(), resolve=lambda *_: ["127.0.0.1"]) as http:
            error = await refusal(http, f"http://innocent.example:{port}/")
        assert listener.told == []
    assert error.reason.startswith("address not allowed")


async def test_of_several_addresses_only_those_that_may_be_reached_are_tried():
    with listening() as listener:
        port = listener.url.rpartition(":")[2]
        async with client(LOOPBACK_ONE, resolve=lambda *_: ["127.0.0.1", "127.0.0.2"]) as http:
            assert (await refusal(http, f"http://mixed.example:{port}/")).reason == "connection refused"
        assert listener.told == []


async def test_a_name_that_changes_its_mind_does_not_win():
    """The first answer may be reached, every later one is the machine itself: only the first is ever used."""
    asked = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.2" if len(asked) == 1 else "127.0.0.1"]

    with listening() as victim:
        port = int(victim.url.rpartition(":")[2])
        harmless = socket.create_server(("127.0.0.2", port))
        async with client(LOOPBACK_ONE, resolve=rebinding) as http:
            error = await refusal(http, f"http://rebinding.example:{port}/", limit_s=0.5)
            assert error.reason.startswith("timeout")  # it went where it was judged to go, and nobody speaks there
            accepted, _ = harmless.accept()
            accepted.close()
            error = await refusal(http, f"http://rebinding.example:{port}/", limit_s=0.5)
            assert error.reason.startswith("address not allowed")
        harmless.close()
        assert victim.told == []
    assert asked == ["rebinding.example"] * 2


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_an_answer_and_is_not_followed(status):
    with listening() as victim, listening(lambda _: status, body=victim.url.encode()) as listener:
        async with client() as http:
            answer = await get(http, listener.url)
        assert (answer.status, victim.told) == (status, [])


async def test_proxies_of_the_environment_are_not_asked(monkeypatch):
    with listening() as proxy, listening() as listener:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        async with client() as http:
            assert (await get(http, listener.url)).status == 200
        assert proxy.told == []


async def hang(reader, _writer) -> None:
    await reader.read(100_000)
    await asyncio.sleep(60)


async def drip_headers(reader, writer) -> None:
    await reader.read(100_000)
    for letter in b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 1000:
        writer.write(bytes([letter]))
        await writer.drain()
        await asyncio.sleep(0.05)


async def drip_body(reader, writer) -> None:
    await reader.read(100_000)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(1000):
        writer.write(b"a")
        await writer.drain()
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("serve", [hang, drip_headers, drip_body])
async def test_the_limit_is_for_everything(serve):
    async with server(serve) as port, client() as http:
        began = time.monotonic()
        error = await refusal(http, f"http://127.0.0.1:{port}/", limit_s=0.4)
        assert 0.35 < time.monotonic() - began < 2
    assert error.reason == "timeout: no answer within 0.4 s"
    assert error.arrived


async def test_a_name_server_that_hangs_costs_the_limit_and_holds_up_nobody():
    def resolve(host: str, port: int) -> list[str]:
        if host == "slow.example":
            time.sleep(3)
        return ["127.0.0.1"]

    with listening() as listener:
        port = listener.url.rpartition(":")[2]
        async with client(resolve=resolve) as http:
            slow = [asyncio.create_task(refusal(http, "http://slow.example/", limit_s=1.5)) for _ in range(64)]
            await asyncio.sleep(0.1)
            assert (await get(http, f"http://quick.example:{port}/", limit_s=1)).status == 200
            for error in await asyncio.gather(*slow):
                assert (error.reason, error.arrived) == ("timeout: no answer within 1.5 s", False)


async def test_of_a_huge_answer_only_a_little_is_read():
    sent = 0

    async def huge(reader, writer) -> None:
        nonlocal sent
        await reader.read(100_000)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        for _ in range(1000):
            writer.write(b"a" * 1_000_000)
            await writer.drain()
            sent += 1_000_000

    async with server(huge) as port, client() as http:
        answer = await get(http, f"http://127.0.0.1:{port}/", limit_s=5)
        await asyncio.sleep(0.1)
    assert answer == Answer(200, b"a" * 2048)
    assert sent < 50_000_000


async def nonsense(reader, writer) -> None:
    await reader.read(100_000)
    writer.write(b"220 mail.example ESMTP\r\n")
    await writer.drain()


async def hang_up(reader, _writer) -> None:
    await reader.read(100_000)


@pytest.mark.parametrize("serve", [nonsense, hang_up])
async def test_what_is_no_answer_is_told(serve):
    async with server(serve) as port, client() as http:
        error = await refusal(http, f"http://127.0.0.1:{port}/")
    assert error.reason in {"the answer is not HTTP", "the connection broke"}
    assert error.arrived


async def test_nobody_there():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    async with client() as http:
        error = await refusal(http, f"http://127.0.0.1:{port}/")
    assert (error.reason, error.arrived) == ("connection refused", False)


async def test_the_next_address_is_tried_when_one_is_dead():
    with listening() as listener:
        port = listener.url.rpartition(":")[2]
        async with client(resolve=lambda *_: ["127.0.0.9", "127.0.0.1"]) as http:
            assert (await get(http, f"http://two.example:{port}/")).status == 200


async def test_a_name_that_does_not_exist():
    async with client() as http:
        error = await refusal(http, "http://nobody.invalid/", limit_s=10)
    assert (error.reason, error.arrived) == ("the name cannot be resolved", False)


def certificate(tmp_path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """What a server named `name` shows, and a client that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "server.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    shows = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    shows.load_cert_chain(path)
    return shows, ssl.create_default_context(cafile=str(path))


async def fine(reader, writer) -> None:
    await reader.read(100_000)
    writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
    await writer.drain()


async def test_a_certificate_must_fit_the_name_and_not_the_address(tmp_path):
    shows, trusts = certificate(tmp_path, "right.example")
    async with (
        server(fine, ssl=shows) as port,
        client(resolve=lambda *_: ["127.0.0.1"], tls=trusts) as http,
    ):
        assert (await get(http, f"https://right.example:{port}/")).status == 204
        error = await refusal(http, f"https://wrong.example:{port}/")
    assert error.reason.startswith("certificate refused")
    assert not error.arrived


async def test_a_certificate_of_nobody_is_refused(tmp_path):
    shows, _ = certificate(tmp_path, "right.example")
    async with server(fine, ssl=shows) as port, client(resolve=lambda *_: ["127.0.0.1"]) as http:
        error = await refusal(http, f"https://right.example:{port}/")
    assert error.reason.startswith("certificate refused")
