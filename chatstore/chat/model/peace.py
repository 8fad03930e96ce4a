"""Whom an account ignores, and from whom it takes direct messages.

It is stored with the account, so all of its devices have the same, and nobody else is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

DirectFrom = Literal["everyone", "known", "nobody"]
"""From whom an account takes direct messages: from everyone; from those with whom it shares a room or to whom
it has written; from nobody but the operators of the server."""
DIRECT_FROM: tuple[DirectFrom, ...] = get_args(DirectFrom)
MAX_IGNORED = 200
"""The most people whom an account ignores."""


@dataclass(frozen=True)
class Ignored:
    """Somebody whom an account ignores: an account, or a guest (`account` is empty) for as long as they have
    their connection. `since`: ms since 1970 UTC."""

    person: int | str
    nick: str
    account: str
    since: int


@dataclass(frozen=True)
class Peace:
    """What an account has set. `ignored`: the keys of the people (Actor.key). `version` rises with each change:
    what another server tells may come after what is newer."""

    direct: DirectFrom = "everyone"
    ignored: frozenset[int | str] = frozenset()
    version: int = 0

    @property
    def open(self) -> bool:
        """Whether everybody may write to the account."""
        return self.direct == "everyone" and not self.ignored


OPEN = Peace()
