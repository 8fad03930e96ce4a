"""Lines that the server sends to everybody alike, but for the nick: most of the welcome.

They are rendered once for all nicks of one length; a longer nick leaves less room for the rest of a line. So a
thousand clients that connect at once cost a thousand copies.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import is_
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatstore.irc.client import Client


def send_prepared(
    client: Client, what: tuple[object, ...], made_of: Sequence[object], send: Callable[[Client], None]
) -> None:
    """Send what `send` sends: numerics without tags, which differ by the nick alone between clients with the same
    `what`, as long as they are made of the same objects. A change is another object."""
    nick = client.nick.encode()
    prepared = client.server.prepared
    key = (len(nick), *what)
    known = prepared.get(key)
    if known is not None and all(map(is_, known[0], made_of)):
        client.reply.raw(nick.join(known[1]))
        return
    lines = client.reply.gathered(lambda: send(client))
    prepared[key] = (*made_of,), _pieces(lines, len(f":{client.server.name} 001 ".encode()), len(nick))


def _pieces(lines: Sequence[bytes], start: int, length: int) -> Sequence[bytes]:
    """What stands around the nick, which begins at `start` in each line and has so many bytes."""
    pieces = [b""]
    for line in lines:
        pieces[-1] += line[:start]
        pieces.append(line[start + length :])
    return pieces
