"""The interfaces that the domain needs from the layers above it, as protocols."""

from __future__ import annotations

from collections.abc import Callable

from chatstore.chat.ports.accounts import MetadataItem
from chatstore.chat.ports.delivery import FanOut, Renderer
from chatstore.chat.ports.history import Conversation, ReactionCounts, Unseen
from chatstore.chat.ports.nodes import Others
from chatstore.chat.ports.rooms import StoredMember
from chatstore.chat.ports.store import Change, Store, Touched, Transaction

__all__ = [
    "Change",
    "Clock",
    "Conversation",
    "FanOut",
    "MetadataItem",
    "Others",
    "ReactionCounts",
    "Renderer",
    "Store",
    "StoredMember",
    "Touched",
    "Transaction",
    "Unseen",
]

Clock = Callable[[], float]
"""A function that returns seconds: since 1970 UTC (time.time) or since some start (time.monotonic), as the
parameter's name says."""
