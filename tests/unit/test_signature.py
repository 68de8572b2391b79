"""Webhook signatures, against Twilio's own validator."""

from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from regulars.http.webhooks.signature import addresses, is_genuine, signature

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
