"""Operators of a room see who invited whom."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("invite-notify", "IRCv3 invite-notify", switch="invite_notify")
