"""One line of IRC: parse and format, and times as lines write them.

Grammar: IRCv3 message-tags ("Format", "Rules for extracting values", "Size limit") and the Modern IRC client
protocol ("Message Format"). A Line is text; framing has already cut it from the bytes and decoded it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timezone
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

MAX_BODY = 512
"""Bytes of a line without its tags, CR LF included."""
MAX_TAGS = 8191
"""Bytes of the tags that a client or a server may send, `@` and the space after them included."""
MAX_CLIENT_TAG_DATA = 4094
"""Bytes of tag data from a client."""

_TIMESTAMP = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?Z", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_ESCAPES = str.maketrans({";": r"\:", " ": r"\s", "\\": r"\\", "\r": r"\r", "\n": r"\n"})
_NO_TAGS: Mapping[str, str] = MappingProxyType({})
_UNESCAPES = {":": ";", "s": " ", "\\": "\\", "r": "\r", "n": "\n"}


class LineError(ValueError):
    """The text is no IRC line; the message says why."""


class Line(NamedTuple):
    """`@tags :source COMMAND params`; tag values are unescaped, the command is upper case."""

    command: str
    params: tuple[str, ...] = ()
    source: str = ""
    tags: Mapping[str, str] = _NO_TAGS

    def param(self, index: int, default: str = "") -> str:
        """The parameter at this place, or the default where there are fewer."""
        return self.params[index] if index < len(self.params) else default


def parse(text: str) -> Line:
    """The line in a text without its CR LF; raises LineError."""
    tags = _NO_TAGS
    source = ""
    rest = text
    if "\0" in rest:
        raise LineError("a line can't contain NUL")
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
    """The tags in the text between `@` and the space. Of a key that comes twice, the last counts."""
    tags = {}
    for tag in data.split(";"):
        key, _, value = tag.partition("=")
        if key:
            tags[key] = unescape(value)
    return tags


def format_line(
    command: str, *params: str, source: str = "", tags: Mapping[str, str] | None = None, trailing: bool = False
) -> str:
    """The text of a line, without CR LF. The last parameter gets its colon where it needs one, or always
    with `trailing`. Raises LineError for what no line can carry."""
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
    """The text between `@` and the space; a tag without a value has no `=`."""
    return ";".join(f"{key}={escape(value)}" if value else key for key, value in tags.items())


def escape(value: str) -> str:
    return value.translate(_ESCAPES)


def unescape(value: str) -> str:
    """The reverse of escape(); a lone backslash at the end and before any other character is dropped."""
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
    """`2026-11-22T18:52:38.123Z`, as server-time writes it, from milliseconds since 1970 UTC."""
    return f"{_to_the_second(time // 1000)}.{time % 1000:03d}Z"


@lru_cache(maxsize=256)
def _to_the_second(seconds: int) -> str:
    """Kept, because many messages are of the same second, and each is rendered in many forms."""
    return f"{datetime.fromtimestamp(seconds, timezone.utc):%Y-%m-%dT%H:%M:%S}"


def parse_timestamp(text: str) -> int | None:
    """The milliseconds of a timestamp(), with up to six digits of a second; None for anything else."""
    if not _TIMESTAMP.fullmatch(text):
        return None
    try:
        moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ" if "." in text else "%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        return None
    since = moment.replace(tzinfo=timezone.utc) - _EPOCH
    return (since.days * 86400 + since.seconds) * 1000 + since.microseconds // 1000
