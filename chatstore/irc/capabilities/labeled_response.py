"""A label on a command comes back on its answer."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("labeled-response", "IRCv3 labeled-response")
