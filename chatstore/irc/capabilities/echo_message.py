"""Who says something is shown it, once it is stored: the receipt."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("echo-message", "IRCv3 echo-message", view="echo_message")
