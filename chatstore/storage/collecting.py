"""Removes from the disk what no file contains any more. One server of a database does that for all
(housekeeping.py).

The database decides first, and the disk follows: a content whose row is gone is nobody's, because its place
is never given again (contents.py). A crash between the two leaves a content without a row, which the sweep
finds; it leaves those alone that are younger than a day, because an upload puts its content on disk before
its row is committed.

While a backup is made, nothing is removed: it copies rows first and contents after that.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from itertools import islice
from typing import Protocol

from chatstore.chat.changes.files import Collected, CollectFiles
from chatstore.chat.ticket import Ticket
from chatstore.storage.contents import GRACE, Folder
from chatstore.storage.uploads import Files

log = logging.getLogger("chatstore")

_PAGE = 500


class Store(Protocol):
    """What a collector needs of DatabaseStore."""

    @property
    def files(self) -> Files: ...
    def submit(self, units: list[CollectFiles]) -> Ticket: ...


class Collector:
    """For one thread at a time. Everything blocks, and raises ChatError, StorageError, OSError."""

    def __init__(self, store: Store, folder: Folder) -> None:
        self._store, self._folder = store, folder
        self.removed = 0
        """Contents that were removed from the disk since the start."""

    def collect(self) -> bool:
        """Remove files that are due, and contents that no file has. Returns whether there is more."""
        if self._folder.held:
            return False
        collected: Collected = self._store.submit([CollectFiles()]).result()
        self._remove(collected.places)
        if collected.files:
            log.info(
                "%(files)d files were removed that nobody refers to any more",
                {"event": "files-collected", "files": collected.files},
            )
        return collected.more

    def sweep(self) -> int:
        """Remove what crashes have left. Returns how many contents and parts there were."""
        found = 0
        places = (place for place, age in self._folder.all() if age > GRACE)
        while page := [*islice(places, _PAGE)]:
            known = self._store.files.known(page)
            left = [place for place in page if place not in known]
            found += len(left)
            self._remove(left)
        for path in self._folder.leftovers():
            path.unlink(missing_ok=True)
            found += 1
        if found:
            log.info(
                "%(found)d contents of files were removed that a crash had left",
                {"event": "files-swept", "found": found},
            )
        return found

    def _remove(self, places: Iterable[str]) -> None:
        """A backup that has begun meanwhile may have the rows that were removed since: then the sweep comes
        later."""
        for place in places:
            if self._folder.held:
                return
            self._folder.remove([place])
            self.removed += 1
