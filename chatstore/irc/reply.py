"""Answers to one client: the lines of a command sent as one, and labelled answers.

Spec: IRCv3 labeled-response, batch ("Nested batch").

What goes out to one client keeps one order: the answer to its command and what others cause meanwhile. A
labelled answer of one line has the label on that line, one of several is a batch, and one of none is an ACK.
How many there are going to be isn't known when the first one comes; so it waits until there is a second or
the command is done, and everything behind it waits too. From the second line on the batch is open and nothing
waits any more. So a labelled answer is never out of its place, a long one is never gathered in memory, and
without labels nothing waits.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping

from chatstore.irc.line import MAX_BODY, Line, escape, format_line
from chatstore.irc.numerics import Numeric

_MAX_LABEL = 64
"""Bytes of a label; longer ones are ignored, as the specification forbids them."""


class Reply:
    """Lines from the server to one client. flush() sends what was gathered in one piece `to` the client, or
    to the labelled answer of the command that runs."""

    def __init__(self, server: str, nick: Callable[[], str], send: Callable[[bytes], None]) -> None:
        self._server = server
        self._nick = nick
        self.to = send
        self._lines: list[bytes] = []

    def numeric(self, number: Numeric, *params: str, text: str | None = None) -> None:
        """`:server 123 nick params :text`; without text the last parameter goes as it is."""
        every = (self._nick(), *params) if text is None else (self._nick(), *params, text)
        self.line(number, *every, trailing=text is not None)

    def line(
        self, command: str, *params: str, trailing: bool = False, tags: Mapping[str, str] | None = None
    ) -> None:
        """A line from the server, cut to what a line may have."""
        text = format_line(command, *params, source=self._server, trailing=trailing)
        data = text.encode()
        if len(data) > MAX_BODY - 2:
            data = data[: MAX_BODY - 2].decode(errors="ignore").encode()
        head = (format_line("", tags=tags) if tags else "").encode()
        self._lines.append(head + data + b"\r\n")

    def line_from(self, source: str, command: str, *params: str) -> None:
        """A line that somebody else caused."""
        self._lines.append(f"{format_line(command, *params, source=source)}\r\n".encode())

    def fail(self, command: str, code: str, *about: str, text: str) -> None:
        """IRCv3 standard-replies."""
        self.line("FAIL", command, code, *about, text, trailing=True)

    def raw(self, data: bytes) -> None:
        """Lines that are rendered already."""
        self._lines.append(data)

    def flush(self) -> None:
        if self._lines:
            self.to(self.take())

    def take(self) -> bytes:
        """What was gathered, for who sends it later."""
        if not self._lines:
            return b""
        data, self._lines = b"".join(self._lines), []
        return data


def label_of(line: Line) -> str:
    """The label of a line; empty when it has none that counts."""
    label = line.tags.get("label", "")
    return label if len(label.encode()) <= _MAX_LABEL else ""


class Outgoing:
    """What goes out to one client. send() is for any thread and for what answers nothing."""

    def __init__(self, server: str, send: Callable[[bytes], None]) -> None:
        self._server = server
        self._send = send
        self._lock: threading.Lock
        self._waiting: deque[tuple[Answer | None, bytes]] | None = None
        """Made, with its lock, for the first label, which most clients never use."""
        self._holding = False
        """Something waits: read without the lock, and cleared only when all that waited was sent."""

    @property
    def waits(self) -> bool:
        """Whether something that was to be sent has not been sent yet."""
        return self._holding

    def send(self, data: bytes) -> None:
        if self._holding:
            with self._lock:
                self._drain((None, data))
        else:
            self._send(data)

    def answer(self, label: str, reference: str) -> Answer:
        """Begin the answer to a labelled command; `reference` names its batch, should it be one."""
        if self._waiting is None:
            self._lock, self._waiting = threading.Lock(), deque()
        return Answer(self, label, reference)

    # For answers.

    def add(self, answer: Answer, data: bytes) -> None:
        with self._lock:
            if answer.done:
                self._drain((None, data))
                return
            units = _units(data)
            answer.lines += len(units)
            self._drain(*((answer, unit) for unit in units))

    def finish(self, answer: Answer) -> None:
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
        """Under the lock: send what need not wait."""
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
        self._holding = True
        self._send(b"".join(ready))
        self._holding = bool(self._waiting)

    def _marked(self, answer: Answer, line: bytes) -> bytes:
        label = f"label={escape(answer.label)}"
        if answer.lines == 1:
            return _with_tag(line, label)
        begin = b""
        if not answer.opened:
            answer.opened = True
            begin = f"@{label} :{self._server} BATCH +{answer.reference} labeled-response\r\n".encode()
        # What is in an inner batch refers to that one; its first and last line refer to this.
        inner = line.startswith(b"@") and b";batch=" in b";" + line[1 : line.index(b" ")]
        return begin + (line if inner else _with_tag(line, f"batch={answer.reference}"))


class Answer:
    """One labelled command's. send() is for any thread, until finish()."""

    def __init__(self, out: Outgoing, label: str, reference: str) -> None:
        self.label = label
        self.reference = reference
        self.lines = 0
        self.opened = False
        self.done = False
        self._out = out

    def send(self, data: bytes) -> None:
        """Lines that belong to the answer. What comes after finish() is sent without a label."""
        if data:
            self._out.add(self, data)

    def finish(self) -> None:
        """It is complete. Doing so again changes nothing."""
        self._out.finish(self)


def _units(data: bytes) -> list[bytes]:
    """The lines of an answer; a message of several lines, which is a batch of its own, counts as one line and
    has the label on its first (draft/multiline, "Labeled response")."""
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
