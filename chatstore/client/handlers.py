"""What each line of the server does to the state: one small function for each command, found in the table
HANDLERS.

Live lines alone change who is in a room. History says the same things again, and changes nothing here.
"""

from __future__ import annotations

import platform
from collections.abc import Callable

from chatstore.client import (
    edits,
    events,
    history,
    ignored,
    presence,
    reactions,
    read_markers,
    room_settings,
    search,
    sending,
    told,
)
from chatstore.client.files.jobs import TOKENS
from chatstore.client.login import MULTILINE
from chatstore.client.managing import answers, favourites, ignoring
from chatstore.client.members import Member
from chatstore.client.names import SERVICES, fold, is_room
from chatstore.client.parsing import audience_of, message_in, nick_of, time_of
from chatstore.client.splitting import multiline_limits
from chatstore.client.state import MAX_PAGE, ChatState
from chatstore.client.targets import Target
from chatstore.irc.line import Line

Handler = Callable[[ChatState, Line], None]
UNLIMITED = 10_000
INCARNATION = "chatstore/INCARNATION"
"""The token of 005 that names the life of the server's database. It changes when a backup is put back."""
RECEIPTS, JOINS = "receipts", "joins"
"""Tokens of PINGs: see _pong()."""


def handle(state: ChatState, line: Line) -> None:
    """Let a line that is in no batch change the state."""
    HANDLERS.get(line.command, _other)(state, line)


def _ignore(state: ChatState, line: Line) -> None:
    """A command that is known, and that needs nothing done."""


# The connection.


def _ping(state: ChatState, line: Line) -> None:
    state.send("PONG", *line.params)


def _pong(state: ChatState, line: Line) -> None:
    """The server answers in order: what was asked before this PING and has no answer yet gets none."""
    token = line.params[-1] if line.params else ""
    if token == RECEIPTS:
        for message in state.receipts.unanswered(state.connection):
            sending.give_back(state, message, "the server gave no receipt", "")
    elif token.startswith(sending.SENT):
        sending.taken(state, int(token.removeprefix(sending.SENT)))
    elif token == JOINS:
        for target in state.targets.values():
            if target.wanted and not target.joined:
                _join_failed(state, target, f"cannot join {target.name}: the server did not say why", "")
    elif token == read_markers.ASKED:
        history.release_conversations(state)
    elif token.startswith(history.PAGES) and state.requests.unanswered(token.removeprefix(history.PAGES)):
        # Going on would leave a gap that nobody sees. A new connection starts from what was shown.
        state.broken = "the server gave no history"


def _welcome(state: ChatState, line: Line) -> None:
    state.nick = line.param(0, state.nick)
    word = line.params[-1].split()[-1] if line.params and line.params[-1].split() else ""
    if nick_of(word) == state.nick and "!" in word:
        state.mask = word
    state.update(events.CurrentNick("", state.now, state.nick))


def _my_info(state: ChatState, line: Line) -> None:
    state.chatstore = line.param(2).startswith("chatstore-")


def _isupport(state: ChatState, line: Line) -> None:
    for token in line.params[1:]:
        key, _, value = token.partition("=")
        if key == "CHATHISTORY" and value.isdecimal():
            state.page = min(int(value), MAX_PAGE) or MAX_PAGE  # 0: any number of lines
        elif key == INCARNATION:
            _incarnation(state, value)
        elif key.removeprefix("-") in TOKENS:
            state.files.host[key.removeprefix("-")] = "" if key.startswith("-") else value
            state.update(events.FileHost("", state.now, state.files.url))
        elif key == "MONITOR":
            state.max_monitored = int(value) if value.isdecimal() else UNLIMITED
        else:
            state.prefixes.set_token(key, value)


def _incarnation(state: ChatState, token: str) -> None:
    """Where the database is another one than before, somebody put back a backup. Other messages may have the
    ids of those that were shown, so all that is here must go."""
    before, state.incarnation = state.incarnation, token
    if before and before != token:
        history.reset(state)


def _cap(state: ChatState, line: Line) -> None:
    """The server changes its capabilities while it runs: the limits of draft/multiline matter here."""
    subcommand = line.param(1).upper()
    for word in line.params[-1].split() if subcommand in ("NEW", "DEL") else ():
        name, _, value = word.partition("=")
        if name == MULTILINE and state.multiline is not None:
            state.multiline = multiline_limits(value) if subcommand == "NEW" else None


def _motd(state: ChatState, line: Line) -> None:
    if not state.motd_shown:
        state.server_info(line.params[-1].removeprefix("- "))


def _end_of_welcome(state: ChatState, line: Line) -> None:
    """What the server can do is known now, and which rooms it put us into: join the others, and catch up."""
    if state.ready:
        return
    state.ready = state.motd_shown = True
    for target in state.targets.values():
        if target.wanted and not target.joined:
            state.send("JOIN", target.name, *([target.password] if target.password else []))
    state.send("PING", JOINS)
    if state.has(room_settings.CAPABILITY) and not state.single:
        state.send("ROOM", room_settings.NOTHING)  # before any history, which may have changes of settings
    if state.has(told.CAPABILITY):
        state.send("NOTIFY", "LIST")
    if state.has(ignored.CAPABILITY):
        state.send("IGNORE", "LIST")
    if state.has(favourites.CAPABILITY) and not state.single:
        favourites.subscribe(state)
    if state.token_for is not None:
        state.send("TOKEN", "ADD", f"chatstore client on {platform.node() or 'a computer'}")
    for target in state.targets.values():
        if target.joined:
            history.catch_up(state, target)
    if state.keeps_history and not state.single:
        history.ask_conversations(state)
    elif not state.keeps_history:
        sending.settle_all(state)


def _error(state: ChatState, line: Line) -> None:
    state.info(f"the server closes the connection: {line.param(0)}")


def _batch(state: ChatState, line: Line) -> None:
    batch = state.requests.batch(line)
    if batch is None:
        return
    if batch.type in ("chathistory", "draft/chathistory-targets"):
        history.received(state, batch)
    elif batch.type == search.CAPABILITY:
        search.received(state, batch)
    elif batch.type == edits.PINS:
        edits.pins_received(state, batch)
    else:
        for one in batch.lines:
            tags = {key: value for key, value in one.tags.items() if key != "batch"}
            handle(state, Line(one.command, one.params, one.source, tags))


# Messages.


def _message(state: ChatState, line: Line) -> None:
    name, nick = line.param(0), nick_of(line.source)
    room = name.removeprefix(audience_of(name))
    if is_room(room):
        history.live(state, state.target(room), line)
    elif "!" not in line.source:
        state.server_info(line.params[-1])
    elif line.command == "NOTICE" and fold(nick) in SERVICES and fold(nick) not in state.targets:
        state.show(message_in(line, nick, False, state.now))  # an answer, which opens no direct conversation
    else:
        state.absent.discard(fold(name if state.is_me(nick) else nick))
        history.live(state, state.target(name if state.is_me(nick) else nick), line)


def _redact(state: ChatState, line: Line) -> None:
    """Spec: IRCv3 draft/message-redaction. The target is as in PRIVMSG."""
    history.live(state, state.target(state.where(line)), line)


def _placed(state: ChatState, line: Line) -> None:
    """An edit, or a message that was pinned: it has a place in the history of its target, as a message has."""
    history.live(state, state.target(state.where(line)), line)


def _tagmsg(state: ChatState, line: Line) -> None:
    """Spec: IRCv3 message-tags, TAGMSG. Typing alone is no message, so it opens no direct conversation."""
    target = state.targets.get(fold(state.where(line)))
    if target is not None and state.updates:
        reactions.typing_received(state, target, line)
        reactions.apply(state, target, line)


def _mark_read(state: ChatState, line: Line) -> None:
    """Spec: IRCv3 draft/read-marker."""
    history.marker_known(state, read_markers.received(state, line))


# Rooms and who is in them.


def _join(state: ChatState, line: Line) -> None:
    target, nick = state.target(line.param(0)), nick_of(line.source)
    if state.is_me(nick):
        target.name, state.mask = line.param(0), line.source
        _joined(state, target, line)
    else:
        target.members[fold(nick)] = member = Member(nick)
        state.update(events.MembersChanged(target.name, state.now, (member,)))
        history.live(state, target, line)


def _joined(state: ChatState, target: Target, line: Line) -> None:
    """We are a member now, or the server says after its welcome that we still are."""
    if target.joined:
        return
    if state.single and not target.wanted:
        target.joined = True
        return
    if not target.after:
        first = ("FIRST",) if state.updates or state.single else ("FIRST", "NAMES", "TOPIC")
        state.asked |= {(what, fold(target.name)) for what in first}
    target.depth = state.history if target.wanted else min(state.history, history.GLANCE)
    target.joined = target.wanted = True
    state.update(events.Membership(target.name, state.now, True))
    if state.keeps_history:
        target.hold()
    target.asked = state.ready and (bool(line.tags.get("msgid")) or not state.keeps_history)
    if line.tags.get("msgid") or not state.keeps_history:
        history.live(state, target, line)
        state.move_marker(target, time_of(line, state.now))  # what was said before we joined counts as read
    if state.ready:
        history.catch_up(state, target)


def _join_failed(state: ChatState, target: Target, text: str, code: str) -> None:
    target.leave()
    target.wanted = False
    state.update(events.Membership(target.name, state.now, False))
    state.show(events.Failure(target.name, state.now, text, code))
    for message in state.receipts.drop(fold(target.name)):
        sending.give_back(state, message, text, code)


def _part(state: ChatState, line: Line) -> None:
    _gone(state, line, nick_of(line.source))


def _kick(state: ChatState, line: Line) -> None:
    _gone(state, line, line.param(1))


def _gone(state: ChatState, line: Line, nick: str) -> None:
    target = state.target(line.param(0))
    target.members.pop(fold(nick), None)
    state.update(events.MembersChanged(target.name, state.now, gone=(nick,)))
    history.live(state, target, line)
    if state.is_me(nick):
        target.leave()
        target.wanted = False
        state.update(events.Membership(target.name, state.now, False))
        history.caught_up(state, target)


def _quit(state: ChatState, line: Line) -> None:
    nick = nick_of(line.source)
    for target in list(state.targets.values()):
        if target.members.pop(fold(nick), None):
            state.update(events.MembersChanged(target.name, state.now, gone=(nick,)))
            history.live(state, target, line)


def _nick(state: ChatState, line: Line) -> None:
    old, new = nick_of(line.source), line.param(0)
    if state.is_me(old):
        state.nick = new
        state.update(events.CurrentNick("", state.now, new))
    for target in list(state.targets.values()):
        if target.renamed(old, new):
            state.update(events.MembersChanged(target.name, state.now, (target.members[fold(new)],), (old,)))
            history.live(state, target, line)


def _rename(state: ChatState, line: Line) -> None:
    """Spec: IRCv3 draft/channel-rename. RENAME #old #new :reason"""
    old, new = line.param(0), line.param(1)
    if fold(old) in state.targets and is_room(new):
        target = state.targets[fold(old)]
        state.update(events.Renamed(target.name, state.now, new))
        state.rename_room(target, new)
        reason = f": {line.param(2)}" if line.param(2) else ""
        state.show(events.Info(new, state.now, f"{nick_of(line.source)} renamed {old} to {new}{reason}"))


def _mode(state: ChatState, line: Line) -> None:
    if not is_room(line.param(0)):
        return
    target = state.target(line.param(0))
    for mark, adding, nick in state.prefixes.changes(line.params[1:]):
        member = target.members.get(fold(nick))
        if member is not None:
            target.members[fold(nick)] = changed = state.prefixes.changed(member, mark, adding=adding)
            state.update(events.MembersChanged(target.name, state.now, (changed,)))
    history.live(state, target, line)


def _modes(state: ChatState, line: Line) -> None:
    """324, when the person asked for it, or for the settings."""
    target = state.targets.get(fold(line.param(1)))
    if target is None:
        return
    target.modes = line.param(2)
    if _was_asked(state, "MODE", target):
        state.info(f"modes of {target.name}: {' '.join(line.params[2:])}")


def _room(state: ChatState, line: Line) -> None:
    """A row of the table of settings, a change that somebody made, or the settings of a room that were asked
    for."""
    if line.param(0) == room_settings.NOTHING:
        row = room_settings.parse_row(line)
        if row is not None:
            state.room_settings[row.name] = row
    elif "!" in line.source:
        history.live(state, state.target(line.param(0)), line)
    else:
        _show_settings(state, state.target(line.param(0)), room_settings.values_in(line))


def _show_settings(state: ChatState, target: Target, values: dict[str, str]) -> None:
    if not _was_asked(state, "ROOM", target):
        return
    values = {"topic": target.topic, **values}
    width = max(len(name) for name in state.room_settings)
    state.info(f"settings of {target.name}; /edit-room SETTING VALUE changes one:")
    for row in state.room_settings.values():
        value = row.value_in(values, target.modes) or "(none)"
        choices = f": {' or '.join(row.choices)}" if row.choices else ""
        state.info(f"{row.name:{width}}  {value:10}  {row.about}{choices}")


def _names(state: ChatState, line: Line) -> None:
    state.target(line.param(2)).list_members(line.param(3))


def _end_of_names(state: ChatState, line: Line) -> None:
    target = state.target(line.param(1))
    target.end_listing()
    state.update(events.Members(target.name, state.now, tuple(target.members.values())))
    new = _was_asked(state, "FIRST", target) and target.asked
    if new and [(one.nick, one.prefix[:1]) for one in target.members.values()] == [(state.nick, "@")]:
        state.show(events.RoomCreated(target.name, state.now))
    if _was_asked(state, "NAMES", target):
        nicks = sorted((one.prefix[:1] + one.nick for one in target.members.values()), key=str.casefold)
        state.info(f"{len(nicks)} in {target.name}: {', '.join(nicks)}" if nicks else f"nobody in {target.name}")
    else:
        presence.ask_away(state)


def _topic(state: ChatState, line: Line) -> None:
    target = state.target(line.param(0))
    _set_topic(state, target, line.param(1))
    history.live(state, target, line)


def _topic_is(state: ChatState, line: Line) -> None:
    target = state.target(line.param(1))
    _set_topic(state, target, line.param(2))
    if _was_asked(state, "TOPIC", target):
        state.info(f"topic of {target.name}: {target.topic}")


def _no_topic(state: ChatState, line: Line) -> None:
    target = state.target(line.param(1))
    _set_topic(state, target, "")
    if _was_asked(state, "TOPIC", target):
        state.info(f"{target.name} has no topic")


def _set_topic(state: ChatState, target: Target, text: str) -> None:
    target.topic = text
    state.update(events.CurrentTopic(target.name, state.now, text))


def _was_asked(state: ChatState, what: str, target: Target) -> bool:
    wanted = (what, fold(target.name)) in state.asked
    state.asked.discard((what, fold(target.name)))
    return wanted


def _invite(state: ChatState, line: Line) -> None:
    """An invite for us, or for somebody else into a room of ours (IRCv3 invite-notify)."""
    who, nick, room = nick_of(line.source), line.param(0), line.param(1)
    if state.is_me(nick):
        state.info(f"{who} invites you to {room}: /join {room}")
    else:
        state.show(events.Info(room, state.now, f"{who} invites {nick}"))


# Other people.


def _away(state: ChatState, line: Line) -> None:
    """Spec: IRCv3 away-notify."""
    presence.set_away(state, nick_of(line.source), bool(line.param(0)), line.param(0))


def _monitored(state: ChatState, line: Line) -> None:
    presence.monitored_changed(state, line, line.command == "730")


def _who(state: ChatState, line: Line) -> None:
    if not presence.who(state, line):
        _other(state, line)


def _end_of_who(state: ChatState, line: Line) -> None:
    presence.who_ended(state, line)


def _is_away(state: ChatState, line: Line) -> None:
    """301. A server repeats it after each message to that person: here it is shown once, and after each
    WHOIS."""
    nick, why = line.param(1), line.param(2)
    if state.away_told.get(fold(nick)) != why or state.whois == fold(nick):
        state.away_told[fold(nick)] = why
        state.info(f"{nick} is away: {why}")


def _invited(state: ChatState, line: Line) -> None:
    """336: a room that we are invited to."""
    room = line.params[-1]
    state.info(f"you are invited to {room}: /join {room}")


_WHOIS: dict[str, Callable[[Line], str]] = {
    "311": lambda line: f"{line.param(1)} is {line.param(2)}@{line.param(3)}: {line.param(5)}",
    "312": lambda line: f"{line.param(1)} is on {line.param(2)}",
    "317": lambda line: f"{line.param(1)} has been idle for {line.param(2)} s",
    "319": lambda line: f"{line.param(1)} is in {line.param(2).strip()}",
    "330": lambda line: f"{line.param(1)} is logged in as {line.param(2)}",
    "760": lambda line: f"{line.param(1)} has set {line.param(2)}: {line.param(4)}",
}


def _whois(state: ChatState, line: Line) -> None:
    state.whois = fold(line.param(1))
    state.info(_WHOIS["311"](line))


def _end_of_whois(state: ChatState, line: Line) -> None:
    state.whois = ""


# Answers and refusals.

_SILENT = frozenset("002 003 250 251 252 253 254 255 265 266 315 321 323 329 333 369 375 396 900".split())
_NAMELESS = ("412", "417")
"""Errors about a message that don't name its target: they answer the first message that has no answer."""


def _other(state: ChatState, line: Line) -> None:
    """A command without a handler of its own. Answers are shown as the server words them, refusals as
    failures."""
    command = line.command
    if command in _WHOIS:
        state.info(_WHOIS[command](line))
    elif command.isdecimal() and command not in _SILENT and line.params:
        if command >= "400":
            _error_numeric(state, line)
        else:
            state.info(_numeric_text(line))


def _error_numeric(state: ChatState, line: Line) -> None:
    """An error about a JOIN, about a message of ours, or about something else that we sent."""
    name, text, code = line.param(1) if len(line.params) > 2 else "", line.params[-1], line.command
    if _refused_join(state, fold(name), text, code):
        return
    if code == "405" and fold(name) in state.targets and state.targets[fold(name)].joined:
        return  # we are in as many rooms as we may be, and in this one
    if code == "401" and not is_room(name) and name:
        if _refused_message(state, fold(name), f"nobody is called {name}", code):
            state.absent.add(fold(name))
        else:
            state.nobody(name)
        return
    if name and _refused_message(state, fold(name), text, code):
        return
    if code in _NAMELESS and _refused_message(state, "", text, code):
        return
    state.show(events.Failure(name if is_room(name) else "", state.now, _numeric_text(line), code))


def _numeric_text(line: Line) -> str:
    """What a numeric is about, and its text."""
    *about, text = line.params[1:] or ("",)
    return f"{' '.join(about)}: {text}" if about else text


def _refused_join(state: ChatState, key: str, text: str, code: str) -> bool:
    """Whether this refuses a JOIN of ours."""
    target = state.targets.get(key)
    if target is None or not target.room or not target.wanted or target.joined:
        return False
    _join_failed(state, target, f"cannot join {target.name}: {text}", code)
    return True


def _refused_message(state: ChatState, key: str, text: str, code: str) -> bool:
    """Whether this refuses a message of ours to the target `key` ("" for any target)."""
    message = state.receipts.refused(key, state.connection)
    if message is not None:
        sending.give_back(state, message, text, code)
    return message is not None


def _fail(state: ChatState, line: Line) -> None:
    """Spec: IRCv3 standard replies. FAIL command code context... :text"""
    command, code, text = line.param(0).upper(), line.param(1), line.params[-1] if line.params else ""
    if command == "CHATHISTORY":
        history.failed(state, line)
        return
    if command == "SEARCH" and state.searching:
        state.searching.pop(0)
    context = [fold(param) for param in line.params[2:-1]]
    if command == "MARKREAD":
        return  # the client asked for the marker by itself, and the person can do nothing about it
    if command == "PRIVMSG":
        keys = [key for key in context if key in state.targets]
        if _refused_message(state, keys[0] if keys else "", text, code):
            return
    if command == "BATCH" and _refused_message(state, "", text, code):
        return
    if command == "JOIN" and any(_refused_join(state, key, text, code) for key in context):
        return
    state.show(events.Failure("", state.now, text, code))


def _note(state: ChatState, line: Line) -> None:
    state.info(line.params[-1] if line.params else "")


# Our account.


def _registered(state: ChatState, line: Line) -> None:
    """Spec: IRCv3 draft/account-registration. REGISTER SUCCESS account :text"""
    if line.param(0).upper() == "SUCCESS":
        state.info(f"account {line.param(1)} created")


def _password(state: ChatState, line: Line) -> None:
    """PASSWORD SUCCESS [id token]. If we logged in with a device token, the server sends the one that
    replaces it."""
    if line.param(0).upper() != "SUCCESS":
        return
    renewed = line.param(2)
    if renewed and state.keep_renewed is None:
        state.info("your password is changed; the token that you logged in with is no longer valid")
        return
    state.info("your password is changed; your other connections are closed")
    if renewed and state.keep_renewed is not None:
        state.store(state.keep_renewed, renewed)


def _token(state: ChatState, line: Line) -> None:
    """TOKEN ADD id token :label. The server sends a token only once: it is for us, or somebody has asked for it."""
    if line.param(0).upper() == "ADD" and state.token_for is not None:
        keep, state.token_for = state.token_for, None
        state.store(keep, line.param(2))
    else:
        answers.tokens(state, line)


HANDLERS: dict[str, Handler] = {
    "001": _welcome,
    "004": _my_info,
    "005": _isupport,
    "301": _is_away,
    "311": _whois,
    "315": _end_of_who,
    "318": _end_of_whois,
    "324": _modes,
    "331": _no_topic,
    "332": _topic_is,
    "336": _invited,
    "352": _who,
    "353": _names,
    "366": _end_of_names,
    "372": _motd,
    "376": _end_of_welcome,
    "422": _end_of_welcome,
    "730": _monitored,
    "761": favourites.answered,
    "770": favourites.subscribed,
    "731": _monitored,
    "AWAY": _away,
    "BATCH": _batch,
    "BOT": answers.bots,
    "CAP": _cap,
    "ERROR": _error,
    "FAIL": _fail,
    "EDIT": _placed,
    "FILES": answers.files,
    "HOOK": answers.hooks,
    "IGNORE": ignoring.received,
    "INVITE": _invite,
    "JOIN": _join,
    "KICK": _kick,
    "MARKREAD": _mark_read,
    "METADATA": favourites.received,
    "MODE": _mode,
    "NICK": _nick,
    "NOTE": _note,
    "NOTIFY": answers.notify,
    "NOTICE": _message,
    "PART": _part,
    "PASSWORD": _password,
    "PIN": _placed,
    "PING": _ping,
    "PONG": _pong,
    "PRIVMSG": _message,
    "QUIT": _quit,
    "REDACT": _redact,
    "REGISTER": _registered,
    "RENAME": _rename,
    "ROOM": _room,
    "TAGMSG": _tagmsg,
    "TOKEN": _token,
    "TOPIC": _topic,
    "UNPIN": _placed,
    "WARN": _note,
    **dict.fromkeys(("ACCOUNT", "CHGHOST", "SETNAME"), _ignore),
}
