"""Webhook signatures, against Twilio's own validator."""

import hashlib
import json
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from regulars.domain.signatures import signature, with_digest, with_query
from regulars.http.webhooks.signature import addresses, is_genuine
from regulars.outbound.http import canonical

TOKEN = "0123456789abcdef0123456789abcdef"
URL = "https://regulars.example/webhooks/twilio/messaging"

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
forms = st.dictionaries(texts, st.lists(texts, min_size=1, max_size=4), max_size=8)
hosts = st.sampled_from(["regulars.example", "localhost", "xn--caf-dma.example", "10.0.0.7"])
ports = st.sampled_from(["", ":80", ":443", ":8080"])
queries = st.dictionaries(texts, texts, max_size=3).map(urlencode)


class Form(dict):
    """A form whose parameters repeat, in the way in which Twilio's validator reads one."""

    def getall(self, name: str) -> list[str]:
        return self[name]


def urls(scheme: str, host: str, port: str, path: str, query: str) -> str:
    return f"{scheme}://{host}{port}/{quote(path)}" + (f"?{query}" if query else "")


any_url = st.builds(urls, st.sampled_from(["http", "https"]), hosts, ports, texts, queries)


@given(any_url, forms)
def test_it_is_the_one_that_twilio_computes(url, form):
    assert signature(TOKEN, url, form) == RequestValidator(TOKEN).compute_signature(url, Form(form))


@given(any_url, forms)
def test_what_twilio_accepts_is_genuine(url, form):
    offered = RequestValidator(TOKEN).compute_signature(url, Form(form))
    assert RequestValidator(TOKEN).validate(url, Form(form), offered)
    assert is_genuine(offered, TOKEN, [url], form)


@given(any_url, forms, forms)
def test_another_form_does_not_fit(url, form, other):
    offered = RequestValidator(TOKEN).compute_signature(url, Form(form))
    fits = RequestValidator(TOKEN).validate(url, Form(other), offered)
    assert is_genuine(offered, TOKEN, [url], other) == fits


@given(forms)
def test_another_token_does_not_fit(form):
    offered = RequestValidator("another token").compute_signature(URL, Form(form))
    assert not is_genuine(offered, TOKEN, [URL], form)


@given(st.text())
def test_nonsense_does_not_fit(offered):
    assert not is_genuine(offered.encode("utf-8", "replace").decode(), TOKEN, [URL], {"Body": ["Hi"]})


@pytest.mark.parametrize(("signed", "seen"), [(":443", ""), ("", ":443"), (":8443", ""), ("", ":8443")])
def test_a_port_may_be_there_or_not(signed, seen):
    """Twilio signs the address with or without it; its validator tries both."""
    form = {"Body": ["Hi"]}
    offered = signature(TOKEN, f"https://regulars.example{signed}/hook", form)
    expected = RequestValidator(TOKEN).validate(f"https://regulars.example{seen}/hook", Form(form), offered)
    assert is_genuine(offered, TOKEN, [f"https://regulars.example{seen}/hook"], form) == expected


@pytest.mark.parametrize("host", ["[", "[::1", "a:b:c", "[bad]:80", "host:99999", "host:port", "\x00", ""])
def test_a_host_that_is_none_fits_nothing_and_breaks_nothing(host):
    assert not is_genuine("x", TOKEN, [f"http://{host}/hook"], {})


def test_an_ipv6_address_fits():
    url = "http://[::1]:8080/hook"
    assert is_genuine(signature(TOKEN, url, {}), TOKEN, [url], {})


def seen_as(headers: dict[str, str], public_url: str | None = None) -> list[str]:
    return addresses(headers, scheme="http", path_and_query="/hook?a=b", public_url=public_url)


def test_without_a_proxy_the_host_counts():
    assert seen_as({"host": "regulars.example"}) == ["http://regulars.example/hook?a=b"]


def test_behind_a_proxy_what_it_says_counts_too():
    found = seen_as({"host": "internal:8080", "x-forwarded-proto": "https", "x-forwarded-host": "regulars.example"})
    assert found[0] == "https://regulars.example/hook?a=b"
    assert "http://internal:8080/hook?a=b" in found


def test_a_proxy_that_keeps_the_host_counts():
    assert "https://regulars.example/hook?a=b" in seen_as({"host": "regulars.example", "x-forwarded-proto": "https"})


def test_of_several_proxies_the_outermost_counts():
    headers = {"host": "inner", "x-forwarded-proto": "https, http", "x-forwarded-host": "regulars.example, mid"}
    assert seen_as(headers)[0] == "https://regulars.example/hook?a=b"


def test_the_configured_address_comes_first():
    assert seen_as({"host": "inner"}, "https://regulars.example/")[0] == "https://regulars.example/hook?a=b"


# What we sign


bodies = texts.map(lambda text: json.dumps({"data": text}, ensure_ascii=False))


@given(any_url, bodies)
def test_twilio_accepts_a_callback_that_we_sign(url, body):
    """The receiver sees the URL as it was sent, and takes the first digest in it."""
    sent = with_digest(canonical(url), body.encode())
    offered = signature(TOKEN, sent, {})
    validator = RequestValidator(TOKEN)
    assert validator.validate(sent, body, offered)
    assert not validator.validate(sent, body + " ", offered)
    assert not RequestValidator("another token").validate(sent, body, offered)


@given(any_url, st.dictionaries(texts, texts, min_size=1, max_size=3).map(urlencode).filter(bool))
def test_twilio_accepts_a_callback_by_get(url, addition):
    sent = with_query(canonical(url), addition)
    assert RequestValidator(TOKEN).validate(sent, {}, signature(TOKEN, sent, {}))


@pytest.mark.parametrize(
    ("named", "seen"),
    [
        ("https://agent.example", "https://agent.example"),
        ("https://agent.example", "https://agent.example:443"),
        ("https://agent.example:443", "https://agent.example"),
        ("https://agent.example:443", "https://agent.example:443"),
        ("http://agent.example:80", "http://agent.example"),
        ("http://agent.example", "http://agent.example:80"),
        ("http://agent.example:443", "http://agent.example:443"),
        ("https://agent.example:8443", "https://agent.example:8443"),
    ],
)
def test_a_receiver_may_see_the_default_port_or_not(named, seen):
    """A proxy in front of it may add the port or take it away; we leave it out."""
    sent = with_digest(canonical(f"{named}/hook?a=b"), b"{}")
    path = sent.partition("://")[2].partition("/")[2]
    assert RequestValidator(TOKEN).validate(f"{seen}/{path}", "{}", signature(TOKEN, sent, {}))


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("https://a.example/", "https://a.example/?bodySHA256="),
        ("https://a.example/?b=1&b=2", "https://a.example/?b=1&b=2&bodySHA256="),
        ("https://a.example/?b=1&b=1&c", "https://a.example/?b=1&b=1&c&bodySHA256="),
        ("https://a.example/?bodySHA256=old&b=1", "https://a.example/?b=1&bodySHA256="),
        ("https://a.example/?bodySHA256=old", "https://a.example/?bodySHA256="),
    ],
)
def test_the_digest_stands_last_and_alone(url, sent):
    digest = hashlib.sha256(b"body").hexdigest()
    assert with_digest(url, b"body") == sent + digest


@pytest.mark.parametrize(
    "url",
    [
        "https://bücher.example/ü?größe=ü",
        "https://agent.example:8443/hook?tag=a&tag=b&tag=a",
        "https://agent.example/hook?q=%E4%BD%A0%20+&empty=&bare",
        "http://[2001:db8::1]:8080/hook",
    ],
)
def test_behind_a_proxy_the_receiver_rebuilds_what_we_signed(url):
    """As Agent Connect does: scheme and host of X-Forwarded-*, path and query of the request line."""
    sent = with_digest(canonical(url), "ü".encode())
    scheme, _, rest = sent.partition("://")
    host, _, path = rest.partition("/")
    headers = {"host": "inner:8000", "x-forwarded-proto": scheme, "x-forwarded-host": host}
    rebuilt = f"{headers['x-forwarded-proto']}://{headers['x-forwarded-host']}/{path}"
    assert RequestValidator(TOKEN).validate(rebuilt, "ü", signature(TOKEN, sent, {}))


@given(st.sampled_from(["http", "https"]), hosts, ports, texts, queries, forms)
def test_what_twilio_signs_for_the_outside_is_genuine_behind_a_proxy(scheme, host, port, path, query, form):
    outside = urls(scheme, host, port, path, query)
    offered = RequestValidator(TOKEN).compute_signature(outside, Form(form))
    seen = addresses(
        {"host": "inner:8080", "x-forwarded-proto": scheme, "x-forwarded-host": host + port},
        scheme="http",
        path_and_query=outside.partition(host + port)[2],
        public_url=None,
    )
    assert is_genuine(offered, TOKEN, seen, form)
