"""What the person has read in threads, kept in a file for each account of theirs."""

from __future__ import annotations

from pathlib import Path

import msgspec
import platformdirs

from chatstore.client.screen.kept_files import keep
from chatstore.client.threads import Reading


def reads_file() -> Path:
    """threads.json in the folder for the state of programs of the user's system."""
    return platformdirs.user_state_path("chatstore") / "threads.json"


class ThreadReads:
    """`path`: None to keep nothing. `who` is `nick@address`."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._known: dict[str, Reading] = {}

    def of(self, who: str, begun: int) -> Reading:
        """What is read. An account that is new here has read all that was said before `begun` (ms)."""
        if who not in self._known:
            kept = self._kept().get(who)
            self._known[who] = kept if kept is not None else Reading(begun)
            if kept is None:
                self._save(who)
        return self._known[who]

    def keep(self, who: str, reading: Reading) -> None:
        if self._known.get(who) is not reading:
            self._known[who] = reading
            self._save(who)

    def _kept(self) -> dict[str, Reading]:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, Reading]) if self._path else {}
        except (OSError, msgspec.MsgspecError):
            return {}

    def _save(self, who: str) -> None:
        if self._path is not None:
            keep(self._path, msgspec.json.encode({**self._kept(), who: self._known[who]}))
