"""MODE: the modes of rooms and users. Spec: Modern, "MODE message", "Channel Modes"; IRCv3 account-extban.

Rooms have o v (roles), b e I (lists of masks), k l (key, limit) and i m n s t. A mask is `nick!user@host` or
`a:account`. With `m:` in front, a ban mutes the user instead of keeping them out. For the modes of users see
user_modes.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.masks import full_mask, is_key, is_limit
from chatstore.chat.model.rooms import FLAGS, LISTS, ROLE_MODES, ModeChange
from chatstore.chat.session.views import RoomView
from chatstore.irc import numerics as n
from chatstore.irc.commands import command
from chatstore.irc.errors import middle
from chatstore.irc.show import describe_modes
from chatstore.irc.user_modes import user_mode

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line

_LISTED = {
    "b": (n.RPL_BANLIST, n.RPL_ENDOFBANLIST, "end of the ban list"),
    "e": (n.RPL_EXCEPTLIST, n.RPL_ENDOFEXCEPTLIST, "end of the ban exceptions"),
    "I": (n.RPL_INVEXLIST, n.RPL_ENDOFINVEXLIST, "end of the invite exceptions"),
}


def _only_reads(_: Client, line: Line) -> bool:
    """Whether the line only reads: `MODE #room`, `MODE #room b`."""
    return len(line.params) == 1 or (len(line.params) == 2 and not line.params[1].strip("+" + "".join(LISTS)))


@command("MODE", min_params=1, blocking=True, question=_only_reads)
def mode(client: Client, line: Line) -> None:
    """Show or change the modes of a room, or your own."""
    target = line.params[0]
    if not target.startswith("#"):
        user_mode(client, target, line.param(1))
        return
    room = client.session.sees.room(target)
    if len(line.params) == 1:
        letters, params = describe_modes(room)
        client.reply.numeric(n.RPL_CHANNELMODEIS, f"#{room.name}", letters, *params)
        client.reply.numeric(n.RPL_CREATIONTIME, f"#{room.name}", str(room.created_at // 1000))
        return
    wanted, lists = _split(client, line.params[1], list(line.params[2:]))
    for letter in lists:
        _send_list(client, room, letter)
    if wanted:
        _change(client, room, wanted)


def _split(client: Client, letters: str, arguments: list[str]) -> tuple[list[ModeChange], list[str]]:
    """Return the changes, each with its argument as typed, and the lists that are asked for.

    Unknown modes are answered here.
    """
    changes: list[ModeChange] = []
    lists: list[str] = []
    adding = True
    for letter in letters:
        if letter in "+-":
            adding = letter == "+"
        elif letter in LISTS and not arguments:
            lists += [letter] if letter not in lists else []
        elif letter in LISTS or letter in ROLE_MODES or letter == "k" or (letter == "l" and adding):
            changes.append(ModeChange(adding, letter, arguments.pop(0) if arguments else ""))
        elif letter in FLAGS or letter == "l":
            changes.append(ModeChange(adding, letter))
        else:
            client.reply.numeric(
                n.ERR_UNKNOWNMODE, middle(letter) if letter.isprintable() else "?", text="unknown mode"
            )
    return changes, lists


def _change(client: Client, room: RoomView, wanted: list[ModeChange]) -> None:
    session = client.session
    if room.may_set_modes:  # others are refused anyway, and need not hear about wrong arguments
        wanted = [change for change in (_checked(client, room, change) for change in wanted) if change is not None]
    if not wanted:
        return
    for error in session.rooms.set_modes(f"#{room.name}", wanted).result():
        _complain(client, room, error)


def _checked(client: Client, room: RoomView, change: ModeChange) -> ModeChange | None:
    """Return the change with its argument in stored form; None if it is invalid, and the client is told."""
    letter, argument, wrong = change.mode, change.argument, ""
    if letter in FLAGS or (letter in "kl" and not change.adding):
        return change._replace(argument="")
    if not argument:
        wrong = "this mode needs a parameter"
    elif letter == "k":
        if not is_key(argument):
            client.reply.numeric(n.ERR_INVALIDKEY, f"#{room.name}", text="invalid key")
            return None
    elif letter == "l" and not is_limit(argument):
        wrong = "the limit must be a number above zero"
    elif " " in argument or argument.startswith(":"):
        wrong = "invalid parameter"
    if wrong:
        client.reply.numeric(n.ERR_INVALIDMODEPARAM, f"#{room.name}", letter, middle(argument), text=wrong)
        return None
    return change._replace(argument=full_mask(argument)) if letter in LISTS else change


def _send_list(client: Client, room: RoomView, letter: str) -> None:
    entry, end, text = _LISTED[letter]
    for ban in room.entries(letter):
        client.reply.numeric(entry, f"#{room.name}", ban.mask, ban.set_by, str(ban.set_at // 1000))
    client.reply.numeric(end, f"#{room.name}", text=text)


def _complain(client: Client, room: RoomView, error: ChatError) -> None:
    if error.code is Code.TARGET_NOT_A_MEMBER:
        client.reply.numeric(n.ERR_USERNOTINCHANNEL, middle(error.about), f"#{room.name}", text=error.text)
    elif error.code is Code.LIST_FULL:
        client.reply.numeric(n.ERR_BANLISTFULL, f"#{room.name}", error.about, text=error.text)
    else:
        client.refuse("MODE", error)
