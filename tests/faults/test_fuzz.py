"""Anything at all at the endpoints: bytes, broken lines, every command with every kind of parameter, and lost
connections.

Nothing of it reaches a thread's top as an exception (the server's log has no error), nobody is told what is said
where they are not, answers go to who asked, and others go on as if nothing was.
"""

from __future__ import annotations

import contextlib
import re
import select
import socket
import struct
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from chatstore.irc.capabilities import all_capabilities
from chatstore.irc.commands import all_commands
from chatstore.irc.line import LineError, parse
from chatstore.plain.commands import all_commands as plain_commands
from tests.faults.away import Away, started
from tests.faults.journal import BrokenPromiseError
from tests.faults.program import Launch
from tests.running import SECONDS, IrcClient

NICKS = ("mal", "mia", "moe", "vera", "victor", "Mal", "nobody", "*", "NickServ", "ChanServ", "vera!u@user/vera")
TARGETS = ("#main", "#vault", "#side", "#MAIN", "#nowhere", "@#main", "+#main", "#", "&main", "#main,#vault,vera")
WORDS = (
    *("on", "off", "+b", "-b", "+o", "+v", "+k", "+l", "+is", "+m", "b", "I", "e", "*!*@*", "a:mal", "m:mal", "~q"),
    *("LS", "302", "LIST", "REQ", "END", "LATEST", "BEFORE", "AFTER", "AROUND", "BETWEEN", "TARGETS"),
    *("msgid=1-1", "msgid=1-zz", "msgid=2-1", "msgid=", "timestamp=2023-11-14T22:13:20.000Z", "timestamp=x", "1-1"),
    *("PLAIN", "EXTERNAL", "+", "bWFsAG1hbABjb3JyZWN0", "GET", "SET", "SUB", "UNSUB", "SYNC", "CLEAR", "avatar"),
    *("0", "1", "-1", "1000000000000000000000", "99999", "", "*", "?", "%a", "from=vera text=secret", "in=#vault"),
    *(
        "hello there",
        "\x01ACTION waves\x01",
        "\x01VERSION\x01",
        "\x02bold\x0f",
        "💬",
        "Ⅷ",
        "e\u0301",
        "\u202e",
        "a\tb",
    ),
    *("+1", "draft/multiline", "identify mal x", "register", "info #vault", "op #main mia", "x" * 300, "я" * 200),
)
TAGS = (
    "",
    "@label=1 ",
    "@label=2;+typing=active ",
    "@batch=1 ",
    "@+react=x;+reply=1-1 ",
    "@a=\\ ",
    "@",
    "@;= ",
    ":mia ",
)
PRYING = (
    *("CHATHISTORY LATEST #vault * 50", "CHATHISTORY LATEST victor * 50", "CHATHISTORY AROUND #vault msgid=1-1 50"),
    *("CHATHISTORY TARGETS timestamp=1970-01-01T00:00:00Z timestamp=2999-01-01T00:00:00Z 50", "SEARCH in=#vault"),
    *("SEARCH text=secret", "SEARCH from=vera", "JOIN #vault", "NAMES #vault", "WHO #vault", "TOPIC #vault"),
    *("PRIVMSG #vault :may I?", "REDACT #vault 1-5", "CS info #vault", "MARKREAD #vault", "METADATA #vault LIST"),
)
WRONG = re.compile(r" (error|critical) |Traceback", re.MULTILINE)

capabilities = st.lists(st.sampled_from(sorted(all_capabilities())), max_size=8)
parameters = st.lists(st.sampled_from([*NICKS, *TARGETS, *WORDS]) | st.text(max_size=20), max_size=5)
irc_lines = st.builds(
    lambda tags, command, given, last: f"{tags}{' '.join([command, *given])}{last}",
    st.sampled_from(TAGS),
    st.sampled_from(sorted(all_commands())) | st.text("ABCX019", min_size=1, max_size=6),
    parameters,
    st.sampled_from(WORDS).map(lambda text: f" :{text}") | st.just(""),
)
plain_lines = st.builds(
    lambda command, given: f"{command} {' '.join(given)}",
    st.sampled_from([*(f"/{name}" for name in plain_commands()), "/", "//", "hello", ".q", "\0", "y", "mel"]),
    parameters,
)
ends = st.sampled_from(["\r\n", "\n", "\r", "\r\n\r\n", ""])
noise = st.binary(max_size=200) | st.sampled_from(
    [b"\xff" * 50, b"\r\n" * 100, b"x" * 9000, b"\xff\xf4\xff\xfd\x06"]
)


class Fuzzer:
    """A connection that says anything, and looks at every line that comes back. `plain`: by the plain protocol."""

    def __init__(self, port: int, name: str, *, plain: bool = False) -> None:
        self.port, self.name, self.plain = port, name, plain
        self.said: list[bytes] = []
        self.connect()

    def connect(self) -> None:
        self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS)
        self.buffer = b""

    def say(self, data: bytes) -> None:
        self.said.append(data)
        try:
            self.socket.sendall(data)
        except OSError:
            self.lose(reset=False)

    def lose(self, *, reset: bool) -> None:
        """The connection, and have another one."""
        if reset:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()
        self.connect()

    def heard(self) -> Iterator[str]:
        """The lines that have come by now."""
        while select.select([self.socket], [], [], 0)[0]:
            try:
                data = self.socket.recv(1 << 20)
            except OSError:
                data = b""
            if not data:
                yield from self.lines()
                self.lose(reset=False)
                return
            self.buffer += data
        yield from self.lines()

    def lines(self) -> Iterator[str]:
        *lines, self.buffer = self.buffer.split(b"\n")
        for line in lines:
            yield line.decode()

    def to_the_end(self) -> Iterator[str]:
        """Say nothing more, and everything that still comes."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)
            while data := self.socket.recv(1 << 20):
                self.buffer += data
        self.socket.close()
        yield from self.lines()


class Endpoints(RuleBasedStateMachine):
    """Two accounts and a stranger by IRC, and somebody at a terminal; vera and victor live their life meanwhile."""

    server: ClassVar[Away]
    plain_port: ClassVar[int]
    vera: ClassVar[IrcClient]
    victor: ClassVar[IrcClient]
    numbers: ClassVar[count[int]]
    broken: ClassVar[list[BrokenPromiseError]]

    def must(self, holds: bool, broken: str) -> None:
        """As must(), with what was said last."""
        if not holds:
            said = [(fuzzer.name, fuzzer.said[-20:]) for fuzzer in self.fuzzers]
            self.broken.append(BrokenPromiseError(f"{broken}; said was {said}"))
            raise self.broken[-1]

    @initialize(caps=capabilities, more=capabilities)
    def begin(self, caps: list[str], more: list[str]) -> None:
        number = next(self.numbers)
        irc = self.server.port()
        self.fuzzers = [
            Fuzzer(irc, f"mal{number}"),
            Fuzzer(irc, f"mia{number}"),
            Fuzzer(irc, ""),
            Fuzzer(self.plain_port, f"moe{number}", plain=True),
        ]
        self.secrets: dict[str, str] = {}
        """What only one fuzzer may hear (none: an empty name), besides vera and victor."""
        for fuzzer, wanted in zip(self.fuzzers, (caps, more), strict=False):
            register = f"CAP REQ :{' '.join(wanted)}\r\nNICK {fuzzer.name}\r\nUSER u 0 * :x\r\n"
            fuzzer.say(f"{register}REGISTER * * :correct horse\r\nCAP END\r\nJOIN #main,#side\r\n".encode())
        self.fuzzers[3].say(f"{self.fuzzers[3].name}\ncorrect horse\ncorrect horse\n".encode())

    who = st.integers(0, 2)

    @rule(who=who, line=irc_lines, end=ends)
    def command(self, who: int, line: str, end: str) -> None:
        self.fuzzers[who].say(f"{line}{end}".encode("utf-8", "surrogatepass"))

    @rule(who=who, lines=st.lists(irc_lines, min_size=2, max_size=12))
    def commands_at_once(self, who: int, lines: list[str]) -> None:
        self.fuzzers[who].say("".join(f"{line}\r\n" for line in lines).encode("utf-8", "surrogatepass"))

    @rule(who=who, line=st.sampled_from(PRYING))
    def prying(self, who: int, line: str) -> None:
        self.fuzzers[who].say(f"\r\n{line}\r\n".encode())

    @rule(line=plain_lines, end=ends)
    def at_the_terminal(self, line: str, end: str) -> None:
        self.fuzzers[3].say(f"{line}{end}".encode("utf-8", "surrogatepass"))

    @rule(who=st.integers(0, 3), data=noise)
    def bytes_of_any_kind(self, who: int, data: bytes) -> None:
        self.fuzzers[who].say(data)

    @rule(who=st.integers(0, 3), reset=st.booleans())
    def connection_lost(self, who: int, reset: bool) -> None:
        self.fuzzers[who].lose(reset=reset)

    @rule()
    def a_secret(self) -> None:
        """In a room for two, and between two."""
        secret = self.new_secret("")
        self.vera.send(f"PRIVMSG victor :{secret}", f"PRIVMSG #vault :{secret}")
        self.vera.sync()

    @rule(who=st.integers(0, 1))
    def told_in_confidence(self, who: int) -> None:
        fuzzer = self.fuzzers[who]
        secret = self.new_secret(fuzzer.name)
        fuzzer.say(f"\r\nPRIVMSG vera :{secret}\r\n".encode())
        self.vera.send(f"PRIVMSG {fuzzer.name} :{self.new_secret(fuzzer.name)}")

    def new_secret(self, of: str) -> str:
        secret = f"secret-{next(self.numbers)}-of"
        self.secrets[secret] = of
        return secret

    @rule()
    def others_go_on(self) -> None:
        said = f"life goes on {next(self.numbers)}"
        self.vera.send(f"PRIVMSG #vault :{said}")
        try:
            self.victor.wait(said)
            self.vera.sync()
        except (OSError, EOFError) as error:
            self.must(False, f"others are not served any more: {error}")
        for fuzzer in self.fuzzers:
            self.look(fuzzer, fuzzer.heard())

    def look(self, fuzzer: Fuzzer, lines: Iterator[str]) -> None:
        names = {other.name for other in self.fuzzers}
        for line in lines:
            for secret in re.findall(r"secret-\d+-of", line):
                self.must(
                    self.secrets.get(secret) == fuzzer.name, f"{fuzzer.name or 'a stranger'} was told {line!r}"
                )
            if fuzzer.plain:
                continue
            try:
                parsed = parse(line.removesuffix("\r"))
            except LineError as error:
                self.must(False, f"{fuzzer.name} was sent what is no line: {line!r} ({error})")
            to = parsed.param(0)
            asked = not parsed.command.isdigit() or to == fuzzer.name or to not in names
            self.must(asked, f"{fuzzer.name or 'a stranger'} was told an answer to {to}: {line!r}")

    def teardown(self) -> None:
        for fuzzer in getattr(self, "fuzzers", ()):
            self.look(fuzzer, fuzzer.to_the_end())
        wrong = WRONG.search(self.server.program.log)
        self.must(wrong is None, f"an exception reached the log: {self.server.program.log[-2000:]}")


def fuzz(launch: Launch, folder: Path, *, examples: int = 25, steps: int = 30) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        plain_port = free.getsockname()[1]
    with started(launch, folder, "--plain", f"127.0.0.1:{plain_port}", **LIMITS) as server:
        Endpoints.server, Endpoints.plain_port, Endpoints.numbers = server, plain_port, count(1)
        Endpoints.vera, Endpoints.victor = (
            server.member(name, "echo-message", "#vault") for name in ("vera", "victor")
        )
        Endpoints.vera.ask("MODE #vault +is", "JOIN #main")
        Endpoints.victor.ask("JOIN #main")
        Endpoints.broken = []
        try:
            run_state_machine_as_test(
                Endpoints, settings=settings(**HYPOTHESIS, max_examples=examples, stateful_step_count=steps)
            )
        except Exception:
            # Threads of another process are no part of the data, so what is tried again may not happen again.
            for error in Endpoints.broken:
                raise error from None
            raise
        server.stop()


HYPOTHESIS: dict[str, Any] = {
    "deadline": None,
    "database": None,
    "derandomize": True,
    "phases": (Phase.generate,),
    "suppress_health_check": list(HealthCheck),
}
LIMITS = {
    "LIMITS_REGISTRATIONS_AT_ONCE": "1000000",
    "LIMITS_ROOMS_MADE_PER_HOUR": "0",
    "ACCOUNTS_GUESTS": "true",
}


def test_whatever_comes_others_go_on(tmp_path: Path) -> None:
    fuzz(Launch(), tmp_path)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_whatever_comes_others_go_on_for_long(tmp_path: Path) -> None:
    fuzz(Launch(), tmp_path, examples=500, steps=60)
