"""AUDIT: what administrators and operators did.

Spec: chatstore/administration, this server's own; docs/extensions.md describes its lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.chat.model.audit import AuditQuery
from chatstore.irc.commands import command
from chatstore.irc.line import timestamp
from chatstore.irc.subcommands import (
    MOST_ROWS,
    NOTHING,
    Subcommands,
    end,
    given_attributes,
    moment_of,
    number_in,
    row,
)

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line

NAME = "AUDIT"
audit_commands = Subcommands(NAME)


@command(NAME, min_params=1, blocking=True, spec="chatstore/administration")
def audit(client: Client, line: Line) -> None:
    """Show what administrators and operators did, the latest first: `AUDIT LIST`, `AUDIT LIST
    by=alice;limit=20`. For administrators."""
    audit_commands.run(client, line)


@audit_commands("LIST [ATTRIBUTES]")
def list_(client: Client, attributes: str = NOTHING) -> None:
    values = given_attributes(attributes, "since", "until", "by", "about", "action", "rooms", "before", "limit")
    query = AuditQuery(
        since=moment_of(values["since"], "since") if "since" in values else None,
        until=moment_of(values["until"], "until") if "until" in values else None,
        by=values.get("by", ""),
        about=values.get("about", ""),
        action=values.get("action", "").lower(),
        rooms=number_in(values, "rooms", None) is not None,
        before=number_in(values, "before", None),
        limit=number_in(values, "limit", MOST_ROWS, MOST_ROWS),
    )
    for entry in client.session.administration.audit(query):
        what = (str(entry.id), timestamp(entry.at), entry.action)
        said = {"by": entry.actor, "via": entry.via, "about": entry.about, "says": entry.sentence}
        row(client, said, NAME, "LIST", *what, text=entry.detail)
    end(client, NAME, "LIST")
