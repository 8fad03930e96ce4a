"""Where the screen is drawn."""

from __future__ import annotations

import sys
from typing import Any

from textual.drivers.linux_driver import LinuxDriver


class Output(LinuxDriver):
    """Draws on the standard output; Textual's own driver takes the one for errors, which may well be a file."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        assert sys.__stdout__ is not None
        self._file = sys.__stdout__
