"""JOIN and PART. Spec: Modern, "Channel Operations".

A JOIN is submitted at once, like a message, so the joins of many connections share a commit. The answer follows,
room by room: at once as long as nothing of a room has to be read from the database, and from there on by a worker.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import zip_longest
from typing import TYPE_CHECKING

from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.names import ROOM_LENGTH, room_name
from chatstore.chat.model.room_events import MemberJoined
from chatstore.chat.ticket import Ticket
from chatstore.irc import numerics as n
from chatstore.irc.commands import command
from chatstore.irc.errors import middle
from chatstore.irc.show import show_room, shown_at_once
from chatstore.turns import Work

if TYPE_CHECKING:
    from chatstore.chat.session import Unit
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line

_MANY_MEMBERS = 1000
"""If the rooms of a line have more members than that together, a worker shows the others: a list of so many names
takes more than a millisecond."""


def _are_own(client: Client, line: Line) -> bool:
    """Whether the client is in all of these rooms already, as after a reconnect: then JOIN only reads."""
    return all(name[:1] == "#" and client.session.sees.is_in(name) for name in line.params[0].split(","))


@command("JOIN", min_params=1, question=_are_own)
def join(client: Client, line: Line) -> Work | None:
    """`JOIN #a,#b key,key` joins rooms, and creates those that do not exist. `JOIN 0` leaves every room."""
    if line.params[0] == "0":
        return Work(partial(_leave_all, client), command="JOIN")
    names, keys = line.params[0].split(","), line.param(1).split(",")
    if not any(names):
        client.reply.numeric(n.ERR_NEEDMOREPARAMS, "JOIN", text="not enough parameters")
        return None
    pairs = zip_longest(names, keys[: len(names)], fillvalue="")
    return _Joins(client, [(name, key) for name, key in pairs if name], len(names)).work()


@command("PART", min_params=1, blocking=True)
def part(client: Client, line: Line) -> None:
    """`PART #a,#b reason` leaves rooms."""
    reason = line.param(1)[: client.session.policy.limits.reason_length]
    for name in line.params[0].split(","):
        if name and client.is_channel(name):
            _part(client, name, reason)


def _part(client: Client, name: str, reason: str) -> None:
    try:
        client.session.rooms.part(name, reason).result()
    except ChatError as error:
        client.refuse("PART", error, name)


def _leave_all(client: Client) -> None:
    for name in sorted(f"#{room.name}" for room in client.session.sees.own_rooms()):
        _part(client, name, "")


def _first_again(names: Sequence[str]) -> int:
    """The place of the first room that was named before; the number of names if there is none."""
    before: set[str] = set()
    for place, name in enumerate(names):
        try:
            folded = room_name(name).folded
        except ChatError:
            continue
        if folded in before:
            return place
        before.add(folded)
    return len(names)


class _Joins:
    """The rooms of one JOIN, each with its key. They are joined together and answered one by one, in order.

    `together`: the number of rooms that the command names, which share the bytes of the replay.
    """

    def __init__(self, client: Client, rooms: Sequence[tuple[str, str]], together: int) -> None:
        self._client = client
        end = _first_again([name for name, _ in rooms]) if len(rooms) > 1 else 1
        self._rooms = rooms[:end]
        self._rest = rooms[end:]
        """From the first room on that is named again: the answer for that depends on the one before."""
        self._together = together
        self._asked: list[Unit | ChatError | None] = []
        """What is asked of the writer for each room, or why nothing is. None: the name is no room's."""
        self._ticket = Ticket()
        self._answered = 0
        """How many rooms are answered."""
        self._failed: Exception | None = None
        """Why the first of the rooms that could not be shown was not."""

    def work(self) -> Work:
        return Work(self._answer, command="JOIN", first=self._submit, at_once=self._answer_at_once)

    def _submit(self) -> Ticket:
        """In the I/O thread: queue the joins."""
        for name, key in self._rooms:
            self._asked.append(self._join(name, key) if name.startswith("#") else None)
        joins = [asked for asked in self._asked if asked is not None and not isinstance(asked, ChatError)]
        self._ticket = self._client.session.submit(joins) if joins else Ticket.of(None)
        return self._ticket

    def _join(self, name: str, key: str) -> Unit | ChatError:
        try:
            return self._client.session.rooms.joining(name, key)
        except ChatError as error:
            return error

    def _answer_at_once(self) -> bool:
        """In the writer's thread: answer the rooms up to the first one that needs a worker. Returns whether these
        were all."""
        client, members = self._client, 0
        for name, outcome in self._unanswered():
            if isinstance(outcome, MemberJoined):
                members += client.session.sees.member_count(outcome.room)
                if members > _MANY_MEMBERS or not shown_at_once(client, outcome):
                    return False
            self._answer_one(name, outcome)
        return self._failed is None and not self._rest

    def _answer(self) -> Work | None:
        """In a worker: answer the other rooms. Raises what kept one from being shown."""
        for name, outcome in self._unanswered():
            self._answer_one(name, outcome)
        if self._failed is not None:
            raise self._failed
        return _Joins(self._client, self._rest, self._together).work() if self._rest else None

    def _unanswered(self) -> list[tuple[str, MemberJoined | ChatError | None]]:
        """The names of the rooms that are not answered, each with what has become of it."""
        outcomes = iter(self._ticket.outcomes or ())
        found = [
            (name, asked if asked is None or isinstance(asked, ChatError) else next(outcomes))
            for (name, _), asked in zip(self._rooms, self._asked, strict=True)
        ]
        return found[self._answered :]

    def _answer_one(self, name: str, outcome: MemberJoined | ChatError | None) -> None:
        """Show a room, or answer a refusal. The client is in all of its rooms already, so one that can't be shown
        keeps no other from being shown, and goes live all the same."""
        client = self._client
        self._answered += 1
        try:
            self._show(name, outcome)
        except Exception as error:
            self._failed = self._failed or error
            if outcome is not None and not isinstance(outcome, ChatError):
                client.reply.flush()
                client.session.release(outcome.room, outcome.seq)

    def _show(self, name: str, outcome: MemberJoined | ChatError | None) -> None:
        """Joining a room twice does nothing."""
        client = self._client
        if outcome is None:
            client.is_channel(name)
        elif not isinstance(outcome, ChatError):
            show_room(client, outcome, self._together)
        elif outcome.code is Code.INVALID_NAME:
            bad = n.ERR_NOSUCHCHANNEL if len(name) > ROOM_LENGTH + 1 else n.ERR_BADCHANMASK
            client.reply.numeric(bad, middle(name), text=outcome.text)
        elif outcome.code is not Code.ALREADY_A_MEMBER:
            client.refuse("JOIN", outcome, name)
