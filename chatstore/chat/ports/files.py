"""Files in the database, and their bytes beside it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Protocol

from chatstore.chat.model.files import Content, StoredFile


class FilesReader(Protocol):
    def by_token(self, token: str) -> tuple[StoredFile, str, int | None] | None:
        """The file, the place of its content, and when it is due to be removed (None: not)."""

    def of_account(self, account_id: int, before: int | None = None, limit: int = 50) -> Sequence[StoredFile]:
        """The account's files with smaller ids, the latest first."""

    def usage(self, account_id: int) -> tuple[int, int]:
        """How many files the account has, and how many bytes (with thumbnails)."""

    def total(self) -> int:
        """The bytes of all contents, with thumbnails."""

    def mentioned(self, account_id: int, token: str) -> bool:
        """Whether the metadata of a file's uploader has its URL."""

    def references(self, file_id: int, limit: int) -> Sequence[tuple[int, int, str]]:
        """Where the file was said: room, seq and audience of the latest messages."""


class Files(FilesReader, Protocol):
    def add(
        self,
        account_id: int,
        token: str,
        name: str,
        content: Content,
        due_at: int | None,
        uploaded_at: int | None = None,
    ) -> tuple[StoredFile, bool]:
        """Store a file, which is due to be removed at that time (None: not). `uploaded_at`: if that is not now.
        Also returns whether it has the content at this place: not if there was the same already."""

    def refer(self, references: Sequence[tuple[int, int, int]]) -> None:
        """Note messages that have the URLs of their sender's files: file, room and seq."""

    def hand_over(self, account_id: int, to: int) -> int:
        """Give all files of an account to another one. Returns how many."""

    def remove(self, file_ids: Collection[int]) -> int:
        """Remove files, and leave to the collector what no other file contains. Returns how many there were."""

    def remove_due(self, most: int) -> tuple[int, bool]:
        """Remove files that are due and that nothing refers to; look at so many at most. Returns how many
        were removed, and whether there may be more."""

    def collect(self, most: int) -> Sequence[str]:
        """Forget contents that no file has. Returns their places, which are nobody's once this is committed."""


class Writing(Protocol):
    """A content that arrives. Everything blocks, and raises ChatError: TOO_LARGE, NO_SPACE. After `finish` or
    an error nothing is left to do; `abandon` may be called at any time, and does nothing then."""

    def write(self, data: bytes) -> None: ...
    def finish(self) -> Content:
        """Put it on disk at a place of its own, without its metadata."""

    def abandon(self) -> None: ...


class Contents(Protocol):
    """The folder of contents. Everything blocks."""

    def begin(self, most: int, floor: int) -> Writing:
        """Receive a content of at most so many bytes, while the disk has at least `floor` bytes free."""

    @property
    def held(self) -> bool:
        """Whether nothing may be removed now, because a backup is being made."""

    def path(self, place: str) -> Path: ...
    def thumbnail(self, place: str) -> Path: ...
    def remove(self, places: Collection[str]) -> None:
        """Remove contents that nothing refers to."""
