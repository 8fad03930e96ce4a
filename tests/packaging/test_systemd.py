"""The unit for systemd: systemd itself reads it, and finds little that the service may do without need."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from chatstore.config import load
from tests.running import PASSWORD, SECONDS, IrcClient

PACKAGING = Path(__file__).parents[2] / "packaging" / "systemd"
UNIT = PACKAGING / "chatstore.service"
MOST_EXPOSED = 12
"""Tenths: what is left is the network, Unix sockets, and the rest of /proc."""


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd is not installed")
    return subprocess.run(
        [program, "--no-pager", *arguments],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )


def test_systemd_understands_every_line(tmp_path: Path) -> None:
    unit = tmp_path / UNIT.name
    text = UNIT.read_text().replace("/opt/chatstore/bin/chatstore", sys.executable)
    unit.write_text(text)
    done = analyze("verify", "--man=no", str(unit))
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    unit.write_text(text.replace("ProtectSystem=", "ProtectsSystem="))
    assert "ProtectsSystem' in section" in analyze("verify", "--man=no", str(unit)).stderr


def test_it_may_do_little() -> None:
    done = analyze("security", "--offline=yes", f"--threshold={MOST_EXPOSED}", str(UNIT))
    assert done.returncode == 0, done.stdout
    assert re.search(r"Overall exposure level for chatstore.service: [01]\.\d OK", done.stdout), done.stdout
    assert analyze("security", "--offline=yes", "--threshold=5", str(UNIT)).returncode != 0


def test_what_is_in_comments_is_right_too(tmp_path: Path) -> None:
    unit = tmp_path / UNIT.name
    text = UNIT.read_text().replace("/opt/chatstore/bin/chatstore", sys.executable)
    whole, found = re.subn(r"^#(?=\w+=)", "", text, flags=re.MULTILINE)
    assert found >= 7
    unit.write_text(whole)
    done = analyze("verify", "--man=no", str(unit))
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_configuration_beside_it(tmp_path: Path) -> None:
    config = load(PACKAGING / "chatstore.toml")
    assert config.database_url == "sqlite:////var/lib/chatstore/chatstore.db"
    assert config.registration == "invite"
    whole = tmp_path / "chatstore.toml"
    text = (PACKAGING / "chatstore.toml").read_text()
    whole.write_text(re.sub(r"^#(?=[\w\[]+)", "", text, flags=re.MULTILINE))
    config = load(whole)
    assert (config.listen.ircs, config.web.url) == ("0.0.0.0:6697", "https://chat.example.org/")


def allowed(group: str) -> set[str]:
    """The system calls of a group, such as @system-service."""
    names: set[str] = set()
    for line in analyze("syscall-filter", group).stdout.splitlines()[1:]:
        word = line.strip()
        if word and not word.startswith("#"):
            names |= allowed(word) if word.startswith("@") else {word}
    return names


@pytest.mark.soak
@pytest.mark.timeout(300)
def test_the_server_makes_no_system_call_that_the_unit_forbids(tmp_path: Path) -> None:
    """As root SQLite also gives new files to the owner of the database, which the service has no need of."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed")
    filters = re.findall(r"^SystemCallFilter=(~?)(.*)$", UNIT.read_text(), flags=re.MULTILINE)
    more = {"setrlimit", "prlimit64", "setpriority"}
    assert filters[:2] == [("", "@system-service"), ("~", "@privileged @resources")]
    assert [set(names.split()) for _, names in filters[2:]] == [more]
    permitted = allowed("@system-service") - allowed("@privileged") - allowed("@resources") | more | {"fchown"}
    trace = tmp_path / "trace"
    command = [sys.executable, "-m", "chatstore", "server", "--plain", "off", "--irc", "127.0.0.1:0"]
    with subprocess.Popen(
        [strace, "-f", "-qq", "-o", str(trace), *command, "--web", "127.0.0.1:0"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "CHATSTORE_DATABASE_URL": str(tmp_path / "chat.db"), "PYTHONUNBUFFERED": "1"},
    ) as server:
        assert server.stdout is not None
        port = next(int(found[1]) for line in server.stdout if (found := re.search(r"IRC +127.0.0.1:(\d+)", line)))
        client = IrcClient("127.0.0.1", port)
        client.send("CAP LS 302", "NICK ann", "USER ann 0 * :Ann", f"REGISTER * * :{PASSWORD}", "CAP END")
        client.ask("JOIN #main", "PRIVMSG #main :hello", "CHATHISTORY LATEST #main * 10")
        client.close()
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
        os.kill(int(children[0]), signal.SIGTERM)
        server.communicate(timeout=60)
    used = set(re.findall(r"^\d+ +(\w+)\(", trace.read_text(), flags=re.MULTILINE))
    assert len(used) > 40
    assert used - permitted == set()
