"""The model server with what a screen needs: read markers, reactions, messages taken back, older pages."""

from __future__ import annotations

from dataclasses import dataclass, field

from chatstore.client.parsing import format_time, parse_time
from chatstore.irc.line import Line, format_line, parse
from tests.client.model_server import CAPS, ME, OTHER, ROOM, ModelServer, StoredEvent

UPDATES = (*CAPS, "draft/read-marker", "draft/message-redaction", "away-notify")
BEGAN = 1_700_000_000_000


def time_of(stored: StoredEvent) -> int:
    return BEGAN + stored.place * 10


@dataclass
class Mark(StoredEvent):
    """A reaction (or that it is taken back), or a redaction: `about` the event at this place."""

    about: int = 0
    emoji: str = ""
    back: bool = False


@dataclass
class UpdatesServer(ModelServer):
    markers: dict[str, int] = field(default_factory=dict)

    def hear_one(self) -> None:
        line = parse(self.incoming[0]) if self.incoming else None
        if line is None or line.command not in ("MARKREAD", "TAGMSG", "REDACT"):
            super().hear_one()
            return
        self.incoming.pop(0)
        name = line.param(0)
        if line.command == "MARKREAD":
            self.read(name, parse_time(line.param(1).removeprefix("timestamp="), 0))
            self.show_marker(name)
        elif line.command == "TAGMSG":
            self.update()
            react = line.tags.get("+draft/react", "") or line.tags.get("+draft/unreact", "")
            self.mark(
                name, ME, int(line.tags["+draft/reply"].partition("-")[2]), react, "+draft/unreact" in line.tags
            )
            self.update()
        else:
            self.update()
            self.mark(name, ME, int(line.param(1).partition("-")[2]))
            self.update()

    def mark(self, name: str, nick: str, about: int, emoji: str = "", back: bool = False) -> None:
        log = self.logs[name]
        stored = next((stored for stored in log if stored.place == about), None)
        if stored is None or isinstance(stored, Mark) or stored.pieces == ["JOIN"] or about in self.removed(name):
            return
        log.append(Mark(len(log) + 1, nick, name, [], False, about, emoji, back))

    def read(self, name: str, until: int) -> None:
        self.markers[name] = max(self.markers.get(name, 0), until)

    def read_elsewhere(self, name: str) -> None:
        """Another device has read everything there is."""
        if self.logs[name]:
            self.read(name, time_of(self.logs[name][-1]))
            self.show_marker(name)

    def show_marker(self, name: str) -> None:
        until = self.markers.get(name, 0)
        self.out(f":s MARKREAD {name} {f'timestamp={format_time(until)}' if until else '*'}")

    def names(self) -> None:
        self.show_marker(ROOM)
        super().names()

    def render(self, stored: StoredEvent, batch: str = "") -> list[str]:
        if not isinstance(stored, Mark):
            return super().render(stored, batch)
        room = 1 if stored.to == ROOM else 2
        to = stored.to if stored.nick == ME or stored.to == ROOM else ME
        tags = {"time": format_time(time_of(stored)), "msgid": f"{room}-{stored.place}"}
        tags |= {"batch": batch} if batch else {}
        about = f"{room}-{stored.about}"
        if not stored.emoji:
            return [format_line("REDACT", to, about, source=f"{stored.nick}!u@h", tags=tags)]
        tags |= {"+draft/unreact" if stored.back else "+draft/react": stored.emoji, "+draft/reply": about}
        return [format_line("TAGMSG", to, source=f"{stored.nick}!u@h", tags=tags)]

    def history(self, subcommand: str, *params: str) -> None:
        """Messages that were taken back are not in it."""
        if subcommand == "TARGETS":
            super().history(subcommand, *params)
            return
        self.batches += 1
        batch = str(self.batches)
        name, selector, limit = params[0], params[1], min(int(params[2]), self.page)
        log = [stored for stored in self.logs[name] if stored.place not in self.removed(name)]
        if subcommand == "LATEST":
            page = log[-limit:]
        elif subcommand == "BEFORE":
            page = [stored for stored in log if stored.place < self.place(selector)][-limit:]
        elif subcommand == "AROUND":
            place = self.place(selector)
            page = [stored for stored in log if stored.place < place][-(limit // 2) :]
            page += [stored for stored in log if stored.place >= place][: limit - len(page)]
        else:
            page = [stored for stored in log if stored.place > self.place(selector)][:limit]
        self.out(f":s BATCH +{batch} chathistory {name}")
        for stored in page:
            self.out(*self.render(stored, batch))
        self.out(f":s BATCH -{batch}")

    def removed(self, name: str) -> dict[int, str]:
        """Who took back which."""
        return {
            stored.about: stored.nick for stored in self.logs[name] if isinstance(stored, Mark) and not stored.emoji
        }

    # What the buffers should have.

    def messages(self, name: str) -> list[StoredEvent]:
        """Those that were said and stand."""
        removed = self.removed(name)
        return [
            stored
            for stored in self.logs[name]
            if not isinstance(stored, Mark) and stored.pieces != ["JOIN"] and stored.place not in removed
        ]

    def unread(self, name: str) -> int:
        until = self.markers.get(name, 0)
        return sum(stored.nick != ME and time_of(stored) > until for stored in self.messages(name))

    def reactions(self, name: str, place: int) -> set[tuple[str, str]]:
        """(emoji, nick)."""
        found: set[tuple[str, str]] = set()
        for stored in self.logs[name]:
            if isinstance(stored, Mark) and stored.emoji and stored.about == place:
                (found.discard if stored.back else found.add)((stored.emoji, stored.nick))
        return found


__all__ = ["ME", "OTHER", "ROOM", "UPDATES", "Line", "UpdatesServer", "time_of"]
