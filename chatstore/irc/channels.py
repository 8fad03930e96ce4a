"""The parameter of a command that names a channel. Spec: Modern, "Channels", and the CHANTYPES of
RPL_ISUPPORT.

Other doors call a room by its bare name. Here that is no channel's, and may be somebody's nick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.irc import numerics as n
from chatstore.irc.errors import middle

if TYPE_CHECKING:
    from chatstore.irc.client import Client


def is_channel(client: Client, name: str) -> bool:
    """Whether it may name a channel; otherwise ERR_NOSUCHCHANNEL is said."""
    if name.startswith("#"):
        return True
    client.reply.numeric(n.ERR_NOSUCHCHANNEL, middle(name), text="no such channel")
    return False
