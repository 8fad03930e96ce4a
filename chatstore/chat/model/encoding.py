"""Events as JSON: how a server tells the other servers of its database what is not stored.

An event is a pair of its class's name and its fields: `["RoomRemoved", {"room": 5}]`. The encoding follows the
types of the fields, so a new class of events needs nothing here. Servers of neighbouring versions run side by side
for a while: one skips classes and fields that it doesn't know, and fills in the defaults of fields that are
missing. VERSION changes when that is not enough.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args

import msgspec

from chatstore.chat.model.events import Event
from chatstore.chat.model.room_events import RoomEvent

VERSION = 1


def _subclasses(kind: type) -> Iterator[type]:
    yield kind
    below: list[type] = kind.__subclasses__()
    for each in below:
        yield from _subclasses(each)


UNSTORED: Mapping[str, type] = {
    found.__name__: found for kind in get_args(Event) if kind is not RoomEvent for found in _subclasses(kind)
}
"""The classes of events that are told and not stored, by name."""


def _plain(value: Any) -> Any:
    """A value that the encoder does not know."""
    if isinstance(value, Mapping):
        return dict(value)
    raise NotImplementedError(f"{type(value).__name__} can't be encoded")


_encoder = msgspec.json.Encoder(enc_hook=_plain)
_decoders: dict[str, msgspec.json.Decoder[Any]] = {}
"""By the name of the class; each is made when it is needed first."""


def encoded(event: Event) -> str:
    """The event as one line of JSON."""
    return _encoder.encode((type(event).__name__, event)).decode()


def decoded(text: str | bytes | msgspec.Raw) -> Event | None:
    """The event; None if this version knows no such event. Raises msgspec.DecodeError if it knows the event, and
    can't read its fields."""
    name, values = msgspec.json.decode(text, type=tuple[str, msgspec.Raw])
    if name not in UNSTORED:
        return None
    if name not in _decoders:
        _decoders[name] = msgspec.json.Decoder(UNSTORED[name])
    event: Event = _decoders[name].decode(values)
    return event
