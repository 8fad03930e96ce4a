"""The loop of the client, in one thread: the server's lines, the person's input, and the clock."""

from __future__ import annotations

import select
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from chatstore.client import search, sending
from chatstore.client.address import Address
from chatstore.client.connection import Connection, LostError, UnreachableError
from chatstore.client.events import Connected, Connecting, Disconnected, Event, Info, Lag, Update
from chatstore.client.files.transfers import Transfers
from chatstore.client.login import ACCOUNTS, LoggedIn, Login, Refused
from chatstore.client.protocol import ClientProtocol
from chatstore.irc.line import Line

OK, FAILURE, USAGE, NOT_AUTHENTICATED, UNREACHABLE, NOT_FOUND = range(6)
"""Exit codes of every chatstore command."""
LAG = "lag-"
"""Token of the PINGs that measure the lag; the milliseconds of our clock follow it."""


@dataclass(frozen=True)
class Timing:
    """Seconds. `keepalive`: without a line before the client sends a PING; twice that is a lost connection.
    `lag`: between two measurements of the lag. `give_up`: how long to try again after the connection is lost;
    None: forever."""

    login: float = 60.0
    keepalive: float = 60.0
    lag: float = 20.0
    first_wait: float = 0.5
    max_wait: float = 30.0
    quit: float = 3.0
    give_up: float | None = None


USUAL = Timing()


@dataclass(frozen=True)
class Account:
    """How to log in; without a password as a guest. `create`: create the account before the first login, with
    an `invitation` (a code, or a link with one) if there is one. `may_create`: asks the person whether to
    create the account after a wrong name or password; `invited`: asks them for an invitation. `hint`: is
    added to that refusal. `keep`: saves what logs in the next time: a token, if the server makes them.
    `keep_renewed`: saves the token that replaces the one that was used."""

    name: str
    password: str
    create: bool = False
    may_create: Callable[[], bool] = lambda: False
    hint: str = ""
    invitation: str = ""
    invited: Callable[[], str] = lambda: ""
    keep: Callable[[str], None] | None = None
    keep_renewed: Callable[[str], None] | None = None


class Frontend(Protocol):
    """The person's side: a terminal, a pipe, or a screen."""

    @property
    def done(self) -> bool:
        """Whether the person has left."""

    @property
    def quit_reason(self) -> str: ...

    @property
    def code(self) -> int:
        """The exit code."""

    def wanted_input(self) -> int | None:
        """The file descriptor to wait for; None while no input can be taken."""

    def take_input(self, now: int) -> None:
        """Read the input, and give it to the protocol."""

    def received(self) -> None:
        """The protocol has received lines. The frontend may act on what they changed."""

    def show(self, shown: Sequence[Event]) -> None: ...

    def fail(self, text: str) -> None:
        """Tell the person why the client ends."""


class EndError(Exception):
    """The client ends. It has an exit code, and says why."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


class Client:
    """run() does everything. `hint` is shown once, with the first connection. `wall`: seconds since 1970;
    `clock`: seconds that only go forward."""

    def __init__(
        self,
        protocol: ClientProtocol,
        frontend: Frontend,
        address: Address,
        account: Account,
        *,
        timing: Timing = USUAL,
        hint: str = "",
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._protocol = protocol
        self._frontend = frontend
        self._address = address
        self._account = account
        self._timing = timing
        self._hint = hint
        self._clock = clock
        self._wall = wall
        self._connection: Connection | None = None
        self._transfers = Transfers(address.tls, self._credentials)
        self._received_at = 0.0
        self._pinged = False
        self._measured_at = 0.0
        self._logged_in_at = 0.0
        self._retry = timing.first_wait

    def run(self) -> int:
        """Run until the person leaves. The exit code; errors are shown by then. Raises KeyboardInterrupt
        after closing."""
        try:
            if self._connection is None:
                self._first_login()
            while not self._frontend.done:
                try:
                    self._serve()
                except LostError as lost:
                    self._reconnect(str(lost))
            self._leave()
            return self._frontend.code
        except EndError as end:
            sending.give_up(self._protocol)
            self._do(*self._protocol.effects())
            self._frontend.fail(str(end))
            return end.code
        except KeyboardInterrupt:
            if self._connection is not None:
                self._connection.send("QUIT")
            raise
        finally:
            self._close()
            self._transfers.close()

    # Getting in.

    def enter(self) -> None:
        """Log in before run(), which may be called in another thread. Raises EndError, and whatever
        Account.may_create() raises."""
        try:
            self._first_login()
        except BaseException:
            self._close()
            raise

    def _first_login(self) -> None:
        refused = self._log_in(self._account.create)
        if refused is not None and refused.unknown and self._account.may_create():
            refused = self._log_in(True, refused.text)
        elif refused is not None and refused.invited_only and (invitation := self._account.invited()):
            self._account = replace(self._account, invitation=invitation)
            refused = self._log_in(True, refused.text)
        if refused is not None:
            hint = self._account.hint if refused.unknown else ""
            if refused.invited_only:
                hint = " (--invitation CODE creates the account)"
            raise EndError(NOT_AUTHENTICATED, f"not logged in as {self._account.name}: {refused.text}{hint}")

    def _log_in(self, create: bool, refusal: str = "") -> Refused | None:
        """Connect and log in. None if that worked."""
        self._close()
        try:
            self._connection = Connection.connect(self._address)
            account, updates = self._account, self._protocol.updates
            login = Login(
                account.name,
                account.password,
                creating=create,
                refusal=refusal,
                invitation=account.invitation,
                updates=updates,
            )
            return self._welcome(login, self._converse(login))
        except (UnreachableError, LostError) as error:
            self._close()
            raise EndError(UNREACHABLE, f"cannot reach {self._address}: {error}") from error

    def _welcome(self, login: Login, lines: Sequence[Line]) -> Refused | None:
        if isinstance(login.outcome, Refused):
            if login.outcome.busy:
                raise EndError(UNREACHABLE, f"cannot reach {self._address}: {login.outcome.text}")
            return login.outcome
        assert isinstance(login.outcome, LoggedIn)
        self._received_at = self._logged_in_at = self._clock()
        self._measured_at = self._received_at - self._timing.lag
        self._pinged = False
        self._protocol.begin(login.outcome.nick, login.outcome.caps, login.outcome.multiline)
        if login.created:
            self._say(f"account {login.outcome.nick} created")
        self._say(f"connected to {self._address} as {login.outcome.nick}{self._hint}")
        self._hint = ""
        self._keep()
        protocol = self._protocol
        abilities = (protocol.multiline is not None, protocol.has(search.CAPABILITY), protocol.keeps_history)
        self._update(Connected("", self._now(), str(self._address), protocol.nick, *abilities))
        self._receive(lines)
        return None

    def _keep(self) -> None:
        """Save what logs in the next time; once."""
        self._protocol.keep_renewed = self._account.keep_renewed
        keep = self._account.keep
        if keep is not None and self._account.password:
            self._account = replace(self._account, keep=None)
            if self._protocol.has(ACCOUNTS):
                self._protocol.want_token(keep)
            else:
                self._protocol.store(keep, self._account.password)

    def _converse(self, login: Login) -> list[Line]:
        """Exchange lines with the server until the login is decided. The lines that came after it."""
        connection = self._connection
        assert connection is not None
        until = self._clock() + self._timing.login
        for text in login.start():
            connection.send(text)
        while True:
            left = until - self._clock()
            if left <= 0:
                raise LostError("no answer")
            self._wait(connection, None, left)
            lines = connection.read()
            for place, line in enumerate(lines):
                for text in login.receive(line):
                    connection.send(text)
                if login.outcome is not None:
                    return lines[place:]

    # Being there.

    def _serve(self) -> None:
        """Run until the person leaves. Raises LostError."""
        while not self._frontend.done:
            self._turn()

    def _turn(self, most: float | None = None) -> None:
        """Wait for input or for lines, at most so many seconds, and handle them."""
        connection = self._connection
        assert connection is not None
        left = self._keep_alive(connection)
        readable = self._wait(connection, self._frontend.wanted_input(), left if most is None else min(left, most))
        if connection in readable:
            lines = connection.read()
            self._received_at, self._pinged = self._clock(), False
            self._receive(lines)
        self._take_input(readable)

    def _keep_alive(self, connection: Connection) -> float:
        """Send a PING after a long silence. The seconds until this must be looked at again. Raises
        LostError."""
        silent = self._clock() - self._received_at
        if silent >= 2 * self._timing.keepalive:
            raise LostError("the server does not respond")
        lag = self._measure_lag(connection) if self._protocol.updates else self._timing.keepalive
        if silent >= self._timing.keepalive and not self._pinged:
            connection.send("PING alive")
            self._pinged = True
        return min(lag, (2 if self._pinged else 1) * self._timing.keepalive - silent)

    def _measure_lag(self, connection: Connection) -> float:
        """Measure the lag now and then. The seconds until the next time."""
        left = self._measured_at + self._timing.lag - self._clock()
        if left > 0:
            return left
        self._measured_at = self._clock()
        connection.send(f"PING {LAG}{round(self._measured_at * 1000)}")
        return self._timing.lag

    def _receive(self, lines: Sequence[Line]) -> None:
        for line in lines:
            if line.command == "PONG" and line.params and line.params[-1].startswith(LAG):
                asked = line.params[-1].removeprefix(LAG)
                took = round(self._clock() * 1000) - int(asked) if asked.isdecimal() else 0
                self._update(Lag("", self._now(), max(0, took)))
            self._do(*self._protocol.receive(line, self._now()))
        if self._protocol.broken:
            raise LostError(self._protocol.broken)
        self._frontend.received()
        self._do(*self._protocol.effects())

    def _take_input(self, readable: Sequence[object]) -> None:
        wanted = self._frontend.wanted_input()
        if wanted is not None and wanted in readable:
            self._frontend.take_input(self._now())
            self._do(*self._protocol.effects())
        if self._transfers.fd is not None and self._transfers.fd in readable:
            self._protocol.now = self._now()
            self._transfers.take(self._protocol)
            self._do(*self._protocol.effects())

    def _do(self, shown: Sequence[Event], sent: Sequence[str]) -> None:
        if shown:
            self._frontend.show(shown)
        if self._connection is not None:
            for text in sent:
                self._connection.send(text)
        jobs, self._protocol.files.jobs = self._protocol.files.jobs, []
        for job in jobs:
            self._transfers.do(job)

    def _credentials(self) -> list[tuple[str, str]]:
        """What logs in over HTTP, too: the password that we logged in with, or the one that was set since."""
        passwords = dict.fromkeys((self._account.password, self._protocol.new_password))
        return [(self._account.name, password) for password in passwords if password]

    def _wait(self, connection: Connection | None, source: int | None, seconds: float) -> Sequence[object]:
        """Wait until something can be read: the connection, the frontend's input, or both. Empty after
        `seconds`."""
        if connection is not None and connection.has_more:
            return [connection]
        sources = (connection, source, self._transfers.fd)
        reading: list[Connection | int] = [one for one in sources if one is not None]
        writing = [connection] if connection is not None and connection.wants_write else []
        readable, writable, _ = select.select(reading, writing, [], max(0.0, seconds))
        if connection is not None and writable:
            connection.flush()
        return readable

    # Coming back, and leaving.

    def _reconnect(self, why: str) -> None:
        self._close()
        self._protocol.lost()
        self._say(f"connection lost: {why}")
        self._update(Disconnected("", self._now(), why, self._retry))
        lost_at = self._clock()
        if lost_at - self._logged_in_at > self._timing.max_wait:
            self._retry = self._timing.first_wait
        while not self._frontend.done:
            self._pause(self._retry)
            self._retry = min(2 * self._retry, self._timing.max_wait)
            if self._frontend.done:
                return
            self._update(Connecting("", self._now()))
            try:
                refused = self._log_in_again()
            except EndError as end:
                gone = self._clock() - lost_at
                if end.code != UNREACHABLE or (self._timing.give_up is not None and gone > self._timing.give_up):
                    raise
                self._protocol.lost()
                self._say(f"{end}; next try in {self._retry:g} s")
                self._update(Disconnected("", self._now(), str(end), self._retry))
                continue
            if refused is not None:
                raise EndError(NOT_AUTHENTICATED, f"not logged in again as {self._account.name}: {refused.text}")
            return

    def _log_in_again(self) -> Refused | None:
        """Log in with the same password, or with the new one that the person has set since."""
        refused, new = self._log_in(False), self._protocol.new_password
        if refused is not None and new and new != self._account.password:
            self._account = replace(self._account, password=new)
            refused = self._log_in(False)
        return refused

    def _pause(self, seconds: float) -> None:
        """Wait for so many seconds, and take the person's input meanwhile."""
        until = self._clock() + seconds
        while not self._frontend.done and (left := until - self._clock()) > 0:
            self._take_input(self._wait(None, self._frontend.wanted_input(), left))

    def _leave(self) -> None:
        """Send QUIT, and receive what the server still has to say: a receipt, or a refusal."""
        if self._connection is None:
            return
        self._protocol.send("QUIT", *([self._frontend.quit_reason] if self._frontend.quit_reason else []))
        self._do(*self._protocol.effects())
        until = self._clock() + self._timing.quit
        try:
            while (left := until - self._clock()) > 0:
                if self._connection in self._wait(self._connection, None, left):
                    for line in self._connection.read():
                        shown = self._protocol.receive(line, self._now()).events
                        self._frontend.show([event for event in shown if not isinstance(event, Info)])
        except LostError:
            pass

    def _say(self, text: str) -> None:
        """Show a text about the connection. A screen has its own place for that, so it shows this in the
        server's buffer."""
        self._frontend.show([Info("", self._now(), text, from_server=self._protocol.updates)])

    def _update(self, events: Update) -> None:
        if self._protocol.updates:
            self._frontend.show([events])

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _now(self) -> int:
        return round(self._wall() * 1000)
