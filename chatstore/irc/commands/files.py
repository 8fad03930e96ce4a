"""FILES: the files that an account has uploaded.

Spec: chatstore/files, this server's own; docs/extensions.md describes its lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.chat.model.files import address_of, token_in
from chatstore.irc.commands import command
from chatstore.irc.line import timestamp
from chatstore.irc.subcommands import (
    MOST_ROWS,
    NOTHING,
    Subcommands,
    Value,
    end,
    given_attributes,
    number_in,
    row,
)

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line

NAME = "FILES"
file_commands = Subcommands(NAME)


@command(NAME, min_params=1, blocking=True, spec="chatstore/files")
def files(client: Client, line: Line) -> None:
    """Look at and remove the files that you have uploaded: `FILES LIST`, `FILES LIMITS`, `FILES REMOVE
    https://chat.example.org/files/...`."""
    file_commands.run(client, line)


@file_commands("LIST [ATTRIBUTES]")
def list_(client: Client, attributes: str = NOTHING) -> None:
    values = given_attributes(attributes, "before", "limit")
    limit = number_in(values, "limit", MOST_ROWS, MOST_ROWS) or MOST_ROWS
    for file in client.session.files.mine(number_in(values, "before", None), limit):
        about: dict[str, Value] = {
            "file": address_of(file),
            "type": file.media_type,
            "size": file.size,
            "uploaded": timestamp(file.uploaded_at),
        }
        row(client, about, NAME, "LIST", str(file.id), text=file.name)
    end(client, NAME, "LIST")


@file_commands("LIMITS")
def limits(client: Client) -> None:
    found = client.session.files.limits()
    about: dict[str, Value] = {
        "used": found.used_bytes,
        "quota": found.account_bytes,
        "files": found.used_files,
        "files-limit": found.account_files,
        "file-limit": found.file_bytes,
    }
    row(client, about, NAME, "LIMITS")


@file_commands("REMOVE URL", 1)
def remove(client: Client, url: str) -> None:
    file = client.session.files.remove(token_in(url)).result()
    client.reply.line(NAME, "REMOVE", file.token)
