"""The audit log: what administrators and operators did.

An entry is written by the change that does the act, in its transaction: either both are stored, or neither.
It has no text of messages, no password, no code and no token.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Literal

Via = Literal["chat", "command", "server"]
"""How something was done: over a connection, by a command on the server's machine, or by the server itself."""

ACTIONS = {
    "account.add": "added the account {about}",
    "account.admin": "made {about} an administrator",
    "account.approve": "approved the account {about}",
    "account.certificate": "changed the certificates of {about}",
    "account.claim": "gave imported messages to {about}",
    "account.erase": "removed the account {about} and what they said",
    "account.invite": "invited {about} to the server",
    "account.password": "set the password of {about}",
    "account.profile": "changed the metadata of {about}",
    "account.refuse": "refused the account {about}",
    "account.remove": "removed the account {about}",
    "account.reset": "made a one-use link for {about}",
    "account.restore": "ended the suspension of {about}",
    "account.revoke-invitation": "revoked the invitation {about}",
    "account.signout": "removed device tokens of {about}",
    "account.suspend": "suspended {about}",
    "account.unadmin": "made {about} an ordinary account",
    "bot.add": "made the bot {about}",
    "bot.token": "made a token for the bot {about}",
    "bot.revoke": "removed tokens of the bot {about}",
    "data.backup": "backed up the database to {about}",
    "data.copy": "copied the database to {about}",
    "data.export": "exported {about}",
    "data.import": "imported {about}",
    "data.repair": "repaired {about}",
    "data.restore": "restored the database from {about}",
    "file.remove": "removed a file of {about}",
    "report.close": "closed the report about {about}",
    "room.add": "added the room {about}",
    "room.ban": "changed the bans of {about}",
    "room.founder": "made another account the founder of {about}",
    "room.hook": "changed the webhooks of {about}",
    "room.invite": "invited somebody to {about}",
    "room.kick": "kicked a member of {about}",
    "room.mode": "changed the modes of {about}",
    "room.prune": "erased old messages of {about}",
    "room.redact": "redacted another person's message in {about}",
    "room.remove": "removed the room {about}",
    "room.rename": "renamed {about}",
    "room.role": "changed a role in {about}",
    "room.settings": "changed the settings of {about}",
    "room.topic": "changed the topic of {about}",
    "server.ban": "banned {about} from the server",
    "server.kill": "closed the connections of {about}",
    "server.oper": "became an operator of the server",
    "server.reload": "reloaded the configuration",
    "server.tell": "sent a message to the operators",
    "server.unban": "ended the ban of {about}",
}
"""Every action, and the sentence that `chatstore audit` shows. The part before the dot groups them."""


IN_ROOMS = "room"
"""The group of what is done in rooms. Their operators do that, too, who need not be administrators."""


def folded(name: str) -> str:
    """A name, as names are compared here."""
    return unicodedata.normalize("NFKC", name).casefold()


@dataclass(frozen=True)
class AuditEntry:
    """One act. `at` is ms since 1970 UTC. `actor`: the name of the account or guest; for a command, of the
    user of the server's machine; empty for the server. `account_id`: whose account did it, if one did.
    `about`: the account, room or mask that it was done to. `detail`: more about it, for people."""

    id: int
    at: int
    actor: str
    account_id: int | None
    via: Via
    action: str
    about: str
    detail: str

    @property
    def sentence(self) -> str:
        """What was done, without who did it."""
        return ACTIONS.get(self.action, f"{self.action} {{about}}").format(about=self.about).strip()


@dataclass(frozen=True)
class AuditQuery:
    """Which entries, newest first. Times are ms since 1970 UTC: `since` <= at < `until`. `by`, `about`: names
    in any case. `action`: one, or the part before the dot for a group. `rooms`: also what people who are no
    administrators did in rooms; an action that is asked for in rooms is chosen by anybody. `before`: only
    smaller ids."""

    since: int | None = None
    until: int | None = None
    by: str = ""
    about: str = ""
    action: str = ""
    rooms: bool = False
    before: int | None = None
    limit: int | None = None

    @property
    def members_too(self) -> bool:
        """Whether it chooses what people who are no administrators did in rooms."""
        return self.rooms or self.action.partition(".")[0] == IN_ROOMS
