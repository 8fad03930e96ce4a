"""A conversation with a person at a terminal: lines in, lines out.

First the questions of login.py, then every line is a message to the current room, or a command. Messages that
arrived together are queued together, so that they share a commit; whatever else comes after them waits until
they are stored and told. Whatever blocks runs in a worker while this connection waits.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.events import MemberJoined
from chatstore.chat.model.refusals import explained
from chatstore.chat.session import Chat, Session
from chatstore.chat.session.views import RoomView
from chatstore.plain.commands import Command, Post, understand
from chatstore.plain.login import Login
from chatstore.plain.render import PlainView, encoded
from chatstore.plain.show import Shown, show_entered_elsewhere

log = logging.getLogger(__name__)

Pause = Callable[[Callable[[], None]], None]
"""Starts a wait; its argument is called when the wait is over."""
Run = Callable[[Callable[[], None]], bool]
"""Gives a job to a pool of workers; False when the pool has too much to do."""
Job = Callable[[], "Pause | None"]
"""What a worker does; it may return what is to be waited for next."""

MOST_TOGETHER = 200
"""Messages of one connection that are queued at once."""
MOST_A_TURN = 32
"""Lines of one connection, other than messages, that are done before others have their turn."""
QUIET_SECONDS = 60.0
LOGIN_SECONDS = 180.0
"""Before somebody has logged in: how long they may say nothing, and how long they may take in all."""
_EXCERPT = 40

_HINTS = {
    Code.WRONG_KEY: "/join ROOM KEY",
    Code.NOT_A_MEMBER: "/join goes into one",
}
_PROBLEMS = {
    "too-long": "that line is too long, so it was not sent",
    "not-utf8": "that was not text in UTF-8, so it was ignored",
}


@dataclass(eq=False)
class PlainServer:
    """What every plain conversation of this server shares. `motd` may become another one while it runs."""

    network: str
    motd: str
    chat: Chat
    run: Run
    run_password: Callable[[Callable[[], None], Sequence[str]], bool]
    run_search: Run


class PlainProtocol:
    """One connection's. `send`, `close` and `push` are the connection's; see net.connection.LineProtocol."""

    patience: float | None = 0.3
    announced = False
    """Whether the log says that it has begun; otherwise it need not say that it has ended."""

    def __init__(
        self,
        server: PlainServer,
        address: str,
        *,
        local: bool,
        send: Callable[[bytes], None],
        close: Callable[[str], None],
        push: Callable[[Any], None],
    ) -> None:
        self.server = server
        self.session = Session(server.chat, self, address, local=local, view=PlainView())
        self.login: Login | None = Login(self)
        self.shown: dict[int, Shown] = {}
        self._view = PlainView()
        self._send = send
        self._close = close
        self._push = push
        self._entered: dict[int, MemberJoined] = {}
        self._began = server.chat.clock()
        self._leaving = False
        self._said_goodbye = False
        self._worked = 0.0
        """Seconds of a processor's time that questions took and that are not charged yet."""

    @property
    def view(self) -> PlainView:
        return self._view

    @property
    def here(self) -> RoomView:
        """The current room; NOT_A_MEMBER when there is none, or the person is in it no more."""
        return self.session.sees.own_room(self._view.current)

    # From the connection.

    def begun(self) -> None:
        if self.login is not None:
            self.login.greet()

    def hear(self, inbox: deque[Any]) -> Pause | float | None:
        posts: list[Post] = []
        turn, too_soon = 0, 0.0
        self._charge()
        while inbox and not self._leaving and len(posts) < MOST_TOGETHER:
            own, question = callable(inbox[0]), self._asks(inbox[0])
            if not own and (too_soon := self.session.too_soon(question=question)):
                break
            turn += 1
            if turn > MOST_A_TURN and not posts:
                return lambda resume: resume()  # over at once: the I/O thread comes back after the others
            try:
                post = self._post(inbox[0])
            except ChatError as error:
                if posts:
                    break  # first those before it: errors come in the order of the lines
                inbox.popleft()
                self.session.heard()
                self.refuse(error)
                continue
            if post is not None:
                inbox.popleft()
                self.session.heard()
                posts.append(post)
                continue
            if posts:
                break
            self.session.heard(0.0 if own else 1.0, question=question)
            pause = self._one(inbox.popleft())
            if pause is not None:
                return pause
        if self._leaving:
            inbox.clear()
        return self._submit(posts) if posts else too_soon or None

    def tick(self, quiet: float) -> None:
        """Whoever has logged in may be quiet for as long as they like."""
        self.session.delivered.tick()
        taken = self.session.clock() - self._began
        if self.login is not None and (quiet > QUIET_SECONDS or taken > LOGIN_SECONDS):
            self.quit("nobody logged in")

    def closed(self, why: str, *, arrived: Callable[[], bool]) -> None:
        self._charge()
        who = self.session.nick or self.session.address
        log.log(logging.INFO if self.announced else logging.DEBUG, "%s disconnected: %s", who, why)
        self.session.close(why, received=arrived)
        self._goodbye(why)

    # From the session, in the writer's thread.

    def send(self, data: bytes) -> None:
        self._send(data)

    def entered(self, room_id: int, joined: MemberJoined) -> None:
        """Whoever comes first shows the room: the /join that led here, or a turn of its own."""
        self._entered[room_id] = joined
        self._push(lambda: self._show_entered(room_id))

    def came_online(self, nick: str) -> None:
        """Nobody is watched from here."""

    def ended(self, reason: str) -> None:
        self.quit(reason)

    # For the login and the commands.

    def say(self, *lines: str) -> None:
        """Tell the person something, in one piece."""
        self._send(encoded(lines))

    def tell(self, *lines: str) -> None:
        """The same, marked as the server's own words."""
        self.say(*(f"-- {line}" for line in lines))

    def refuse(self, error: ChatError) -> None:
        """Say why not, and what helps."""
        self.tell(_explained(error))

    def quit(self, why: str) -> None:
        """Say goodbye and close."""
        self._leaving = True
        self._goodbye(why)
        self._close(why)

    def look_at(self, room_id: int) -> None:
        """Make this the current room (0: none), with how its lines and the others' look. In one's own turn."""
        account, session = self.session.account, self.session
        own = account.id if account is not None else session.actor.key if session.takes_part else ""
        self._view = PlainView(room_id, own)
        self.session.change_view(self._view)

    def take_entered(self, room_id: int) -> MemberJoined | None:
        """The join of a room that nobody has shown here yet; the caller shows it."""
        return self._entered.pop(room_id, None)

    def in_worker(self, job: Job, *, password: bool = False, search: bool = False, account: str = "") -> Pause:
        """Wait while a worker does this, and then for what it returns; its ChatErrors are told. `password`: there
        is one to hash, that of `account`."""
        run = self.server.run_search if search else self.server.run
        if password:
            payers = self.session.payers(account)
            run = lambda work: self.server.run_password(work, payers)  # noqa: E731

        def start(resume: Callable[[], None]) -> None:
            def work() -> None:
                pause: Pause | None = None
                try:
                    pause = job()
                except ChatError as error:
                    self.refuse(error)
                except Exception:
                    log.exception("a command failed")
                    self.tell("that failed: internal error")
                if pause is None:
                    resume()
                else:
                    pause(resume)

            if not run(work):
                self.tell("the server has too much to do: try again")
                resume()

        return start

    # Behind these.

    def _post(self, item: Any) -> Post | None:
        """The message that an item of the inbox is, if it is one. Raises ChatError."""
        if self.login is not None or not isinstance(item, str) or not item:
            return None
        command, argument = understand(item)
        if command is None or not command.posts:
            return None
        post: Post = command.run(self, argument)
        return post

    def _one(self, item: Any) -> Pause | None:
        """One thing that is no message: an answer, a command, a turn of our own, or what can't be read."""
        if callable(item):
            item()
        elif item == "":
            pass  # an empty line says nothing
        elif isinstance(item, bytes):
            self._complain("not-utf8")
        elif isinstance(item, Enum):
            self._complain(str(item.value))
        elif self.login is not None:
            return self.login.hear(item)
        else:
            command, argument = understand(item)
            if command is not None:
                return self._run(command, argument)
        return None

    def _run(self, command: Command, argument: str) -> Pause | None:
        if command.blocking:
            job = lambda: self._run_blocking(command, argument)  # noqa: E731
            return self.in_worker(job, search=command.searches)
        try:
            command.run(self, argument)
        except ChatError as error:
            self.refuse(error)
        return None

    def _run_blocking(self, command: Command, argument: str) -> None:
        began = time.thread_time()
        try:
            command.run(self, argument)
        finally:
            if command.asks(argument):
                self._worked += time.thread_time() - began

    def _asks(self, item: Any) -> bool:
        """Whether a line only reads."""
        if self.login is not None or not isinstance(item, str):
            return False
        try:
            command, argument = understand(item)
        except ChatError:
            return False
        return command is not None and command.asks(argument)

    def _charge(self) -> None:
        """What its questions have cost since the last turn."""
        worked, self._worked = self._worked, 0.0
        if worked:
            self.session.worked(worked)

    def _complain(self, problem: str) -> None:
        if problem not in _PROBLEMS:
            self.quit("too much without an end of line")
            return
        self.tell(_PROBLEMS[problem])
        if self.login is not None:
            self.login.ask_again()

    def _submit(self, posts: list[Post]) -> Pause:
        ticket = self.session.submit([post.unit for post in posts])

        def start(resume: Callable[[], None]) -> None:
            def stored() -> None:
                try:
                    self._report(posts, ticket.outcomes or ())
                finally:
                    resume()

            ticket.when_done(stored)

        return start

    def _report(self, posts: Sequence[Post], outcomes: Sequence[Any]) -> None:
        for post, outcome in zip(posts, outcomes, strict=True):
            if isinstance(outcome, ChatError):
                said = post.said if len(post.said) <= _EXCERPT else post.said[:_EXCERPT] + "..."
                self.tell(f"{_explained(outcome)}; this was not sent: {said}")
            elif post.to:
                away = self.session.sees.away_message(post.to)
                if away:
                    self.tell(f"{post.to} is away ({away}): it waits for them")

    def _show_entered(self, room_id: int) -> None:
        joined = self.take_entered(room_id)
        if joined is not None:
            show_entered_elsewhere(self, joined)

    def _goodbye(self, why: str) -> None:
        if not self._said_goodbye:
            self._said_goodbye = True
            self.tell(why)


def _explained(error: ChatError) -> str:
    hint = _HINTS.get(error.code, "")
    return explained(error) + (f" ({hint})" if hint else "")
