"""Messages that a bridge passes on with RELAYMSG say who passed them on."""

from __future__ import annotations

from chatstore.chat.model.names import RELAYED
from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("draft/relaymsg", "Proposal 417 to IRCv3", value=lambda _: RELAYED, switch="relaymsg")
