"""What a person types: a message, or a command from the table. /help is made from the table."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from chatstore.client import message_commands, room_commands
from chatstore.client.desk import Command, Desk, channel, usage
from chatstore.client.targets import is_room
from chatstore.irc.line import LineError, parse


def execute(desk: Desk, text: str) -> None:
    """Do what a typed line says; what comes of it is in the state's reaction()."""
    if not text.strip():
        return
    if text.rstrip() == ".q":
        _quit(desk, "")
    elif text.startswith("//"):
        _say(desk, text[1:])
    elif text.startswith("/"):
        command = command_in(text)
        word, _, rest = text[1:].partition(" ")
        if command is None:
            desk.fail(f"unknown command /{word}; /help lists them (to begin a message with /, type //)")
        else:
            command.run(desk, rest.strip())
    else:
        _say(desk, text)


def command_in(text: str) -> Command | None:
    """The command that a typed line begins with, None where it is a message, or no command that there is."""
    if not text.startswith("/") or text.startswith("//"):
        return None
    return COMMANDS.get(text[1:].partition(" ")[0].lower())


def take_lines(desk: Desk, lines: Sequence[str]) -> None:
    """Do what a line says that was typed; several at once were pasted, and say what they say: none of them is a
    command."""
    said = [line for line in lines if line.strip()]
    if len(said) == 1:
        execute(desk, said[0])
    elif said:
        first, last = lines.index(said[0]), len(lines) - [*reversed(lines)].index(said[-1])
        _say(desk, "\n".join(line.replace("\r", "") for line in lines[first:last]))


def _say(desk: Desk, text: str, *, action: bool = False) -> None:
    if desk.current:
        desk.state.say(desk.current, text, action=action)
    else:
        desk.fail("you are not in a room: /join ROOM")


def _usage(desk: Desk, name: str) -> None:
    usage(desk, COMMANDS[name].usage)


def _help(desk: Desk, rest: str) -> None:
    command = COMMANDS.get(rest.removeprefix("/").lower())
    if rest and command is None:
        desk.fail(f"there is no command /{rest.removeprefix('/')}")
        return
    commands = [command] if command else list(COMMANDS.values())
    width = max(len(one.usage) for one in commands)
    for one in commands:
        desk.info(f"{one.usage:{width}}  {one.help}")
    if command is None:
        desk.info(f"{'.q':{width}}  the same as /quit; everything else that you type or paste is a message")


def _join(desk: Desk, rest: str) -> None:
    name, _, password = rest.partition(" ")
    name = name or (desk.current if is_room(desk.current) else "")
    if not name:
        _usage(desk, "join")
        return
    desk.state.join(channel(name), password.strip())
    desk.talk_to(channel(name))


def _part(desk: Desk, rest: str) -> None:
    first, _, reason = rest.partition(" ")
    room = first
    if not first.startswith("#"):
        room, reason = desk.room(), rest
    if room:
        desk.state.send("PART", room, *([reason] if reason else []))


def _msg(desk: Desk, rest: str) -> None:
    name, _, text = rest.partition(" ")
    if not name:
        _usage(desk, "msg")
    elif text.strip():
        desk.state.say(name, text.strip())
    else:
        desk.talk_to(name)


def _query(desk: Desk, rest: str) -> None:
    name, _, text = rest.partition(" ")
    if not name:
        _usage(desk, "query")
        return
    desk.talk_to(name)
    if text.strip():
        desk.state.say(name, text.strip())


def _me(desk: Desk, rest: str) -> None:
    if rest:
        _say(desk, rest, action=True)
    else:
        _usage(desk, "me")


def _whois(desk: Desk, rest: str) -> None:
    if rest:
        desk.state.send("WHOIS", rest)
    else:
        _usage(desk, "whois")


def _nick(desk: Desk, rest: str) -> None:
    if not rest:
        _usage(desk, "nick")
    elif desk.connected():
        desk.state.send("NICK", rest)


def _away(desk: Desk, rest: str) -> None:
    if desk.connected():
        desk.state.send("AWAY", *([rest] if rest else []))


def _list(desk: Desk, rest: str) -> None:
    if desk.connected():
        desk.state.send("LIST", *([rest] if rest else []))


def _register(desk: Desk, rest: str) -> None:
    words = _quoted(rest)
    if len(words) != 1:
        _usage(desk, "register")
    elif desk.connected():
        desk.state.register(*words)


def _quoted(text: str) -> list[str]:
    """The words, as a shell takes them: quotes keep spaces. Nothing where a quote is not closed."""
    try:
        return shlex.split(text)
    except ValueError:
        return []


def _passwd(desk: Desk, rest: str) -> None:
    words = _quoted(rest)
    if len(words) != 2:
        _usage(desk, "passwd")
    elif desk.connected():
        desk.state.change_password(*words)


def _quote(desk: Desk, rest: str) -> None:
    try:
        line = parse(rest)
    except LineError as error:
        desk.fail(str(error) if rest else f"usage: {COMMANDS['quote'].usage}")
        return
    if desk.connected():
        desk.state.send(line.command, *line.params, tags=line.tags)


def _quit(desk: Desk, rest: str) -> None:
    desk.leave(rest)


_QUOTES = "; one with spaces in quotes"
COMMANDS = {
    command.name: command
    for command in (
        Command("help", "/help [COMMAND]", "list the commands", _help),
        Command("join", "/join [ROOM [PASSWORD]]", "enter a room; alone, enter this one again", _join),
        Command("part", "/part [#ROOM] [REASON]", "leave this room, or another one", _part),
        Command("msg", "/msg NAME [TEXT]", "say something to one person, or go on talking to them", _msg),
        Command("query", "/query NAME [TEXT]", "go on talking to one person", _query),
        Command("me", "/me TEXT", "say what you do: * bob waves", _me),
        *message_commands.COMMANDS,
        *room_commands.COMMANDS,
        Command("list", "/list [ROOM,...]", "list the rooms on the server", _list),
        Command("whois", "/whois NAME", "show what is known about a person", _whois),
        Command("nick", "/nick NAME", "change your nick", _nick),
        Command("away", "/away [TEXT]", "tell the others that you are away; alone, that you are back", _away),
        Command(
            "register", "/register PASSWORD", f"create an account for your nick{_QUOTES}", _register, secret=True
        ),
        Command("passwd", "/passwd OLD NEW", f"change your password{_QUOTES}", _passwd, secret=True),
        Command("quote", "/quote LINE", "send a raw IRC line", _quote),
        Command("quit", "/quit [REASON]", "leave the client; you stay a member of your rooms", _quit),
    )
}
