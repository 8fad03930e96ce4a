"""RENAME tells that a room has another name; without it, that one left the old room and is in the new one."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("draft/channel-rename", "IRCv3 draft/channel-rename", view="channel_rename")
