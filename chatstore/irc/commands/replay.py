"""REPLAY: which messages the server replays to clients that do not ask for history.

Spec: chatstore/accounts, this server's own; docs/extensions.md describes its lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.chat.model.accounts import Replay
from chatstore.irc.commands import command

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line

CHOICES: dict[str, Replay] = {"ON": "on", "OFF": "off", "MISSED": "missed", "DEFAULT": "default"}
IN_WORDS = {
    "on": "You see the last messages of each room whenever you connect.",
    "missed": "You see the messages you missed when you connect.",
    "off": "You see no earlier messages of rooms when you connect or join.",
}


def _only_reads(_: Client, line: Line) -> bool:
    return not line.params


@command("REPLAY", blocking=True, question=_only_reads, spec="chatstore/accounts")
def replay(client: Client, line: Line) -> None:
    """Choose which messages the server replays to clients without CHATHISTORY. `REPLAY` shows the setting of
    your account; `REPLAY` with `MISSED`, `ON` (the last messages, at each connection), `OFF` (for bots) or
    `DEFAULT` changes it."""
    session = client.session
    if session.account is None:
        client.reply.fail("REPLAY", "ACCOUNT_REQUIRED", text="log in to an account first")
        return
    if line.params:
        wanted = CHOICES.get(line.params[0].upper())
        if wanted is None or len(line.params) > 1:
            client.reply.fail("REPLAY", "INVALID_PARAMETERS", text="expected ON, OFF, MISSED or DEFAULT")
            return
        session.set_replay(wanted).result()
    client.reply.line("REPLAY", session.replay.upper(), IN_WORDS[session.replay], trailing=True)
