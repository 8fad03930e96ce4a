"""What a person types: a message, or a command from the table. /help is made from the table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chatstore.client.items import Failure, Info
from chatstore.client.state import HISTORY, ChatState
from chatstore.client.targets import fold, is_room


@dataclass
class Desk:
    """One person at the client: the state, the room or person that what they type goes to, and whether they
    have had enough. `now`: milliseconds since 1970 UTC."""

    state: ChatState
    current: str = ""
    now: int = 0
    done: bool = False
    farewell: str = ""
    selected: str = ""

    def at(self, name: str, selected: str = "") -> Desk:
        """The same desk, where the person is in this room or conversation now, and has selected this message."""
        self.current, self.selected = name, selected
        return self

    def leave(self, farewell: str) -> None:
        self.done, self.farewell = True, farewell

    def info(self, text: str) -> None:
        self.state.show(Info("", self.now, text))

    def fail(self, text: str) -> None:
        self.state.show(Failure("", self.now, text))

    def talk_to(self, name: str) -> None:
        """From now on what is typed goes to this room or person."""
        if name != self.current:
            self.current = name
            self.info(f"now talking {'in' if is_room(name) else 'to'} {name}")

    def follow(self) -> None:
        """When the current room has been left, or can't be entered, go on in another one."""
        target = self.state.targets.get(fold(self.current))
        if target is None or not target.room or target.wanted:
            return
        joined = [one.name for one in self.state.targets.values() if one.room and one.joined]
        if joined:
            self.talk_to(joined[0])
        else:
            self.current = ""
            self.info("you are in no room now: /join ROOM")

    def room(self) -> str:
        """The current room; "", after saying so, when there is none."""
        if is_room(self.current):
            return self.current
        self.fail("you are in no room here: /join ROOM")
        return ""


@dataclass(frozen=True)
class Command:
    name: str
    usage: str
    help: str
    run: Callable[[Desk, str], None]


def execute(desk: Desk, text: str) -> None:
    """Do what a typed line says; what comes of it is in the state's reaction()."""
    if not text.strip():
        return
    if text.rstrip() == ".q":
        _quit(desk, "")
    elif text.startswith("//"):
        _say(desk, text[1:])
    elif text.startswith("/"):
        word, _, rest = text[1:].partition(" ")
        command = COMMANDS.get(word.lower())
        if command is None:
            desk.fail(f"unknown command /{word}; /help lists them (a message that begins with / : type //)")
        else:
            command.run(desk, rest.strip())
    else:
        _say(desk, text)


def take_lines(desk: Desk, lines: Sequence[str]) -> None:
    """Do what a line says that was typed; several at once were pasted, and say what they say: none of them is a
    command."""
    said = [line for line in lines if line.strip()]
    if len(said) == 1:
        execute(desk, said[0])
    elif said:
        first, last = lines.index(said[0]), len(lines) - [*reversed(lines)].index(said[-1])
        _say(desk, "\n".join(line.replace("\r", "") for line in lines[first:last]))


def channel(room: str) -> str:
    """`#main` for `main` and `#main`."""
    return room if is_room(room) else f"#{room}"


def _say(desk: Desk, text: str, *, action: bool = False) -> None:
    if desk.current:
        desk.state.say(desk.current, text, action=action)
    else:
        desk.fail("you are in no room: /join ROOM")


def _usage(desk: Desk, name: str) -> None:
    desk.fail(f"usage: {COMMANDS[name].usage}")


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
        desk.info(
            f"{'.q':{width}}  the same as /quit; all else that you type is a message, and so are lines pasted"
        )


def _join(desk: Desk, rest: str) -> None:
    name, _, password = rest.partition(" ")
    if not name:
        _usage(desk, "join")
        return
    desk.state.join(channel(name), password.strip())
    desk.talk_to(channel(name))


def _part(desk: Desk, rest: str) -> None:
    first, _, reason = rest.partition(" ")
    room = first
    if not is_room(first):
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


def _me(desk: Desk, rest: str) -> None:
    if rest:
        _say(desk, rest, action=True)
    else:
        _usage(desk, "me")


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


def _whois(desk: Desk, rest: str) -> None:
    if rest:
        desk.state.send("WHOIS", rest)
    else:
        _usage(desk, "whois")


def _history(desk: Desk, rest: str) -> None:
    words = rest.split()
    limit = int(words.pop()) if words and words[-1].isdecimal() else HISTORY
    name = words[0] if words else desk.current
    if name and len(words) < 2:
        desk.state.older(name, limit)
    else:
        _usage(desk, "history")


def _quit(desk: Desk, rest: str) -> None:
    desk.leave(rest)


COMMANDS = {
    command.name: command
    for command in (
        Command("help", "/help [COMMAND]", "list the commands", _help),
        Command("join", "/join ROOM [PASSWORD]", "enter a room, or go back to one that you are in", _join),
        Command("part", "/part [#ROOM] [REASON]", "leave this room, or another one", _part),
        Command("msg", "/msg NAME [TEXT]", "say something to one person, or go on talking to them", _msg),
        Command("me", "/me TEXT", "say what you do: * bob waves", _me),
        Command("topic", "/topic [TEXT]", "show the room's topic, or set it", _topic),
        Command("names", "/names [ROOM]", "list who is in the room", _names),
        Command("whois", "/whois NAME", "tell about a person", _whois),
        Command(
            "history", "/history [NAME] [N]", f"show the {HISTORY} or N lines before the oldest shown", _history
        ),
        Command("quit", "/quit [REASON]", "leave the client; you stay a member of your rooms", _quit),
    )
}
