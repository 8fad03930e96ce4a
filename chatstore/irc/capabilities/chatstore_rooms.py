"""ROOM shows the settings of a room and reports changes. The value lists the rooms that new accounts join
first."""

from __future__ import annotations

from chatstore.chat.rules.policy import Policy
from chatstore.irc.capabilities import Capability


def _first_rooms(policy: Policy) -> str:
    return ",".join(f"#{name}" for name in policy.rooms.default)


CAPABILITY = Capability("chatstore/rooms", "chatstore/rooms", value=_first_rooms, switch="room_settings")
