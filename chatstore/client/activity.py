"""When each room and direct conversation had its last message: CHATHISTORY TARGETS, page by page.

Times are only compared with times of the same target, and the server makes those strictly rise. So neither
its clock nor ours can hide a message.
"""

from __future__ import annotations

from chatstore.client.names import fold, is_room
from chatstore.client.parsing import format_time, parse_time
from chatstore.client.requests import Batch

_FOREVER = format_time(253_402_300_799_999)


class Activity:
    """`known`: whether the list of this connection is here; until then direct messages wait. `listed`:
    whether any connection had a list: what is in the first one is not new."""

    def __init__(self) -> None:
        self.known = True
        self.listed = False
        self.rooms: dict[str, int] = {}
        """The time (ms) of the last message of each room, by its key, in the list of this connection."""
        self._found: dict[str, tuple[str, int]] = {}

    def begin(self, known: bool) -> None:
        self.known = known
        self.rooms, self._found = {}, {}

    def question(self, limit: int, since: int = 0) -> tuple[str, ...]:
        """The parameters of the CHATHISTORY that asks for a page."""
        return ("TARGETS", f"timestamp={format_time(since)}", f"timestamp={_FOREVER}", str(limit))

    def received(self, batch: Batch, limit: int) -> int | None:
        """Take a page. The time (ms) from which to ask for the next one; None after the last one."""
        before, newest = len(self._found), 0
        for line in batch.lines:
            name, time = line.param(1), parse_time(line.param(2), 0)
            newest = max(newest, time)
            if line.param(0).upper() == "TARGETS":
                self._found[fold(name)] = (name, time)
        if len(batch.lines) >= limit and len(self._found) > before:
            return max(0, newest - 1)
        return None

    def conversations(self) -> tuple[list[tuple[str, int]], bool]:
        """The conversations with the time (ms) of their last message, newest first; and whether this is the
        first list."""
        self.rooms = {key: time for key, (name, time) in self._found.items() if is_room(name)}
        found = [one for one in self._found.values() if not is_room(one[0])]
        return sorted(found, key=lambda one: -one[1]), not self.listed

    def end(self, *, listed: bool) -> None:
        """The list is complete. `listed`: and so are the markers that it needs."""
        self.known, self.listed = True, self.listed or listed
        self._found = {}
