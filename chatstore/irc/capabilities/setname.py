"""SETNAME changes your real name, and reports that others change theirs."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("setname", "IRCv3 setname", switch="setname")
