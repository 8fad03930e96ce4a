"""One is told up to where one has read: of rooms as they are entered, and when one's other clients say so."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("draft/read-marker", "IRCv3 draft/read-marker", view="read_marker")
