"""The files of an export: a folder, a ZIP, a tar (packed or not), or one file. Nothing is unpacked to disk.

An export may come from anybody, so an archive is judged before it is read:

- A name that leads out of it (`../x`, `/x`, `C:\\x`) was made by no chat: SourceError, although nothing is
  written.
- Data that unpacks to more than RATIO times its size, once there are FLOOR bytes of it, is a *zip bomb*:
  SourceError. Chats' JSON packs 10 to 40 times smaller. Entries of a ZIP that share their bytes are another
  one.
- Links and devices are not followed; nor are links in a folder that lead out of it.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import tarfile
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
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

    def close(self) -> None: ...


def open_files(path: Path) -> Files:
    """The export at `path`. Raises SourceError."""
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
            return _Tar(path) if _is_tar(path) else _Single(path)
    except FileNotFoundError:
        raise SourceError(f"there is no {path}") from None
    except _UNREADABLE as error:
        raise SourceError(f"{path} can't be read: {_said(error)}") from None
    return _Single(path)


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

    def __init__(self, path: Path) -> None:
        self._path, self.size = path, path.stat().st_size

    def names(self) -> list[str]:
        return [self._path.name]

    def _open(self, name: str) -> IO[bytes]:
        return _open_packed(self._path, name, self._tell)


class _Folder(_ByName):
    def __init__(self, path: Path) -> None:
        self._path = path
        self._names = sorted(self._found())

    def _found(self) -> Iterator[str]:
        for folder, _, names in os.walk(self._path):  # links to folders are not followed
            for name in names:
                path = Path(folder, name)
                if path.is_file() and path.resolve().is_relative_to(self._path.resolve()):
                    self.size += path.stat().st_size
                    yield path.relative_to(self._path).as_posix()

    def names(self) -> list[str]:
        return self._names

    def _open(self, name: str) -> IO[bytes]:
        try:
            return _open_packed(self._path / name, name, self._tell)
        except OSError as error:
            return _stream(cast(IO[bytes], _Unopened(error)), name, self._tell)


class _Zip(_ByName):
    def __init__(self, path: Path) -> None:
        self._zip = zipfile.ZipFile(path)
        self._entries = {
            _name_in(path, _zip_name(entry)): entry for entry in self._zip.infolist() if not entry.is_dir()
        }
        self.size = sum(entry.file_size for entry in self._entries.values())
        packed = sum(entry.compress_size for entry in self._entries.values())
        largest = max((entry for entry in self._entries.values()), key=_ratio, default=None)
        if packed > path.stat().st_size or (largest and largest.file_size > FLOOR and _ratio(largest) > RATIO):
            raise _bomb(path)
        if any(entry.flag_bits & 1 for entry in self._entries.values()):
            raise SourceError(f"{path} is encrypted: unpack it, and name the folder instead")

    def names(self) -> list[str]:
        return sorted(self._entries)

    def _open(self, name: str) -> IO[bytes]:
        try:
            return _stream(
                self._zip.open(self._entries[name]), name, self._tell
            )  # never more than `file_size` bytes
        except (*_UNREADABLE, NotImplementedError, RuntimeError) as error:
            return _stream(cast(IO[bytes], _Unopened(error)), name, self._tell)

    def close(self) -> None:
        self._zip.close()


class _Tar:
    """A tar, which is read from its beginning each time: a packed one has no other way."""

    by_name = False

    def __init__(self, path: Path) -> None:
        self._path, self.read, self.size = path, 0, path.stat().st_size
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

    def close(self) -> None:
        pass


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


def _ratio(entry: zipfile.ZipInfo) -> float:
    return entry.file_size / max(1, entry.compress_size)


def _bomb(path: Path) -> SourceError:
    return SourceError(
        f"{path} unpacks to more than {RATIO} times its size, as no chat's export does: it is not read. If you "
        "trust it, unpack it, and name the folder instead"
    )


def _said(error: BaseException) -> str:
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).rstrip(".")
