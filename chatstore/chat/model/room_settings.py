"""The settings of a room: one table, from which everything is made that stores, sets, sends or shows them.

A setting is a field of RoomSettings, and so of Room, a column of the table `rooms`, a word of the commands
that set rooms, an option of `chatstore room set`, and a row in the page and the terminal client. A room's
topic, modes, key and founder are stored and sent in other ways; their rows only say what they are called and
how they are set.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from itertools import groupby
from typing import Annotated, Any, Literal, get_args, get_type_hints

from chatstore.chat.model.bounds import Bounds, bounds_of
from chatstore.chat.model.errors import ChatError, Code

Reach = Literal["everyone", "members"]
"""Which messages members see: all, or those from when they joined."""
Switch = Literal["on", "off"]
Edits = Literal["erase", "keep"]
"""What becomes of the earlier texts of an edited message."""
Kind = Literal["flag", "choice", "number", "text", "key", "account"]
By = Literal["members", "operators", "founder"]
Value = str | int

_DIGITS = 6
"""The most digits of a number; no setting needs more."""
_WORDS = {"flag": "ON|OFF", "text": "TEXT", "key": "KEY|OFF", "account": "ACCOUNT"}


@dataclass(frozen=True)
class Setting:
    """A row of the table. `name` is its public name, `about` a label, `by` who may change it.

    `says` has the meaning of each value, without a subject and a full stop; `{}` is the key for all other
    values, and stands for the value in the text. `done` is what a person did who switched a flag or key `on`
    or `off`. `unit` belongs to a number, in the plural. `maximum` is that
    of a number, or the most characters of a text (0: as many as a topic). `mode` is the letter in MODE.
    `field` is that of RoomSettings; empty for rows without one.
    """

    name: str
    kind: Kind
    about: str
    by: By = "operators"
    says: Mapping[str, str] = field(default_factory=dict)
    done: Mapping[str, str] = field(default_factory=dict)
    choices: tuple[str, ...] = ()
    minimum: int = 0
    maximum: int = 0
    unit: str = ""
    mode: str = ""
    default: Value = ""
    field: str = ""

    @property
    def usage(self) -> str:
        """What may be given, for help: `ON|OFF`, `EVERYONE|MEMBERS`, `DAYS`."""
        if self.kind == "choice":
            return "|".join(self.choices).upper()
        return self.unit.upper() if self.kind == "number" else _WORDS[self.kind]

    def sentence(self, value: Value) -> str:
        """What the value means, for example `messages are kept for 30 days`."""
        text = str(value)
        template = self.says.get(text, self.says.get("{}", f"{self.name}: {{}}"))
        return template.replace("{}", text)

    def read(self, text: str) -> Value:
        """Parse a typed value. Raises ValueError if it can't be one; `check` tests its bounds."""
        if self.kind == "number":
            if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
                raise ValueError(self._bounds)
            return int(text)
        if self.kind == "choice" and text.lower() not in self.choices:
            raise ValueError(f"{self.name} is {' or '.join(self.choices)}")
        if self.kind == "flag" and text.lower() not in ("on", "off"):
            raise ValueError(f"{self.name} is on or off")
        if self.kind in ("key", "account") and not text:
            raise ValueError(f"{self.name} is missing")
        return text if self.kind in ("text", "key", "account") else text.lower()

    def check(self, value: Value) -> None:
        """Raise INVALID_TEXT if the value is out of the setting's bounds."""
        if self.kind == "choice" and value not in self.choices:
            raise ChatError(Code.INVALID_TEXT, f"{self.name} is {' or '.join(self.choices)}")
        if self.kind == "number" and not self.minimum <= int(value) <= self.maximum:
            raise ChatError(Code.INVALID_TEXT, self._bounds)

    @property
    def _bounds(self) -> str:
        return f"{self.name} is a number of {self.unit} from {self.minimum} to {self.maximum}"


def _row(about: str, **row: Any) -> dict[str, Any]:
    """The row of a field, besides its default. Give `name` if it differs from the field's."""
    return {"about": about, **row}


@dataclass(frozen=True, kw_only=True)
class RoomSettings:
    """The settings that operators choose for a room. A field here is the whole setting, except its column (a
    migration) and its effect."""

    history: Reach = field(
        default="everyone",
        metadata=_row(
            "Which messages members see",
            says={
                "everyone": "members see all messages",
                "members": "members see messages from when they joined",
            },
        ),
    )
    retention_days: Annotated[int, Bounds(0, 36_500)] = field(
        default=0,
        metadata=_row(
            "Days for which messages are kept; 0: forever",
            name="retention",
            unit="days",
            says={"{}": "messages are kept for {} days", "0": "messages are kept forever"},
        ),
    )
    slowmode: Annotated[int, Bounds(0, 21_600)] = field(
        default=0,
        metadata=_row(
            "Slow mode: seconds between two messages of a member; 0: off",
            unit="seconds",
            says={"{}": "members wait {} seconds between messages", "0": "slow mode is off"},
        ),
    )
    previews: Switch = field(
        default="on",
        metadata=_row(
            "Previews of links, where the server makes any",
            says={"on": "links have previews, where the server makes any", "off": "links have no previews"},
        ),
    )
    edits: Edits = field(
        default="erase",
        metadata=_row(
            "Earlier texts of edited messages",
            says={
                "erase": "the earlier texts of edited messages are erased",
                "keep": "the earlier texts of edited messages are kept, and members can read them",
            },
        ),
    )
    motd: str = field(
        default="",
        metadata=_row(
            "Message of the day, shown to everyone who joins",
            says={"{}": "a new message of the day", "": "no message of the day"},
        ),
    )


DEFAULTS = RoomSettings()


def _rows() -> Iterator[Setting]:
    hints = get_type_hints(RoomSettings, include_extras=True)
    for each in fields(RoomSettings):
        value: Value = getattr(DEFAULTS, each.name)
        bare, bounds = bounds_of(hints[each.name])
        row: dict[str, Any] = {
            "name": each.name,
            "kind": "number" if bounds else "choice" if get_args(bare) else "text",
        }
        if bounds is not None:
            row |= {"minimum": int(bounds.least), "maximum": int(bounds.most or 0)}
        yield Setting(**row | each.metadata, choices=get_args(bare), default=value, field=each.name)


STORED = tuple(_rows())
"""The settings that RoomSettings has, in its order."""
MOTD = next(row for row in STORED if row.field == "motd")
"""The text that has a parameter of its own in ROOM."""
TOPIC = Setting("topic", "text", "Topic", by="members")
KEY = Setting(
    "key",
    "key",
    "Key: a word needed to join",
    mode="k",
    says={"{}": "has a key", "": "has no key"},
    done={"on": "set a key", "off": "removed the key"},
)
FOUNDER = Setting("founder", "account", "The account that owns the room", by="founder")
FLAGS = (
    Setting(
        "private",
        "flag",
        "Private: hidden from people who are not in it",
        mode="s",
        says={"on": "is private", "off": "is not private"},
        done={"on": "made the room private", "off": "made the room visible to everyone"},
    ),
    Setting(
        "inviteonly",
        "flag",
        "Invite only",
        mode="i",
        says={"on": "is invite only", "off": "is not invite only"},
        done={"on": "made the room invite only", "off": "opened the room to people without an invite"},
    ),
    Setting(
        "moderated",
        "flag",
        "Only operators and members with voice may speak",
        mode="m",
        says={"on": "lets only operators and members with voice speak", "off": "lets all members speak"},
        done={"on": "let only operators and members with voice speak", "off": "let all members speak"},
    ),
    Setting(
        "topiclock",
        "flag",
        "Only operators set the topic",
        mode="t",
        says={"on": "lets only operators set the topic", "off": "lets all members set the topic"},
        done={"on": "let only operators set the topic", "off": "let all members set the topic"},
    ),
)
SETTINGS = (TOPIC, MOTD, *(row for row in STORED if row is not MOTD), *FLAGS, KEY, FOUNDER)
"""All settings, in the order in which they are shown."""
_ALSO = {"secret": "private"}
"""Other names for settings."""
_NAMED = {row.name: row for row in SETTINGS}
_FIELDS = {row.field: row for row in STORED}


def named(name: str) -> Setting | None:
    """The setting with this public name, in any case; None if there is none."""
    name = name.lower()
    return _NAMED.get(_ALSO.get(name, name))


def by_field(name: str) -> Setting:
    """The setting with this field of RoomSettings."""
    return _FIELDS[name]


def by_mode(letter: str) -> Setting | None:
    """By the letter by which MODE sets it."""
    return next((row for row in (*FLAGS, KEY) if row.mode == letter), None)


def usage() -> str:
    """The table in one line, for help: `TOPIC|MOTD TEXT, HISTORY EVERYONE|MEMBERS, RETENTION DAYS, ...`."""
    groups = groupby(SETTINGS, lambda row: row.usage)
    return ", ".join(f"{'|'.join(row.name.upper() for row in rows)} {words}" for words, rows in groups)


def sentences(values: Mapping[str, Value]) -> list[str]:
    """What the values mean, by field, in the given order."""
    return [by_field(name).sentence(value) for name, value in values.items()]


def encode(values: Mapping[str, Value]) -> tuple[str, dict[str, str]]:
    """The body and the tags of a stored RoomConfigured, such as `history=members motd`. Texts are in the
    tags, if they are not empty."""
    texts = {name: str(value) for name, value in values.items() if by_field(name).kind == "text"}
    body = " ".join(name if name in texts else f"{name}={value}" for name, value in values.items())
    return body, {name: text for name, text in texts.items() if text}


def decode(body: str, tags: Mapping[str, str]) -> dict[str, Any]:
    """The reverse of `encode`. Settings that this version does not have are left out."""
    values: dict[str, Any] = {}
    for word in body.split():
        name, _, text = word.partition("=")
        row = _FIELDS.get(name)
        if row is not None:
            values[name] = tags.get(name, "") if row.kind == "text" else row.read(text)
    return values


def values_of(settings: RoomSettings, rows: Iterable[Setting] = STORED) -> dict[str, Value]:
    """The values by field."""
    return {row.field: getattr(settings, row.field) for row in rows}
