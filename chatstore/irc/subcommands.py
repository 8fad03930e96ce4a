"""Commands with subcommands, as those of chatstore/administration: `PEOPLE SUSPEND eve * :spam`.

A table for each command has the subcommands. Lists have one line for each row, and a last line that ends the
list: `PEOPLE LIST *`. What a row says is in attributes, which are separated and escaped like message tags;
docs/extensions.md describes them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from chatstore.chat.model.errors import ChatError, Code
from chatstore.irc.attributes import NOTHING as NOTHING
from chatstore.irc.attributes import Value as Value
from chatstore.irc.attributes import attributes
from chatstore.irc.errors import fail_code, middle
from chatstore.irc.line import parse_tags, parse_timestamp, timestamp
from chatstore.irc.reply import Reply

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line

Function = Callable[..., None]
MOST_ROWS = 200
_CODES = {
    Code.LOGIN_REQUIRED: "ACCOUNT_REQUIRED",
    Code.INVALID_TEXT: "INVALID_PARAMETERS",
    Code.LIST_FULL: "LIMIT_REACHED",
    Code.NOT_A_MEMBER: "NO_SUCH_PERSON",
    Code.TARGET_NOT_A_MEMBER: "NO_SUCH_PERSON",
}


class _Row(NamedTuple):
    run: Function
    least: int
    most: int
    usage: str


class InvalidError(Exception):
    """The parameters are not what was expected. The text says why."""


class Subcommands:
    """The subcommands of a command, by name. Each gets the client and the other parameters."""

    def __init__(self, command: str) -> None:
        self._command = command
        self._rows: dict[str, _Row] = {}

    def __call__(self, usage: str, least: int = 0) -> Callable[[Function], Function]:
        """Put a function into the table. `usage`: the name and its parameters, such as `SUSPEND NAME UNTIL
        :REASON`; `least`: how many of the parameters there have to be."""
        name, *params = usage.split(" ")

        def add(function: Function) -> Function:
            self._rows[name] = _Row(function, least, len(params), usage)
            return function

        return add

    @property
    def names(self) -> list[str]:
        return [*self._rows]

    def run(self, client: Client, line: Line) -> None:
        """Run the subcommand of a line, and answer if it is refused."""
        given = line.params[1:]
        row = self._rows.get(line.params[0].upper())
        if row is None or not row.least <= len(given) <= row.most:
            expected = row.usage if row is not None else ", ".join(each.usage for each in self._rows.values())
            client.reply.fail(self._command, "INVALID_PARAMETERS", text=f"expected {expected}")
            return
        try:
            row.run(client, *given)
        except InvalidError as error:
            client.reply.fail(self._command, "INVALID_PARAMETERS", text=str(error))
        except ChatError as error:
            about = [middle(given[0])] if given and "=" not in given[0] else []
            code = _CODES.get(error.code) or fail_code(error)
            client.reply.fail(self._command, code, *about, text=error.text)


def row(client: Client, values: Mapping[str, Value], command: str, *params: str, text: str | None = None) -> None:
    """Send a row with these attributes; those without a value are left out. If
    the line is too long, the longest attributes lose their ends."""
    said = [*params, _attributes(client, values, command, *params), *([text] if text is not None else [])]
    client.reply.line(command, *said, trailing=text is not None)


def later(client: Client, values: Mapping[str, Value], command: str, *params: str, text: str | None = None) -> None:
    """Send a row that answers nothing any more. In any thread."""
    said = [*params, _attributes(client, values, command, *params), *([text] if text else [])]
    reply = Reply(client.server.name, lambda: "", client.session.send)
    reply.line(command, *said, trailing=bool(text))
    reply.flush()


def _attributes(client: Client, values: Mapping[str, Value], command: str, *params: str) -> str:
    """The attributes of a row, as they fit into its line."""
    return attributes(" ".join([f":{client.server.name}", command, *params, ""]), values)


def end(client: Client, command: str, *params: str) -> None:
    """Send the end of a list."""
    client.reply.line(command, *params, NOTHING)


def time_of(ms: int | None) -> str | None:
    """A time as an attribute."""
    return timestamp(ms) if ms is not None else None


def given_attributes(text: str, *known: str) -> dict[str, str]:
    """The attributes that a client has given. Raises InvalidError for one that is not known."""
    values = parse_tags(text) if text != NOTHING else {}
    if unknown := values.keys() - set(known):
        raise InvalidError(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(known)}")
    return values


def number_in(values: Mapping[str, str], name: str, default: int | None, most: int = 2**53) -> int | None:
    """A number among given attributes. Raises InvalidError."""
    text = values.get(name, "")
    if not text:
        return default
    return number_of(text, name, most)


def number_of(text: str, name: str, most: int = 2**53) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 17 and int(text) > 0):
        raise InvalidError(f"{name} has to be a number")
    return min(int(text), most)


def moment_of(text: str, name: str) -> int:
    """A time that a client has given, in ms since 1970 UTC. Raises InvalidError."""
    found = parse_timestamp(text)
    if found is None:
        raise InvalidError(f"{name} has to be a time such as 2026-12-24T18:00:00.000Z")
    return found


def until_of(client: Client, text: str) -> int | None:
    """When something ends that begins now; None for never (`*`). Raises InvalidError."""
    if text == NOTHING:
        return None
    found = moment_of(text, "the end")
    if found <= client.session.now:
        raise InvalidError("that time is in the past")
    return found
