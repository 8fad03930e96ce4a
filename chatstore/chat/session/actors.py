"""Who a session takes part as: an account's person, or a guest."""

from __future__ import annotations

import logging
import secrets
from collections import deque
from collections.abc import Iterator
from dataclasses import replace

from chatstore.chat.changes.membership import ChangeNick
from chatstore.chat.changes.required import required_guest_nick
from chatstore.chat.model.accounts import Account
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.names import Name, new_person_name, person_name
from chatstore.chat.rules import permissions
from chatstore.chat.session.state import SessionState

log = logging.getLogger(__name__)


def account_actor(session: SessionState, nick: str) -> Actor:
    """The actor of the session's account. It has this nick if people may choose theirs. Otherwise it has the
    nick that the account was shown by last, or the account's name if somebody else has that nick now."""
    assert session.account is not None
    account = session.account
    reclaim_name(session, account)
    person = session.chat.hub.person_keyed(account.id)
    may_choose = session.grant.covers("manage") and not session.chat.policy.accounts.nick_must_be_account
    if nick and may_choose and (person is None or not person.online):
        session.account = account = _called(session, account, nick)
    return absent_actor(session, account)


def absent_actor(session: SessionState, account: Account) -> Actor:
    """The actor of an account by the nick that it was shown by last, or its name if somebody else has that
    nick."""
    here = session.chat.hub.person(person_name(account.nick).folded)
    taken = here is not None and here.actor.account_id != account.id
    return Actor(account.name if taken else account.nick, account.name, account.id, bot=account.bot)


def reclaim_name(session: SessionState, account: Account) -> None:
    """Give an account's name back to its owner. Anybody else who is shown by it gets another nick: a guest
    who came before the account was made, or a person who chose that nick. Blocks."""
    hub = session.chat.hub
    holder = hub.person(account.folded)
    if holder is None or holder is session.person or holder.actor.account_id == account.id:
        return
    for name in _other_names(holder.actor):
        if hub.claim(name.folded, holder):
            try:
                session.chat.store.submit([ChangeNick(holder.actor, name)]).result()
            finally:
                hub.unclaim(name.folded, holder)
            log.info(
                "%(account)s is %(nick)s now, because %(by)s has logged in",
                {"event": "nick-given-back", "account": account.name, "nick": name.shown, "by": account.name},
            )
            return


def _other_names(actor: Actor) -> Iterator[Name]:
    if actor.account is not None:
        yield person_name(actor.account)
    yield person_name(f"guest-{secrets.token_hex(3)}")


def _called(session: SessionState, account: Account, nick: str) -> Account:
    name = new_person_name(nick, session.chat.policy.limits.nick_length)
    here = session.chat.hub.person(name.folded)
    if here is not None and here.actor.account_id != account.id:
        raise ChatError(Code.NAME_TAKEN, "somebody here has that name", nick)
    if name.shown != account.nick:
        session.submit([ChangeNick(Actor(account.nick, account.name, account.id), name)]).result()
    return replace(account, nick=name.shown)


def guest_actor(session: SessionState, nick: str) -> Actor:
    """The actor of a guest. Blocks."""
    actor = unjudged_guest(session, nick, "")
    required_guest_nick(session.chat.store.accounts, person_name(nick))
    return actor


def unjudged_guest(session: SessionState, nick: str, called: str) -> Actor:
    """The same, as long as nobody has asked whether an account has that nick, or one that looks like it. For
    `called` see Actor."""
    name = new_person_name(nick, session.chat.policy.limits.nick_length)
    actor = Actor(name.shown, guest=f"g{_random_key()}", called=called)
    if not permissions.may_take_part(actor, guests=session.chat.policy.accounts.guests):
        raise ChatError(Code.LOGIN_REQUIRED, "this server requires an account: log in first", nick)
    if not session.admitted:
        raise ChatError(Code.SERVER_PASSWORD, "this server has a password", nick)
    return actor


_random_keys: deque[str] = deque()
_DRAWN = 64
"""Keys that are drawn together, because a draw is a system call."""


def _random_key() -> str:
    """A key that nobody had and nobody can guess. Any thread may ask."""
    while True:
        try:
            return _random_keys.popleft()
        except IndexError:
            drawn = secrets.token_hex(8 * _DRAWN)
            _random_keys.extend(drawn[at : at + 16] for at in range(0, len(drawn), 16))
