"""The exit code of a pipe tells whether its messages are stored, and nothing else; on a real server."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.running import PASSWORD, Running, start


def sends(server: Running, folder: Path, *args: str, given: bytes) -> tuple[int, list[str]]:
    """(exit code, lines on stderr)."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CHATSTORE_")}
    environment |= {"XDG_CONFIG_HOME": str(folder), "CHATSTORE_PASSWORD": PASSWORD}
    url = f"irc://127.0.0.1:{server.port()}"
    command = [sys.executable, "-m", "chatstore", "client", "--user", "bob", "--server", url, *args]
    done = subprocess.run(command, input=given, capture_output=True, env=environment, timeout=50, check=False)
    return done.returncode, done.stderr.decode().splitlines()


def test_a_message_that_is_stored_is_a_success(tmp_path: Path) -> None:
    server = start(tmp_path / "chat.db", limits={"rooms_per_account": 1})
    try:
        alice = server.member("alice", room="#den")
        bob = server.member("bob", room="#den")
        bob.close()
        assert sends(server, tmp_path, "--room", "den", given=b"at the limit\n") == (0, [])
        alice.wait("PRIVMSG #den :at the limit")
        connected = f"chatstore client: connected to irc://127.0.0.1:{server.port()} as bob"
        assert sends(server, tmp_path, "--room", "den", "--verbose", given=b"and again\n") == (0, [connected])
        alice.wait("PRIVMSG #den :and again")
        code, told = sends(server, tmp_path, "--room", "another", given=b"one too many\n")
        assert code == 1
        assert told[0].startswith("chatstore client: cannot join #another: ")
        alice.send("MODE #den +m")
        alice.sync()
        code, told = sends(server, tmp_path, "--room", "den", given=b"silenced\n")
        assert (code, len(told)) == (1, 1)
        assert told[0].startswith("chatstore client: not sent: silenced: ")
    finally:
        server.stop()
