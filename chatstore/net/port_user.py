"""Which program uses a port: what Linux shows in /proc."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")
_LISTENS = "0A"
_TABLES = ("tcp", "tcp6")


def port_user(port: int, proc: Path = _PROC) -> str:
    """The program that listens on a port, at any address: `ngircd (pid 812)`. Empty if that can't be seen, as
    for programs of other users."""
    inodes = {f"socket:[{inode}]" for inode in _listening(port, proc)}
    if not inodes:
        return ""
    with suppress(OSError):
        for process in sorted(proc.glob("[0-9]*"), key=lambda path: int(path.name)):
            with suppress(OSError):  # not ours, or gone meanwhile
                if any(str(link.readlink()) in inodes for link in (process / "fd").iterdir()):
                    name = (process / "comm").read_text(errors="replace").strip()
                    return f"{name} (pid {process.name})"
    return ""


def _listening(port: int, proc: Path) -> Iterator[str]:
    """The inodes of the sockets that listen on a port."""
    for table in _TABLES:
        with suppress(OSError):
            for line in (proc / "net" / table).read_text().splitlines()[1:]:
                fields = line.split()
                if len(fields) > 9 and fields[3] == _LISTENS and int(fields[1].rpartition(":")[2], 16) == port:
                    yield fields[9]
