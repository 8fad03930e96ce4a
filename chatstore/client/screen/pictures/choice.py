"""Whether pictures are drawn: what the person has set, and where that is not set, what this terminal is."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec

_NEEDED = ("PIL", "textual_image")
_INSTALL = "pip install 'chatstore[terminal-pictures]'"


def missing() -> str:
    """What to install before pictures can be drawn; "" if nothing."""
    return "" if all(find_spec(name) is not None for name in _NEEDED) else _INSTALL


def over_ssh(environment: Mapping[str, str]) -> bool:
    return bool(environment.get("SSH_CONNECTION") or environment.get("SSH_TTY"))


def why_not(wanted: bool | None, environment: Mapping[str, str], *, coarse: bool = False) -> str:
    """Why pictures are not drawn, for people; "" if they are. `wanted`: None if the person has not said.
    `coarse`: the terminal has 16 colours, and half blocks."""
    if wanted is False:
        return "/pictures on shows them"
    if missing():
        return f"the program's part for them is not installed: {missing()}"
    if "NO_COLOR" in environment:
        return "NO_COLOR is set"
    if wanted is None and over_ssh(environment):
        return "this is an ssh connection, which may be slow; /pictures on shows them all the same"
    if wanted is None and coarse:
        return "this terminal says that it has 16 colors (TERM, COLORTERM); /pictures on shows them all the same"
    return ""
