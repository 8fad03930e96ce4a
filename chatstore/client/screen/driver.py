"""The terminal driver: where the screen is drawn, and how keys are read."""

from __future__ import annotations

import sys
from typing import Any

from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual.drivers.linux_driver import LinuxDriver


class StdoutDriver(LinuxDriver):
    """Draws on stdout. Textual's own driver draws on stderr, which may be a file.

    Alt with a digit is a key of its own here: Textual reads it as the character that it types on a Mac (™ for
    Alt-2)."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        for digit in "1234567890":
            ANSI_SEQUENCES_KEYS.pop(f"\x1b{digit}", None)  # type: ignore[attr-defined]
        assert sys.__stdout__ is not None
        self._file = sys.__stdout__
