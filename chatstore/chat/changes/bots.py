"""Changes to bots: accounts of programs, which log in by tokens alone, and belong to an account or the server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from chatstore.chat.changes.accounts import RemoveAccount
from chatstore.chat.changes.required import account_of, required_active, required_own_name
from chatstore.chat.changes.tokens import AddToken, RemoveTokens
from chatstore.chat.model.accounts import Account
from chatstore.chat.model.actors import SERVER, Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.names import Name, person_name
from chatstore.chat.model.scopes import EVERYTHING, Grant
from chatstore.chat.model.tokens import DeviceToken
from chatstore.chat.ports import Change, Touched, Transaction
from chatstore.chat.rules import permissions


@dataclass
class AddBot(Change):
    """Make a bot of the account of `by`; or the server's own, if `by` is SERVER or an administrator and wants that.
    `most`: the most bots of an account. Returns the Account. Raises NAME_TAKEN, INVALID_NAME, LIST_FULL,
    LOGIN_REQUIRED, ADMIN_REQUIRED, SUSPENDED."""

    by: Actor
    name: Name
    most: int
    servers_own: bool = False

    def touches(self, tx: Transaction) -> Touched:
        return Touched([self.by.account_id] if self.by.account_id is not None else [])

    def apply(self, tx: Transaction) -> Account:
        owner = required_active(tx, self.by)
        if owner is None and self.by is not SERVER:
            raise ChatError(Code.LOGIN_REQUIRED, "bots belong to accounts: log in first")
        if owner is not None and owner.bot:
            raise ChatError(Code.ADMIN_REQUIRED, "a bot can't have bots")
        if self.servers_own and owner is not None and not owner.admin:
            raise ChatError(Code.ADMIN_REQUIRED, "only administrators make bots of the server")
        owner = None if self.servers_own else owner
        if owner is not None and not owner.admin and len(tx.accounts.bots_of(owner.id)) >= self.most:
            raise ChatError(Code.LIST_FULL, f"you may have {self.most} bots: remove one first", owner.name)
        tx.nicks.reserve(self.name)
        required_own_name(tx, self.name)
        if tx.nicks.holder(self.name.folded) is not None:
            raise ChatError(Code.NAME_TAKEN, "somebody here has that name", self.name.shown)
        bot = tx.accounts.add(self.name, "", "user")
        owner_id = owner.id if owner is not None else None
        tx.accounts.update(bot.id, kind="bot", owner_id=owner_id)
        tx.audit.note("bot.add", self.by, bot.name, "" if owner is not None else "the server's own")
        return replace(bot, kind="bot", owner_id=owner_id)


@dataclass
class _OfBot(Change):
    """A change to a bot by its owner or an administrator (SERVER on the command line). Raises NO_SUCH_BOT."""

    by: Actor
    bot: Name

    def touches(self, tx: Transaction) -> Touched:
        account = tx.accounts.named(self.bot.folded)
        own = [self.by.account_id] if self.by.account_id is not None else []
        return Touched([*own, account.id] if account is not None else own)

    def required(self, tx: Transaction) -> Account:
        bot = tx.accounts.named(self.bot.folded)
        may = bot is not None and (
            self.by is SERVER or permissions.may_manage_bot(bot, account_of(tx, self.by), tx.now)
        )
        if bot is None or not bot.bot or bot.status == "removed" or not may:
            raise no_such_bot(self.bot.shown)
        return bot


@dataclass
class AddBotToken(_OfBot):
    """Add a token by which the bot logs in. Returns the DeviceToken. Raises NO_SUCH_BOT, LIST_FULL, SUSPENDED."""

    digest: str
    label: str
    allows: Grant = EVERYTHING

    def apply(self, tx: Transaction) -> DeviceToken:
        bot = self.required(tx)
        added = AddToken(bot.id, self.digest, self.label, allows=self.allows).apply(tx)
        tx.audit.note("bot.token", self.by, bot.name, f"{added.id}: {self.label}")
        return added


@dataclass
class RemoveBotTokens(_OfBot):
    """Remove one token of a bot, or all (None). Its sessions by them end. Returns the ids."""

    only: int | None = None
    ends_batch = True

    def apply(self, tx: Transaction) -> Sequence[int]:
        bot = self.required(tx)
        removed = RemoveTokens(bot.id, only=self.only).apply(tx)
        if removed:
            tx.audit.note("bot.revoke", self.by, bot.name, ", ".join(map(str, removed)))
        return removed


@dataclass
class RemoveBot(_OfBot):
    """Remove a bot for good, as RemoveAccount does. Returns the Account."""

    ends_batch = True

    def touches(self, tx: Transaction) -> Touched:
        own = [self.by.account_id] if self.by.account_id is not None else []
        touched = RemoveAccount(self.bot).touches(tx)
        return touched._replace(accounts=[*touched.accounts, *own])

    def apply(self, tx: Transaction) -> Account:
        return RemoveAccount(person_name(self.required(tx).name), self.by).apply(tx)


def no_such_bot(name: str) -> ChatError:
    return ChatError(Code.NO_SUCH_BOT, f"you have no bot {name}", name)
