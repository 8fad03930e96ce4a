"""The parameter of a command that names a server: here there is one. Spec: Modern, "Server Queries and
Commands".

It may be the server's name, a mask of it, or the nick of somebody, whose server is meant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.chat.model.errors import ChatError
from chatstore.chat.rules.permissions import wildcard_matches
from chatstore.irc import numerics as n
from chatstore.irc.errors import middle

if TYPE_CHECKING:
    from chatstore.irc.client import Client


def is_here(client: Client, target: str) -> bool:
    """Whether this server is meant; otherwise ERR_NOSUCHSERVER is said. No name at all means this one."""
    if not target or wildcard_matches(target, client.server.name) or _is_nick(client, target):
        return True
    client.reply.numeric(n.ERR_NOSUCHSERVER, middle(target), text="no such server")
    return False


def _is_nick(client: Client, target: str) -> bool:
    try:
        return client.session.sees.find(target) is not None
    except ChatError:
        return False
