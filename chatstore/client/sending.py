"""Our own messages: splitting them, sending them, and what becomes of them.

receipts.py keeps those that are under way.
"""

from __future__ import annotations

from chatstore.client import events
from chatstore.client.names import fold
from chatstore.client.parsing import audience_of, message_in
from chatstore.client.receipts import Outgoing
from chatstore.client.splitting import body_bytes, messages, spoken
from chatstore.client.state import ChatState
from chatstore.client.targets import Target
from chatstore.irc.line import Line, LineError

SENT = "sent-"
"""Token of the PING behind a message to a server without echo-message: its PONG is the receipt."""


def say(state: ChatState, name: str, text: str, *, action: bool = False, reply_to: str = "") -> None:
    """Send a text of one or several lines, in as many messages as it takes. `reply_to`: the msgid of the
    message that it answers."""
    if not state.connected and not state.resend:
        state.show(events.NotSent(name, state.now, text, "not connected"))
        return
    target = state.target(name)
    size = body_bytes(state.mask, target.name)
    try:
        parts = messages(text, size, state.multiline, target.name, action=action)
    except LineError as error:
        state.show(events.NotSent(name, state.now, text, str(error)))
        return
    for part in parts:
        _show_pending(state, state.receipts.add(fold(name), target.name, part, reply_to))
    target.typed = ("", 0)
    if "\n" in text and not state.updates:
        count = "one message" if len(parts) == 1 else f"{len(parts)} messages"
        state.info(f"{text.count(chr(10)) + 1} lines as {count}")
    send_queued(state, target)


def settle(state: ChatState, target: Target) -> None:
    """The target has caught up, so what a lost connection left without a receipt is stored and known, or not
    stored: send it again or give it back."""
    key = fold(target.name)
    if state.resend and (state.keeps_history or not state.updates):
        state.receipts.again(key, state.connection)
    for message in state.receipts.lost(key, state.connection):
        give_back(state, message, "the connection was lost", "")
    send_queued(state, target)


def give_up(state: ChatState) -> None:
    """There will be no other connection: give all messages back."""
    for key in state.receipts.targets():
        for message in state.receipts.drop(key):
            give_back(state, message, "not connected", "")


def settle_all(state: ChatState) -> None:
    for key in state.receipts.targets():
        settle(state, state.targets[key])


def stored(state: ChatState, target: Target, line: Line) -> None:
    """A message of ours came back from the server: that is its receipt."""
    message = state.receipts.stored(fold(audience_of(line.param(0)) + target.name), line.params[-1])
    if message is not None:
        state.update(events.Settled(message.target, state.now, message.number))


def send_queued(state: ChatState, target: Target) -> None:
    """Send what waits for this target, unless the target still catches up."""
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
    """For a server without echo-message: what was sent up to this number and is not refused by now was
    taken."""
    for message in state.receipts.taken(state.connection, last):
        target = state.target(message.target)
        line = Line("PRIVMSG", (message.target, message.body), state.mask or state.nick)
        state.update(events.Settled(message.target, state.now, message.number))
        state.show(target.describe(line, True, state.now))
        state.move_marker(target, state.now)


def _show_pending(state: ChatState, message: Outgoing) -> None:
    line = Line("PRIVMSG", (message.target, message.body))
    said = message_in(line, message.target, True, state.now)
    if said is not None:
        number, answers = message.number, message.reply_to
        state.update(events.Pending(message.target, state.now, number, said.body, said.kind, answers))


def give_back(state: ChatState, message: Outgoing, reason: str, code: str) -> None:
    """Tell the person that a message was not sent, and why."""
    state.update(events.Settled(message.target, state.now, message.number))
    state.show(events.NotSent(message.target, state.now, spoken(message.body), reason, code))
