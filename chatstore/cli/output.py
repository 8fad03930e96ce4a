"""Standard output that may be a terminal, a file, or a pipe whose reader goes away."""

from __future__ import annotations

import io
import os
import select
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import click


class Output:
    """`machine`: UTF-8 whatever the terminal's encoding is; otherwise what it can't show is spelled out."""

    def __init__(self, *, machine: bool) -> None:
        self._machine = machine
        if not machine and isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace")

    def write(self, text: str) -> None:
        """At once: nothing is kept back."""
        if text:
            click.echo(text.encode() if self._machine else text, nl=False)

    def wait(self, seconds: float) -> bool:
        """Wait so long; False when nobody reads any more, which a quiet room would not tell."""
        try:
            pipe = select.poll()
            pipe.register(sys.stdout.fileno(), 0)
        except (OSError, ValueError):  # no file behind it
            time.sleep(seconds)
            return True
        return not pipe.poll(seconds * 1000)


@contextmanager
def may_be_cut() -> Iterator[None]:
    """A reader that has seen enough (`| head`) is no failure."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # What is still buffered would fail again, loudly, when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
