"""What an administrator does to rooms over a connection, without being in them. Everything here blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from chatstore.chat.changes.membership import KickMember
from chatstore.chat.changes.modes import SetModes
from chatstore.chat.changes.rooms import RemoveRoom, TransferRoom
from chatstore.chat.changes.setting_up import SetUpRoom
from chatstore.chat.live.room import LiveRoom, Member
from chatstore.chat.model.actors import SERVER, Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.masks import KEY_LENGTH, is_key
from chatstore.chat.model.names import person_name
from chatstore.chat.model.room_settings import FLAGS, KEY, TOPIC, Value, named
from chatstore.chat.model.rooms import ModeChange, Role, Room, role_changes
from chatstore.chat.model.text import one_line
from chatstore.chat.rules import permissions
from chatstore.chat.session.administration import Administration
from chatstore.chat.session.state import SessionState
from chatstore.chat.session.visibility import Visibility
from chatstore.chat.ticket import Ticket


class RoomShown(NamedTuple):
    """A room as an administrator sees it. `founder`: the name of an account, or empty. `events`: how many are kept.
    `latest`: when the last one happened (ms since 1970 UTC), 0 for never."""

    room: Room
    founder: str
    members: int
    events: int
    latest: int


class MemberShown(NamedTuple):
    actor: Actor
    role: Role
    online: bool


class RoomAdministration:
    """`session.room_administration`. It raises what Administration does, and NO_SUCH_ROOM."""

    __slots__ = ("_administration", "_sees", "_session")

    def __init__(self, session: SessionState, sees: Visibility, administration: Administration) -> None:
        self._session = session
        self._sees = sees
        self._administration = administration

    def all(self, match: str, after: str, limit: int) -> Sequence[RoomShown]:
        """All rooms whose name contains `match`, by name, private ones too; those that follow the room `after`."""
        self._administration.acting()
        begin, wanted = f"#{after.removeprefix('#').casefold()}", match.removeprefix("#").casefold()
        found = [
            live
            for live in self._session.chat.hub.rooms()
            if wanted in live.room.key and (not after or live.room.key > begin)
        ]
        return self._shown(found[:limit])

    def show(self, room: str) -> RoomShown:
        return self._shown([self._room(room)])[0]

    def members(self, room: str, match: str, after: str, limit: int) -> Sequence[MemberShown]:
        """Those who are in the room and whose nick contains `match`, by nick; those who follow the nick `after`."""
        begin, wanted = after.casefold(), match.casefold()
        found = [
            each
            for each in self._session.chat.hub.members(self._room(room))
            if wanted in (nick := each.person.nick.casefold()) and (not after or nick > begin)
        ]
        return [MemberShown(each.person.actor, each.role, each.person.online) for each in found[:limit]]

    def configure(self, room: str, given: Mapping[str, str]) -> None:
        """Change settings by their public names, as `named` knows them: all of them or, if one is refused, none.
        Raises ValueError for one that is unknown, or can't have that value; INVALID_TEXT; PASSWORD_REQUIRED if
        less of the history would be kept."""
        live = self._room(room)
        values: dict[str, Value] = {}
        modes: list[ModeChange] = []
        topic: str | None = None
        longest = self._session.chat.policy.limits.topic_length
        for name, text in given.items():
            row = named(name)
            if row is None or not (row.field or row in FLAGS or row in (KEY, TOPIC)):
                raise ValueError(f"there is no setting {name}")
            if row is TOPIC:
                topic = one_line(text)[:longest]
            elif row is KEY:
                modes.append(_key(text))
            elif row in FLAGS:
                modes.append(ModeChange(row.read({"1": "on", "0": "off"}.get(text, text)) == "on", row.mode))
            else:
                value = row.read(text)
                values[row.field] = one_line(value)[:longest] if isinstance(value, str) else value
        by_password = self._administration.shown_password(self._administration.acting())
        change = SetUpRoom(SERVER, live.room.id, values, modes, topic, by_password)
        self._administration.submit(change).result()

    def give(self, room: str, account: str) -> Ticket:
        """Make an account the founder, at once. Raises NO_SUCH_PERSON, PASSWORD_REQUIRED."""
        live = self._room(room)
        self._administration.need_own_password(permissions.may_destroy)
        return self._administration.submit(TransferRoom(SERVER, live.room.id, person_name(account)))

    def set_role(self, room: str, nick: str, role: Role) -> None:
        """Raises NO_SUCH_PERSON if nobody of that nick or account is in the room."""
        live = self._room(room)
        member = self._member(live, nick)
        target = member.person.actor
        changes = role_changes(member.role, role, target.nick)
        if changes:
            change = SetModes(SERVER, live.room.id, changes, {target.nick: target})
            for error in self._administration.submit(change).result():
                raise error

    def kick(self, room: str, nick: str, reason: str) -> Ticket:
        """Raises NO_SUCH_PERSON; OPERATOR_REQUIRED for the founder."""
        live, most = self._room(room), self._session.chat.policy.limits.reason_length
        target = self._member(live, nick).person.actor
        return self._administration.submit(KickMember(SERVER, live.room.id, target, one_line(reason)[:most]))

    def remove(self, room: str) -> Ticket:
        """Remove a room with all of its messages, for good. Raises PASSWORD_REQUIRED."""
        self._administration.need_own_password(permissions.may_destroy)
        return self._administration.submit(RemoveRoom(self._room(room).room.id))

    def _room(self, name: str) -> LiveRoom:
        """Any room. Nobody but administrators learns whether there is one: they are asked for first."""
        self._administration.acting()
        return self._sees.live_any_room(name)

    def _member(self, live: LiveRoom, nick: str) -> Member:
        """The member who has this nick, or else this account."""
        chat, wanted = self._session.chat, person_name(nick).folded
        hub, account = chat.hub, chat.store.accounts.named(wanted)
        for person in (hub.person(wanted), hub.person_keyed(account.id) if account is not None else None):
            if person is not None and person.actor.key in live.members:
                return live.members[person.actor.key]
        raise ChatError(Code.NO_SUCH_PERSON, f"{nick} is not in {live.name}", nick)

    def _shown(self, found: Sequence[LiveRoom]) -> list[RoomShown]:
        store = self._session.chat.store
        latest = store.rooms.latest([live.room.id for live in found])
        founders = store.accounts.names({each for live in found if (each := live.room.founder_id) is not None})
        return [
            RoomShown(
                live.room,
                founders.get(live.room.founder_id or 0, ""),
                len(live.members),
                *latest.get(live.room.id, (0, 0)),
            )
            for live in found
        ]


def _key(text: str) -> ModeChange:
    if not text or text.lower() == "off":
        return ModeChange(False, KEY.mode)
    if not is_key(text):
        raise ValueError(f"a key is a word of at most {KEY_LENGTH} characters, without commas and colons")
    return ModeChange(True, KEY.mode, text)
