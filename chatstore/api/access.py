"""Access: who asks by HTTP. Each request becomes a Session that acts for an account (Session.visit).

Credentials come with each request: `Authorization: Bearer cst_…` with a device token, or Basic with the account
and its password or a token. Nothing is kept between two requests, and there are no cookies. What the request may
do, how fast, and when access ends is the chat's business: the session asks the same permissions, and counts for
the same limits, as one over IRC.

A request that a foreign page makes a browser send is refused before this is asked (net/http).
"""

from __future__ import annotations

import base64
import binascii
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from chatstore.api.errors import own_problem, problem
from chatstore.chat.model.errors import ChatError, Code, StoreError
from chatstore.chat.model.events import Event
from chatstore.chat.model.room_events import MemberJoined
from chatstore.chat.model.tokens import is_token
from chatstore.chat.session import Chat, Session
from chatstore.net.http import HttpError, Request
from chatstore.net.layers import Peer
from chatstore.turns import RunFairly

_HASHING = 4
"""Requests whose passwords are checked at once. Others come again in a second, so that they keep no thread."""
_READS = ("GET", "HEAD")
_WRONG_FORM = "send `Authorization: Bearer TOKEN`, or Basic with the account and its password or a token"


class Access:
    """Makes sessions for requests. `hash` runs a job in the pool for passwords; `is_local`: whether a client runs
    on this machine."""

    def __init__(self, chat: Chat, hash: RunFairly, is_local: Callable[[Peer], bool]) -> None:
        self._chat = chat
        self._hash = hash
        self._is_local = is_local
        self._hashing = threading.BoundedSemaphore(_HASHING)

    @contextmanager
    def session(self, request: Request, *, question: bool | None = None) -> Iterator[Session]:
        """The session of a request, for as long as the context is open. Blocks. A ChatError that leaves the
        context becomes a problem, too. `question`: it only reads (by its method, if that is not said). Raises
        HttpError: 401 without valid credentials; 403 for those who may not come; 429 for those who come too
        fast."""
        session = self.open(request, question=question)
        begun = time.thread_time()
        try:
            yield session
        except (ChatError, StoreError) as error:
            raise self.problem(error, request) from None
        finally:
            if request.method in _READS if question is None else question:
                session.worked(time.thread_time() - begun)
            close(session)

    def open(
        self, request: Request, *, question: bool | None = None, ended: Callable[[str], None] = lambda _: None
    ) -> Session:
        """As session(), for work that outlives a call; close() it at the end. `ended` is called with the reason
        when access is lost, by the writer: it must not block."""
        session = self._session(request.peer, ended)
        try:
            session.need_welcome()
            self._log_in(session, request)
            session.visit()
            self._keep_pace(session, request.method in _READS if question is None else question)
        except (ChatError, StoreError) as error:
            close(session)
            raise self.problem(error, request) from None
        except BaseException:
            close(session)
            raise
        return session

    @staticmethod
    def problem(error: ChatError | StoreError, request: Request) -> HttpError:
        """The answer to a refusal of this request, or while the database does not answer."""
        browser = "sec-fetch-mode" in request.headers or "origin" in request.headers
        return problem(error.refusal if isinstance(error, StoreError) else error, browser=browser)

    def _session(self, peer: Peer, ended: Callable[[str], None]) -> Session:
        session = Session(self._chat, _Silent(ended), peer.address, local=self._is_local(peer), renderer=_NOTHING)
        session.secure = peer.secure
        return session

    def _log_in(self, session: Session, request: Request) -> None:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and is_token(given.strip()):
            session.log_in_by_token(given.strip())
        elif scheme.lower() == "basic":
            name, password = _basic(given)
            if is_token(password):
                session.log_in(name, password)
            elif not session.log_in_again(name, password):
                self._check_password(session, name, password)
        elif scheme.lower() == "bearer":
            raise ChatError(Code.WRONG_CREDENTIALS, "that is no device token: one has `cst_` and 43 characters")
        else:
            raise ChatError(Code.LOGIN_REQUIRED, _WRONG_FORM)

    def _check_password(self, session: Session, name: str, password: str) -> None:
        """Log in by a password, which hashes: in the pool for that, in turn with others."""
        session.need_encryption()
        if not self._hashing.acquire(blocking=False):
            raise ChatError(Code.BUSY, "the server checks many passwords: try again in a second, or use a token")
        try:
            done, failed = threading.Event(), []

            def check() -> None:
                try:
                    session.log_in(name, password)
                except BaseException as error:
                    failed.append(error)
                finally:
                    done.set()

            if not self._hash(check, session.payers(name)):
                raise ChatError(Code.BUSY, "the server has too much to do: try again")
            if not done.wait(_LONGEST):
                raise ChatError(Code.BUSY, "the server has too much to do: try again")
            if failed:
                raise failed[0]
        finally:
            self._hashing.release()

    @staticmethod
    def _keep_pace(session: Session, question: bool) -> None:
        """Count the request like a line that the session sends. Raises HttpError if it comes too soon."""
        wait = session.hear(question=question)
        if wait > 0:
            seconds = str(max(1, int(wait + 0.999)))
            raise own_problem("too-fast", f"too many requests: wait {seconds} s", {"Retry-After": seconds})


_LONGEST = 30.0
"""Seconds that a request waits for its password to be checked."""


def close(session: Session) -> None:
    """End a session that open() has made."""
    session.close("", received=lambda: False)


def _basic(given: str) -> tuple[str, str]:
    """The account and the password of Basic credentials (RFC 7617)."""
    try:
        name, colon, password = base64.b64decode(given.strip(), validate=True).decode("utf-8").partition(":")
    except (binascii.Error, ValueError):
        raise ChatError(Code.WRONG_CREDENTIALS, "the Basic credentials can't be read: Base64 of UTF-8") from None
    if not colon:
        raise ChatError(Code.WRONG_CREDENTIALS, "Basic credentials are the account, a colon and the password")
    return name, password


class _Silent:
    """The receiver of a session that is told nothing but its end."""

    def __init__(self, ended: Callable[[str], None]) -> None:
        self.ended = ended

    def send(self, data: bytes) -> None: ...
    def entered(self, room_id: int, joined: MemberJoined) -> None: ...
    def came_online(self, nick: str) -> None: ...


class _Nothing:
    """Renders nothing."""

    echo = shows_own = follows_renames = follows = False
    ignored: frozenset[int | str] = frozenset()

    def ignoring(self, _people: frozenset[int | str]) -> _Nothing:
        return self

    def render(self, event: Event, room: str, to: str = "") -> bytes:
        return b""


_NOTHING = _Nothing()
