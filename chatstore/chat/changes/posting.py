"""Messages that do not take the fast path of a Draft: the first message of a direct conversation, slow mode,
reactions, tags that are not stored, redactions and edits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from chatstore.chat.changes.peace import required_welcome, required_welcome_in
from chatstore.chat.changes.required import required_active, required_person
from chatstore.chat.model.accounts import said_time
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.events import RoomOpened, TagsSent
from chatstore.chat.model.message_ids import is_id_of, message_place
from chatstore.chat.model.messages import CUTS, REACT_TAGS, UNREACT_TAGS, reaction_to
from chatstore.chat.model.room_events import (
    EARLIER,
    EDITED,
    EDITS,
    EVENT_KINDS,
    MESSAGE_KINDS,
    NO_TAGS,
    REDACTABLE_KINDS,
    MessageEdited,
    MessageRedacted,
    RoomEvent,
    TagsPosted,
)
from chatstore.chat.model.rooms import Role, Room, direct_key
from chatstore.chat.model.scopes import MANAGE, WRITE, outside_scope
from chatstore.chat.ports import Change, Touched, Transaction
from chatstore.chat.rules import permissions

_NOT_HERE = "the message that you react to is not in this conversation"


@dataclass
class PostDirect(Change):
    """Send a direct message by name; this opens the direct conversation if there is none. It waits for a
    person who is offline.

    `target` is the person if they are known to be here, otherwise the folded name of an account.
    """

    actor: Actor
    target: Actor | str
    kind: str
    body: str
    tags: Mapping[str, str] = field(default_factory=lambda: NO_TAGS)
    needs = WRITE

    def touches(self, tx: Transaction) -> Touched:
        return conversation_with(tx, self.actor, self.target)

    def apply(self, tx: Transaction) -> RoomEvent:
        required_active(tx, self.actor)
        target = required_person(tx, self.target)
        required_welcome(tx, self.actor, target)
        room = conversation(tx, self.actor, target)
        return tx.record(EVENT_KINDS[self.kind], room.id, self.actor, self.body, self.tags)


@dataclass
class PostSlowly(Change):
    """Post to a room in slow mode. Raises CANNOT_POST until enough seconds have passed since the author's
    last message.

    It asks what is stored, so all connections of an account count as one, and a restart changes nothing. A
    redacted message still counts. A guest who connects again is another person.
    """

    actor: Actor
    room: int
    kind: str
    body: str
    tags: Mapping[str, str] = field(default_factory=lambda: NO_TAGS)
    audience: str = ""
    needs = WRITE

    def place(self) -> int | str | None:
        return self.room

    def touches(self, tx: Transaction) -> Touched:
        return Touched(rooms=[self.room])

    def apply(self, tx: Transaction) -> RoomEvent:
        required_active(tx, self.actor)
        room, member = tx.rooms.by_id(self.room), tx.members.get(self.room, self.actor)
        if room is None:
            raise ChatError(Code.NO_SUCH_ROOM, "there is no such room")
        required_welcome_in(tx, self.actor, room)
        role = member.role if member is not None else None
        if not permissions.may_post(room, role, self.actor, self.audience):
            raise permissions.post_refusal(room, self.actor, role)
        wait = self._wait(tx, room) if permissions.waits(room, role) else 0
        if wait:
            seconds = "1 second" if wait == 1 else f"{wait} seconds"
            raise ChatError(Code.CANNOT_POST, f"slow mode is on in this room: wait {seconds}", room.name)
        actor = replace(self.actor, nick=member.actor.nick) if member is not None else self.actor
        return tx.record(EVENT_KINDS[self.kind], room.id, actor, self.body, self.tags, self.audience)

    def _wait(self, tx: Transaction, room: Room) -> int:
        """The seconds left to wait, rounded up."""
        pause = room.slowmode * 1000
        last = tx.last_said(room.id, self.actor, tx.now - pause + 1)
        left = last + pause - tx.now if last is not None else 0
        # After the clock was set back, messages lie in the future: they must not silence anybody for longer.
        return min(-(-left // 1000), room.slowmode) if left <= 2 * pause else 0


def conversation_with(tx: Transaction, actor: Actor, target: Actor | str) -> Touched:
    """The direct conversation of two people, if there is one already."""
    if isinstance(target, Actor):
        key = target.key
    else:
        account = tx.accounts.named(target)
        if account is None:
            return Touched()
        key = account.id
    room = tx.rooms.keyed(direct_key(actor.key, key))
    return Touched(rooms=[room.id] if room is not None else [])


def conversation(tx: Transaction, actor: Actor, target: Actor) -> Room:
    """The direct conversation of the two; it is made if there is none."""
    key = direct_key(actor.key, target.key)
    room = tx.rooms.keyed(key)
    if room is None:
        room = tx.rooms.add("direct", key, "", None)
        for person in {actor.key: actor, target.key: target}.values():
            tx.members.put(room.id, person, Role.MEMBER, 0)
    tx.announce(RoomOpened(room, (actor, target)))
    return room


@dataclass
class PostReaction(Change):
    """A reaction to a message, or the removal of one: tags without a message, which are stored and counted.
    `most` limits the different values for one message, `most_own` those of one person. `target` is a room's
    id, or the recipient (as in PostDirect); `message` is the room and seq of the message. Raises CANNOT_POST,
    INVALID_REACTION, TOO_MANY_REACTIONS."""

    actor: Actor
    target: int | Actor | str
    message: tuple[int, int]
    tags: Mapping[str, str]
    most: int
    most_own: int
    needs = WRITE

    def place(self) -> int | str | None:
        return self.target if isinstance(self.target, int) else None

    def touches(self, tx: Transaction) -> Touched:
        if isinstance(self.target, int):
            return Touched(rooms=[self.target])
        return conversation_with(tx, self.actor, self.target)

    def apply(self, tx: Transaction) -> RoomEvent:
        required_active(tx, self.actor)
        room = self._room(tx)
        if room.id != self.message[0]:  # otherwise clients would show it beside a message of another room
            raise ChatError(Code.INVALID_REACTION, _NOT_HERE, room.name)
        required_welcome_in(tx, self.actor, room)
        member = tx.members.get(room.id, self.actor)
        role = member.role if member else None
        if not permissions.may_post(room, role, self.actor):
            raise permissions.post_refusal(room, self.actor, role)
        for tag in UNREACT_TAGS:
            if tag in self.tags:
                tx.reactions.remove(room.id, self.message[1], self.actor, self.tags[tag])
        for tag in REACT_TAGS:
            if tag in self.tags:
                self._count(tx, room, self.tags[tag])
        return tx.record(TagsPosted, room.id, self.actor, "", self.tags)

    def _room(self, tx: Transaction) -> Room:
        if isinstance(self.target, int):
            room = tx.rooms.by_id(self.target)
        else:
            other = required_person(tx, self.target)
            room = tx.rooms.keyed(direct_key(self.actor.key, other.key))
            if room is not None:
                tx.announce(RoomOpened(room, (self.actor, other)))
        if room is None:
            raise ChatError(Code.INVALID_REACTION, _NOT_HERE)
        return room

    def _count(self, tx: Transaction, room: Room, value: str) -> None:
        there = tx.reactions.about(room.id, self.message[1], self.actor, value)
        if there.same:
            return
        if there.own >= self.most_own:
            text = f"you have reacted to this message {self.most_own} times already"
            raise ChatError(Code.TOO_MANY_REACTIONS, text, room.name)
        if not there.known and there.values >= self.most:
            text = f"this message has {self.most} different reactions already: choose one of them"
            raise ChatError(Code.TOO_MANY_REACTIONS, text, room.name)
        tx.reactions.add(room.id, self.message[1], self.actor, value)


@dataclass
class SendTags(Change):
    """Tags without a message that are delivered in order and not stored. `target` is the id of a room (with
    an audience in it), or a person (as in PostDirect): another server may not have heard of the conversation."""

    actor: Actor
    target: int | Actor | str
    tags: Mapping[str, str]
    id: str
    audience: str = ""
    needs = WRITE

    def place(self) -> int | str | None:
        return self.target if isinstance(self.target, int) else None

    def touches(self, tx: Transaction) -> Touched:
        return Touched(rooms=[self.target] if isinstance(self.target, int) else [])

    def apply(self, tx: Transaction) -> None:
        if not isinstance(self.target, int):
            person = required_person(tx, self.target)
            required_welcome(tx, self.actor, person)
            tx.announce(TagsSent(0, self.actor, tx.now, self.tags, self.id, person))
            return
        room, member = tx.rooms.by_id(self.target), tx.members.get(self.target, self.actor)
        role = member.role if member else None
        if room is None:
            raise ChatError(Code.CANNOT_POST, "you may not speak in this room")
        if not permissions.may_post(room, role, self.actor, self.audience):
            raise permissions.post_refusal(room, self.actor, role)
        tx.announce(TagsSent(room.id, self.actor, tx.now, self.tags, self.id, audience=self.audience))


@dataclass
class RedactMessage(Change):
    """Redact the message with this id: its text is deleted from the database, and the room is told. The
    message's own room decides, which must be the one that was named. `window` is how many seconds the author
    has for it; `operator` is the account (shown by OPER) of a server operator who asks."""

    actor: Actor
    room: int
    id: str
    reason: str
    window: float
    operator: int | None = None
    ends_batch = True
    needs = WRITE

    def place(self) -> int | str | None:
        return self.room

    def touches(self, tx: Transaction) -> Touched:
        return Touched(rooms=[self.room])

    def apply(self, tx: Transaction) -> RoomEvent:
        account = required_active(tx, self.actor)
        shown = tx.accounts.by_id(self.operator) if self.operator is not None else None
        admin = permissions.may_operate(shown, tx.now) or permissions.may_operate(account, tx.now)
        role, message = readable_message(tx, self.room, self.actor, self.id, admin=admin)
        age = (tx.now - message.time) / 1000
        refusal = permissions.redact_refusal(
            role, self.actor, message.actor, admin=admin, age=age, window=self.window
        )
        if refusal is not None:
            raise ChatError(refusal, _REFUSALS[refusal])
        if message.actor.key != self.actor.key and not self.grant.covers("manage", self.room):
            raise outside_scope(MANAGE)
        redacted = take_back(tx, message, self.actor, self.reason)
        if message.actor.key != self.actor.key:
            by, room = shown.actor if shown is not None else self.actor, tx.rooms.by_id(self.room)
            about = f"#{room.name}" if room is not None else ""
            tx.audit.note("room.redact", by, about, f"of {message.actor.nick}, {said_time(message.time)}")
        return redacted


@dataclass
class EditMessage(Change):
    """Give a message of one's own another text, and tell the room. `window` is how many seconds the author has for
    it. Raises NO_SUCH_ROOM, NO_SUCH_MESSAGE, EDIT_FORBIDDEN, EDIT_WINDOW_EXPIRED, TOO_MANY_EDITS, CANNOT_POST.
    Nothing happens if the message has that text already; then the result is None."""

    actor: Actor
    room: int
    id: str
    body: str
    window: float
    ends_batch = True
    needs = WRITE

    def place(self) -> int | str | None:
        return self.room

    def touches(self, tx: Transaction) -> Touched:
        return Touched(rooms=[self.room])

    def apply(self, tx: Transaction) -> RoomEvent | None:
        required_active(tx, self.actor)
        role, message = readable_message(tx, self.room, self.actor, self.id)
        room = tx.rooms.by_id(self.room)
        if room is None or message.kind not in MESSAGE_KINDS:
            raise ChatError(Code.NO_SUCH_MESSAGE, "there is no such message here")
        required_welcome_in(tx, self.actor, room)
        age = (tx.now - message.time) / 1000
        refusal = permissions.edit_refusal(self.actor, message.actor, age=age, window=self.window)
        if refusal is not None:
            raise ChatError(refusal, _REFUSALS[refusal])
        if not permissions.may_post(room, role, self.actor, message.audience):
            raise permissions.post_refusal(room, self.actor, role)
        if self.body == message.body:
            return None
        earlier = edits_of(message)
        if len(earlier) >= MAX_EDITS:
            raise ChatError(Code.TOO_MANY_EDITS, f"you have edited this message {MAX_EDITS} times already")
        member = tx.members.get(room.id, self.actor)
        actor = replace(self.actor, nick=member.actor.nick) if member is not None else self.actor
        return self._rewrite(tx, room, message, actor, earlier)

    def _rewrite(
        self, tx: Transaction, room: Room, message: RoomEvent, actor: Actor, earlier: Sequence[int]
    ) -> RoomEvent:
        keeps = room.edits == "keep"
        tags = {
            "seq": str(message.seq),
            "time": str(message.time),
            "was": f"{message.kind}{message.audience}",
            **({EARLIER: message.body} if keeps else {}),
        }
        if not keeps:
            forget_edits(tx, room.id, earlier)
        edit = tx.record(MessageEdited, room.id, actor, self.body, tags, message.audience)
        kept = {name: value for name, value in message.tags.items() if name != CUTS}
        notes = {EDITED: str(edit.time), EDITS: ",".join(str(seq) for seq in (*earlier, edit.seq))}
        tx.rewrite(message, self.body, {**kept, **notes}, erases=not keeps)
        return edit


MAX_EDITS = 50
"""The most edits of one message: their seqs are noted with it."""


def edits_of(message: RoomEvent) -> Sequence[int]:
    """The seqs of the edits of a message, ascending."""
    return [int(seq) for seq in message.tags.get(EDITS, "").split(",") if seq]


def forget_edits(tx: Transaction, room: int, seqs: Sequence[int]) -> None:
    """Erase the texts that edits have."""
    for seq in seqs:
        edit = tx.messages.at(room, seq)
        if isinstance(edit, MessageEdited) and (edit.body or EARLIER in edit.tags):
            tags = {name: value for name, value in edit.tags.items() if name != EARLIER}
            tx.rewrite(edit, "", tags, erases=True)


def readable_message(
    tx: Transaction, room_id: int, actor: Actor, id: str, *, admin: bool = False
) -> tuple[Role | None, RoomEvent]:
    """The message with this id in a room, and the actor's role there. An `admin` reads every room, but no direct
    conversation of others. Raises NO_SUCH_ROOM, NO_SUCH_MESSAGE."""
    room, member, message = tx.rooms.by_id(room_id), tx.members.get(room_id, actor), _message(tx, room_id, id)
    role = member.role if member is not None else None
    if room is None or not (permissions.may_read(room, role, actor) or (admin and not room.direct)):
        raise ChatError(Code.NO_SUCH_ROOM, "there is no such room")
    first = permissions.readable_from(room, member.joined_seq) if member is not None else room.first_seq
    if message is None or message.seq < first or message.kind not in REDACTABLE_KINDS:
        raise ChatError(Code.NO_SUCH_MESSAGE, "there is no such message here")
    if not (admin or message.actor.key == actor.key or permissions.may_hear(message.audience, role)):
        raise ChatError(Code.NO_SUCH_MESSAGE, "there is no such message here")
    return role, message


def _message(tx: Transaction, room_id: int, id: str) -> RoomEvent | None:
    place = message_place(id)
    message = tx.messages.at(*place) if place is not None and place[0] == room_id else None
    return message if message is not None and is_id_of(id, message.time) else None


def take_back(tx: Transaction, message: RoomEvent, actor: Actor, reason: str) -> RoomEvent:
    """Erase a message or reaction, and tell the room. Returns what it is told."""
    forget_edits(tx, message.room, edits_of(message))
    tx.erase(message, actor, reason)
    tx.reactions.remove_all(message.room, message.seq)
    tx.pins.remove(message.room, message.seq)
    if isinstance(message, TagsPosted) and (reacted := reaction_to(message.tags)) is not None:
        for tag in REACT_TAGS:
            if tag in message.tags:
                tx.reactions.remove(message.room, reacted[1], message.actor, message.tags[tag])
    tags = {
        "seq": str(message.seq),
        "time": str(message.time),
        "nick": message.actor.nick,
        "was": f"{message.kind}{message.audience}",
    }
    return tx.record(MessageRedacted, message.room, actor, reason, tags, message.audience)


_REFUSALS = {
    Code.REDACT_FORBIDDEN: "you may not take back what others said",
    Code.REDACT_WINDOW_EXPIRED: "it is too late to take that back",
    Code.EDIT_FORBIDDEN: "you may not edit what others said",
    Code.EDIT_WINDOW_EXPIRED: "it is too late to edit that",
}
