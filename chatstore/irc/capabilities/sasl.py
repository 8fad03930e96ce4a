"""Log in with AUTHENTICATE."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability
from chatstore.irc.sasl import MECHANISMS

CAPABILITY = Capability(
    "sasl",
    "IRCv3 sasl-3.2",
    value=lambda _: ",".join(MECHANISMS),
    here=lambda client: ",".join(client.mechanisms) or None,
)
