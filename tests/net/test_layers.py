"""Layers without a socket: whatever pieces the bytes come in, what comes out is the same."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.client import ClientProtocol
from websockets.frames import Frame
from websockets.uri import parse_uri

from chatstore.net.addresses import PerAddressLimit, counted, normal
from chatstore.net.cross_protocol import CrossProtocolGuard
from chatstore.net.http.exchanges import Exchanges
from chatstore.net.http.origins import Origins
from chatstore.net.layers import End, Layer, Peer, Stack
from chatstore.net.proxy import Header, ProxyLayer, parse
from chatstore.net.websocket import Gate, WebSocketLayer
from chatstore.urls import Networks

PEER = Peer("192.0.2.1")
V1 = b"PROXY TCP4 203.0.113.9 192.0.2.1 56324 443\r\n"
V2 = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c" + bytes([203, 0, 113, 9, 192, 0, 2, 1, 1, 2, 3, 4])


def gate() -> Gate:
    return Gate(Origins())


def opened(
    request: bytes, shared: Gate | None = None, clock: Callable[[], float] = time.monotonic
) -> tuple[bytes, WebSocketLayer]:
    """The answer to a request for a WebSocket, and the layer; the request may have more behind it."""
    http = Exchanges()
    http.receive(request)
    head = http.head()
    assert head is not None
    upgrade = (shared or gate()).open(head, PEER, http.rest, clock)
    assert upgrade.layer is not None
    return upgrade.answer, upgrade.layer


def fed(layers: Sequence[Layer], data: bytes, cuts: Sequence[int]) -> tuple[bytes, bytes, Stack]:
    """(what got through, what was answered, the stack) of data that came in pieces."""
    stack = Stack(layers, PEER)
    through = answered = b""
    places = [0, *sorted({cut % (len(data) + 1) for cut in cuts}), len(data)]
    for start, end in itertools.pairwise(places):
        if start < end and stack.ended is None:
            more, answer = stack.receive(data[start:end])
            through += more
            answered += answer
            while stack.waiting:
                more, answer = stack.go_on()
                through += more
                answered += answer
    return through, answered, stack


cuts = st.lists(st.integers(0, 5000), max_size=30)


@given(cuts, st.sampled_from([V1, V2]))
def test_a_proxy_header_in_any_pieces(places: list[int], header: bytes) -> None:
    through, _, stack = fed([ProxyLayer()], header + b"PING x\r\n" + header, places)
    assert through == b"PING x\r\n" + header
    assert stack.ready
    assert stack.empty
    assert stack.peer == Peer("203.0.113.9", proxied=True)


@given(st.binary(max_size=300))
def test_noise_is_no_proxy_header(noise: bytes) -> None:
    """It is told, or more is waited for, and nothing gets through."""
    through, _, stack = fed([ProxyLayer()], b"\0" + noise, [])
    assert through == b""
    assert stack.ended is not None


@given(st.binary(max_size=60))
def test_a_version_2_header_is_read_or_refused(noise: bytes) -> None:
    try:
        found = parse(V2[:12] + noise)
    except ValueError:
        return
    assert found is None or isinstance(found, Header)


@given(cuts)
def test_http_in_any_pieces_is_refused(places: list[int]) -> None:
    data = b"POST / HTTP/1.1\r\nHost: x\r\n\r\nNICK evil\r\n"
    through, _, stack = fed([CrossProtocolGuard()], data, places)
    assert stack.ended is not None
    assert b"\n" not in through


@given(cuts, st.sampled_from([b"PING x\r\n", b"PRIVMSG GET :POST\r\n", b"GETS x\r\n", b"P\r\n", b"\r\nPASS x\r\n"]))
def test_lines_in_any_pieces_pass(places: list[int], data: bytes) -> None:
    through, _, stack = fed([CrossProtocolGuard()], data + b"GET / \r\n", places)
    assert through == data + b"GET / \r\n"
    assert stack.empty


def asked() -> tuple[ClientProtocol, bytes]:
    """A WebSocket client, and its request."""
    client = ClientProtocol(parse_uri("ws://127.0.0.1/"), max_size=None)
    client.send_request(client.connect())
    return client, b"".join(client.data_to_send())


@given(cuts, st.lists(st.text(st.characters(exclude_characters="\r\n\0", codec="utf-8"), max_size=300), max_size=5))
def test_web_messages_in_any_pieces(places: list[int], messages: list[str]) -> None:
    client, request = asked()
    answer, layer = opened(request)
    client.receive_data(answer)
    for message in messages:
        client.send_text(message.encode())
    client.send_ping(b"!")
    through, answered, stack = fed([ProxyLayer(), layer], V1 + b"".join(client.data_to_send()), places)
    assert through == b"".join(message.encode() + b"\r\n" for message in messages)
    assert answered.endswith(b"\x8a\x01!")
    assert stack.peer == replace(PEER, web=True)


def test_what_came_with_the_request_is_heard() -> None:
    _, request = asked()
    _, layer = opened(request + LINE)
    assert layer.waiting
    assert layer.receive(b"") == (b"x\r\n", b"")
    assert not layer.waiting


@given(st.lists(st.binary(min_size=1, max_size=70_000).filter(lambda line: not set(line) & {10, 13}), max_size=4))
def test_what_is_sent_is_a_message_a_line(lines: list[bytes]) -> None:
    """As the client of `websockets` understands it; and the same lines are the same frames for everybody."""
    client, request = asked()
    shared = gate()
    (answer, layer), (_, another) = opened(request, shared), opened(request, shared)
    data = b"".join(line + b"\r\n" for line in lines)
    first, second = (each.send(data) for each in (layer, another))
    assert first is second
    client.receive_data(answer + first + layer.close())
    events = client.events_received()
    assert [bytes(event.data) for event in events if isinstance(event, Frame)][: len(lines)] == lines
    assert layer.send(b"late\r\n") == b""
    assert client.close_rcvd is not None


PING_FRAME, EMPTY_PART, EMPTY, LINE = b"\x89\x80abcd", b"\x00\x80abcd", b"\x81\x80abcd", b"\x81\x81abcd\x19"


@pytest.mark.parametrize(
    ("first", "frame"),
    [(b"", PING_FRAME), (b"", EMPTY), (b"\x01\x81abcdx", EMPTY_PART), (b"\x01\x81abcdx", PING_FRAME)],
    ids=["ping", "empty", "empty parts", "pings in a message"],
)
def test_frames_that_say_nothing_are_bounded(first: bytes, frame: bytes) -> None:
    """Some may come at once and some in a second; more end the connection, and a turn is short."""
    now = 0.0
    _, layer = opened(asked()[1], clock=lambda: now)
    for _ in range(10):
        _, answered = layer.receive(first + frame * 20)
        first = b""
        while layer.waiting:
            layer.receive(b"")
        assert layer.ended is None
        now += 1
    layer.receive(frame * 10_000)
    turns = 1
    while layer.waiting:
        _, answered = layer.receive(b"")
        turns += 1
    assert 2 <= turns <= 10
    assert layer.ended == End("WebSocket: too many frames without a message")
    assert b"\x03\xf0too many frames" in answered  # 1008, a policy


def test_lines_in_many_small_frames_are_heard_a_few_at_a_time() -> None:
    _, layer = opened(asked()[1], clock=lambda: 0.0)
    said, _ = layer.receive(LINE * 9000)
    assert said.count(b"\r\n") < 120
    assert layer.waiting
    while layer.waiting:
        more, _ = layer.receive(b"")
        assert more.count(b"\r\n") < 120
        said += more
    assert said == b"x\r\n" * 9000


# Addresses.


@pytest.mark.parametrize(
    ("address", "same"),
    [("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("fe80::1%eth0", "fe80::1"), ("unix", "unix")],
)
def test_normal_addresses(address: str, same: str) -> None:
    assert normal(address) == same


def test_an_ipv6_network_counts_as_one() -> None:
    assert counted("2001:db8:0:1::1") == counted("2001:db8:0:1:ffff::")
    assert counted("2001:db8:0:1::1") != counted("2001:db8:0:2::1")
    admission = PerAddressLimit(2, Networks(["2001:db8:0:2::/64"]))
    assert [admission.enter(f"2001:db8:0:1::{n}") for n in range(3)] == [True, True, False]
    assert all(admission.enter("2001:db8:0:2::1") for _ in range(9))
    admission.leave("2001:db8:0:1::2")
    assert admission.enter("2001:db8:0:1::9")
    assert all(PerAddressLimit(0).enter("192.0.2.1") for _ in range(9))


def test_what_is_no_network() -> None:
    with pytest.raises(ValueError, match="not appear to be"):
        Networks(["example.org"])
    assert "not an address" not in Networks(["0.0.0.0/0"])
