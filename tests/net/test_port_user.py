"""Which program has an address: as Linux shows it, and where it shows nothing."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from chatstore.net.port_user import port_user

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
ROW = "   0: {host}:{port:04X} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000   0     0 {inode} 1\n"
LISTENS, ESTABLISHED = "0A", "01"


def proc_of(folder: Path, tcp: str = "", tcp6: str | None = None) -> Path:
    """A /proc in which ngircd (812) has the sockets 4711 and 4712, and somebody else's process can't be read."""
    (folder / "net").mkdir()
    (folder / "net" / "tcp").write_text(HEAD + tcp)
    if tcp6 is not None:
        (folder / "net" / "tcp6").write_text(HEAD + tcp6)
    for pid, sockets in (("9", ()), ("812", ("/dev/null", "socket:[4711]", "socket:[4712]"))):
        (folder / pid / "fd").mkdir(parents=True)
        (folder / pid / "comm").write_text("ngircd\n")
        for number, target in enumerate(sockets):
            (folder / pid / "fd" / str(number)).symlink_to(target)
    (folder / "1").mkdir()
    (folder / "self").mkdir()
    return folder


def row(port: int, inode: int, state: str = LISTENS, host: str = "0100007F") -> str:
    return ROW.format(host=host, port=port, state=state, inode=inode)


def test_who_listens_there(tmp_path: Path) -> None:
    tcp = row(22, 1) + row(6667, 5, ESTABLISHED) + row(6667, 4711)
    proc = proc_of(tmp_path, tcp, row(6668, 4712, host="0" * 32))
    assert port_user(6667, proc) == "ngircd (pid 812)"
    assert port_user(6668, proc) == "ngircd (pid 812)"
    assert port_user(22, proc) == ""  # another's, whose files can't be seen
    assert port_user(5, proc) == ""


def test_without_ipv6_and_without_proc(tmp_path: Path) -> None:
    assert port_user(6667, tmp_path / "nothing") == ""
    (tmp_path / "some").mkdir()
    assert port_user(6667, proc_of(tmp_path / "some", row(6667, 4711))) == "ngircd (pid 812)"


def test_lines_that_are_none(tmp_path: Path) -> None:
    assert port_user(6667, proc_of(tmp_path, "\nshort\n" + row(6667, 4711))) == "ngircd (pid 812)"


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="needs Linux's /proc")
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_real_socket(host: str) -> None:
    if host == "::1" and not socket.has_dualstack_ipv6():
        pytest.skip("no IPv6 here")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.create_server((host, 0), family=family)) as server:
        assert port_user(server.getsockname()[1]).endswith(f" (pid {os.getpid()})")


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="needs Linux's /proc")
def test_another_process() -> None:
    code = "import socket, sys; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True);"
    with subprocess.Popen(
        [sys.executable, "-c", f"{code} sys.stdin.read()"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        assert port_user(port).endswith(f" (pid {process.pid})")
        process.communicate("")
