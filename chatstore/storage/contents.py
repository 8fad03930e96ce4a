"""The bytes of files, in a folder beside the database.

Each content is a file of its own, `ab/cdef…-random`: the SHA-256 of what it has, and a few random characters,
so that no name is ever given twice. That is what makes removing safe. Whoever uploads the same again gets the
content that the database has; if it was removed a moment ago, a new one of another name. So whoever removes a
file of a name that no row has can't remove somebody else's, on whichever server of the database.

A content is written under a temporary name in the same folder, put on disk, given its name, and the folder is
put on disk, too. Only then a row may refer to it. What a crash leaves is a file without a row, which sweep()
finds later. Several servers of one database share one folder.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path

from chatstore.amounts import sized
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.files import Content
from chatstore.media.looking import Look, look
from chatstore.media.types import LOOKED_AT
from chatstore.storage.files import sync

log = logging.getLogger("chatstore")

THUMBNAIL = ".thumbnail"
"""The end of the name of a thumbnail, which lies beside its content."""
INCOMING = "incoming"
"""The folder of what arrives."""
GRACE = 24 * 60 * 60.0
"""Seconds after which a file that no row has was left by a crash. An upload takes less."""
_PLACE = re.compile(r"[0-9a-f]{2}/(?!\.{1,2}\Z)[^/\0]{1,200}")
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_HELD, _HOLDS = "held-", 600.0
"""The beginning of the names of files that say that nothing may be removed, and for how many seconds one does."""
_LOOK = 1 << 20
"""Bytes after which a content that arrives looks again how much room there is."""


class Folder:
    """The contents of one database. `path`: the folder, which is made when it is needed."""

    def __init__(self, path: Path) -> None:
        self.folder = path

    def begin(self, most: int, floor: int) -> Receiving:
        incoming = self.folder / INCOMING
        try:
            if not incoming.is_dir():
                new = not self.folder.exists()
                incoming.mkdir(mode=0o700, parents=True, exist_ok=True)
                if new:
                    _give(self.folder.parent, self.folder)
                _give(self.folder, incoming)
            self.need_room(0, floor)
            return Receiving(self, most, floor)
        except OSError as error:
            raise refusal(error) from error

    def need_room(self, size: int, floor: int) -> None:
        """Raise NO_SPACE if the disk would have less than `floor` bytes left. Raises OSError."""
        if shutil.disk_usage(self.folder).free - size < floor:
            raise _no_space()

    def free(self) -> int:
        """Bytes that are free on its disk. Raises OSError."""
        return shutil.disk_usage(next(path for path in (self.folder, *self.folder.parents) if path.exists())).free

    def path(self, place: str) -> Path:
        """Where a content is. Raises FileNotFoundError for what is no place: a database may come from elsewhere,
        and what its rows say must not lead out of the folder."""
        if not is_place(place):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), place)
        return self.folder / place

    def thumbnail(self, place: str) -> Path:
        """Where its thumbnail is. Raises as path() does."""
        path = self.path(place)
        return path.with_name(path.name + THUMBNAIL)

    def digest(self, place: str) -> str:
        """The SHA-256 of a content as it is on the disk. Raises OSError."""
        return _measured(self.path(place))[1].hexdigest()

    def remove(self, places: Collection[str]) -> None:
        for place in places:
            for path in (self.path, self.thumbnail):
                with suppress(FileNotFoundError):
                    path(place).unlink()

    def put(self, part: Path, thumbnail: Path | None, digest: str) -> str:
        """Give a content that is on disk its place, and its thumbnail, and put that on disk. Raises OSError."""
        place = f"{digest[:2]}/{digest[2:]}-{secrets.token_hex(4)}"
        path = self.path(place)
        if not path.parent.is_dir():
            path.parent.mkdir(mode=0o700, exist_ok=True)
            _give(self.folder, path.parent)
            sync(self.folder)
        try:
            _give(self.folder, *filter(None, (part, thumbnail)))
            if thumbnail is not None:
                os.rename(thumbnail, self.thumbnail(place))
            os.rename(part, path)
        except OSError:
            self.remove([place])
            raise
        sync(path.parent)
        return place

    @contextmanager
    def hold(self) -> Iterator[Callable[[], None]]:
        """Nothing is removed meanwhile, by any server, as long as what is yielded is called now and then. Raises
        OSError."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        number, name = tempfile.mkstemp(dir=self.folder, prefix=_HELD)
        os.close(number)
        try:
            yield lambda: os.utime(name)
        finally:
            Path(name).unlink(missing_ok=True)

    @property
    def held(self) -> bool:
        """Whether somebody has held it in the last minutes."""
        return any(_age(path) < _HOLDS for path in self.folder.glob(f"{_HELD}*"))

    def all(self) -> Iterator[tuple[str, float]]:
        """The places of all contents, and how many seconds ago each was written."""
        for folder in sorted(self.folder.glob("[0-9a-f][0-9a-f]")):
            for path in sorted(folder.iterdir()):
                if not path.name.endswith(THUMBNAIL):
                    yield f"{folder.name}/{path.name}", _age(path)

    def untouched(self, since: float) -> Iterator[str]:
        """The places of contents that were written, or given a time, before that one (seconds since 1970 UTC)."""
        now = time.time()
        return (place for place, age in self.all() if now - age < since)

    def leftovers(self) -> Iterator[Path]:
        """What arrived and was never finished, because the server was killed; and what a killed backup has held."""
        for path in chain((self.folder / INCOMING).glob("*"), self.folder.glob(f"{_HELD}*")):
            if _age(path) > GRACE:
                yield path


class Receiving:
    """A content that arrives. See Writing in chat/ports/files.py. For one thread at a time."""

    def __init__(self, folder: Folder, most: int, floor: int) -> None:
        self._folder, self._most, self._floor = folder, most, floor
        number, name = tempfile.mkstemp(dir=folder.folder / INCOMING)
        self._part = Path(name)
        self._file = os.fdopen(number, "wb", buffering=1 << 16)
        self._hash = hashlib.sha256()
        self._size, self._looked, self._head = 0, 0, b""
        self._over = False

    def write(self, data: bytes) -> None:
        if self._size + len(data) > self._most:
            self.abandon()
            raise ChatError(Code.TOO_LARGE, f"a file may have {sized(self._most)} at most")
        try:
            if self._size - self._looked >= _LOOK:
                self._looked = self._size
                self._folder.need_room(len(data), self._floor)
            self._file.write(data)
        except OSError as error:
            self.abandon()
            raise refusal(error) from error
        except ChatError:
            self.abandon()
            raise
        self._hash.update(data)
        if len(self._head) < LOOKED_AT:
            self._head += data[: LOOKED_AT - len(self._head)]
        self._size += len(data)

    def finish(self) -> Content:
        try:
            self._file.close()
            seen = look(self._part, self._head)
            if seen.why:
                log.info("an upload is no whole %(why)s", {"event": "upload-unreadable", "why": seen.why})
            if seen.changed:
                self._size, self._hash = _measured(self._part)
            sync(self._part)  # it may be another file by now, or have lost what it had in places
            return self._put(seen)
        except OSError as error:
            raise refusal(error) from error
        finally:
            self.abandon()

    def _put(self, seen: Look) -> Content:
        thumbnail, digest = 0, self._hash.hexdigest()
        if seen.thumbnail is not None:
            thumbnail = seen.thumbnail.stat().st_size
            sync(seen.thumbnail)
        place = self._folder.put(self._part, seen.thumbnail, digest)
        return Content(place, digest, self._size, seen.media_type, seen.width, seen.height, thumbnail)

    def abandon(self) -> None:
        if self._over:
            return
        self._over = True
        with suppress(OSError):
            self._file.close()
        for end in ("", THUMBNAIL, ".stripped"):
            with suppress(OSError):
                self._part.with_name(self._part.name + end).unlink()


def is_place(text: str) -> bool:
    """Whether a text can be the place of a content."""
    return _PLACE.fullmatch(text) is not None


def _give(like: Path, *paths: Path) -> None:
    """Give what root has made to the owner of a folder: an import is often run as root beside a server that is not.
    Raises OSError."""
    if os.geteuid() == 0:
        owner = like.stat()
        for path in paths:
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def _age(path: Path) -> float:
    """Seconds since it was written; 0 if it is gone."""
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _measured(path: Path) -> tuple[int, hashlib._Hash]:
    """The size and the digest of a file."""
    size, hash_ = 0, hashlib.sha256()
    with path.open("rb") as file:
        while data := file.read(1 << 20):
            size += len(data)
            hash_.update(data)
    return size, hash_


def refusal(error: OSError) -> ChatError:
    """The refusal of an upload, because of what the disk says."""
    if error.errno in _FULL:
        return _no_space()
    return ChatError(Code.NOT_STORED, f"the file could not be stored: {error.strerror or error}")


def _no_space() -> ChatError:
    return ChatError(Code.NO_SPACE, "the server has no room for files at present: ask its administrator")
