"""Room events as sentences for people, the same in every client and readable log."""

from __future__ import annotations

from collections.abc import Sequence

from chatstore.chat.model.actors import SERVER, Actor
from chatstore.chat.model.masks import who_of
from chatstore.chat.model.room_events import (
    WITH_ACCOUNT,
    FounderChanged,
    GuestLoggedIn,
    MemberJoined,
    MemberKicked,
    MemberLeft,
    MemberQuit,
    MessageEdited,
    MessagePinned,
    MessageRedacted,
    MessageUnpinned,
    ModesChanged,
    NickChanged,
    RemovedMessage,
    RoomConfigured,
    RoomEvent,
    RoomRenamed,
    TagsPosted,
    TopicChanged,
    UnknownEvent,
)
from chatstore.chat.model.room_settings import by_mode, sentences
from chatstore.chat.model.rooms import LISTS, MUTE, ModeChange, parse_modes


def sentence(event: RoomEvent) -> str:
    """The sentence for an event that is not a message, for example `alice removed eve (too loud)`. It
    includes people's text as they wrote it: make it printable before showing it on a terminal."""
    who, body = shown_name(event.actor), event.body
    reason = f" ({body})" if body else ""
    match event:
        case MemberJoined():
            return f"{who} joined"
        case MemberLeft():
            return f"{who} left{reason}"
        case MemberQuit():
            return f"{who} quit{reason}"
        case MemberKicked():
            return f"{who} removed {event.target}{reason}"
        case TopicChanged():
            return f"{who} set the topic: {body}" if body else f"{who} cleared the topic"
        case ModesChanged():
            return f"{who} {_modes(parse_modes(body))}"
        case NickChanged():
            return f"{who} is now known as {body}"
        case RoomRenamed():
            return f"{who} renamed {event.before} to {body}" + (f" ({event.reason})" if event.reason else "")
        case FounderChanged():
            return f"{who} accepted the room" if who == body else f"{who} gave the room to {body}"
        case RoomConfigured():
            return f"{who} changed the room's settings: {', '.join(sentences(event.values))}"
        case MessageRedacted():
            if body == WITH_ACCOUNT:
                return f"{_what(event)} of {event.tags['nick']} was erased with the account"
            return f"{who} removed {_what(event)} of {event.tags['nick']}{reason}"
        case MessageUnpinned():
            return f"{who} unpinned a message of {event.tags['nick']}"
        case MessagePinned():
            return f"{who} pinned a message of {event.tags['nick']}"
        case MessageEdited():
            return f"{who} edited a message: {body}" if body else f"{who} edited a message"
        case RemovedMessage():
            reason = event.tags.get("reason", "")
            if reason == WITH_ACCOUNT:
                return f"({_what(event)} of {who}, erased with the account)"
            return f"({_what(event)} of {who}, removed by {event.tags['by']}{': ' + reason if reason else ''})"
        case GuestLoggedIn():
            return f"{who} logged in as {body}"
        case UnknownEvent():
            return f"{who} did something that only a newer version of chatstore knows"
        case TagsPosted():
            return f"{who} reacted: {reaction(event)}"
        case _:
            return f"{who}: {event.kind} {body}"


def _modes(changes: Sequence[ModeChange]) -> str:
    """What somebody did who changed modes: `made bob an operator and banned eve`."""
    done = [_mode(change) for change in changes]
    return " and ".join(filter(None, (", ".join(done[:-1]), done[-1]))) if done else "changed nothing"


def _mode(change: ModeChange) -> str:
    on, row = change.adding, by_mode(change.mode)
    if row is not None:
        return row.done["on" if on else "off"]
    given, taken = _MODES.get(change.mode, (f"set mode +{change.mode} {{}}", f"set mode -{change.mode} {{}}"))
    mask = change.argument
    if change.mode in LISTS:
        if mask.startswith(MUTE) and change.mode in "be":
            given, taken = _MUTES[change.mode]
            mask = mask.removeprefix(MUTE)
        mask = who_of(mask)
    return (given if on else taken).replace("{}", mask).strip()


_MODES = {
    "o": ("made {} an operator", "took the operator's role from {}"),
    "v": ("gave {} voice", "took voice from {}"),
    "b": ("banned {}", "lifted the ban on {}"),
    "e": ("exempted {} from bans", "no longer exempts {} from bans"),
    "I": ("let {} join without an invite", "no longer lets {} join without an invite"),
    "l": ("limited the room to {} members", "removed the limit of members"),
    "n": ("let only members speak", "let people outside the room speak"),
}
"""Those that are no settings: switched on, and off."""
_MUTES = {"b": ("muted {}", "unmuted {}"), "e": ("exempted {} from mutes", "no longer exempts {} from mutes")}


def reaction(event: RoomEvent) -> str:
    """Tags without a message as text: `👍 to 1-2` for a reaction, otherwise the tags."""
    tags = event.tags
    given = tags.get("+draft/react", tags.get("+react", ""))
    taken = tags.get("+draft/unreact", tags.get("+unreact", ""))
    about = tags.get("+reply", tags.get("+draft/reply", ""))
    text = given or (f"no longer {taken}" if taken else ", ".join(tags))
    return f"{text} to {about}" if about else text


def _what(event: RoomEvent) -> str:
    return "a reaction" if event.tags.get("was") == TagsPosted.kind else "a message"


def shown_name(actor: Actor) -> str:
    """The actor's nick; for the server itself, the name that people know it by."""
    return "the server" if actor.nick == SERVER.nick else actor.nick
