"""The transcripts of docs/tour.md, made anew from the running programs: `python -m tools.tour docs/tour.md`.

Four people talk in one room: with `chatstore client --plain`, nc, ii and WeeChat (Debian packages netcat-openbsd,
ii, weechat-headless, weechat-plugins). Somebody kills the server and starts it again. What the terminals of the
server, alice, bob and the last command show is put between the marks of the page.

It needs the server's usual ports and an empty home, as tools/recording.py does, which says how to get both.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil

from tools.tape import SECONDS, Tape

SECRET = "nine-purple-kettles"
BIN = Path(sys.executable).parent
ALL_OF_MAIN = "chatstore history --room main --events"


def main(page: Path) -> None:
    home = Path(os.environ["HOME"])
    text = page.read_text(encoding="utf-8")
    for name, transcript in talk(home).items():
        mark = re.compile(rf"(<!-- {name} -->\n```console\n).*?(\n```)", re.DOTALL)
        text, found = mark.subn(lambda m, inside=transcript: m[1] + inside + m[2], text)  # type: ignore[misc]
        assert found == 1, name
    page.write_text(text, encoding="utf-8")


def talk(home: Path) -> dict[str, str]:
    """What the terminals show at the end, by the names of the marks."""
    with ExitStack() as stack:
        server, alice, bob, reader = (stack.enter_context(shell(home)) for _ in range(4))
        type_line(server, "chatstore server", "Read:")
        for name in ("ina", "ivy"):
            add = [str(BIN / "chatstore"), "account", "add", name, "--password-stdin"]
            subprocess.run(add, input=SECRET, text=True, check=True, stdout=subprocess.DEVNULL)
        type_line(alice, "chatstore client --user alice --plain", "Password of alice")
        type_line(alice, "correct kettle staple", "[y/N]")
        type_line(alice, "y", "Repeat")
        type_line(alice, "correct kettle staple", "alice joined")
        type_line(bob, "nc 127.0.0.1 65432", "name?")
        type_line(bob, "bob", "Choose a password")
        type_line(bob, "another kettle", "Repeat")
        type_line(bob, "another kettle", "members)")
        ina = stack.enter_context(ii(home / "irc"))
        (ina / "in").write_text("/j #main\n")
        alice.wait_for("ina joined")
        ivy = stack.enter_context(weechat(home / "weechat"))
        alice.wait_for("ivy joined")
        type_line(alice, "hi! is this thing on?", "<alice> hi!")
        bob.wait_for("alice: hi!")
        type_line(bob, "it is. I am on bare nc", "bare nc")
        alice.wait_for("<bob> it is")
        (ina / "#main" / "in").write_text("and I am on ii\n")
        bob.wait_for("I am on ii")
        (ivy / "pipe").write_text("irc.chat.#main *WeeChat here\n")
        bob.wait_for("WeeChat here")
        type_line(alice, "/me is impressed", "alice is impressed")
        bob.wait_for("alice is impressed")
        kill_the_server()
        server.wait_for("Killed")
        alice.wait_for("next try in 2 s")
        type_line(server, "chatstore server", "is ready", count=2)
        wait_again(alice, "-- connected to")
        type_line(alice, "still here?", "<alice> still here?")
        type_line(reader, ALL_OF_MAIN, "still here?")
        return {
            "server": up_to_the_last(server.text(), "$ chatstore server"),
            "alice": shown(alice),
            "bob": shown(bob).removesuffix("\n$"),
            "history": shown(reader).removesuffix("\n$"),
        }


def type_line(tape: Tape, line: str, then: str, count: int = 1) -> None:
    """Type a line, and wait until what follows is on the screen so many times."""
    tape.press(line + "\n")
    wait_again(tape, then, count)


def wait_again(tape: Tape, text: str, count: int = 2) -> None:
    deadline = time.monotonic() + SECONDS
    while tape.text().count(text) < count:
        tape.settle()
        if time.monotonic() > deadline:
            raise TimeoutError(f"no {count} times {text!r} on the screen:\n{tape.text()}")


def shown(tape: Tape) -> str:
    return tape.text().strip()


def up_to_the_last(text: str, line: str) -> str:
    """The text up to the last such line, with it."""
    return text[: text.rindex(line)].strip() + "\n" + line


@contextmanager
def shell(home: Path) -> Iterator[Tape]:
    """A terminal with a shell in it."""
    environment = {
        **os.environ,
        "PS1": "$ ",
        "TERM": "xterm",
        "NO_COLOR": "1",
        "PATH": f"{BIN}:{os.environ['PATH']}",
    }
    with Tape(["bash", "--norc", "--noprofile", "-i"], 120, 60, home, environment) as tape:
        tape.wait_for("$")
        yield tape


@contextmanager
def running(*command: str, **environment: str) -> Iterator[None]:
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **environment},
    )
    try:
        yield
    finally:
        process.kill()
        process.wait()


def wait_for_file(path: Path) -> None:
    deadline = time.monotonic() + SECONDS
    while not path.exists():
        assert time.monotonic() < deadline, path
        time.sleep(0.1)


@contextmanager
def ii(folder: Path) -> Iterator[Path]:
    """ii, logged in as ina: its folder for the server."""
    with running("ii", "-s", "127.0.0.1", "-n", "ina", "-k", "SECRET", "-i", str(folder), SECRET=f"ina:{SECRET}"):
        wait_for_file(folder / "127.0.0.1" / "in")
        yield folder / "127.0.0.1"


@contextmanager
def weechat(folder: Path) -> Iterator[Path]:
    """WeeChat, logged in as ivy, in #main: its folder."""
    commands = (
        "/server add chat 127.0.0.1/6667 -notls -sasl_mechanism=plain -sasl_username=ivy "
        f"-sasl_password={SECRET} -nicks=ivy -autojoin=#main",
        "/set fifo.file.path ${weechat_data_dir}/pipe",
        "/connect chat",
    )
    runs = [part for command in commands for part in ("--run-command", command)]
    with running("weechat-headless", "--dir", str(folder), *runs):
        wait_for_file(folder / "pipe")
        yield folder


def kill_the_server() -> None:
    """As a power cut would."""
    for process in psutil.process_iter(["cmdline", "uids"]):
        words = process.info["cmdline"] or []
        if words[1:] == [str(BIN / "chatstore"), "server"] and process.environ().get("HOME") == os.environ["HOME"]:
            process.send_signal(signal.SIGKILL)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
