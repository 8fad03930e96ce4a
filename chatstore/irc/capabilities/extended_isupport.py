"""ISUPPORT sends the tokens of 005 even before the welcome, in a batch."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("draft/extended-isupport", "IRCv3 draft/extended-isupport")
