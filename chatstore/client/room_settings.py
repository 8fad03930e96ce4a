"""The settings of rooms: the server's table of them, and what their values mean. Spec: chatstore/rooms.

The client has no list of its own. `ROOM *` asks for the table, `ROOM #tea` for a room's values, and a ROOM
line of somebody says what they changed. The classes here mirror that wire form (docs/extensions.md) and not the
server's own model, so that the client works with every server that speaks it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from chatstore.irc.line import Line, escape, parse_tags

CAPABILITY = "chatstore/rooms"
NOTHING = "*"
"""In place of a room: the table. In place of values: none."""
MOTD, FOUNDER, OFFERED = "motd", "founder", "offered"
_TYPES = ("flag", "choice", "number", "text", "key", "account")
_WORDS = {"flag": "on|off", "text": "TEXT", "key": "WORD|off", "account": "ACCOUNT"}


@dataclass(frozen=True)
class Setting:
    """One row of the table. `command`: what changes it, "ROOM", "TOPIC" or "MODE" with the letter `mode`.
    `about`: a label for people. `says`: what values mean, "{}" for all that are not there, with "{}" for the
    value in it."""

    name: str
    type: str
    command: str
    about: str
    mode: str = ""
    choices: tuple[str, ...] = ()
    minimum: int = 0
    maximum: int = 0
    unit: str = ""
    says: Mapping[str, str] = field(default_factory=dict)

    @property
    def usage(self) -> str:
        """What can be typed as its value: `on|off`, `everyone|members`, `DAYS`."""
        if self.type == "choice":
            return "|".join(self.choices)
        return self.unit.upper() or "N" if self.type == "number" else _WORDS[self.type]

    def accepts(self, value: str) -> bool:
        """Whether a typed value can be one. The server knows better, so this only catches slips."""
        if self.type == "flag":
            return value.lower() in ("on", "off")
        if self.type == "choice":
            return value.lower() in self.choices
        if self.type == "number":
            return value.isdecimal() and self.minimum <= int(value) <= self.maximum
        return bool(value) or self.type == "text"

    def sentence(self, value: str) -> str:
        """What a value means: `messages are kept for 30 days`."""
        return self.says.get(value, self.says.get("{}", f"{self.name}: {{}}")).replace("{}", value)

    def value_in(self, values: Mapping[str, str], modes: str) -> str:
        """Its value for people, of a room's ROOM values and the letters of its modes. "" for none."""
        if self.type == "flag":
            return "on" if self.mode in modes else "off"
        if self.type == "key":
            return "set" if self.mode in modes else ""
        offered = f" (offered to {values[OFFERED]})" if self.name == FOUNDER and OFFERED in values else ""
        return values.get(self.name, "") + offered

    def change(self, room: str, value: str) -> tuple[str, ...]:
        """The command that sets it, as the words of a line."""
        if self.command == "TOPIC":
            return ("TOPIC", room, value)
        if self.type == "flag":
            return ("MODE", room, ("+" if value.lower() == "on" else "-") + self.mode)
        if self.type == "key":
            return (
                ("MODE", room, f"-{self.mode}", "*")
                if value.lower() == "off"
                else ("MODE", room, f"+{self.mode}", value)
            )
        if self.name == MOTD:
            return ("ROOM", room, NOTHING, value)
        return ("ROOM", room, f"{self.name}={escape(value.lower() if self.type == 'choice' else value)}")


def parse_row(line: Line) -> Setting | None:
    """The row of the table in `ROOM * name attributes :label`. None at the end of the table, and for a
    setting that this version of the client cannot show."""
    if len(line.params) < 4:
        return None
    name, attributes = line.param(1), parse_tags(line.param(2))
    command, _, mode = attributes.get("set", "").partition(" ")
    kind = attributes.get("type", "")
    if kind not in _TYPES or command not in ("ROOM", "MODE", "TOPIC"):
        return None
    says = {key.removeprefix("says-"): value for key, value in attributes.items() if key.startswith("says-")}
    if "says" in attributes:
        says["{}"] = attributes["says"]
    low, high = attributes.get("min", ""), attributes.get("max", "")
    return Setting(
        name,
        kind,
        command,
        line.params[-1],
        mode,
        tuple(attributes.get("choices", "").split(",")) if kind == "choice" else (),
        int(low) if low.isdecimal() else 0,
        int(high) if high.isdecimal() else 0,
        attributes.get("unit", ""),
        says,
    )


def values_in(line: Line) -> dict[str, str]:
    """The values that a ROOM line has, by the names of their settings."""
    values = parse_tags(line.param(1)) if line.param(1) != NOTHING else {}
    return values | ({MOTD: line.params[2]} if len(line.params) > 2 else {})


def describe_change(line: Line, table: Mapping[str, Setting]) -> str:
    """What somebody did, by their ROOM line: `changed the room's settings: messages are kept for 30 days`."""
    values = values_in(line)
    done = list(_sentences(values, table))
    given = [f"gave the room to {values[FOUNDER]}"] if FOUNDER in values else []
    return " and ".join([*given, *([f"changed the room's settings: {', '.join(done)}"] if done else [])])


def _sentences(values: Mapping[str, str], table: Mapping[str, Setting]) -> Iterator[str]:
    for name, value in values.items():
        if name != FOUNDER:
            yield table[name].sentence(value) if name in table else f"{name}: {value}"
