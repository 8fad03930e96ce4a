"""Members of a room, and the modes that are about them.

Spec: Modern, RPL_ISUPPORT (PREFIX, CHANMODES) and MODE.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Member:
    """`prefix`: the roles in a room, the highest first: `@`, `+`, `@+`."""

    nick: str
    prefix: str = ""
    away: bool = False


class Prefixes:
    """Which modes give members a prefix, and which take a parameter. Until set_token(): as servers without
    005 have it."""

    def __init__(self) -> None:
        self._marks = {"o": "@", "v": "+"}
        self._with_parameter = set("bkleI")
        self._setting_only = set("l")

    def set_token(self, key: str, value: str) -> None:
        """Take a token of 005."""
        if key == "PREFIX" and value.startswith("(") and ")" in value:
            modes, marks = value[1:].split(")", 1)
            self._marks = dict(zip(modes, marks, strict=False))
        elif key == "CHANMODES":
            lists, always, setting = [*value.split(","), "", "", ""][:3]
            self._with_parameter, self._setting_only = set(lists + always + setting), set(setting)

    def changes(self, params: Sequence[str]) -> list[tuple[str, bool, str]]:
        """(prefix, whether it is given, nick) for each member that `+ov-v a b c` is about."""
        found, adding, rest = [], True, list(params[1:])
        for mode in params[0] if params else "":
            if mode in "+-":
                adding = mode == "+"
            elif mode in self._marks:
                if rest:
                    found.append((self._marks[mode], adding, rest.pop(0)))
            elif mode in self._with_parameter and rest and (adding or mode not in self._setting_only):
                rest.pop(0)
        return found

    def changed(self, member: Member, mark: str, *, adding: bool) -> Member:
        marks = set(member.prefix) | {mark} if adding else set(member.prefix) - {mark}
        prefix = "".join(one for one in self._marks.values() if one in marks)
        return Member(member.nick, prefix, member.away)
