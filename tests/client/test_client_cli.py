"""`chatstore client` as a process: its options, where the password comes from, its exit codes."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from chatstore import client as client_package
from tests.client.fake_server import FakeServer, Peer

CLIENT = Path(client_package.__file__).parent


def chatstore(tmp_path: Path, *args: str, input_: bytes = b"", password: str | None = "secret") -> tuple[int, str]:
    """(exit code, standard error), away from every terminal and every configuration."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CHATSTORE_")}
    environment |= {"XDG_CONFIG_HOME": str(tmp_path)} | ({"CHATSTORE_PASSWORD": password} if password else {})
    command = [sys.executable, "-m", "chatstore", "client", *args]
    paths = os.pathsep.join([str(tmp_path), *(path for path in sys.path if path)])
    done = subprocess.run(
        command,
        input=input_,
        capture_output=True,
        env=environment | {"PYTHONPATH": paths},
        cwd=tmp_path,
        start_new_session=True,
        timeout=50,
        check=False,
    )
    assert done.stdout == b""
    return done.returncode, done.stderr.decode()


def sends(*bodies: str) -> FakeServer:
    def script(peer: Peer) -> None:
        peer.log_in()
        peer.welcome(people=False)
        assert [peer.echo() for _ in bodies] == list(bodies)
        peer.expect("QUIT")

    return FakeServer(script)


def test_a_pipe(tmp_path: Path) -> None:
    server = sends("one", "two")
    assert chatstore(tmp_path, "--user", "bob", "--server", server.url, input_=b"one\ntwo\n") == (0, "")
    server.join()


@pytest.mark.parametrize("room", ["main", "#main"])
def test_the_password_can_be_the_first_line(tmp_path: Path, room: str) -> None:
    server = sends("one")
    args = ["--user", "bob", "--server", server.url, "--room", room, "--password-stdin"]
    assert chatstore(tmp_path, *args, input_=b"secret\none\n", password=None) == (0, "")
    server.join()


def test_the_configuration_names_server_and_room(tmp_path: Path) -> None:
    server = sends("one")
    file = tmp_path / "mine.toml"
    file.write_text(f'[listen]\nirc = "127.0.0.1:{server.port}"\n[rooms]\ndefault = ["main", "other"]\n')
    args = ["--user", "bob", "--config", str(file), "--database", "sqlite:///none.db"]
    assert chatstore(tmp_path, *args, input_=b"one\n") == (0, "")
    server.join()


@pytest.mark.parametrize(
    "args",
    [
        [],
        ["--user", "bo b"],
        ["--user", "bob", "--room", "a b"],
        ["--user", "bob", "--server", "http://x"],
        ["--user", "bob", "--nope"],
    ],
)
def test_usage(tmp_path: Path, args: list[str]) -> None:
    assert chatstore(tmp_path, *args)[0] == 2


def test_no_password_and_nobody_to_ask(tmp_path: Path) -> None:
    code, errors = chatstore(tmp_path, "--user", "bob", password=None)
    assert code == 2
    assert "--password-stdin" in errors


def test_no_irc_address(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('[listen]\nirc = "off"\n')
    assert chatstore(tmp_path, "--user", "bob", "--config", str(file))[0] == 2


def test_a_command_prints_the_password(tmp_path: Path) -> None:
    server = sends("one")
    args = ["--user", "bob", "--server", server.url, "--password-command", "echo secret; echo more"]
    assert chatstore(tmp_path, *args, input_=b"one\n", password=None) == (0, "")
    server.join()


@pytest.mark.parametrize("command", ["exit 3", "true"])
def test_a_command_that_prints_none(tmp_path: Path, command: str) -> None:
    assert chatstore(tmp_path, "--user", "bob", "--password-command", command, input_=b"x\n", password=None)[0] == 2


def test_a_guest_sends_without_an_account(tmp_path: Path) -> None:
    def script(peer: Peer) -> None:
        peer.expect("CAP LS")
        peer.send(":s CAP * LS :")
        peer.expect("CAP END")
        peer.send(":s 001 bob :Welcome", ":s 422 bob :no MOTD")
        peer.expect("JOIN #main")
        peer.send(":bob!u@h JOIN #main", ":s 366 bob #main :end")
        assert peer.expect("PRIVMSG") == "PRIVMSG #main :one"
        peer.expect("QUIT")  # the PONGs on the way are all the receipts that there are

    server = FakeServer(script)
    assert chatstore(tmp_path, "--user", "bob", "--server", server.url, "--guest", input_=b"one\n") == (0, "")
    server.join()


KEYRING = """
import json, pathlib
FILE = pathlib.Path(__file__).with_name("kept.json")
class Backend:
    priority = 1
def get_keyring():
    return Backend()
def _all():
    return json.loads(FILE.read_text()) if FILE.exists() else {}
def get_password(service, name):
    return _all().get(service + " " + name)
def set_password(service, name, secret):
    FILE.write_text(json.dumps(_all() | {service + " " + name: secret}))
"""


def test_the_keyring_keeps_the_password(tmp_path: Path) -> None:
    """A module of its name stands for the keyring of a desktop, which needs one who has logged in there."""

    def script(peer: Peer) -> None:
        peer.log_in()
        peer.welcome(people=False)
        peer.echo()
        peer.expect("QUIT")

    (tmp_path / "keyring.py").write_text(KEYRING)
    server = FakeServer(script, script)
    args = ["--user", "bob", "--server", server.url]
    assert chatstore(tmp_path, *args, "--save-password", input_=b"one\n") == (0, "")
    assert json.loads((tmp_path / "kept.json").read_text()) == {f"chatstore {server.url} bob": "secret"}
    assert chatstore(tmp_path, *args, input_=b"two\n", password=None) == (0, "")
    server.join()


def test_without_a_keyring_it_says_what_helps(tmp_path: Path) -> None:
    (tmp_path / "keyring.py").write_text(KEYRING.replace("priority = 1", "priority = 0"))
    code, errors = chatstore(tmp_path, "--user", "bob", "--save-password", input_=b"x\n")
    assert code == 2
    assert "no keyring that works" in errors


def test_the_help_tells_of_plain_lines(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "chatstore", "client", "--help"],
        capture_output=True,
        text=True,
        timeout=50,
        check=True,
    )
    assert "screen readers" in " ".join(done.stdout.split())


@pytest.mark.parametrize(
    ("module", "needless"),
    [
        ("chatstore.cli.client", ("textual", "keyring", "PIL", "textual_image")),
        ("chatstore.client.screen.run", ("keyring", "PIL", "textual_image")),
    ],
)
def test_nothing_is_loaded_before_it_is_needed(module: str, needless: tuple[str, ...]) -> None:
    """Lines need nothing of the screen, and the screen nothing for pictures before there is one."""
    code = f"import sys, {module}; print([name for name in {needless} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=50, check=True)
    assert done.stdout == "[]\n"


WITHOUT_SCREEN = "import sys; sys.modules.update(dict.fromkeys(('textual', 'rich', 'emoji')))"
"""None in the place of a module: as if it were not installed."""


def test_without_textual_the_client_prints_lines(tmp_path: Path) -> None:
    """In a terminal, where there would be the full screen."""

    def script(peer: Peer) -> None:
        peer.log_in()
        peer.welcome("here it is")
        peer.expect("QUIT")

    (tmp_path / "sitecustomize.py").write_text(WITHOUT_SCREEN)
    server = FakeServer(script)
    ours, theirs = pty.openpty()
    environment = os.environ | {"CHATSTORE_PASSWORD": "secret", "TERM": "xterm", "PYTHONPATH": str(tmp_path)}
    paths = os.pathsep.join([str(tmp_path), *(path for path in sys.path if path)])
    client = subprocess.Popen(
        [sys.executable, "-m", "chatstore", "client", "--user", "bob", "--server", server.url],
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.PIPE,
        env=environment | {"PYTHONPATH": paths, "XDG_CONFIG_HOME": str(tmp_path)},
        cwd=tmp_path,
        start_new_session=True,
    )
    os.close(theirs)
    shown = b""
    while b"here it is" not in shown:
        shown += os.read(ours, 4096)
    os.write(ours, b".q\n")
    errors = client.communicate(timeout=50)[1].decode()
    os.close(ours)
    assert (client.returncode, errors) == (
        0,
        "chatstore client: for the full screen: pip install 'chatstore[client]'\n",
    )
    server.join()


def test_only_the_screen_needs_textual() -> None:
    code = f"{WITHOUT_SCREEN}; import importlib; [importlib.import_module(name) for name in sys.argv[1:]]"
    modules = sorted(f"chatstore.client.{path.stem}" for path in CLIENT.glob("*.py") if path.stem != "__init__")
    assert "chatstore.client.terminal" in modules
    subprocess.run([sys.executable, "-c", code, *modules], timeout=50, check=True)
