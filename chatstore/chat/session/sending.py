"""What a person sends: makes messages, notices and tags ready for the writer."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping

from chatstore.chat.changes.once import PostOnce
from chatstore.chat.changes.posting import (
    EditMessage,
    PostDirect,
    PostReaction,
    PostSlowly,
    RedactMessage,
    SendTags,
)
from chatstore.chat.changes.relaying import PostRelayed, relay_forbidden
from chatstore.chat.changes.reports import ReportMessage
from chatstore.chat.live.room import LiveRoom
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.message_ids import message_place
from chatstore.chat.model.messages import (
    KEPT_TAGS,
    MAX_EDIT,
    REACT_TAGS,
    UNREACT_TAGS,
    Draft,
    action_text,
    reaction_to,
)
from chatstore.chat.model.names import person_name, relayed_nick
from chatstore.chat.model.room_events import AUDIENCES, NO_TAGS, MessagePosted, TagsPosted
from chatstore.chat.model.rooms import Role, Room, direct_key
from chatstore.chat.model.text import is_blank, one_line
from chatstore.chat.rules import permissions
from chatstore.chat.session.history import History
from chatstore.chat.session.state import SessionState, Unit
from chatstore.chat.session.visibility import Visibility, no_such_room
from chatstore.chat.ticket import Ticket

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""Characters that would change the text around a reaction."""


Message = Draft | PostSlowly | PostDirect
"""A message on its way to the writer."""


class Sending:
    """`session.sending`. It makes Units for `session.submit()`; nothing here blocks."""

    __slots__ = ("_sees", "_session", "_standing")

    def __init__(self, session: SessionState, sees: Visibility) -> None:
        self._session = session
        self._sees = sees
        self._standing: _Standing | None = None
        """The right to speak in the room that was spoken to last."""

    def draft(self, target: str, kind: str, body: str, tags: Mapping[str, str] = NO_TAGS) -> Message:
        """Make a message to `#room`, to its operators (`@#room`), to everybody who has voice there
        (`+#room`), or to a person. It is ready for submit(). Raises what can be refused at once."""
        self._check_body(one_line(body), self._session.chat.policy.limits.message_length)
        return self._draft(target, kind, body, tags)

    def once(self, unit: Unit, key: str, request: str) -> Unit:
        """The same post, which is made once, whatever number of requests with this `key` ask for it. `key` and
        `request`: see PostOnce."""
        if isinstance(unit, Draft):
            post = PostSlowly(unit.actor, unit.room, unit.kind, unit.body, unit.tags, unit.audience)
            return PostOnce(post, key, request, origin=unit.origin)
        assert isinstance(unit, (PostSlowly, PostDirect))
        return PostOnce(unit, key, request, origin=unit.origin)

    def several_lines(self, target: str, body: str, tags: Mapping[str, str] = NO_TAGS) -> Unit:
        """Make one message of several lines, which end with LF."""
        one_line(body.replace("\n", " "))
        self._check_body(body, self._session.chat.policy.limits.multiline_bytes)
        return self._draft(target, MessagePosted.kind, body, tags)

    def _draft(self, target: str, kind: str, body: str, tags: Mapping[str, str]) -> Message:
        session = self._session
        if tags:
            self._check_tags(tags)
        present = session.present
        present.last_active = session.chat.clock()
        standing = self._standing
        if standing is None or not standing.holds(target, present.actor):
            standing = self._standing = self._standing_in(target)
        if standing is not None:
            room, audience = standing.room.id, standing.audience
            if standing.waits:
                return PostSlowly(present.actor, room, kind, body, tags, audience, origin=session.origin)
            return Draft(room, present.actor, kind, body, tags, session.origin, audience)
        room_id = self._direct(target)
        if room_id is not None:
            return Draft(room_id, present.actor, kind, body, tags, session.origin)
        person = self._sees.online(target)
        return PostDirect(
            session.actor, person or person_name(target).folded, kind, body, tags, origin=session.origin
        )

    def tags_only(self, target: str, tags: Mapping[str, str]) -> Unit:
        """Make tags without a message. They are stored if they are a reaction, or say that they should be
        kept. Otherwise they are only delivered, like all tags to operators or voiced members alone."""
        session, standing = self._session, self._standing_in(target)
        room_id = standing.room.id if standing is not None else self._direct(target)
        audience = standing.audience if standing is not None else ""
        person: Actor | str = ""
        if room_id is None:
            person = self._sees.online(target) or person_name(target).folded
        self._check_tags(tags)
        reacted = reaction_to(tags) if not audience else None
        limits = session.chat.policy.limits
        if reacted is not None or not (audience or KEPT_TAGS.isdisjoint(tags)):
            size = sum(len(key.encode()) + len(value.encode()) for key, value in tags.items())
            # IRCv3 message-tags has the bound for tags that are not stored, or come with a message.
            if size > limits.stored_tags_bytes:
                text = f"tags that are stored without a message have at most {limits.stored_tags_bytes} bytes"
                raise ChatError(Code.MESSAGE_TOO_LONG, text)
        if reacted is not None:
            most, own = limits.reactions_per_message, limits.reactions_per_person
            whom = room_id if room_id is not None else person
            return PostReaction(session.actor, whom, reacted, tags, most, own, origin=session.origin)
        if audience or KEPT_TAGS.isdisjoint(tags):
            whom = (
                standing.room.id
                if standing is not None
                else self._sees.online(target) or person_name(target).folded
            )
            return SendTags(
                session.actor, whom, tags, f"t{secrets.token_hex(8)}", origin=session.origin, audience=audience
            )
        if standing is not None and standing.waits:
            room = standing.room.id
            return PostSlowly(session.actor, room, TagsPosted.kind, "", tags, origin=session.origin)
        if room_id is not None:
            return Draft(room_id, session.actor, TagsPosted.kind, "", tags, session.origin)
        return PostDirect(session.actor, person, TagsPosted.kind, "", tags, origin=session.origin)

    def relay(self, room: str, nick: str, body: str, tags: Mapping[str, str] = NO_TAGS) -> Unit:
        """Make what somebody said elsewhere a message in a room; see PostRelayed. Raises INVALID_NAME,
        RELAY_FORBIDDEN, NOT_A_MEMBER, EMPTY_MESSAGE, MESSAGE_TOO_LONG."""
        session, shown = self._session, relayed_nick(nick)
        live = self._sees.live_room(room)
        session.need("write", live.room.id, room)
        self._check_body(one_line(body), session.chat.policy.limits.message_length)
        role = live.role(session.actor.key)
        if role is None:
            raise ChatError(Code.NOT_A_MEMBER, "you are not in this room", live.name)
        if not permissions.may_relay(role, session.actor):
            raise relay_forbidden(live.name)
        self._check_tags(tags)
        return PostRelayed(session.actor, live.room.id, shown, body, tags, origin=session.origin)

    def redact(self, target: str, message: str, reason: str) -> Ticket:
        """Redact the message with this id, in `#room` or in the direct conversation with a person. Blocks.
        Raises NO_SUCH_ROOM or NO_SUCH_PERSON if this person may not read there. The result raises
        NO_SUCH_MESSAGE (also for a message that they may not see), REDACT_FORBIDDEN, REDACT_WINDOW_EXPIRED."""
        session = self._session
        room_id, place = self._redactable(target), message_place(message)
        if place is None or place[0] != room_id:
            raise ChatError(Code.NO_SUCH_MESSAGE, "there is no such message here", message)
        window = session.chat.policy.history.redact_window
        by = session.operator_account if session.operator else None
        operator = by.id if by is not None else None
        change = RedactMessage(
            session.actor, room_id, message, one_line(reason), window, operator, origin=session.origin
        )
        return session.submit([change])

    def edit(self, target: str, message: str, body: str) -> Ticket:
        """Give one's own message with this id another text, of one or several lines; for `target` see redact.
        Blocks. Raises NO_SUCH_ROOM, NO_SUCH_PERSON, NO_SUCH_MESSAGE, EMPTY_MESSAGE, MESSAGE_TOO_LONG; the
        result raises what EditMessage raises."""
        session = self._session
        room_id, place = History(self._session, self._sees).conversation(target).id, message_place(message)
        if place is None or place[0] != room_id:
            raise ChatError(Code.NO_SUCH_MESSAGE, "there is no such message here", message)
        one_line(body.replace("\n", " "))
        self._check_body(body, min(MAX_EDIT, session.chat.policy.limits.message_length))
        session.present.last_active = session.chat.clock()
        window = session.chat.policy.history.edit_window
        return session.submit([EditMessage(session.actor, room_id, message, body, window, origin=session.origin)])

    def report(self, target: str, message: str, reason: str) -> Ticket:
        """Report the message with this id to the administrators; for `target` see redact. Blocks. Raises
        NO_SUCH_ROOM, NO_SUCH_PERSON; the result raises LOGIN_REQUIRED, NO_SUCH_MESSAGE, OWN_MESSAGE,
        LIST_FULL."""
        session = self._session
        room_id, place = History(self._session, self._sees).conversation(target).id, message_place(message)
        if place is None or place[0] != room_id:
            raise ChatError(Code.NO_SUCH_MESSAGE, "there is no such message here", message)
        return session.submit([ReportMessage(session.actor, room_id, message, one_line(reason))])

    def _redactable(self, target: str) -> int:
        """The id of the room or direct conversation."""
        session = self._session
        admin = session.operator or (session.account is not None and session.account.admin)
        if target.startswith("#") and admin:
            return self._sees.live_any_room(target).room.id
        return History(self._session, self._sees).conversation(target).id

    def _check_body(self, body: str, most: int) -> None:
        action = action_text(body) if body[:1] == "\x01" else None
        if is_blank(body if action is None else action):
            raise ChatError(Code.EMPTY_MESSAGE, "the message is empty")
        if len(body) * 4 > most and len(body.encode("utf-8")) > most:
            raise ChatError(Code.MESSAGE_TOO_LONG, f"a message has at most {most} bytes")

    def _check_tags(self, tags: Mapping[str, str]) -> None:
        """Check that a reaction is an emoji or a short visible text, whatever tags come with it."""
        limits = self._session.chat.policy.limits
        for tag in (*REACT_TAGS, *UNREACT_TAGS):
            value = tags.get(tag)
            if value is None:
                continue
            if len(value.encode()) > limits.reaction_bytes:
                text = f"a reaction is an emoji or a word, of at most {limits.reaction_bytes} bytes"
                raise ChatError(Code.INVALID_REACTION, text)
            if is_blank(value) or _CONTROL.search(value):
                raise ChatError(Code.INVALID_REACTION, "a reaction is an emoji or a visible word")

    def _standing_in(self, target: str) -> _Standing | None:
        """The right of a person to post to `#room`, or to an audience of it; None if the target is not a
        room's name."""
        audience = _audience(target)
        name = target.removeprefix(audience)
        if name[:1] != "#":
            return None
        actor, live = self._session.actor, self._sees.live_named(name)
        if live is None:
            raise no_such_room(name)
        self._session.need("write", live.room.id, name)
        room, role = live.room, live.role(actor.key)
        if not (permissions.may_see(room, role) or not room.has("n")):
            raise no_such_room(name)
        if not permissions.may_post(room, role, actor, audience):
            raise permissions.post_refusal(room, actor, role)
        return _Standing(target, audience, live, room, role, actor)

    def _direct(self, target: str) -> int | None:
        """The id of the direct conversation with a person; None if it is not in memory."""
        self._session.need("write", about=target)
        other = self._sees.online(target)
        if other is None:
            return None
        return self._session.chat.hub.direct(direct_key(self._session.actor.key, other.key))


class _Standing:
    """The right of a person to speak in a room. It depends on these values, which are replaced and never
    changed: while they are the same objects, so is the answer."""

    __slots__ = ("actor", "audience", "live", "role", "room", "target", "waits")

    def __init__(
        self, target: str, audience: str, live: LiveRoom, room: Room, role: Role | None, actor: Actor
    ) -> None:
        self.target = target
        self.audience = audience
        self.live = live
        self.room = room
        self.role = role
        self.actor = actor
        self.waits = permissions.waits(room, role)
        """Whether slow mode makes the person wait between two messages."""

    def holds(self, target: str, actor: Actor) -> bool:
        live = self.live
        return (
            target == self.target
            and actor is self.actor
            and live.room is self.room
            and live.role(actor.key) is self.role
            and live.open
        )


def _audience(target: str) -> str:
    """`@` of `@#room`, `+` of `+#room`; empty for any other target."""
    return target[0] if target[1:2] == "#" and target[0] in AUDIENCES else ""
