"""Tags on lines: msgid, and the client-only tags that other clients send."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("message-tags", "IRCv3 message-tags", switch="message_tags")
