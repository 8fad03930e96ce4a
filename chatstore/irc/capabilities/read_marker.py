"""MARKREAD reports up to where you have read: when you join a room, and when another of your clients moves
the marker."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("draft/read-marker", "IRCv3 draft/read-marker", switch="read_marker")
