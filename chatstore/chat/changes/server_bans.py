"""Changes to the server-wide bans."""

from __future__ import annotations

from dataclasses import dataclass

from chatstore.chat.changes.administration import required_admin
from chatstore.chat.model.accounts import said_time
from chatstore.chat.model.actors import SERVER, Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.server_bans import MOST_BANS, ServerBan, server_mask
from chatstore.chat.ports import Change, Transaction
from chatstore.chat.rules import permissions


@dataclass
class BanFromServer(Change):
    """Ban a network or a mask of people from the server, until a time (ms since 1970 UTC) or for good. The
    connections that it covers are closed. It replaces a ban of the same mask. `by`: the administrator, SERVER
    for the command line; `address`: theirs; `shown`: how everybody sees their person, if they have one.
    Returns the ServerBan. Raises ADMIN_REQUIRED, INVALID_MASK, TOO_WIDE, OWN_BAN, LIST_FULL."""

    mask: str
    reason: str
    until: int | None = None
    by: Actor = SERVER
    address: str = ""
    shown: Actor | None = None
    ends_batch = True

    def apply(self, tx: Transaction) -> ServerBan:
        if self.by is not SERVER:
            required_admin(tx, self.by)
        mask = server_mask(self.mask)
        own = [each for each in (self.by, self.shown) if each is not None and each is not SERVER]
        if not permissions.may_ban(mask, self.address, own):
            raise ChatError(Code.OWN_BAN, f"{mask} would ban you, too", mask)
        tx.nodes.lock()  # each change sees the one before, whichever server makes it
        tx.server_bans.remove_ended()
        bans = tx.server_bans.all()
        if len(bans) >= MOST_BANS and all(ban.mask != mask for ban in bans):
            raise ChatError(Code.LIST_FULL, f"there are {MOST_BANS} bans already: remove some first", mask)
        until = f"until {said_time(self.until)}: " if self.until is not None else ""
        name = tx.audit.note("server.ban", self.by, mask, until + self.reason)
        ban = tx.server_bans.put(mask, self.reason, name, self.until)
        tx.announce(tx.server_bans.state())
        return ban


@dataclass
class EndServerBan(Change):
    """End a server-wide ban, by its id or its mask. Returns the ServerBan. Raises ADMIN_REQUIRED, NO_SUCH_BAN."""

    ban: str
    by: Actor = SERVER

    def apply(self, tx: Transaction) -> ServerBan:
        if self.by is not SERVER:
            required_admin(tx, self.by)
        tx.nodes.lock()
        found = [each for each in tx.server_bans.all() if self.ban in (str(each.id), each.mask)]
        if not found:
            try:
                mask = server_mask(self.ban)
            except ChatError:
                mask = ""
            found = [each for each in tx.server_bans.all() if each.mask.casefold() == mask.casefold()]
        if not found:
            raise ChatError(Code.NO_SUCH_BAN, f"there is no ban {self.ban}", self.ban)
        tx.server_bans.remove(found[0].id)
        tx.audit.note("server.unban", self.by, found[0].mask)
        tx.announce(tx.server_bans.state())
        return found[0]


@dataclass
class TellServerBans(Change):
    """Tell the bans that there are, in their place among all events: at the start of a server."""

    def apply(self, tx: Transaction) -> None:
        tx.announce(tx.server_bans.state())
