"""REDACT deletes messages, and reports that others delete theirs."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("draft/message-redaction", "IRCv3 draft/message-redaction", switch="message_redaction")
