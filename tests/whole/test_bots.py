"""Bots and a bouncer as they are, restarted again and again: nothing is answered or stored twice.

Sopel and irc3 run in an environment of their own, because Sopel needs an older SQLAlchemy than we do:

    python3 -m venv .venv-bots && .venv-bots/bin/pip install sopel irc3

ZNC is the Debian package. What is not installed is skipped.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.irc.test_delivered import until_noted
from tests.running import PASSWORD, IrcClient, Running
from tests.whole.test_clients import wait_for

BOTS = Path(__file__).parents[2] / ".venv-bots" / "bin"
needs_sopel = pytest.mark.skipif(not (BOTS / "sopel").exists(), reason="no Sopel in .venv-bots")
needs_irc3 = pytest.mark.skipif(not (BOTS / "irc3").exists(), reason="no irc3 in .venv-bots")
needs_znc = pytest.mark.skipif(shutil.which("znc") is None, reason="znc is not installed (Debian package znc)")

PLUGIN = """
from sopel import plugin

@plugin.rule('!deploy (.*)')
def deploy(bot, trigger):
    bot.say('deployed ' + trigger.group(1))

@plugin.event('366')
@plugin.rule('.*')
def ready(bot, trigger):
    bot.say('ready', 'bob')
"""
AS_NOBODY = """
import os
os.getuid = os.geteuid = lambda: 65534  # Sopel refuses to be root, which CI often is
from sopel.cli.run import main
main()
"""
SOPEL = """[core]
nick = robot
host = 127.0.0.1
port = {port}
use_ssl = false
owner = bob
auth_method = sasl
auth_username = robot
auth_password = {password}
auth_target = PLAIN
channels = "#main"
homedir = {home}
enable = deploy
flood_empty_wait = 0
flood_refill_rate = 100
throttle_join = 0
log_raw = true
"""
IRC3 = """[bot]
nick = robot
host = 127.0.0.1
port = {port}
ssl = false
sasl_username = robot
sasl_password = {password}
autojoins = #main
includes =
    irc3.plugins.core
    irc3.plugins.sasl
    irc3.plugins.autojoins
"""
ZNC = """Version = 1.8.2
<Listener all>
    Host = 127.0.0.1
    Port = {listen}
    IPv4 = true
    IPv6 = false
    SSL = false
</Listener>
<User alice>
    Pass = plain#secret
    Nick = alice
    Ident = alice
    RealName = Alice
    LoadModule = log
    <Network chat>
        Server = 127.0.0.1 {port} alice:{token}
        <Chan #main>
        </Chan>
    </Network>
</User>
"""


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that can be given to another user, who can't enter those of pytest."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@contextmanager
def program(
    *command: str | Path, folder: Path, end: int = signal.SIGTERM, user: int | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program until the end of the block; `end` is the signal that ends it."""
    with (folder / "said").open("ab") as said:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            cwd=folder,
            env={**os.environ, "HOME": str(folder), "PYTHONUNBUFFERED": "1"},
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )
    try:
        yield process
        process.send_signal(end)
        process.wait(60)
    finally:
        process.kill()
        process.wait()


def gone(server: Running, nick: str, bob: IrcClient) -> None:
    while (person := server.server.chat.hub.person(nick)) is not None and person.sessions:
        bob.sync()


def here(server: Running, nick: str, bob: IrcClient) -> None:
    """Wait until the bot has joined, and been in the room long enough to be answered."""
    while (person := server.server.chat.hub.person(nick)) is None or not person.sessions:
        bob.sync()


def answers(bob: IrcClient) -> Counter[str]:
    return Counter(
        line.rpartition(":")[2] for line in bob.log if line.startswith(":robot!") and ":deployed" in line
    )


@needs_sopel
def test_a_sopel_bot_that_is_restarted_carries_out_nothing_twice(
    run_server: Callable[..., Running], tmp_path: Path
) -> None:
    server = run_server()
    server.member("robot").close()
    bob = server.member("bob")
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "deploy.py").write_text(PLUGIN)
    config = tmp_path / "bot.cfg"
    config.write_text(SOPEL.format(port=server.port(), password=PASSWORD, home=tmp_path))
    ends = (signal.SIGTERM, signal.SIGKILL, signal.SIGTERM, signal.SIGKILL)
    for turn, end in enumerate(ends):
        gone(server, "robot", bob)
        with program(BOTS / "python", "-c", AS_NOBODY, "start", "-c", config, folder=tmp_path, end=end):
            bob.wait("^:robot!.* PRIVMSG bob :ready$")
            bob.ask(f"PRIVMSG #main :!deploy room {turn}")
            bob.wait(f"deployed room {turn}$")
            bob.ask(f"PRIVMSG robot :!deploy direct {turn}")
            bob.wait(f"deployed direct {turn}$")
            bob.sync()
            until_noted(server, bob, "robot")
    gone(server, "robot", bob)
    expected = {f"deployed {where} {turn}": 1 for where in ("room", "direct") for turn in range(len(ends))}
    assert answers(bob) == expected


@needs_irc3
def test_irc3_logs_in_by_sasl(run_server: Callable[..., Running], tmp_path: Path) -> None:
    server = run_server()
    server.register("robot").close()
    bob = server.member("bob")
    gone(server, "robot", bob)
    (tmp_path / "bot.ini").write_text(IRC3.format(port=server.port(), password=PASSWORD))
    with program(BOTS / "irc3", tmp_path / "bot.ini", folder=tmp_path, end=signal.SIGKILL):
        assert bob.wait("JOIN #main").startswith(":robot!u@user/robot ")


@needs_znc
def test_a_znc_that_is_restarted_stores_nothing_twice(run_server: Callable[..., Running], home: Path) -> None:
    server = run_server()
    bob, alice = server.member("bob"), server.member("alice")
    token = alice.ask("TOKEN ADD :znc")[0].split()[4]
    alice.ask("PRIVMSG #main :said before")
    alice.close()
    with socket.create_server(("127.0.0.1", 0)) as free:
        listen = free.getsockname()[1]
    (home / "configs").mkdir()
    (home / "configs" / "znc.conf").write_text(ZNC.format(listen=listen, port=server.port(), token=token))
    nobody = pwd.getpwnam("nobody").pw_uid if os.getuid() == 0 else None  # as root it waits for half a minute
    if nobody is not None:
        for path in (home, *home.rglob("*")):
            os.chown(path, nobody, nobody)
    logs = home / "users" / "alice" / "moddata" / "log" / "chat"
    texts = []
    for turn, end in enumerate((signal.SIGTERM, signal.SIGKILL, signal.SIGTERM, signal.SIGKILL)):
        gone(server, "alice", bob)
        if turn:
            texts += [f"while away {turn}", f"direct while away {turn}"]
            bob.ask(f"PRIVMSG #main :while away {turn}", f"PRIVMSG alice :direct while away {turn}")
        with program("znc", "--foreground", "--datadir", home, folder=home, end=end, user=nobody):
            here(server, "alice", bob)
            texts += [f"room {turn}", f"direct {turn}"]
            bob.ask(f"PRIVMSG alice :direct {turn}", f"PRIVMSG #main :room {turn}")
            for room, text in (("bob", f"direct {turn}"), ("#main", f"room {turn}")):
                wait_for(next_log(logs / room), f"<bob> .*{text}$")
            until_noted(server, bob, "alice")
    stored = Counter(
        line.rpartition("] ")[2].removeprefix("<bob> ").strip()
        for file in logs.rglob("*.log")
        for line in file.read_text().splitlines()
        if "<bob>" in line
    )
    assert stored == dict.fromkeys(texts, 1)


def next_log(folder: Path) -> Path:
    """The next log. ZNC names logs by the day, so a test that runs over midnight is repeated."""
    return folder / f"{time.strftime('%Y-%m-%d')}.log"
