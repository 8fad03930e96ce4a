"""Which URLs and addresses this server asks, and all the ways to write one that it must not."""

from __future__ import annotations

import ipaddress
import time

import pytest

from chatstore.urls import MAX_URL, Networks, UrlError, is_public, may_ask, read_url, redirected

GOOD = [
    ("https://example.org", "https://example.org/"),
    ("HTTPS://Example.ORG.:443/a%20b?c=d&e#f", "https://example.org/a%20b?c=d&e"),
    ("http://example.org:8080/?q", "http://example.org:8080/?q"),
    ("https://bücher.example/straße?ü=1", "https://xn--bcher-kva.example/stra%C3%9Fe?%C3%BC=1"),
    ("https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/"),
    ("https://8.8.8.8/", "https://8.8.8.8/"),
    ("https://[2001:4860:4860:0::8888]:443/x", "https://[2001:4860:4860::8888]/x"),
    ("https://[64:ff9b::808:808]/", "https://[64:ff9b::808:808]/"),
    ("https://１.１.１.１/", "https://1.1.1.1/"),
    ("https://a.example?x=1", "https://a.example/?x=1"),
]


@pytest.mark.parametrize(("text", "read"), GOOD)
def test_a_url_is_read(text: str, read: str) -> None:
    assert str(read_url(text)) == read


BAD = """
example.org
//example.org/
ftp://example.org/
file:///etc/passwd
gopher://example.org:6379/_x
javascript:alert(1)
data:text/plain,x
https://
https:///path
https://:443/
https:example.org
https://user@example.org/
https://user:password@example.org/
https://example.org@127.0.0.1/
https://@example.org/
https://example.org:port/
https://example.org:65536/
https://example.org:-1/
https://exa mple.org/
https://example.org\\@evil.example/
https://example.org/\\..\\x
https://example%2eorg/
https://-a.example/
https://a-.example/
https://a..example/
https://.example/
https://a_b.example/
https://[::1
https://[fe80::1%25eth0]/
https://[fe80::1%eth0]/
https://[v1.x]/
https://[127.0.0.1]/
https://[2001:4860::1]evil.example/
https://127.1/
https://127.0.1/
https://2130706433/
https://0x7f000001/
https://0x7f.0.0.1/
https://0x7f.1/
https://0177.0.0.1/
https://017700000001/
https://127.0.0.0x1/
https://127.0.0.01/
https://1.2.3.4.5/
https://256.1.1.1/
https://0x/
https://a.0x1/
https://a.1/
https://xn--/
https://xn--a/
https://xn--0000000000000000000000000000000000000000000000000000000000-zz/
https://ex\u00admple\u2028.org/
https://\u202eexample.org/
https://exam\u00a0ple.org/
"""


@pytest.mark.parametrize("text", [line for line in BAD.split("\n") if line])
def test_what_is_not_a_plain_url_is_refused(text: str) -> None:
    with pytest.raises(UrlError) as refused:
        read_url(text)
    assert refused.value.code == "BAD_URL"


@pytest.mark.parametrize("character", [*map(chr, range(0x21)), "\x7f", "\u2029", "\ud800", "\r\nHost: evil"])
def test_no_control_character_gets_through(character: str) -> None:
    for text in (
        f"https://exa{character}mple.org/",
        f"https://example.org/a{character}b",
        f"{character}https://a.example",
    ):
        with pytest.raises(UrlError):
            read_url(text)


def test_long_texts_and_punycode_bombs_cost_nothing() -> None:
    started = time.process_time()
    for text in (
        "https://" + "a" * 3_000_000,
        "https://" + "ü" * 1900 + ".example/",
        "https://xn--" + "a" * 1900 + "/",
        "https://" + ".".join(["xn--" + "z" * 55] * 4) + "/",
        "https://" + "㎱" * 250 + "/",
        "https://" + "﷽" * 250 + "/",
        "https://" + "1." * 1000 + "/",
        "https://[" + "0:" * 1000 + "]/",
        "https://a.example:" + "1" * 1900 + "/",
    ):
        with pytest.raises(UrlError):
            read_url(text)
    assert time.process_time() - started < 1
    with pytest.raises(UrlError):
        read_url("https://example.org/" + "a" * MAX_URL)


@pytest.mark.parametrize("port", [0, 1, 22, 25, 53, 110, 143, 445, 587, 993, 1023, 2049, 6379, 6667, 6697, 11211])
def test_ports_of_other_protocols(port: int) -> None:
    with pytest.raises(UrlError) as refused:
        read_url(f"https://example.org:{port}/")
    assert refused.value.code == "FORBIDDEN_PORT"


NOT_PUBLIC = """
0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.100.100.200 127.0.0.1 127.255.255.254 169.254.169.254
172.16.0.1 172.31.255.255 192.0.0.192 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.51.100.1
203.0.113.1 224.0.0.1 239.1.1.1 240.0.0.1 255.255.255.255 168.63.129.16
:: ::1 ::127.0.0.1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:10.0.0.1 ::ffff:0:127.0.0.1
64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::1 64:ff9b:1::808:808 100::1 100:0:0:1::1 2001::1
2001:0:7f00:1::1 2001:2::1 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1:: 2002:808:808::1
3fff::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1 fec0::1 ff02::1 ff0e::1 4000::1
2001:4860::5efe:7f00:1 2001:4860::200:5efe:a00:1
""".split()
PUBLIC = """
8.8.8.8 1.1.1.1 172.32.0.1 2606:4700::1111 ::ffff:8.8.8.8 64:ff9b::808:808 2001:4860:4860::8888 2a00::1
""".split()


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_that_is_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))
    assert not may_ask(address)
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(UrlError) as refused:
        read_url(f"https://{host}/")
    assert refused.value.code == "FORBIDDEN_ADDRESS"


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_that_is_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))
    assert may_ask(address)


def test_what_python_calls_not_global_is_never_asked() -> None:
    """Over the edges of each network: where we say public, Python says so as well."""
    for text in NOT_PUBLIC:
        middle = int(ipaddress.ip_address(text))
        bits = 128 if ":" in text else 32
        for size in range(0, bits, 4):
            for number in (middle ^ (1 << size), middle | ((1 << size) - 1), middle >> size << size):
                address = (ipaddress.IPv6Address if bits == 128 else ipaddress.IPv4Address)(number)
                if is_public(address) and getattr(address, "ipv4_mapped", None) is None:
                    assert address.is_global or address in ipaddress.ip_network("192.0.0.0/8"), address


def test_networks_of_an_operator() -> None:
    allowed = Networks(["127.0.0.0/8", "fd00::/8"])
    assert read_url("http://127.0.0.1:8080/x", allowed).address == "127.0.0.1"
    assert read_url("http://[::ffff:127.0.0.1]/", allowed).address == "::ffff:7f00:1"
    assert read_url("http://[fd00::1]/", allowed).address == "fd00::1"
    assert may_ask("127.9.9.9", allowed)
    assert not may_ask("10.0.0.1", allowed)
    assert not may_ask("not an address", allowed)
    with pytest.raises(UrlError):
        read_url("http://10.0.0.1/", allowed)


def test_redirects_are_judged_as_the_first() -> None:
    here = read_url("https://example.org/a/b?c")
    assert str(redirected(here, "../d")) == "https://example.org/d"
    assert str(redirected(here, "//other.example/x")) == "https://other.example/x"
    assert str(redirected(here, "?e")) == "https://example.org/a/b?e"
    for location in (
        "http://example.org/",
        "https://127.0.0.1/",
        "//[::1]/",
        "file:///etc/passwd",
        "https://a@b.example/",
        "https://example.org:22/",
        "//[",
        "/a b",
        "/\r\nX: y",
        "/" + "a" * MAX_URL,
    ):
        with pytest.raises(UrlError):
            redirected(here, location)
