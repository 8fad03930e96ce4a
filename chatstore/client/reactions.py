"""Reactions, redactions and typing notifications: sending them, and what they change here.

A reaction or a redaction names its message by msgid. It may arrive before that message, live or in a page of
history, and the buffers put the two together; so none of this waits for history.

Specs: IRCv3 client-tags/react, client-tags/reply, client-tags/typing, draft/message-redaction.
"""

from __future__ import annotations

from chatstore.client.events import Failure, Reacted, Redacted, Typing, TypingState
from chatstore.client.names import fold
from chatstore.client.parsing import nick_of, replied_to, time_of
from chatstore.client.state import ChatState
from chatstore.client.targets import Target
from chatstore.irc.line import Line

REDACTION = "draft/message-redaction"
MAX_REACTION = 64
"""Characters: an emoji with all its modifiers, or a few words."""
TYPING_INTERVAL = 3_000
"""Milliseconds between two "active" notifications."""
_REACT = {"+draft/react": False, "+react": False, "+draft/unreact": True, "+unreact": True}


# What the person does.


def react(state: ChatState, name: str, msgid: str, emoji: str, *, back: bool = False) -> None:
    """React to a message by an emoji or a few words. `back`: remove that reaction."""
    emoji = emoji.strip()
    if not state.can("message-tags", "does not support reactions"):
        return
    if not emoji or len(emoji) > MAX_REACTION:
        state.show(Failure(name, state.now, "a reaction is an emoji or a few words"))
        return
    what = "+draft/unreact" if back else "+draft/react"
    state.send("TAGMSG", name, tags={what: emoji, "+draft/reply": msgid})


def redact(state: ChatState, name: str, msgid: str, reason: str = "") -> None:
    """Remove a message for everybody."""
    if state.can(REDACTION, "does not support removing messages"):
        state.send("REDACT", name, msgid, *([reason] if reason else []))


def send_typing(state: ChatState, name: str, typing: TypingState) -> None:
    """Tell the others that we type, pause or are done, as rarely as the specification wants it."""
    if not state.ready or not state.has("message-tags"):
        return
    if fold(name) in state.absent:
        return
    target = state.target(name)
    before, at = target.typed
    if typing == before and (typing != "active" or state.now - at < TYPING_INTERVAL):
        return
    if typing == "done" and before in ("", "done"):
        return
    target.typed = (typing, state.now)
    state.send("TAGMSG", target.name, tags={"+typing": typing})


# What the server sends.


def apply(state: ChatState, target: Target, line: Line) -> None:
    """Apply what a line of this target says about another message."""
    if line.command == "REDACT":
        target.take_back(line.param(1))
    if not state.updates:
        return
    nick, time = nick_of(line.source), time_of(line, state.now)
    if line.command == "REDACT":
        state.update(Redacted(target.name, time, nick, line.param(1), line.param(2)))
        return
    about = replied_to(line)
    for tag, back in _REACT.items() if about and line.command in ("TAGMSG", "PRIVMSG") else ():
        if line.tags.get(tag):
            state.update(Reacted(target.name, time, nick, about, line.tags[tag], back))


def typing_received(state: ChatState, target: Target, line: Line) -> None:
    """A TAGMSG with +typing from somebody else."""
    typing = line.tags.get("+typing", "")
    nick = nick_of(line.source)
    if typing in ("active", "paused", "done") and not state.is_me(nick):
        state.update(Typing(target.name, state.now, nick, typing))  # type: ignore[arg-type]
