"""The files of an export: a folder, a ZIP, a tar (packed or not), or one file. Nothing is unpacked to disk.

An export may come from anybody, so an archive is judged before it is read:

- A name that leads out of it (`../x`, `/x`, `C:\\x`) was made by no chat: SourceError, although nothing is
  written.
- Data that unpacks to more than RATIO times its size, once there are FLOOR bytes of it, is a *zip bomb*:
  SourceError, in a ZIP when that entry is read. Chats' JSON packs 10 to 40 times smaller. Entries of a ZIP that
  share their bytes are another one.
- Links and devices are not followed; nor are links in a folder that lead out of it.

Attachments are read as they are, packed or not, and by their names in the export alone: what an export says of
paths is looked up among these names, so no path leads anywhere else. How large one is, is what was read of it.
"""

from __future__ import annotations

import bz2
import errno
import gzip
import io
import lzma
import os
import tarfile
import tempfile
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import IO, Protocol, cast

from chatstore.importing.source import SourceError

RATIO = 200
FLOOR = 64 * 1024 * 1024
_UNREADABLE = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, tarfile.TarError)
_PACKED: dict[bytes, Callable[[IO[bytes]], IO[bytes]]] = {
    b"\x1f\x8b": lambda raw: cast(IO[bytes], gzip.GzipFile(fileobj=raw)),
    b"BZh": lambda raw: cast(IO[bytes], bz2.BZ2File(raw)),
    b"\xfd7zXZ\x00": lambda raw: cast(IO[bytes], lzma.LZMAFile(raw)),  # noqa: SIM115
}


class UnreadableError(Exception):
    """This file, or the rest of it, can't be read: the text says why. Other files of the export still may."""


class Files(Protocol):
    """The files of an export, by their names in it: parts apart by `/`, never leading out."""

    read: int
    """How many bytes were read so far, as the archive has them."""
    size: int
    """How many there are, about; each time that they are read again counts."""

    def names(self) -> list[str]: ...

    def each(self, wanted: Callable[[str], bool]) -> Iterator[tuple[str, IO[bytes]]]:
        """The wanted files in the order that is the quickest to read them in: by name, or as they lie in a
        tar. One is closed when the next one is asked for. Reading raises UnreadableError; or SourceError if
        it is a bomb."""

    @property
    def by_name(self) -> bool:
        """Whether `each` gives them by name."""

    def attachments(self) -> Collection[str]:
        """The names of files that may be attachments: all; of one file, those beside it."""

    def attached(self, name: str, most: int, among: Callable[[str], bool]) -> IO[bytes]:
        """The bytes of one of these, as they are; no more than `most` and one more have to be there. `among`: those
        that may be asked for later. The caller closes it. Reading raises UnreadableError."""

    def close(self) -> None: ...


def open_files(path: Path, beside: Sequence[str] = ()) -> Files:
    """The export at `path`. `beside`: if that is one file, folders beside it that have its attachments. Raises
    SourceError."""
    try:
        if path.is_dir():
            return _Folder(path)
        if path.exists() and not path.is_file():
            raise SourceError(f"{path} is neither a file nor a folder")
        with path.open("rb") as file:
            start = file.read(262 + 3)
        if not start:
            raise SourceError(f"{path} is empty")
        if zipfile.is_zipfile(path) and start[:2] == b"PK":
            return _Zip(path)
        if start.startswith(tuple(_PACKED)) or start[257:262] == b"ustar":
            return _Tar(path) if _is_tar(path) else _Single(path, beside)
    except FileNotFoundError:
        raise SourceError(f"there is no {path}") from None
    except _UNREADABLE as error:
        raise SourceError(f"{path} can't be read: {_said(error)}") from None
    return _Single(path, beside)


@contextmanager
def one(files: Files, name: str) -> Iterator[IO[bytes]]:
    """One file, open. Raises UnreadableError."""
    for _, file in files.each(lambda other: other == name):
        yield file
        return
    raise UnreadableError(f"{name} is not there any more")


def top(names: list[str], *anchors: str) -> str | None:
    """The folder that holds the first of the `anchors` that is there, as a prefix (empty, or with a `/` at
    its end): archives are often packed again with a folder around everything. None if there is none of
    them."""
    for anchor in anchors:
        found = [name for name in names if name == anchor or name.endswith("/" + anchor)]
        if found:
            return min(found, key=lambda name: (name.count("/"), name))[: -len(anchor)]
    return None


class _Stream(io.RawIOBase):
    """A file of an export: errors are UnreadableError, and what was read is told to `count`."""

    def __init__(self, file: IO[bytes], name: str, count: Callable[[int], None]) -> None:
        self._file, self._name, self._count = file, name, count

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast(bytearray, buffer))
        try:
            data = self._file.read(len(view))
        except _UNREADABLE as error:
            raise UnreadableError(f"{self._name} can't be read further: {_said(error)}") from None
        view[: len(data)] = data
        self._count(len(data))
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()


def _stream(file: IO[bytes], name: str, count: Callable[[int], None]) -> IO[bytes]:
    return cast(IO[bytes], io.BufferedReader(_Stream(file, name, count), 1 << 18))


class _ByName(ABC):
    """Files that can be opened by their names, in any order."""

    by_name = True
    read, size = 0, 0

    @abstractmethod
    def names(self) -> list[str]: ...

    @abstractmethod
    def _open(self, name: str) -> IO[bytes]: ...

    def attachments(self) -> Collection[str]:
        return self.names()

    @abstractmethod
    def _raw(self, name: str) -> IO[bytes]:
        """The bytes of a file as they are. Raises OSError and what is in _UNREADABLE."""

    def attached(self, name: str, most: int, among: Callable[[str], bool]) -> IO[bytes]:
        try:
            return _stream(self._raw(name), name, self._tell)
        except (*_UNREADABLE, KeyError, NotImplementedError, RuntimeError) as error:
            raise UnreadableError(f"{name} can't be read: {_said(error)}") from None

    def each(self, wanted: Callable[[str], bool]) -> Iterator[tuple[str, IO[bytes]]]:
        for name in filter(wanted, self.names()):
            with self._open(name) as file:
                yield name, file

    def _tell(self, count: int) -> None:
        self.read += count

    def close(self) -> None:  # noqa: B027 - most have nothing to close
        pass


class _Single(_ByName):
    """One file, which may be packed (`.gz`, `.bz2`, `.xz`)."""

    def __init__(self, path: Path, beside: Sequence[str]) -> None:
        self._path, self.size = path, path.stat().st_size
        self._beside = _Folder(path.parent, beside) if beside else None

    def names(self) -> list[str]:
        return [self._path.name]

    def attachments(self) -> Collection[str]:
        return self._beside.names() if self._beside is not None else ()

    def _raw(self, name: str) -> IO[bytes]:
        if self._beside is None:
            raise FileNotFoundError(name)
        return self._beside._raw(name)

    def _open(self, name: str) -> IO[bytes]:
        return _open_packed(self._path, name, self._tell)


class _Folder(_ByName):
    def __init__(self, path: Path, only: Sequence[str] = ()) -> None:
        """`only`: these folders in it, if they are no links; all of it otherwise."""
        self._path = path
        tops = [top for name in only if not (top := path / name).is_symlink()] if only else [path]
        self._tops = [path.resolve() / top.relative_to(path) for top in tops]
        self._names = sorted(self._found(tops))

    def _found(self, tops: Sequence[Path]) -> Iterator[str]:
        for folder, _, names in chain.from_iterable(map(os.walk, tops)):  # links to folders are not followed
            for name in names:
                path = Path(folder, name)
                if self._is_inside(path):
                    self.size += path.stat().st_size
                    yield path.relative_to(self._path).as_posix()

    def _is_inside(self, path: Path) -> bool:
        """Whether it is a file in the folder, and no link that leads out."""
        return path.is_file() and any(map(path.resolve().is_relative_to, self._tops))

    def _raw(self, name: str) -> IO[bytes]:
        path = (self._path / name).resolve()
        top = next((top for top in self._tops if path.is_relative_to(top)), None)
        if top is None or path == top:  # it has become a link since
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        return os.fdopen(_open_in(top, path.relative_to(top).parts), "rb")

    def names(self) -> list[str]:
        return self._names

    def _open(self, name: str) -> IO[bytes]:
        try:
            return _open_packed(self._path / name, name, self._tell)
        except OSError as error:
            return _stream(cast(IO[bytes], _Unopened(error)), name, self._tell)


def _open_in(folder: Path, parts: Sequence[str]) -> int:
    """Open a file below a folder for reading. No link is followed, also none that somebody puts there meanwhile:
    whoever has the folder would choose what root reads. Raises OSError."""
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    at = os.open(folder, flags | os.O_DIRECTORY)
    try:
        for part in parts[:-1]:
            below = os.open(part, flags | os.O_DIRECTORY, dir_fd=at)
            os.close(at)
            at = below
        return os.open(parts[-1], flags, dir_fd=at)
    finally:
        os.close(at)


class _Zip(_ByName):
    def __init__(self, path: Path) -> None:
        self._path, self._zip = path, zipfile.ZipFile(path)
        self._entries = {
            _name_in(path, _zip_name(entry)): entry for entry in self._zip.infolist() if not entry.is_dir()
        }
        self.size = sum(entry.file_size for entry in self._entries.values())
        packed = sum(entry.compress_size for entry in self._entries.values())
        if packed > path.stat().st_size:
            raise _bomb(path)
        if any(entry.flag_bits & 1 for entry in self._entries.values()):
            raise SourceError(f"{path} is encrypted: unpack it, and name the folder instead")

    def names(self) -> list[str]:
        return sorted(self._entries)

    def _open(self, name: str) -> IO[bytes]:
        if self._entries[name].file_size > FLOOR and _ratio(self._entries[name]) > RATIO:
            raise _bomb(self._path)
        try:
            return _stream(
                self._zip.open(self._entries[name]), name, self._tell
            )  # never more than `file_size` bytes
        except (*_UNREADABLE, NotImplementedError, RuntimeError) as error:
            return _stream(cast(IO[bytes], _Unopened(error)), name, self._tell)

    def _raw(self, name: str) -> IO[bytes]:
        return self._zip.open(self._entries[name])  # never more than `file_size` bytes

    def close(self) -> None:
        self._zip.close()


class _Tar:
    """A tar, which is read from its beginning each time: a packed one has no other way. When the first attachment
    is asked for, all that may be wanted are copied to a temporary file, which is gone when this is closed."""

    by_name = False

    def __init__(self, path: Path) -> None:
        self._path, self.read, self.size = path, 0, path.stat().st_size
        self._copies: _Copies | None = None
        self._names: list[str] = []
        for name, _ in self._walk():
            self._names.append(name)
        self.read = 0

    def _walk(self) -> Generator[tuple[str, IO[bytes]], None, None]:
        with self._path.open("rb") as raw:
            unpacked = _Unpacked(self._path, raw)
            with tarfile.open(fileobj=unpacked, mode="r|") as tar:  # type: ignore[call-overload]

                def tell(_: int = 0) -> None:
                    self.read += unpacked.taken()

                for entry in tar:
                    name = _name_in(self._path, entry.name)
                    file = tar.extractfile(entry) if entry.isfile() else None
                    tell()
                    if entry.size > FLOOR and entry.size > RATIO * self.size:
                        raise _bomb(self._path)
                    if file is not None:
                        yield name, _stream(file, name, tell)
                    tell()

    def names(self) -> list[str]:
        return sorted(self._names)

    def each(self, wanted: Callable[[str], bool]) -> Iterator[tuple[str, IO[bytes]]]:
        walk = self._walk()
        try:
            for name, file in walk:
                if wanted(name):
                    yield name, file
        except _UNREADABLE as error:
            raise UnreadableError(f"{self._path.name} can't be read further: {_said(error)}") from None
        finally:
            walk.close()

    def attachments(self) -> Collection[str]:
        return self._names

    def attached(self, name: str, most: int, among: Callable[[str], bool]) -> IO[bytes]:
        if self._copies is None:
            self._copies = _Copies(self.each(among), most)
        return self._copies.open(name)

    def close(self) -> None:
        if self._copies is not None:
            self._copies.close()


class _Copies:
    """Files of an archive, one behind the other in a temporary file. What is larger than `most` is cut behind one
    byte more."""

    def __init__(self, files: Iterator[tuple[str, IO[bytes]]], most: int) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close()
        self._places: dict[str, tuple[int, int]] = {}
        self._why = "it is not there any more"
        """Why a file is not among them."""
        try:
            for name, file in files:
                self._copy(name, file, most)
        except UnreadableError as error:
            self._why = str(error)
        except OSError as error:
            self._why = f"attachments can't be copied to a temporary file: {_said(error)}. TMPDIR says where it is"

    def _copy(self, name: str, file: IO[bytes], most: int) -> None:
        begin, left = self._file.tell(), most + 1
        while left and (data := file.read(min(left, 1 << 18))):
            self._file.write(data)
            left -= len(data)
        self._places[name] = (begin, self._file.tell())

    def open(self, name: str) -> IO[bytes]:
        if name not in self._places:
            raise UnreadableError(f"{name} can't be read: {self._why}")
        self._file.flush()
        return _stream(cast(IO[bytes], _Part(self._file, *self._places[name])), name, _uncounted)

    def close(self) -> None:
        self._file.close()


class _Part:
    """The bytes of a file from `at` to before `end`."""

    def __init__(self, file: IO[bytes], at: int, end: int) -> None:
        self._file, self._at, self._end = file, at, end

    def read(self, size: int) -> bytes:
        self._file.seek(self._at)
        data = self._file.read(min(size, self._end - self._at))
        self._at += len(data)
        return data

    def close(self) -> None: ...


class _Unopened(io.RawIOBase):
    """In place of a file that could not be opened: the others go on, and who reads it learns why."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def read(self, size: int = -1) -> bytes:
        raise OSError(_said(self._error))


class _Counted:
    """A file that knows how much was read of it, and how much since it was last asked."""

    def __init__(self, raw: IO[bytes]) -> None:
        self._raw, self.total, self._told = raw, 0, 0

    def read(self, size: int = -1) -> bytes:
        data = self._raw.read(size)
        self.total += len(data)
        return data

    def taken(self) -> int:
        new, self._told = self.total - self._told, self.total
        return new


class _Unpacked:
    """What a file unpacks to, if it is packed. Each piece is judged when it is read, whoever reads it:
    SourceError if it is a bomb."""

    def __init__(self, path: Path, raw: IO[bytes]) -> None:
        start = raw.read(6)
        raw.seek(0)
        unpack = next((unpack for magic, unpack in _PACKED.items() if start.startswith(magic)), None)
        self._path, self._raw, self._counted, self._total = path, raw, _Counted(raw), 0
        counted = cast(IO[bytes], self._counted)
        self._file = unpack(counted) if unpack is not None else counted

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._total += len(data)
        if self._total > FLOOR and self._total > RATIO * self._counted.total:
            raise _bomb(self._path)
        return data

    def taken(self) -> int:
        return self._counted.taken()

    def close(self) -> None:
        self._raw.close()


def _open_packed(path: Path, name: str, count: Callable[[int], None]) -> IO[bytes]:
    unpacked = _Unpacked(path, path.open("rb"))
    return _stream(cast(IO[bytes], unpacked), name, lambda _: count(unpacked.taken()))


def _is_tar(path: Path) -> bool:
    try:
        with path.open("rb") as raw, tarfile.open(fileobj=_Unpacked(path, raw), mode="r|"):  # type: ignore[call-overload]
            return True
    except _UNREADABLE:
        return False


def _zip_name(entry: zipfile.ZipInfo) -> str:
    """The entry's name. Many programs store UTF-8 without saying so, which zipfile reads as code page 437."""
    if entry.flag_bits & 0x800 or entry.filename.isascii():
        return entry.orig_filename
    try:
        return entry.orig_filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return entry.orig_filename


def _name_in(path: Path, name: str) -> str:
    parts = PurePosixPath(name.replace("\\", "/"))
    if parts.is_absolute() or ".." in parts.parts or (len(name) > 1 and name[1] == ":") or "\0" in name:
        raise SourceError(
            f"{path} has a file named {name!r}, which leads out of the archive: no chat's export does that, and it "
            "is not read"
        )
    return parts.as_posix()


def _uncounted(_bytes: int) -> None:
    """What is read of a copy was counted with its archive."""


def _ratio(entry: zipfile.ZipInfo) -> float:
    return entry.file_size / max(1, entry.compress_size)


def _bomb(path: Path) -> SourceError:
    return SourceError(
        f"{path} unpacks to more than {RATIO} times its size, as no chat's export does: it is not read. If you "
        "trust it, unpack it, and name the folder instead"
    )


def _said(error: BaseException) -> str:
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).rstrip(".")
