"""Whether a terminal is light or dark, as far as that can be known."""

from __future__ import annotations

import os
import re
import select
import termios
import time
import tty
from collections.abc import Mapping

_QUESTION = b"\x1b]11;?\x1b\\\x1b[c"
"""Asks for the background colour (OSC 11), and for the device attributes. Every terminal answers the second,
so there is always an answer to wait for."""
_COLOR = re.compile(rb"\x1b\]11;rgb:([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})")
_WHAT_IT_IS = re.compile(rb"\x1b\[\?[0-9;]*c")
_SECONDS = 0.5


def ask(source: int, output: int, environment: Mapping[str, str]) -> str:
    """ "light" or "dark"; "dark" if nothing is known. Both descriptors belong to one terminal. What is typed
    while it answers is lost."""
    try:
        answer = _answer(source, output)
    except (OSError, termios.error):
        answer = b""
    return of_answer(answer) or of_environment(environment) or "dark"


def of_answer(answer: bytes) -> str:
    """ "" if the terminal told no colour."""
    found = _COLOR.search(answer)
    if found is None:
        return ""
    red, green, blue = (int(part, 16) / (16 ** len(part) - 1) for part in found.groups())
    return "light" if 0.299 * red + 0.587 * green + 0.114 * blue > 0.5 else "dark"


def of_environment(environment: Mapping[str, str]) -> str:
    """By COLORFGBG (`15;0`: white on black), which rxvt, Konsole and others set."""
    back = environment.get("COLORFGBG", "").rpartition(";")[2]
    if not back.isdecimal():
        return ""
    return "light" if int(back) in (7, *range(9, 16)) else "dark"


def _answer(source: int, output: int) -> bytes:
    before = termios.tcgetattr(source)
    try:
        tty.setcbreak(source)
        os.write(output, _QUESTION)
        answer, until = b"", time.monotonic() + _SECONDS
        while _WHAT_IT_IS.search(answer) is None and (left := until - time.monotonic()) > 0:
            if select.select([source], [], [], left)[0]:
                answer += os.read(source, 1024)
        return answer
    finally:
        termios.tcsetattr(source, termios.TCSADRAIN, before)
