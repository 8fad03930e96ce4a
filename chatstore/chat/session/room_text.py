"""Rooms in plain words, for people and bots who know no modes. Every protocol uses the same words. Everything
here blocks."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Literal

from chatstore.chat.model import room_settings
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.events import RoomOffered
from chatstore.chat.model.masks import KEY_LENGTH, ban_mask, bans_of, is_key
from chatstore.chat.model.room_settings import FLAGS, FOUNDER, KEY, MOTD, STORED, TOPIC
from chatstore.chat.model.rooms import ModeChange
from chatstore.chat.session import Session
from chatstore.chat.session.views import RoomView


def describe_room(session: Session, room: RoomView) -> list[str]:
    """A room's settings, a sentence a line. Only members get the message of the day."""
    count = room.members
    founder = session.accounts.founder(room)
    said = [
        f"#{room.name} exists since {day(room.created_at)} and has {count} member{'' if count == 1 else 's'}.",
        f"It was founded by {founder.name}." if founder is not None else "Nobody is its founder.",
    ]
    if room.topic:
        said.append(f"Topic: {room.topic}")
    settings = room.settings
    for row in STORED:
        if row is not MOTD:
            said.append(_whole(row.sentence(settings[row.field])))
    modes = [row.sentence("on") for row in FLAGS if room.has(row.mode)]
    modes += [KEY.sentence(room.password)] if room.password else []
    if modes:
        said.append(f"It {', '.join(modes)}.")
    if room.motd:
        said.append(f"Message of the day: {room.motd}")
    return said


def _whole(sentence: str) -> str:
    return f"{sentence[:1].upper()}{sentence[1:]}."


def set_room(session: Session, room: str, what: str, value: str) -> None:
    """Set one of the settings of chat/model/room_settings.py by name, except the founder (see give_room). Raises
    INVALID_TEXT, whose text says what is wrong with the name or the value."""
    rooms, setting, off = session.rooms, room_settings.named(what), value.upper() == "OFF"
    if setting is None or setting is FOUNDER:
        raise ChatError(Code.INVALID_TEXT, f"there is no setting {what}")
    try:
        given = setting.read(value)
    except ValueError as error:
        raise ChatError(Code.INVALID_TEXT, str(error)) from None
    if setting.field:
        rooms.configure(room, {setting.field: "" if setting.kind == "text" and off else given}).result()
    elif setting is TOPIC:
        rooms.set_topic(room, value[: session.policy.limits.topic_length]).result()
    elif setting is KEY and off:
        set_modes(session, room, [ModeChange(False, "k")])
    elif setting is KEY and is_key(value):
        set_modes(session, room, [ModeChange(True, "k", value)])
    elif setting is KEY:
        raise ChatError(
            Code.INVALID_TEXT, f"a key is a word of at most {KEY_LENGTH} characters, without commas and colons"
        )
    else:
        set_modes(session, room, [ModeChange(given == "on", setting.mode)])


def invites(session: Session, room: str) -> list[str]:
    """The invites to a room, a sentence a line. Raises OPERATOR_REQUIRED."""
    given = session.rooms.invited_to(room)
    if not given:
        return [f"Nobody is invited to {room}."]
    return [f"Invited to {room} are:"] + [
        f"{each.person.nick}, by {each.invited_by} on {day(each.at)}"
        + ("." if each.opens else ": it opens nothing, because no operator gave it.")
        for each in given
    ]


Given = Literal["offered", "given", "withdrawn", "kept"]
"""What came of giving a room to an account: it is offered, it is the account's from now on, an offer to another is
withdrawn, or nothing changed because it is the account's already."""


def give_room(session: Session, room: str, account: str) -> Given:
    """Offer a room to an account, or take what is offered. See Rooms.transfer."""
    own = session.sees.room(room).name
    offered = any(offer.name == own for offer in session.rooms.offers())
    outcome = session.rooms.transfer(room, account).result()
    if isinstance(outcome, RoomOffered):
        return "offered"
    if outcome is not None:
        return "given"
    return "withdrawn" if offered else "kept"


def offers(session: Session) -> list[str]:
    """The rooms that were offered to this person, or by them, a sentence a line."""
    own = session.account.id if session.account is not None else 0
    return [
        f"#{offer.name} is offered to you by {offer.by_name} since {day(offer.at)}."
        if offer.account == own
        else f"You have offered #{offer.name} to {offer.account_name} on {day(offer.at)}."
        for offer in session.rooms.offers()
    ] or ["No room is offered to you, or by you."]


def change_role(session: Session, room: str, mode: str, nicks: Sequence[str], *, adding: bool) -> None:
    """Give or take the role of `mode` (`o` or `v`); from this person if no nick is given."""
    set_modes(session, room, [ModeChange(adding, mode, nick) for nick in nicks or [session.actor.nick]])


def ban(session: Session, room: str, who: str) -> str:
    """Ban a mask, or a person by nick; a person with an account is banned by their account. Returns the mask."""
    mask = ban_mask(who, _person(session, who))
    set_modes(session, room, [ModeChange(True, "b", mask)])
    return mask


def unban(session: Session, room: str, who: str) -> Sequence[str]:
    """Remove every ban on a person, or the one with that mask. Returns the masks."""
    view = session.sees.room(room)
    masks = bans_of(view.entries("b"), who, _person(session, who))
    if not masks:
        raise ChatError(Code.NO_SUCH_PERSON, f"#{view.name} has no ban on {who}")
    set_modes(session, room, [ModeChange(False, "b", mask) for mask in masks])
    return masks


def set_modes(session: Session, room: str, changes: Sequence[ModeChange]) -> None:
    """Make all of these changes; raises the first refusal."""
    for error in session.rooms.set_modes(room, changes).result():
        raise error


def day(moment: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(moment / 1000))


def _person(session: Session, nick: str) -> Actor | None:
    """The person who has that nick, here or by their account; None for a mask, or if there is nobody."""
    try:
        return session.sees.online(nick) or session.sees.absent(nick)
    except ChatError:
        return None
