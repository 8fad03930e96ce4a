"""Capabilities (IRCv3 capability-negotiation). Each has a file; all_capabilities() finds them.

A capability that changes how events look names the field of IrcRenderer that it sets. Other code asks for a
capability by its name (`client.has("draft/chathistory")`).
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
    """One capability.

    `value`: the text behind `=` in CAP LS 302, from the policy. `switch`: the field of IrcRenderer that it
    sets. `offered`: whether this server has it under a policy. `with_302`: CAP LS 302 enables it, and the
    client can't disable it. `excludes`: a capability that can't be enabled at the same time. `here`: its
    value on one connection, None if it is not offered there. `requestable`: False if it is only information.
    """

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
        """Return its value on this connection."""
        return (self.here(client) or "") if self.here is not None else self.value(client.session.policy)


@lru_cache(maxsize=1)
def all_capabilities() -> dict[str, Capability]:
    """Return all capabilities by name. The first call imports every file of this folder."""
    found: list[Capability] = []
    for module in pkgutil.iter_modules(__path__):
        found.append(import_module(f"{__name__}.{module.name}").CAPABILITY)
    return {capability.name: capability for capability in sorted(found, key=lambda each: each.name)}


def offered_to(client: Client) -> dict[str, Capability]:
    """Return the capabilities that this client may request, by name."""
    known = offered(client.session.policy)
    return {name: each for name, each in known.items() if each.here is None or each.here(client) is not None}


def enable(client: Client, names: Set[str]) -> None:
    """Enable exactly these capabilities, and choose the renderer for them."""
    if not names >= client.enabled & {"batch", "draft/metadata-2", "draft/metadata-3"}:
        client.session.metadata.forget()
    client.enabled = names
    renderer = client.server.renderer(
        frozenset(each.switch for name, each in offered_to(client).items() if name in names and each.switch)
    )
    client.session.change_renderer(renderer)


def offered(policy: Policy) -> dict[str, Capability]:
    """Return the capabilities that this server has under a policy, by name."""
    return {name: capability for name, capability in all_capabilities().items() if capability.offered(policy)}
