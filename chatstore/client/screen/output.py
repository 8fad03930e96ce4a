"""Where the screen is drawn, and what comes from the keyboard there."""

from __future__ import annotations

import sys
from typing import Any

from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual.drivers.linux_driver import LinuxDriver


class Output(LinuxDriver):
    """Draws on the standard output; Textual's own driver takes the one for errors, which may well be a file.

    Alt with a digit is that here: Textual takes it for the character that it writes on a Mac (™ for Alt-2)."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        for digit in "1234567890":
            ANSI_SEQUENCES_KEYS.pop(f"\x1b{digit}", None)  # type: ignore[attr-defined]
        assert sys.__stdout__ is not None
        self._file = sys.__stdout__
