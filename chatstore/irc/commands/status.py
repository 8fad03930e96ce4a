"""STATUS: how the server is, for its administrators.

Spec: chatstore/administration, this server's own; docs/extensions.md describes its lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatstore.chat.model.errors import ChatError, Code
from chatstore.irc.commands import command
from chatstore.irc.errors import fail_code
from chatstore.irc.line import timestamp
from chatstore.irc.subcommands import Value, end, row

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line

NAME = "STATUS"


@command(NAME, blocking=True, spec="chatstore/administration")
def status(client: Client, _line: Line) -> None:
    """Show how the server is, and what is wrong with it. For administrators."""
    try:
        waiting, _ = client.session.administration.waiting()
    except ChatError as error:
        code = "ACCOUNT_REQUIRED" if error.code is Code.LOGIN_REQUIRED else fail_code(error)
        client.reply.fail(NAME, code, text=error.text)
        return
    found = client.server.status()
    values: dict[str, Value] = {"waiting": waiting.accounts, "reports": waiting.reports}
    if found:
        values |= _about(found)
    row(client, {"version": client.server.version, "name": client.server.name, **values}, NAME)
    for warning in found.get("warnings", ()):
        client.reply.line(NAME, "WARNING", warning["key"], warning["text"], trailing=True)
    end(client, NAME)


def _about(found: dict[str, Any]) -> dict[str, Value]:
    database, lately = found["database"], found["rates"]["5"]
    return {
        "started": timestamp(int(found["started"] * 1000)),
        "uptime": int(found["uptime"]),
        "connections": sum(each["connections"] for each in found["endpoints"].values()),
        "people": found["people"]["online"],
        "rooms": found["rooms"],
        "database": database["name"],
        "bytes": database["bytes"],
        "free": database["free_bytes"],
        "backup": timestamp(int(database["backup"] * 1000)) if isinstance(database["backup"], float) else None,
        "messages": str(lately["messages"]),
        "healthy": found["healthy"],
        "ready": found["ready"],
    }
