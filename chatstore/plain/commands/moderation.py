"""The commands for a room's operators and its founder. They apply to the current room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.chat.model import room_settings
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.session import room_text
from chatstore.plain.commands import command, wrong_use

if TYPE_CHECKING:
    from chatstore.plain.client import Client


def _role(name: str, mode: str, adding: bool, does: str) -> None:
    """Add a command that gives or takes a role. The room sees a change; if nothing changed, only the person
    is told."""

    def change(client: Client, argument: str) -> None:
        room = client.here
        before = _roles(client)
        room_text.change_role(client.session, f"#{room.name}", mode, argument.split(), adding=adding)
        if _roles(client) == before:
            client.tell("Nothing changed.")

    command(name, "[NAME...]", does, blocking=True)(change)


def _roles(client: Client) -> list[object]:
    return [(member.actor.key, member.role) for member in client.session.sees.members(client.here)]


_role("op", "o", True, "make somebody (or yourself) an operator of this room")
_role("deop", "o", False, "make somebody an ordinary member again")
_role("voice", "v", True, "give somebody voice: they may speak while the room is moderated")
_role("devoice", "v", False, "take voice away")


@command("kick", "NAME [REASON]", "remove somebody from this room", blocking=True)
def kick(client: Client, argument: str) -> None:
    name, _, reason = argument.partition(" ")
    if not name:
        raise wrong_use("kick")
    limit = client.session.policy.limits.reason_length
    client.session.rooms.kick(f"#{client.here.name}", name.removeprefix("@"), reason.strip()[:limit]).result()


@command("ban", "NAME|MASK", "ban somebody from this room: they can't join or speak", blocking=True)
def ban(client: Client, who: str) -> None:
    room = client.here
    if not who or " " in who:
        raise wrong_use("ban")
    before = room.entries("b")
    mask = room_text.ban(client.session, f"#{room.name}", who.removeprefix("@"))
    if client.here.entries("b") == before:
        client.tell(f"{mask} is already banned.")
    else:
        client.tell("/kick removes somebody who is in the room. /unban lifts the ban.")


@command("unban", "NAME|MASK", "lift a ban", blocking=True)
def unban(client: Client, who: str) -> None:
    if not who or " " in who:
        raise wrong_use("unban")
    room_text.unban(client.session, f"#{client.here.name}", who.removeprefix("@"))


@command(
    "invite",
    "NAME",
    "invite somebody; an operator's invite lets them join once, even if the room is invite only",
    blocking=True,
)
def invite(client: Client, name: str) -> None:
    room, name = client.here, name.removeprefix("@")
    if not name or " " in name:
        raise wrong_use("invite")
    client.session.rooms.invite(name, f"#{room.name}").result()
    client.tell(f"{name} is invited to {room.name}.")


@command("invites", "", "list who is invited to this room, for operators", blocking=True)
def invites(client: Client, _: str) -> None:
    client.tell(*room_text.invitations(client.session, f"#{client.here.name}"))


@command("uninvite", "NAME", "withdraw an invite", blocking=True)
def uninvite(client: Client, name: str) -> None:
    room, name = client.here, name.removeprefix("@")
    if not name or " " in name:
        raise wrong_use("uninvite")
    client.session.rooms.revoke_invite(name, f"#{room.name}").result()
    client.tell(f"{name} is no longer invited to {room.name}.")


@command("rename", "ROOM [REASON]", "rename this room", blocking=True)
def rename(client: Client, argument: str) -> None:
    name, _, reason = argument.partition(" ")
    if not name:
        raise wrong_use("rename")
    reason = reason.strip()[: client.session.policy.limits.reason_length]
    client.session.rooms.rename(f"#{client.here.name}", f"#{name.removeprefix('#')}", reason).result()


@command(
    "set",
    "[WHAT VALUE]",
    "show or change the settings of this room; /set help lists them",
    blocking=True,
    question="bare",
)
def set_(client: Client, argument: str) -> None:
    room = client.here
    what, _, value = argument.partition(" ")
    if not what:
        first, *rest = room_text.describe_room(client.session, room)
        client.tell(first.removeprefix("#"), *rest)
        return
    if what.lower() == "help":
        client.tell(
            "Usage: /set, and one of these:", *(f"  {each.lower()}" for each in room_settings.usage().split(", "))
        )
        return
    if not room_text.set_room(client.session, f"#{room.name}", what, value.strip()):
        raise ChatError(Code.INVALID_TEXT, "invalid setting or value: /set help lists them")
    if what.lower() == "founder" and client.here == room:
        client.tell("You have offered the room. It is theirs when they accept it. /offers lists the offers.")
    elif client.here == room:
        client.tell("Nothing changed.")
