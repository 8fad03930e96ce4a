"""What was asked of CHATHISTORY, and the batches that answer it.

Specs: IRCv3 batch and draft/chathistory. The server answers in order, so the first request that fits is meant.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from chatstore.client.targets import fold
from chatstore.irc.line import Line

Purpose = Literal["latest", "after", "older", "targets"]


@dataclass(frozen=True)
class Request:
    purpose: Purpose
    key: str
    limit: int
    number: int


@dataclass
class Batch:
    type: str
    target: str
    parent: str = ""
    lines: list[Line] = field(default_factory=list)


class Requests:
    """Of one connection."""

    def __init__(self) -> None:
        self._asked: list[Request] = []
        self._batches: dict[str, Batch] = {}
        self._number = 0

    def ask(self, purpose: Purpose, key: str, limit: int) -> int:
        """The number of the request."""
        self._number += 1
        self._asked.append(Request(purpose, key, limit, self._number))
        return self._number

    def unanswered(self, number: str) -> bool:
        """Whether the request of this number still has no answer."""
        return any(str(request.number) == number for request in self._asked)

    def catching_up(self, key: str) -> bool:
        """Whether lines that come before this target's held ones are on their way."""
        return any(request.key == key and request.purpose in ("latest", "after") for request in self._asked)

    def collect(self, line: Line) -> bool:
        """Put a line into the open batch it belongs to; False when it belongs to none."""
        batch = self._batches.get(line.tags.get("batch", ""))
        if batch is None or line.command == "BATCH":
            return False
        batch.lines.append(line)
        return True

    def batch(self, line: Line) -> Batch | None:
        """Take a BATCH line; the batch when it is complete. A batch inside another is a part of that one."""
        reference = line.param(0)
        if reference.startswith("+"):
            parent = line.tags.get("batch", "")
            self._batches[reference[1:]] = Batch(line.param(1), line.param(2), parent)
            return None
        batch = self._batches.pop(reference[1:], None)
        if batch is None:
            return None
        if batch.parent in self._batches:
            self._batches[batch.parent].lines += batch.lines
            return None
        return batch

    def answered(self, batch: Batch) -> Request | None:
        """The request that this batch answers, taken out."""
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
        """The request that a FAIL CHATHISTORY refuses, taken out."""
        context = [fold(param) for param in line.params[2:-1]]
        named = [request for request in self._asked if request.key in context]
        about_targets = [request for request in self._asked if request.purpose == "targets"]
        candidates = (about_targets if "targets" in context else named) or self._asked
        request = candidates[0] if candidates else None
        if request is not None:
            self._asked.remove(request)
        return request
