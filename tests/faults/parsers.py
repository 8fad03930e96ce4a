"""Everything that reads what strangers send, as functions of bytes: they return, or refuse by the error that is
meant for it; and what arrives in pieces is understood as what arrives at once."""

from __future__ import annotations

from collections.abc import Callable

from websockets.frames import Frame, Opcode

from chatstore.chat.model.errors import ChatError
from chatstore.chat.model.message_ids import message_place, msgid
from chatstore.chat.model.names import person_name, room_name
from chatstore.irc.line import LineError, format_line, parse, parse_timestamp, timestamp
from chatstore.irc.sasl import BadResponseError, Response, TooLongError, external, plain
from chatstore.net import proxy
from chatstore.net.cross_protocol import CrossProtocolGuard
from chatstore.net.framing import Item, LineFraming, TelnetFraming
from chatstore.net.http import BadRequestError
from chatstore.net.http.exchanges import Exchanges
from chatstore.net.http.origins import Origins
from chatstore.net.layers import Peer
from chatstore.net.websocket import Gate, WebSocketLayer

_MAX_LENGTH, _ENDLESS = 60, 200
_UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
_CHUNKED = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


def line(data: bytes) -> None:
    """And what was parsed can be written, and is parsed as the same again."""
    text = data.decode("utf-8", "replace").translate({10: " ", 13: " "})
    try:
        parsed = parse(text)
        written = format_line(parsed.command, *parsed.params, source=parsed.source, tags=parsed.tags)
    except LineError:
        return
    if not parsed.command.isalnum():  # it is none, and may look like something else at the beginning
        return
    assert parse(written) == parsed


def framing(data: bytes) -> None:
    _in_pieces(lambda: LineFraming(_MAX_LENGTH, _ENDLESS), data)


def telnet(data: bytes) -> None:
    _in_pieces(lambda: TelnetFraming(_MAX_LENGTH, _ENDLESS), data)


def _in_pieces(make: Callable[[], LineFraming], data: bytes) -> None:
    at_once, in_pieces = make(), make()
    whole = at_once.feed(data)
    pieces: list[Item] = [item for place in range(len(data)) for item in in_pieces.feed(data[place : place + 1])]
    assert whole == pieces
    assert at_once.flush() == in_pieces.flush()
    for item in whole:
        if isinstance(item, (str, bytes)):
            assert 0 < len(item if isinstance(item, bytes) else item.encode()) <= _MAX_LENGTH


def websocket(data: bytes) -> None:
    """Whatever comes after the handshake, masked or not."""
    masked = Frame(Opcode(data[0] % 2 + 1), data[1:]).serialize(mask=True) if data else b""
    for sent in (data, masked, masked + data):
        at_once, in_pieces = _opened(sent), _opened()
        whole = b""
        while at_once.waiting:
            whole += at_once.receive(b"")[0]
        pieces = b""
        for place in range(len(sent)):
            pieces += in_pieces.receive(sent[place : place + 1])[0]
        assert whole == pieces
        assert (at_once.ended is None) == (in_pieces.ended is None)
        at_once.close()


def _opened(sent: bytes = b"") -> WebSocketLayer:
    """A WebSocket; what was sent came with the request for it."""
    http = Exchanges()
    http.receive(_UPGRADE + sent)
    head = http.head()
    assert head is not None
    layer = Gate(Origins()).open(head, Peer(""), http.rest).layer
    assert layer is not None
    return layer


def http(data: bytes) -> None:
    """Heads and bodies of any kind. What comes in pieces is understood as what comes at once."""
    for sent in (data, _CHUNKED + data, b"GET / HTTP/1.1\r\nHost: x\r\n" + data + b"\r\n\r\n", _UPGRADE + data):
        assert _understood([sent]) == _understood([sent[place : place + 1] for place in range(len(sent))])


def _understood(pieces: list[bytes]) -> tuple[object, bytes, object]:
    """The head, the body and the refusal."""
    exchanges, head, body = Exchanges(), None, b""
    try:
        for piece in pieces:
            exchanges.receive(piece)
            head = head or exchanges.head()
            while head is not None and exchanges.in_body and (more := exchanges.body()) is not None:
                body += more
    except BadRequestError as error:
        return head, body, error.status
    return head, body, exchanges.in_body


def proxied(data: bytes) -> None:
    """A header that was found is found by its own bytes alone, and by nothing less."""
    for sent in (data, b"\r\n\r\n\0\r\nQUIT\n" + data, b"PROXY " + data):
        try:
            header = proxy.parse(sent)
        except ValueError:
            continue
        if header is not None:
            assert proxy.parse(sent[: header.size]) == header
            assert proxy.parse(sent[: header.size - 1]) is None
        layer = proxy.ProxyLayer()
        if sent:
            layer.receive(sent)


def cross_protocol(data: bytes) -> None:
    whole, pieces = CrossProtocolGuard(), CrossProtocolGuard()
    if data:
        whole.receive(data)
    for place in range(len(data)):
        pieces.receive(data[place : place + 1])
    assert whole.ended == pieces.ended


def sasl(data: bytes) -> None:
    response = Response()
    for chunk in data.decode("utf-8", "replace").split("\n"):
        try:
            whole = response.feed(chunk)
            if whole is not None:
                external(whole)
                plain(whole)
        except (TooLongError, BadResponseError):
            pass


def words(data: bytes) -> None:
    """Ids, times and names."""
    text = data.decode("utf-8", "replace")
    place = message_place(text)
    assert place is None or msgid(*place) == text or text.startswith(f"{msgid(*place)}-")
    time = parse_timestamp(text)
    assert time is None or time < 0 or parse_timestamp(timestamp(time)) == time
    for name in (person_name, room_name):
        try:
            shown = name(text)
            assert name(shown.shown) == shown
        except ChatError:
            pass


PARSERS: tuple[Callable[[bytes], None], ...] = (
    line,
    framing,
    telnet,
    websocket,
    http,
    proxied,
    cross_protocol,
    sasl,
    words,
)
