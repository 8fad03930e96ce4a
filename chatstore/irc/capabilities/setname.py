"""Real names can be changed, and changes of others are told."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("setname", "IRCv3 setname", view="setname")
