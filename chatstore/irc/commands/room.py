"""ROOM: what of a room MODE and TOPIC don't tell: who reads its past, how long it is kept, whose it is, its message
of the day.

Spec: chatstore/rooms, this server's own; docs/extensions.md has its lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatstore.irc.commands import command
from chatstore.irc.line import parse_tags
from chatstore.irc.renderer import room_settings

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line

NOTHING = "*"


def _only_reads(_: Client, line: Line) -> bool:
    return len(line.params) == 1


@command("ROOM", min_params=1, blocking=True, question=_only_reads, spec="chatstore/rooms")
def room(client: Client, line: Line) -> None:
    """How a room is kept: `ROOM #a`; its operators set it: `ROOM #a history=members;retention=30 :message of the
    day`, its founder offers it to somebody: `ROOM #a founder=bob`."""
    name, session = line.params[0], client.session
    if len(line.params) > 1:
        asked = parse_tags(line.params[1]) if line.params[1] != NOTHING else {}
        try:
            settings, founder = _read(asked)
        except ValueError as error:
            client.reply.fail("ROOM", "INVALID_PARAMETERS", text=str(error))
            return
        if len(line.params) > 2:
            settings["motd"] = line.params[2]
        if settings:
            session.rooms.settings(name, **settings).result()
        if founder:
            session.rooms.transfer(name, founder).result()
    _show(client, name)


def _read(asked: dict[str, str]) -> tuple[dict[str, Any], str]:
    """The settings, and the account that is to be the founder."""
    settings: dict[str, Any] = {}
    for key, value in asked.items():
        if key == "history" and value in ("everyone", "members"):
            settings["history"] = value
        elif key == "retention" and value.isascii() and value.isdigit() and len(value) < 7:
            settings["retention_days"] = int(value)
        elif key != "founder" or not value:
            raise ValueError("it is history=everyone or members, retention=DAYS, founder=ACCOUNT; or *")
    return settings, asked.get("founder", "")


def _show(client: Client, name: str) -> None:
    """The message of the day is for those who come in."""
    session = client.session
    live = session.sees.room(name)
    founder = session.accounts.founder(live.room)
    values = {"history": live.room.history, "retention_days": live.room.retention_days}
    text = room_settings(values, founder.name if founder is not None else "")
    for offer in session.rooms.offers():
        if offer.room == live.room.id:
            text += f";offered={offer.account_name}"
    motd = live.room.motd if live.role(session.actor.key) is not None else ""
    client.reply.line("ROOM", f"#{live.name}", text, motd, trailing=True)
