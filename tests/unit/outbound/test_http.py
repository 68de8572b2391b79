"""Which addresses are called, and which never."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.core.errors import MisconfiguredError
from regulars.outbound.http import Reach, canonical, refused

PUBLIC = Reach()
DEVELOPMENT = Reach(development=True)

REFUSED = [
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "100.127.255.255"),
    *("127.0.0.1", "127.255.255.255", "168.63.129.16", "169.254.0.1", "169.254.169.254", "169.254.170.2"),
    *("172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.1"),
    *("198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "224.0.1.1", "239.255.255.255"),
    *("240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::2", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254"),
    *("::ffff:0:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::a00:1", "100::1", "2001::1"),
    *("2001:0:53aa:64c:0:0:80ff:fffe", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::1"),
    *(
        "3fff::1",
        "4000::1",
        "5f00::1",
        "fc00::1",
        "fd00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
    ),
]
ALLOWED = [
    *("1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1", "128.0.0.1", "169.253.0.1"),
    *("172.15.255.255", "172.32.0.1", "192.0.1.1", "192.167.1.1", "192.169.1.1", "198.17.1.1", "198.20.0.1"),
    *("223.255.255.255", "::ffff:8.8.8.8", "2001:4860:4860::8888", "2606:4700::1111", "2a00:1450::1", "2003::1"),
]
SPELLINGS_OF_LOOPBACK = [
    *("127.0.0.1", "127.0.0.1.", "127.1", "127.0.1", "0x7f.1", "0x7f000001", "0177.1", "0177.0.0.01", "2130706433"),
    *("017700000001", "[::1]", "[::ffff:127.0.0.1]", "[0:0:0:0:0:0:0:1]", "[::ffff:7f00:1]", "localhost", "LOCALHOST"),
    "localhost.",
]


@pytest.mark.parametrize("address", REFUSED)
def test_what_is_not_public_is_refused(address):
    assert not PUBLIC.allows(ip_address(address))
    host = f"[{address}]" if ":" in address else address
    assert "not public" in refused(f"https://{host}/hook", PUBLIC)


@pytest.mark.parametrize("address", ALLOWED)
def test_what_is_public_is_not(address):
    assert PUBLIC.allows(ip_address(address))
    host = f"[{address}]" if ":" in address else address
    assert refused(f"http://{host}:8080/hook", PUBLIC) is None


@pytest.mark.parametrize("host", SPELLINGS_OF_LOOPBACK)
def test_every_spelling_of_this_machine_is_known(host):
    said = refused(f"http://{host}:8080/hook", PUBLIC)
    assert said is not None
    if "not public" in said:
        assert "--development" in said
        assert refused(f"http://{host}:8080/hook", DEVELOPMENT) is None


@pytest.mark.parametrize("address", [address for address in REFUSED if not ip_address(address).is_loopback])
def test_development_opens_this_machine_alone(address):
    bare = ip_address(address)
    assert DEVELOPMENT.allows(bare) == (getattr(bare, "ipv4_mapped", None) == ip_address("127.0.0.1"))


def test_a_network_that_is_listed_is_reached():
    reach = Reach.parse(" 10.1.0.0/16, fd00:1::/32 ,", development=False)
    assert reach.allows(ip_address("10.1.2.3"))
    assert reach.allows(ip_address("::ffff:10.1.2.3"))
    assert reach.allows(ip_address("fd00:1::5"))
    assert not reach.allows(ip_address("10.2.0.1"))
    assert not reach.allows(ip_address("fd00:2::5"))
    assert not reach.allows(ip_address("127.0.0.1"))
    assert refused("http://10.1.2.3/hook", reach) is None
    assert "REGULARS_CALLBACK_NETWORKS" in refused("http://10.2.0.1/hook", reach)


@pytest.mark.parametrize("text", ["10.0.0.1/8", "private", "10.0.0.0/33", "10.0.0.0/8 fd00::/8"])
def test_a_network_that_is_none_ends_the_start(text):
    with pytest.raises(MisconfiguredError):
        Reach.parse(text, development=False)


@pytest.mark.parametrize(
    "url",
    [
        *(
            "",
            "hook",
            "/hook",
            "//example.com/hook",
            "http://",
            "http:///hook",
            "ftp://example.com/",
            "file:///etc/passwd",
        ),
        *(
            "javascript:alert(1)",
            "https://user@example.com/",
            "https://user:secret@example.com/",
            "https://:@example.com/",
        ),
        *(
            "http://example.com:0/",
            "http://example.com:65536/",
            "http://example.com:x/",
            "http://[::1",
            "http://1.2.3.256/",
        ),
        *(
            "http://example.com/\n",
            "http://exa mple.com/",
            "http://[fe80::1%25eth0]/",
            "http://\uff11\uff12\uff17.0.0.1/",
        ),
        "http://example.com/" + "a" * 70_000,
    ],
)
def test_what_is_no_address_of_the_web_is_refused(url):
    assert refused(url, DEVELOPMENT) is not None


@pytest.mark.parametrize(
    "url", ["https://example.com", "http://example.com:8080/a?b=c#d", "https://bücher.example/ü?x=ü"]
)
def test_an_ordinary_url_passes(url):
    assert refused(url, PUBLIC) is None


@pytest.mark.parametrize(
    ("url", "seen"),
    [
        ("https://Example.com", "https://example.com/"),
        ("https://example.com:443/a", "https://example.com/a"),
        ("http://example.com:80/a", "http://example.com/a"),
        ("http://example.com:443/a", "http://example.com:443/a"),
        ("https://example.com/a?b=1&b=2#c", "https://example.com/a?b=1&b=2"),
        ("https://example.com?b=1", "https://example.com/?b=1"),
        ("https://example.com/a;b=c?d", "https://example.com/a;b=c?d"),
        ("https://bücher.example/ü?x=ü y", "https://xn--bcher-kva.example/%C3%BC?x=%C3%BC%20y"),
        ("https://example.com/%7Ea/%c3%bc", "https://example.com/%7Ea/%c3%bc"),
        ("http://[2001:4860:4860::8888]:8080/a", "http://[2001:4860:4860::8888]:8080/a"),
    ],
)
def test_the_url_is_told_as_the_other_side_sees_it(url, seen):
    assert canonical(url) == seen


@given(st.text(max_size=40).map(lambda text: f"https://example.com/{text}"))
def test_what_is_canonical_stays(url):
    if refused(url, PUBLIC) is None:
        assert canonical(canonical(url)) == canonical(url)
        assert canonical(url).isascii()


@given(st.text(max_size=60))
def test_no_text_breaks_the_judgement(text):
    refused(text, PUBLIC)
    refused(f"http://{text}", PUBLIC)
