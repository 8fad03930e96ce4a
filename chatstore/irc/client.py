"""What a command needs of its connection."""

from __future__ import annotations

from chatstore.irc.protocol import IrcProtocol as Client

__all__ = ["Client"]
