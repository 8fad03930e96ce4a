"""NickServ: accounts. What it does is what REGISTER, AUTHENTICATE and the command line do, too."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from chatstore.chat.names import same_person
from chatstore.irc.commands.authenticate import become_the_account
from chatstore.irc.services import NICKSERV, Talk, serves

if TYPE_CHECKING:
    from chatstore.chat.accounts import Account
    from chatstore.irc.conversation import Pause


@serves(NICKSERV, "REGISTER", "PASSWORD [EMAIL]", "make an account of your nick", fewest=1, hashes=True)
def register(talk: Talk, rest: str) -> Pause | None:
    """No address is asked for, so one that is given is not kept."""
    context = talk.context
    if _has_account(talk):
        return None
    words = rest.split()
    password = " ".join(words[:-1] if len(words) > 1 and "@" in words[-1] else words)
    account = context.session.register(context.nick, password)
    talk.say(f"The account {account.name} is yours, and you are logged in to it.")
    return _go_on_as(talk, account)


@serves(NICKSERV, "IDENTIFY", "[ACCOUNT] PASSWORD", "log in", fewest=1, hashes=True)
def identify(talk: Talk, rest: str) -> Pause | None:
    context = talk.context
    if _has_account(talk):
        return None
    name, _, password = rest.partition(" ")
    if not password:
        name, password = context.nick, rest
    account = context.session.log_in(name, password.strip())
    talk.say(f"You are logged in as {account.name}.")
    return _go_on_as(talk, account)


@serves(NICKSERV, "LOGOUT", "", "how to stop being logged in")
def logout(talk: Talk, _: str) -> None:
    if talk.context.session.account is None:
        talk.say("You are not logged in.")
    else:
        talk.say("A connection is logged in until it ends: /quit, and come back without your password.")


@serves(NICKSERV, "INFO", "[ACCOUNT]", "what is known of an account")
def info(talk: Talk, rest: str) -> None:
    session = talk.context.session
    name = rest.partition(" ")[0] or (session.account.name if session.account is not None else talk.context.nick)
    account = session.accounts.named(name)
    talk.say(f"{account.name} has an account since {_day(account.created_at)}.")
    if account.admin:
        talk.say(f"{account.name} is an administrator of this server.")
    if session.account is not None and account.id == session.account.id:
        talk.say(f"Your password is changed by /msg {talk.service.nick} SET PASSWORD.")


@serves(NICKSERV, "SET", "PASSWORD OLD NEW", "another password", fewest=3, hashes=True)
def set_(talk: Talk, rest: str) -> None:
    what, *words = rest.split()
    if what.upper() not in ("PASSWORD", "PASSWD") or len(words) != 2:
        talk.say("What can be set is PASSWORD, with the old one and a new one, each a word.")
        return
    talk.context.session.accounts.set_password(*words)
    talk.say("Your password is changed.")


@serves(NICKSERV, "DROP", "ACCOUNT PASSWORD", "remove your account, for good", fewest=2, hashes=True)
def drop(talk: Talk, rest: str) -> None:
    """The name is not given to anybody else, because it stands in front of what was said."""
    name, _, password = rest.partition(" ")
    own = talk.context.session.account
    if own is None or not same_person(name, own.name):
        talk.say("Only your own account, the one that you are logged in to.")
        return
    talk.context.session.accounts.remove(password.strip())


def _held(talk: Talk, _: str) -> None:
    if talk.context.session.account is not None:
        talk.say("All of your connections share your nick, so nobody has to give way for you.")
    else:
        talk.say(f"Log in, and your nick is yours: /msg {talk.service.nick} IDENTIFY [ACCOUNT] PASSWORD.")


for _name in ("GHOST", "RECOVER", "REGAIN", "RELEASE"):
    serves(NICKSERV, _name, "NICK", "not needed here: an account's connections share its nick")(_held)


def _has_account(talk: Talk) -> bool:
    own = talk.context.session.account
    if own is not None:
        talk.say(f"You are logged in as {own.name} already.")
    return own is not None


def _go_on_as(talk: Talk, account: Account) -> Pause | None:
    talk.context.logged_in(account)
    return become_the_account(talk.context)


def _day(moment: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(moment / 1000))
