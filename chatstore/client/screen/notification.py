"""Notifications: the bell, and a desktop notification in terminals that have them."""

from __future__ import annotations

from collections.abc import Mapping

from chatstore.chat.model.text import printable
from chatstore.client.screen.wrapping import cut

MAX_LINE_BYTES = 120
_BY_9 = ("iTerm.app", "WezTerm", "ghostty")


def notification(title: str, text: str, environment: Mapping[str, str]) -> str:
    """The escape sequence of a desktop notification; "" if nothing says that the terminal has them.

    That is OSC 9 (iTerm2, and those that follow it) or OSC 777 (urxvt, VTE, foot, Konsole), never both,
    because some terminals know both. Inside tmux it is wrapped for the outer terminal; tmux passes it on if
    its option allow-passthrough is set."""
    said = cut(printable(text), MAX_LINE_BYTES)
    if environment.get("TERM_PROGRAM") in _BY_9 or any(
        environment.get(name) for name in ("ITERM_SESSION_ID", "WEZTERM_PANE", "KITTY_WINDOW_ID", "GHOSTTY_BIN_DIR")
    ):
        sequence = f"\x1b]9;{printable(title)}: {said}\x1b\\"
    elif environment.get("TERM", "").startswith(("foot", "rxvt")) or any(
        environment.get(name) for name in ("VTE_VERSION", "KONSOLE_VERSION")
    ):
        sequence = f"\x1b]777;notify;{printable(title).replace(';', ',')};{said}\x1b\\"
    else:
        return ""
    if environment.get("TMUX"):
        return f"\x1bPtmux;{sequence.replace(chr(27), chr(27) * 2)}\x1b\\"
    return sequence
