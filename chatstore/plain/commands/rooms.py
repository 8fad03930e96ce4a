"""The commands for joining, leaving and listing rooms."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from chatstore.amounts import counted
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.session import room_text
from chatstore.chat.session.views import PersonView
from chatstore.plain.commands import command, wrong_use
from chatstore.plain.show import away_reason, join

if TYPE_CHECKING:
    from chatstore.plain.client import Client

_WIDTH = 100
"""Characters in a line of /who."""


@command("join", "ROOM [KEY]", "join a room, or switch to it; your lines go there", blocking=True)
def join_(client: Client, argument: str) -> None:
    room, _, key = argument.partition(" ")
    if not room:
        raise wrong_use("join")
    join(client, room, key.strip())


@command("part", "[ROOM]", "leave this room, or another one", blocking=True, also=("leave",))
def part(client: Client, room: str) -> None:
    left = client.session.sees.room(room) if room else client.here
    client.session.rooms.part(f"#{left.name}", "").result()
    if left.id == client.renderer.current:
        client.look_at(0)
        client.tell("You have no current room: /join ROOM goes to one (/rooms lists yours).")


@command("rooms", "", "list the rooms", blocking=True, question=True, also=("list",))
def rooms(client: Client, _: str) -> None:
    lines = []
    for room in client.session.sees.rooms():
        mark = "*" if room.id == client.renderer.current else "+" if room.inside else " "
        topic = f": {room.topic}" if room.topic else ""
        lines.append(f"{mark} {room.name} ({counted(room.members, 'member')}){topic}")
    client.tell("Rooms (* your current room, + your other rooms):" if lines else "There are no rooms.", *lines)


@command(
    "who",
    "[ROOM]",
    "list the members of a room",
    blocking=True,
    question=True,
    also=("names", "members"),
)
def who(client: Client, room: str) -> None:
    view = client.session.sees.room(room) if room else client.here
    names = ", ".join(_described(person) for person in client.session.sees.people_in(view))
    text = f"{view.name} has {counted(view.members, 'member')}" + (f": {names}" if names else "")
    client.tell(*textwrap.wrap(text, _WIDTH, break_long_words=False, break_on_hyphens=False))


@command("offers", "", "list the rooms that are offered to you, and those you offer", blocking=True, question=True)
def offers(client: Client, _: str) -> None:
    client.tell(*room_text.offers(client.session))


@command("accept", "ROOM", "accept a room that is offered to you", blocking=True)
def accept(client: Client, room: str) -> None:
    if not room or " " in room:
        raise wrong_use("accept")
    name = room.removeprefix("#")
    client.session.rooms.accept(f"#{name}").result()
    client.tell(f"{name} is yours.")


@command("decline", "ROOM", "decline a room that is offered to you", blocking=True)
def decline(client: Client, room: str) -> None:
    if not room or " " in room:
        raise wrong_use("decline")
    name = room.removeprefix("#")
    client.session.rooms.decline(f"#{name}").result()
    client.tell(f"You declined {name}.")


@command("topic", "[TEXT]", "show the room's topic, or set it", blocking=True, question="bare")
def topic(client: Client, text: str) -> None:
    room, limit = client.here, client.session.policy.limits.topic_length
    if len(text) > limit:
        raise ChatError(Code.MESSAGE_TOO_LONG, f"a topic has at most {limit} characters")
    if text:
        client.session.rooms.set_topic(f"#{room.name}", text).result()
    elif room.topic:
        by = "the server" if room.topic_by == "*" else room.topic_by
        client.tell(f"The topic of {room.name}: {room.topic} (set by {by})")
    else:
        client.tell(f"{room.name} has no topic.")


def _described(person: PersonView) -> str:
    """Return a member's name, with marks for an operator and for somebody who is away."""
    marks = ["operator"] if person.role is not None and person.role.operator else []
    if person.away:
        why = away_reason(person.away) if person.connected else ""
        marks.append(f"away: {why}" if why else "away")
    return f"{person.nick} ({', '.join(marks)})" if marks else person.nick
