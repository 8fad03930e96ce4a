"""History by CHATHISTORY: what was missed, older pages, and which direct conversations there are.

The rule by which nothing is missed and nothing is shown twice: from the beginning of a connection until the
history of a target is complete, its live lines wait in `Target.held`. The client asks for the history AFTER
the last line that was shown, page by page, until a page is shorter than its limit. Then it shows the lines
that waited, without those that were in a page. Only lines that were shown move `Target.after`. So a
connection that breaks anywhere in this costs nothing: the next one asks from the same place. Direct
conversations do the same once CHATHISTORY TARGETS has said which of them have new messages.

Messages of ours wait until their target has caught up. So a message that was sent but not echoed when a
connection broke is either in the history that is fetched, or it is not stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chatstore.client import events, reactions, read_markers, room_settings, sending
from chatstore.client.events import Event
from chatstore.client.names import fold
from chatstore.client.parsing import format_time, nick_of, time_of
from chatstore.client.requests import Batch, Purpose, Request
from chatstore.client.state import DEFAULT_HISTORY, ChatState
from chatstore.client.targets import BEGINNING, Keys, Target
from chatstore.irc.line import Line

PARTIAL = "chatstore/partial"
"""The tag of a batch that our server has cut because of its bytes."""
PAGES = "page-"
"""Token of the PINGs behind requests for history: a request without an answer when the PONG comes gets
none."""
GLANCE = 10
"""Lines of history of a target that nobody asked for here: a room that the account is in already, a direct
conversation."""
MAX_UNREAD = 1000
"""Lines to fetch back to the read marker, to count what is unread."""
MAX_SKIPPED = 10_000
"""Lines without a message to read in one go: there may be any number of joins, leaves and reactions."""
MAX_PARALLEL = 4
"""Targets that catch up at the same time, besides the one that the person looks at."""
MAX_GLANCES = 10
"""Rooms that nobody asked for of which the line client shows the last lines."""
AROUND = 100
"""Lines that are shown around a message."""
AROUND_THREAD = 10
"""Lines to ask for around a message of a thread, which has its first replies."""


# Lines are shown in the server's order, each once.


def live(state: ChatState, target: Target, line: Line) -> None:
    """A line that is no history: it is shown now, or after the history before it."""
    key = target.keys.key(line)
    reactions.apply(state, target, line)
    if target.held is None:
        show_line(state, target, key, line)
    elif not target.knows(key):
        target.keep(key, line)


def show_line(state: ChatState, target: Target, key: str, line: Line) -> None:
    """Show a line behind all that was shown of its target, unless it was shown before."""
    own = state.is_me(nick_of(line.source))
    if not target.shows(key, line, time_of(line, state.now)):
        # A message of ours that an older page has already: it is a receipt all the same.
        if own and line.command == "PRIVMSG" and target.comes_late(key, time_of(line, state.now)):
            sending.stored(state, target, line)
        return
    if own and line.command == "PRIVMSG":
        sending.stored(state, target, line)
    event = _describe(state, target, line, key)
    if isinstance(event, events.Kicked) and state.is_me(event.nick) and not line.tags.get("batch"):
        event = replace(event, own=True)
    state.show(event)
    if not (state.updates or state.single):
        target.note_message(event)
    if line.command == "REDACT" and line.param(1) in target.own:
        target.own.remove(line.param(1))
    if line.command in ("PRIVMSG", "NOTICE") and line.tags.get("msgid"):
        target.note_newest(line.tags["msgid"], own)
    if own and line.command in ("PRIVMSG", "NOTICE"):
        is_live = target.held is None
        if state.move_marker(target, time_of(line, state.now)) and is_live:
            read_markers.sync(state, target)


def _describe(state: ChatState, target: Target, line: Line, key: str) -> Event | None:
    """The event that a line is; None for a line that is not shown."""
    nick = nick_of(line.source)
    if line.command == "ROOM":
        text = room_settings.describe_change(line, state.room_settings)
        return events.SettingsChanged(target.name, time_of(line, state.now), nick, text, key=key) if text else None
    return target.describe(line, state.is_me(nick), state.now, key)


def reset(state: ChatState) -> None:
    """Forget all messages and markers, because the server has another copy of its data; all are asked for
    again."""
    for key in state.receipts.targets():
        if state.resend:
            state.receipts.again(key, state.connection)
        for message in state.receipts.lost(key, state.connection):
            sending.give_back(state, message, "the connection was lost", "")
    for target in state.targets.values():
        target.forget()
    state.activity.listed = False
    state.update(events.HistoryReset("", state.now))
    state.info("the server has another copy of its data, perhaps a backup: all messages are loaded again")


# Asking.


def request(
    state: ChatState,
    purpose: Purpose,
    subcommand: str,
    target: Target,
    selector: str,
    limit: int,
    before: Request | None = None,
    skipped: Sequence[Line] = (),
) -> None:
    """`before`, `passed`: as in Requests.ask()."""
    number = state.requests.ask(purpose, fold(target.name), limit, selector, before, skipped)
    state.send("CHATHISTORY", subcommand, target.name, selector, str(limit))
    state.send("PING", f"{PAGES}{number}")


# Whose turn it is to catch up. An account may be in hundreds of rooms, and a server takes only so many lines a
# second. So the target that the person looks at comes first, the others a few at a time, and quiet ones not at all.


def catch_up(state: ChatState, target: Target) -> None:
    """Ask for what was missed, or for the newest page where nothing was shown: now, or when it is this
    target's turn."""
    if not state.keeps_history:
        caught_up(state, target)
        return
    state.turns[fold(target.name)] = None
    take_turns(state)


def take_turns(state: ChatState) -> None:
    """Start catching up with the targets whose turn it is."""
    for key in sorted(state.turns, key=lambda key: not _urgent(state, key)):
        urgent, target = _urgent(state, key), state.targets.get(key)
        if not urgent and state.requests.catching >= MAX_PARALLEL:
            return
        if not urgent and target is not None and not target.after and not state.activity.known:
            continue  # the list that is on its way says whether there is anything new
        del state.turns[key]
        if target is None or target.held is None:
            continue  # it was left meanwhile
        if not urgent and _is_quiet(state, target):
            _leave_alone(state, target)
        elif not state.requests.catching_up(key):
            _ask_missed(state, target)


def _urgent(state: ChatState, key: str) -> bool:
    """Whether the person looks at it, or a message of theirs waits for it."""
    return key == state.looked_at or key in state.receipts.targets()


def _is_quiet(state: ChatState, target: Target) -> bool:
    """Whether a room that was never shown needs no history now: it has nothing unread or, in the line client,
    which knows no markers, nothing recent."""
    time = state.activity.rooms.get(fold(target.name))
    if not target.room or target.after or target.oldest:
        return False
    if time is None:
        return state.chatstore  # its list has every room in which something was said
    if state.updates:
        return target.read_until is None or time <= target.read_until
    recent = sorted(state.activity.rooms.values(), reverse=True)[:MAX_GLANCES]
    return time < recent[-1]


def _leave_alone(state: ChatState, target: Target) -> None:
    """Ask for nothing of a quiet room: live lines are shown, and older ones when the person wants them."""
    time = state.activity.rooms.get(fold(target.name), 0)
    if time:
        target.after, target.last_time = f"timestamp={format_time(time)}", time
    if target.read_until is None:
        state.move_marker(target, time)
    for key, line in target.release():
        show_line(state, target, key, line)
    sending.settle(state, target)


def show_looked_at(state: ChatState) -> None:
    """Ask for the newest page of the target that the person looks at, if nothing of it was shown."""
    target = state.targets.get(state.looked_at)
    if target is None or not state.updates or not state.keeps_history or target.held is not None:
        return
    empty = not target.oldest and not target.complete and (target.joined or not target.room)
    if empty and not state.requests.waiting(state.looked_at) and state.looked_at not in state.absent:
        ask_older(state, target, min(DEFAULT_HISTORY, state.page))


def _ask_missed(state: ChatState, target: Target) -> None:
    if target.after:
        request(state, "after", "AFTER", target, target.after, state.page)
    else:
        request(state, "latest", "LATEST", target, "*", max(1, min(target.depth, state.page)))


def ask_older(state: ChatState, target: Target, limit: int, before: str = "") -> None:
    """Ask for the page before the oldest line. That line need not be visible: a page may have nothing but
    reactions. `before`: a msgid to use if no oldest line is known."""
    before = target.oldest or before
    if state.updates and target.complete:
        state.show(events.Older(target.name, state.now, (), complete=True))
        return
    if state.updates and not before and target.held is not None:
        target.scrolling = True  # the newest page is on its way, or may be; what is older comes before that
    elif before:
        request(state, "older", "BEFORE", target, f"msgid={before}", limit)
    elif target.room or target.held is not None:
        request(state, "older", "LATEST", target, "*", limit)
    else:
        target.hold()
        request(state, "latest", "LATEST", target, "*", limit)


def around(state: ChatState, name: str, msgid: str, *, thread: bool = False) -> None:
    """Ask for the lines around a message. `thread`: because it belongs to a thread."""
    if state.keeps_history and state.ready:
        limit = min(AROUND_THREAD if thread else AROUND, state.page)
        request(state, "thread" if thread else "around", "AROUND", state.target(name), f"msgid={msgid}", limit)
    elif thread:
        state.update(events.MessagesAround(name, state.now, msgid, (), thread=True))
    else:
        state.show(events.Failure(name, state.now, "this server keeps no history for clients"))


# Answers.


def received(state: ChatState, batch: Batch) -> None:
    """A batch of history, or of the list of conversations, is complete."""
    asked = state.requests.answered(batch)
    if asked is None:
        return
    if asked.purpose == "targets":
        _conversations_received(state, batch, asked)
        return
    if PARTIAL in batch.opened.tags:  # short because of its bytes: there is more, as after a page of full length
        asked = replace(asked, limit=min(asked.limit, len(batch.lines)))
    target = state.targets[asked.key]
    if asked.purpose == "older":
        _older_received(state, target, batch, asked)
    elif asked.purpose in ("around", "thread"):
        described, msgid = _describe_all(state, target, batch.lines), asked.selector.removeprefix("msgid=")
        thread = asked.purpose == "thread"
        state.update(events.MessagesAround(target.name, state.now, msgid, described, thread=thread))
    else:
        _page_received(state, target, batch, asked)
        take_turns(state)


def failed(state: ChatState, line: Line) -> None:
    """FAIL CHATHISTORY."""
    if line.param(1) == "BUSY":
        return  # the PONG that follows finds the question unanswered
    asked = state.requests.failed(line)
    if (
        asked is not None
        and asked.purpose == "after"
        and asked.selector.startswith("msgid=")
        and line.param(1) == "INVALID_PARAMS"
    ):
        # The server doesn't know a message that it sent: a backup was put back, or the room is another one.
        reset(state)
        state.broken = "the server lost messages that it had"
        return
    name = state.targets[asked.key].name if asked is not None and asked.key else ""
    if asked is not None and asked.purpose == "thread":
        msgid = asked.selector.removeprefix("msgid=")
        state.update(events.MessagesAround(name, state.now, msgid, (), thread=True))
        return
    if line.param(1) == "INVALID_TARGET" and name and not state.targets[fold(name)].room:
        state.nobody(name)
    else:
        state.show(events.Failure(name, state.now, f"no history: {line.params[-1]}", line.param(1)))
    if asked is None or asked.purpose == "around":
        return
    if asked.purpose == "older":
        if state.updates:
            state.show(events.Older(name, state.now, ()))
    elif asked.purpose == "targets":
        _conversations_known(state)
    else:
        caught_up(state, state.targets[asked.key])
        take_turns(state)


def _page_received(state: ChatState, target: Target, batch: Batch, asked: Request) -> None:
    if asked.purpose == "latest" and _read_on(state, target, batch, asked):
        return
    whole = asked.purpose == "latest" and state.updates and _is_all(state, batch, asked)
    lines = batch.lines
    if asked.purpose == "latest":
        lines = [*_wanted_part(batch.lines, asked), *asked.skipped]
        whole = whole and len(lines) == len(batch.lines) + len(asked.skipped)
    before, keys = target.after, Keys()
    for line in lines:
        key = keys.key(line)
        target.overtake(key, line)
        reactions.apply(state, target, line)
        show_line(state, target, key, line)
    # A full page may be followed by another one; one that has brought nothing new would be asked for again forever.
    if asked.purpose == "after" and len(batch.lines) >= asked.limit and target.after != before:
        request(state, "after", "AFTER", target, target.after, asked.limit)
        return
    target.after = target.after or BEGINNING
    if target.read_until is None:  # nobody ever said: what is on the newest page is old
        state.move_marker(target, target.last_time)
    target.complete = target.complete or whole
    caught_up(state, target)
    if whole:
        state.show(events.Older(target.name, state.now, (), complete=True))


def _read_on(state: ChatState, target: Target, batch: Batch, asked: Request) -> bool:
    """Whether another page is asked for, because this one has no message: only reactions, joins and leaves.
    It ends at the first message, at the beginning, where a page has no older line, or after MAX_SKIPPED
    lines."""
    if state.single:
        return False  # nothing is shown
    if any(line.command in ("PRIVMSG", "NOTICE") for line in batch.lines) or _is_all(state, batch, asked):
        return False
    oldest = next((line.tags["msgid"] for line in batch.lines if line.tags.get("msgid")), "")
    selector = f"msgid={oldest}"
    if not oldest or selector == asked.selector or len(batch.lines) + len(asked.skipped) >= MAX_SKIPPED:
        return False
    skipped = [*batch.lines, *asked.skipped]
    request(state, asked.purpose, "BEFORE", target, selector, state.page, asked, skipped)
    return True


def _wanted_part(lines: Sequence[Line], asked: Request) -> Sequence[Line]:
    """The end of a page with as many messages as were wanted at first: pages are larger after one without
    messages."""
    if not asked.skipped:
        return lines
    said = 0
    for place in range(len(lines) - 1, -1, -1):
        if lines[place].command in ("PRIVMSG", "NOTICE") and lines[place].tags.get("msgid"):
            said += 1
            if said >= asked.wanted:
                return lines[place:]
    return lines


def _seek_marker(state: ChatState, target: Target) -> None:
    """Ask for unread lines before the oldest one, so that they can be counted."""
    until = target.read_until
    further = until is not None and until < target.oldest_time and not target.complete
    if state.updates and further and target.fetched < MAX_UNREAD:
        ask_older(state, target, state.page)


def caught_up(state: ChatState, target: Target) -> None:
    """All history of the target is here: show the live lines that waited, and send the messages that did."""
    for key, line in target.release():
        show_line(state, target, key, line)
    if target.read_until is None and (not target.room or not state.keeps_history):
        state.move_marker(target, 0)
    read_markers.sync(state, target)
    if target.scrolling:
        target.scrolling = False
        ask_older(state, target, state.page)
    else:
        _seek_marker(state, target)
    sending.settle(state, target)


def _older_received(state: ChatState, target: Target, batch: Batch, asked: Request) -> None:
    first = asked.began == f"msgid={target.oldest}" or not target.oldest
    if first and _read_on(state, target, batch, asked):
        return
    lines = [*_wanted_part(batch.lines, asked), *asked.skipped]
    described = _describe_all(state, target, lines)
    complete = _is_all(state, batch, asked) and len(lines) == len(batch.lines) + len(asked.skipped)
    if first:
        target.come_older(lines, state.now)
        target.complete = target.complete or complete
    state.show(events.Older(target.name, state.now, described, complete=complete))
    if first:
        _seek_marker(state, target)


def _is_all(state: ChatState, batch: Batch, asked: Request) -> bool:
    """Whether the server has nothing before this page. A server that leaves out some kinds of lines sends
    short pages in the middle, too."""
    return not batch.lines or (len(batch.lines) < asked.limit and state.has("draft/event-playback"))


def _describe_all(state: ChatState, target: Target, lines: Sequence[Line]) -> tuple[Event, ...]:
    """The events of lines that are not the newest ones."""
    keys, described = Keys(), []
    for line in lines:
        key = keys.key(line)
        target.note_author(line)
        reactions.apply(state, target, line)
        described.append(_describe(state, target, line, key))
    if not (state.updates or state.single):
        for event in described:
            target.note_message(event)
    return tuple(event for event in described if event is not None)


# Direct conversations.


def ask_conversations(state: ChatState, since: int = 0) -> None:
    """Ask which direct conversations there are, and when each target had its last message."""
    number = state.requests.ask("targets", "", state.page)
    state.send("CHATHISTORY", *state.activity.question(state.page, since))
    state.send("PING", f"{PAGES}{number}")


def _conversations_received(state: ChatState, batch: Batch, asked: Request) -> None:
    since = state.activity.received(batch, asked.limit)
    if since is not None:
        ask_conversations(state, since)
    else:
        _conversations_known(state)


def _conversations_known(state: ChatState) -> None:
    people, first = state.activity.conversations()
    for name, time in people:
        target = state.target(name)
        state.update(events.Opened(target.name, state.now, time))
        if first and not target.oldest and not target.complete:
            # What was said before the client began is not new, unless the marker says so: see marker_known().
            target.after, target.last_time = f"timestamp={format_time(time)}", time
            if state.updates and not read_markers.ask(state, target):
                state.move_marker(target, time)
        elif not target.after or target.last_time < time:
            # Somebody wrote while there was no connection. Of a conversation that is new since then a glance is
            # enough for a screen, which can ask for more; the line client shows all of it.
            if state.updates and not target.after:
                target.depth = GLANCE
                if not read_markers.ask(state, target):
                    state.move_marker(target, 0)
            else:
                target.after = target.after or BEGINNING
            target.hold()
            catch_up(state, target)
        if state.updates and target.read_until is not None and target.read_until < time:
            read_markers.ask(state, target)  # perhaps it was read on another device meanwhile
    for target in state.targets.values():
        if target.room and target.joined and (time := state.activity.rooms.get(fold(target.name), 0)):
            state.update(events.Opened(target.name, state.now, time))
    state.activity.end(listed=not state.updates)
    take_turns(state)  # quiet rooms need not catch up at all, which is known only now
    if first and state.updates:
        state.send("PING", read_markers.ASKED)  # until then direct messages wait
    else:
        release_conversations(state)
    if first and people:
        state.show(events.DirectConversations("", state.now, tuple(people)))
    state.monitor([target.name for target in state.targets.values() if not target.room])


def release_conversations(state: ChatState) -> None:
    """The list of direct conversations and their markers are here: those without missing history have caught
    up."""
    state.activity.listed = True
    for key, target in state.targets.items():
        if not target.room and not state.requests.catching_up(key) and key not in state.turns:
            caught_up(state, target)
    show_looked_at(state)


def marker_known(state: ChatState, target: Target) -> None:
    """A marker arrived. If a direct conversation of the first list has unread messages, ask for them and for
    a few lines before."""
    first = target.after.startswith("timestamp=") and not target.oldest and target.held is not None
    if first and not target.room and (target.read_until or 0) < target.last_time:
        target.after, target.depth = "", GLANCE
        catch_up(state, target)
