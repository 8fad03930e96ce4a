"""Commands about rooms and who may do what there. Those of the table in commands.py."""

from __future__ import annotations

from chatstore.client.desk import Command, Desk, channel, usage
from chatstore.client.targets import is_room

_SWITCHES = {"private": "s", "inviteonly": "i", "moderated": "m", "topiclock": "t"}
_BY_CHANSERV = ("motd", "history", "retention", "founder")
_EDIT = "/edit-room [SETTING VALUE]"
_SETTINGS = (
    "topic TEXT, motd TEXT, private|inviteonly|moderated|topiclock on|off, history everyone|members,"
    " retention DAYS, key KEY|off, founder ACCOUNT"
)
_INVITE, _KICK, _MODE = "/invite NICK [ROOM]", "/kick NICK [REASON]", "/mode [ROOM] [MODES...]"
_IN_MASKS = "!@*:~$,"


def _topic(desk: Desk, rest: str) -> None:
    room = desk.room()
    if room and rest:
        desk.state.send("TOPIC", room, rest)
    elif room:
        desk.state.ask("TOPIC", room)


def _names(desk: Desk, rest: str) -> None:
    room = channel(rest) if rest else desk.room()
    if room:
        desk.state.ask("NAMES", room)


def _edit(desk: Desk, rest: str) -> None:
    room = desk.room()
    what, _, value = rest.partition(" ")
    what, value = what.lower(), value.strip()
    switch = value.lower()
    if not room or not desk.connected():
        return
    state = desk.state
    if not what:
        state.ask("TOPIC", room)
        state.ask("MODE", room)
        if state.chatstore:
            state.send("CHANSERV", "INFO", room)
        desk.info(f"settings: {_SETTINGS}")
    elif what == "topic":
        state.send("TOPIC", room, value)
    elif what in _SWITCHES and switch in ("on", "off"):
        state.send("MODE", room, ("+" if switch == "on" else "-") + _SWITCHES[what])
    elif what == "key" and value:
        state.send("MODE", room, *(("-k", "*") if switch == "off" else ("+k", value)))
    elif what in _BY_CHANSERV and value:
        state.send("CHANSERV", f"SET {room} {what.upper()} {value}")
    else:
        usage(desk, f"{_EDIT}, where it is {_SETTINGS}")


def _invite(desk: Desk, rest: str) -> None:
    nick, _, name = rest.partition(" ")
    room = channel(name.strip()) if name.strip() else desk.room()
    if not nick:
        usage(desk, _INVITE)
    elif room and desk.connected():
        desk.state.send("INVITE", nick, room)


def _kick(desk: Desk, rest: str) -> None:
    nick, _, reason = rest.partition(" ")
    room = desk.room()
    if room and not nick:
        usage(desk, _KICK)
    elif room and desk.connected():
        desk.state.send("KICK", room, nick, *([reason.strip()] if reason.strip() else []))


def _ban(desk: Desk, rest: str) -> None:
    _bans(desk, rest, "BAN", "+b")


def _unban(desk: Desk, rest: str) -> None:
    if rest:
        _bans(desk, rest, "UNBAN", "-b")
    else:
        usage(desk, "/unban NICK|MASK")


def _bans(desk: Desk, who: str, word: str, mode: str) -> None:
    """ChanServ here knows which account a nick has; elsewhere a nick is all that can be banned."""
    room, state = desk.room(), desk.state
    if not room or not desk.connected():
        return
    if not who:
        state.send("MODE", room, mode)
    elif any(mark in who for mark in _IN_MASKS):
        state.send("MODE", room, mode, who)
    elif state.chatstore:
        state.send("CHANSERV", f"{word} {room} {who}")
    else:
        state.send("MODE", room, mode, f"{who}!*@*")


def _mode(desk: Desk, rest: str) -> None:
    words = rest.split()
    room = words.pop(0) if words and is_room(words[0]) else desk.room()
    if not room or not desk.connected():
        return
    if words:
        desk.state.send("MODE", room, *words)
    else:
        desk.state.ask("MODE", room)


def _role(name: str, mode: str, help: str) -> Command:
    def run(desk: Desk, rest: str) -> None:
        room, nicks = desk.room(), rest.split()
        if room and not nicks:
            usage(desk, f"/{name} NICK...")
        elif room and desk.connected():
            for nick in nicks:
                desk.state.send("MODE", room, mode, nick)

    return Command(name, f"/{name} NICK...", help, run)


COMMANDS = (
    Command("topic", "/topic [TEXT]", "show the room's topic, or set it", _topic),
    Command("names", "/names [ROOM]", "list who is in the room", _names),
    Command("edit-room", _EDIT, f"show or change the room's settings: {_SETTINGS}", _edit),
    Command("invite", _INVITE, "invite somebody into this room, or another one", _invite),
    Command("kick", _KICK, "remove somebody from the room", _kick),
    Command("ban", "/ban [NICK|MASK]", "ban somebody from the room; alone, list the bans", _ban),
    Command("unban", "/unban NICK|MASK", "lift a ban", _unban),
    _role("op", "+o", "make somebody an operator of the room"),
    _role("deop", "-o", "take operator rights back"),
    _role("voice", "+v", "let somebody speak while the room is moderated"),
    _role("devoice", "-v", "take the voice back"),
    Command("mode", _MODE, "show the room's modes, or change them: /mode +m", _mode),
)
