"""The attachments of what is imported, as files: where an export has their bytes.

They are read, checked, stripped of their metadata and put on disk by the import itself, as an upload's are by a
server; the writer only gets their rows, in the transaction that stores the message. So a run that is killed
leaves contents without rows at most, which a server removes after a day, and the next run takes them again.

An account's quotas are not asked: who is imported could not choose. The limits of one file, of all files and of
the disk hold.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import urljoin

from chatstore.amounts import sized
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.files import Content, StoredFile, address_of, clean_name, new_token
from chatstore.chat.model.imports import ForeignFile
from chatstore.chat.rules.policy import Files as Limits
from chatstore.importing.reading.files import UnreadableError
from chatstore.importing.source import Attachment, Message, Problem, Source
from chatstore.importing.summary import Summary
from chatstore.storage.contents import Receiving
from chatstore.storage.store import DatabaseStore

_STEP = 1 << 18
"""Bytes that are read at once."""
EMPTY, UNREADABLE, TOO_LARGE, FULL, NO_ROOM = (
    "empty",
    "can't be read",
    "too large",
    "over the limit of all files",
    "no room on the disk",
)
"""Why an attachment is not taken, for the summary."""


@dataclass(frozen=True)
class Keeping:
    """Where attachments go. `page`: the URL of the page, with which theirs begin. `pause`: beside a server, how
    long the import pauses after a file, in times that it took."""

    page: str
    limits: Limits
    pause: float = 0.0


class Taken(NamedTuple):
    """The files of a message: their URLs by Attachment.file, and what is to be stored of them."""

    urls: Mapping[str, str]
    files: Sequence[ForeignFile]


NOTHING = Taken({}, ())


class RefusedError(Exception):
    """An attachment is not taken: `reason` is one for the summary; the text says more."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


@dataclass
class Attachments:
    """Takes the attachments of messages. `keeping` is None where they are not wanted, or can't be kept; `store` is
    None for a rehearsal, which reads them and keeps nothing."""

    source: Source
    keeping: Keeping | None
    store: DatabaseStore | None
    summary: Summary
    went_on: Callable[[], None] = lambda: None
    """Called after each file."""
    _taken: dict[str, Taken] = field(default_factory=dict)
    """By the ids of messages that are not stored yet."""
    _total: int | None = None
    """The bytes of all contents."""

    def take(self, import_id: int, batch: Sequence[Message]) -> float:
        """Take the files of those messages of a batch that were not stored before. Returns the seconds that it
        took. Blocks. Raises StorageError."""
        began = time.monotonic()
        wanted = [each for each in batch if each.attachments and each.id not in self._taken]
        if not wanted:
            return 0.0
        known = self.store.imports.places(import_id, [each.id for each in wanted]) if self.store else {}
        for message in wanted:
            if message.id not in known:
                self._taken[message.id] = self._files_of(message)
        return time.monotonic() - began

    def of(self, message: Message) -> Taken:
        return self._taken.get(message.id, NOTHING)

    def stored(self, again: frozenset[str] = frozenset()) -> None:
        """A batch was stored, but for these messages. What the database has not taken of it is removed: the
        contents of messages that are not stored, and those that were there already."""
        done = {id_: taken for id_, taken in self._taken.items() if id_ not in again}
        self._taken = {id_: taken for id_, taken in self._taken.items() if id_ in again}
        places = {file.content.place for taken in done.values() for file in taken.files}
        if places and self.store is not None and self.store.contents is not None:
            self.store.contents.remove(places - set(self.store.files.known([*places])))
            self._total = None

    def _files_of(self, message: Message) -> Taken:
        urls: dict[str, str] = {}
        files: list[ForeignFile] = []
        for each in message.attachments:
            if each.file is None or each.file in urls:
                continue
            if not each.file:
                self.summary.attachments.missing += 1
            elif self.keeping is None:
                self.summary.attachments.unwanted += 1
            else:
                began = time.monotonic()
                try:
                    file = self._file_of(self.keeping, each)
                except RefusedError as error:
                    self._refuse(message, each, error)
                    continue
                urls[each.file] = _url_of(self.keeping.page, file)
                files.append(file)
                self.went_on()
                time.sleep(self.keeping.pause * (time.monotonic() - began))
        return Taken(urls, files)

    def _file_of(self, keeping: Keeping, attachment: Attachment) -> ForeignFile:
        """The file, with its content on disk. Raises RefusedError."""
        most = keeping.limits.file_bytes
        folder = self.store.contents if self.store is not None else None
        try:
            receiving = folder.begin(most, keeping.limits.free_bytes) if folder is not None else _Counting(most)
            try:
                size = self._read(keeping, attachment.file or "", receiving)
                content = receiving.finish()
            finally:
                receiving.abandon()
        except UnreadableError as error:
            raise RefusedError(UNREADABLE, str(error)) from None
        except ChatError as error:
            reason = {Code.TOO_LARGE: TOO_LARGE, Code.NO_SPACE: NO_ROOM}.get(error.code, UNREADABLE)
            raise RefusedError(reason, error.text) from None
        if self.store is None:  # otherwise it is counted once it is stored
            self.summary.attachments.taken += 1
            self.summary.attachments.bytes += size
        if self._total is not None:
            self._total += content.bytes
        return ForeignFile(new_token(), clean_name(attachment.name), content)

    def _read(self, keeping: Keeping, name: str, receiving: Receiving | _Counting) -> int:
        limits, size = keeping.limits, 0
        left = limits.server_bytes - self._used() if limits.server_bytes else None
        with self.source.attached(name, limits.file_bytes) as file:
            while data := file.read(_STEP):
                size += len(data)
                if left is not None and size > left:
                    raise RefusedError(FULL, f"the server's files may have {sized(limits.server_bytes)} together")
                receiving.write(data)
        if not size:
            raise RefusedError(EMPTY, "it is empty")
        return size

    def _used(self) -> int:
        if self._total is None:
            self._total = self.store.files.total() if self.store is not None else 0
        return self._total

    def _refuse(self, message: Message, attachment: Attachment, error: RefusedError) -> None:
        self.summary.attachments.refused[error.reason] += 1
        why = f"the attachment {attachment.name} is not taken: {error}"
        self.summary.problem(Problem(why, message.place, lost=False))


class _Counting:
    """In place of a content: a rehearsal reads a file, and keeps nothing."""

    def __init__(self, most: int) -> None:
        self._most, self._size = most, 0

    def write(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > self._most:
            raise ChatError(Code.TOO_LARGE, f"a file may have {sized(self._most)} at most")

    def finish(self) -> Content:
        return Content("", "", self._size, "")

    def abandon(self) -> None: ...


def _url_of(page: str, file: ForeignFile) -> str:
    """The URL of a file, as the page writes it into a message: with the size of a picture."""
    content = file.content
    stored = StoredFile(
        0, file.token, 0, file.name, content.media_type, content.size, content.width, content.height, 0, "", 0
    )
    size = f"#w={content.width}&h={content.height}" if content.width and content.height else ""
    return urljoin(page, address_of(stored)) + size
