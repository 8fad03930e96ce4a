"""Messages can be taken back, and one is told when they are."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("draft/message-redaction", "IRCv3 draft/message-redaction", view="message_redaction")
