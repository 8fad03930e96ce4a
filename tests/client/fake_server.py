"""A scripted IRC server on a real socket: the test says what it expects and what it answers."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress

SECONDS = 60.0
CAPS = "message-tags server-time batch echo-message sasl=PLAIN draft/chathistory draft/account-registration"


class Peer:
    """The server's end of one connection."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._lines = sock.makefile("r", encoding="utf-8", newline="\r\n")
        self.seq = 0

    def line(self) -> str:
        """The next line from the client; "" when it is gone."""
        return self._lines.readline().rstrip("\r\n")

    def expect(self, start: str) -> str:
        """Read on to the line that begins so. PINGs on the way are answered."""
        while True:
            line = self.line()
            assert line, f"the client is gone; expected {start!r}"
            if line.startswith(start):
                return line
            if line.startswith("PING "):
                self.send(f":s PONG s :{line.removeprefix('PING ').removeprefix(':')}")

    def send(self, *lines: str) -> None:
        self._socket.sendall("".join(f"{line}\r\n" for line in lines).encode())

    def log_in(self, *caps: str) -> None:
        offered = [*CAPS.split(), *caps]
        self.expect("CAP LS")
        self.send(f":s CAP * LS :{' '.join(offered)}")
        self.expect("CAP REQ")
        self.send(f":s CAP * ACK :{' '.join(cap.partition('=')[0] for cap in offered)}")
        self.expect("AUTHENTICATE PLAIN")
        self.send("AUTHENTICATE +")
        self.expect("AUTHENTICATE ")
        self.send(":s 903 bob :ok")
        self.expect("CAP END")

    def welcome(self, *history: str, selector: str = "LATEST #main *", people: bool = True) -> None:
        """Up to the room's history, which is given as bodies of alice's messages, or as whole lines."""
        self.send(
            ":s 001 bob :Welcome, bob!u@h", ":s 005 bob CHATHISTORY=100 :are supported", ":s 422 bob :no MOTD"
        )
        self.expect("JOIN #main")
        self.send(":bob!u@h JOIN #main", ":s 366 bob #main :end")
        if people:
            self.expect("CHATHISTORY TARGETS")
            self.send(":s BATCH +t draft/chathistory-targets", ":s BATCH -t")
        self.expect(f"CHATHISTORY {selector}")
        self.send(":s BATCH +h chathistory #main")
        for body in history:
            self.send(
                f"@batch=h;{self.tags()} {body if body.startswith(':') else f':alice!u@h PRIVMSG #main :{body}'}"
            )
        self.send(":s BATCH -h")

    def tags(self) -> str:
        self.seq += 1
        return f"msgid=1-{self.seq};time=2023-11-14T22:13:20.{self.seq:03}Z"

    def echo(self) -> str:
        """Store and echo the next message; its body."""
        line = self.expect("PRIVMSG #main :")
        self.send(f"@{self.tags()} :bob!u@h {line}")
        return line.partition(" :")[2]

    def say(self, body: str) -> None:
        self.send(f"@{self.tags()} :alice!u@h PRIVMSG #main :{body}")

    def drop(self) -> None:
        """The connection breaks."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._lines.close()
        self._socket.close()


class FakeServer:
    """Runs a script for each connection that comes, in order, in one thread; join() tells its failure."""

    def __init__(self, *scripts: Callable[[Peer], None]) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(SECONDS)
        self.port = self._listener.getsockname()[1]
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(scripts,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"irc://127.0.0.1:{self.port}"

    def join(self) -> None:
        self._thread.join(SECONDS)
        assert not self._thread.is_alive(), "the script never ended"
        if self._failure is not None:
            raise self._failure

    def _run(self, scripts: tuple[Callable[[Peer], None], ...]) -> None:
        try:
            for script in scripts:
                sock, _ = self._listener.accept()
                sock.settimeout(SECONDS)
                peer = Peer(sock)
                try:
                    script(peer)
                finally:
                    peer.drop()
        except BaseException as failure:
            self._failure = failure
        finally:
            self._listener.close()


class Input:
    """A pipe that a test writes lines to; `fd` is the client's end."""

    def __init__(self) -> None:
        self.fd, self._write = os.pipe()

    def type(self, *lines: str) -> None:
        os.write(self._write, "".join(f"{line}\n" for line in lines).encode())

    def end(self, rest: bytes = b"") -> None:
        if rest:
            os.write(self._write, rest)
        os.close(self._write)
