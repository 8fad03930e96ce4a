"""Your own messages come back once they are stored, as a receipt."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("echo-message", "IRCv3 echo-message", switch="echo_message")
