"""Answers to one client: the lines of a command sent in one piece, and labelled answers.

Spec: IRCv3 labeled-response, batch ("Nested batch").

Everything that goes to one client keeps one order: the answer to its command, and what others cause
meanwhile. A labelled answer of one line has the label on that line, an answer of several lines is a batch,
and an empty one is an ACK. The number of lines is unknown when the first one comes. So the first line waits
until there is a second or the command ends, and everything behind it waits, too. From the second line on the
batch is open, and nothing waits. So a labelled answer stays in its place, a long one is not gathered in
memory, and without labels nothing waits.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import Protocol

from chatstore.irc.line import MAX_BODY, Line, escape, format_line
from chatstore.irc.numerics import Numeric

_MAX_LABEL = 64
"""Bytes of a label. The specification forbids longer ones, so they are ignored."""


class Reply:
    """Lines from the server to one client. flush() sends the gathered lines in one piece `to` the client, or
    to the labelled answer of the command that runs."""

    __slots__ = ("_lines", "_nick", "_server", "to")

    def __init__(self, server: str, nick: Callable[[], str], send: Callable[[bytes], None]) -> None:
        self._server = server
        self._nick = nick
        self.to = send
        self._lines: list[bytes] = []

    def numeric(self, number: Numeric, *params: str, text: str | None = None) -> None:
        """Add `:server 123 nick params :text`. Without a text the last parameter has no colon unless it needs
        one."""
        every = (self._nick(), *params) if text is None else (self._nick(), *params, text)
        self.line(number, *every, trailing=text is not None)

    def line(
        self, command: str, *params: str, trailing: bool = False, tags: Mapping[str, str] | None = None
    ) -> None:
        """Add a line from the server. A line that is too long loses its end."""
        text = format_line(command, *params, source=self._server, trailing=trailing)
        data = text.encode()
        if len(data) > MAX_BODY - 2:
            data = data[: MAX_BODY - 2].decode(errors="ignore").encode()
        head = (format_line("", tags=tags) if tags else "").encode()
        self._lines.append(head + data + b"\r\n")

    def line_from(self, source: str, command: str, *params: str) -> None:
        """Add a line with somebody else as its source."""
        self._lines.append(f"{format_line(command, *params, source=source)}\r\n".encode())

    def fail(self, command: str, code: str, *about: str, text: str) -> None:
        """Add a FAIL (IRCv3 standard-replies)."""
        self.line("FAIL", command, code, *about, text, trailing=True)

    def written(self, *lines: tuple[Numeric, str]) -> None:
        """Add numerics whose text behind the nick is as it is sent, and short enough. It is not checked."""
        server, nick = self._server, self._nick()
        text = "".join([f":{server} {number} {nick} {rest}\r\n" for number, rest in lines])
        self._lines.append(text.encode())

    def gathered(self, add: Callable[[], None]) -> list[bytes]:
        """The lines that `add` adds. It must not flush."""
        before = len(self._lines)
        add()
        return self._lines[before:]

    def raw(self, data: bytes) -> None:
        """Add lines that are rendered already."""
        self._lines.append(data)

    def flush(self) -> None:
        """Send the gathered lines."""
        if self._lines:
            self.to(self.take())

    def take(self) -> bytes:
        """Return the gathered lines instead of sending them."""
        if not self._lines:
            return b""
        data, self._lines = b"".join(self._lines), []
        return data


def label_of(line: Line) -> str:
    """Return the label of a line; empty if it has none or an invalid one."""
    label = line.tags.get("label", "")
    return label if len(label.encode()) <= _MAX_LABEL else ""


class Teller(Protocol):
    """Somebody who sends lines to the client that answer no command."""

    send: Callable[[bytes], None]


class Outgoing:
    """Everything that goes to one client, in one order. send() is for lines that answer no labelled command;
    any thread may call it."""

    __slots__ = ("_holding", "_lock", "_send", "_server", "_teller", "_waiting")

    def __init__(self, server: str, send: Callable[[bytes], None]) -> None:
        self._server = server
        self._send = send
        self._teller: Teller | None = None
        self._lock: threading.Lock
        self._waiting: deque[tuple[Answer | None, bytes]] | None = None
        """Lines that wait behind an open answer. Created with its lock for the first label, which most
        clients never send."""
        self._holding = False
        """Whether something waits. Read without the lock; it is cleared only when everything that waited is
        sent."""

    @property
    def waits(self) -> bool:
        """Whether something that was given to send() has not been sent yet."""
        return self._holding

    def carry(self, teller: Teller) -> None:
        """Keep this order for what `teller` sends, too. While nothing waits here, its `send` is the connection's
        own: that saves a call for each member that a message goes to. Whoever took that `send` a moment before an
        answer began to wait may still use it: things that happen at the same time have no order."""
        self._teller = teller
        teller.send = self._send

    def send(self, data: bytes) -> None:
        """Send lines, behind those that wait."""
        if self._holding:
            with self._lock:
                self._drain((None, data))
        else:
            self._send(data)

    def answer(self, label: str, reference: str) -> Answer:
        """Start the answer to a labelled command. `reference`: the reference of its batch, if it becomes
        one."""
        if self._waiting is None:
            self._lock, self._waiting = threading.Lock(), deque()
        return Answer(self, label, reference)

    # For answers.

    def add(self, answer: Answer, data: bytes) -> None:
        """Add lines to an answer. After its end they are sent without a label."""
        with self._lock:
            if answer.done:
                self._drain((None, data))
                return
            units = _units(data)
            answer.lines += len(units)
            self._drain(*((answer, unit) for unit in units))

    def finish(self, answer: Answer) -> None:
        """End an answer, with an ACK or the end of its batch if it needs one."""
        with self._lock:
            if answer.done:
                return
            answer.done = True
            if not answer.lines:
                answer.lines = 1
                self._drain((answer, f":{self._server} ACK\r\n".encode()))
            elif answer.lines > 1:
                self._drain((None, f":{self._server} BATCH -{answer.reference}\r\n".encode()))
            else:
                self._drain()

    def _drain(self, *more: tuple[Answer | None, bytes]) -> None:
        """Send what need not wait. The lock is held."""
        assert self._waiting is not None
        self._waiting.extend(more)
        ready: list[bytes] = []
        while self._waiting:
            answer, data = self._waiting[0]
            if answer is not None:
                if answer.lines == 1 and not answer.done:
                    break
                data = self._marked(answer, data)
            self._waiting.popleft()
            ready.append(data)
        self._hold(True)
        self._send(b"".join(ready))
        if not self._waiting:
            self._hold(False)

    def _hold(self, holding: bool) -> None:
        self._holding = holding
        if self._teller is not None:
            self._teller.send = self.send if holding else self._send

    def _marked(self, answer: Answer, line: bytes) -> bytes:
        """Return a line of an answer with its label or batch tag; before the first one, open the batch."""
        label = f"label={escape(answer.label)}"
        if answer.lines == 1:
            return _with_tag(line, label)
        begin = b""
        if not answer.opened:
            answer.opened = True
            begin = f"@{label} :{self._server} BATCH +{answer.reference} labeled-response\r\n".encode()
        # Lines of an inner batch refer to that batch; its first and last line refer to this one.
        inner = line.startswith(b"@") and b";batch=" in b";" + line[1 : line.index(b" ")]
        return begin + (line if inner else _with_tag(line, f"batch={answer.reference}"))


class Answer:
    """The answer to one labelled command. Any thread may call send() until finish()."""

    __slots__ = ("_out", "done", "label", "lines", "opened", "reference")

    def __init__(self, out: Outgoing, label: str, reference: str) -> None:
        self.label = label
        self.reference = reference
        self.lines = 0
        self.opened = False
        self.done = False
        self._out = out

    def send(self, data: bytes) -> None:
        """Send lines of the answer. After finish() they are sent without a label."""
        if data:
            self._out.add(self, data)

    def finish(self) -> None:
        """End the answer. Further calls do nothing."""
        self._out.finish(self)


def _units(data: bytes) -> list[bytes]:
    """Split an answer into its lines. A message of several lines is a batch of its own: it counts as one
    line, and its first line has the label (draft/multiline, "Labeled response")."""
    units: list[bytes] = []
    end = b""
    for line in data.splitlines(keepends=True):
        if end:
            units[-1] += line
            end = b"" if line.endswith(end) else end
        else:
            units.append(line)
            words = line.split()
            command = words[2:] if line.startswith(b"@") else words[1:]
            if command[:1] == [b"BATCH"] and command[2:3] == [b"draft/multiline"]:
                end = b" BATCH -" + command[1][1:] + b"\r\n"
    return units


def _with_tag(line: bytes, tag: str) -> bytes:
    return f"@{tag}".encode() + (b";" + line[1:] if line.startswith(b"@") else b" " + line)
