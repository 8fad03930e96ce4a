"""What changes the picture of the chat and is no line of it: who is there, what was read, what is being typed.

A state that was asked for the whole picture tells these among the other items; whoever prints lines has no use
for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from chatstore.client.items import Item, MessageKind
from chatstore.client.targets import Member

TypingState = Literal["active", "paused", "done"]


@dataclass(frozen=True)
class News(Item):
    """`target` and `time` as in every item."""


# The connection.


@dataclass(frozen=True)
class Connected(News):
    """Logged in to the server at this address. `multiline`: whether a text of several lines can be one message."""

    address: str
    nick: str
    multiline: bool = False
    searches: bool = False
    keeps_history: bool = False


@dataclass(frozen=True)
class Disconnected(News):
    """The connection is lost; the next try comes after so many seconds."""

    why: str
    retry: float


@dataclass(frozen=True)
class Connecting(News):
    """The next try has begun."""


@dataclass(frozen=True)
class Lag(News):
    """How long the server took to answer."""

    milliseconds: int


@dataclass(frozen=True)
class NickIs(News):
    """What we are called from now on."""

    nick: str


@dataclass(frozen=True)
class Ended(News):
    """The client is over, and why; nothing follows."""

    why: str = ""


@dataclass(frozen=True)
class Forgotten(News):
    """All that was told of messages and markers is void: the server has another copy of its data."""


# Rooms and conversations.


@dataclass(frozen=True)
class Membership(News):
    """Whether we are in a room."""

    joined: bool


@dataclass(frozen=True)
class Opened(News):
    """A direct conversation that exists. `last`: the time of its last message, 0 when that is not known."""

    last: int = 0


@dataclass(frozen=True)
class Focus(News):
    """The person wants to talk there."""


@dataclass(frozen=True)
class Renamed(News):
    """A room, or the other side of a conversation, has another name."""

    new: str


@dataclass(frozen=True)
class TopicIs(News):
    topic: str


@dataclass(frozen=True)
class Members(News):
    """Everybody who is in a room."""

    people: tuple[Member, ...]


@dataclass(frozen=True)
class MembersChanged(News):
    """Who came to a room or is there with another prefix, and the nicks of those who are there no more."""

    here: tuple[Member, ...] = ()
    gone: tuple[str, ...] = ()


@dataclass(frozen=True)
class Presence(News):
    """Of a person, wherever they are shown. `why`: what they say about being away."""

    nick: str
    state: Literal["here", "away", "offline"]
    why: str = ""


# Messages.


@dataclass(frozen=True)
class Pending(News):
    """Something of ours is on its way to the server. `number` tells it apart; see Settled."""

    number: int
    body: str
    kind: MessageKind = "message"
    reply_to: str = ""


@dataclass(frozen=True)
class Settled(News):
    """What was pending under this number is stored, as the message behind this, or was given back as NotSent."""

    number: int


@dataclass(frozen=True)
class Reacted(News):
    """`nick` reacts to the message `msgid` by an emoji, or takes that back."""

    nick: str
    msgid: str
    emoji: str
    back: bool = False


@dataclass(frozen=True)
class Redacted(News):
    """`nick` has taken back the message `msgid`."""

    nick: str
    msgid: str
    reason: str = ""


@dataclass(frozen=True)
class Typing(News):
    nick: str
    state: TypingState


@dataclass(frozen=True)
class Marker(News):
    """All up to this time (ms since 1970 UTC) has been read, here or on another device; 0: nothing was marked
    yet."""

    until: int


@dataclass(frozen=True)
class Around(News):
    """Lines around the message `msgid`, which lie before those that were shown."""

    msgid: str
    items: tuple[Item, ...]
