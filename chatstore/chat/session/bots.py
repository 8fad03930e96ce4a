"""The bots of a session's account, and for administrators all of them. Everything here blocks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from chatstore.chat.changes.bots import AddBot, AddBotToken, RemoveBot, RemoveBotTokens, no_such_bot
from chatstore.chat.model.accounts import Account
from chatstore.chat.model.digests import digest_of
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.names import new_person_name, person_name
from chatstore.chat.model.scopes import SCOPES
from chatstore.chat.model.text import one_line
from chatstore.chat.model.tokens import MAX_LABEL, DeviceToken, new_token
from chatstore.chat.rules import permissions
from chatstore.chat.session.state import SessionState
from chatstore.chat.session.tokens import Tokens
from chatstore.chat.ticket import Ticket


class BotShown(NamedTuple):
    """A bot. `owner`: the name of an account; empty for the server's own."""

    account: Account
    owner: str
    tokens: int
    online: bool


class Bots:
    """`session.bots`. It raises LOGIN_REQUIRED without an account, OUTSIDE_SCOPE, and NO_SUCH_BOT for a bot that is
    neither one's own nor, for administrators, anybody's."""

    __slots__ = ("_session", "_tokens")

    def __init__(self, session: SessionState, tokens: Tokens) -> None:
        self._session = session
        self._tokens = tokens

    def list(self, *, everybodys: bool = False) -> Sequence[BotShown]:
        """The account's bots, by name; for administrators `everybodys` and the server's. Raises ADMIN_REQUIRED."""
        own, store = self._own(), self._session.chat.store
        if everybodys and not permissions.may_administer(own, self._session.now):
            raise ChatError(Code.ADMIN_REQUIRED, "only administrators see the bots of others")
        found = store.accounts.bots() if everybodys else store.accounts.bots_of(own.id)
        owners = store.accounts.names({bot.owner_id for bot in found if bot.owner_id is not None})
        return [self._shown(bot, owners.get(bot.owner_id or 0, "")) for bot in found]

    def add(self, name: str, *, servers_own: bool = False) -> Ticket:
        """Make a bot. The result is its Account. Raises PASSWORD_REQUIRED, INVALID_NAME, NAME_TAKEN, LIST_FULL,
        ADMIN_REQUIRED."""
        session, own = self._session, self._own()
        session.need_password()
        valid = new_person_name(name, session.chat.policy.limits.nick_length)
        most = session.chat.policy.limits.bots_per_account
        return session.submit([AddBot(own.actor, valid, most, servers_own, origin=session)])

    def add_token(
        self, bot: str, label: str, scopes: Collection[str] = SCOPES, rooms: Sequence[str] | None = None
    ) -> Ticket:
        """Make a token of a bot; see Tokens.add. The result is the DeviceToken and its text, which is never shown
        again."""
        session, own = self._session, self._own()
        session.need_encryption()
        session.need_password()
        text, label = new_token(), one_line(label)[:MAX_LABEL]
        grant = self._tokens.wanted(scopes, rooms)
        change = AddBotToken(own.actor, person_name(bot), digest_of(text), label, grant, origin=session)
        return session.submit([change]).giving(lambda added: (added, text))

    def tokens(self, bot: str) -> Sequence[tuple[DeviceToken, bool]]:
        """The tokens of a bot, the oldest first, and whether each is in use here."""
        account = self._bot(bot)
        person = self._session.chat.hub.person_keyed(account.id)
        used = {each.token for each in person.sessions} if person is not None else set()
        return [(token, token.id in used) for token in self._session.chat.store.tokens.of_account(account.id)]

    def revoke(self, bot: str, token: int | None) -> Ticket:
        """Remove one token of a bot, or all. The result has their ids. Raises NO_SUCH_TOKEN."""

        def removed(gone: Sequence[int]) -> Sequence[int]:
            if not gone and token is not None:
                raise ChatError(Code.NO_SUCH_TOKEN, f"{bot} has no such token", str(token))
            return gone

        change = RemoveBotTokens(self._own().actor, person_name(bot), token, origin=self._session)
        return self._session.submit([change]).giving(removed)

    def remove(self, bot: str) -> Ticket:
        """Remove a bot for good. The result is its Account."""
        return self._session.submit([RemoveBot(self._own().actor, person_name(bot), origin=self._session)])

    def _own(self) -> Account:
        """The account of this session, as it is stored now. Raises LOGIN_REQUIRED, OUTSIDE_SCOPE."""
        session = self._session
        own = session.own_account
        session.need("manage")
        return session.chat.store.accounts.by_id(own.id) or own

    def _bot(self, name: str) -> Account:
        own = self._own()
        bot = self._session.chat.store.accounts.named(person_name(name).folded)
        may = bot is not None and bot.bot and permissions.may_manage_bot(bot, own, self._session.now)
        if bot is None or not may or bot.status == "removed":
            raise no_such_bot(name)
        return bot

    def _shown(self, bot: Account, owner: str) -> BotShown:
        person = self._session.chat.hub.person_keyed(bot.id)
        tokens = len(self._session.chat.store.tokens.of_account(bot.id))
        return BotShown(bot, owner, tokens, person is not None and person.online)
