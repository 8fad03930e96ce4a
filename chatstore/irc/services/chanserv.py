"""ChanServ: rooms, in plain words. What it does is what MODE, TOPIC, KICK and INVITE do, too."""

from __future__ import annotations

from chatstore.chat.model import room_settings
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.session import room_text
from chatstore.irc.services import CHANSERV, Talk, serves


@serves(CHANSERV, "REGISTER", "#ROOM", "a room that nobody founded is yours, if you are its operator", fewest=1)
def register(talk: Talk, rest: str) -> None:
    room = _room(rest)
    if talk.client.session.account is None:
        talk.say("Log in first: /msg NickServ IDENTIFY [ACCOUNT] PASSWORD.")
        return
    given = talk.client.session.rooms.transfer(room, talk.client.session.account.name).result()
    talk.say(f"{room} is yours." if given is not None else f"{room} is yours already.")


@serves(CHANSERV, "INFO", "#ROOM", "what is known of a room", fewest=1)
def info(talk: Talk, rest: str) -> None:
    session = talk.client.session
    talk.say(*room_text.describe_room(session, session.sees.room(_room(rest))))


@serves(CHANSERV, "SET", f"#ROOM {room_settings.usage()}", "how a room is to be", fewest=2)
def set_(talk: Talk, rest: str) -> None:
    room, what, value = (*rest.split(maxsplit=2), "")[:3]
    if what.upper() == "FOUNDER" and value:
        transfer(talk, f"{room} {value}")
    elif room_text.set_room(talk.client.session, _room(room), what, value):
        talk.say(f"{_room(room)}: {what.lower()} is set.")
    else:
        raise ChatError(Code.INVALID_TEXT, f"that can't be set so: /msg {talk.service.nick} HELP SET says how")


def _roles(name: str, mode: str, adding: bool, does: str, done: str) -> None:
    """A command that gives or takes a role."""

    def change(talk: Talk, rest: str) -> None:
        room, *nicks = rest.split()
        room_text.change_role(talk.client.session, _room(room), mode, nicks, adding=adding)
        talk.say(f"{_room(room)}: {', '.join(nicks) or talk.client.nick} {done}.")

    serves(CHANSERV, name, "#ROOM [NICK...]", does, fewest=1)(change)


_roles("OP", "o", True, "make somebody (or yourself) an operator", "may do what operators do")
_roles("DEOP", "o", False, "an operator no more", "may not do what operators do")
_roles("VOICE", "v", True, "let somebody speak in a moderated room", "may speak")
_roles("DEVOICE", "v", False, "take that back", "may speak only where everybody may")


@serves(CHANSERV, "KICK", "#ROOM NICK [REASON]", "have somebody leave", fewest=2)
def kick(talk: Talk, rest: str) -> None:
    room, nick, reason = (*rest.split(maxsplit=2), "")[:3]
    limit = talk.client.session.policy.limits.reason_length
    talk.client.session.rooms.kick(_room(room), nick, reason[:limit] or talk.client.nick).result()
    talk.say(f"{nick} has left {_room(room)}.")


@serves(CHANSERV, "BAN", "#ROOM NICK|MASK", "keep somebody out, and silent", fewest=2)
def ban(talk: Talk, rest: str) -> None:
    room, who = rest.split()[:2]
    mask = room_text.ban(talk.client.session, _room(room), who)
    talk.say(f"{_room(room)}: {mask} is banned. Who is in the room is still there: KICK.")


@serves(CHANSERV, "UNBAN", "#ROOM NICK|MASK", "let somebody in again", fewest=2)
def unban(talk: Talk, rest: str) -> None:
    room, who = rest.split()[:2]
    masks = room_text.unban(talk.client.session, _room(room), who)
    talk.say(f"{_room(room)}: {', '.join(masks)} may come in again.")


@serves(CHANSERV, "INVITE", "#ROOM NICK", "ask somebody in: an operator's invitation lets them in once", fewest=2)
def invite(talk: Talk, rest: str) -> None:
    room, nick = rest.split()[:2]
    talk.client.session.rooms.invite(nick, _room(room)).result()
    talk.say(f"{nick} is invited to {_room(room)}.")


@serves(CHANSERV, "INVITES", "#ROOM", "who is invited, for operators", fewest=1)
def invites(talk: Talk, rest: str) -> None:
    talk.say(*room_text.invitations(talk.client.session, _room(rest)))


@serves(CHANSERV, "UNINVITE", "#ROOM NICK", "take an invitation back", fewest=2)
def uninvite(talk: Talk, rest: str) -> None:
    room, nick = rest.split()[:2]
    talk.client.session.rooms.revoke_invitation(nick, _room(room)).result()
    talk.say(f"{nick} is not invited to {_room(room)} any more.")


@serves(
    CHANSERV,
    "TRANSFER",
    "#ROOM ACCOUNT",
    "offer your room to somebody, or to yourself to take that back",
    fewest=2,
)
def transfer(talk: Talk, rest: str) -> None:
    room, account = rest.split()[:2]
    given = talk.client.session.rooms.transfer(_room(room), account).result()
    talk.say(f"{_room(room)} {room_text.given(account, given)}.")


@serves(CHANSERV, "ACCEPT", "#ROOM", "take a room that was offered to you", fewest=1)
def accept(talk: Talk, rest: str) -> None:
    talk.client.session.rooms.accept(_room(rest)).result()
    talk.say(f"{_room(rest)} is yours.")


@serves(CHANSERV, "DECLINE", "#ROOM", "do not take it", fewest=1)
def decline(talk: Talk, rest: str) -> None:
    talk.client.session.rooms.decline(_room(rest)).result()
    talk.say(f"{_room(rest)} stays whose it is.")


@serves(CHANSERV, "OFFERS", "", "rooms that were offered to you, and that you have offered")
def offers(talk: Talk, _: str) -> None:
    talk.say(*room_text.offers(talk.client.session))


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
