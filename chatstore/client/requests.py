"""Requests for history, and the batches that answer them or are messages of several lines.

The server answers in order, so a batch answers the first request that fits. Specs: IRCv3 batch,
draft/multiline, draft/chathistory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from chatstore.client.login import MULTILINE
from chatstore.client.names import fold
from chatstore.client.splitting import CONCAT
from chatstore.irc.line import Line

Purpose = Literal["latest", "after", "older", "around", "thread", "targets"]


@dataclass(frozen=True)
class Request:
    """`skipped`: lines that were read before this request and had no message among them, the oldest first.
    `began` and `wanted`: the selector and the limit of the first request in this row."""

    purpose: Purpose
    key: str
    limit: int
    number: int
    selector: str = ""
    skipped: tuple[Line, ...] = ()
    began: str = ""
    wanted: int = 0


@dataclass
class Batch:
    """`opened` by this BATCH line: reference, type, parameters."""

    opened: Line
    lines: list[Line] = field(default_factory=list)

    @property
    def type(self) -> str:
        return self.opened.param(1)

    @property
    def target(self) -> str:
        return self.opened.param(2)

    @property
    def parent(self) -> str:
        """The reference of the batch that contains this one."""
        return self.opened.tags.get("batch", "")

    def message(self) -> list[Line]:
        """The lines of a multiline batch as one line, with LF in its last parameter and the tags of the
        batch."""
        if not self.lines:
            return []
        body = self.lines[0].param(1)
        for line in self.lines[1:]:
            body += line.param(1) if CONCAT in line.tags else f"\n{line.param(1)}"
        return [Line(self.lines[0].command, (self.target, body), self.opened.source, self.opened.tags)]


class Requests:
    """The requests and the open batches of one connection."""

    def __init__(self) -> None:
        self._asked: list[Request] = []
        self._batches: dict[str, Batch] = {}
        self._number = 0

    def ask(
        self,
        purpose: Purpose,
        key: str,
        limit: int,
        selector: str = "",
        before: Request | None = None,
        skipped: Sequence[Line] = (),
    ) -> int:
        """Add a request; its number. `before`: the request that it continues, and `skipped` the lines of
        that."""
        self._number += 1
        began, wanted = (before.began, before.wanted) if before is not None else (selector, limit)
        self._asked.append(Request(purpose, key, limit, self._number, selector, tuple(skipped), began, wanted))
        return self._number

    def unanswered(self, number: str) -> bool:
        """Whether the request of this number still has no answer."""
        return any(str(request.number) == number for request in self._asked)

    def catching_up(self, key: str) -> bool:
        """Whether lines that come before this target's held ones are on their way."""
        return any(request.key == key and request.purpose in ("latest", "after") for request in self._asked)

    def waiting(self, key: str) -> bool:
        """Whether any request about this target has no answer yet."""
        return any(request.key == key for request in self._asked)

    @property
    def catching(self) -> int:
        """How many targets are catching up now."""
        return sum(request.purpose in ("latest", "after") for request in self._asked)

    def renamed(self, old: str, new: str) -> None:
        """A room has another key."""
        self._asked = [replace(one, key=new) if one.key == old else one for one in self._asked]

    def collect(self, line: Line) -> bool:
        """Put a line into the open batch that it belongs to; False if it belongs to none."""
        batch = self._batches.get(line.tags.get("batch", ""))
        if batch is None or line.command == "BATCH":
            return False
        batch.lines.append(line)
        return True

    def batch(self, line: Line) -> Batch | None:
        """Take a BATCH line. The batch, when it is complete. A batch inside another one becomes a part of
        that one."""
        reference = line.param(0)
        if reference.startswith("+"):
            self._batches[reference[1:]] = Batch(line)
            return None
        batch = self._batches.pop(reference[1:], None)
        if batch is None:
            return None
        if batch.type == MULTILINE:
            batch.lines = batch.message()
        if batch.parent in self._batches:
            self._batches[batch.parent].lines += batch.lines
            return None
        return batch

    def answered(self, batch: Batch) -> Request | None:
        """Remove and return the request that this batch answers."""
        for request in self._asked:
            if batch.type == "draft/chathistory-targets":
                fits = request.purpose == "targets"
            else:
                fits = request.purpose != "targets" and request.key == fold(batch.target)
            if fits:
                self._asked.remove(request)
                return request
        return None

    def failed(self, line: Line) -> Request | None:
        """Remove and return the request that a FAIL CHATHISTORY refuses."""
        context = [fold(param) for param in line.params[2:-1]]
        named = [request for request in self._asked if request.key in context or request.selector in line.params]
        about_targets = [request for request in self._asked if request.purpose == "targets"]
        candidates = (about_targets if "targets" in context else named) or self._asked
        request = candidates[0] if candidates else None
        if request is not None:
            self._asked.remove(request)
        return request
