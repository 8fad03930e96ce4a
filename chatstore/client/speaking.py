"""What we say, from the first key to the receipt: in how many messages, on which connection, stored or given back.
Functions of the state, like hearing.py; receipts.py keeps what is under way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.client import items, markers, news
from chatstore.client.items import audience_of, describe, message_in
from chatstore.client.receipts import Outgoing
from chatstore.client.splitting import body_bytes, messages, spoken
from chatstore.client.targets import Target, fold
from chatstore.irc.line import Line, LineError

if TYPE_CHECKING:
    from chatstore.client.state import ChatState

SENT = "sent-"
"""Token of the PINGs behind messages, where the server echoes nothing: see ChatState.answered."""


def say(state: ChatState, name: str, text: str, *, action: bool = False, reply_to: str = "") -> None:
    """Say something of one or several lines, in as many messages as it needs. `reply_to`: the msgid of the
    message that it answers."""
    if not state.connected and not state.resend:
        state.show(items.NotSent(name, state.now, text, "not connected"))
        return
    target = state.target(name)
    size = body_bytes(state.mask, target.name)
    try:
        parts = messages(text, size, state.multiline, target.name, action=action)
    except LineError as error:
        state.show(items.NotSent(name, state.now, text, str(error)))
        return
    for part in parts:
        wait_for(state, state.receipts.add(fold(name), target.name, part, reply_to))
    target.typed = ("", 0)
    if "\n" in text and not state.picture:
        count = "one message" if len(parts) == 1 else f"{len(parts)} messages"
        state.info(f"{text.count(chr(10)) + 1} lines as {count}")
    send_queued(state, target)


def settle(state: ChatState, target: Target) -> None:
    """All that is stored of a target is known: so is the fate of what a lost connection left open."""
    key = fold(target.name)
    if state.resend and (state.keeps_history or not state.picture):
        state.receipts.again(key, state.connection)
    for message in state.receipts.lost(key, state.connection):
        give_back(state, message, "the connection was lost", "")
    send_queued(state, target)


def give_up(state: ChatState) -> None:
    """There will be no other connection."""
    for key in state.receipts.targets():
        for message in state.receipts.drop(key):
            give_back(state, message, "not connected", "")


def settle_all(state: ChatState) -> None:
    for key in state.receipts.targets():
        settle(state, state.targets[key])


def stored(state: ChatState, target: Target, line: Line) -> None:
    message = state.receipts.stored(fold(audience_of(line.param(0)) + target.name), line.params[-1])
    if message is not None:
        state.tell(news.Settled(message.target, state.now, message.number))


def send_queued(state: ChatState, target: Target) -> None:
    if not state.ready or target.held is not None:
        return
    size, sent = body_bytes(state.mask, target.name), False
    for words, tags in state.receipts.send(fold(target.name), state.connection, size, state.multiline):
        state.send(*words, tags={key: tag for key, tag in tags.items() if _takes(state, key)})
        sent = True
    if sent and not state.has("echo-message"):
        state.send("PING", f"{SENT}{state.receipts.sent}")


def _takes(state: ChatState, tag: str) -> bool:
    return not tag.startswith("+") or state.has("message-tags")


def taken(state: ChatState, last: int) -> None:
    """Of a server that echoes nothing: what was sent up to this number, and not refused by now, is said."""
    for message in state.receipts.taken(state.connection, last):
        target = state.target(message.target)
        line = Line("PRIVMSG", (message.target, message.body), state.mask or state.nick)
        state.tell(news.Settled(message.target, state.now, message.number))
        state.show(describe(line, target, True, state.now))
        markers.move(state, target, state.now)


def wait_for(state: ChatState, message: Outgoing) -> None:
    line = Line("PRIVMSG", (message.target, message.body))
    said = message_in(line, message.target, True, state.now)
    if said is not None:
        number, answers = message.number, message.reply_to
        state.tell(news.Pending(message.target, state.now, number, said.body, said.kind, answers))


def give_back(state: ChatState, message: Outgoing, reason: str, code: str) -> None:
    state.tell(news.Settled(message.target, state.now, message.number))
    state.show(items.NotSent(message.target, state.now, spoken(message.body), reason, code))
