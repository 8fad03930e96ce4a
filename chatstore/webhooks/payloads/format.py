"""What a format of payloads is, and what it makes of one."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from chatstore.webhooks.payloads.fields import Fields

Headers = Mapping[str, str]
"""The headers of a request, by their names in small letters."""


class Said(NamedTuple):
    """What is to be said in the room. `name`: what its sender wants to be called, or empty for the hook's name."""

    text: str
    name: str = ""


@dataclass(frozen=True)
class Format:
    """One way in which a program sends. `recognises`: whether a payload is of this kind. `read`: what it says;
    nothing for an event that says nothing here. `signed`: whether its signature was made with this secret; None
    if it has none. `event`: what it is about, for figures. `delivery`: the headers that may have its id."""

    name: str
    recognises: Callable[[Headers, Fields], bool]
    read: Callable[[Headers, Fields], Sequence[Said]]
    signed: Callable[[Headers, bytes, str], bool | None]
    event: Callable[[Headers, Fields], str]
    delivery: Sequence[str] = ()
    is_ping: Callable[[Headers, Fields], bool] = lambda _headers, _data: False


def never_signed(_headers: Headers, _body: bytes, _secret: str) -> bool | None:
    return None


def hex_hmac(secret: str, *parts: bytes) -> str:
    """HMAC-SHA256 in small hex digits."""
    made = hmac.new(secret.encode(), digestmod=hashlib.sha256)
    for part in parts:
        made.update(part)
    return made.hexdigest()


def same(one: str, other: str) -> bool:
    """Whether two secrets are the same, in a time that does not tell where they differ."""
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))
