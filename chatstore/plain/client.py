"""What a command needs of its connection."""

from __future__ import annotations

from chatstore.plain.protocol import PlainProtocol as Client

__all__ = ["Client"]
