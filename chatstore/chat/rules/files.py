"""How much people may upload, and how long files stay that nobody refers to."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from chatstore.amounts import counted, sized
from chatstore.chat.model.errors import ChatError, Code


@dataclass(frozen=True)
class Kept:
    """What `[files]` allows an account, in bytes and files. `unsaid`: how long a file stays that no message
    has mentioned, in ms."""

    account_bytes: int
    account_files: int
    unsaid: int


def quota_refusal(kept: Kept, count: int, size: int) -> ChatError | None:
    """Why an account may not have so many files with so many bytes; None if it may."""
    if size > kept.account_bytes:
        text = f"your files may have {sized(kept.account_bytes)} together: remove some first"
        return ChatError(Code.QUOTA, text)
    if count > kept.account_files:
        return ChatError(Code.QUOTA, f"you may have {counted(kept.account_files, 'file')}: remove some first")
    return None


@dataclass
class Reservations:
    """What uploads that are under way may still need, so that many at once don't exceed a quota together. A
    server knows its own; the writer asks again what an account may have when a file is whole."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    bytes: Counter[int] = field(default_factory=Counter)
    """By account."""
    uploads: Counter[int] = field(default_factory=Counter)
    finished: int = 0
    """Uploads that became files since the start, for the figures; and their bytes."""
    finished_bytes: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    """Uploads that were refused, by the code of the error."""
    _looks: dict[int, threading.Lock] = field(default_factory=dict)

    def done(self, size: int) -> None:
        """An upload has become a file of so many bytes."""
        with self.lock:
            self.finished += 1
            self.finished_bytes += size

    def refuse(self, error: ChatError) -> None:
        """An upload was refused."""
        with self.lock:
            self.refused[error.code.value] += 1

    @contextmanager
    def one_look(self, account_id: int) -> Iterator[None]:
        """One file of an account is looked at at a time, so that nobody takes all processors."""
        with self.lock:
            look = self._looks.setdefault(account_id, threading.Lock())
        try:
            with look:
                yield
        finally:
            with self.lock:
                if self.uploads[account_id] <= 1:
                    self._looks.pop(account_id, None)
