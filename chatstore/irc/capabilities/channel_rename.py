"""RENAME reports that a room has a new name. Without it, you seem to leave the old room and join the new
one."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("draft/channel-rename", "IRCv3 draft/channel-rename", switch="channel_rename")
