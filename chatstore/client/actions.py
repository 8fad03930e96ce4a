"""What the person at a screen does, on its way from the screen's thread to the network's.

The network thread alone has the state. So the screen leaves what is to be done in a queue, and a byte in a pipe
wakes the loop, which waits for the pipe as it waits for the server.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from chatstore.client import doing, markers
from chatstore.client.commands import execute, take_lines
from chatstore.client.desk import Desk
from chatstore.client.news import TypingState
from chatstore.client.past import HISTORY

Action = Callable[[Desk], None]
_CHUNK = 4096


class Actions:
    """Everything but take() is for the screen's thread, and returns at once; what comes of it comes back as items.
    `target`: a room or a person.

    `fd` is readable while something is to be done."""

    def __init__(self) -> None:
        self._waiting: deque[Action] = deque()
        self.fd, self._write = os.pipe()
        os.set_blocking(self.fd, False)
        os.set_blocking(self._write, False)

    def take(self, desk: Desk) -> None:
        """Do what is waiting, in its order."""
        with suppress(BlockingIOError):
            while os.read(self.fd, _CHUNK):
                pass
        while self._waiting:
            self._waiting.popleft()(desk)

    def close(self) -> None:
        """After this nothing more is done; to be called when neither thread is in here."""
        os.close(self.fd)
        os.close(self._write)

    # What is said.

    def say(self, target: str, text: str, reply_to: str = "") -> None:
        """A text of one or several lines, as it is: none of it is a command."""
        self._put(lambda desk: desk.state.say(target, text, reply_to=reply_to))

    def action(self, target: str, text: str) -> None:
        self._put(lambda desk: desk.state.say(target, text, action=True))

    def execute(self, target: str, text: str, selected: str = "") -> None:
        """A line that was typed in this conversation, a command or a message. `selected`: the msgid of the message
        that /reply, /react and /redact are about."""
        self._put(lambda desk: execute(desk.at(target, selected), text))

    def paste(self, target: str, lines: list[str]) -> None:
        """Lines that were pasted: one message, none of them a command."""
        self._put(lambda desk: take_lines(desk.at(target), lines))

    def typing(self, target: str, state: TypingState) -> None:
        """May be called for every key: what the server need not hear again is left out."""
        self._put(lambda desk: doing.type_to(desk.state, target, state))

    # Messages that were said.

    def react(self, target: str, msgid: str, emoji: str) -> None:
        self._put(lambda desk: doing.react(desk.state, target, msgid, emoji))

    def unreact(self, target: str, msgid: str, emoji: str) -> None:
        self._put(lambda desk: doing.react(desk.state, target, msgid, emoji, back=True))

    def redact(self, target: str, msgid: str, reason: str = "") -> None:
        self._put(lambda desk: doing.redact(desk.state, target, msgid, reason))

    # What is read.

    def mark_read(self, target: str, time: int) -> None:
        """All up to this time (ms since 1970 UTC) has been seen."""
        self._put(lambda desk: markers.mark_read(desk.state, target, time))

    def older(self, target: str, before: str = "", limit: int = HISTORY) -> None:
        """The page before all that is here, which begins with `before`; the newest where nothing is yet."""
        self._put(lambda desk: desk.state.older(target, limit, before))

    def around(self, target: str, msgid: str) -> None:
        """The lines around a message that is not among the entries."""
        self._put(lambda desk: doing.around(desk.state, target, msgid))

    def search(self, text: str, target: str = "") -> None:
        """In one conversation, or in all of them."""
        self._put(lambda desk: doing.search(desk.state, text, target))

    def look(self, target: str) -> None:
        """The person sees this room or conversation from now on."""
        self._put(lambda desk: desk.state.look(target))

    def open(self, target: str) -> None:
        """Go on in a direct conversation, or in a room that one is in."""
        self._put(lambda desk: desk.talk_to(target))

    def quit(self, reason: str = "") -> None:
        self._put(lambda desk: desk.leave(reason))

    def _put(self, action: Action) -> None:
        self._waiting.append(action)
        with suppress(BlockingIOError):  # a pipe that is full wakes the loop, too
            os.write(self._write, b"!")
