"""PERSISTENCE: whether an account stays in its rooms while it has no connection. Spec: IRCv3
draft/persistence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.chat.model.accounts import Persistence
from chatstore.chat.model.errors import ChatError
from chatstore.irc.commands import command
from chatstore.irc.renderer import persistence_status

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line

SETTINGS: dict[str, Persistence] = {"ON": "on", "OFF": "off", "DEFAULT": "default"}


def _only_reads(_: Client, line: Line) -> bool:
    return line.param(0).upper() != "SET"


@command("PERSISTENCE", blocking=True, question=_only_reads, spec="IRCv3 draft/persistence")
def persistence(client: Client, line: Line) -> None:
    """Choose whether you stay in your rooms while you have no connection: `PERSISTENCE GET`, or `SET` with
    `ON`, `OFF` or `DEFAULT` (the server's setting)."""
    subcommand = line.param(0).upper()
    if subcommand not in ("GET", "SET", ""):
        return  # the specification reserves other subcommands: they are ignored
    if client.session.account is None:
        client.reply.fail("PERSISTENCE", "ACCOUNT_REQUIRED", text="log in to an account first")
        return
    wanted = SETTINGS.get(line.param(1).upper())
    if len(line.params) != (1 if subcommand == "GET" else 2) or (subcommand == "SET" and wanted is None):
        client.reply.fail("PERSISTENCE", "INVALID_PARAMETERS", text="expected GET, or SET with ON, OFF or DEFAULT")
        return
    if wanted is not None:
        try:
            client.session.set_persistence(wanted).result()
        except ChatError as error:
            client.reply.fail("PERSISTENCE", "INTERNAL_ERROR", text=error.text)
            return
    send_status(client)


def send_status(client: Client) -> None:
    """Send PERSISTENCE STATUS to a client with an account."""
    session = client.session
    if session.account is not None:
        client.reply.line(*persistence_status(session.account.persistence, session.stays).split())
