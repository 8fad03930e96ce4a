"""Edits of messages, and what is pinned in a room: asking for them, and what the server answers.

Specs: IRCv3 draft/message-edit (a draft); chatstore/edited and chatstore/pins in docs/extensions.md.
"""

from __future__ import annotations

from chatstore.client.events import Failure
from chatstore.client.parsing import nick_of
from chatstore.client.requests import Batch
from chatstore.client.state import ChatState
from chatstore.client.targets import EDITED_MSGID, EDITED_TEXT

EDITING = "draft/message-edit"
PINS = "chatstore/pins"
_SHOWN = 200
"""Characters of a pinned message in the list."""


def edit(state: ChatState, name: str, msgid: str, text: str) -> None:
    """Give a message of ours another text."""
    if not text.strip():
        state.show(Failure(name, state.now, "the new text is missing; /redact removes a message"))
    elif state.can(EDITING, "does not support editing messages"):
        state.send("EDIT", name, tags={EDITED_MSGID: msgid, EDITED_TEXT: text})


def ask_pins(state: ChatState, room: str) -> None:
    if state.can(PINS, "does not pin messages"):
        state.send("PINS", room)


def pin(state: ChatState, room: str, msgid: str, *, pinned: bool = True) -> None:
    """Pin a message for everybody in the room, or unpin it."""
    if state.can(PINS, "does not pin messages"):
        state.send("PIN" if pinned else "UNPIN", room, msgid)


def pins_received(state: ChatState, batch: Batch) -> None:
    """The list of what is pinned, in the order in which it was pinned."""
    lines = [line for line in batch.lines if line.command in ("PRIVMSG", "NOTICE") and line.tags.get("msgid")]
    state.pins = [line.tags["msgid"] for line in lines]
    if not lines:
        state.info("nothing is pinned here")
    for number, line in enumerate(lines, 1):
        text = " ".join(line.params[-1].split())
        short = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
        state.info(f"pinned {number}  {nick_of(line.source)}: {short}")
