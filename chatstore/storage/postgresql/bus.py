"""The bus: what one node commits, it tells the other nodes of its database at once.

It runs by PostgreSQL's LISTEN and NOTIFY, on two connections of its own with a thread each. It only makes nodes
quick: what it loses is found in the database.

- **What is stored is never on the bus**, only how far rooms have got. The hearer reads the rows, so nobody can be
  shown what is not in the database. What is not stored (typing, AWAY, invites, a room that was removed) is on
  it, in its place between the rooms' seqs.
- **NOTIFY comes after COMMIT**, and in a transaction of its own: inside the writer's it would end group commit,
  because it holds one lock of the whole server until its transaction is on disk.
- **Each message of a node has a number**, one more than the last. A node with nothing to say sends an empty message
  each second. Whoever misses a number asks the database (`Lost`), and so does whoever hears nothing of a node that
  has committed something.

A message is `VERSION NODE N PIECE LEFT TEXT`. NOTIFY takes 8,000 bytes, so a longer text goes in pieces: PIECE
counts them from 0, and LEFT are to come (-1: the node says no more). The text is a list in JSON. An object in it
has last seqs by room, and an array is an event (chat.model.encoding).
"""

from __future__ import annotations

import logging
import os
import select
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple

import msgspec
import psycopg
from sqlalchemy import Engine

from chatstore.chat.model.encoding import VERSION, decoded, encoded
from chatstore.chat.model.events import Event, Published
from chatstore.chat.model.room_events import RoomEvent
from chatstore.storage.postgresql import driver

log = logging.getLogger(__name__)

CHANNEL = "chatstore"
MOST_BYTES = 7_900
"""Of a message, with what stands before its text."""
_BEAT = 1.0
"""Seconds after which a node with nothing to say sends its number."""
_SILENT = 3.0
"""Seconds without a message after which a node is silent, and after which our own messages, which come back, should
have come. As often, the database is asked whether silent nodes have committed something."""
_AGAIN = 0.05
"""Seconds until a connection that was lost is made again."""
_MOST_WAITING = 10_000
"""Batches that wait to be told while NOTIFY does not work. Beyond that they are dropped, which the number tells."""
_BATCHES = "SELECT id, batch FROM nodes"
_NOTIFY = (
    f"SELECT pg_notify('{CHANNEL}', text) FROM unnest(%s::text[]) AS messages (text)"
    " WHERE EXISTS (SELECT 1 FROM nodes WHERE id = %s)"
)
"""A node that was declared dead tells nothing any more: the others have been told what became of its people."""

_UNTOLD = "0"
"""Something that no node can read: it asks the database."""

Told = dict[int, int] | Event
"""One thing that a node tells: the last seqs of rooms, by room; or an event that is not stored."""


class Lost(NamedTuple):
    """Something may not have been heard."""

    why: str


Heard = Told | Lost


def composed(published: Iterable[Published]) -> list[str]:
    """What is told of a batch, as JSON."""
    told: list[str] = []
    last: dict[int, int] = {}
    for event, _ in published:
        if isinstance(event, RoomEvent) and event.seq:
            last[event.room] = event.seq
            continue
        if last:
            told.append(_json(last))
            last = {}
        told.append(encoded(event))
    if last:
        told.append(_json(last))
    return told


def _json(last: dict[int, int]) -> str:
    return msgspec.json.encode(last).decode()


def read(text: str) -> list[Told]:
    """The reverse of `composed`, joined to a list. What this version does not know is left out. Raises
    msgspec.DecodeError."""
    told: list[Told] = []
    for raw in msgspec.json.decode(text, type=list[msgspec.Raw]):
        if bytes(raw) == _UNTOLD.encode():
            raise msgspec.DecodeError("something could not be told")
        if bytes(raw).startswith(b"{"):
            told.append(msgspec.json.decode(raw, type=dict[int, int]))
        elif (event := decoded(raw)) is not None:
            told.append(event)
    return told


def pieces(text: str, most: int) -> list[str]:
    """The text in pieces of so many bytes at most."""
    data = text.encode()
    cut: list[str] = []
    begin = 0
    while begin < len(data) or not cut:
        end = begin + most
        while end < len(data) and data[end] & 0xC0 == 0x80:  # inside a character
            end -= 1
        cut.append(data[begin:end].decode())
        begin = end
    return cut


class _Speaker:
    """A node that is heard."""

    def __init__(self) -> None:
        self.last: int | None = None
        """The number of its last message."""
        self.pieces: list[str] = []
        self.heard_at = time.monotonic()


class Ear:
    """Makes messages of what comes, and notices what does not come."""

    def __init__(self, node: str) -> None:
        self._node = node
        self._speakers: dict[str, _Speaker] = {}
        self.heard_at = time.monotonic()
        """When something came last, our own messages included."""
        self._batches: dict[str, int] = {}
        """Of the nodes that are silent: the last of their batches that is known to be missed."""

    def hear(self, payload: str) -> list[Heard]:
        self.heard_at = time.monotonic()
        try:
            version, node, *numbers, text = payload.split(" ", 5)
            number, piece, left = map(int, numbers)
        except ValueError:
            return [Lost("a message that this version does not know")]
        if version != str(VERSION):
            return [Lost(f"a message of version {version}")]
        if node == self._node:
            return []
        speaker = self._speakers.setdefault(node, _Speaker())
        speaker.heard_at = self.heard_at
        if speaker.last is not None and number <= speaker.last:
            return []  # told twice, because nobody knew whether it was told
        found: list[Heard] = []
        if number != (speaker.last or 0) + 1:  # nobody has heard a node's first message if that is not the first
            found.append(Lost(f"messages of node {node} before its message {number}"))
            speaker.pieces = []
        speaker.last = number
        if piece != len(speaker.pieces):
            speaker.pieces = []
            return [*found, Lost(f"the beginning of a message of node {node}")]
        speaker.pieces.append(text)
        if left > 0:
            return found
        whole, speaker.pieces = "".join(speaker.pieces), []
        if left < 0:  # it was the last one
            del self._speakers[node]
        try:
            told = read(whole)
        except msgspec.DecodeError:
            return [*found, Lost(f"a message of node {node} that this version can't read")]
        return [*found, *told]

    def missed(self, batches: Mapping[str, int]) -> list[Heard]:
        """What the nodes have committed that are silent. `batches`: the number of the last batch by node, as it is
        stored; a node that is not among them has gone. A silent node that commits nothing is worth no look."""
        now = time.monotonic()
        gone = self._speakers.keys() - batches.keys()
        found: list[Heard] = [Lost(f"the end of node {node}") for node in gone]
        for node in gone:
            del self._speakers[node]
        silent = {
            node: batch
            for node, batch in batches.items()
            if node != self._node and not (node in self._speakers and now - self._speakers[node].heard_at < _SILENT)
        }
        found += [
            Lost(f"node {node} is silent") for node, batch in silent.items() if self._batches.get(node) != batch
        ]
        self._batches = silent
        return found


class Bus:
    """One node's part. `hear` is called with what the others tell, in a thread of the bus; it must not block."""

    def __init__(self, engine: Engine, node: str, hear: Callable[[Heard], None]) -> None:
        self._engine = engine
        self._node = node
        self._hear = hear
        self._ear = Ear(node)
        self._number = 0
        self._queue: SimpleQueue[list[str] | None] = SimpleQueue()
        """What is to be told, by batch; None is the end."""
        self._troubles: dict[str, bool] = {}
        """Whether it does not tell or hear at present."""
        self._stopping = threading.Event()
        self._listening = threading.Event()
        """Set once the first LISTEN was tried."""
        self._wake, self._waker = os.pipe()
        self._threads = [
            threading.Thread(target=target, name=name, daemon=True)
            for target, name in ((self._listen, "bus-hears"), (self._speak, "bus-tells"))
        ]

    @property
    def hears(self) -> bool:
        """Whether it hears the other nodes. Any thread may ask."""
        return not self._troubles.get("hears", False)

    def start(self) -> None:
        """Listen, and return when it does: whatever is committed after that is heard. If the database does not
        answer, it returns, too, and goes on trying."""
        for thread in self._threads:
            thread.start()
        self._listening.wait()

    def tell(self, published: Iterable[Published]) -> None:
        """Tell the other nodes what was committed. Never blocks."""
        try:
            told = composed(published)
        except Exception:
            log.exception("what was committed can't be told to the other nodes", {"event": "bus-failed"})
            told = [_UNTOLD]
        if told:
            self._queue.put(told)

    def stop(self) -> None:
        """Tell what waits, and stop."""
        self._queue.put(None)
        self._stopping.set()
        os.write(self._waker, b"x")
        for thread in self._threads:
            if thread.is_alive():
                thread.join()
        os.close(self._wake)
        os.close(self._waker)

    # Telling.

    def _speak(self) -> None:
        connection: Any = None
        while True:
            told, more = self._take()
            messages = self._numbered(told, last=not more)
            wait = _AGAIN
            while True:
                try:
                    connection = connection or self._connect("SET synchronous_commit = off")
                    connection.execute(_NOTIFY, [messages, self._node])
                    self._note("tells", None)
                    break
                except Exception as error:
                    self._note("tells", error)
                    _close(connection)
                    connection = None
                if self._stopping.wait(wait):
                    break
                wait = min(2 * wait, 1.0)
                if self._queue.qsize() > _MOST_WAITING:
                    self._drop()
            if not more:
                _close(connection)
                return

    def _take(self) -> tuple[list[str], bool]:
        """What is to be told now, nothing after a second; and whether there will be more."""
        told: list[str] = []
        try:
            batch = self._queue.get(timeout=_BEAT)
            while batch is not None:
                told += batch
                batch = self._queue.get_nowait()
        except Empty:
            return told, True
        return told, False

    def _numbered(self, told: Sequence[str], *, last: bool) -> list[str]:
        """The messages to send. `last`: the node says no more after it."""
        texts = pieces(f"[{','.join(told)}]", MOST_BYTES - len(f"{VERSION} {self._node} ") - 40)
        messages = []
        for piece, text in enumerate(texts):
            self._number += 1
            left = len(texts) - piece - 1
            messages.append(
                f"{VERSION} {self._node} {self._number} {piece} {-1 if last and not left else left} {text}"
            )
        return messages

    def _drop(self) -> None:
        """Forget what waits; the missing number lets the others ask the database."""
        self._number += 1
        with suppress(Empty):
            while True:
                if self._queue.get_nowait() is None:
                    self._queue.put(None)
                    return

    # Hearing.

    def _listen(self) -> None:
        while not self._stopping.is_set():
            connection: Any = None
            try:
                connection = self._connect(f"LISTEN {CHANNEL}")
                self._note("hears", None)
                if self._listening.is_set():
                    self._hear(Lost("what was told until now"))
                self._listening.set()
                self._hear_all(connection)
            except Exception as error:
                self._note("hears", error)
                if connection is None:
                    self._hear(Lost("what is told meanwhile"))
                    self._listening.set()
                self._stopping.wait(_BEAT if connection is None else _AGAIN)
            finally:
                _close(connection)

    def _hear_all(self, connection: Any) -> None:
        """Hear until the connection is lost, or nothing comes any more."""
        poll = select.poll()
        poll.register(connection.fileno(), select.POLLIN)
        poll.register(self._wake, select.POLLIN)
        connection.add_notify_handler(self._notified)  # for what comes while it asks
        self._ear.heard_at = time.monotonic()
        next_look = self._ear.heard_at + _SILENT
        while not self._stopping.is_set():
            poll.poll(_BEAT * 1000)
            connection.pgconn.consume_input()
            while (notified := connection.pgconn.notifies()) is not None:
                for heard in self.came(notified.extra.decode()):
                    self._hear(heard)
            if time.monotonic() - self._ear.heard_at > _SILENT:
                log.warning(
                    "nothing is heard, not even what this node tells: connecting again", {"event": "bus-silent"}
                )
                return
            if time.monotonic() >= next_look:
                next_look = time.monotonic() + _SILENT
                for missed in self._ear.missed(dict(connection.execute(_BATCHES).fetchall())):
                    self._hear(missed)

    def _notified(self, notify: psycopg.Notify) -> None:
        for heard in self.came(notify.payload):
            self._hear(heard)

    def came(self, payload: str) -> list[Heard]:
        """A message has come. (Tests lose some here.)"""
        return self._ear.hear(payload)

    def _note(self, what: str, error: Exception | None) -> None:
        """Log, once, that the node does not tell or hear the others, and that it does again."""
        before, self._troubles[what] = self._troubles.get(what, False), error is not None
        if error is not None and not before:
            unexpected = not isinstance(error, driver.ERRORS)
            log.warning(
                "the bus no longer %(way)s the other nodes: %(why)s",
                {"event": "bus-lost", "way": what, "why": driver.why(error)},
                exc_info=unexpected,
            )
        elif before and error is None:
            log.warning("the bus %(way)s the other nodes again", {"event": "bus-back", "way": what})

    def _connect(self, statement: str) -> Any:
        """A connection that belongs to nobody else, after this statement."""
        pooled = self._engine.raw_connection()
        connection: Any = pooled.driver_connection
        pooled.detach()
        try:
            connection.autocommit = True
            connection.execute(statement)
        except BaseException:
            connection.close()
            raise
        return connection


def _close(connection: Any) -> None:
    if connection is not None:
        with suppress(psycopg.Error):
            connection.close()
