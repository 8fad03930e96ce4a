"""Writes docs/irc.md: every command, capability, ISUPPORT token and numeric, from the server's own tables.

Run `python -m chatstore.irc.reference > docs/irc.md`. A test compares the file with this output.
"""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module
from inspect import getdoc
from operator import itemgetter

from chatstore.chat.model.room_settings import SETTINGS, TOPIC, Setting
from chatstore.chat.rules.policy import Policy
from chatstore.irc import capabilities, isupport, numerics
from chatstore.irc.capabilities import Capability
from chatstore.irc.commands import all_commands
from chatstore.irc.numerics import Numeric

_HEAD = """\
# What chatstore supports of IRC

`python -m chatstore.irc.reference > docs/irc.md` writes this page from the server's own tables; a test fails if the
two differ. "Modern" is the [Modern IRC client protocol](https://modern.ircdocs.horse/), which also defines the
names of the numerics. The IRCv3 specifications are at [ircv3.net](https://ircv3.net/irc/). Values that the
configuration can change are shown with their defaults.
"""


def reference() -> str:
    """Return the text of docs/irc.md."""
    tables = (_commands(), _settings(), _capabilities(), _tokens(), _numerics())
    return "\n".join([_HEAD, *(line for table in tables for line in (*table, ""))])


def _commands() -> Iterator[str]:
    rows = [[_code(name), _says(each.run), _spec(each.spec)] for name, each in sorted(all_commands().items())]
    return _table("Commands", ["command", "what it does", "spec"], rows)


def _settings() -> Iterator[str]:
    """Return the table of room settings, which `ROOM *`, ChanServ's SET and the plain-text /set share."""
    rows = [
        [_code(row.name), row.about, row.usage.lower(), _how(row), str(row.default) if row.field else ""]
        for row in SETTINGS
    ]
    heads = ["setting", "what it is", "values", "set by", "default"]
    return _table("Room settings", heads, [[cell or "-" for cell in row] for row in rows])


def _how(row: Setting) -> str:
    """Return the command that sets it, and who may use it."""
    name = "`TOPIC`" if row is TOPIC else f"`MODE {row.mode}`" if row.mode else "`ROOM`"
    return f"{name}; {row.by}"


def _capabilities() -> Iterator[str]:
    policy, rows = Policy(), []
    for found in pkgutil.iter_modules(capabilities.__path__):
        module = import_module(f"{capabilities.__name__}.{found.name}")
        each: Capability = module.CAPABILITY
        rows.append([_code(each.name, each.value(policy)), _says(module), _spec(each.spec)])
    return _table("Capabilities", ["capability", "what it changes", "spec"], sorted(rows))


def _tokens() -> Iterator[str]:
    rows = [["`NETWORK=...`", "Modern"], [f"`{isupport.INCARNATION}=...`", "chatstore's own: docs/architecture.md"]]
    rows += [[_code(each.name, each.value(Policy()) or ""), _spec(each.spec)] for each in isupport.TOKENS]
    return _table("ISUPPORT tokens", ["token", "spec"], rows)


def _numerics() -> Iterator[str]:
    known = [(name, each) for name, each in vars(numerics).items() if isinstance(each, Numeric)]
    rows = [[each, _code(name), each.says, _spec(each.spec)] for name, each in sorted(known, key=itemgetter(1))]
    return _table("Numerics", ["number", "name", "says", "spec"], rows)


def _table(title: str, heads: list[str], rows: list[list[str]]) -> Iterator[str]:
    yield f"## {title}"
    yield ""
    for row in [heads, ["---"] * len(heads), *rows]:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


def _says(documented: object) -> str:
    """Return the first paragraph of a docstring as one line."""
    return " ".join((getdoc(documented) or "").partition("\n\n")[0].split())


def _code(name: str, value: str = "") -> str:
    return f"`{name}={value}`" if value else f"`{name}`"


def _spec(spec: str) -> str:
    """Return the name of a specification, with a link for an IRCv3 extension or an RFC."""
    if extension := re.fullmatch(r"IRCv3 (?:draft/)?([a-z0-9.-]+)", spec):
        return f"[{spec}](https://ircv3.net/specs/extensions/{extension[1]})"
    if rfc := re.fullmatch(r"RFC (\d+)", spec):
        return f"[{spec}](https://www.rfc-editor.org/rfc/rfc{rfc[1]})"
    return spec


if __name__ == "__main__":
    print(reference(), end="")
