"""EDIT changes the text of messages, and reports that others change theirs."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("draft/message-edit", "IRCv3 draft/message-edit", switch="message_edit")
