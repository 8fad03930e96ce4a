"""IrcProtocol: lines in, commands run in order, lines out. It never sees a socket.

It parses each line, looks up the command, and checks what the command's row in the table requires
(registered, enough parameters) before the function runs. turns.py decides the order: what runs at once, what
a worker does, and which messages share a commit.

Spec: the Modern IRC client protocol ("Connection Registration", "Message Format", "Numerics": 417, 421, 451,
461); IRCv3 capability-negotiation, message-tags ("Size limit"), utf8-only.
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
from chatstore.irc import numerics as n
from chatstore.irc.client import Client
from chatstore.irc.commands import Command, all_commands
from chatstore.irc.errors import middle
from chatstore.irc.keepalive import Keepalive
from chatstore.irc.line import MAX_BODY, MAX_CLIENT_TAG_DATA, MAX_PUSH, Line, LineError, parse
from chatstore.irc.metadata import aware, show_person_metadata
from chatstore.irc.multiline import give_up, interrupted, is_part, overdue
from chatstore.irc.posts import Post, instead_of
from chatstore.irc.reconfigured import tell_of_changes
from chatstore.irc.server import IrcServer
from chatstore.irc.show import show_room
from chatstore.turns import Posted, Request, Turns, Work

log = logging.getLogger(__name__)

_A_PART = 0.1
"""The number of lines that one line of a batch counts as. The lines become one message, which has its own
limits for length and number of lines."""
_PUSH = "WEBPUSH "
_SURELY_FITS = (MAX_BODY - 2) // 4
"""A text of this many characters fits into a line, because UTF-8 has at most four bytes per character."""


class IrcProtocol(Client):
    """Speaks IRC on one connection (net.connection.LineProtocol).

    The I/O thread calls lines_received() and tick(). The writer's thread calls send(), entered(),
    came_online() and ended() through the session, so they must not block.
    """

    __slots__ = ("_policy", "_turns", "announced", "keepalive")

    partial_line_timeout: float | None = None

    def __init__(
        self,
        server: IrcServer,
        address: str,
        *,
        local: bool,
        send: Callable[[bytes], None],
        close: Callable[[str], None],
        push: Callable[[Any], None],
    ) -> None:
        super().__init__(server, send=send, close=close, push=push)
        self.session = Session(server.chat, self, address, local=local, renderer=server.renderer(frozenset()))
        self.outgoing.carry(self.session)
        self.keepalive = Keepalive(self)
        self.session.progress = self.keepalive.progress
        self.announced = False
        """Whether the log has a line about the beginning of this connection. Otherwise its end is logged for
        debugging only."""
        self._turns = Turns(self, server.pools)
        self._policy = self.session.policy

    # From the connection.

    def connected(self) -> None:
        """Does nothing: an IRC server waits until the client speaks."""

    def lines_received(self, inbox: deque[Any]) -> Callable[[Callable[[], None]], None] | float | None:
        """Handle the lines of the inbox; see turns.Turns.handle()."""
        return self._turns.handle(inbox)

    def tick(self, quiet: float) -> None:
        """Check the time limits, and tell the client about a changed configuration."""
        self.keepalive.tick(quiet)
        before, now = self._policy, self.session.policy
        if now is not before:
            self._policy = now
            self.push(lambda: tell_of_changes(self, before))
        if overdue(self):
            self.push(lambda: give_up(self))

    def disconnected(self, why: str, *, arrived: Callable[[], bool]) -> Callable[[Callable[[], None]], None]:
        """End the session, log the end, and say goodbye to a client that may still read it. The pause
        that it returns ends when that is stored."""
        self._turns.charge()
        who = self.session.nick or self.session.address
        log.log(
            logging.INFO if self.announced else logging.DEBUG,
            "%(who)s disconnected: %(why)s",
            {"event": "disconnected", "who": who, "why": "Quit" if why.startswith("Quit: ") else why},
        )
        told = self.session.close(why, received=lambda: arrived() and not self.keepalive.lost)
        self.say_goodbye(why)
        return told.when_done

    # From the session, in the writer's thread.

    def entered(self, room_id: int, joined: MemberJoined) -> None:
        """The person joined a room, and no command of this connection did that. The room is shown in a turn
        of its own."""
        self.push(lambda: show_room(self, joined))

    def came_online(self, nick: str) -> None:
        """A monitored nick came online: show its metadata."""
        if aware(self):
            self.push(lambda: show_person_metadata(self, [nick]))

    def ended(self, reason: str) -> None:
        """The server ends the session."""
        self.quit(reason)

    # For the engine (turns.CommandRunner).

    def understand(self, item: Any) -> Request:
        """Return the item as a command that may run now. Without a command, run() refuses the item or runs it
        as a job of the server's own."""
        line: Line | None = None
        if isinstance(item, str) and (len(item) <= _SURELY_FITS or not _too_long(item)):
            try:
                line = parse(item)
            except LineError:
                line = None
        if line is None:
            return Request(item, None, None, 1 if isinstance(item, (str, bytes, Enum)) else 0, False, False)
        command = _command_for(line, registered=self.registration.done)
        if command is None:
            return Request(item, None, line, 1, False, False)
        if self.multiline is not None and is_part(self, line):
            cost = _A_PART
        else:
            cost = command.cost * (1 + line.params[0].count(",")) if line.params else command.cost
        question = command.question
        if not isinstance(question, bool):
            question = question(self, line)
        return Request(item, command, line, cost, question, command.posts)

    def post(self, request: Request) -> Posted[Post]:
        """Run a command that posts, and return its messages with what it answered at once."""
        command, line = request.command, request.argument
        if line.tags:
            self.begin_answer(line)
        posts: Sequence[Post] = ()
        try:
            posts = command.run(self, line)
        except ChatError as error:
            self.refuse(line.command, error)
        answer, data = self.answer, self.reply.take()
        if answer is not None:
            self.answer_with(None)
        return Posted(posts, data, answer)

    def run(self, request: Request) -> Ticket | None:
        """Run a command, or a job of the server's own, or refuse what is not a command."""
        if callable(request.item):
            return Work(request.item, vital=True)
        command: Command | None = request.command
        line: Line | None = request.argument or _parsed(request.item)
        if line is not None and line.tags:
            self.begin_answer(line)
        if command is None or line is None:
            self._complain(request.item, line)
        elif self.multiline is not None and interrupted(self, command.name):
            pass
        elif command.blocking:
            job = partial(command.run, self, line)
            return Work(job, command=line.command, search=command.searches, question=request.question)
        else:
            try:
                ticket: Ticket | None = command.run(self, line)
            except ChatError as error:
                self.refuse(line.command, error)
            else:
                if request.question and isinstance(ticket, Work):
                    ticket.question = True
                return ticket
        return None

    def fail(self) -> None:
        """Answer that a command failed because of an error in the server."""
        self.reply.numeric(n.ERR_UNKNOWNERROR, "*", text="internal error")

    def report(self, group: Sequence[Posted[Post]], outcomes: Sequence[Any]) -> None:
        """Answer the messages of some lines: refusals, and away messages of people.

        Successful messages to rooms have no answer, so they skip that: this runs for every message.
        """
        place = 0
        for posted in group:
            for post in posted.posts:
                outcome = outcomes[place]
                place += 1
                if isinstance(outcome, ChatError) or post.target[:1] != "#":
                    self._report_post(post, outcome)
            if posted.answer is not None:
                posted.answer.send(self.reply.take())
                posted.answer.finish()

    def flush(self) -> None:
        """Send the answers that the command has gathered."""
        self.reply.flush()

    # Helpers.

    def _report_post(self, post: Post, outcome: Any) -> None:
        if isinstance(outcome, ChatError):
            if post.command != "NOTICE":  # a NOTICE is never answered
                self.refuse(post.command, outcome, post.target)
        elif post.command == "PRIVMSG" and "#" not in post.target[:2]:
            away = self.session.sees.away_message(post.target)
            if away:
                self.reply.numeric(n.RPL_AWAY, post.target, text=away)

    def _complain(self, item: Any, line: Line | None) -> None:
        """Answer an item of the inbox that is not a command or may not run now. `line`: what could be parsed
        of it."""
        if isinstance(item, Enum):
            if item.value == "endless":
                self.quit("the line is far too long")
            else:
                self.reply.numeric(n.ERR_INPUTTOOLONG, text="that line is too long")
        elif isinstance(item, bytes):
            # IRCv3 utf8-only: the message is not processed, and the client is told.
            name = line.command if line is not None else "*"
            self.reply.fail(
                name, "INVALID_UTF8", text="that line is not UTF-8: set your client's encoding to UTF-8"
            )
        elif line is not None and _too_long(item):
            self.reply.numeric(n.ERR_INPUTTOOLONG, text="that line is too long")
        elif line is not None and not _numeric(line.command):  # ignored, like what cannot be parsed
            self._complain_of_command(line)

    def _complain_of_command(self, line: Line) -> None:
        command = all_commands().get(line.command)
        if not self.registration.done and (command is None or command.registered):
            self.reply.numeric(n.ERR_NOTREGISTERED, text="you have not registered")
        elif command is None:
            self.reply.numeric(n.ERR_UNKNOWNCOMMAND, middle(line.command), text="unknown command")
        elif command.missing is not None:
            self.reply.numeric(command.missing[0], text=command.missing[1])
        else:
            self.reply.numeric(n.ERR_NEEDMOREPARAMS, line.command, text="not enough parameters")


def _parsed(item: Any) -> Line | None:
    """Parse as much of a refused item as possible, for the command and the label of the answer."""
    if isinstance(item, bytes):
        item = item.decode(errors="replace")
    try:
        return parse(item) if isinstance(item, str) else None
    except LineError:
        return None


def _too_long(text: str) -> bool:
    if len(text) <= MAX_BODY - 2 and text.isascii():
        return False
    tags, _, body = text.partition(" ") if text.startswith("@") else ("", "", text)
    if len(tags) > MAX_CLIENT_TAG_DATA // 4 and len(tags.encode()) - 1 > MAX_CLIENT_TAG_DATA:
        return True
    most = MAX_PUSH if body[: len(_PUSH)].upper() == _PUSH else MAX_BODY - 2
    return len(body) > most or (not body.isascii() and len(body.encode()) > most)


def _command_for(line: Line, *, registered: bool) -> Command | None:
    """Return the command of a line, if it may run now; otherwise None."""
    command = all_commands().get(line.command)
    if command is None or (command.registered and not registered):
        return None
    if command.posts and (other := instead_of(line)) is not None:
        return other
    return command if len(line.params) >= command.min_params else None


def _numeric(command: str) -> bool:
    return len(command) == 3 and command.isdigit()
