"""Clients that lose their connection at any byte, and the model of what they must know afterwards.

A `Device` keeps what it was told and asks for the rest by CHATHISTORY AFTER, as a careful client does: a live
message moves the place from which it will ask only when the pages have reached it, because a page may be cut off.
An `OldDevice` knows nothing of history, and relies on what it is shown when it comes.

What must hold at any time, on each connection: a conversation's live messages rise, and none comes that was told
live before; a page rises from its selector and has at most what was asked for. And after catching up: everything is
known, once, as it is stored.
"""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Sequence
from itertools import count

from chatstore.irc.line import parse
from tests.faults.away import must
from tests.faults.told import CAPS, Stored, Told, page, told
from tests.running import PASSWORD, IrcClient, plain

LIMIT = 3
"""Messages of a page: small, so that there are many pages to be cut off in."""
OLD_CAPS = "message-tags server-time batch"
BEGINNING = "timestamp=1970-01-01T00:00:00.000Z"


_NUMBERS = count(1)


class CutError(Exception):
    """The connection is lost here."""


class CutClient(IrcClient):
    """Reads no byte behind the line it returns, and only so many bytes or lines; then its connection is lost."""

    def __init__(self, port: int, device: Device, *, most_bytes: int = 2**40, most_lines: int = 2**40) -> None:
        super().__init__("127.0.0.1", port)
        self._device = device
        self._bytes, self._lines = most_bytes, most_lines
        self.read = 0

    def line(self) -> str:
        if self._lines <= 0:
            raise CutError
        data = b""
        while not data.endswith(b"\n"):
            if self._bytes <= 0:
                raise CutError
            seen = self._socket.recv(min(65536, self._bytes), socket.MSG_PEEK)
            if not seen:
                raise EOFError
            data += self._socket.recv(seen.find(b"\n") + 1 or len(seen))
            self._bytes -= len(data)
            self.read += len(data)
        self._lines -= 1
        self.log.append(data.decode().removesuffix("\r\n"))
        message = told(parse(self.log[-1]))
        if message is not None:
            self._device.hear(message)
        return self.log[-1]

    def vanish(self, *, reset: bool) -> None:
        """With a reset, as from a machine that lost power and came back; or by the end of the client's process, in
        the middle of a line."""
        with contextlib.suppress(OSError):  # the server may have closed already
            self.send_bytes(b"PRIVMSG #main :half a li")
        if reset:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()


class Device:
    """One of an account's. `targets`: what it calls the conversations that it is in."""

    caps = CAPS

    def __init__(self, account: str, targets: Sequence[str]) -> None:
        self.account = account
        self.targets = targets
        self.known: dict[int, dict[int, Told]] = {}
        self.said: list[str] = []
        """Everything that it tried to say, each unlike all others of anybody."""
        self._live: dict[int, int] = {}
        """By conversation, the last seq that was told live, on any connection."""
        self._shown: dict[str, Told] = {}
        """By target, the message up to which everything is known."""
        self._ahead: dict[str, Told] | None = None
        """By target, the last that came live while the pages have not reached it; None: they have reached all."""

    def connect(self, port: int, **cut: int) -> CutClient:
        """Come up to the last of the rooms. CutError leaves the client in `client`."""
        self._ahead = {}
        self.client = CutClient(port, self, **cut)
        self.client.nick = self.account
        self.client.send("CAP LS 302", f"NICK {self.account}", f"USER {self.account} 0 * :x")
        self.client.send(f"CAP REQ :sasl {self.caps}", "AUTHENTICATE PLAIN")
        self.client.send(f"AUTHENTICATE {plain(self.account, PASSWORD)}", "CAP END")
        self.client.wait(" (422|376) ")
        for _ in [target for target in self.targets if target.startswith("#")]:
            self.client.wait(" 366 ")
        return self.client

    def catch_up(self) -> None:
        """Pages of each conversation, until an empty one."""
        for target in self.targets:
            while self._more(target):
                pass
        assert self._ahead is not None
        ahead, self._ahead = self._ahead, None
        for target, message in ahead.items():
            self._show(target, message)

    def _more(self, target: str) -> bool:
        shown = self._shown.get(target)
        selector = f"msgid={shown.id}" if shown is not None else BEGINNING
        found = page(self.client, f"AFTER {target} {selector} {LIMIT}")
        seqs = [message.seq for message in found]
        must(len(seqs) <= LIMIT, f"a page of more than was asked for: {found}")
        must(seqs == sorted(set(seqs)), f"a page that does not rise: {found}")
        must(not seqs or shown is None or seqs[0] > shown.seq, f"a page from before {selector}: {found}")
        return bool(found)

    def speak(self) -> None:
        """Say something in each conversation."""
        for target in self.targets:
            self.said.append(f"{self.account} {next(_NUMBERS)}")
            self.client.send(f"PRIVMSG {target} :{self.said[-1]}")

    def hear(self, message: Told) -> None:
        known = self.known.setdefault(message.room, {})
        before = known.setdefault(message.seq, message)
        must(before[:4] == message[:4] and before.text == message.text, f"{before} and {message} have one number")
        target = message.nick if message.target == self.account else message.target
        if message.batch:
            self._show(target, message)
            return
        must(message.seq > self._live.get(message.room, 0), f"told again, or out of order: {message}")
        self._live[message.room] = message.seq
        if self._ahead is not None:
            self._ahead[target] = message
        else:
            self._show(target, message)

    def _show(self, target: str, message: Told) -> None:
        if target not in self._shown or self._shown[target].seq < message.seq:
            self._shown[target] = message

    def check(self, in_store: dict[int, list[Stored]], conversations: int) -> None:
        """Everything of so many conversations is known, once, as it is stored."""
        must(len(self.known) == conversations, f"{self.account} knows of {len(self.known)} conversations")
        for room, messages in self.known.items():
            heard = [
                Stored(room, each.seq, each.time, each.nick, each.text) for _, each in sorted(messages.items())
            ]
            missed = [message for message in in_store[room] if message not in heard]
            must(missed == [], f"{self.account} missed {missed}")
            must(heard == in_store[room], f"{self.account} knows something else than is stored: {heard}")


class OldDevice(Device):
    """One without history, and the only one of its account. What it is shown when it comes is a page of its own."""

    caps = OLD_CAPS

    def connect(self, port: int, **cut: int) -> CutClient:
        self.seqs: dict[int, list[int]] = {}
        """By conversation, everything of this connection, shown or live."""
        return super().connect(port, **cut)

    def catch_up(self) -> None:
        """Nothing can be asked for."""

    def speak(self) -> None:
        """It has no echo, so it would not know what became of it."""

    def hear(self, message: Told) -> None:
        known = self.known.setdefault(message.room, {})
        known.setdefault(message.seq, message)
        seqs = self.seqs.setdefault(message.room, [])
        must(not seqs or message.seq > seqs[-1], f"told again, or out of order: {message} after {seqs[-1:]}")
        seqs.append(message.seq)

    def check_connection(self, in_store: dict[int, list[Stored]]) -> None:
        """What one connection was shown and told, from its first message on, has no gap."""
        for room, seqs in self.seqs.items():
            expected = [each.seq for each in in_store[room] if seqs[0] <= each.seq <= seqs[-1]]
            must(seqs == expected, f"a gap on one connection: {sorted(set(expected) - set(seqs))} of {room}")
