"""ChanServ: rooms, in plain words. What it does is what MODE, TOPIC, KICK and INVITE do, too."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from chatstore.chat.errors import ChatError, Code
from chatstore.chat.modes import ban_mask, bans_of, is_key
from chatstore.chat.rooms import ModeChange
from chatstore.irc.services import CHANSERV, Talk, serves

if TYPE_CHECKING:
    from chatstore.chat.events import Actor


@serves(CHANSERV, "REGISTER", "#ROOM", "a room that nobody founded is yours, if you are its operator", fewest=1)
def register(talk: Talk, rest: str) -> None:
    room = _room(rest)
    if talk.context.session.account is None:
        talk.say("Log in first: /msg NickServ IDENTIFY [ACCOUNT] PASSWORD.")
        return
    given = talk.context.session.rooms.transfer(room, talk.context.session.account.name).result()
    talk.say(f"{room} is yours." if given is not None else f"{room} is yours already.")


@serves(CHANSERV, "INFO", "#ROOM", "what is known of a room", fewest=1)
def info(talk: Talk, rest: str) -> None:
    live = talk.context.session.sees.room(_room(rest))
    room, count = live.room, len(live.members)
    members = f"{count} member" if count == 1 else f"{count} members"
    founder = talk.context.session.accounts.founder(room)
    talk.say(f"#{room.name} exists since {_day(room.created_at)} and has {members}.")
    talk.say(f"It was founded by {founder.name}." if founder is not None else "Nobody is its founder.")
    if room.topic:
        talk.say(f"Topic: {room.topic}")
    who = "everyone who may join" if room.history == "everyone" else "members, from when they joined"
    kept = f"{room.retention_days} days" if room.retention_days else "for ever"
    talk.say(f"What is said is kept {kept}, and read by {who}.")
    said = [words for flag, words in _FLAGS.items() if room.has(flag)] + (["has a key"] if room.password else [])
    if said:
        talk.say(f"It {', '.join(said)}.")
    if room.motd:
        talk.say(f"Message of the day: {room.motd}")


_FLAGS = {
    "s": "is private",
    "i": "is by invitation only",
    "m": "lets only those with voice speak",
    "t": "has its topic set by operators",
}
_SWITCHES = {"PRIVATE": "s", "SECRET": "s", "INVITEONLY": "i", "MODERATED": "m", "TOPICLOCK": "t"}


@serves(
    CHANSERV,
    "SET",
    "#ROOM TOPIC|MOTD TEXT, PRIVATE|INVITEONLY|MODERATED|TOPICLOCK ON|OFF, HISTORY EVERYONE|MEMBERS,"
    " RETENTION DAYS, KEY KEY|OFF, FOUNDER ACCOUNT",
    "how a room is to be",
    fewest=2,
)
def set_(talk: Talk, rest: str) -> None:
    room, what, value = (*rest.split(maxsplit=2), "")[:3]
    room, what = _room(room), what.upper()
    rooms = talk.context.session.rooms
    if what == "TOPIC":
        rooms.set_topic(room, value[: talk.context.server.chat.policy.limits.topic_length]).result()
    elif what == "MOTD":
        rooms.settings(room, motd="" if value.upper() == "OFF" else value).result()
    elif what == "FOUNDER" and value:
        transfer(talk, f"{room} {value}")
        return
    elif what == "HISTORY" and value.lower() in ("everyone", "members"):
        rooms.settings(room, history="members" if value.lower() == "members" else "everyone").result()
    elif what == "RETENTION" and value.isascii() and value.isdigit() and len(value) < 7:
        rooms.settings(room, retention_days=int(value)).result()
    elif what == "KEY" and value.upper() == "OFF":
        _modes(talk, room, [ModeChange(False, "k")])
    elif what == "KEY" and is_key(value):
        _modes(talk, room, [ModeChange(True, "k", value)])
    elif what in _SWITCHES and value.upper() in ("ON", "OFF"):
        _modes(talk, room, [ModeChange(value.upper() == "ON", _SWITCHES[what])])
    else:
        raise ChatError(Code.INVALID_TEXT, f"that can't be set so: /msg {talk.service.nick} HELP SET says how")
    talk.say(f"{room}: {what.lower()} is set.")


def _roles(name: str, mode: str, adding: bool, does: str, done: str) -> None:
    """A command that gives or takes a role."""

    def change(talk: Talk, rest: str) -> None:
        room, *nicks = rest.split()
        room = _room(room)
        _modes(talk, room, [ModeChange(adding, mode, nick) for nick in nicks or [talk.context.nick]])
        talk.say(f"{room}: {', '.join(nicks) or talk.context.nick} {done}.")

    serves(CHANSERV, name, "#ROOM [NICK...]", does, fewest=1)(change)


_roles("OP", "o", True, "make somebody (or yourself) an operator", "may do what operators do")
_roles("DEOP", "o", False, "an operator no more", "may not do what operators do")
_roles("VOICE", "v", True, "let somebody speak in a moderated room", "may speak")
_roles("DEVOICE", "v", False, "take that back", "may speak only where everybody may")


@serves(CHANSERV, "KICK", "#ROOM NICK [REASON]", "have somebody leave", fewest=2)
def kick(talk: Talk, rest: str) -> None:
    room, nick, reason = (*rest.split(maxsplit=2), "")[:3]
    limit = talk.context.server.chat.policy.limits.reason_length
    talk.context.session.rooms.kick(_room(room), nick, reason[:limit] or talk.context.nick).result()
    talk.say(f"{nick} has left {_room(room)}.")


@serves(CHANSERV, "BAN", "#ROOM NICK|MASK", "keep somebody out, and silent", fewest=2)
def ban(talk: Talk, rest: str) -> None:
    room, who = rest.split()[:2]
    mask = ban_mask(who, _person(talk, who))
    _modes(talk, _room(room), [ModeChange(True, "b", mask)])
    talk.say(f"{_room(room)}: {mask} is banned. Who is in the room is still there: KICK.")


@serves(CHANSERV, "UNBAN", "#ROOM NICK|MASK", "let somebody in again", fewest=2)
def unban(talk: Talk, rest: str) -> None:
    room, who = rest.split()[:2]
    live = talk.context.session.sees.room(_room(room))
    masks = bans_of(live.room, who, _person(talk, who))
    if not masks:
        raise ChatError(Code.NO_SUCH_PERSON, f"no ban of #{live.name} is on {who}")
    _modes(talk, f"#{live.name}", [ModeChange(False, "b", mask) for mask in masks])
    talk.say(f"#{live.name}: {', '.join(masks)} may come in again.")


@serves(CHANSERV, "INVITE", "#ROOM NICK", "ask somebody in: it lets them in once", fewest=2)
def invite(talk: Talk, rest: str) -> None:
    room, nick = rest.split()[:2]
    talk.context.session.rooms.invite(nick, _room(room)).result()
    talk.say(f"{nick} is invited to {_room(room)}.")


@serves(CHANSERV, "TRANSFER", "#ROOM ACCOUNT", "give a room that is yours to somebody else", fewest=2)
def transfer(talk: Talk, rest: str) -> None:
    room, account = rest.split()[:2]
    given = talk.context.session.rooms.transfer(_room(room), account).result()
    said = f"is {account}'s from now on" if given is not None else f"is {account}'s already"
    talk.say(f"{_room(room)} {said}.")


@serves(CHANSERV, "DROP", "#ROOM", "how a room comes to an end", fewest=1)
def drop(talk: Talk, rest: str) -> None:
    talk.say(
        f"{_room(rest)} can be given away with TRANSFER. Only the administrator removes a room (chatstore room"
        " remove), because with it goes what was said in it."
    )


def _room(text: str) -> str:
    """The room's name with its `#`, which may be left out."""
    name = text.split(" ")[0]
    return name if name.startswith("#") else f"#{name}"


def _person(talk: Talk, nick: str) -> Actor | None:
    """Whoever has that nick, here or by their account; None for what is a mask, or nobody."""
    try:
        return talk.context.session.sees.online(nick) or talk.context.session.sees.absent(nick)
    except ChatError:
        return None


def _modes(talk: Talk, room: str, changes: Sequence[ModeChange]) -> None:
    """All of them, or the first refusal."""
    for error in talk.context.session.rooms.set_modes(room, changes).result():
        raise error


def _day(moment: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(moment / 1000))
