"""A label on a command comes back on its answer: see irc/labels.py."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("labeled-response", "IRCv3 labeled-response")
