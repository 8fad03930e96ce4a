"""The API as a whole: its operations, what they share, and their routes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import cached_property
from http import HTTPStatus
from typing import TypeVar

from chatstore.api import account, bots, files, hooks, messages, rooms, streams
from chatstore.api.access import Access
from chatstore.api.operations import JSON, PREFIX, Operation, Router
from chatstore.api.streams import EACH, Streams
from chatstore.api.vocabulary import to_json
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.session import Chat
from chatstore.chat.session.streams import LiveEvents
from chatstore.net.http import NO_BODY, Request, Response, Route, conditional
from chatstore.turns import Run

Result = TypeVar("Result")

OPERATIONS: Sequence[Operation] = [
    *account.OPERATIONS,
    *bots.OPERATIONS,
    *rooms.OPERATIONS,
    *hooks.OPERATIONS,
    *messages.OPERATIONS,
    *streams.OPERATIONS,
    *files.OPERATIONS,
]
"""Every operation; tests/api/test_openapi.py holds the OpenAPI file against it."""
_SEARCHES = 6
"""Requests that may wait for a search at once."""
_BUSY = "the server has too much to search: try again"
_LONGEST = 20.0
"""Seconds that a request waits for its search."""


class Api:
    """The HTTP API of a server. `search` runs a job in the pool for searches; `page`: the URL of
    the server's page."""

    streams_each = EACH

    def __init__(
        self, chat: Chat, access: Access, search: Run, incarnation: str, version: str, page: Callable[[], str]
    ) -> None:
        self.page = page
        self._search = search
        self._searching = threading.BoundedSemaphore(_SEARCHES)
        self._version = version
        self.feed = LiveEvents(chat, lambda told: self.streams.render(told))
        self.streams = Streams(access, self.feed, incarnation[:8])
        self.router = Router(access, self)

    def routes(self) -> list[Route]:
        described = Route("GET", f"{PREFIX}/openapi.json", self._describe, NO_BODY)
        return [described, *(self.router.route(each) for each in OPERATIONS if each.handler is not None)]

    def start(self) -> None:
        self.feed.start()

    def stop(self) -> None:
        self.feed.stop()

    def searched(self, search: Callable[[], Result]) -> Result:
        """The result of a search, which is made in the pool for searches. Raises BUSY if too many wait: each
        keeps a thread that other requests need."""
        if not self._searching.acquire(blocking=False):
            raise ChatError(Code.BUSY, _BUSY)
        try:
            return self._wait_for(search)
        finally:
            self._searching.release()

    def _wait_for(self, search: Callable[[], Result]) -> Result:
        done, found, failed = threading.Event(), [], []

        def job() -> None:
            try:
                found.append(search())
            except BaseException as error:
                failed.append(error)
            finally:
                done.set()

        if not self._search(job) or not done.wait(_LONGEST):
            raise ChatError(Code.BUSY, _BUSY)
        if failed:
            raise failed[0]
        return found[0]

    @cached_property
    def _description(self) -> bytes:
        from chatstore.api.openapi import document

        return to_json(document(OPERATIONS))

    def _describe(self, request: Request) -> Response:
        """The OpenAPI file, for everybody."""
        headers = {"Content-Type": JSON, "Cache-Control": "public, max-age=3600"}
        return conditional(request, Response(HTTPStatus.OK, headers, self._description), self._version)
