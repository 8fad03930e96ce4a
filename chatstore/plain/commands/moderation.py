"""The commands for a room's operators and its founder. They apply to the current room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.chat.model import room_settings
from chatstore.chat.model.actors import SERVER
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.masks import who_of
from chatstore.chat.session import room_text
from chatstore.chat.session.views import RoomView
from chatstore.plain.columns import row
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


@command(
    "ban",
    "[NAME|MASK]",
    "ban somebody from this room: they can't join or speak; without a name, list the bans",
    blocking=True,
    question="bare",
)
def ban(client: Client, who: str) -> None:
    room = client.here
    if " " in who:
        raise wrong_use("ban")
    if not who:
        client.tell(*_bans(room))
        return
    before = room.entries("b")
    who = who.removeprefix("@")
    mask = room_text.ban(client.session, f"#{room.name}", who)
    if client.here.entries("b") == before:
        client.tell(f"{who_of(mask)} is already banned.")
        return
    if mask == f"{who}!*@*" and client.session.sees.online(who) is None:
        client.tell(f"There is nobody called {who}, and no such account: the ban is on that nick alone.")
    client.tell("/kick removes somebody who is in the room. /unban lifts the ban.")


def _bans(room: RoomView) -> list[str]:
    found = [
        f"  {who_of(ban.mask)}, by {'the server' if ban.set_by == SERVER.nick else ban.set_by}"
        f" on {room_text.day(ban.set_at)}"
        for ban in room.entries("b")
    ]
    return [f"Banned from {room.name}:", *found] if found else [f"Nobody is banned from {room.name}."]


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
    client.tell(*room_text.invites(client.session, f"#{client.here.name}"))


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
        client.tell(*settings_help())
        return
    setting = room_settings.named(what)
    if setting is room_settings.FOUNDER:
        account, *more = value.split() or [""]
        if not account or more:
            raise ChatError(Code.INVALID_TEXT, "founder is the name of one account")
        given = room_text.give_room(client.session, f"#{room.name}", account.removeprefix("@"))
        client.tell(*_GIVEN[given])
        return
    try:
        room_text.set_room(client.session, f"#{room.name}", what, value.strip())
    except ChatError as error:
        if setting is not None:
            raise
        raise ChatError(error.code, f"{error.text}: /set help lists the settings") from None
    if client.here == room:
        client.tell("Nothing changed.")


_GIVEN: dict[room_text.Given, tuple[str, ...]] = {
    "offered": ("You have offered the room. It is theirs when they accept it. /offers lists the offers.",),
    "given": (),  # the room is told
    "withdrawn": ("You have withdrawn the offer.",),
    "kept": ("The room is yours already.",),
}
_BY = {
    "members": " (members too, unless topiclock is on)",
    "operators": "",
    "founder": " (only the founder)",
}


def settings_help() -> list[str]:
    """The settings of rooms, for /set help: how each is typed, what it means, who may change it."""
    rows = [(f"{each.name} {each.usage}", each.about + _BY[each.by]) for each in room_settings.SETTINGS]
    column = 4 + max(len(typed) for typed, _ in rows)
    lines = [line for typed, about in rows for line in row(typed, about, column)]
    return ["/set SETTING VALUE changes a setting of this room. Operators may change them:", *lines]
