"""A disk that may lose its power: what was synced is there, of the rest some.

Names and contents are kept apart, as a file system keeps them. A content is durable up to the last sync of its
file; the names (made, renamed, removed) up to the last sync of their folder, and those after it happen in their
order or not at all, as in the journals of ext4 and XFS. When a sync fails, what it was to write is lost: the
kernel marks those pages as clean and still shows them to whoever reads, so that no later sync writes them. The
shared-memory file (`-shm`) is left out: it is no part of a database, and made anew by the first who opens it.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tests.faults.tracing import Cut, Made, NotSynced, Removed, Renamed, Sent, Step, Synced, Wrote

SECTOR = 512
Variant = Literal["kept", "dropped", "random", "torn"]
VARIANTS: tuple[Variant, ...] = ("kept", "dropped", "random", "torn")
"""What becomes of writes that were not synced: all of them are there, none, some, some sectors of some."""


@dataclass(eq=False)
class File:
    durable: bytearray = field(default_factory=bytearray)
    pending: list[Wrote | Cut] = field(default_factory=list)

    def sync(self) -> None:
        for step in self.pending:
            _apply(self.durable, step)
        self.pending.clear()

    def image(self, variant: Variant, chance: random.Random) -> bytes:
        content = bytearray(self.durable)
        for step in self.pending:
            if variant == "kept" or (variant == "random" and chance.random() < 0.5):
                _apply(content, step)
            elif variant == "torn" and isinstance(step, Cut):
                if chance.random() < 0.5:
                    _apply(content, step)
            elif variant == "torn":
                for sector in _sectors(step):
                    if chance.random() < 0.5:
                        _apply(content, sector)
        return bytes(content)


class Disk:
    """One folder of a disk. `take` every step in order; `image` is what there would be after a power cut now."""

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)
        self._names: dict[str, File] = {}
        self._durable_names: dict[str, File] = {}
        self._pending: list[Made | Removed | Renamed] = []
        self._files: dict[str, File] = {}
        """By name as the running process sees it."""

    def load(self) -> None:
        """What is there already, as durable."""
        for path in filter(Path.is_file, Path(self._folder).iterdir()):
            file = File(bytearray(path.read_bytes()))
            self._names[str(path)] = self._durable_names[str(path)] = self._files[str(path)] = file

    def take(self, step: Step) -> bool:
        """Whether it changed anything of what a power cut would leave."""
        if isinstance(step, Sent):
            return False
        path = step.path
        if path.endswith(("-shm", "-status")):  # memory, and the socket that `chatstore status` asks: no data
            return False
        if isinstance(step, Made):
            if path in self._names:
                return False
            self._names[path] = self._files[path] = File()
            self._pending.append(step)
        elif isinstance(step, Removed):
            del self._names[path]
            self._pending.append(step)
        elif isinstance(step, Renamed):
            self._names[step.to] = self._files[step.to] = self._names.pop(path)
            self._pending.append(step)
        elif isinstance(step, Synced) and path == self._folder:
            self._durable_names = dict(self._names)
            self._pending.clear()
        elif isinstance(step, Synced):
            self._files[path].sync()
        elif isinstance(step, NotSynced):
            self._files[path].pending.clear()
        else:
            self._files[path].pending.append(step)
        return True

    def image(self, variant: Variant, chance: random.Random) -> Mapping[str, bytes]:
        """The files by name."""
        names = dict(self._names if variant == "kept" else self._durable_names)
        if variant in ("random", "torn"):
            names = self._some_names(chance)
        return {Path(path).name: file.image(variant, chance) for path, file in names.items()}

    def _some_names(self, chance: random.Random) -> dict[str, File]:
        names = dict(self._durable_names)
        for step in self._pending[: chance.randint(0, len(self._pending))]:
            if isinstance(step, Made):
                names[step.path] = self._files[step.path]
            elif isinstance(step, Removed):
                names.pop(step.path, None)
            elif step.path in names:
                names[step.to] = names.pop(step.path)
        return names


def write(image: Mapping[str, bytes], folder: Path) -> None:
    """Make the folder hold exactly this."""
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for name, content in image.items():
        (folder / name).write_bytes(content)


def _apply(content: bytearray, step: Wrote | Cut) -> None:
    if isinstance(step, Cut):
        del content[step.size :]
        content.extend(bytes(step.size - len(content)))
    else:
        content.extend(bytes(max(0, step.offset - len(content))))
        content[step.offset : step.offset + len(step.data)] = step.data


def _sectors(step: Wrote) -> list[Wrote]:
    """A write, cut where sectors of the disk begin."""
    found = []
    start = step.offset
    end = step.offset + len(step.data)
    while start < end:
        stop = min(end, (start // SECTOR + 1) * SECTOR)
        found.append(Wrote(step.path, start, step.data[start - step.offset : stop - step.offset]))
        start = stop
    return found
