"""What a line means: a message, or a command with a slash. One table; /help is made from it.

A command's function gets the conversation and what stands after the command's name. `posts`: it returns a
Post, which is queued together with those of the lines around it. `blocking`: it may wait for the database,
so it runs in a worker. Refusals are ChatErrors, which the conversation tells.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from chatstore.chat.errors import ChatError, Code
from chatstore.chat.live import Member
from chatstore.chat.messages import Draft
from chatstore.chat.people import NOT_CONNECTED
from chatstore.chat.ports import Change
from chatstore.plain.show import counted, join, show_older

if TYPE_CHECKING:
    from chatstore.plain.conversation import PlainConversation

_WIDTH = 100
_HISTORY = 50


class Post(NamedTuple):
    """A message ready for the writer, what was said, and to whom (a nick, or empty for the room)."""

    unit: Draft | Change
    said: str
    to: str = ""


@dataclass(frozen=True)
class Command:
    name: str
    usage: str
    does: str
    run: Callable[..., Any]
    posts: bool = False
    blocking: bool = False


COMMANDS: dict[str, Command] = {}
LEAVE = ".q"
Function = TypeVar("Function", bound=Callable[..., Any])


def understand(text: str) -> tuple[Command | None, str]:
    """The command of a line and what it is given; None for a blank line. Raises ChatError for an unknown one."""
    if text.strip() == LEAVE:
        return COMMANDS["quit"], ""
    if not text or text.isspace():
        return None, ""
    if not text.startswith("/"):
        return _SAY, text
    if text.startswith("//"):
        return _SAY, text[1:]
    word, _, argument = text[1:].partition(" ")
    command = COMMANDS.get(word.lower())
    if command is None:
        raise ChatError(
            Code.INVALID_TEXT, f"/{word} is no command, so nothing was sent: /help lists them, // says a slash"
        )
    return command, argument.strip()


def _command(
    name: str, usage: str, does: str, *, posts: bool = False, blocking: bool = False
) -> Callable[[Function], Function]:
    """Put a function into the table."""

    def register(function: Function) -> Function:
        COMMANDS[name] = Command(name, f"/{name} {usage}".rstrip(), does, function, posts, blocking)
        return function

    return register


def _wrong_use(name: str) -> ChatError:
    return ChatError(Code.INVALID_TEXT, f"it is {COMMANDS[name].usage}: {COMMANDS[name].does}")


def _say(context: PlainConversation, text: str) -> Post:
    if "\0" in text:
        raise ChatError(Code.INVALID_TEXT, "that line has a NUL in it, so it was not sent")
    return Post(context.session.speech.draft(f"#{context.here.name}", "message", text), text)


_SAY = Command("", "", "", _say, posts=True)


@_command("me", "TEXT", "say what you do: /me waves", posts=True)
def me(context: PlainConversation, text: str) -> Post:
    if not text:
        raise _wrong_use("me")
    return _say(context, f"\x01ACTION {text}\x01")._replace(said=text)


@_command("msg", "NAME TEXT", "say something to one person alone", posts=True)
def msg(context: PlainConversation, argument: str) -> Post:
    name, _, text = argument.partition(" ")
    name, text = name.removeprefix("@"), text.strip()
    if not name or not text:
        raise _wrong_use("msg")
    if name.startswith("#") or "\0" in text:
        raise ChatError(Code.NO_SUCH_PERSON, "there is nobody of that name", name)
    return Post(context.session.speech.draft(name, "message", text), text, name)


@_command("join", "ROOM [KEY]", "go into a room, and speak there from now on", blocking=True)
def join_(context: PlainConversation, argument: str) -> None:
    room, _, key = argument.partition(" ")
    if not room:
        raise _wrong_use("join")
    join(context, room, key.strip())


@_command("part", "[ROOM]", "leave a room: this one, or another", blocking=True)
def part(context: PlainConversation, room: str) -> None:
    live = context.session.sees.room(room) if room else context.here
    context.session.rooms.part(f"#{live.name}", "").result()
    if live.room.id == context.view.current:
        context.look_at(0)
        context.tell("You speak in no room now: /join ROOM goes into one.")


@_command("rooms", "", "list the rooms", blocking=True)
def rooms(context: PlainConversation, _: str) -> None:
    key, lines = context.session.actor.key, []
    for live in context.session.sees.rooms():
        mark = "*" if live.room.id == context.view.current else "+" if live.role(key) is not None else " "
        topic = f": {live.room.topic}" if live.room.topic else ""
        lines.append(f"{mark} {live.name} ({counted(len(live.members), 'member')}){topic}")
    context.tell("Rooms (* where you speak, + where you are too):" if lines else "There are no rooms.", *lines)


@_command("who", "[ROOM]", "list who is in a room", blocking=True)
def who(context: PlainConversation, room: str) -> None:
    live = context.session.sees.room(room) if room else context.here
    names = ", ".join(_described(member) for member in live.sorted_members())
    text = f"{live.name} has {counted(len(live.members), 'member')}" + (f": {names}" if names else "")
    context.tell(*textwrap.wrap(text, _WIDTH, break_long_words=False, break_on_hyphens=False))


@_command("history", "[@NAME] [COUNT]", "older messages of the room, or with a person", blocking=True)
def history(context: PlainConversation, argument: str) -> None:
    words = argument.split()
    name = words.pop(0)[1:] if words and words[0].startswith("@") else ""
    number = words.pop(0) if words else str(_HISTORY)
    if words or not re.fullmatch("0*[1-9][0-9]{0,8}", number, re.ASCII):
        raise _wrong_use("history")
    count = min(int(number), context.server.chat.policy.limits.history_page)
    if name:
        conversation, other = context.session.history.conversation(name)
        show_older(context, conversation, "", other, count)
    else:
        live = context.here
        show_older(context, live.room, live.name, "", count)


@_command("topic", "[TEXT]", "show the room's topic, or set it", blocking=True)
def topic(context: PlainConversation, text: str) -> None:
    live, limit = context.here, context.server.chat.policy.limits.topic_length
    if len(text) > limit:
        raise ChatError(Code.MESSAGE_TOO_LONG, f"a topic has at most {limit} characters")
    if text:
        context.session.rooms.set_topic(f"#{live.name}", text).result()
    elif live.room.topic:
        by = "the server" if live.room.topic_by == "*" else live.room.topic_by
        context.tell(f"The topic of {live.name}: {live.room.topic} (set by {by})")
    else:
        context.tell(f"{live.name} has no topic.")


@_command("nick", "NAME", "be shown by another name, where that is allowed", blocking=True)
def nick(context: PlainConversation, name: str) -> None:
    if not name:
        raise _wrong_use("nick")
    ticket = context.session.change_nick(name)
    if ticket is None:
        context.tell(f"You are {context.session.actor.nick} already.")
    else:
        ticket.result()


@_command("help", "", "list the commands")
def help_(context: PlainConversation, _: str) -> None:
    width = max(len(command.usage) for command in COMMANDS.values())
    table = [f"  {command.usage:{width}}  {command.does}" for command in COMMANDS.values()]
    context.tell(
        "Every line is a message, except:", *table, f"  {'//...':{width}}  a message that begins with a slash"
    )


@_command("quit", "", f"leave; {LEAVE} does the same")
def quit_(context: PlainConversation, _: str) -> None:
    context.quit("goodbye")


def _described(member: Member) -> str:
    person, marks = member.person, []
    if member.role.operator:
        marks.append("operator")
    away = person.away_message
    if away:
        marks.append("away" if away == NOT_CONNECTED else f"away: {away}")
    return f"{person.nick} ({', '.join(marks)})" if marks else person.nick
