"""HAProxy before the nodes, with the configuration of docs/scaling.md on free ports of 127.0.0.1."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.endpoints.reaching import Pair
from tests.running import SECONDS

PAGE = Path(__file__).parents[2] / "docs" / "scaling.md"


class Ports(NamedTuple):
    irc: int
    web: int


def documented() -> str:
    found = re.search(r"<!-- haproxy -->\n```haproxy\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert found is not None
    return found[1]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def balancing(folder: Path, nodes: Sequence[Ports], pair: Pair) -> Iterator[int]:
    """The port at which it takes IRC over TLS."""
    program = shutil.which("haproxy", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if program is None:
        pytest.skip("haproxy is not installed")
    both = folder / "both.pem"
    both.write_bytes(pair.certificate.read_bytes() + pair.key.read_bytes())
    port, web = free_port(), free_port()
    text = (
        documented().replace("bind :6697", f"bind 127.0.0.1:{port}").replace("bind :443", f"bind 127.0.0.1:{web}")
    )
    text = text.replace("/etc/haproxy/chat.pem", str(both)).replace("maxconn 50000", "maxconn 1000")
    for number, node in enumerate(nodes, 1):
        text = text.replace(f"10.0.0.1{number}:6667", f"127.0.0.1:{node.irc}")
        text = text.replace(f"10.0.0.1{number}:8097", f"127.0.0.1:{node.web}")
        text = re.sub(rf"(server n{number} .*) port 8097", rf"\1 port {node.web}", text)
    config = folder / "haproxy.cfg"
    config.write_text(text)
    with (folder / "haproxy.log").open("wb") as log:
        process = subprocess.Popen([program, "-db", "-f", str(config)], stdout=log, stderr=log)
    try:
        _wait_for(port, process, folder / "haproxy.log")
        yield port
    finally:
        process.terminate()
        process.wait(SECONDS)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except ConnectionRefusedError:
            time.sleep(0.02)
    raise AssertionError(log.read_text(errors="replace"))
