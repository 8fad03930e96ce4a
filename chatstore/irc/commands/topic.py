"""TOPIC: show or set a room's topic. Spec: Modern, "TOPIC message"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.irc.commands import command
from chatstore.irc.show import send_topic

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line


def _only_reads(_: Client, line: Line) -> bool:
    return len(line.params) == 1


@command("TOPIC", min_params=1, blocking=True, question=_only_reads)
def topic(client: Client, line: Line) -> None:
    """Show or set a room's topic."""
    if not client.is_channel(line.params[0]):
        return
    if len(line.params) == 1:
        send_topic(client, client.session.sees.room(line.params[0]))
        return
    text = line.params[1][: client.session.policy.limits.topic_length]
    client.session.rooms.set_topic(line.params[0], text).result()
