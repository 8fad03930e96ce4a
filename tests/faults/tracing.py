"""What a process does to files and says on sockets, recorded by strace and read back in its order.

Strace stops each thread at the beginning and at the end of a call, so its file is one order of them all. A
write counts from its beginning (from then on the disk may have it), a sync from its end (from then on the disk
has it), and what is sent from its beginning (from then on somebody may have read it). That is the strictest
reading.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import pytest


class Made(NamedTuple):
    """A file was opened that might have been made by it."""

    path: str


class Wrote(NamedTuple):
    path: str
    offset: int
    data: bytes


class Cut(NamedTuple):
    """ftruncate."""

    path: str
    size: int


class Synced(NamedTuple):
    """Of a file, what was written to it; of a folder, which names there are in it."""

    path: str


class NotSynced(NamedTuple):
    """A sync that failed."""

    path: str


class Removed(NamedTuple):
    path: str


class Renamed(NamedTuple):
    path: str
    to: str


class Sent(NamedTuple):
    """On a socket or a pipe."""

    data: bytes


Step = Made | Wrote | Cut | Synced | NotSynced | Removed | Renamed | Sent

CALLS = (
    "openat,write,writev,pwrite64,pwritev,pwritev2,ftruncate,truncate,fallocate,fdatasync,fsync,sync_file_range,msync,"
    "unlink,unlinkat,rename,renameat,renameat2,link,sendto,sendmsg"
)
"""All by which a database could be changed; those that no Step stands for must not come."""


def strace(trace: Path, *faults: str) -> tuple[str, ...]:
    """The command that is put in front of another; `faults` are from `fault()`."""
    record = ("-f", "-y", "-xx", "-s", "2000000", "-e", "signal=none", "-e", f"trace={CALLS}", "-o", str(trace))
    return ("strace", *record, *(word for each in faults for word in ("-e", each)))


def fault(call: str, what: str, nth: int) -> str:
    """For strace: the nth call of that name in one thread goes wrong. `what`: `error=EIO`, `signal=KILL`."""
    return f"inject={call}:{what}:when={nth}"


@lru_cache(maxsize=1)
def _why_not() -> str:
    if shutil.which("strace") is None:
        return "strace is not installed"
    tried = subprocess.run(["strace", "-f", "-o", "/dev/null", "true"], capture_output=True, text=True, check=False)
    return "" if tried.returncode == 0 else f"strace does not work here: {tried.stderr.strip()}"


def needs_strace() -> None:
    """Skip the test where nothing can be traced."""
    if why := _why_not():
        pytest.skip(why)


_CALL = re.compile(r"(\d+) +(\w+)\((.*)")
_RESUMED = re.compile(r"(\d+) +<\.\.\. (\w+) resumed>(.*)")
_RESULT = re.compile(r"\) += (-?\d+)(?:<.*?>)?(?: \(deleted\))?(?: \w+ \(.*\))*$")
_FD = re.compile(r"(?:\d+|AT_FDCWD)<([^>]*)>")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')


def steps(trace: Path, folder: Path) -> Iterator[Step]:
    """Every step that concerns a file in the folder, or a socket or pipe. Calls that failed are no steps."""
    began: dict[str, tuple[str, str]] = {}
    with open(trace, encoding="ascii") as lines:
        for line in lines:
            line = line.rstrip("\n")
            if found := _RESUMED.match(line):
                name, head = began.pop(found[1])
                yield from _ended(name, head + found[3], folder)
            elif found := _CALL.match(line):
                pid, name, rest = found.groups()
                if rest.endswith("<unfinished ...>"):
                    head = rest.removesuffix("<unfinished ...>").rstrip()
                    began[pid] = (name, head)
                    yield from _begun(name, head, folder)
                else:
                    yield from _begun(name, rest, folder)
                    yield from _ended(name, rest, folder)


def _begun(name: str, rest: str, folder: Path) -> Iterator[Step]:
    if name == "sendto" or name == "sendmsg":
        yield Sent(b"".join(map(_bytes, _TEXT.findall(rest))))
    elif name in ("pwrite64", "write", "writev", "pwritev", "pwritev2", "sync_file_range", "msync"):
        path = _path(rest)
        if not _within(path, folder):
            return
        data = _bytes(_TEXT.search(rest)[1])  # type: ignore[index]
        assert name == "pwrite64", f"{name} on {path}: how much of it, and where, is not understood here"
        offset = re.search(r'", \d+, (\d+)', rest)
        assert offset is not None
        yield Wrote(path, int(offset[1]), data)


def _ended(name: str, rest: str, folder: Path) -> Iterator[Step]:
    result = _RESULT.search(rest)
    if result is None:  # the process was killed in it
        return
    if int(result[1]) < 0:
        if name in ("fdatasync", "fsync") and _within(_path(rest), folder):
            yield NotSynced(_path(rest))
        return
    if name in ("unlink", "unlinkat", "rename", "renameat", "renameat2", "link", "openat", "truncate"):
        texts = [_bytes(text).decode() for text in _TEXT.findall(rest)]
        paths = [str(Path(_path(rest) if rest.startswith("AT_FDCWD") else "/", text)) for text in texts]
        if not any(_within(path, folder) for path in paths):
            return
        if name == "openat":
            if "O_CREAT" in rest:
                yield Made(paths[0])
        elif name.startswith("unlink"):
            yield Removed(paths[0])
        elif name.startswith("rename"):
            yield Renamed(*paths)
        else:
            raise AssertionError(f"{name} of {paths} is not understood here")
    elif name in ("fdatasync", "fsync", "ftruncate", "fallocate"):
        path = _path(rest)
        if not _within(path, folder):
            return
        if name == "ftruncate":
            size = re.search(r">, (\d+)", rest)
            assert size is not None
            yield Cut(path, int(size[1]))
        else:
            assert name != "fallocate", f"fallocate of {path} is not understood here"
            yield Synced(path)
    elif name == "pwrite64" and _within(_path(rest), folder):
        length = re.search(r'", (\d+), \d+', rest)
        assert length is not None
        assert length[1] == result[1], "a write that wrote less than it was to"


def _path(rest: str) -> str:
    found = _FD.match(rest)
    return _bytes(found[1]).decode() if found is not None else ""


def _within(path: str, folder: Path) -> bool:
    """Whether it is of the database: the log of the server is beside it, and nothing was promised of that."""
    return not path.endswith(".log") and (path == str(folder) or path.startswith(f"{folder}/"))


def _bytes(escaped: str) -> bytes:
    return bytes.fromhex(escaped.replace("\\x", ""))


@contextmanager
def injecting(pid: int, call: str, what: str, nth: int, trace: Path) -> Iterator[Callable[[], bool]]:
    """Attached to a running process, to have its nth call of that name (in one thread, from now on) go wrong:
    `what` is as in fault(). Gives a question: whether that has happened."""
    tracer = subprocess.Popen(
        ["strace", "-f", "-o", str(trace), "-e", f"trace={call}", "-e", fault(call, what, nth), "-p", str(pid)],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert tracer.stderr is not None
    said = ""
    for line in tracer.stderr:
        said += line
        if "attached" in line:
            break
    else:
        if "not permitted" in said:
            pytest.skip(f"strace may not be attached to a process here: {said.strip()}")
        raise AssertionError(said)
    try:
        yield lambda: "INJECTED" in trace.read_text()
    finally:
        tracer.terminate()
        tracer.wait()
        tracer.stderr.close()
