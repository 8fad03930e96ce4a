"""EXPORT: everything about one's own account, as JSON lines.

Spec: chatstore/accounts, this server's own; docs/extensions.md describes its lines, docs/exporting.md the JSON.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from chatstore.chat.model.errors import ChatError, Code
from chatstore.irc.commands import command
from chatstore.irc.errors import fail_code

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line

_CODES = {Code.LOGIN_REQUIRED: "ACCOUNT_REQUIRED"}
_PIECE = 380
"""Bytes of a piece, which has to fit into a line."""


@command("EXPORT", min_params=1, searches=True, question=True, spec="chatstore/accounts")
def export(client: Client, line: Line) -> None:
    """Get everything about your account, as JSON: `EXPORT BEGIN`, then `EXPORT NEXT` until the answer is `EXPORT
    END`."""
    data = client.session.own_data
    try:
        match [param.upper() for param in line.params]:
            case ["BEGIN"]:
                data.begin()
                client.reply.line("EXPORT", "BEGIN")
            case ["NEXT"]:
                _send(client, data.part())
            case _:
                client.reply.fail("EXPORT", "INVALID_PARAMETERS", text="expected BEGIN or NEXT")
    except ChatError as error:
        client.reply.fail("EXPORT", _CODES.get(error.code) or fail_code(error), text=error.text)


def _send(client: Client, part: Sequence[bytes]) -> None:
    for record in part:
        pieces = [*_pieces(record.removesuffix(b"\n"))]
        for number, piece in enumerate(pieces, 1):
            client.reply.line("EXPORT", "DATA" if number == len(pieces) else "PART", piece, trailing=True)
    client.reply.line("EXPORT", "NEXT" if part else "END")
    client.session.answered(sum(map(len, part)))


def _pieces(text: bytes) -> Iterator[str]:
    """A text in pieces that end between two characters."""
    at = 0
    while at < len(text):
        end = min(at + _PIECE, len(text))
        while end < len(text) and text[end] & 0xC0 == 0x80:
            end -= 1
        yield text[at:end].decode()
        at = end
