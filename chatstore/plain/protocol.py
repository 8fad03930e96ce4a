"""PlainProtocol: a person's lines in, commands run in order, lines out. It never sees a socket.

First come the questions of login.py. Then every line is a message to the current room, or a command. turns.py
decides the order: what runs at once, what a worker does, and which messages share a commit.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence
from enum import Enum
from functools import partial
from typing import Any

from chatstore.chat.model.errors import ChatError
from chatstore.chat.model.room_events import MemberJoined
from chatstore.chat.session import Session
from chatstore.chat.ticket import Ticket
from chatstore.plain.client import Client, PlainServer, refusal, server_lines
from chatstore.plain.commands import Command, Post, understand
from chatstore.plain.login import Login
from chatstore.plain.renderer import PlainRenderer
from chatstore.plain.show import away_reason, show_entered_elsewhere
from chatstore.turns import Posted, Request, Turns, Work

log = logging.getLogger(__name__)

QUIET_SECONDS = 60.0
"""Seconds that somebody may be silent before the login is done."""
LOGIN_SECONDS = 180.0
"""Seconds that the whole login may take."""
_EXCERPT = 40
"""Characters of a message that are repeated when it is refused."""

_PROBLEMS = {
    "too-long": "the line was not sent, because it is too long",
    "not-utf8": "the line was ignored, because it is not valid UTF-8",
}


class PlainProtocol(Client):
    """Speaks the plain-text protocol on one connection (net.connection.LineProtocol).

    The I/O thread calls lines_received() and tick(). The writer's thread calls send(), entered(),
    came_online() and ended() through the session, so they must not block.
    """

    __slots__ = ("_began", "_push", "_turns", "announced", "login")

    partial_line_timeout: float | None = 0.3

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
        super().__init__(server, send=send, close=close)
        self.session = Session(server.chat, self, address, local=local, renderer=PlainRenderer())
        self.login = Login(self)
        self._push = push
        self.announced = False
        """Whether the log has a line about the beginning of this connection. Otherwise its end is logged for
        debugging only."""
        self._began = self.session.clock()
        self._turns = Turns(self, server.pools)

    # From the connection.

    def connected(self) -> None:
        """Ask the first question of the login."""
        self.login.greet()

    def lines_received(self, inbox: deque[Any]) -> Callable[[Callable[[], None]], None] | float | None:
        """Handle the lines of the inbox; see turns.Turns.handle()."""
        return self._turns.handle(inbox)

    def tick(self, quiet: float) -> None:
        """Close a connection that is too slow to log in. After the login a connection may be silent."""
        self.session.delivered.tick()
        taken = self.session.clock() - self._began
        if not self.login.done and (quiet > QUIET_SECONDS or taken > LOGIN_SECONDS):
            self.quit("nobody logged in")

    def disconnected(self, why: str, *, arrived: Callable[[], bool]) -> Callable[[Callable[[], None]], None]:
        """End the session, log the end, and say goodbye. The pause that it returns ends when that is stored."""
        self._turns.charge()
        who = self.session.nick or self.session.address
        log.log(
            logging.INFO if self.announced else logging.DEBUG,
            "%(who)s disconnected: %(why)s",
            {"event": "disconnected", "who": who, "why": why},
        )
        told = self.session.close(why, received=arrived)
        self.say_goodbye(why)
        return told.when_done

    # From the session, in the writer's thread.

    def entered(self, room_id: int, joined: MemberJoined) -> None:
        """The person joined a room, and no command of this connection did that. The room is shown in a turn
        of its own."""
        self._push(lambda: show_entered_elsewhere(self, joined))

    def came_online(self, nick: str) -> None:
        """Does nothing: this protocol has no monitor list."""

    def ended(self, reason: str) -> None:
        """The server ends the session."""
        self.quit(reason)

    # For the engine (turns.CommandRunner).

    def understand(self, item: Any) -> Request:
        """Return the item as a command. Without a command it is an answer to the login, a job of the server's
        own, or refused."""
        if callable(item):
            return Request(item, None, None, 0, False, False)
        if not self.login.done or not isinstance(item, str) or not item:
            return Request(item, None, None, 1, False, False)
        try:
            command, argument = understand(item)
        except ChatError as error:
            return Request(item, None, error, 1, False, False)
        if command is None:
            return Request(item, None, None, 1, False, False)
        return Request(item, command, argument, 1, command.asks(argument), command.posts)

    def post(self, request: Request) -> Posted[Post]:
        """Return the message of a line, or the reason of its refusal."""
        try:
            return Posted([request.command.run(self, request.argument)])
        except ChatError as error:
            return Posted((), server_lines(refusal(error)))

    def run(self, request: Request) -> Ticket | None:
        """Run a command or a job of the server's own, answer the login, or refuse the item."""
        item = request.item
        command: Command | None = request.command
        if callable(item):
            item()
        elif isinstance(item, bytes):
            self._complain("not-utf8")
        elif isinstance(item, Enum):
            self._complain(str(item.value))
        elif isinstance(request.argument, ChatError):
            self.refuse("", request.argument)
        elif not self.login.done:
            return self.login.answer(item)
        elif command is None:
            pass  # an empty line is ignored
        elif command.blocking:
            job = partial(command.run, self, request.argument)
            return Work(job, search=command.searches, question=request.question)
        else:
            try:
                command.run(self, request.argument)
            except ChatError as error:
                self.refuse("", error)
        return None

    def fail(self) -> None:
        """Answer that a command failed because of an error in the server."""
        self.tell("the command failed: internal error")

    def report(self, group: Sequence[Posted[Post]], outcomes: Sequence[Any]) -> None:
        """Tell the person which messages were refused, and who is away."""
        posts = [post for posted in group for post in posted.posts]
        for post, outcome in zip(posts, outcomes, strict=True):
            self._report_post(post, outcome)

    def finish(self) -> None:
        """Does nothing: this protocol has no labelled answers."""

    def flush(self) -> None:
        """Does nothing: this protocol sends every answer at once."""

    # Helpers.

    def _report_post(self, post: Post, outcome: Any) -> None:
        if isinstance(outcome, ChatError):
            excerpt = post.text if len(post.text) <= _EXCERPT else post.text[:_EXCERPT] + "..."
            self.tell(f"{refusal(outcome)}; not sent: {excerpt}")
        elif post.to:
            away = self.session.sees.away_message(post.to)
            if away:
                why = away_reason(away)
                self.tell(f"{post.to} is away{f' ({why})' if why else ''} and will see your message later")

    def _complain(self, problem: str) -> None:
        if problem not in _PROBLEMS:
            self.quit("the line is far too long")
            return
        self.tell(_PROBLEMS[problem])
        if not self.login.done:
            self.login.ask_again()
