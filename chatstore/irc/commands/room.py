"""ROOM: the settings of a room beyond MODE and TOPIC, and the table of all settings.

Spec: chatstore/rooms, this server's own; docs/extensions.md describes its lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from chatstore.chat.model.room_settings import FOUNDER, MOTD, SETTINGS, STORED, Setting, Value, named
from chatstore.irc.commands import command
from chatstore.irc.line import escape, parse_tags
from chatstore.irc.renderer import room_settings

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line

NOTHING = "*"
"""In place of a room: all settings. In place of settings: none."""


def _only_reads(_: Client, line: Line) -> bool:
    return len(line.params) == 1


@command("ROOM", min_params=1, blocking=True, question=_only_reads, spec="chatstore/rooms")
def room(client: Client, line: Line) -> None:
    """Show the settings of a room: `ROOM #a`. Its operators change them: `ROOM #a
    history=members;retention=30 :message of the day`. Its founder offers it to another account: `ROOM #a
    founder=bob`. `ROOM *` lists all settings."""
    name, session = line.params[0], client.session
    if name == NOTHING:
        _list(client)
        return
    if len(line.params) > 1:
        asked = parse_tags(line.params[1]) if line.params[1] != NOTHING else {}
        try:
            values = dict(_read(key, value) for key, value in asked.items() if key != FOUNDER.name)
            founder = FOUNDER.read(asked.get(FOUNDER.name, NOTHING))
        except ValueError:
            known = ", ".join(f"{row.name}={row.usage}" for row in (*STORED, FOUNDER) if row is not MOTD)
            client.reply.fail("ROOM", "INVALID_PARAMETERS", text=f"expected {known}; or {NOTHING}")
            return
        if len(line.params) > 2:
            values[MOTD.field] = line.params[2]
        if values:
            session.rooms.configure(name, values).result()
        if founder != NOTHING:
            session.rooms.transfer(name, str(founder)).result()
    _show(client, name)


def _read(name: str, text: str) -> tuple[str, Value]:
    """Return the field and the value of a setting. Raises ValueError for an unknown setting or a wrong
    value."""
    setting = named(name)
    if setting is None or not setting.field:
        raise ValueError(name)
    return setting.field, setting.read(text)


def _show(client: Client, name: str) -> None:
    """Send the settings of a room. Only members see its message of the day."""
    session = client.session
    view = session.sees.room(name)
    founder = session.accounts.founder(view)
    text = room_settings(view.settings, founder.name if founder is not None else "")
    for offer in session.rooms.offers():
        if offer.room == view.id:
            text += f";offered={offer.account_name}"
    own = int(view.settings["retention_days"])
    kept = session.policy.history.kept.days(own, direct=False)
    if kept != own:
        text += f";kept={kept}"
    client.reply.line("ROOM", f"#{view.name}", text, view.motd, trailing=True)


def _list(client: Client) -> None:
    """Send one line for each setting, and a last line that ends the list."""
    longest = client.session.policy.limits.topic_length
    for row in SETTINGS:
        attributes = ";".join(f"{key}={escape(value)}" for key, value in _attributes(row, longest))
        client.reply.line("ROOM", NOTHING, row.name, attributes, row.about, trailing=True)
    client.reply.line("ROOM", NOTHING)


def _attributes(row: Setting, longest: int) -> Iterator[tuple[str, str]]:
    """Yield the attributes of a setting. `longest`: the default maximum of a text, in characters."""
    stored = row.field or row is FOUNDER
    yield "set", "ROOM" if stored else f"MODE {row.mode}" if row.mode else "TOPIC"
    yield "type", row.kind
    if row.kind == "choice":
        yield "choices", ",".join(row.choices)
    if row.kind == "number":
        yield "min", str(row.minimum)
    if row.kind in ("number", "text"):
        yield "max", str(row.maximum or longest)
    if row.unit:
        yield "unit", row.unit
    yield "by", row.by
    if row.field:
        yield "default", str(row.default)
        yield from ((_SAYS if value == "{}" else f"{_SAYS}-{value}", text) for value, text in row.says.items())


_SAYS = "says"
