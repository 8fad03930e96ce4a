"""Rooms in plain words, for people and bots who know no modes: the same words at every door. All of it blocks."""

from __future__ import annotations

import time
from collections.abc import Sequence

from chatstore.chat.live.room import LiveRoom
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.events import RoomOffered
from chatstore.chat.model.rooms import ModeChange
from chatstore.chat.rules.mode_arguments import ban_mask, bans_of, is_key
from chatstore.chat.session import Session

SETTINGS = (
    "TOPIC|MOTD TEXT, PRIVATE|INVITEONLY|MODERATED|TOPICLOCK ON|OFF, HISTORY EVERYONE|MEMBERS, RETENTION DAYS,"
    " KEY KEY|OFF, FOUNDER ACCOUNT"
)
_SWITCHES = {"PRIVATE": "s", "SECRET": "s", "INVITEONLY": "i", "MODERATED": "m", "TOPICLOCK": "t"}
_FLAGS = {
    "s": "is private",
    "i": "is by invitation only",
    "m": "lets only those with voice speak",
    "t": "has its topic set by operators",
}


def describe_room(session: Session, live: LiveRoom) -> list[str]:
    """How a room is, a sentence a line."""
    room, count = live.room, len(live.members)
    founder = session.accounts.founder(room)
    said = [
        f"#{room.name} exists since {day(room.created_at)} and has {count} member{'' if count == 1 else 's'}.",
        f"It was founded by {founder.name}." if founder is not None else "Nobody is its founder.",
    ]
    if room.topic:
        said.append(f"Topic: {room.topic}")
    who = "everyone who may join" if room.history == "everyone" else "members, from when they joined"
    kept = f"{room.retention_days} days" if room.retention_days else "for ever"
    said.append(f"What is said is kept {kept}, and read by {who}.")
    facts = [words for flag, words in _FLAGS.items() if room.has(flag)] + (["has a key"] if room.password else [])
    if facts:
        said.append(f"It {', '.join(facts)}.")
    if room.motd and live.role(session.actor.key) is not None:  # it is for those who come in
        said.append(f"Message of the day: {room.motd}")
    return said


def set_room(session: Session, room: str, what: str, value: str) -> bool:
    """One of SETTINGS. False where that can't be set so."""
    rooms, what, switch = session.rooms, what.upper(), value.upper()
    limits = session.chat.policy.limits
    if what == "TOPIC":
        rooms.set_topic(room, value[: limits.topic_length]).result()
    elif what == "MOTD":
        rooms.settings(room, motd="" if switch == "OFF" else value).result()
    elif what == "FOUNDER" and value:
        rooms.transfer(room, value.split()[0]).result()
    elif what == "HISTORY" and switch in ("EVERYONE", "MEMBERS"):
        rooms.settings(room, history="members" if switch == "MEMBERS" else "everyone").result()
    elif what == "RETENTION" and value.isascii() and value.isdigit() and len(value) < 7:
        rooms.settings(room, retention_days=int(value)).result()
    elif what == "KEY" and switch == "OFF":
        set_modes(session, room, [ModeChange(False, "k")])
    elif what == "KEY" and is_key(value):
        set_modes(session, room, [ModeChange(True, "k", value)])
    elif what in _SWITCHES and switch in ("ON", "OFF"):
        set_modes(session, room, [ModeChange(switch == "ON", _SWITCHES[what])])
    else:
        return False
    return True


def invitations(session: Session, room: str) -> list[str]:
    """Who is invited to a room, a sentence a line. Raises OPERATOR_REQUIRED."""
    given = session.rooms.invited_to(room)
    if not given:
        return [f"Nobody is invited to {room}."]
    return [f"Invited to {room} are:"] + [
        f"{each.person.nick}, by {each.invited_by} on {day(each.at)}"
        + ("." if each.opens else ": it opens nothing, because no operator gave it.")
        for each in given
    ]


def given(account: str, outcome: object) -> str:
    """What came of giving a room to an account, after its name."""
    if isinstance(outcome, RoomOffered):
        return f"is offered to {account}, and theirs when they accept it"
    return f"is {account}'s from now on" if outcome is not None else f"is {account}'s already"


def offers(session: Session) -> list[str]:
    """Rooms that were offered to this person, or by them, a sentence a line."""
    own = session.account.id if session.account is not None else 0
    return [
        f"#{offer.name} is offered to you by {offer.by_name} since {day(offer.at)}."
        if offer.account == own
        else f"You have offered #{offer.name} to {offer.account_name} on {day(offer.at)}."
        for offer in session.rooms.offers()
    ] or ["No room is offered to you, or by you."]


def change_role(session: Session, room: str, mode: str, nicks: Sequence[str], *, adding: bool) -> None:
    """`mode`: `o` or `v`; of oneself where nobody is named."""
    set_modes(session, room, [ModeChange(adding, mode, nick) for nick in nicks or [session.actor.nick]])


def ban(session: Session, room: str, who: str) -> str:
    """A nick (whose account is banned, if they have one) or a mask. Returns the mask."""
    mask = ban_mask(who, _person(session, who))
    set_modes(session, room, [ModeChange(True, "b", mask)])
    return mask


def unban(session: Session, room: str, who: str) -> Sequence[str]:
    """Take back every ban on somebody, or the one of that mask. Returns the masks."""
    live = session.sees.room(room)
    masks = bans_of(live.room, who, _person(session, who))
    if not masks:
        raise ChatError(Code.NO_SUCH_PERSON, f"no ban of #{live.name} is on {who}")
    set_modes(session, room, [ModeChange(False, "b", mask) for mask in masks])
    return masks


def set_modes(session: Session, room: str, changes: Sequence[ModeChange]) -> None:
    """All of them, or the first refusal."""
    for error in session.rooms.set_modes(room, changes).result():
        raise error


def day(moment: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(moment / 1000))


def _person(session: Session, nick: str) -> Actor | None:
    """Whoever has that nick, here or by their account; None for what is a mask, or nobody."""
    try:
        return session.sees.online(nick) or session.sees.absent(nick)
    except ChatError:
        return None
