"""What tests of routes have their uploads taken by."""

from __future__ import annotations

import threading

from chatstore.net.http import HttpError, Response

WAIT = 60


class Kept:
    """A receiver that keeps what it is given. `log`: what was called, in order. It fails where it is told to, and
    waits in write() for `going`."""

    def __init__(self, fails: str = "") -> None:
        self.fails = fails
        self.going = threading.Event()
        self.going.set()
        self.over = threading.Event()
        self.data = bytearray()
        self.log: list[str] = []
        self.began = threading.Event()

    def _called(self, name: str) -> None:
        self.log.append(name)
        if name in self.fails:
            raise HttpError(507, "Full", code="full") if "refuse" in self.fails else OSError("broken")

    def write(self, data: bytes) -> None:
        self.began.set()
        assert self.going.wait(WAIT)
        self.data += data
        self._called("write")

    def finish(self) -> Response:
        self._called("finish")
        self.over.set()
        return Response(201, {"Location": "/kept"}, str(len(self.data)).encode())

    def abandon(self) -> None:
        self.log.append("abandon")
        self.over.set()
        if "abandon" in self.fails:
            raise OSError("broken")

    @property
    def abandoned(self) -> bool:
        """Waits for the end."""
        assert self.over.wait(WAIT)
        return self.log.count("abandon") == 1
