"""What a person does besides talking: react, take back, type, look for. Functions of the state, like hearing.py.

Specs: IRCv3 client-tags/typing, client-tags/react, client-tags/reply, draft/message-redaction, draft/chathistory
(AROUND), soju.im/search.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.client import past
from chatstore.client.items import Failure
from chatstore.client.news import TypingState
from chatstore.client.targets import fold
from chatstore.irc.line import format_tags

if TYPE_CHECKING:
    from chatstore.client.state import ChatState

SEARCH, REDACTION = "soju.im/search", "draft/message-redaction"
HITS = 50
"""Of a search."""
AROUND = 100
"""Lines that are shown around a message."""
_AGAIN = 3_000
"""Milliseconds after which the others are told again that one is typing."""
_MOST_REACTION = 64
"""Characters: an emoji with all that belongs to it, or a few words."""


def react(state: ChatState, name: str, msgid: str, emoji: str, *, back: bool = False) -> None:
    """By an emoji (or a few words) to a message, or no longer."""
    emoji = emoji.strip()
    if not can(state, "message-tags", "does not support reactions"):
        return
    if not emoji or len(emoji) > _MOST_REACTION:
        state.show(Failure(name, state.now, "a reaction is an emoji, or a few words"))
        return
    what = "+draft/unreact" if back else "+draft/react"
    state.send("TAGMSG", name, tags={what: emoji, "+draft/reply": msgid})


def redact(state: ChatState, name: str, msgid: str, reason: str = "") -> None:
    """Take back a message."""
    if can(state, REDACTION, "does not support taking messages back"):
        state.send("REDACT", name, msgid, *([reason] if reason else []))


def type_to(state: ChatState, name: str, typing: TypingState) -> None:
    """Tell the others that one is typing, has paused or is done; as seldom as the specification wants it."""
    if not state.ready or not state.has("message-tags"):
        return
    if fold(name) in state.absent:
        return
    target = state.target(name)
    told, at = target.typed
    if typing == told and (typing != "active" or state.now - at < _AGAIN):
        return
    if typing == "done" and told in ("", "done"):
        return
    target.typed = (typing, state.now)
    state.send("TAGMSG", target.name, tags={"+typing": typing})


def around(state: ChatState, name: str, msgid: str) -> None:
    """Show the lines around a message."""
    if state.keeps_history and state.ready:
        past.request(state, "around", "AROUND", state.target(name), f"msgid={msgid}", min(AROUND, state.page))
    else:
        state.show(Failure(name, state.now, "this server keeps no history for clients"))


def search(state: ChatState, text: str, name: str = "", author: str = "") -> None:
    """Look for words in one conversation, or in all that one may read."""
    text = text.strip()
    asked = {"text": text, "in": name, "from": author, "limit": str(HITS)}
    if not text and not author:
        state.show(Failure(name, state.now, "what should be searched for?"))
    elif can(state, SEARCH, "can't be searched"):
        said = f"from:{author} {text}".strip() if author else text
        state.searching.append(said)
        state.send("SEARCH", format_tags({key: value for key, value in asked.items() if value}))


def can(state: ChatState, capability: str, lacking: str) -> bool:
    """Whether the server has this; it is told where it has not, or nobody is connected."""
    if state.connected and state.has(capability):
        return True
    text = f"this server {lacking}" if state.connected else "not connected"
    state.show(Failure("", state.now, text))
    return False
