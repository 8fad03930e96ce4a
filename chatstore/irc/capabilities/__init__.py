"""Capabilities (IRCv3 capability-negotiation). Each has a file; all_capabilities() finds them.

A capability that changes how events look names the field of IrcRenderer that it sets. Other code asks for a
capability by its name (`client.has("draft/chathistory")`).
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from types import MappingProxyType
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


class Offer:
    """What a server offers under one policy. Made once for a policy, because every client asks for all of it.

    `every`: the capabilities by name. `listed`: each with its text in CAP LS 302; None if that differs from one
    connection to another.
    """

    def __init__(self, policy: Policy) -> None:
        known = {name: each for name, each in all_capabilities().items() if each.offered(policy)}
        self.policy = policy
        self.every: Mapping[str, Capability] = MappingProxyType(known)
        self.listed = tuple(
            (each, None if each.here is not None else with_value(name, each.value(policy)))
            for name, each in known.items()
        )


class _Latest:
    """The Offer that was asked for last. Connections ask for the policy in force, until a reload replaces it."""

    offer: Offer | None = None


def offer_of(policy: Policy) -> Offer:
    """Return what this server offers under a policy."""
    offer = _Latest.offer
    if offer is None or offer.policy is not policy:
        offer = _Latest.offer = Offer(policy)
    return offer


def offered(policy: Policy) -> Mapping[str, Capability]:
    """Return the capabilities that this server has under a policy, by name."""
    return offer_of(policy).every


def offered_to(client: Client) -> dict[str, Capability]:
    """Return the capabilities that this client may request, by name."""
    known = offered(client.session.policy)
    return {name: each for name, each in known.items() if each.here is None or each.here(client) is not None}


def one_offered_to(client: Client, name: str) -> Capability | None:
    """Return this capability, if the client may request it."""
    found = offered(client.session.policy).get(name)
    return found if found is None or found.here is None or found.here(client) is not None else None


def listed_for(client: Client) -> tuple[str, ...]:
    """Return the texts of CAP LS 302: `name` or `name=value`."""
    texts = []
    for each, text in offer_of(client.session.policy).listed:
        if text is None and each.here is not None and (value := each.here(client)) is not None:
            text = with_value(each.name, value)
        if text is not None:
            texts.append(text)
    return tuple(texts)


def with_value(name: str, value: str) -> str:
    """Return a capability as CAP LS 302 and CAP NEW name it."""
    return f"{name}={value}" if value else name


def enable(client: Client, names: Set[str]) -> None:
    """Enable exactly these capabilities, and choose the renderer for them."""
    if not names >= client.enabled & {"batch", "draft/metadata-2", "draft/metadata-3"}:
        client.session.metadata.forget()
    client.enabled = names = _shared(frozenset(names))
    known = [one_offered_to(client, name) for name in names]
    switches = frozenset(each.switch for each in known if each is not None and each.switch)
    client.session.change_renderer(client.server.renderer(switches))


@lru_cache(maxsize=256)
def _shared(names: frozenset[str]) -> frozenset[str]:
    """Return the same set, with the server's own texts: one object for all clients that ask for the same. A set
    of each client's own texts would take a kilobyte and a half."""
    return frozenset(name for name in all_capabilities() if name in names)
