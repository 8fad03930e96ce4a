"""What a person types: a message, or a slash command from the table COMMANDS. /help is made from the
table."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chatstore.client import edits, reactions, search, thread_lists
from chatstore.client.context import CommandContext
from chatstore.client.files import uploads
from chatstore.client.managing import asking, favourites
from chatstore.client.names import channel, fold, is_room
from chatstore.client.state import DEFAULT_HISTORY
from chatstore.irc.line import LineError, parse


@dataclass(frozen=True)
class Command:
    """A slash command. `run` gets the text behind its name. `secret`: that text must not be kept, in no
    history of what was typed."""

    name: str
    usage: str
    help: str
    run: Callable[[CommandContext, str], None]
    secret: bool = False


def execute(context: CommandContext, text: str) -> None:
    """Do what a typed line says. What comes of it is in ClientProtocol.effects()."""
    if not text.strip():
        return
    if text.rstrip() == ".q":
        _quit(context, "")
    elif text.startswith("//"):
        _say(context, text[1:])
    elif text.startswith("/"):
        command = command_in(text)
        word, _, rest = text[1:].partition(" ")
        if command is None:
            context.fail(f"unknown command /{word}; /help lists them (to begin a message with /, type //)")
        else:
            command.run(context, rest.strip())
    else:
        _say(context, text)


def command_in(text: str) -> Command | None:
    """The command that a typed line begins with. None for a message, and for a command that doesn't exist."""
    if not text.startswith("/") or text.startswith("//"):
        return None
    return _named(text[1:].partition(" ")[0])


def _named(name: str) -> Command | None:
    """The command of a name, in any case, also by the name that it has in the plain protocol."""
    name = name.lower()
    return COMMANDS.get(_OTHER_NAMES.get(name, name))


def take_lines(context: CommandContext, lines: Sequence[str]) -> None:
    """Do what one line says that was typed. Several lines at once were pasted: they are one message, and none
    of them is a command."""
    said = [line for line in lines if line.strip()]
    if len(said) == 1:
        execute(context, said[0])
    elif said:
        first, last = lines.index(said[0]), len(lines) - [*reversed(lines)].index(said[-1])
        _say(context, "\n".join(line.replace("\r", "") for line in lines[first:last]))


def _usage(context: CommandContext, name: str) -> None:
    """Say how the command of this name is used."""
    context.fail(f"usage: {COMMANDS[name].usage}")


def column_of(typed: Sequence[str]) -> int:
    """How wide a help's column of what is typed has to be. What is very long does not count: it sticks out."""
    return max((len(each) for each in typed if len(each) <= _WIDEST_COLUMN), default=4)


def _help(context: CommandContext, rest: str) -> None:
    command = _named(rest.removeprefix("/"))
    if rest and command is None:
        context.fail(f"there is no command /{rest.removeprefix('/')}")
        return
    commands = [command] if command else list(COMMANDS.values())
    width = column_of([one.usage for one in commands])
    for one in commands:
        context.info(f"{one.usage:{width}}  {one.help}")
    if command is None:
        context.info(f"{'.q':{width}}  the same as /quit; everything else that you type or paste is a message")


# Messages.


def _say(context: CommandContext, text: str, *, action: bool = False) -> None:
    if context.current:
        context.protocol.say(context.current, text, action=action)
    else:
        context.fail("you are not in a room: /join ROOM")


def _me(context: CommandContext, rest: str) -> None:
    if rest:
        _say(context, rest, action=True)
    else:
        _usage(context, "me")


def _msg(context: CommandContext, rest: str) -> None:
    name, _, text = rest.partition(" ")
    if not name:
        _usage(context, "msg")
    elif text.strip():
        context.protocol.say(name, text.strip())
    else:
        context.switch_to(name)


def _query(context: CommandContext, rest: str) -> None:
    name, _, text = rest.partition(" ")
    if not name:
        _usage(context, "query")
        return
    context.switch_to(name)
    if text.strip():
        context.protocol.say(name, text.strip())


def _theirs(context: CommandContext) -> str:
    """The msgid of the selected message, or of the last one here by somebody else."""
    target = context.protocol.targets.get(fold(context.current))
    found = context.selected or (target.newest if target is not None else "")
    if not found:
        context.fail("nobody else has written anything here yet")
    return found


def _reply(context: CommandContext, rest: str) -> None:
    if not rest:
        _usage(context, "reply")
    elif msgid := context.selected or thread_lists.current(context) or _theirs(context):
        context.protocol.say(context.current, rest, reply_to=msgid)


def _thread(context: CommandContext, rest: str) -> None:
    if not context.current:
        context.fail("you are not in a room: /join ROOM")
    elif not rest:
        thread_lists.list_threads(context)
    elif rest.isascii() and rest.isdecimal() and len(rest) < 7:
        thread_lists.show_thread(context, int(rest))
    else:
        _usage(context, "thread")


def _react(context: CommandContext, rest: str) -> None:
    if not rest:
        _usage(context, "react")
    elif msgid := _theirs(context):
        reactions.react(context.protocol, context.current, msgid, rest)


def _unreact(context: CommandContext, rest: str) -> None:
    if not rest:
        _usage(context, "unreact")
    elif msgid := _theirs(context):
        reactions.react(context.protocol, context.current, msgid, rest, back=True)


def _redact(context: CommandContext, rest: str) -> None:
    target = context.protocol.targets.get(fold(context.current))
    msgid = context.selected or (target.own[-1] if target is not None and target.own else "")
    if msgid:
        reactions.redact(context.protocol, context.current, msgid, rest)
    else:
        context.fail("you have written nothing here yet")


def _edit(context: CommandContext, rest: str) -> None:
    target = context.protocol.targets.get(fold(context.current))
    msgid = context.selected or (target.own[-1] if target is not None and target.own else "")
    if not rest:
        _usage(context, "edit")
    elif msgid:
        edits.edit(context.protocol, context.current, msgid, rest)
    else:
        context.fail("you have written nothing here yet")


def _pins(context: CommandContext, rest: str) -> None:
    room = context.room()
    if room:
        edits.ask_pins(context.protocol, room)


def _pin(context: CommandContext, rest: str) -> None:
    room = context.room()
    msgid = _theirs(context) if room else ""
    if msgid:
        edits.pin(context.protocol, room, msgid)


def _favourite(context: CommandContext, rest: str) -> None:
    if context.current and context.connected():
        favourites.toggle(context.protocol, context.current)


def _unpin(context: CommandContext, rest: str) -> None:
    room, listed = context.room(), context.protocol.pins
    if not room:
        return
    if rest.isdecimal() and 0 < int(rest) <= len(listed):
        edits.pin(context.protocol, room, listed[int(rest) - 1], pinned=False)
    elif context.selected and not rest:
        edits.pin(context.protocol, room, context.selected, pinned=False)
    else:
        _usage(context, "unpin")


def _upload(context: CommandContext, rest: str) -> None:
    if rest == "cancel":
        if not uploads.cancel(context.protocol):
            context.fail("no file is on its way")
        return
    try:
        file, description = uploads.split(rest)
    except ValueError:
        file = ""
    if not file:
        _usage(context, "upload")
    elif not context.current:
        context.fail("you are not in a room: /join ROOM")
    else:
        uploads.start(context.protocol, context.current, file, description)


def _open(context: CommandContext, rest: str) -> None:
    if not rest or " " in rest:
        _usage(context, "open")
    elif context.connected():
        uploads.save(context.protocol, rest)


def _search(context: CommandContext, rest: str) -> None:
    where = author = ""
    words = rest.split(" ")
    while words and words[0].startswith(("in:", "from:")):
        what, _, value = words.pop(0).partition(":")
        where, author = (value, author) if what == "in" else (where, value)
    text = " ".join(words).strip()
    if text or author:
        search.search(context.protocol, text, where, author)
    else:
        _usage(context, "search")


def _history(context: CommandContext, rest: str) -> None:
    words = rest.split()
    limit = int(words.pop()) if words and words[-1].isdecimal() else DEFAULT_HISTORY
    name = words[0] if words else context.current
    if name and len(words) < 2:
        context.protocol.older(name, limit)
    else:
        _usage(context, "history")


# Rooms.


def _join(context: CommandContext, rest: str) -> None:
    name, _, password = rest.partition(" ")
    name = name or (context.current if is_room(context.current) else "")
    if not name:
        _usage(context, "join")
        return
    context.protocol.join(channel(name), password.strip())
    context.switch_to(channel(name))


def _part(context: CommandContext, rest: str) -> None:
    first, _, reason = rest.partition(" ")
    room = first
    if not first.startswith("#"):
        room, reason = context.room(), rest
    if room:
        context.protocol.send("PART", room, *([reason] if reason else []))


def _list(context: CommandContext, rest: str) -> None:
    if context.connected():
        context.protocol.send("LIST", *([rest] if rest else []))


def _topic(context: CommandContext, rest: str) -> None:
    room = context.room()
    if room and rest:
        context.protocol.send("TOPIC", room, rest)
    elif room:
        context.protocol.ask("TOPIC", room)


def _names(context: CommandContext, rest: str) -> None:
    room = channel(rest) if rest else context.room()
    if room:
        context.protocol.ask("NAMES", room)


def _edit_room(context: CommandContext, rest: str) -> None:
    room, protocol = context.room(), context.protocol
    if not room or not context.connected():
        return
    name, _, value = rest.partition(" ")
    setting = protocol.room_settings.get(name.lower())
    if not protocol.room_settings and not name:
        protocol.ask("TOPIC", room)
        protocol.ask("MODE", room)
    elif not protocol.room_settings:
        context.fail("this server does not list its room settings; /topic and /mode change them")
    elif not name:
        protocol.send("MODE", room)
        protocol.ask("ROOM", room)
    elif setting is None:
        context.fail(f"there is no setting {name}; /edit-room lists them")
    elif not setting.accepts(value.strip()):
        context.fail(f"usage: /edit-room {setting.name} {setting.usage}")
    else:
        protocol.send(*setting.change(room, value.strip()))


def _invite(context: CommandContext, rest: str) -> None:
    nick, _, name = rest.partition(" ")
    room = channel(name.strip()) if name.strip() else context.room()
    if not nick:
        _usage(context, "invite")
    elif room and context.connected():
        context.protocol.send("INVITE", nick, room)


def _invites(context: CommandContext, rest: str) -> None:
    """Our own invites, or those of a room."""
    if not context.connected():
        return
    if rest:
        _ask_chanserv(context, f"INVITES {channel(rest)}")
    else:
        context.protocol.send("INVITE")


def _uninvite(context: CommandContext, rest: str) -> None:
    nick, _, name = rest.partition(" ")
    room = channel(name.strip()) if name.strip() else context.room()
    if not nick:
        _usage(context, "uninvite")
    elif room:
        _ask_chanserv(context, f"UNINVITE {room} {nick}")


def _accept(context: CommandContext, rest: str) -> None:
    if rest:
        _ask_chanserv(context, f"ACCEPT {channel(rest)}")
    else:
        _usage(context, "accept")


def _decline(context: CommandContext, rest: str) -> None:
    if rest:
        _ask_chanserv(context, f"DECLINE {channel(rest)}")
    else:
        _usage(context, "decline")


def _ask_chanserv(context: CommandContext, text: str) -> None:
    """Send what only the ChanServ of chatstore understands."""
    if not context.connected():
        return
    if context.protocol.chatstore:
        context.protocol.send("CHANSERV", text)
    else:
        context.fail("this server does not support that")


def _kick(context: CommandContext, rest: str) -> None:
    nick, _, reason = rest.partition(" ")
    room = context.room()
    if room and not nick:
        _usage(context, "kick")
    elif room and context.connected():
        context.protocol.send("KICK", room, nick, *([reason.strip()] if reason.strip() else []))


def _ban(context: CommandContext, rest: str) -> None:
    _change_bans(context, rest, "BAN", "+b")


def _unban(context: CommandContext, rest: str) -> None:
    if rest:
        _change_bans(context, rest, "UNBAN", "-b")
    else:
        _usage(context, "unban")


_IN_MASKS = "!@*:~$,"


def _change_bans(context: CommandContext, who: str, word: str, mode: str) -> None:
    """By ChanServ, which knows the account behind a nick. On servers other than chatstore a nick is banned as
    a mask."""
    room, protocol = context.room(), context.protocol
    if not room or not context.connected():
        return
    if not who:
        protocol.send("MODE", room, mode)
    elif any(mark in who for mark in _IN_MASKS):
        protocol.send("MODE", room, mode, who)
    elif protocol.chatstore:
        protocol.send("CHANSERV", f"{word} {room} {who}")
    else:
        protocol.send("MODE", room, mode, f"{who}!*@*")


def _mode(context: CommandContext, rest: str) -> None:
    words = rest.split()
    room = words.pop(0) if words and is_room(words[0]) else context.room()
    if not room or not context.connected():
        return
    if words:
        context.protocol.send("MODE", room, *words)
    else:
        context.protocol.ask("MODE", room)


def _role(name: str, mode: str, help: str) -> Command:
    """A command that gives or takes a role in the current room."""

    def run(context: CommandContext, rest: str) -> None:
        room, nicks = context.room(), rest.split()
        if room and not nicks:
            _usage(context, name)
        elif room and context.connected():
            for nick in nicks:
                context.protocol.send("MODE", room, mode, nick)

    return Command(name, f"/{name} NICK...", help, run)


# People, and oneself.


def _whois(context: CommandContext, rest: str) -> None:
    if rest:
        context.protocol.send("WHOIS", rest)
    else:
        _usage(context, "whois")


def _nick(context: CommandContext, rest: str) -> None:
    if not rest:
        _usage(context, "nick")
    elif context.connected():
        context.protocol.send("NICK", rest)


def _away(context: CommandContext, rest: str) -> None:
    if context.connected():
        context.protocol.send("AWAY", *([rest] if rest else []))


def _register(context: CommandContext, rest: str) -> None:
    words = _quoted(rest)
    if len(words) != 1:
        _usage(context, "register")
    elif context.connected():
        context.protocol.register(*words)


def _passwd(context: CommandContext, rest: str) -> None:
    words = _quoted(rest)
    if len(words) != 2:
        _usage(context, "passwd")
    elif context.connected():
        context.protocol.change_password(*words)


def _quoted(text: str) -> list[str]:
    """The words of a text as a shell splits them. None if a quote is not closed."""
    try:
        return shlex.split(text)
    except ValueError:
        return []


def _quote(context: CommandContext, rest: str) -> None:
    try:
        line = parse(rest)
    except LineError as error:
        context.fail(str(error) if rest else f"usage: {COMMANDS['quote'].usage}")
        return
    if context.connected():
        context.protocol.send(line.command, *line.params, tags=line.tags)


def _quit(context: CommandContext, rest: str) -> None:
    context.leave(rest)


def _asks(name: str, usage: str, help: str, ask: Callable[[CommandContext, str], bool]) -> Command:
    """A command that only chatstore answers. `ask` returns False for a wrong use."""

    def run(context: CommandContext, rest: str) -> None:
        if not context.connected():
            return
        if not context.protocol.chatstore:
            context.fail("this server does not support that")
        elif not ask(context, rest):
            _usage(context, name)

    return Command(name, usage, help, run)


_WIDEST_COLUMN = 30
_QUOTES = " (put one with spaces in quotes)"
_OTHER_NAMES = {"set": "edit-room"}
COMMANDS = {
    command.name: command
    for command in (
        Command("help", "/help [COMMAND]", "list the commands, or show one", _help),
        Command("join", "/join [ROOM [PASSWORD]]", "join a room; without a name, join this one again", _join),
        Command("part", "/part [#ROOM] [REASON]", "leave this room, or another one", _part),
        Command("msg", "/msg NAME [TEXT]", "send a direct message, or go to that conversation", _msg),
        Command("query", "/query NAME [TEXT]", "go to the direct conversation with NAME", _query),
        Command("me", "/me TEXT", "say what you do: * bob waves", _me),
        Command(
            "reply", "/reply TEXT", "reply to the selected message, or to the last one by somebody else", _reply
        ),
        Command(
            "thread",
            "/thread [N]",
            "list the threads here, or show one, in which /reply then replies; /thread alone ends that",
            _thread,
        ),
        Command(
            "react", "/react EMOJI", "react to the selected message, or to the last one by somebody else", _react
        ),
        Command("unreact", "/unreact EMOJI", "remove your reaction", _unreact),
        Command("redact", "/redact [REASON]", "remove the selected message, or your last one here", _redact),
        Command("edit", "/edit TEXT", "change the text of the selected message, or of your last one here", _edit),
        Command("pins", "/pins", "list the messages that are pinned in the room", _pins),
        Command("pin", "/pin", "pin the selected message, or the last one by somebody else", _pin),
        Command("unpin", "/unpin [N]", "unpin the selected message, or one by its number in /pins", _unpin),
        Command(
            "upload",
            "/upload FILE [DESCRIPTION]",
            f"send a file{_QUOTES}; /upload cancel stops it",
            _upload,
        ),
        Command("open", "/open URL", "save a file of this server, and open it if that is harmless", _open),
        _asks(
            "files",
            "/files [more | remove N|URL]",
            "list the files that you have sent, or remove one",
            asking.files,
        ),
        Command(
            "search",
            "/search [in:NAME] [from:NICK] TEXT",
            "find messages that have all these words, everywhere or in one conversation",
            _search,
        ),
        Command(
            "history",
            "/history [NAME] [N]",
            f"show {DEFAULT_HISTORY} or N lines from before the oldest one shown",
            _history,
        ),
        Command("topic", "/topic [TEXT]", "show the room's topic, or set it", _topic),
        Command("names", "/names [ROOM]", "list the members of the room", _names),
        Command(
            "edit-room",
            "/edit-room [SETTING VALUE]",
            "show the room's settings, or change one",
            _edit_room,
        ),
        Command("invite", "/invite NICK [ROOM]", "invite somebody to this room, or to another one", _invite),
        Command(
            "invites",
            "/invites [ROOM]",
            "list your invites, or those of a room",
            _invites,
        ),
        Command("uninvite", "/uninvite NICK [ROOM]", "take back an invite", _uninvite),
        Command("accept", "/accept ROOM", "become the founder of a room that is offered to you", _accept),
        Command("decline", "/decline ROOM", "decline a room that you are offered", _decline),
        Command("kick", "/kick NICK [REASON]", "remove somebody from the room", _kick),
        Command("ban", "/ban [NICK|MASK]", "ban somebody from the room; without a name, list the bans", _ban),
        Command("unban", "/unban NICK|MASK", "lift a ban", _unban),
        _role("op", "+o", "make somebody an operator of the room"),
        _role("deop", "-o", "take the operator role away"),
        _role("voice", "+v", "let somebody speak while the room is moderated"),
        _role("devoice", "-v", "take the voice away"),
        Command("mode", "/mode [ROOM] [MODES...]", "show the room's modes, or change them: /mode +m", _mode),
        Command("list", "/list [ROOM,...]", "list the rooms on the server", _list),
        _asks(
            "hook",
            "/hook [add NAME [URL [WORD]] | renew N | test N | on N | off N | remove N]",
            "list the room's webhooks, or change them",
            asking.hook,
        ),
        _asks(
            "bot",
            "/bot [add NAME | token NAME [scopes=SCOPE,...] [rooms=ROOM,...] [LABEL] | tokens NAME "
            "| revoke NAME [N] | remove NAME]",
            "list your bots, the accounts of programs, or change them",
            asking.bot,
        ),
        _asks(
            "token",
            "/token [add [scopes=SCOPE,...] [rooms=ROOM,...] [LABEL] | remove N]",
            "list your tokens, with which programs log in as you, or change them",
            asking.token,
        ),
        _asks(
            "notify",
            "/notify list | all|mentions|nothing|default [everywhere] | mute HOURS | unmute | words WORD... "
            "| quiet HH:MM-HH:MM|off",
            "say what you are told of, here or everywhere",
            asking.notify,
        ),
        Command(
            "favourite",
            "/favourite",
            "put this conversation at the top of the list, on all of your devices; again ends that",
            _favourite,
        ),
        _asks("ignore", "/ignore [NAME]", "hide what somebody says; without a name, list them", asking.ignore),
        _asks("unignore", "/unignore NAME", "show again what somebody says", asking.unignore),
        _asks(
            "direct",
            "/direct [everyone|known|nobody]",
            "say from whom you take direct messages; known people share a room with you, or you wrote to them",
            asking.direct,
        ),
        Command("whois", "/whois NAME", "show what is known about a person", _whois),
        Command("nick", "/nick NAME", "change your nick", _nick),
        Command("away", "/away [TEXT]", "say that you are away; without a text, that you are back", _away),
        Command(
            "register", "/register PASSWORD", f"create an account for your nick{_QUOTES}", _register, secret=True
        ),
        Command("passwd", "/passwd OLD NEW", f"change your password{_QUOTES}", _passwd, secret=True),
        Command("quote", "/quote LINE", "send a raw IRC line", _quote),
        Command("quit", "/quit [REASON]", "quit the client; you stay a member of your rooms", _quit),
    )
}
