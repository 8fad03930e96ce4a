"""What comes of CHATHISTORY: the pages of a room or a conversation, and which direct conversations there are.
Functions of the state, like hearing.py. state.py says the rule that they keep.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from chatstore.client import items, markers, news, presence, speaking
from chatstore.client.items import Item, describe, format_time, message_in, nick_of
from chatstore.client.requests import Batch, Purpose, Request
from chatstore.client.targets import BEGINNING, Keys, Target, fold
from chatstore.client.telling import tell_about
from chatstore.irc.line import Line

if TYPE_CHECKING:
    from chatstore.client.state import ChatState

PARTIAL = "chatstore/partial"
"""The tag of a batch that our server has cut because of its bytes."""
PAGES = "page-"
"""Tokens of the PINGs behind our questions: see ChatState.answered."""
GLANCE = 10
"""Lines of history of what nobody asked for here: a room that the account has been in before, a direct
conversation."""
MOST_UNREAD = 1000
"""Lines that are fetched back to the read marker, to count what is unread."""
MOST_PASSED = 10_000
"""Lines that are read in one go in search of a message: of joins, leaves and reactions there may be any number."""
HISTORY = 50
"""Lines of history that a room shows when it is first seen."""
AT_ONCE = 4
"""Rooms and conversations that catch up at a time, besides the one that is looked at."""
MOST_GLANCES = 10
"""Rooms that nobody asked for of which the line client shows the last lines."""


def request(
    state: ChatState,
    purpose: Purpose,
    subcommand: str,
    target: Target,
    selector: str,
    limit: int,
    before: Request | None = None,
    passed: Sequence[Line] = (),
) -> None:
    """`before`, `passed`: as in Requests.ask()."""
    number = state.requests.ask(purpose, fold(target.name), limit, selector, before, passed)
    state.send("CHATHISTORY", subcommand, target.name, selector, str(limit))
    state.send("PING", f"{PAGES}{number}")


# Whose turn it is to catch up. An account may be in hundreds of rooms, and a server takes only so many lines a
# second: so the place that is looked at comes first, the others a few at a time, and those without news not at all.


def catch_up(state: ChatState, target: Target) -> None:
    """Have what was missed asked for, or the newest page of what was never shown: now, or in its turn."""
    if not state.keeps_history:
        caught_up(state, target)
        return
    state.turns[fold(target.name)] = None
    take_turns(state)


def take_turns(state: ChatState) -> None:
    """Let those catch up whose turn it is."""
    for key in sorted(state.turns, key=lambda key: not _urgent(state, key)):
        urgent, target = _urgent(state, key), state.targets.get(key)
        if not urgent and state.requests.catching >= AT_ONCE:
            return
        if not urgent and target is not None and not target.after and not state.people.known:
            continue  # the list that is on its way says whether there is any news
        del state.turns[key]
        if target is None or target.held is None:
            continue  # it was left meanwhile
        if not urgent and _is_quiet(state, target):
            _rest(state, target)
        elif not state.requests.catching_up(key):
            _ask_missed(state, target)


def _urgent(state: ChatState, key: str) -> bool:
    """Whether somebody looks at it, or has said something that waits for it."""
    return key == state.looked_at or key in state.receipts.targets()


def _is_quiet(state: ChatState, target: Target) -> bool:
    """Whether a room that was never shown has nothing that one should be shown unasked: nothing unread; in the line
    client, which knows no markers, nothing recent."""
    time = state.people.rooms.get(fold(target.name))
    if not target.room or target.after or target.oldest:
        return False
    if time is None:
        return state.chatstore  # its list has every room in which something was said
    if state.picture:
        return target.read_until is None or time <= target.read_until
    recent = sorted(state.people.rooms.values(), reverse=True)[:MOST_GLANCES]
    return time < recent[-1]


def _rest(state: ChatState, target: Target) -> None:
    """Leave a room until somebody looks there: what comes is shown, and what is older when it is wanted."""
    time = state.people.rooms.get(fold(target.name), 0)
    if time:
        target.after, target.last_time = f"timestamp={format_time(time)}", time
    if target.read_until is None:
        markers.move(state, target, time)
    for key, line in target.release():
        state.show_line(target, key, line)
    speaking.settle(state, target)


def show_looked_at(state: ChatState) -> None:
    """The newest page of a place that somebody looks at, and of which nothing was shown."""
    target = state.targets.get(state.looked_at)
    if target is None or not state.picture or not state.keeps_history or target.held is not None:
        return
    empty = not target.oldest and not target.complete and (target.joined or not target.room)
    if empty and not state.requests.waiting(state.looked_at) and state.looked_at not in state.absent:
        ask_older(state, target, min(HISTORY, state.page))


def _ask_missed(state: ChatState, target: Target) -> None:
    if target.after:
        request(state, "after", "AFTER", target, target.after, state.page)
    else:
        request(state, "latest", "LATEST", target, "*", max(1, min(target.depth, state.page)))


def ask_older(state: ChatState, target: Target, limit: int, before: str = "") -> None:
    """Ask for the page before the oldest line, which is not always one that is shown: a page may have nothing but
    reactions. `before`: a msgid for where none is known."""
    before = target.oldest or before
    if state.picture and target.complete:
        state.show(items.Older(target.name, state.now, (), complete=True))
        return
    if state.picture and not before and target.held is not None:
        target.scrolling = True  # the newest page is on its way, or may be; what is older comes before that
    elif before:
        request(state, "older", "BEFORE", target, f"msgid={before}", limit)
    elif target.room or target.held is not None:
        request(state, "older", "LATEST", target, "*", limit)
    else:
        target.hold()
        request(state, "latest", "LATEST", target, "*", limit)


def came(state: ChatState, batch: Batch) -> None:
    """A batch of history is complete."""
    asked = state.requests.answered(batch)
    if asked is None:
        return
    if asked.purpose == "targets":
        _people_came(state, batch, asked)
        return
    if PARTIAL in batch.opened.tags:  # short because of its bytes: there is more, as after a page of full length
        asked = replace(asked, limit=min(asked.limit, len(batch.lines)))
    target = state.targets[asked.key]
    if asked.purpose == "older":
        _older_came(state, target, batch, asked)
    elif asked.purpose == "around":
        told = _described(state, target, batch.lines)
        state.tell(news.Around(target.name, state.now, asked.selector.removeprefix("msgid="), told))
    else:
        _page_came(state, target, batch, asked)
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
        # It does not know a message that it told of: an older backup was put back, or the room is another one.
        state.start_anew()
        state.broken = "its data are not those that it had"
        return
    name = state.targets[asked.key].name if asked is not None and asked.key else ""
    if line.param(1) == "INVALID_TARGET" and name and not state.targets[fold(name)].room:
        state.nobody(name)
    else:
        state.show(items.Failure(name, state.now, f"no history: {line.params[-1]}", line.param(1)))
    if asked is None or asked.purpose == "around":
        return
    if asked.purpose == "older":
        if state.picture:
            state.show(items.Older(name, state.now, ()))
    elif asked.purpose == "targets":
        _people_known(state)
    else:
        caught_up(state, state.targets[asked.key])
        take_turns(state)


def found(state: ChatState, batch: Batch) -> None:
    """A batch of soju.im/search: messages of any target."""
    text = state.searching.pop(0) if state.searching else ""
    hits = [_hit(state, line) for line in batch.lines if line.command in ("PRIVMSG", "NOTICE")]
    state.show(items.Found("", state.now, text, tuple(hit for hit in hits if hit is not None)))


def _hit(state: ChatState, line: Line) -> items.Message | None:
    return message_in(line, state.where(line), state.is_me(nick_of(line.source)), state.now)


def _page_came(state: ChatState, target: Target, batch: Batch, asked: Request) -> None:
    if asked.purpose == "latest" and _goes_on(state, target, batch, asked):
        return
    whole = asked.purpose == "latest" and state.picture and _is_all(state, batch, asked)
    lines = batch.lines
    if asked.purpose == "latest":
        lines = [*_wanted_part(batch.lines, asked), *asked.passed]
        whole = whole and len(lines) == len(batch.lines) + len(asked.passed)
    before, keys = target.after, Keys()
    for line in lines:
        key = keys.key(line)
        target.overtake(key, line)
        tell_about(state, target, line)
        state.show_line(target, key, line)
    if asked.purpose == "after" and len(batch.lines) >= asked.limit and target.after != before:
        request(state, "after", "AFTER", target, target.after, asked.limit)
        return
    target.after = target.after or BEGINNING
    if target.read_until is None:  # nobody ever said: what is on the newest page is old
        markers.move(state, target, target.last_time)
    target.complete = target.complete or whole
    caught_up(state, target)
    if whole:
        state.show(items.Older(target.name, state.now, (), complete=True))


def _goes_on(state: ChatState, target: Target, batch: Batch, asked: Request) -> bool:
    """Read on where a page has nothing to draw but reactions, or who came and went: nobody wants to look at an
    empty room. It ends with the first message, with the beginning, where a page brings no older line, or after so
    many."""
    if state.single:
        return False  # nothing is shown
    if any(line.command in ("PRIVMSG", "NOTICE") for line in batch.lines) or _is_all(state, batch, asked):
        return False
    oldest = next((line.tags["msgid"] for line in batch.lines if line.tags.get("msgid")), "")
    selector = f"msgid={oldest}"
    if not oldest or selector == asked.selector or len(batch.lines) + len(asked.passed) >= MOST_PASSED:
        return False
    passed = [*batch.lines, *asked.passed]
    request(state, asked.purpose, "BEFORE", target, selector, state.page, asked, passed)
    return True


def _wanted_part(lines: Sequence[Line], asked: Request) -> Sequence[Line]:
    """Of a page that was larger than what was wanted, because the one before it had no message: the end that has so
    many messages."""
    if not asked.passed:
        return lines
    said = 0
    for place in range(len(lines) - 1, -1, -1):
        if lines[place].command in ("PRIVMSG", "NOTICE") and lines[place].tags.get("msgid"):
            said += 1
            if said >= asked.wanted:
                return lines[place:]
    return lines


def _seek_marker(state: ChatState, target: Target) -> None:
    """Fetch what is unread before the oldest line, so that it can be counted."""
    until = target.read_until
    further = until is not None and until < target.oldest_time and not target.complete
    if state.picture and further and target.fetched < MOST_UNREAD:
        ask_older(state, target, state.page)


def caught_up(state: ChatState, target: Target) -> None:
    for key, line in target.release():
        state.show_line(target, key, line)
    if target.read_until is None and (not target.room or not state.keeps_history):
        markers.move(state, target, 0)
    markers.sync(state, target)
    if target.scrolling:
        target.scrolling = False
        ask_older(state, target, state.page)
    else:
        _seek_marker(state, target)
    speaking.settle(state, target)


def _older_came(state: ChatState, target: Target, batch: Batch, asked: Request) -> None:
    first = asked.began == f"msgid={target.oldest}" or not target.oldest
    if first and _goes_on(state, target, batch, asked):
        return
    lines = [*_wanted_part(batch.lines, asked), *asked.passed]
    told = _described(state, target, lines)
    complete = _is_all(state, batch, asked) and len(lines) == len(batch.lines) + len(asked.passed)
    if first:
        target.come_older(lines, state.now)
        target.complete = target.complete or complete
    state.show(items.Older(target.name, state.now, told, complete=complete))
    if first:
        _seek_marker(state, target)


def _is_all(state: ChatState, batch: Batch, asked: Request) -> bool:
    """Whether the server has nothing before this page. Where it leaves out what we don't know, a short page proves
    nothing."""
    return not batch.lines or (len(batch.lines) < asked.limit and state.has("draft/event-playback"))


def _described(state: ChatState, target: Target, lines: Sequence[Line]) -> tuple[Item, ...]:
    """The items of lines that are not the newest ones."""
    keys, told = Keys(), []
    for line in lines:
        key = keys.key(line)
        target.note_author(line)
        tell_about(state, target, line)
        told.append(describe(line, target, state.is_me(nick_of(line.source)), state.now, key))
    return tuple(item for item in told if item is not None)


# Direct conversations.


def ask_people(state: ChatState, since: int = 0) -> None:
    number = state.requests.ask("targets", "", state.page)
    state.send("CHATHISTORY", *state.people.question(state.page, since))
    state.send("PING", f"{PAGES}{number}")


def _people_came(state: ChatState, batch: Batch, asked: Request) -> None:
    since = state.people.came(batch, asked.limit)
    if since is not None:
        ask_people(state, since)
    else:
        _people_known(state)


def _people_known(state: ChatState) -> None:
    people, first = state.people.found()
    for name, time in people:
        target = state.target(name)
        state.tell(news.Opened(target.name, state.now, time))
        if first and not target.oldest and not target.complete:
            target.after, target.last_time = f"timestamp={format_time(time)}", time
            if state.picture and not markers.ask(state, target):
                markers.move(state, target, time)
        elif not target.after or target.last_time < time:
            if state.picture and not target.after:
                target.depth = GLANCE
                if not markers.ask(state, target):
                    markers.move(state, target, 0)
            else:
                target.after = target.after or BEGINNING
            target.hold()
            catch_up(state, target)
        if state.picture and target.read_until is not None and target.read_until < time:
            markers.ask(state, target)  # perhaps it was read on another device meanwhile
    for target in state.targets.values():
        if target.room and target.joined and (time := state.people.rooms.get(fold(target.name), 0)):
            state.tell(news.Opened(target.name, state.now, time))
    state.people.end(listed=not state.picture)
    take_turns(state)
    if first and state.picture:
        state.send("PING", markers.ASKED)  # until then direct messages wait
    else:
        release_people(state)
    if first and people:
        state.show(items.Conversations("", state.now, tuple(people)))
    presence.watch(state, [target.name for target in state.targets.values() if not target.room])


def release_people(state: ChatState) -> None:
    """All is known of direct conversations, but of those whose history is on its way."""
    state.people.listed = True
    for key, target in state.targets.items():
        if not target.room and not state.requests.catching_up(key) and key not in state.turns:
            caught_up(state, target)
    show_looked_at(state)


def marker_known(state: ChatState, target: Target) -> None:
    """The server has told a marker. A direct conversation of the first list that has unread messages is fetched,
    with a few lines from before them."""
    first = target.after.startswith("timestamp=") and not target.oldest and target.held is not None
    if first and not target.room and (target.read_until or 0) < target.last_time:
        target.after, target.depth = "", GLANCE
        catch_up(state, target)
