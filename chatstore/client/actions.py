"""What the person at a screen does, on its way from the screen's thread to the network's.

The network thread alone has the protocol. So the screen puts its actions into an inbox (inbox.py), which wakes the
loop.
"""

from __future__ import annotations

from collections.abc import Callable

from chatstore.client import edits, history, reactions, read_markers, search
from chatstore.client.commands import execute, take_lines
from chatstore.client.context import CommandContext
from chatstore.client.events import TypingState
from chatstore.client.files import uploads
from chatstore.client.inbox import Inbox
from chatstore.client.state import DEFAULT_HISTORY

Action = Callable[[CommandContext], None]


class Actions:
    """All methods but take() are for the screen's thread. They return at once; what comes of them comes back
    as events. `target`: a room or a person. `fd` is readable while actions wait."""

    def __init__(self) -> None:
        self._inbox: Inbox[CommandContext] = Inbox()
        self.fd = self._inbox.fd

    def take(self, context: CommandContext) -> None:
        """Run the actions that wait, in order."""
        self._inbox.take(context)

    def close(self) -> None:
        """Close the pipe. To be called when neither thread uses this any more."""
        self._inbox.close()

    # Sending.

    def say(self, target: str, text: str, reply_to: str = "") -> None:
        """Send a text of one or several lines as it is, without looking for commands."""
        self._put(lambda context: context.protocol.say(target, text, reply_to=reply_to))

    def action(self, target: str, text: str) -> None:
        """Send what /me sends."""
        self._put(lambda context: context.protocol.say(target, text, action=True))

    def execute(self, target: str, text: str, selected: str = "") -> None:
        """Do what a line says that was typed in this buffer: a command or a message. `selected`: the msgid of
        the message that /reply, /react and /redact are about."""
        self._put(lambda context: execute(context.at(target, selected), text))

    def paste(self, target: str, lines: list[str]) -> None:
        """Send lines that were pasted as one message, without looking for commands."""
        self._put(lambda context: take_lines(context.at(target), lines))

    def cancel_uploads(self) -> None:
        """Stop all files that are on their way."""
        self._put(lambda context: execute(context, "/upload cancel"))

    def look_at_file(self, url: str, *, picture: bool) -> None:
        """Ask what a card shows of a file. What the server tells comes as FileSeen."""
        self._put(lambda context: uploads.look(context.protocol, url, picture=picture))

    def typing(self, target: str, state: TypingState) -> None:
        """May be called for every key: only what the server needs is sent."""
        self._put(lambda context: reactions.send_typing(context.protocol, target, state))

    # Messages of others.

    def react(self, target: str, msgid: str, emoji: str) -> None:
        self._put(lambda context: reactions.react(context.protocol, target, msgid, emoji))

    def unreact(self, target: str, msgid: str, emoji: str) -> None:
        self._put(lambda context: reactions.react(context.protocol, target, msgid, emoji, back=True))

    def edit(self, target: str, msgid: str, text: str) -> None:
        self._put(lambda context: edits.edit(context.protocol, target, msgid, text))

    def redact(self, target: str, msgid: str, reason: str = "") -> None:
        self._put(lambda context: reactions.redact(context.protocol, target, msgid, reason))

    # Reading.

    def mark_read(self, target: str, time: int) -> None:
        """The person has seen everything up to this time (ms since 1970 UTC)."""
        self._put(lambda context: read_markers.mark_read(context.protocol, target, time))

    def older(self, target: str, before: str = "", limit: int = DEFAULT_HISTORY) -> None:
        """Get the page before the oldest entry, whose msgid is `before`; "" for the newest page."""
        self._put(lambda context: context.protocol.older(target, limit, before))

    def around(self, target: str, msgid: str) -> None:
        """Get the lines around a message that is not among the entries."""
        self._put(lambda context: history.around(context.protocol, target, msgid))

    def thread(self, target: str, msgid: str) -> None:
        """Get a message of a thread that is not among the entries."""
        self._put(lambda context: history.around(context.protocol, target, msgid, thread=True))

    def search(self, text: str, target: str = "") -> None:
        """Search one room or direct conversation, or all of them."""
        self._put(lambda context: search.search(context.protocol, text, target))

    def look(self, target: str) -> None:
        """The person sees this buffer from now on."""
        self._put(lambda context: context.protocol.look(target))

    def open(self, target: str) -> None:
        """Go to a direct conversation, or to a room that we are in."""
        self._put(lambda context: context.switch_to(target))

    def quit(self, reason: str = "") -> None:
        self._put(lambda context: context.leave(reason))

    def _put(self, action: Action) -> None:
        self._inbox.put(action)
