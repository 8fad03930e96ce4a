"""Standard output that may be a terminal, a file, or a pipe whose reader goes away."""

from __future__ import annotations

import io
import os
import select
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NoReturn

import click

from chatstore.cli.options import FAILED, fail


class Output:
    """`machine`: UTF-8 whatever the terminal's encoding is; otherwise what it can't show is spelled out."""

    def __init__(self, *, machine: bool) -> None:
        self._machine = machine
        if not machine and isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace")

    def write(self, text: str) -> None:
        """At once: nothing is kept back."""
        if not text:
            return
        try:
            click.echo(text.encode() if self._machine else text, nl=False)
        except BrokenPipeError:
            raise
        except OSError as error:
            _refuse(error)

    def wait(self, seconds: float) -> bool:
        """Wait so long; False when nobody reads any more, which a quiet room would not tell."""
        try:
            pipe = select.poll()
            pipe.register(sys.stdout.fileno(), 0)
        except (AttributeError, OSError, ValueError):  # no file behind it
            time.sleep(seconds)
            return True
        return not pipe.poll(seconds * 1000)


@contextmanager
def may_be_cut() -> Iterator[None]:
    """A reader that has seen enough (`| head`) is no failure; a full disk is one."""
    try:
        yield
    except BrokenPipeError:
        _drop_the_rest()


def tell(text: str) -> bool:
    """A line for whoever still reads; False when nobody does, or it can't be written."""
    try:
        click.echo(text)
    except OSError:
        _drop_the_rest()
        return False
    return True


def done(text: str) -> None:
    """A command's last line: what it did."""
    Output(machine=False).write(text + "\n")


def _refuse(error: OSError) -> NoReturn:
    _drop_the_rest()
    fail(f"the output can't be written: {error.strerror}", FAILED)


def _drop_the_rest() -> None:
    """What is still buffered would fail again, loudly, when the interpreter ends."""
    with suppress(OSError, ValueError):  # no file behind it
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
