"""What rooms keep no longer is erased, a little at a time, so that nobody's message waits for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from chatstore.chat.events import RoomPruned
from chatstore.chat.ports import Transaction

MOST_AT_ONCE = 500
"""Facts in one transaction."""


@dataclass
class PruneHistory:
    """Returns whether there is more to erase now."""

    most: int = MOST_AT_ONCE
    origin: object = None
    ends_batch: ClassVar[bool] = False

    def apply(self, tx: Transaction) -> bool:
        moved, more = tx.prune(self.most)
        for room_id, first_seq in moved.items():
            tx.announce(RoomPruned(room_id, first_seq))
        return more
