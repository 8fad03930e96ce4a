"""Events: what the client tells its frontend, as frozen values.

A line client prints each Event as a line. A screen also wants the Updates, which change what it shows around
the lines: who is there, what is read, who types.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from chatstore.client.members import Member

MessageKind = Literal["message", "action", "notice"]
TypingState = Literal["active", "paused", "done"]
PresenceState = Literal["here", "away", "offline"]


@dataclass(frozen=True)
class Event:
    """`target`: the room (`#main`) or person that it belongs to, "" for none. `time`: ms since 1970 UTC.

    `key` names its place in the history of its target, the same live and in a page; "" for an event without a
    place there. Events that say the same are equal whatever their keys."""

    target: str
    time: int
    key: str = field(default="", compare=False, kw_only=True)


@dataclass(frozen=True)
class Message(Event):
    """`audience`: `@` or `+` for a message to the operators of a room, or to all with voice; "" for everybody.
    `account`: of the author, "" for none. `msgid`: "" where the server gives none. `reply_to`: the msgid of the
    message that it answers. `edited`: when it got this text, if that is not its first; 0 otherwise. `bot`: a
    program said it. `relayed`: the nick of the bridge that passed it on for its author, who is elsewhere."""

    nick: str
    body: str
    kind: MessageKind = "message"
    own: bool = False
    audience: str = ""
    account: str = field(default="", compare=False, kw_only=True)
    edited: int = field(default=0, compare=False, kw_only=True)
    bot: bool = field(default=False, compare=False, kw_only=True)
    relayed: str = field(default="", compare=False, kw_only=True)
    msgid: str = field(default="", compare=False, kw_only=True)
    reply_to: str = field(default="", compare=False, kw_only=True)


@dataclass(frozen=True)
class Removed(Event):
    """`nick` removed a message by `author` that was shown."""

    nick: str
    author: str
    reason: str = ""


@dataclass(frozen=True)
class Edited(Event):
    """`nick` gave their message `msgid` another text."""

    nick: str
    msgid: str
    body: str


@dataclass(frozen=True)
class Joined(Event):
    nick: str


@dataclass(frozen=True)
class Left(Event):
    nick: str
    reason: str = ""
    quit: bool = False


@dataclass(frozen=True)
class Kicked(Event):
    """`by` removed `nick` from the room. `own`: we were removed, just now."""

    nick: str
    by: str
    reason: str = ""
    own: bool = field(default=False, compare=False, kw_only=True)


@dataclass(frozen=True)
class TopicChanged(Event):
    nick: str
    topic: str


@dataclass(frozen=True)
class NickChanged(Event):
    nick: str
    new: str


@dataclass(frozen=True)
class ModesChanged(Event):
    nick: str
    modes: str


@dataclass(frozen=True)
class SettingsChanged(Event):
    """`nick` changed settings of the room. `text` says what they did, without its subject."""

    nick: str
    text: str


@dataclass(frozen=True)
class Info(Event):
    """A text for the person: an answer, or something that the client itself says. `from_server`: the server
    said it unasked, such as its message of the day."""

    text: str
    from_server: bool = field(default=False, compare=False, kw_only=True)


@dataclass(frozen=True)
class RoomCreated(Event):
    """We created the room by joining it."""


@dataclass(frozen=True)
class Failure(Event):
    """The server refused something. `code`: the numeric, or the code of the standard reply; "" if the client
    itself refused."""

    text: str
    code: str = ""


@dataclass(frozen=True)
class NotSent(Event):
    """A message of ours that is not stored, as far as the client knows. `code` as in Failure."""

    body: str
    reason: str
    code: str = ""


@dataclass(frozen=True)
class DirectConversations(Event):
    """The direct conversations that exist: (person, time of the last message), newest first."""

    people: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Older(Event):
    """Events from before everything shown so far, which were asked for. `complete`: there is nothing
    older."""

    events: tuple[Event, ...]
    complete: bool = field(default=False, kw_only=True)


@dataclass(frozen=True)
class SearchResults(Event):
    """Messages of any target that a search found, the oldest first. `text`: what was searched for."""

    text: str
    hits: tuple[Message, ...]


@dataclass(frozen=True)
class ThreadShown(Event):
    """A thread that the person wants to read. `messages`: the root, if it is here, and its replies."""

    messages: tuple[Message, ...]


@dataclass(frozen=True)
class Update(Event):
    """An event that only a screen wants."""


# Updates: the connection.


@dataclass(frozen=True)
class Connected(Update):
    """Logged in to the server at this address. `multiline`: whether a text of several lines can be one
    message."""

    address: str
    nick: str
    multiline: bool = False
    searches: bool = False
    keeps_history: bool = False


@dataclass(frozen=True)
class Disconnected(Update):
    """The connection is lost. `retry`: seconds until the next try."""

    why: str
    retry: float


@dataclass(frozen=True)
class Connecting(Update):
    """The next try has begun."""


@dataclass(frozen=True)
class Lag(Update):
    """How long the server took to answer."""

    milliseconds: int


@dataclass(frozen=True)
class CurrentNick(Update):
    """Our nick from now on."""

    nick: str


@dataclass(frozen=True)
class Ended(Update):
    """The client ends; no event follows. `why`: "" if the person left."""

    why: str = ""


@dataclass(frozen=True)
class HistoryReset(Update):
    """Forget all messages and read markers: the server has another copy of its data."""


# Updates: rooms and direct conversations.


@dataclass(frozen=True)
class Membership(Update):
    """Whether we are in a room."""

    joined: bool


@dataclass(frozen=True)
class Opened(Update):
    """A direct conversation that exists. `last`: the time of its last message, 0 when that is not known."""

    last: int = 0


@dataclass(frozen=True)
class Focus(Update):
    """The person wants to see this buffer."""


@dataclass(frozen=True)
class Renamed(Update):
    """A room, or the other side of a conversation, has another name."""

    new: str


@dataclass(frozen=True)
class CurrentTopic(Update):
    topic: str


@dataclass(frozen=True)
class Members(Update):
    """Everybody who is in a room."""

    people: tuple[Member, ...]


@dataclass(frozen=True)
class MembersChanged(Update):
    """`here`: who joined a room or has another prefix there. `gone`: the nicks of those who left."""

    here: tuple[Member, ...] = ()
    gone: tuple[str, ...] = ()


@dataclass(frozen=True)
class Presence(Update):
    """Whether a person is here, in all buffers. `why`: their away message."""

    nick: str
    state: PresenceState
    why: str = ""


# Updates: messages.


@dataclass(frozen=True)
class Pending(Update):
    """A message of ours is on its way to the server. `number` names it until it is Settled."""

    number: int
    body: str
    kind: MessageKind = "message"
    reply_to: str = ""


@dataclass(frozen=True)
class FileHost(Update):
    """Where the server takes and has files; "" if it takes none."""

    url: str


@dataclass(frozen=True)
class FileSeen(Update):
    """What the server tells of a file; see jobs.Seen."""

    url: str
    size: int = 0
    picture: bytes = field(default=b"", repr=False)
    known: bool = False
    gone: bool = False


@dataclass(frozen=True)
class NotifySettings(Update):
    """What the person wants to be told of in the target, or everywhere where that is `*`: the attributes of
    NOTIFY. `begins`: a list of all that is set begins."""

    values: tuple[tuple[str, str], ...]
    begins: bool = False


@dataclass(frozen=True)
class IgnoredPeople(Update):
    """Whom the person ignores from now on: folded nicks and accounts."""

    names: frozenset[str]


@dataclass(frozen=True)
class Favourites(Update):
    """The account's favourite conversations from now on: their folded names."""

    names: frozenset[str]


@dataclass(frozen=True)
class Uploading(Update):
    """So many bytes of a file of ours are sent. `done`: it is there, or failed, or was cancelled."""

    number: int
    name: str
    sent: int
    size: int
    done: bool = False


@dataclass(frozen=True)
class Settled(Update):
    """The pending message of this number is stored, and follows as a Message; or it is given back as
    NotSent."""

    number: int


@dataclass(frozen=True)
class Reacted(Update):
    """`nick` reacts to the message `msgid` with an emoji. `back`: removes that reaction."""

    nick: str
    msgid: str
    emoji: str
    back: bool = False


@dataclass(frozen=True)
class Redacted(Update):
    """`nick` removed the message `msgid`."""

    nick: str
    msgid: str
    reason: str = ""


@dataclass(frozen=True)
class Typing(Update):
    nick: str
    state: TypingState


@dataclass(frozen=True)
class Marker(Update):
    """Everything up to this time (ms since 1970 UTC) is read, here or on another device. 0: there is no
    marker."""

    until: int


@dataclass(frozen=True)
class MessagesAround(Update):
    """The events around the message `msgid`, older than those that were shown; none if it can't be had. `thread`:
    it was asked for because of its thread."""

    msgid: str
    events: tuple[Event, ...]
    thread: bool = False
