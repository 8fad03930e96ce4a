"""MODE. Spec: Modern, "MODE message", "Channel Modes". Modes here: o v (roles), b (bans), k l (key, limit),
i m n s t. Of users: i, which clients set by themselves; whoever shares no room is never listed anyway."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.chat import permissions
from chatstore.chat.errors import ChatError, Code
from chatstore.chat.live import LiveRoom
from chatstore.chat.names import same_person
from chatstore.chat.rooms import FLAGS, ModeChange
from chatstore.irc import numerics as n
from chatstore.irc.commands import command
from chatstore.irc.errors import middle
from chatstore.irc.show import describe_modes

if TYPE_CHECKING:
    from chatstore.irc.conversation import IrcConversation
    from chatstore.irc.line import Line

_KEY_LENGTH = 32


@command("MODE", min_params=1, blocking=True)
def mode(context: IrcConversation, line: Line) -> None:
    """Read or change the modes of a room, or one's own."""
    target = line.params[0]
    if not target.startswith("#"):
        _user_mode(context, target, line.param(1))
        return
    live = context.session.sees.room(target)
    role = live.role(context.session.actor.key)
    if len(line.params) == 1:
        letters, params = describe_modes(live.room, member=role is not None)
        context.reply.numeric(n.RPL_CHANNELMODEIS, f"#{live.name}", letters, *params)
        context.reply.numeric(n.RPL_CREATIONTIME, f"#{live.name}", str(live.room.created_at // 1000))
        return
    changes = _read(context, live, line.params[1], list(line.params[2:]))
    if not changes:
        return
    for error in context.session.rooms.set_modes(target, changes).result():
        _complain(context, live, error)


def _user_mode(context: IrcConversation, nick: str, modes: str) -> None:
    if not same_person(nick, context.nick):
        context.session.sees.person(nick)  # 401 when there is nobody of that name
        context.reply.numeric(n.ERR_USERSDONTMATCH, text="you can't see or change the modes of others")
    elif not modes:
        context.reply.numeric(n.RPL_UMODEIS, "+" + "".join(sorted(context.session.present.modes)))
    else:
        if set(modes) - set("+-i"):
            context.reply.numeric(n.ERR_UMODEUNKNOWNFLAG, text="unknown mode")
        if "i" in modes:
            invisible = not modes.rpartition("i")[0].endswith("-")
            context.session.change_modes(**{"add" if invisible else "remove": "i"})
            context.reply.line_from(
                context.session.actor.mask, "MODE", context.nick, ("+" if invisible else "-") + "i"
            )


def _read(context: IrcConversation, live: LiveRoom, letters: str, arguments: list[str]) -> list[ModeChange]:
    """The changes that make sense; the rest is answered here."""
    changes: list[ModeChange] = []
    adding = True
    for letter in letters:
        if letter in "+-":
            adding = letter == "+"
        elif letter in FLAGS:
            changes.append(ModeChange(adding, letter))
        elif letter == "b" and not arguments:
            _send_bans(context, live)
        elif letter in "ovbk" or (letter == "l" and adding):
            change = _with_argument(context, live, adding, letter, arguments.pop(0) if arguments else "")
            changes += [change] if change is not None else []
        elif letter == "l":
            changes.append(ModeChange(False, "l"))
        else:
            context.reply.numeric(n.ERR_UNKNOWNMODE, letter if letter.isprintable() else "?", text="unknown mode")
    return changes


def _with_argument(
    context: IrcConversation, live: LiveRoom, adding: bool, letter: str, argument: str
) -> ModeChange | None:
    """A change with its argument, if that can be one."""
    wrong = ""
    if letter == "k" and not adding:
        return ModeChange(False, "k")
    if not argument:
        wrong = "this mode needs a parameter"
    elif letter == "k" and (any(c in argument for c in " ,:") or len(argument) > _KEY_LENGTH):
        context.reply.numeric(n.ERR_INVALIDKEY, f"#{live.name}", text="that can't be a key")
        return None
    elif letter == "l" and not (argument.isascii() and argument.isdigit() and len(argument) < 7 and int(argument)):
        wrong = "a limit is a number above zero"
    elif " " in argument or argument.startswith(":"):
        wrong = "that can't be a parameter"
    if wrong:
        shown = middle(argument)
        context.reply.numeric(n.ERR_INVALIDMODEPARAM, f"#{live.name}", letter, shown, text=wrong)
        return None
    return ModeChange(adding, letter, full_mask(argument) if letter == "b" else argument)


def full_mask(text: str) -> str:
    """A mask with all its parts: `bob` is `bob!*@*`, `*@host` is `*!*@host`."""
    nick, bang, rest = text.partition("!")
    if not bang and "@" in nick:
        nick, rest = "*", nick
    user, _, host = rest.partition("@")
    return f"{nick or '*'}!{user or '*'}@{host or '*'}"


def _send_bans(context: IrcConversation, live: LiveRoom) -> None:
    if permissions.may_list_bans(live.role(context.session.actor.key)):
        for ban in live.room.bans:
            context.reply.numeric(n.RPL_BANLIST, f"#{live.name}", ban.mask, ban.set_by, str(ban.set_at // 1000))
    context.reply.numeric(n.RPL_ENDOFBANLIST, f"#{live.name}", text="end of the bans")


def _complain(context: IrcConversation, live: LiveRoom, error: ChatError) -> None:
    about = middle(error.about)
    if error.code is Code.TARGET_NOT_A_MEMBER:
        context.reply.numeric(n.ERR_USERNOTINCHANNEL, about, f"#{live.name}", text=error.text)
    elif error.code is Code.LIST_FULL:
        context.reply.numeric(n.ERR_BANLISTFULL, f"#{live.name}", "b", text=error.text)
    else:
        context.refuse("MODE", error)
