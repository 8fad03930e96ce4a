"""The modes of a user. Spec: Modern, "User modes", "MODE message"; IRCv3 bot-mode.

`i` hides the user from everybody who shares no room with them, `w` receives WALLOPS, `B` marks a bot. These
belong to the person, on all their connections. When a user sets `B`, the server stops replaying messages to
the account, unless it has chosen otherwise (REPLAY). `o` marks an operator of the server: only OPER sets it,
and the user may remove it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.chat.model.names import same_person
from chatstore.irc import numerics as n

if TYPE_CHECKING:
    from chatstore.irc.client import Client

SETTABLE = "Biw"
OPERATOR = "o"
USER_MODES = "".join(sorted(SETTABLE + OPERATOR))
"""All modes, as RPL_MYINFO lists them."""


def user_mode(client: Client, nick: str, letters: str) -> None:
    """`MODE nick` shows the user's own modes, `MODE nick +i-w` changes them."""
    if not same_person(nick, client.nick):
        client.session.sees.person(nick)  # 401 if nobody has that nick
        client.reply.numeric(n.ERR_USERSDONTMATCH, text="you can't see or change other users' modes")
    elif not letters:
        client.reply.numeric(n.RPL_UMODEIS, "+" + "".join(sorted(_held(client))))
    else:
        _change(client, letters)


def _held(client: Client) -> set[str]:
    return {*client.session.modes} | ({OPERATOR} if client.session.operator else set())


def _change(client: Client, letters: str) -> None:
    before, wanted, adding, known = _held(client), _held(client), True, True
    for letter in letters:
        if letter in "+-":
            adding = letter == "+"
        elif letter not in USER_MODES:
            known = False
        elif not adding:
            wanted.discard(letter)
        elif letter != OPERATOR:  # Modern: a user's own +o is ignored silently
            wanted.add(letter)
    if not known:
        client.reply.numeric(n.ERR_UMODEUNKNOWNFLAG, text="unknown mode")
    added, removed = "".join(sorted(wanted - before)), "".join(sorted(before - wanted))
    if not added and not removed:
        return
    source, nick = client.session.actor.mask, client.nick
    if {OPERATOR} != {*added, *removed}:
        client.session.change_modes(add=added, remove=removed.replace(OPERATOR, "")).result()
    if OPERATOR in removed:
        client.session.lay_down_operator()
    account = client.session.account
    if "B" in added and account is not None and account.replay == "default":
        client.session.set_replay("bot").result()
    elif "B" in removed and account is not None and account.replay == "bot":
        client.session.set_replay("default").result()
    signed = (f"+{added}" if added else "") + (f"-{removed}" if removed else "")
    client.reply.line_from(source, "MODE", nick, signed)
