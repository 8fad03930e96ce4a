"""Metadata: short values that clients store about people and rooms, under keys as in IRCv3's draft/metadata.

The database has those of accounts and rooms. A guest's are kept in memory with their person.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from chatstore.chat.model.actors import Actor
from chatstore.chat.model.names import NICK_LENGTH

KEY_BYTES = 48
AVATAR = "avatar"
"""Of a person, the URL of their picture. Spec: IRCv3's registry of metadata keys."""
DISPLAY_NAME = "display-name"
"""Of a person, how they are called. Anybody may take any, so it never stands in the place of the nick."""
MUTED = "soju.im/muted"
"""Of a room or another person, it is the account's own: that it wants to be told of nothing there. It is kept with
what NOTIFY sets, and nobody else sees it. Spec: soju, doc/ext/metadata.md."""
PINNED = "soju.im/pinned"
"""Of a room or another person, it is the account's own: that the conversation is one of its favourites. Nobody else
sees it. Spec: soju, doc/ext/metadata.md."""
OWN = (MUTED, PINNED)
"""What an account keeps for itself. Nobody sets it for others to see: their clients would take it for their own."""
_LINE, _SERVER_NAME = 512, 63
"""Bytes of a line of IRC with its end, and the most of a server's name."""
_KEY = re.compile(r"[a-z0-9_./-]{1,48}", re.ASCII)


def is_key(text: str) -> bool:
    return _KEY.fullmatch(text) is not None


def most_bytes(subject: Subject, key: str) -> int:
    """The most bytes of a value for which a line of IRC has room, whoever reads it, whatever the server is
    called, and whatever nick a person takes: `:server 761 nick target key * :value`."""
    target = len(f"#{subject.name}".encode()) if subject.room is not None else 2 * NICK_LENGTH
    return _LINE - len(f": 761   {key} * :\r\n") - _SERVER_NAME - 2 * NICK_LENGTH - target


@dataclass(frozen=True)
class Subject:
    """The room or person that metadata is about. `name` is its shown name, without the `#`."""

    name: str
    room: int | None = None
    actor: Actor | None = None

    @property
    def account_id(self) -> int | None:
        return self.actor.account_id if self.actor is not None else None

    @property
    def guest(self) -> bool:
        return self.actor is not None and self.actor.account_id is None
