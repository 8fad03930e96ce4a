"""Capabilities (IRCv3 capability-negotiation): one file each, found by themselves.

A capability that changes how events look names the field of IrcRenderer that it sets. Others are asked for by
name where they matter (`client.has("draft/chathistory")`).
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Set
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING

from chatstore.chat.rules.policy import Policy

if TYPE_CHECKING:
    from chatstore.irc.client import Client


@dataclass(frozen=True)
class Capability:
    """`value`: what CAP LS 302 says after `=`, from the policy; `switch`: the field of IrcRenderer it switches on;
    `offered`: whether this server has it at all; `with_302`: enabled by CAP LS 302 and not refusable after;
    `excludes`: another one that can't be enabled beside it; `here`: where it depends on the connection, its value
    there, or None where it isn't offered; `requestable`: it is not only told, but can be asked for."""

    name: str
    spec: str
    value: Callable[[Policy], str] = lambda _: ""
    switch: str = ""
    offered: Callable[[Policy], bool] = lambda _: True
    with_302: bool = False
    excludes: str = ""
    here: Callable[[Client], str | None] | None = None
    requestable: bool = True

    def value_for(self, client: Client) -> str:
        return (self.here(client) or "") if self.here is not None else self.value(client.session.policy)


@lru_cache(maxsize=1)
def all_capabilities() -> dict[str, Capability]:
    """Every capability there is a file for, by name."""
    found: list[Capability] = []
    for module in pkgutil.iter_modules(__path__):
        found.append(import_module(f"{__name__}.{module.name}").CAPABILITY)
    return {capability.name: capability for capability in sorted(found, key=lambda each: each.name)}


def offered_to(client: Client) -> dict[str, Capability]:
    """Those that this client is offered."""
    known = offered(client.session.policy)
    return {name: each for name, each in known.items() if each.here is None or each.here(client) is not None}


def enable(client: Client, names: Set[str]) -> None:
    """Enable exactly these."""
    if not names >= client.enabled & {"batch", "draft/metadata-2", "draft/metadata-3"}:
        client.session.metadata.forget()
    client.enabled = names
    client.renderer = client.server.renderer(
        frozenset(each.switch for name, each in offered_to(client).items() if name in names and each.switch)
    )
    client.session.change_renderer(client.renderer)


def offered(policy: Policy) -> dict[str, Capability]:
    """Those that this server offers under its policy."""
    return {name: capability for name, capability in all_capabilities().items() if capability.offered(policy)}
