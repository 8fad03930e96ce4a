"""Scopes: what the token that a session logged in with lets it do. The account's own rights hold besides.

A grant limited to rooms covers reading and writing in these, and sending files. It never covers direct messages,
nor managing anything: the account, its tokens, its data, rooms, the server.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from chatstore.chat.model.errors import ChatError, Code

Scope = Literal["read", "write", "files", "manage"]
"""`read`: hear and read what is said. `write`: say something, react, take it back. `files`: send files. `manage`:
everything else."""
SCOPES: tuple[Scope, ...] = get_args(Scope)
Needs = tuple[Scope, ...]
"""The scopes of which a token needs one; none for what belongs to the connection itself."""
CONNECTION: Needs = ()
READ: Needs = ("read",)
WRITE: Needs = ("write",)
TAKE_PART: Needs = ("read", "write")
FILES: Needs = ("files",)
MANAGE: Needs = ("manage",)
EVERYWHERE = "*"
"""In place of rooms: all of them, and direct messages."""


@dataclass(frozen=True)
class Grant:
    """The scopes of a token, and the ids of the rooms that it is limited to; None if it is not limited."""

    scopes: frozenset[Scope] = frozenset(SCOPES)
    rooms: frozenset[int] | None = None

    @property
    def limited(self) -> bool:
        """Whether it is limited to rooms."""
        return self.rooms is not None

    def covers(self, scope: Scope, room: int | None = None) -> bool:
        """Whether it lets a session do this in a room. None: in no room, or in a direct conversation."""
        if scope not in self.scopes:
            return False
        if self.rooms is None or scope == "files":
            return True
        return scope != "manage" and room in self.rooms

    def covers_all(self, scope: Scope) -> bool:
        """Whether it covers a scope, and is not limited to rooms."""
        return scope in self.scopes and self.rooms is None

    def hears(self, room: int | None = None) -> bool:
        """Whether it lets a session be told what happens in a room; None: in direct conversations, and around its
        own person."""
        return self is EVERYTHING or self.covers("read", room)

    def covers_any(self, needs: Needs, room: int | None = None) -> bool:
        """Whether it covers one of these scopes."""
        return not needs or any(self.covers(scope, room) for scope in needs)

    @property
    def scope_text(self) -> str:
        """Its scopes as words, in the order of SCOPES."""
        return " ".join(scope for scope in SCOPES if scope in self.scopes)

    @property
    def room_text(self) -> str | None:
        """Its rooms as words; None if it is not limited."""
        return " ".join(map(str, sorted(self.rooms))) if self.rooms is not None else None


EVERYTHING = Grant()
"""The grant of a session that has shown a password or a certificate, and of a token without limits."""


def grant_of(scopes: str, rooms: str | None) -> Grant:
    """The grant of its stored form. A scope that this version does not know is left out."""
    known = frozenset(scope for scope in SCOPES if scope in scopes.split())
    limits = frozenset(map(int, rooms.split())) if rooms is not None else None
    return EVERYTHING if limits is None and len(known) == len(SCOPES) else Grant(known, limits)


def read_scopes(words: Iterable[str]) -> frozenset[Scope]:
    """The scopes that somebody has named. Raises INVALID_TEXT for a word that is none, and without any."""
    given = [word.lower() for word in words if word]
    known = frozenset(scope for scope in SCOPES if scope in given)
    if not known or len(known) != len({*given}):
        raise ChatError(Code.INVALID_TEXT, f"the scopes of a token are {', '.join(SCOPES)}")
    return known


def outside_scope(needs: Needs, about: str = "") -> ChatError:
    """The refusal of what a grant does not cover."""
    text = f"your token does not allow that: it takes one with the scope {' or '.join(needs)}, and for this place"
    return ChatError(Code.OUTSIDE_SCOPE, text, about)
