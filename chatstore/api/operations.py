"""Operations: what the API can do, in one table. Routes, checks of what comes in, and the OpenAPI file follow.

An operation is a function of a Call, with what it takes and gives as Structs:

    @OPERATIONS.add("GET", "/rooms/{room}", gives=Room)
    def room(call: Call) -> Room:
        "One room. …"
"""

from __future__ import annotations

import hashlib
import inspect
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from msgspec import Struct

from chatstore.api.access import Access
from chatstore.api.reading import read_body, read_query
from chatstore.api.vocabulary import to_json
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.session import Session
from chatstore.net.http import NO_BODY, Body, EventStream, HttpError, Request, Response, Route, conditional

PREFIX = "/api/v1"
JSON = "application/json"
_HEADERS = {"Content-Type": JSON, "Cache-Control": "no-store"}
_MAX_BODY = 1024 * 1024
"""Bytes. Twice the longest text of several lines, with every character escaped."""

Handler = TypeVar("Handler", bound=Callable[..., Any])


class Nothing(Struct, forbid_unknown_fields=True, frozen=True):
    """No parameters."""


@dataclass(frozen=True)
class Operation:
    """`path`: after PREFIX. `query`, `body`, `gives`: Structs; `gives` may be None (nothing, or an event stream).
    `codes`: refusals worth naming. `keyed`: it takes an Idempotency-Key. A `handler` of None: another route
    answers, and this is for the OpenAPI file alone."""

    method: str
    path: str
    handler: Callable[..., Any] | None
    summary: str
    description: str = ""
    query: type[Struct] = Nothing
    body: type[Struct] | None = None
    gives: Any = None
    status: int = HTTPStatus.OK
    codes: Sequence[Code] = ()
    keyed: bool = False
    stream: bool = False
    question: bool | None = None
    cached: bool = False
    id: str = ""
    tag: str = ""
    upload: Sequence[str] = ()
    """The media types of a body that is no JSON."""


class Operations(list[Operation]):
    """The operations of a module."""

    def add(self, method: str, path: str, *, both: bool = False, **options: Any) -> Callable[[Handler], Handler]:
        """Make an Operation of a function; its docstring is the summary (the first sentence) and the description.
        `both`: the same is possible for a direct conversation, where the path names a person."""

        def make(handler: Handler) -> Handler:
            text = " ".join(inspect.cleandoc(handler.__doc__ or "").split())
            summary, _, description = text.partition(". ")
            named = {"id": handler.__name__, "tag": handler.__module__.rpartition(".")[2], **options}
            made = Operation(method, path, handler, summary.rstrip("."), description, **named)
            self.append(made)
            if both:
                self.append(_with_person(made))
            return handler

        return make


def _with_person(of: Operation) -> Operation:
    """The same operation for a direct conversation: the path names a person in the place of a room."""
    codes = [Code.NO_SUCH_PERSON if code is Code.NO_SUCH_ROOM else code for code in of.codes]
    name = of.id.replace("room", "direct") if "room" in of.id else f"{of.id}_direct"
    return replace(of, path=of.path.replace("/rooms/{room}", "/people/{person}"), id=name, codes=codes)


@dataclass
class Call:
    """One request to an operation, checked."""

    request: Request
    session: Session
    query: Any
    body: Any
    api: Any
    """What the operations share; see api.Api."""

    def value(self, name: str) -> str:
        """A part of the path."""
        return self.request.values[name]

    def number(self, name: str, missing: Code, text: str) -> int:
        """A part of the path that is the number of something. Raises the error `missing` for what is none."""
        value = self.value(name)
        if not value.isascii() or not value.isdecimal() or len(value) > 18:
            raise ChatError(missing, text, value[:100])
        return int(value)

    @property
    def target(self) -> str:
        """The conversation that the path names: `#room`, or a person's nick."""
        values = self.request.values
        return f"#{values['room'].removeprefix('#')}" if "room" in values else values["person"]

    def link(self, path: str, **parameters: Any) -> str:
        """The URL of an operation, relative to the server. `path`: after PREFIX, with the names of this request's
        parts in braces."""
        named = {name: quote(value, safe="") for name, value in self.request.values.items()}
        given = {name.rstrip("_"): value for name, value in parameters.items() if value is not None}
        return f"{PREFIX}{path.format(**named)}" + (f"?{urlencode(given)}" if given else "")


@dataclass(frozen=True)
class Answer:
    """An answer with a status or headers of its own."""

    value: Any
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class RequestCounts:
    """How many requests were answered, by operation and class of status (`2xx`)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str]] = Counter()

    def add(self, operation: str, status: int) -> None:
        with self._lock:
            self._counts[operation, f"{status // 100}xx"] += 1

    def all(self) -> Mapping[tuple[str, str], int]:
        with self._lock:
            return dict(self._counts)


class Router:
    """Makes routes of operations."""

    def __init__(self, access: Access, api: Any) -> None:
        self._access = access
        self._api = api
        self.counts = RequestCounts()

    def route(self, operation: Operation) -> Route:
        takes = Body(_MAX_BODY, (JSON,)) if operation.body is not None else NO_BODY

        def handle(request: Request, body: bytes = b"") -> Response | EventStream:
            try:
                answer = self._answer(operation, request, body)
            except HttpError as error:
                self.counts.add(operation.id, error.status)
                raise
            except BaseException:
                self.counts.add(operation.id, HTTPStatus.INTERNAL_SERVER_ERROR)
                raise
            status = HTTPStatus.OK if isinstance(answer, EventStream) else answer.status
            self.counts.add(operation.id, status)
            return answer

        return Route(operation.method, f"{PREFIX}{operation.path}", handle, takes)

    def _answer(self, operation: Operation, request: Request, body: bytes) -> Response | EventStream:
        assert operation.handler is not None
        if operation.stream:  # it keeps its session
            answer = operation.handler(request, read_query(operation.query, request.query), self._api)
            assert isinstance(answer, EventStream)
            return answer
        with self._access.session(request, question=operation.question) as session:
            query = read_query(operation.query, request.query)
            read = read_body(operation.body, body) if operation.body is not None else None
            answer = operation.handler(Call(request, session, query, read, self._api))
            return _response(operation, request, answer)


def _response(operation: Operation, request: Request, answer: Any) -> Response:
    status, headers = operation.status, dict(_HEADERS)
    if isinstance(answer, Answer):
        status, headers = answer.status or status, {**headers, **answer.headers}
        answer = answer.value
    if answer is None:
        del headers["Content-Type"]
        return Response(HTTPStatus.NO_CONTENT, headers)
    body = to_json(answer)
    if operation.cached:
        kept = Response(status, {**headers, "Cache-Control": "private, no-cache"}, body)
        return conditional(request, kept, hashlib.sha256(body).hexdigest()[:32])
    return Response(status, headers, body)
