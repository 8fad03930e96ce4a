"""ROOM tells how a room is kept, and when that changes. The value: the rooms that whoever is new here enters."""

from __future__ import annotations

from chatstore.chat.rules.policy import Policy
from chatstore.irc.capabilities import Capability


def _first_rooms(policy: Policy) -> str:
    return ",".join(f"#{name}" for name in policy.default_rooms)


CAPABILITY = Capability("chatstore/rooms", "chatstore/rooms", value=_first_rooms, view="room_settings")
