"""ROOM tells how a room is kept, and when that changes."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("chatstore/rooms", "chatstore/rooms", view="room_settings")
