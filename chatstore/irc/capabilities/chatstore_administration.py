"""PEOPLE, ROOMS, AUDIT, BAN, REPORT, REPORTS and STATUS: the server is administered over the connection."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("chatstore/administration", "chatstore/administration", switch="administration")
