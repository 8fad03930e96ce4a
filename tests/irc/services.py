"""Talking to services in tests."""

from __future__ import annotations

from tests.running import IrcClient

HOST = "services@services.chatstore.local"


def said(client: IrcClient, service: str, text: str) -> list[str]:
    """What the service answers, which must be all that comes."""
    client.send(f"PRIVMSG {service} :{text}")
    return heard(client)


def heard(client: IrcClient) -> list[str]:
    lines = client.parsed()
    assert {line.command for line in lines} <= {"NOTICE"}, lines
    assert {line.source.partition("!")[2] for line in lines} <= {HOST}
    return [line.params[1] for line in lines]
