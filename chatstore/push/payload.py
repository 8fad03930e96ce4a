"""One IRC line as the payload of a push message. Spec: soju.im/webpush."""

from __future__ import annotations

import hashlib

from chatstore.chat.model.events import Event
from chatstore.chat.model.push import decoded, encoded
from chatstore.irc.renderer import IrcRenderer

RECORD = 4096
"""Bytes of the whole body: what every push service takes (RFC 8030 section 7.2)."""
_HEAD, _TAG, _PAD = 16 + 4 + 1 + 65, 16, 1
MAX_PAYLOAD = RECORD - _HEAD - _TAG - _PAD
SHORT = 1024
"""Bytes for a push service that takes less than others."""
_KEPT = ("msgid", "time", "account")
"""The tags in the order in which they are kept, if not all have room."""


def payload_of(renderer: IrcRenderer, event: Event, room: str, to: str = "", most: int = MAX_PAYLOAD) -> bytes:
    """The first line of an event, without CR LF and with as many tags as have room; empty if such clients are not
    shown the event. `room` and `to`: see IrcRenderer.render."""
    line = renderer.render(event, room, to).partition(b"\r\n")[0]
    return fitting(line, most)


def fitting(line: bytes, most: int) -> bytes:
    """The line, with as many of its tags as have room. Its text is cut if even that is too long."""
    if len(line) <= most:
        return line
    tags: dict[bytes, bytes] = {}
    rest = line
    if line.startswith(b"@"):
        head, _, rest = line[1:].partition(b" ")
        tags = {tag.partition(b"=")[0]: tag for tag in head.split(b";")}
    kept: list[bytes] = []
    for name in _KEPT:
        tag = tags.get(name.encode())
        if tag is not None and (name == "msgid" or _size([*kept, tag]) + len(rest) <= most):
            kept.append(tag)
    head = b"@" + b";".join(kept) + b" " if kept else b""
    text = rest[: max(0, most - len(head))]
    return head + text.decode("utf-8", "ignore").encode()


def _size(tags: list[bytes]) -> int:
    return sum(map(len, tags)) + len(tags) + 1


def topic_of(subscription_auth: str, room: int) -> str:
    """The Topic of a conversation's messages: 32 characters that tell the push service nothing, and that are
    another's for each subscription."""
    return encoded(hashlib.blake2b(str(room).encode(), key=decoded(subscription_auth), digest_size=24).digest())
