"""Our own messages until they are known to be stored: queued, sent, then echoed, refused or given back.

The server echoes a message once it is on disk, and answers the lines of one connection in order. So the echo
is the receipt, and a refusal is about the first message to its target that has no answer yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from chatstore.client.login import MULTILINE
from chatstore.client.splitting import CONCAT, Multiline, fits, messages, wire_lines


@dataclass
class Outgoing:
    """A message on its way, the `number`th of ours. `connection`: the connection that it was sent on, 0 while
    it waits. `reply_to`: the msgid of the message that it answers."""

    key: str
    target: str
    body: str
    number: int
    reply_to: str = ""
    connection: int = 0


REPLY = "+draft/reply"


class Receipts:
    """The messages without a receipt, in order."""

    def __init__(self) -> None:
        self.sent = 0
        """The highest number that was sent."""
        self._open: list[Outgoing] = []
        self._batches = 0
        self._number = 0

    def __len__(self) -> int:
        return len(self._open)

    def add(self, key: str, target: str, body: str, reply_to: str = "") -> Outgoing:
        self._number += 1
        self._open.append(Outgoing(key, target, body, self._number, reply_to))
        return self._open[-1]

    def queued(self, key: str) -> list[Outgoing]:
        """The messages to this target that wait to be sent."""
        return [one for one in self._open if one.key == key and not one.connection]

    def send(
        self, key: str, connection: int, limit: int, multiline: Multiline | None
    ) -> Iterator[tuple[Sequence[str], Mapping[str, str]]]:
        """The lines that send the waiting messages to this target: the words and the tags of each. From now
        on these messages wait for receipts. `limit`: bytes of a body in one line."""
        for message in self.queued(key):
            if multiline is None and "\n" in message.body:  # it was said to a server that took several lines
                place, bodies = self._open.index(message), messages(message.body, limit, None, message.target)
                number, answers = message.number, message.reply_to
                self._open[place : place + 1] = [
                    Outgoing(key, message.target, body, number, answers) for body in bodies
                ]
        for message in self.queued(key):
            message.connection = connection
            self.sent = max(self.sent, message.number)
            tags = {REPLY: message.reply_to} if message.reply_to else {}
            if multiline is None or fits(message.body, limit):
                yield ("PRIVMSG", message.target, message.body), tags
                continue
            self._batches += 1
            reference = f"m{self._batches}"
            yield ("BATCH", f"+{reference}", MULTILINE, message.target), tags
            for text, joined in wire_lines(message.body, limit):
                yield ("PRIVMSG", message.target, text), {"batch": reference} | ({CONCAT: ""} if joined else {})
            yield ("BATCH", f"-{reference}"), {}

    def targets(self) -> list[str]:
        """The keys of the targets of all messages here."""
        return list(dict.fromkeys(one.key for one in self._open))

    def stored(self, key: str, body: str) -> Outgoing | None:
        """Our message came back: remove and return the first sent one with this body. None if there is
        none."""
        taken = self._take(lambda one: one.key == key and one.body == body and one.connection > 0, first=True)
        return taken[0] if taken else None

    def taken(self, connection: int, last: int) -> list[Outgoing]:
        """Remove and return all that were sent on this connection, up to this number."""
        return self._take(lambda one: one.connection == connection and one.number <= last)

    def refused(self, key: str, connection: int) -> Outgoing | None:
        """Remove and return the first message to this target ("": to any) that has no answer on this
        connection."""
        taken = self._take(lambda one: one.connection == connection and key in ("", one.key), first=True)
        return taken[0] if taken else None

    def unanswered(self, connection: int) -> list[Outgoing]:
        """Remove and return all that were sent on this connection."""
        return self._take(lambda one: one.connection == connection)

    def lost(self, key: str, connection: int) -> list[Outgoing]:
        """Remove and return all to this target that were sent on an earlier connection."""
        return self._take(lambda one: one.key == key and 0 < one.connection < connection)

    def drop(self, key: str) -> list[Outgoing]:
        """Remove and return all to this target."""
        return self._take(lambda one: one.key == key)

    def renamed(self, old: str, new: str, name: str) -> None:
        """A room has another key and another name."""
        for one in self._open:
            if one.key == old:
                one.key, one.target = new, name

    def again(self, key: str, connection: int) -> None:
        """Let all that lost() would return wait to be sent again, each in its old place."""
        for one in self._open:
            if one.key == key and 0 < one.connection < connection:
                one.connection = 0

    def _take(self, test: Callable[[Outgoing], bool], first: bool = False) -> list[Outgoing]:
        taken: list[Outgoing] = []
        kept: list[Outgoing] = []
        for one in self._open:
            (taken if test(one) and not (first and taken) else kept).append(one)
        self._open = kept
        return taken
