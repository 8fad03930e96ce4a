"""What each line of the server means to the state: one small function a command, found in a table."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from chatstore.client import hearing_rooms as rooms
from chatstore.client import items, markers, news, past, presence, telling
from chatstore.client.items import audience_of, message_in, nick_of
from chatstore.client.login import MULTILINE
from chatstore.client.splitting import multiline_limits
from chatstore.client.targets import fold, is_room
from chatstore.irc.line import Line

if TYPE_CHECKING:
    from chatstore.client.state import ChatState

Hear = Callable[["ChatState", Line], None]
UNLIMITED = 10_000
INCARNATION = "chatstore/INCARNATION"
"""The token of 005 that names the life of the server's database: another one where a backup was put back."""
SERVICES = frozenset(map(fold, ("NickServ", "ChanServ")))


def hear_line(state: ChatState, line: Line) -> None:
    """Let the state take a line that is in no batch."""
    _HEARD.get(line.command, _other)(state, line)


# The connection.


def _ping(state: ChatState, line: Line) -> None:
    state.send("PONG", *line.params)


def _pong(state: ChatState, line: Line) -> None:
    if line.params:
        state.answered(line.params[-1])


def _welcome(state: ChatState, line: Line) -> None:
    state.nick = line.param(0, state.nick)
    word = line.params[-1].split()[-1] if line.params and line.params[-1].split() else ""
    if nick_of(word) == state.nick and "!" in word:
        state.mask = word
    state.tell(news.NickIs("", state.now, state.nick))


def _my_info(state: ChatState, line: Line) -> None:
    state.chatstore = line.param(2).startswith("chatstore-")


def _isupport(state: ChatState, line: Line) -> None:
    for token in line.params[1:]:
        key, _, value = token.partition("=")
        if key == "CHATHISTORY" and value.isdecimal():
            state.set_page(int(value))
        elif key == INCARNATION:
            state.incarnation_is(value)
        elif key == "MONITOR":
            state.most_watched = int(value) if value.isdecimal() else UNLIMITED
        else:
            state.prefixes.hear(key, value)


def _cap(state: ChatState, line: Line) -> None:
    """What the server says while it runs: it may take more or less in a message of several lines, or none."""
    subcommand = line.param(1).upper()
    for word in line.params[-1].split() if subcommand in ("NEW", "DEL") else ():
        name, _, value = word.partition("=")
        if name == MULTILINE and state.multiline is not None:
            state.multiline = multiline_limits(value) if subcommand == "NEW" else None


def _motd(state: ChatState, line: Line) -> None:
    if not state.greeted:
        state.greet(line.params[-1].removeprefix("- "))


def _end_of_welcome(state: ChatState, line: Line) -> None:
    state.settle_in()


def _error(state: ChatState, line: Line) -> None:
    state.info(f"the server closes the connection: {line.param(0)}")


# What is said.


def _said(state: ChatState, line: Line) -> None:
    name, nick = line.param(0), nick_of(line.source)
    room = name.removeprefix(audience_of(name))
    if is_room(room):
        state.live(state.target(room), line)
    elif "!" not in line.source:
        state.greet(line.params[-1])
    elif line.command == "NOTICE" and fold(nick) in SERVICES and fold(nick) not in state.targets:
        state.show(message_in(line, nick, False, state.now))  # an answer, and no conversation
    else:
        state.absent.discard(fold(name if state.is_me(nick) else nick))
        state.live(state.target(name if state.is_me(nick) else nick), line)


def _redacted(state: ChatState, line: Line) -> None:
    """Spec: IRCv3 draft/message-redaction. The target is as in PRIVMSG."""
    state.live(state.target(state.where(line)), line)


def _tags(state: ChatState, line: Line) -> None:
    """Spec: IRCv3 message-tags, TAGMSG. Nobody talks by typing alone, so it opens no conversation."""
    target = state.targets.get(fold(state.where(line)))
    if target is not None and state.picture:
        telling.types(state, target, line)
        telling.tell_about(state, target, line)


def _mark_read(state: ChatState, line: Line) -> None:
    """Spec: IRCv3 draft/read-marker."""
    past.marker_known(state, markers.heard(state, line))


# Who is here.


def _away(state: ChatState, line: Line) -> None:
    """Spec: IRCv3 away-notify."""
    presence.is_away(state, nick_of(line.source), bool(line.param(0)), line.param(0))


def _online(state: ChatState, line: Line) -> None:
    presence.watched_came(state, line, line.command == "730")


def _who(state: ChatState, line: Line) -> None:
    if not presence.who(state, line):
        _other(state, line)


def _end_of_who(state: ChatState, line: Line) -> None:
    presence.who_ended(state, line)


# History.


def _batch(state: ChatState, line: Line) -> None:
    state.batch(line)


# Answers and refusals.


def _invite(state: ChatState, line: Line) -> None:
    """Of us, or of somebody else into a room of ours (IRCv3 invite-notify)."""
    who, nick, room = nick_of(line.source), line.param(0), line.param(1)
    if state.is_me(nick):
        state.info(f"{who} invites you to {room}: /join {room}")
    else:
        state.show(items.Info(room, state.now, f"{who} invites {nick}"))


_WHOIS: dict[str, Callable[[Line], str]] = {
    "311": lambda line: f"{line.param(1)} is {line.param(2)}@{line.param(3)}: {line.param(5)}",
    "312": lambda line: f"{line.param(1)} is on {line.param(2)}",
    "317": lambda line: f"{line.param(1)} was idle for {line.param(2)} s",
    "319": lambda line: f"{line.param(1)} is in {line.param(2).strip()}",
    "330": lambda line: f"{line.param(1)} has the account {line.param(2)}",
}
_SILENT = frozenset("002 003 250 251 252 253 254 255 265 266 315 321 323 329 333 369 375 396 900".split())


def _is_away(state: ChatState, line: Line) -> None:
    """A server tells it of everything that is said to somebody: here it is told once, and whenever it is asked."""
    nick, why = line.param(1), line.param(2)
    if state.away_told.get(fold(nick)) != why or state.whois == fold(nick):
        state.away_told[fold(nick)] = why
        state.info(f"{nick} is away: {why}")


def _whois(state: ChatState, line: Line) -> None:
    state.whois = fold(line.param(1))
    state.info(_WHOIS["311"](line))


def _end_of_whois(state: ChatState, line: Line) -> None:
    state.whois = ""


def _other(state: ChatState, line: Line) -> None:
    """Whatever has no function of its own: answers are shown in their words, refusals as failures."""
    command = line.command
    if command in _WHOIS:
        state.info(_WHOIS[command](line))
    elif command.isdecimal() and command not in _SILENT and line.params:
        if command >= "400":
            _refused(state, line)
        else:
            state.info(_told(line))


def _refused(state: ChatState, line: Line) -> None:
    """An error numeric: about a JOIN, about a message of ours, or about something else that we sent."""
    name, text, code = line.param(1) if len(line.params) > 2 else "", line.params[-1], line.command
    if _join_refused(state, fold(name), text, code):
        return
    if code == "405" and fold(name) in state.targets and state.targets[fold(name)].joined:
        return  # one is in as many rooms as one may be, and in this one
    if code == "401" and not is_room(name) and name:
        if state.refused(fold(name), f"nobody is called {name}", code):
            state.absent.add(fold(name))
        else:
            state.nobody(name)
        return
    if name and state.refused(fold(name), text, code):
        return
    if code in _NAMELESS and state.refused("", text, code):
        return
    state.show(items.Failure(name if is_room(name) else "", state.now, _told(line), code))


def _told(line: Line) -> str:
    """What a numeric says: what it is about, and its text."""
    *about, text = line.params[1:] or ("",)
    return f"{' '.join(about)}: {text}" if about else text


_NAMELESS = ("412", "417")
"""Errors about a message that don't name its target: they answer the first message that has no answer."""


def _join_refused(state: ChatState, key: str, text: str, code: str) -> bool:
    target = state.targets.get(key)
    if target is None or not target.room or not target.wanted or target.joined:
        return False
    state.join_refused(target, f"cannot join {target.name}: {text}", code)
    return True


def _fail(state: ChatState, line: Line) -> None:
    """Spec: IRCv3 standard replies. FAIL command code context... :text"""
    command, code, text = line.param(0).upper(), line.param(1), line.params[-1] if line.params else ""
    if command == "CHATHISTORY":
        past.failed(state, line)
        return
    if command == "SEARCH" and state.searching:
        state.searching.pop(0)
    context = [fold(param) for param in line.params[2:-1]]
    if command == "MARKREAD":
        return  # nobody has asked for a marker, and there is nothing that one could do
    if command == "PRIVMSG":
        keys = [key for key in context if key in state.targets]
        if state.refused(keys[0] if keys else "", text, code):
            return
    if command == "BATCH" and state.refused("", text, code):
        return
    if command == "JOIN" and any(_join_refused(state, key, text, code) for key in context):
        return
    state.show(items.Failure("", state.now, text, code))


def _registered(state: ChatState, line: Line) -> None:
    """Spec: IRCv3 draft/account-registration. REGISTER SUCCESS account :text"""
    if line.param(0).upper() == "SUCCESS":
        state.info(f"the account {line.param(1)} is created")


def _password(state: ChatState, line: Line) -> None:
    """PASSWORD SUCCESS, and where we came by a device token the one that takes its place: PASSWORD SUCCESS id
    token"""
    if line.param(0).upper() != "SUCCESS":
        return
    renewed = line.param(2)
    if renewed and state.keep_renewed is None:
        state.info("your account has the new password; the token that you logged in with is no longer good")
        return
    state.info("your account has the new password; your other connections are closed")
    if renewed and state.keep_renewed is not None:
        state.keep(state.keep_renewed, renewed)


def _token(state: ChatState, line: Line) -> None:
    """TOKEN ADD id token :label, which is told once."""
    if line.param(0).upper() == "ADD" and state.token_for is not None:
        keep, state.token_for = state.token_for, None
        state.keep(keep, line.param(2))


def _note(state: ChatState, line: Line) -> None:
    state.info(line.params[-1] if line.params else "")


def _nothing(state: ChatState, line: Line) -> None:
    """Known, and of no concern here."""


_HEARD: dict[str, Hear] = {
    "001": _welcome,
    "301": _is_away,
    "311": _whois,
    "318": _end_of_whois,
    "004": _my_info,
    "005": _isupport,
    "315": _end_of_who,
    "324": rooms.modes_are,
    "331": rooms.no_topic,
    "332": rooms.topic_is,
    "352": _who,
    "353": rooms.names,
    "366": rooms.end_of_names,
    "372": _motd,
    "376": _end_of_welcome,
    "422": _end_of_welcome,
    "730": _online,
    "731": _online,
    "AWAY": _away,
    "BATCH": _batch,
    "CAP": _cap,
    "ERROR": _error,
    "FAIL": _fail,
    "INVITE": _invite,
    "JOIN": rooms.join,
    "KICK": rooms.kick,
    "MARKREAD": _mark_read,
    "MODE": rooms.mode,
    "NICK": rooms.nick,
    "NOTE": _note,
    "NOTICE": _said,
    "PART": rooms.part,
    "PASSWORD": _password,
    "PING": _ping,
    "PONG": _pong,
    "PRIVMSG": _said,
    "QUIT": rooms.quit,
    "REGISTER": _registered,
    "REDACT": _redacted,
    "RENAME": rooms.rename,
    "TAGMSG": _tags,
    "TOKEN": _token,
    "TOPIC": rooms.topic,
    "WARN": _note,
    **dict.fromkeys(("ACCOUNT", "CHGHOST", "SETNAME"), _nothing),
}
