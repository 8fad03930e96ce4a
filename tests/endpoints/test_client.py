"""`chatstore client` as a process, over TLS."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.endpoints.reaching import OpenServer, Pair
from tests.running import PASSWORD


def say(running: OpenServer, folder: Path, trusted: Path | None, endpoint: str = "ircs") -> tuple[int, str]:
    """(exit code, standard error) of a client that says one thing."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CHATSTORE_")}
    environment |= {"XDG_CONFIG_HOME": str(folder), "CHATSTORE_PASSWORD": PASSWORD}
    environment |= {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    if trusted is not None:
        environment["SSL_CERT_FILE"] = str(trusted)
    url = f"ircs://localhost:{running.port(endpoint)}"
    done = subprocess.run(
        [sys.executable, "-m", "chatstore", "client", "--user", "alice", "--server", url, "--room", "main"],
        input=b"hello over TLS\n",
        capture_output=True,
        env=environment,
        cwd=folder,
        timeout=50,
        check=False,
    )
    return done.returncode, done.stderr.decode()


def test_the_client_talks_over_tls(running: OpenServer, pair: Pair, tmp_path: Path) -> None:
    alice = running.member("alice")
    assert say(running, tmp_path, pair.certificate) == (0, "")
    assert alice.wait("PRIVMSG").endswith(" PRIVMSG #main :hello over TLS")


def test_the_client_trusts_nobody_it_does_not_know(running: OpenServer, tmp_path: Path) -> None:
    running.register("alice").close()
    code, said = say(running, tmp_path, None)
    assert code == 4
    assert "certificate is not trusted" in said
    assert "SSL_CERT_FILE=" in said


def test_the_client_says_that_a_port_is_without_tls(running: OpenServer, tmp_path: Path) -> None:
    code, said = say(running, tmp_path, None, endpoint="irc")
    assert code == 4
    assert "does not speak TLS; use irc:// there" in said
