"""MARKREAD tells up to where you have read: as you join rooms, and when your other clients say so."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("draft/read-marker", "IRCv3 draft/read-marker", switch="read_marker")
