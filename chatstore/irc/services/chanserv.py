"""ChanServ: rooms. Its commands do the same as MODE, TOPIC, KICK and INVITE."""

from __future__ import annotations

from chatstore.chat.model import room_settings
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.session import room_text
from chatstore.irc.services import CHANSERV, Talk, serves


@serves(CHANSERV, "REGISTER", "#ROOM", "become the founder of a room that has none, as its operator", min_words=1)
def register(talk: Talk, rest: str) -> None:
    room = _room(rest)
    if talk.client.session.account is None:
        talk.say("Log in first: /msg NickServ IDENTIFY [ACCOUNT] PASSWORD.")
        return
    given = talk.client.session.rooms.transfer(room, talk.client.session.account.name).result()
    talk.say(f"{room} is yours." if given is not None else f"{room} is yours already.")


@serves(CHANSERV, "INFO", "#ROOM", "show information about a room", min_words=1)
def info(talk: Talk, rest: str) -> None:
    session = talk.client.session
    talk.say(*room_text.describe_room(session, session.sees.room(_room(rest))))


@serves(CHANSERV, "SET", f"#ROOM {room_settings.usage()}", "change a setting of a room", min_words=2)
def set_(talk: Talk, rest: str) -> None:
    room, what, value = (*rest.split(maxsplit=2), "")[:3]
    if what.upper() == "FOUNDER" and value:
        transfer(talk, f"{room} {value}")
        return
    try:
        room_text.set_room(talk.client.session, _room(room), what, value)
    except ChatError as error:
        if error.code is not Code.INVALID_TEXT:
            raise
        raise ChatError(error.code, f"{error.text}: /msg {talk.service.nick} HELP SET lists the settings") from None
    talk.say(f"{_room(room)}: {what.lower()} is set.")


def _roles(name: str, mode: str, adding: bool, does: str, done: str) -> None:
    """Add a command that gives or takes a role."""

    def change(talk: Talk, rest: str) -> None:
        room, *nicks = rest.split()
        room_text.change_role(talk.client.session, _room(room), mode, nicks, adding=adding)
        talk.say(f"{_room(room)}: {', '.join(nicks) or talk.client.nick} {done}.")

    serves(CHANSERV, name, "#ROOM [NICK...]", does, min_words=1)(change)


_roles("OP", "o", True, "make somebody (or yourself) an operator", "is now an operator")
_roles("DEOP", "o", False, "make somebody an ordinary member again", "is no longer an operator")
_roles("VOICE", "v", True, "give somebody voice: they may speak in a moderated room", "now has voice")
_roles("DEVOICE", "v", False, "take voice away", "no longer has voice")


@serves(CHANSERV, "KICK", "#ROOM NICK [REASON]", "remove somebody from a room", min_words=2)
def kick(talk: Talk, rest: str) -> None:
    room, nick, reason = (*rest.split(maxsplit=2), "")[:3]
    limit = talk.client.session.policy.limits.reason_length
    talk.client.session.rooms.kick(_room(room), nick, reason[:limit] or talk.client.nick).result()
    talk.say(f"{nick} was removed from {_room(room)}.")


@serves(CHANSERV, "BAN", "#ROOM NICK|MASK", "ban somebody: they can't join or speak", min_words=2)
def ban(talk: Talk, rest: str) -> None:
    room, who = rest.split()[:2]
    mask = room_text.ban(talk.client.session, _room(room), who)
    talk.say(f"{_room(room)}: {mask} is banned. KICK removes somebody who is in the room.")


@serves(CHANSERV, "UNBAN", "#ROOM NICK|MASK", "lift a ban", min_words=2)
def unban(talk: Talk, rest: str) -> None:
    room, who = rest.split()[:2]
    masks = room_text.unban(talk.client.session, _room(room), who)
    talk.say(f"{_room(room)}: {', '.join(masks)} {'is' if len(masks) == 1 else 'are'} no longer banned.")


@serves(
    CHANSERV,
    "INVITE",
    "#ROOM NICK",
    "invite somebody; an operator's invite lets them join once, even if the room is invite only",
    min_words=2,
)
def invite(talk: Talk, rest: str) -> None:
    room, nick = rest.split()[:2]
    talk.client.session.rooms.invite(nick, _room(room)).result()
    talk.say(f"{nick} is invited to {_room(room)}.")


@serves(CHANSERV, "INVITES", "#ROOM", "list who is invited, for operators", min_words=1)
def invites(talk: Talk, rest: str) -> None:
    talk.say(*room_text.invites(talk.client.session, _room(rest)))


@serves(CHANSERV, "UNINVITE", "#ROOM NICK", "withdraw an invite", min_words=2)
def uninvite(talk: Talk, rest: str) -> None:
    room, nick = rest.split()[:2]
    talk.client.session.rooms.revoke_invite(nick, _room(room)).result()
    talk.say(f"{nick} is no longer invited to {_room(room)}.")


@serves(
    CHANSERV,
    "TRANSFER",
    "#ROOM ACCOUNT",
    "offer your room to somebody; offer it to yourself to withdraw the offer",
    min_words=2,
)
def transfer(talk: Talk, rest: str) -> None:
    room, account = rest.split()[:2]
    given = room_text.give_room(talk.client.session, _room(room), account)
    talk.say(f"{_room(room)} {_GIVEN[given].format(account)}.")


@serves(CHANSERV, "ACCEPT", "#ROOM", "accept a room that is offered to you", min_words=1)
def accept(talk: Talk, rest: str) -> None:
    talk.client.session.rooms.accept(_room(rest)).result()
    talk.say(f"{_room(rest)} is yours.")


@serves(CHANSERV, "DECLINE", "#ROOM", "decline a room that is offered to you", min_words=1)
def decline(talk: Talk, rest: str) -> None:
    talk.client.session.rooms.decline(_room(rest)).result()
    talk.say(f"You declined {_room(rest)}.")


@serves(CHANSERV, "OFFERS", "", "list the rooms that are offered to you, and those you offer")
def offers(talk: Talk, _: str) -> None:
    talk.say(*room_text.offers(talk.client.session))


@serves(CHANSERV, "DROP", "#ROOM", "how to remove a room", min_words=1)
def drop(talk: Talk, rest: str) -> None:
    talk.say(
        f"TRANSFER gives {_room(rest)} to somebody else. Only an administrator of the server can remove a room"
        " (chatstore room remove), because that deletes its messages."
    )


_GIVEN: dict[room_text.Given, str] = {
    "offered": "is offered to {}, and theirs when they accept it",
    "given": "is {}'s from now on",
    "withdrawn": "is still {}'s: the offer is withdrawn",
    "kept": "is {}'s already",
}


def _room(text: str) -> str:
    """Return the room's name with its `#`, which the client may leave out."""
    name = text.split(" ")[0]
    return name if name.startswith("#") else f"#{name}"
