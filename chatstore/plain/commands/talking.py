"""The commands for messages: sending, reading history, searching, editing, deleting."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.message_ids import msgid
from chatstore.chat.model.messages import HistoryQuery
from chatstore.chat.model.room_events import MESSAGE_KINDS
from chatstore.chat.session.history import Wanted
from chatstore.plain.commands import Post, command, say, wrong_use
from chatstore.plain.show import show_older

if TYPE_CHECKING:
    from chatstore.chat.model.room_events import RoomEvent
    from chatstore.plain.client import Client

HISTORY = 50
"""Messages that /history shows without a number."""
_FOUND = 30
"""Messages that /search shows."""
_LOOKED_AT = 200
"""The newest messages in which /redact and /edit look for theirs."""


@command("me", "TEXT", "send an action: /me waves", posts=True)
def me(client: Client, text: str) -> Post:
    if not text:
        raise wrong_use("me")
    return say(client, f"\x01ACTION {text}\x01")._replace(text=text)


@command("msg", "NAME TEXT", "send a direct message", posts=True, also=("tell", "query"))
def msg(client: Client, argument: str) -> Post:
    name, _, text = argument.partition(" ")
    name, text = name.removeprefix("@"), text.strip()
    if not name or not text:
        raise wrong_use("msg")
    if name.startswith("#") or "\0" in text:
        raise ChatError(Code.NO_SUCH_PERSON, "there is nobody of that name", name)
    return Post(client.session.sending.draft(name, "message", text), text, name)


@command(
    "history",
    "[@NAME] [COUNT]",
    "show older messages of the room, or with a person",
    blocking=True,
    question=True,
)
def history(client: Client, argument: str) -> None:
    words = argument.split()
    name = words.pop(0)[1:] if words and words[0].startswith("@") else ""
    number = words.pop(0) if words else str(HISTORY)
    if words or not re.fullmatch("0*[1-9][0-9]{0,8}", number, re.ASCII):
        raise wrong_use("history")
    count = min(int(number), client.session.policy.limits.history_page)
    if name:
        conversation = client.session.history.conversation(name)
        show_older(client, conversation.id, "", conversation.name, count)
    else:
        room = client.here
        show_older(client, room.id, room.name, "", count)


@command(
    "search", "[@NAME] WORDS", "search the messages of the room, or with a person", searches=True, question=True
)
def search(client: Client, argument: str) -> None:
    first, _, rest = argument.partition(" ")
    name = first[1:] if first.startswith("@") and len(first) > 1 else ""
    text = rest.strip() if name else argument
    if not text:
        raise wrong_use("search")
    target = name or f"#{client.here.name}"
    client.session.history.conversation(target)  # raises ChatError for an unknown name
    hits, complete = client.session.history.search(Wanted(_FOUND, target, text))
    for hit in hits:
        name = hit.conversation.name
        room, other = ("", name) if hit.conversation.direct else (name, "")
        client.send(b"".join(client.renderer.render_past([hit.event], room, other, client.session.clock())))
    if not hits:
        client.tell("Nothing was found.")
    if not complete:
        client.tell("There are too many messages to search all of them.")


@command("edit", "TEXT", "give your last message here another text", blocking=True)
def edit(client: Client, text: str) -> None:
    if not text:
        raise wrong_use("edit")
    last = newest(client, "")
    client.session.sending.edit(f"#{client.here.name}", msgid(last.room, last.seq, last.time), text).result()
    client.tell(f"Edited: {last.body}")


@command("pin", "[NAME]", "pin the last message of a person here, or your own", blocking=True)
def pin(client: Client, name: str) -> None:
    message = newest(client, name)
    client.session.rooms.pin(f"#{client.here.name}", msgid(message.room, message.seq, message.time)).result()


@command("pins", "", "show the pinned messages of the room", blocking=True, question=True)
def pins(client: Client, _argument: str) -> None:
    room = client.here
    found = client.session.history.pins(client.session.history.conversation(f"#{room.name}"))
    for number, message in enumerate(found, 1):
        lines = client.renderer.render_past([message], room.name, "", client.session.clock())
        client.send(b"".join([f"{number}. ".encode(), *lines]))
    if not found:
        client.tell("Nothing is pinned here.")


@command("unpin", "NUMBER", "unpin a message, by its number in /pins", blocking=True)
def unpin(client: Client, number: str) -> None:
    room = client.here
    found = client.session.history.pins(client.session.history.conversation(f"#{room.name}"))
    if not re.fullmatch("0*[1-9][0-9]?", number, re.ASCII) or int(number) > len(found):
        raise wrong_use("unpin")
    message = found[int(number) - 1]
    id_ = msgid(message.room, message.seq, message.time)
    client.session.rooms.pin(f"#{room.name}", id_, pinned=False).result()


@command("redact", "[NAME [REASON]]", "remove your last message here, or somebody else's", blocking=True)
def redact(client: Client, argument: str) -> None:
    """Find the message among the newest ones. The writer decides whether this person may delete it."""
    room = client.here
    name, _, reason = argument.partition(" ")
    event = newest(client, name)
    limit = client.session.policy.limits.reason_length
    message = msgid(event.room, event.seq, event.time)
    client.session.sending.redact(f"#{room.name}", message, reason.strip()[:limit]).result()
    client.tell(f"Removed: {event.body}")


def newest(client: Client, name: str) -> RoomEvent:
    """The newest message of the person with this nick, or of one's own, in the current room."""
    own, wanted = client.session.actor, name.casefold()
    query = HistoryQuery(client.here.id, _LOOKED_AT, kinds=MESSAGE_KINDS)
    for event in reversed(client.session.history.page(query).events):
        if event.actor.key == own.key if not name else event.actor.nick.casefold() == wanted:
            return event
    raise ChatError(Code.NO_SUCH_MESSAGE, f"no recent message of {name or 'yours'} here")
