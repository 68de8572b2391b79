"""Whether a webhook is from whom it says: the checks of twilio-python's RequestValidator, with and without a port."""

import hmac
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlsplit

from regulars.domain.signatures import signature

_PORTS = {"https": 443, "http": 80}


def is_genuine(offered: str, auth_token: str, urls: Iterable[str], parameters: Mapping[str, Sequence[str]]) -> bool:
    """Whether the signature fits one of the addresses under which the sender may know us. Never stops early."""
    fits = [
        hmac.compare_digest(signature(auth_token, form, parameters).encode(), offered.encode())
        for url in urls
        for form in _with_and_without_port(url)
    ]
    return any(fits)


def addresses(headers: Mapping[str, str], *, scheme: str, path_and_query: str, public_url: str | None) -> list[str]:
    """The URLs that the sender may have signed: the configured public one, what proxies say, and what we see.

    Trusting forwarded headers is safe here: without the token nobody can sign any of these addresses.
    """
    host = headers.get("host", "")
    outer_host = headers.get("x-forwarded-host", host).split(",")[0].strip()
    outer_scheme = headers.get("x-forwarded-proto", scheme).split(",")[0].strip()
    bases = [f"{outer_scheme}://{outer_host}", f"{outer_scheme}://{host}", f"{scheme}://{host}"]
    if public_url is not None:
        bases.insert(0, public_url.rstrip("/"))
    return [base + path_and_query for base in dict.fromkeys(bases)]


def _with_and_without_port(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return url, url
    name = parts.netloc.rpartition(":")[0] if port is not None else parts.netloc
    explicit = f"{name}:{port or _PORTS.get(parts.scheme, 443)}"
    return parts._replace(netloc=name).geturl(), parts._replace(netloc=explicit).geturl()
