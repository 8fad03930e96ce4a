"""Nothing that others wrote may steer a terminal."""

from __future__ import annotations

import re

_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # C0, DEL, C1: escape sequences begin with these
    "\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"  # line ends and what reorders text around it
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e007f\ud800-\udfff]"  # invisible, or not encodable at all
)


def visible(text: str) -> str:
    """The text with every character that could move, colour, reorder or hide output spelled out, as in `\\x1b`."""
    return _UNSAFE.sub(lambda match: _spelled(ord(match[0])), text)


def _spelled(code: int) -> str:
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
