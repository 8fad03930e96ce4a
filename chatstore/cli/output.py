"""Standard output: a terminal, a file, or a pipe whose reader may go away."""

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
    """`machine`: write UTF-8, whatever the terminal's encoding. Otherwise spell out what it can't show."""

    def __init__(self, *, machine: bool) -> None:
        self._machine = machine
        if not machine and isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace")

    def write(self, text: str) -> None:
        """Write the text at once, without buffering."""
        if not text:
            return
        try:
            click.echo(text.encode() if self._machine else text, nl=False)
        except BrokenPipeError:
            raise
        except OSError as error:
            _refuse(error)

    def wait(self, seconds: float) -> bool:
        """Wait; return False if the reader has gone. A follower of a quiet room would not notice
        otherwise."""
        try:
            pipe = select.poll()
            pipe.register(sys.stdout.fileno(), 0)
        except (AttributeError, OSError, ValueError):  # no file behind it
            time.sleep(seconds)
            return True
        return not pipe.poll(seconds * 1000)


@contextmanager
def may_be_cut() -> Iterator[None]:
    """Ignore a reader that closes the pipe early (`| head`). Other errors, such as a full disk, still
    fail."""
    try:
        yield
    except BrokenPipeError:
        _drop_the_rest()


def tell(text: str) -> bool:
    """Write a line; return False if it can't be written, for example because the reader has gone."""
    try:
        click.echo(text)
    except OSError:
        _drop_the_rest()
        return False
    return True


def done(text: str) -> None:
    """Write a command's last line, which says what it did."""
    Output(machine=False).write(text + "\n")


def _refuse(error: OSError) -> NoReturn:
    _drop_the_rest()
    fail(f"cannot write the output: {error.strerror}", FAILED)


def _drop_the_rest() -> None:
    """Discard what is still buffered: writing it when the interpreter ends would fail again, with a
    traceback."""
    with suppress(OSError, ValueError):  # no file behind it
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
