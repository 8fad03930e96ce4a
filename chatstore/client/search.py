"""Searching messages on the server. Spec: soju.im/search."""

from __future__ import annotations

from chatstore.client.events import Failure, Message, SearchResults
from chatstore.client.parsing import message_in, nick_of
from chatstore.client.requests import Batch
from chatstore.client.state import ChatState
from chatstore.irc.line import Line, format_tags

CAPABILITY = "soju.im/search"
MAX_RESULTS = 50


def search(state: ChatState, text: str, name: str = "", author: str = "") -> None:
    """Ask for the messages that have all these words, in the room or direct conversation `name` ("": in all
    that we may read), by `author` ("": by anybody)."""
    text = text.strip()
    params = {"text": text, "in": name, "from": author, "limit": str(MAX_RESULTS)}
    if not text and not author:
        state.show(Failure(name, state.now, "what do you want to search for?"))
    elif state.can(CAPABILITY, "cannot be searched"):
        state.searching.append(f"from:{author} {text}".strip() if author else text)
        state.send("SEARCH", format_tags({key: value for key, value in params.items() if value}))


def received(state: ChatState, batch: Batch) -> None:
    """A batch of results, which may be of any target."""
    text = state.searching.pop(0) if state.searching else ""
    hits = [_hit(state, line) for line in batch.lines if line.command in ("PRIVMSG", "NOTICE")]
    state.show(SearchResults("", state.now, text, tuple(hit for hit in hits if hit is not None)))


def _hit(state: ChatState, line: Line) -> Message | None:
    return message_in(line, state.where(line), state.is_me(nick_of(line.source)), state.now)
