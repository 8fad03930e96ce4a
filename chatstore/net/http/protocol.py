"""HTTP on one connection: a protocol of its own, beside those of the chat.

It runs in the I/O thread and speaks with its parts in turn: a head becomes a request; a route's handler runs in a
thread of the pool while the connection pauses; its body is taken piece by piece, each handed on before the next is
parsed; the response is sent, at once or as the client takes it. Then the next request may come. Whoever asks for a
WebSocket gets the chat's protocol instead, and this one is gone.

Nobody may hold up others or stay for ever: of a body, only a few pieces are parsed before others have their turn; a
body that nobody takes is not read; and there are times for the head, for each part of a body, for each piece that
the client has to take, and between two requests. Whatever fails, the connection ends: what is half sent is never
followed by something else.

Spec: RFC 9112, RFC 9110; WHATWG HTML section 9.2 (event streams).
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple

from chatstore.net.addresses import counted
from chatstore.net.connection import HANDSHAKE_TOO_LONG, Connection, LineProtocol
from chatstore.net.forwarded_headers import ContradictionError, client_behind
from chatstore.net.http.exchanges import Exchanges, Head, encoded
from chatstore.net.http.messages import (
    BadRequestError,
    EventStream,
    FileBody,
    HttpError,
    Request,
    Response,
    problem,
)
from chatstore.net.http.receiving import Collecting, Receiving, too_large
from chatstore.net.http.routes import Body, Route, Upload
from chatstore.net.http.sending import BEAT_SECONDS, PIECE_SECONDS, ChunkStream, FileSending, OpenFile
from chatstore.net.http.service import Service
from chatstore.net.layers import Peer
from chatstore.net.loop import Pause

log = logging.getLogger(__name__)

_MAX_PIECES = 32
"""Pieces of a body that are parsed before others have their turn."""
_MUCH = 256 * 1024
"""Bytes of a body that are handed on at once."""
_IDLE_SECONDS = 30.0
"""Seconds between two requests."""
_BODY_SECONDS, _BODY_BYTES = 30.0, 4096
"""In so many seconds of waiting for a body, so many bytes of it have to come."""
_LINGER_SECONDS = 5.0
"""Seconds for which the rest of a body that nobody takes is read and dropped, so that its sender can read why."""
_STREAMED = {"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"}
"""Of a stream. The latter asks nginx not to keep it."""
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_TOO_BUSY = problem(
    HTTPStatus.SERVICE_UNAVAILABLE, detail="too much is asked at once: try again", headers={"Retry-After": "5"}
)
_FAILED = problem(HTTPStatus.INTERNAL_SERVER_ERROR, detail="the server's log says why")
_STOPPING = problem(
    HTTPStatus.SERVICE_UNAVAILABLE, detail="the server is stopping: try again", headers={"Retry-After": "5"}
)
_TOO_SLOW = problem(HTTPStatus.REQUEST_TIMEOUT, detail="the body came too slowly")

Then = Callable[[Any], bool]
"""Goes on in the I/O thread with what a job returned; true if the connection still waits for something."""


class _Asked(NamedTuple):
    """The request that is being answered. `route`: None if it is the page's."""

    request: Request
    route: Route | None = None
    kind: str = "page"
    """What it is counted as; see Routes.kind."""


class _Opened(NamedTuple):
    """A response whose file is open. `first`: its first piece."""

    response: Response
    file: OpenFile
    length: int
    first: bytes


class HttpProtocol:
    """`peer`: what the connection says of its client. `chat` makes the protocol after an upgrade; None: there is
    HTTP and nothing else."""

    partial_line_timeout: float | None = None

    def __init__(
        self,
        service: Service,
        connection: Connection,
        peer: Peer,
        chat: Callable[[Connection, Peer], LineProtocol] | None = None,
    ) -> None:
        self._service = service
        self._connection = connection
        self._peer = peer
        self._chat = chat
        self._http = Exchanges()
        self._asked: _Asked | None = None
        self._body: Collecting | Receiving | None = None
        """Takes the body that is arriving."""
        self._collected_body: Collecting | None = None
        """The body that a handler has now."""
        self._answered = False
        """A request has been answered."""
        self._arrived, self._counted_from = 0, 0.0
        """The bytes of a body that came since that time."""
        self._file: FileSending | None = None
        self._stream: ChunkStream | None = None
        self._streamer = ""
        """The address for which the stream counts."""
        self._beat = b""
        self._resume: Callable[[], None] = _nothing
        """Ends the pause in which something is sent."""
        self._working = False
        """A handler's thread is at work."""
        self._over = False
        """Nothing is read or answered any more."""

    def connected(self) -> None:
        """Have the connection tell of its end, and of what was taken."""
        self._connection.on_end, self._connection.on_drained = self._ending, self._drained

    def lines_received(self, inbox: deque[Any]) -> Pause | float | None:
        """Handle pieces of what arrived."""
        try:
            pause = self._handle(inbox)
        except BadRequestError as error:
            pause = self._give_up(problem(error.status, detail=error.why))
        except HttpError as error:
            pause = self._give_up(error.response)
        except Exception:
            log.exception("a request failed", {"event": "request-failed"})
            pause = self._give_up(_FAILED)
        if self._over and pause is None:
            inbox.clear()
        return pause

    def _handle(self, inbox: deque[Any]) -> Pause | None:
        while not self._over:
            if self._body is not None:
                return self._take_body(self._body, inbox)
            head = None
            while head is None:
                if not inbox:
                    return None
                began = self._http.began
                self._http.receive(inbox.popleft())
                head = self._http.head()
                if self._http.began and not began and self._answered:
                    self._connection.began = time.monotonic()
            if (pause := self._start(head, inbox)) is not None:
                inbox.appendleft(b"")  # a body may have come along with the head
                return pause
        return None

    # A request.

    def _start(self, head: Head, inbox: deque[Any]) -> Pause | None:
        """Answer a request, or begin to."""
        request = Request(head.method, head.path, head.query, head.headers)
        kind = self._service.routes.kind(head.raw_path)
        self._asked = _Asked(request, kind=kind)
        if head.method == "GET" and self._chat is not None and request.lists("upgrade", "websocket"):
            self._upgrade(head, inbox, self._chat)
            return None
        if head.method not in _METHODS:
            raise HttpError(HTTPStatus.NOT_IMPLEMENTED)
        try:
            client = client_behind(self._peer, head.headers, self._service.origins.trusted)
        except ContradictionError as error:
            raise BadRequestError(HTTPStatus.BAD_REQUEST, str(error)) from None
        found = self._service.routes.find(head.method, head.raw_path)
        request = request._replace(peer=client, values=found.values)
        self._asked = _Asked(request, found.route, kind)
        if not found.allowed:
            if self._service.routes.own(head.raw_path):
                raise HttpError(HTTPStatus.NOT_FOUND, detail="there is nothing at this path")
            self._send(self._service.answer(request))
            return None
        return self._route(head, request, found.route, found.allowed)

    def _route(self, head: Head, request: Request, route: Route | None, allowed: Sequence[str]) -> Pause | None:
        origins = self._service.origins
        preflight = origins.preflight(allowed, head.headers) if head.method == "OPTIONS" else None
        if preflight is not None:
            self._send(preflight)
            return None
        origins.check(head.method, head.headers)
        if banned := self._service.banned(request.peer.address):
            raise HttpError(HTTPStatus.FORBIDDEN, detail=banned, code="banned")
        allow = {"Allow": ", ".join(allowed)}
        if route is None:
            if head.method != "OPTIONS":
                useful = " or ".join(method for method in allowed if method not in ("HEAD", "OPTIONS"))
                raise HttpError(HTTPStatus.METHOD_NOT_ALLOWED, detail=f"send {useful} here", headers=allow)
            self._send(Response(HTTPStatus.NO_CONTENT, allow))
            return None
        takes = route.takes
        if isinstance(takes, Body):
            _check_type(request, takes)
            _check_length(head, takes.limit)
            self._begin_body(Collecting(takes.limit, self._service.bodies, self._address))
            return None
        if isinstance(takes, Upload):
            limit = takes.limit if isinstance(takes.limit, int) else takes.limit()
            if "content-length" not in head.headers and head.length is not None:
                raise HttpError(HTTPStatus.LENGTH_REQUIRED, detail="say how long the body is, or send it in chunks")
            _check_length(head, limit)
            return self._work(lambda: self._received_by(route.handler(request), limit), self._receive)
        return self._work(lambda: _prepared(route.handler(request), self._http.only_head), self._answer)

    def _upgrade(self, head: Head, inbox: deque[Any], chat: Callable[[Connection, Peer], LineProtocol]) -> None:
        """Hand the connection over to the chat."""
        service, connection = self._service, self._connection
        rest = self._http.rest + b"".join(inbox)
        inbox.clear()
        opened = service.gate.open(head, self._peer, rest)
        connection.send(opened.answer)
        self._count(int(opened.answer[9:12]))
        self._over = True
        if opened.layer is None or service.framing is None:
            connection.close(opened.why)
        else:
            connection.upgrade(opened.layer, service.framing(), chat, service.receive_queue())

    # Its body.

    def _begin_body(self, body: Collecting | Receiving) -> None:
        self._body = body
        self._connection.bulk = isinstance(body, Receiving)
        self._arrived, self._counted_from = 0, time.monotonic()
        if self._http.wants_continue:
            self._connection.send(self._http.go_ahead())

    def _take_body(self, body: Collecting | Receiving, inbox: deque[Any]) -> Pause | None:
        """Parse some of the body, and hand it on."""
        pieces: list[bytes] = []
        size, complete, short = 0, not self._http.in_body, False
        for _ in range(_MAX_PIECES):
            if complete or size >= _MUCH:
                break
            piece = self._http.body()
            if piece is None:
                if not inbox:
                    short = True
                    break
                self._http.receive(inbox.popleft())
            elif piece:
                pieces.append(piece)
                size += len(piece)
            else:
                complete = True
        self._arrived += size
        data = b"".join(pieces)
        if isinstance(body, Collecting):
            body.take(data)
            if complete:
                return self._collected(body)
        elif complete:
            self._body = None
            return self._work(lambda: body.finish(data), self._answer, surely=True, ending=True)
        elif data:
            inbox.appendleft(b"")
            return self._take_piece(body, data)
        if short:
            return None
        inbox.appendleft(b"")
        return self._let_others

    def _let_others(self, resume: Callable[[], None]) -> None:
        """A pause in which others have their turn."""
        self._service.loop.call_soon(resume, urgent=False)

    def _collected(self, body: Collecting) -> Pause:
        assert self._asked is not None
        (request, route, _), self._body, self._collected_body = self._asked, None, body
        assert route is not None
        whole = body.whole
        return self._work(lambda: _prepared(route.handler(request, whole), self._http.only_head), self._answer)

    def _received_by(self, result: object, limit: int) -> object:
        """What the handler of an upload returned, ready to take the body if it does. In a handler's thread."""
        if isinstance(result, Response):
            return _prepared(result, only_head=False)
        return Receiving(result, limit, self._service.uploads)  # type: ignore[arg-type]

    def _receive(self, result: object) -> bool:
        """The handler of an upload has answered: with what takes the body, or with a refusal."""
        if not isinstance(result, Receiving):
            return self._answer(result)
        self._begin_body(result)
        return False

    def _took(self, result: object) -> bool:
        """Some of an upload was written, or that has failed."""
        self._arrived, self._counted_from = 0, time.monotonic()
        if result is None:
            return False
        self._body = None
        return self._answer(result)

    # The handlers' threads.

    @property
    def _address(self) -> str:
        """What counts as the address of the client that asks; empty if nobody does."""
        return counted(self._asked.request.peer.address) if self._asked is not None else ""

    @property
    def _keys(self) -> Sequence[Hashable]:
        return (self._address,) if self._asked is not None else ()

    def _work(self, job: Callable[[], object], then: Then, *, surely: bool = False, ending: bool = False) -> Pause:
        """A pause in which a handler's thread does something, and the I/O thread goes on with what it returned: an
        HttpError or the response _FAILED if it has failed. `surely`: it is not refused if too much is asked.
        `ending`: it is the end of an upload."""

        def pause(resume: Callable[[], None]) -> None:
            self._working = True

            def run() -> None:
                result = _outcome(job)
                self._service.loop.call_soon(lambda: self._go_on(then, result, resume))

            if surely:
                self._service.run_surely(run, self._keys, ending=ending)
            elif not self._service.run(run, self._keys):
                self._go_on(self._answer, _TOO_BUSY, resume)

        return pause

    def _take_piece(self, body: Receiving, data: bytes) -> Pause:
        """A pause in which a handler's thread takes a piece of an upload, in its turn."""

        def pause(resume: Callable[[], None]) -> None:
            self._working = True
            self._service.arriving.take(
                self._address,
                lambda: _outcome(lambda: body.take(data)),
                lambda result: self._go_on(self._took, result, resume),
            )

        return pause

    def _go_on(self, then: Then, result: object, resume: Callable[[], None]) -> None:
        self._resume, self._working = resume, False
        if self._collected_body is not None:
            self._collected_body.release()
            self._collected_body = None
        try:
            waits = then(result)
        except Exception as error:
            if not isinstance(error, (BadRequestError, HttpError)):
                log.exception("a request failed", {"event": "request-failed"})
            waits = self._give_up(error.response if isinstance(error, HttpError) else _FAILED) is not None
        if not waits:
            self._finish_pause()

    def _finish_pause(self) -> None:
        resume, self._resume = self._resume, _nothing
        resume()

    # The response.

    def _answer(self, result: object) -> bool:
        """Send what a handler returned. True if that takes a while."""
        if isinstance(result, HttpError):
            result = result.response
        if isinstance(result, EventStream):
            return self._open_stream(result)
        if isinstance(result, _Opened):
            return self._send_file(result)
        if not isinstance(result, Response):
            raise TypeError(f"a handler returned {type(result).__name__}")
        self._send(result)
        return False

    def _send(self, response: Response) -> None:
        """Send a response whose body is bytes, or (for a HEAD) none."""
        self._connection.send(self._http.respond(self._with_origin(response), last=self._connection.closing))
        self._count(response.status)
        self._done()

    def _count(self, status: int) -> None:
        """Count the answer to the request that was asked, or to what is none."""
        if self._asked is None:
            self._service.counts.add("none", "none", status)
            return
        method = self._asked.request.method
        self._service.counts.add(self._asked.kind, method if method in _METHODS else "other", status)

    def _with_origin(self, response: Response) -> Response:
        if self._asked is None or self._asked.route is None or not self._asked.route.shared:
            return response
        return self._service.origins.shared(response, self._asked.request.headers)

    def _done(self) -> None:
        """A response is sent."""
        self._asked = None
        self._connection.bulk = False
        self._answered = True
        self._connection.began = time.monotonic()
        if not self._http.open:
            self._end()

    def _give_up(self, response: Response) -> Pause | None:
        """Send the last response of the connection, if nothing of another one was sent."""
        self._drop_body()
        if not self._http.answering:
            self._connection.send(encoded(self._with_origin(response), only_head=self._http.only_head))
            self._count(response.status)
        self._end()
        return None

    def _end(self, why: str = "") -> None:
        self._over = True
        if self._http.in_body:
            self._connection.linger_seconds = _LINGER_SECONDS
        self._connection.close(why)

    def _drop_body(self) -> None:
        """Nobody takes the rest of the body."""
        body, self._body = self._body, None
        if isinstance(body, Receiving):
            self._service.run_surely(body.abandon)
        elif body is not None:
            body.release()

    def _send_file(self, opened: _Opened) -> bool:
        http, connection = self._http, self._connection
        try:
            connection.send(
                http.begin(self._with_origin(opened.response), opened.length, last=connection.closing)
                + http.piece(opened.first)
            )
        except BaseException:
            opened.file.close()
            raise
        self._count(opened.response.status)
        self._file = FileSending(connection, opened.file, self._read_file)
        return self._send_more()

    def _read_file(self) -> None:
        sending = self._file
        assert sending is not None

        def read() -> bytes | None:
            try:
                return sending.file.read()
            except BaseException:  # whatever it is: everybody's files wait for the end of this
                log.exception("a file could not be sent", {"event": "request-failed"})
                return None

        self._service.leaving.take(self._address, read, lambda data: self._got(sending, data))

    def _got(self, sending: FileSending, data: bytes | None) -> None:
        """A piece of the file was read; None if that failed."""
        sending.got()
        try:
            if data is None or self._connection.lost:
                self._cut_file(sending)
            else:
                self._connection.send(self._http.piece(data))
                if not self._send_more():
                    self._finish_pause()
        except Exception:
            log.exception("a request failed", {"event": "request-failed"})
            self._cut_file(sending)

    def _send_more(self) -> bool:
        """Go on with the file. False at its end."""
        sending = self._file
        assert sending is not None
        if sending.file.left:
            if self._connection.lost:
                self._cut_file(sending)
            else:
                sending.go_on()
            return True
        self._file = None
        sending.file.close()
        self._connection.send(self._http.end())
        self._done()
        return False

    def _cut_file(self, sending: FileSending) -> None:
        """The rest of a file will not be sent: the end of the connection says so."""
        if sending.reading or self._file is None:
            return  # the read that is on its way ends it
        self._file = None
        sending.file.close()
        self._end()
        self._finish_pause()

    def _open_stream(self, wanted: EventStream) -> bool:
        assert self._asked is not None
        client = self._asked.request.peer
        if not self._service.streams.enter(client.address, proxied=client.proxied):
            raise HttpError(
                HTTPStatus.TOO_MANY_REQUESTS, detail="too many streams from your address", code="too-many-streams"
            )
        self._streamer = client.address
        connection, service = self._connection, self._service
        head = self._with_origin(Response(HTTPStatus.OK, {**_STREAMED, **wanted.headers}))
        connection.send(self._http.begin(head, None))
        self._count(head.status)
        self._beat = wanted.beat
        self._stream = stream = ChunkStream(
            connection, service.loop, service.run_surely, self._stream_ended, chunks=self._http.chunks
        )
        if self._http.only_head or connection.closing:
            stream.close()
            return True

        def opened() -> None:
            try:
                wanted.opened(stream)
            except Exception:
                log.exception("a stream failed", {"event": "stream-failed"})
                stream.close()

        service.run_surely(opened)
        return True

    def _stream_ended(self) -> None:
        self._stream = None
        self._leave_stream()
        self._end()
        self._finish_pause()

    def _leave_stream(self) -> None:
        address, self._streamer = self._streamer, ""
        if address:
            self._service.streams.leave(address)

    # The connection.

    def _drained(self) -> None:
        """The client has taken everything."""
        if self._file is not None:
            self._file.go_on()
        if self._stream is not None:
            self._stream.go_on()

    def _ending(self) -> None:
        """The connection ends while something is being done."""
        if self._stream is not None:
            self._stream.close()
        if self._file is not None and self._connection.lost:
            self._cut_file(self._file)

    def tick(self, quiet: float) -> None:
        """End the connection if its client takes too long."""
        try:
            self._check_times()
        except Exception:
            log.exception("a connection failed", {"event": "request-failed"})
            self._end()

    def _check_times(self) -> None:
        now = time.monotonic()
        if self._over or self._working:
            return
        if self._stream is not None:
            if self._beat and now - self._stream.last_sent >= BEAT_SECONDS:
                self._stream.send(self._beat)
        elif self._file is not None:
            if not self._file.reading and now - self._file.began > PIECE_SECONDS:
                self._cut_file(self._file)
        elif self._body is not None:
            self._check_pace(now)
        elif self._asked is None:
            self._check_wait(now)

    def _check_pace(self, now: float) -> None:
        """A body must not come too slowly."""
        if now - self._counted_from < _BODY_SECONDS:
            return
        if self._arrived < _BODY_BYTES:
            self._give_up(_TOO_SLOW)
        self._arrived, self._counted_from = 0, now

    def _check_wait(self, now: float) -> None:
        """A request must come, and be complete, in time."""
        connection = self._connection
        waited = now - connection.began
        if not self._answered or self._http.began:
            if waited > self._service.handshake():
                self._over = True
                connection.close(HANDSHAKE_TOO_LONG)
        elif connection.waiting:  # the last response is still on its way
            if waited > PIECE_SECONDS:
                self._end()
        elif waited > _IDLE_SECONDS:
            self._over = True
            connection.close("")

    def disconnected(self, why: str, *, arrived: Callable[[], bool]) -> None:
        """Give up what is not complete."""
        if self._body is not None and not self._connection.left and not self._over:
            self._connection.send(encoded(_STOPPING))
        self._over = True
        self._drop_body()
        if self._file is not None:
            self._file.file.close()
            self._file = None
        if self._stream is not None:
            self._stream.close()
        self._leave_stream()
        if why and not self._connection.left:
            log.info(
                "%(address)s: %(why)s", {"event": "connection-ended", "address": self._peer.address, "why": why}
            )


def _nothing() -> None:
    """Does nothing."""


def _outcome(job: Callable[[], object]) -> object:
    """What a job returned: an HttpError or the response _FAILED if it has failed. In a handler's thread."""
    try:
        return job()
    except HttpError as error:
        return error
    except BaseException:  # even an exit: the connection waits for this
        log.exception("a request failed", {"event": "request-failed"})
        return _FAILED


def _prepared(result: object, only_head: bool) -> object:
    """What a handler returned, with its file opened and the first piece of it read. In a handler's thread."""
    if not isinstance(result, Response) or not isinstance(result.body, FileBody):
        return result
    try:
        file = OpenFile(result.body)
    except OSError as error:
        log.warning("a file can't be sent: %(why)s", {"event": "file-missing", "why": error})
        return problem(HTTPStatus.NOT_FOUND)
    try:
        length = file.left
        first = b"" if only_head else file.read()
        if only_head:
            file.left = 0
        return _Opened(result, file, length, first)
    except BaseException:
        file.close()
        raise


def _check_type(request: Request, takes: Body) -> None:
    if takes.types and request.media_type not in takes.types:
        wanted = ", ".join(takes.types)
        raise HttpError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            detail=f"send {wanted}",
            headers={"Accept": wanted},
            code="media-type",
        )


def _check_length(head: Head, limit: int) -> None:
    if head.length is not None and head.length > limit:
        raise too_large(limit)
