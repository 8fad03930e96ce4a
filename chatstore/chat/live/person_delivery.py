"""Delivers what is told of a person and not stored: away, realname, account, host.

Three groups are told: everybody who shares a room with the person, once on each connection, however many
rooms they share; those who monitor the nick, if their renderer follows it (IRCv3 extended-monitor); and the
person's own connections. The event is rendered once for each renderer.

These events go through the writer like everything that is stored, for two reasons. They keep their place
among the joins, messages and quits of the same person, so nobody hears that somebody is away before they hear
that this person joined. And only one thread changes what everybody was told last, so no lock is needed. A
session that is held in a room gets them with what the room has kept for it. A session that has just entered
gets what concerns itself with its direct messages, after its welcome.

The hub knows at once who comes online or goes. The writer is then asked to look, and tells the difference
from what was told last. So the order of such requests does not matter.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

from chatstore.chat.live.hub import Hub
from chatstore.chat.live.listener import Listener, Person, Rendering, send, session_of
from chatstore.chat.live.room import LiveRoom
from chatstore.chat.model.actors import SERVER, person_key
from chatstore.chat.model.events import (
    AccountChanged,
    AwayChanged,
    Event,
    HostChanged,
    InviteNoticed,
    LoggedIn,
    OperatorsTold,
    PersonEvent,
    PersonInvited,
    PersonKilled,
    PersonRenamed,
    PresenceMoved,
    PresencesAre,
    RealnameChanged,
    RoomOffered,
    SeenToBePromoted,
    SeenToJoin,
    SeenToQuit,
    UserModesChanged,
    WaitingForAdmins,
)
from chatstore.chat.model.names import person_name
from chatstore.chat.model.presence import Presence
from chatstore.chat.model.room_events import GuestLoggedIn, MemberJoined
from chatstore.chat.model.rooms import Role
from chatstore.chat.rules import permissions


class PersonDelivery:
    """Called by the writer only."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def tell(self, event: PersonEvent, person: Person, origin: object, *, but: object = None) -> None:
        """Tell everybody who should hear of it, except the session `but`."""
        said = Rendering(event)
        told: set[Listener] = {*person.sessions}
        for session in person.sessions:
            if session is not but:
                self._hub.direct_conversations.tell(session, said.of(session.renderer), origin)
        for room_id in sorted(person.rooms):
            live = self._hub.room(room_id)
            if live is not None:
                live.tell_aside(said, told, origin)
        for session in self._hub.monitor.watchers(person_name(event.actor.nick).folded):
            if session not in told and session.renderer.follows:
                send(session, said.of(session.renderer), origin)

    def look(self, event: PresenceMoved, origin: object) -> None:
        """A person came, went, or changed their away state on one connection. Tell the others what has
        changed."""
        if event.node:
            self._place(event, origin)
        self._hub.monitor.look(person_name(event.actor.nick).folded, origin)
        person = self._hub.person_keyed(event.actor.key)
        if person is not None and (away := person.away_message) != person.told_away:
            person.told_away = away
            self.tell(AwayChanged(person.actor, event.time, away), person, origin, but=session_of(origin))

    def _place(self, event: PresenceMoved, origin: object) -> None:
        """Note where the person is, where there are several servers."""
        if event.node == self._hub.node:
            if event.presence is None:
                self._hub.has_gone(event.actor.key)
            return
        known = self._hub.person_keyed(event.actor.key)
        nick = known.nick if known is not None else event.actor.nick
        self._hub.place(event.actor, event.node, event.presence)
        if nick != event.actor.nick:
            self._hub.monitor.look(person_name(nick).folded, origin)

    def resync(self, event: PresencesAre) -> None:
        """All presences at other servers were read: tell what was missed."""
        now: defaultdict[int | str, dict[str, Presence]] = defaultdict(dict)
        for presence in event.presences:
            now[presence.actor.key][presence.node] = presence
        for person in self._hub.elsewhere():
            for node in person.elsewhere.keys() - now.get(person.actor.key, {}).keys():
                self.look(PresenceMoved(person.actor, event.time, node, None), None)
        for key, there in now.items():
            known = self._hub.person_keyed(key)
            before = known.elsewhere if known is not None else {}
            for node, presence in there.items():
                if before.get(node) != presence:
                    self.look(PresenceMoved(presence.actor, event.time, node, presence), None)
            if known is not None:
                self._describe(known, next(iter(there.values())), event.time)
        for text, why in event.killed.items():
            killed = self._hub.person_keyed(person_key(text))
            for session in killed.sessions if killed is not None else ():
                session.end(why)

    def _describe(self, person: Person, now: Presence, time: int) -> None:
        """Tell what has become of a person's nick, realname and modes."""
        if now.actor.nick != person.nick:
            self.renick(PersonRenamed(person.actor, now.actor.nick, time), None)
        if now.realname != person.realname:
            self.rename(RealnameChanged(person.actor, time, now.realname), None)
        if frozenset(now.modes) != person.modes:
            self._hub.change_modes(person, now.modes)

    def change_modes(self, event: UserModesChanged) -> None:
        """Take over modes that were changed, here or at another server: the last change that was stored holds. They
        end with the last connection, which may be gone already."""
        person = self._hub.person_keyed(event.actor.key)
        if person is not None and person.online:
            self._hub.change_modes(person, event.modes)

    def away_at(self, joined: MemberJoined, person: Person) -> AwayChanged | None:
        """What the room is told together with the join of a person who is away already."""
        return AwayChanged(person.actor, joined.time, person.told_away) if person.told_away else None

    def rename(self, event: RealnameChanged, origin: object) -> None:
        """Tell of a new realname. The session that asked for it hears it too, as its confirmation. The name
        that a new connection gives is not told, because each device may give another."""
        person = self._hub.person_keyed(event.actor.key)
        if person is not None and person.realname != event.realname:
            person.realname = event.realname
            if event.asked:
                self.tell(event, person, origin)

    def renick(self, event: PersonRenamed, origin: object) -> None:
        """Tell a person in no rooms of their new nick. Otherwise their rooms have told everybody, including
        them."""
        person = self._hub.rename(event, here=origin is not None)
        if person is not None and not person.rooms:
            said = Rendering(event)
            for session in person.sessions:
                self._hub.direct_conversations.tell(session, said.of(session.renderer), origin)
        for nick in (event.actor.nick, event.nick):
            self._hub.monitor.look(person_name(nick).folded, origin)

    def invite(self, event: PersonInvited, origin: object) -> None:
        """Tell the invited person, and those members who hear of invites."""
        live, person = self._hub.room(event.room), self._hub.person_keyed(event.target.key)
        if live is None:
            return
        said = Rendering(event, live.name)
        self._tell_of(live, person, said, origin)
        noticed = Rendering(InviteNoticed(event.room, event.actor, event.target, event.time), live.name)
        deaf = {
            session
            for member in live.members.values()
            for session in member.person.sessions
            if session is session_of(origin) or not permissions.may_hear_of_invites(member.role)
        }
        live.tell_aside(noticed, deaf, origin)

    def offer(self, event: RoomOffered, origin: object) -> None:
        """Tell the person to whom a room is offered, on each of their connections. If they have none, they
        are told when they connect."""
        live, person = self._hub.room(event.room), self._hub.person_keyed(event.target.key)
        if live is None:
            return
        self._tell_of(live, person, Rendering(event, live.name), origin)

    def _tell_of(self, live: LiveRoom, person: Person | None, said: Rendering, origin: object) -> None:
        """Tell a person something about a room."""
        for session in person.sessions if person is not None else ():
            if session.grant.hears(live.room.id):
                self._hub.direct_conversations.tell(session, said.of(session.renderer), origin)

    def kill(self, event: PersonKilled, origin: object) -> None:
        """Tell a person who has killed them, and close their connections. The sessions then leave as others
        do."""
        person, said = self._hub.person_keyed(event.target.key), Rendering(event)
        for session in person.sessions if person is not None else ():
            send(session, said.of(session.renderer), origin)
            session.end(event.why)

    def tell_operators(self, event: OperatorsTold, origin: object) -> None:
        said = Rendering(event)
        for person in self._hub.online():
            for session in person.sessions:
                if session.operator or ("w" in person.modes and session.grant.hears()):
                    send(session, said.of(session.renderer), origin)

    def tell_admins(self, event: WaitingForAdmins) -> None:
        """Tell administrators how much waits for them. It answers nobody, also not the one whose act it was."""
        said = Rendering(event)
        for session in self._hub.administrators():
            session.send(said.of(session.renderer))

    # A guest who logs in.

    def log_in(self, event: LoggedIn, origin: object) -> None:
        """Log in a guest. The session is shown next what it missed of the account's direct messages, so it is
        held there."""
        session: Any = session_of(origin)
        if session is None:  # on another server: a guest who joins the account there leaves by stored events
            if not event.merged:
                self._become(event, origin)
            return
        if event.merged:
            self._join_person(event, session, origin)
        else:
            self._become(event, origin)
        if session.person is not None and self._hub.peace(session.person.actor.key).ignored:
            self._hub.spare(session.person)
        self._hub.direct_conversations.hold(session)

    def logged_in(self, event: GuestLoggedIn) -> None:
        """The same, learned from the history of one of their rooms. Whoever has heard of it already is no guest any
        more, and nothing happens."""
        self._become(LoggedIn(event.actor, event.time, event.after, merged=False), None)

    def _become(self, event: LoggedIn, origin: object) -> None:
        person = self._hub.become(event)
        if person is None:
            return
        self._hub.monitor.is_now(person_name(person.nick).folded, person.actor)
        self.tell(AccountChanged(event.actor, event.time, event.after.account or "*"), person, origin)
        self.tell(HostChanged(event.actor, event.time, person.actor), person, origin)
        said = Rendering(SeenToQuit(event.actor, event.time, person.actor))
        told = {*person.sessions}
        lives = [live for live in map(self._hub.room, sorted(person.rooms)) if live is not None]
        for live in lives:
            live.tell_aside(said, told, origin)
        for live in lives:
            role = live.role(person.actor.key) or Role.MEMBER
            modes = "".join(letter for letter, held in (("o", role.operator), ("v", role.voiced)) if held)
            joined = SeenToJoin(person.actor, event.time, person.realname, person.told_away)
            live.tell_aside(Rendering(joined, live.name), {*person.sessions}, origin)
            if modes:
                promoted = SeenToBePromoted(SERVER, event.time, person.nick, modes)
                live.tell_aside(Rendering(promoted, live.name), {*person.sessions}, origin)

    def _join_person(self, event: LoggedIn, session: Listener, origin: object) -> None:
        joined = self._hub.join_person(session, event)
        if joined is None:
            return
        person, rooms = joined
        events: list[Event] = [AccountChanged(event.actor, event.time, event.after.account or "*")]
        events.append(HostChanged(event.actor, event.time, person.actor))
        if person.nick != event.actor.nick:
            events.append(PersonRenamed(replace(person.actor, nick=event.actor.nick), person.nick, event.time))
        send(session, b"".join(session.renderer.render(each, "") for each in events), origin)
        for room_id in rooms:
            session.entered(room_id, MemberJoined(room_id, 0, event.time, person.actor))
        self._hub.monitor.look(person_name(event.actor.nick).folded, origin)
        self.look(PresenceMoved(person.actor, event.time), origin)
