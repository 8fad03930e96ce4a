"""What is known of somebody's connections to one server (node)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from chatstore.chat.model.actors import Actor


@dataclass(frozen=True)
class Presence:
    """A person who has connections to the node `node`. Times are ms since 1970 UTC."""

    node: str
    actor: Actor
    realname: str = ""
    modes: str = ""
    """The letters of Person.modes, sorted."""
    secure: bool = False
    """Whether all of their connections there are encrypted."""
    operator: bool = False
    """Whether they are a server operator, on any of their connections there."""
    signed_on: int = 0
    """When they came online, at whatever server that was."""
    away: str = ""
    """The away message of their connections there; empty if somebody is there. See Person.away_message."""
    away_at: int = 0
    metadata: Mapping[str, str] = field(default_factory=dict)
    """A guest's metadata; that of accounts is stored."""
