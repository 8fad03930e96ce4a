"""A terminal that a test can type into and look at: a server of tmux of its own, gone when the test is."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

SECONDS = 60.0
_LOOK_AGAIN = 0.05


class Terminal:
    """One pane, in which a shell runs."""

    def __init__(self, folder: Path, size: tuple[int, int], environment: Mapping[str, str]) -> None:
        self._socket = folder / "tmux"
        options = ('default-terminal "tmux-256color"', "escape-time 0", "focus-events on")
        (folder / "tmux.conf").write_text("".join(f"set -g {option}\n" for option in options))
        variables = [word for name, value in environment.items() for word in ("-e", f"{name}={value}")]
        width, height = map(str, size)
        self._tmux(
            "-f", str(folder / "tmux.conf"), "new-session", "-d", "-x", width, "-y", height, *variables, "sh"
        )
        self.until(str.strip)

    def type(self, text: str) -> None:
        self._tmux("send-keys", "-l", text)

    def press(self, *keys: str) -> None:
        """As tmux names them: Enter, PageUp, M-Up, C-k."""
        self._tmux("send-keys", *keys)

    def paste(self, text: str) -> None:
        """As a terminal does that knows bracketed paste."""
        self._tmux("set-buffer", text)
        self._tmux("paste-buffer", "-p")

    def shown(self, *, escapes: bool = False) -> str:
        return self._tmux("capture-pane", "-p", *(["-e"] if escapes else []))

    def asked(self, form: str) -> str:
        """What tmux knows of the pane, by a format of its own."""
        return self._tmux("display-message", "-p", form).strip()

    def resize(self, width: int, height: int) -> None:
        self._tmux("resize-window", "-x", str(width), "-y", str(height))

    def until(self, test: Callable[[str], object]) -> str:
        """What is shown, once this is true of it. Only looking tells: tmux has no event for a changed screen."""
        end = time.monotonic() + SECONDS
        while not test(shown := self.shown()):
            assert time.monotonic() < end, f"it never came to be:\n{shown}"
            time.sleep(_LOOK_AGAIN)
        return shown

    def until_shown(self, *texts: str) -> str:
        return self.until(lambda shown: all(text in shown for text in texts))

    def close(self) -> None:
        subprocess.run(["tmux", "-S", str(self._socket), "kill-server"], check=False, capture_output=True)

    def _tmux(self, *arguments: str) -> str:
        done = subprocess.run(
            ["tmux", "-S", str(self._socket), *arguments],
            check=True,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
        return done.stdout


@contextmanager
def terminal(
    folder: Path, size: tuple[int, int] = (100, 30), environment: Mapping[str, str] | None = None
) -> Iterator[Terminal]:
    opened = Terminal(folder, size, {"LC_ALL": "C.UTF-8", **(environment or {})})
    try:
        yield opened
    finally:
        opened.close()
