"""One IRC line: parsing, formatting, and times as lines write them.

Grammar: IRCv3 message-tags ("Format", "Rules for extracting values", "Size limit") and the Modern IRC client
protocol ("Message Format"). A line is text here: net/framing.py has already cut it from the bytes and decoded
it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timezone
from functools import lru_cache
from types import MappingProxyType

MAX_PUSH = 2048
"""Bytes of a WEBPUSH line: the URLs of some push services are longer than other lines."""
MAX_BODY = 512
"""Bytes of a line without its tags, CR LF included."""
MAX_TAGS = 8191
"""Bytes of the tags that a client or a server may send, `@` and the space after them included."""
MAX_CLIENT_TAG_DATA = 4094
"""Bytes of tag data from a client."""

_TIMESTAMP = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?Z", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_ESCAPES = str.maketrans({";": r"\:", " ": r"\s", "\\": r"\\", "\r": r"\r", "\n": r"\n"})
_BEFORE_COMMANDS = frozenset("@: ")
"""The first characters of a line that does not begin with its command."""
_NO_TAGS: Mapping[str, str] = MappingProxyType({})
_MILLISECONDS = [f".{number:03d}Z" for number in range(1000)]
_UNESCAPES = {":": ";", "s": " ", "\\": "\\", "r": "\r", "n": "\n"}


class LineError(ValueError):
    """The text is not an IRC line. The message says why."""


class Line:
    """`@tags :source COMMAND params`; tag values are unescaped, the command is upper case.

    Nobody changes one.
    """

    # No NamedTuple, because that takes twice as long to make, and its fields to read. No dataclass, because the
    # compiled build runs the __init__ of a dataclass in the interpreter.

    __slots__ = ("command", "params", "source", "tags")

    def __init__(
        self, command: str, params: tuple[str, ...] = (), source: str = "", tags: Mapping[str, str] = _NO_TAGS
    ) -> None:
        self.command = command
        self.params = params
        self.source = source
        self.tags = tags

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Line):
            return NotImplemented
        said = (self.command, self.params, self.source, self.tags)
        return said == (other.command, other.params, other.source, other.tags)

    def __repr__(self) -> str:
        return f"Line({self.command!r}, {self.params!r}, {self.source!r}, {self.tags!r})"

    def param(self, index: int, default: str = "") -> str:
        """Return the parameter at this index, or the default if there are not so many."""
        return self.params[index] if index < len(self.params) else default


def parse(text: str) -> Line:
    """Parse a line without its CR LF. Raises LineError."""
    tags = _NO_TAGS
    source = ""
    rest = text
    if "\0" in rest:
        raise LineError("a line can't contain NUL")
    if rest[:1] in _BEFORE_COMMANDS:
        if rest[:1] == "@":
            data, space, rest = rest[1:].partition(" ")
            if not space:
                raise LineError("tags without a command")
            tags = parse_tags(data)
        rest = rest.lstrip(" ")
        if rest[:1] == ":":
            source, _, rest = rest[1:].partition(" ")
            if rest[:1] == ":":
                raise LineError("no command")
    middle, colon, trailing = rest.partition(" :")
    words = middle.split(" ")
    if "" in words:
        words = [word for word in words if word]
        if not words:
            raise LineError("no command")
    command = words.pop(0)
    if not (command.isascii() and command.isprintable()):
        raise LineError("a command is printable ASCII")
    if colon:
        words.append(trailing)
    return Line(command.upper(), tuple(words), source, tags)


def parse_tags(data: str) -> dict[str, str]:
    """Parse the text between `@` and the space. If a key occurs twice, the last one counts."""
    tags = {}
    for tag in data.split(";"):
        key, _, value = tag.partition("=")
        if key:
            tags[key] = unescape(value)
    return tags


def format_line(
    command: str, *params: str, source: str = "", tags: Mapping[str, str] | None = None, trailing: bool = False
) -> str:
    """Return a line without CR LF.

    The last parameter gets a colon if it needs one, or always with `trailing`. Raises LineError if a line
    can't carry a parameter.
    """
    head = f"@{format_tags(tags)} " if tags else ""
    if source:
        head += f":{source} "
    head += command
    if not params:
        return head
    *middle, last = params
    for param in middle:
        if not param or param[0] == ":" or " " in param:
            raise LineError(f"not a middle parameter: {param!r}")
    if trailing or not last or last[0] == ":" or " " in last:
        last = ":" + last
    text = " ".join([head, *middle, last])
    if "\r" in text or "\n" in text or "\0" in text:
        raise LineError("a line can't contain CR, LF or NUL")
    return text


def format_tags(tags: Mapping[str, str]) -> str:
    """Return the text between `@` and the space. A tag without a value has no `=`."""
    return ";".join(f"{key}={escape(value)}" if value else key for key, value in tags.items())


def escape(value: str) -> str:
    """Escape a tag's value."""
    return value.translate(_ESCAPES)


def unescape(value: str) -> str:
    """Reverse escape(). A backslash at the end, or before any other character, is dropped."""
    if "\\" not in value:
        return value
    out, characters = [], iter(value)
    for character in characters:
        if character == "\\":
            character = next(characters, "")
            character = _UNESCAPES.get(character, character)
        out.append(character)
    return "".join(out)


def timestamp(time: int) -> str:
    """Return ms since 1970 UTC as server-time writes it: `2026-11-22T18:52:38.123Z`."""
    return _to_the_second(time // 1000) + _MILLISECONDS[time % 1000]


@lru_cache(maxsize=256)
def _to_the_second(seconds: int) -> str:
    """Cached, because many messages are of the same second, and each is rendered in several forms."""
    return f"{datetime.fromtimestamp(seconds, timezone.utc):%Y-%m-%dT%H:%M:%S}"


def parse_timestamp(text: str) -> int | None:
    """Return a timestamp(), with up to six digits of a second, in ms since 1970 UTC. None for any other
    text."""
    if not _TIMESTAMP.fullmatch(text):
        return None
    try:
        moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ" if "." in text else "%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        return None
    since = moment.replace(tzinfo=timezone.utc) - _EPOCH
    return (since.days * 86400 + since.seconds) * 1000 + since.microseconds // 1000
