"""The first minutes with chatstore, recorded: `python -m tools.recording docs/pictures/first-minutes.svg`.

A terminal with tmux in it, so that several programs can be seen one after the other; in it somebody starts the
server in an empty folder, signs up with the client and says something, and somebody else answers. What is seen is
what the programs printed, and the script goes on when it sees what it waits for. With a second name
(`first-minutes.cast`) the recording itself is kept too, for asciinema.

The server takes its usual ports and, in an empty home, its usual place. Both are had on Linux by a network and a
folder of its own: `unshare -rnm sh -c 'ip link set lo up && mount -t tmpfs none /home && mkdir /home/ann &&
HOME=/home/ann exec .venv/bin/python -m tools.recording docs/pictures/first-minutes.svg'`. Where the home is
not empty, a temporary one is made.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from tools.animation import animate
from tools.tape import SECONDS, Tape

COLUMNS, ROWS = 106, 22
FAST = 0.045
"""Seconds for a key of what is typed every day."""
TITLE = (
    "The first minutes: chatstore server starts, alice signs up in the terminal client and says hello, bob answers"
)
TMUX = """
set -g default-terminal tmux-256color
set -ga terminal-overrides ",xterm-256color:RGB"
set -g escape-time 0
set -g status-style "bg=#2b303b,fg=#7f8896"
set -g status-left ""
set -g status-right ""
set -g window-status-format "  #W  "
set -g window-status-current-format "  #W  "
set -g window-status-current-style "bg=#3f4757,fg=#eceff4,bold"
set -g window-status-separator ""
set -g allow-rename off
set -g automatic-rename off
set -g default-command "exec bash"
"""
PROMPT = r"PS1='\[\e[32m\]\w\[\e[0m\] $ '"


def environment(home: Path) -> dict[str, str]:
    """Nothing of whoever records it: an empty home, and the programs of this virtual environment."""
    return {
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PATH": f"{Path(sys.executable).parent}:{os.defpath}",
        "SHELL": "/bin/bash",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "TMUX_TMPDIR": str(home),
    }


def record(tape: Tape) -> float:
    """The story; the time at which it is best stopped, for who sees only one picture of it."""
    tape.wait_for("~ $\n")
    tape.pause(0.5)
    _command(tape, "chatstore server")
    tape.wait_for("Read:")
    tape.pause(5)
    link = re.findall(r"http://\S+#invite=\S+", tape.text())[0]

    _window(tape, "alice")
    tape.type("chatstore client --user alice --invitation ", seconds=FAST)
    tape.pause(0.5)
    tape.press(link)
    tape.pause(1)
    tape.press("\r")
    _password(tape, "New password for alice:", "Repeat the password:")
    tape.wait_for("Message #main")
    tape.pause(2)
    tape.type("hello? is anybody there?")
    tape.press("\r")
    tape.wait_for("alice  hello? is")
    tape.pause(2)

    _window(tape, "bob")
    _command(tape, "chatstore client --user bob")
    _password(tape, "Password of bob:")
    tape.wait_for("[y/N]")
    tape.pause(0.8)
    tape.type("y\r")
    _password(tape, "Repeat the password:")
    tape.wait_for("Message #main")
    tape.pause(2.5)
    tape.type("hi alice! here I am, and here is what I missed")
    tape.press("\r")
    tape.wait_for("bob  hi alice")
    tape.pause(2)

    tape.press("\x021")  # back to the window of alice
    tape.wait_for("bob  hi alice")
    tape.pause(2.5)
    tape.type("/react :thumb")
    tape.press("\t")
    tape.settle()
    tape.pause(0.7)
    tape.press("\r")
    tape.wait_for("👍")
    tape.pause(2)
    tape.type("nothing is lost here :tada")
    tape.press("\t")
    tape.settle()
    tape.pause(0.7)
    tape.press("\r")
    tape.wait_for("alice  nothing")
    still = tape.clock
    tape.pause(3)

    tape.press("\x11")  # Ctrl-Q
    tape.wait_for("~ $\n")
    tape.pause(1)
    _command(tape, "chatstore history --room main")
    tape.wait_for("~ $\n")
    tape.pause(5)
    return still


def _command(tape: Tape, command: str) -> None:
    tape.type(command, seconds=FAST)
    tape.pause(0.4)
    tape.press("\r")


def _password(tape: Tape, *prompts: str) -> None:
    """The same for each that is asked."""
    for prompt in prompts:
        tape.wait_for(prompt)
        tape.type("correct horse\r", seconds=FAST)


def _window(tape: Tape, name: str) -> None:
    """Another terminal: a window of tmux, with its name in the line at the bottom."""
    tape.press("\x02c")
    tape.wait_for("~ $\n")
    tape.press("\x02,")
    tape.press("\x15" + name + "\r")
    tape.wait_for(f"  {name}")
    tape.pause(0.6)


@contextmanager
def _empty_home() -> Iterator[Path]:
    if Path.home().is_dir() and not any(Path.home().iterdir()):
        yield Path.home()
    else:
        with tempfile.TemporaryDirectory(prefix="ann-") as folder:
            yield Path(folder)


def _end_everything(environment: dict[str, str]) -> None:
    """tmux, and what runs in it: a chatstore server is not ended by the end of its terminal."""
    ask = ["tmux", "display-message", "-p", "#{pid}"]
    tmux = psutil.Process(int(subprocess.check_output(ask, env=environment)))
    running = tmux.children(recursive=True)
    tmux.terminate()
    for process in running:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    for process in psutil.wait_procs([*running, tmux], timeout=SECONDS)[1]:
        process.kill()


def main(picture: Path, cast: Path | None) -> None:
    with _empty_home() as home:
        (home / "tmux.conf").write_text(TMUX, encoding="utf-8")
        (home / ".bashrc").write_text(PROMPT, encoding="utf-8")
        command = ["tmux", "-f", str(home / "tmux.conf"), "new-session", "-n", "server"]
        with Tape(command, COLUMNS, ROWS, home, environment(home)) as tape:
            try:
                still = record(tape)
            finally:
                _end_everything(environment(home))
    picture.write_text(animate(tape.frames, seconds=tape.clock, still=still, title=TITLE), encoding="utf-8")
    if cast is not None:
        tape.save(cast, TITLE)
    print(f"{picture}: {picture.stat().st_size:,} bytes, {tape.clock:.0f} s, {len(tape.frames)} frames")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
