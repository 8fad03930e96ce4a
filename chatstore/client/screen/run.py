"""The full-screen client from its beginning to its end. It always leaves the terminal as it was."""

from __future__ import annotations

import os
import signal
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from chatstore.chat.model.text import printable
from chatstore.client.buffers import Buffers
from chatstore.client.files import saved
from chatstore.client.loop import FAILURE
from chatstore.client.names import fold
from chatstore.client.network import Network
from chatstore.client.screen import abilities, preferences, thread_reads
from chatstore.client.screen.app import ChatApp

_END_WAIT = 5.0
"""Seconds that the network thread may take to end."""
_KILLED = (signal.SIGHUP, signal.SIGTERM)
_PLAIN = "".join(f"\x1b[?{mode}l" for mode in (1049, 1000, 1002, 1003, 1006, 1015, 1004, 2004))
_PLAIN += "\x1b[<u\x1b[?7h\x1b[?25h\x1b[0m"
"""Resets the modes that the application may have set: the alternate screen, mouse, focus and paste reports,
keyboard protocols, wrapping, the cursor."""


def run(network: Network, buffers: Buffers, *, rooms: list[str], theme: str = "") -> int:
    """Show the screen until the person leaves; the exit code. Call it after network.enter(), in the main
    thread. `rooms`: the first one is shown first. `theme`: "light" or "dark"; "" for the person's choice, or
    what the terminal has."""
    if rooms:
        buffers.open(rooms[0])
        buffers.current = fold(rooms[0])
    saved.clean()
    for event in network.take():
        buffers.apply(event)
    with _left_as_it_was(sys.stdin.fileno()):
        found = abilities.ask(sys.stdin.fileno(), sys.stdout.fileno(), os.environ)
        kept, reads = preferences.preferences_file(), thread_reads.reads_file()
        app = ChatApp(network, buffers, terminal=found, preferences_file=kept, reads_file=reads)
        if theme:
            app.preferences.theme = theme
            app.use_theme(theme)
        app.run()
        network.wake_by(None)
    if app.return_code:  # its error is printed already
        return FAILURE
    network.actions.quit()
    if not network.join(_END_WAIT):
        return FAILURE
    if network.why:
        print(f"chatstore client: {printable(network.why)}", file=sys.stderr)
    return network.code


@contextmanager
def _left_as_it_was(terminal: int) -> Iterator[None]:
    before = termios.tcgetattr(terminal)
    clean = False

    def restore(*, clean: bool) -> None:
        with suppress(OSError, termios.error):
            if not clean:
                os.write(sys.__stdout__.fileno() if sys.__stdout__ is not None else 1, _PLAIN.encode())
            termios.tcsetattr(terminal, termios.TCSADRAIN if clean else termios.TCSANOW, before)

    def killed(number: int, frame: FrameType | None) -> None:
        """Ends the process here and not by the application, which waits forever if the terminal is gone."""
        restore(clean=False)
        signal.signal(number, signal.SIG_DFL)
        signal.raise_signal(number)

    handlers = {number: signal.signal(number, killed) for number in _KILLED}
    try:
        yield
        clean = True
    finally:
        restore(clean=clean)
        for number, handler in handlers.items():
            signal.signal(number, handler)
