"""Room events as sentences for people, the same in every client and readable log."""

from __future__ import annotations

from chatstore.chat.model.actors import SERVER, Actor
from chatstore.chat.model.events import (
    FounderChanged,
    MemberJoined,
    MemberKicked,
    MemberLeft,
    MemberQuit,
    MessageRedacted,
    ModesChanged,
    NickChanged,
    RemovedMessage,
    RoomConfigured,
    RoomEvent,
    RoomRenamed,
    TagsPosted,
    TopicChanged,
)
from chatstore.chat.model.room_settings import sentences


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
            return f"{who} set mode {body}"
        case NickChanged():
            return f"{who} is now known as {body}"
        case RoomRenamed():
            return f"{who} renamed {event.before} to {body}" + (f" ({event.reason})" if event.reason else "")
        case FounderChanged():
            return f"{who} gave the room to {body}"
        case RoomConfigured():
            return f"{who} changed the room's settings: {', '.join(sentences(event.values))}"
        case MessageRedacted():
            return f"{who} removed {_what(event)} of {event.tags['nick']}{reason}"
        case RemovedMessage():
            reason = event.tags.get("reason", "")
            return f"({_what(event)} of {who}, removed by {event.tags['by']}{': ' + reason if reason else ''})"
        case TagsPosted():
            return f"{who} reacted: {reaction(event)}"
        case _:
            return f"{who}: {event.kind} {body}"


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
