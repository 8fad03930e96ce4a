"""The client receives the direct messages that its account sends from other connections, as it does with
echo-message."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("znc.in/self-message", "znc.in/self-message", switch="self_message")
