"""The events of a room's history: each has a place in it, its `seq`.

A RoomEvent is one row of the database and, rendered, the same line live, in a replay and in an export,
whatever the protocol. `time` is milliseconds since 1970 UTC and strictly rises with `seq` in one room.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Final

from chatstore.chat.model import room_settings
from chatstore.chat.model.actors import Actor, person_key
from chatstore.chat.model.message_ids import msgid

NO_TAGS: Mapping[str, str] = MappingProxyType({})


class RoomEvent:
    """An event of one room, which never changes. `body` and `tags` are stored as they are; subclasses say what they
    mean.

    `audience`: who may read it; empty for everybody who may read the room, otherwise one of AUDIENCES.
    """

    # No dataclass: every message and every row of a page is one, and a frozen dataclass takes twice the time to be
    # made.

    kind: ClassVar[str] = ""

    def __init__(
        self,
        room: int,
        seq: int,
        time: int,
        actor: Actor,
        body: str = "",
        tags: Mapping[str, str] = NO_TAGS,
        audience: str = "",
    ) -> None:
        self.room: Final = room
        self.seq: Final = seq
        self.time: Final = time
        self.actor: Final = actor
        self.body: Final = body
        self.tags: Final = tags
        self.audience: Final = audience

    @property
    def _values(self) -> tuple[object, ...]:
        return self.room, self.seq, self.time, self.actor, self.body, self.tags, self.audience

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RoomEvent):
            return NotImplemented
        return type(self) is type(other) and self._values == other._values

    def __hash__(self) -> int:
        return hash((self.room, self.seq))

    def __repr__(self) -> str:
        return f"{type(self).__name__}{self._values!r}"

    def with_body(self, body: str) -> RoomEvent:
        """The same event with another body."""
        return type(self)(self.room, self.seq, self.time, self.actor, body, self.tags, self.audience)


AUDIENCES = "@+"
"""`@`: the operators of a room. `+`: those with voice, too. (IRC's STATUSMSG.)"""


class Said(RoomEvent):
    """A message, notice or kept tags, or a redaction. Its author is sent it only as an echo."""


class MessagePosted(Said):
    kind = "message"


class NoticePosted(MessagePosted):
    kind = "notice"


class TagsPosted(Said):
    """Tags without a message that are stored (TAGMSG): a reaction. The body is empty."""

    kind = "tags"


class MessageRedacted(Said):
    """A message was redacted; the body is the reason. The message itself becomes a RemovedMessage.

    The tags that are stored with it: `seq`, `time` (ms) and `nick` of the message, and `was`, its kind with
    its audience appended: `message`, `notice+`, `tags`, `message@`.
    """

    kind = "redact"

    @property
    def target_seq(self) -> int:
        """The seq of the redacted message."""
        return int(self.tags["seq"])

    @property
    def target_time(self) -> int | None:
        """When the redacted message was stored, in ms since 1970 UTC; None if an earlier version stored the
        redaction."""
        time = self.tags.get("time")
        return int(time) if time is not None else None


class MessageEdited(Said):
    """The author has changed the text of a message; the body is the new text. The message itself has it from now
    on, and the notes EDITED and EDITS.

    The tags that are stored with it: `seq` and `time` (ms) of the message, `was` as in a MessageRedacted, and
    EARLIER, the text until then, if the room keeps it. An edit whose text was erased, because another one came
    after it or the message was redacted, has an empty body: it is shown to nobody.
    """

    kind = "edit"

    @property
    def target_seq(self) -> int:
        """The seq of the edited message."""
        return int(self.tags["seq"])

    @property
    def target_time(self) -> int:
        """When the edited message was stored, in ms since 1970 UTC."""
        return int(self.tags["time"])

    @property
    def target_id(self) -> str:
        """The id of the edited message."""
        return msgid(self.room, self.target_seq, self.target_time)

    def as_message(self) -> MessagePosted:
        """The edit as a message of its own, for clients that know no edits: a reply to the one that it changes."""
        kind = NoticePosted if self.tags["was"].startswith(NoticePosted.kind) else MessagePosted
        action = self.body.startswith(_ACTION)
        body = f"{_ACTION}{_EDITED}{self.body[len(_ACTION) :]}" if action else f"{_EDITED}{self.body}"
        tags = {"+draft/reply": self.target_id}
        return kind(self.room, self.seq, self.time, self.actor, body, tags, self.audience)


EDITED, EDITS = "edited", "edits"
"""Notes with an edited message: when it was edited last (ms since 1970 UTC), and the seqs of its edits, joined by
commas."""
EARLIER = "earlier"
"""The note with an edit that has the text until then."""
_ACTION = "\x01ACTION "
_EDITED = "(edited) "

WITH_ACCOUNT = "account erased"
"""The reason of what is erased because its author's account is: whoever did that is in the audit log."""


class RemovedMessage(RoomEvent):
    """What is left of a redacted message: who said it and when, and who redacted it. It is delivered to
    nobody.

    The tags that are stored with it: `by`, the nick of who redacted it, `reason` if there is one, and `was` as
    in a MessageRedacted.
    """

    kind = "redacted"


class MemberJoined(RoomEvent):
    kind = "join"

    @property
    def since(self) -> int:
        """The seq from which they are a member: this one, or the first of a room that was imported and that they
        were in where it comes from."""
        return int(self.tags.get("since", self.seq))


class RoomMoved(MemberJoined):
    """A session is in a room under the room's new name; delivered and not stored. It is for renderers that
    can't show a rename; see live/room.py."""


class MemberLeft(RoomEvent):
    """A member left by choice; the body is the reason."""

    kind = "part"


class MemberQuit(RoomEvent):
    """A member left because their last connection ended and nothing keeps the membership; the body is the
    reason."""

    kind = "quit"


class MemberKicked(RoomEvent):
    """A member was kicked; the body is the reason."""

    kind = "kick"

    @property
    def target(self) -> str:
        """The nick of the kicked member."""
        return self.tags["target"]

    @property
    def target_key(self) -> int | str:
        """The Actor.key of the kicked member, which survives a change of nick."""
        return person_key(self.tags["target-key"])


class TopicChanged(RoomEvent):
    """The topic changed; the body is the new topic, empty for none."""

    kind = "topic"


class MessagePinned(RoomEvent):
    """An operator pinned a message: it is in the room's list of what everybody should find. The tags that are
    stored with it: `seq`, `time` (ms) and `nick` of the message."""

    kind = "pin"

    @property
    def target_id(self) -> str:
        """The id of the pinned message."""
        return msgid(self.room, int(self.tags["seq"]), int(self.tags["time"]))


class MessageUnpinned(MessagePinned):
    """A message is not pinned any more."""

    kind = "unpin"


class ModesChanged(RoomEvent):
    """Modes changed; the body is the change in MODE's notation, such as `+o-k bob *`."""

    kind = "mode"

    @property
    def target_keys(self) -> list[int | str]:
        """The Actor.keys of those whose role changes, in the order of `o` and `v` in the body."""
        return [person_key(text) for text in self.tags.get("target-keys", "").split(",") if text]


class NickChanged(RoomEvent):
    """A member changed their nick; the body is the new nick, and the actor has the old one."""

    kind = "nick"


class RoomRenamed(RoomEvent):
    """The room was renamed; the body is its new name. Everything in it stays."""

    kind = "rename"

    @property
    def before(self) -> str:
        """The name before."""
        return self.tags.get("before", "")

    @property
    def reason(self) -> str:
        return self.tags.get("reason", "")


class RoomConfigured(RoomEvent):
    """Settings changed; the body is what was set: `history=members retention_days=30 motd`. Texts are in the
    tags."""

    kind = "settings"

    @property
    def values(self) -> dict[str, Any]:
        """The new values by field of RoomSettings."""
        return room_settings.decode(self.body, self.tags)


class FounderChanged(RoomEvent):
    """The room has another founder; the body is the name of that account."""

    kind = "founder"

    @property
    def founder_id(self) -> int:
        return int(self.tags["founder-id"])


class Unshown(RoomEvent):
    """An event that has its place and is shown to nobody: it is for the server."""


class GuestLoggedIn(Unshown):
    """A guest who is a member has logged in, and their membership is the account's from now on. The actor is the
    guest, the body is the name of the account. It is stored in each of their rooms, so that another server of the
    database, or the next start, knows whose membership it is. (LoggedIn is what people are told of.)"""

    kind = "login"

    @property
    def after(self) -> Actor:
        """The account's person, with the nick from before."""
        return Actor(self.actor.nick, self.body, int(self.tags["account-id"]), bot=self.actor.bot)


class UnknownEvent(Unshown):
    """An event of a kind that only a newer version knows."""


_STORED: tuple[type[RoomEvent], ...] = (
    MessagePosted, NoticePosted, TagsPosted,
    MessageRedacted, RemovedMessage, MessageEdited,
    MemberJoined, MemberLeft, MemberQuit, MemberKicked, TopicChanged, ModesChanged, NickChanged, RoomRenamed,
    RoomConfigured, FounderChanged, GuestLoggedIn, MessagePinned, MessageUnpinned,
)  # fmt: skip
EVENT_KINDS: Mapping[str, type[RoomEvent]] = {event.kind: event for event in _STORED}

MESSAGE_KINDS = (MessagePosted.kind, NoticePosted.kind)
REDACTABLE_KINDS = (*MESSAGE_KINDS, TagsPosted.kind)
SHOWN_KINDS = (*MESSAGE_KINDS, RemovedMessage.kind)
"""The kinds that people are shown of the history: messages, and the places of removed ones."""
