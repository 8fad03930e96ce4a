"""A tiny chat server without a socket: one room, direct messages from one person, and every freedom that the
real one has. It may commit without telling yet, answer late, and lose any connection at any line."""

from __future__ import annotations

from dataclasses import dataclass, field

from chatstore.client.parsing import format_time, parse_time
from chatstore.irc.line import parse

ME, OTHER, ROOM = "bob", "alice", "#main"
CAPS = ("message-tags", "batch", "draft/chathistory", "draft/event-playback", "server-time", "echo-message")


@dataclass
class StoredEvent:
    """One event: its number, who, where, and the lines of its body (a long one has several)."""

    place: int
    nick: str
    to: str
    pieces: list[str]
    shown: bool = False


@dataclass
class ModelServer:
    page: int = 3
    logs: dict[str, list[StoredEvent]] = field(default_factory=lambda: {ROOM: [], OTHER: []})
    member: bool = False
    incoming: list[str] = field(default_factory=list)
    outgoing: list[str] = field(default_factory=list)
    connected: bool = False
    baseline: dict[str, int] = field(default_factory=dict)
    lists: dict[str, int] = field(default_factory=dict)
    batches: int = 0

    def connect(self) -> None:
        self.connected, self.incoming, self.outgoing = True, [], []
        # A connection is told of what is committed from now on; what was not told yet still comes.
        self.out(
            f":s 001 {ME} :Welcome to X, {ME}!u@h",
            f":s 005 {ME} CHATHISTORY={self.page} :are supported",
            f":s 422 {ME} :no MOTD",
        )
        if self.member:
            self.show_room()

    def disconnect(self) -> None:
        self.connected, self.incoming, self.outgoing = False, [], []

    def out(self, *lines: str) -> None:
        if self.connected:
            self.outgoing += lines

    def commit(self, name: str, nick: str, pieces: list[str]) -> None:
        log = self.logs[name]
        log.append(StoredEvent(len(log) + 1, nick, name, pieces))

    def update(self) -> None:
        """Deliver what is committed and not told yet."""
        for name, log in self.logs.items():
            for stored in log:
                if not stored.shown:
                    stored.shown = True
                    if name != ROOM or self.member:
                        self.out(*self.render(stored))

    def render(self, stored: StoredEvent, batch: str = "") -> list[str]:
        to = stored.to if stored.nick == ME or stored.to == ROOM else ME
        room = 1 if stored.to == ROOM else 2
        lines = []
        for number, piece in enumerate(stored.pieces):
            tags = f"@time={format_time(1_700_000_000_000 + stored.place * 10)}"
            tags += f";msgid={room}-{stored.place}" if number == 0 else ""
            tags += f";batch={batch}" if batch else ""
            command = "JOIN" if piece == "JOIN" else "PRIVMSG"
            lines.append(
                f"{tags} :{stored.nick}!u@h {command} {to}" + (f" :{piece}" if command == "PRIVMSG" else "")
            )
        return lines

    def hear_one(self) -> None:
        """Do the first line that has come and was not done yet."""
        if not self.incoming:
            return
        line = parse(self.incoming.pop(0))
        match line.command:
            case "PING":
                self.out(f":s PONG s :{line.param(0)}")
            case "PRIVMSG":
                self.update()
                self.commit(line.param(0), ME, [line.param(1)])
                self.update()
            case "JOIN" if not self.member:
                self.update()
                self.member = True
                self.commit(ROOM, ME, ["JOIN"])
                self.update()
                self.names()
            case "CHATHISTORY":
                self.history(*line.params)

    def show_room(self) -> None:
        self.out(f":{ME}!u@h JOIN {ROOM}")
        self.names()

    def names(self) -> None:
        self.out(f":s 353 {ME} = {ROOM} :{ME} {OTHER}", f":s 366 {ME} {ROOM} :end")

    def history(self, subcommand: str, *params: str) -> None:
        self.batches += 1
        batch = str(self.batches)
        if subcommand == "TARGETS":
            self.out(f":s BATCH +{batch} draft/chathistory-targets")
            for name, log in self.logs.items():
                if log:
                    time = format_time(1_700_000_000_000 + log[-1].place * 10)
                    self.out(f"@batch={batch} :s CHATHISTORY TARGETS {name} {time}")
            self.lists[f":s BATCH -{batch}"] = len(self.logs[OTHER])
        else:
            name, selector, limit = params[0], params[1], min(int(params[2]), self.page)
            log = self.logs[name]
            if subcommand == "LATEST":
                page = log[-limit:]
                self.baseline[name] = len(log)
            else:
                page = [stored for stored in log if stored.place > self.place(selector)][:limit]
            partial = ""
            if self.batches % 3 == 0 and len(page) > 1:  # as a server does for which these have too many bytes
                half = len(page) // 2
                page, partial = page[half:] if subcommand == "LATEST" else page[:half], "@chatstore/partial "
            self.out(f"{partial}:s BATCH +{batch} chathistory {name}")
            for stored in page:
                self.out(*self.render(stored, batch))
        self.out(f":s BATCH -{batch}")

    @staticmethod
    def place(selector: str) -> int:
        kind, _, value = selector.partition("=")
        if kind == "msgid":
            return int(value.partition("-")[2])
        return (parse_time(value, 0) - 1_700_000_000_000) // 10
