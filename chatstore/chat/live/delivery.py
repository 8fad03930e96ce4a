"""Applies committed events to the hub and delivers them. Only the writer calls it, in commit order.

Messages of one batch are gathered by room, so that a listener is sent one piece, and so are consecutive joins.
Everything else is delivered one by one, because it changes who listens.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from chatstore.chat.live.access import Access
from chatstore.chat.live.hub import Hub
from chatstore.chat.live.listener import Listener, Rendering, send, session_of
from chatstore.chat.live.person_delivery import PersonDelivery
from chatstore.chat.live.room import Arrival, LiveRoom
from chatstore.chat.model.events import (
    AccessLeft,
    AccountEnded,
    CertificatesRemoved,
    Event,
    FavouriteChanged,
    LinkPreviewed,
    LoggedIn,
    MetadataChanged,
    NotificationsChanged,
    OperatorsTold,
    PasswordChanged,
    PeaceIs,
    PeacesAre,
    PersistenceChanged,
    PersonInvited,
    PersonKilled,
    PersonRenamed,
    PresenceMoved,
    PresencesAre,
    Published,
    ReadMarked,
    RealnameChanged,
    ReplayChanged,
    RoleChanged,
    RoomImported,
    RoomOffered,
    RoomOpened,
    RoomPruned,
    RoomRemoved,
    ServerBansAre,
    TagsSent,
    TokensRemoved,
    UserModesChanged,
    WaitingForAdmins,
    WrongGuess,
)
from chatstore.chat.model.metadata import MUTED, PINNED
from chatstore.chat.model.names import ascii_folded, person_name, room_name
from chatstore.chat.model.room_events import (
    FounderChanged,
    GuestLoggedIn,
    MemberJoined,
    MemberKicked,
    MemberLeft,
    MemberQuit,
    MessageRedacted,
    ModesChanged,
    NickChanged,
    RoomConfigured,
    RoomEvent,
    RoomRenamed,
    Said,
    TopicChanged,
    Unshown,
)
from chatstore.chat.model.rooms import ROLE_MODES, parse_modes, with_modes
from chatstore.chat.rules import permissions

log = logging.getLogger(__name__)


_LATELY = 50
"""People whose quit or change of nick is remembered."""
_JOINED = 1_000
"""People whose last join is remembered."""
_Arrivals = dict[LiveRoom, list[tuple[Arrival, object]]]
"""Who has joined which room, each with the origin of that."""
_LEAVING = (MemberLeft, MemberQuit, MemberKicked)


class Delivery:
    """Delivers events. Nothing else changes the rooms and members that the hub knows."""

    def __init__(self, hub: Hub, marked: Callable[[ReadMarked], None] = lambda _: None) -> None:
        """`marked` is told what anybody has marked as read. It must not block."""
        self._hub = hub
        self._marked = marked
        self._people = PersonDelivery(hub)
        self._access = Access(hub)
        self._heard_of: dict[int | str, tuple[object, set[Listener]]] = {}
        """Who has heard of the last quit or change of nick, by the person's key; for the last few people."""
        self._joined: dict[str, int] = {}
        """The time of the last join, by folded nick; for the last people who joined."""

    def publish(self, events: Iterable[Published]) -> None:
        messages: defaultdict[int, list[Published]] = defaultdict(list)
        """The messages by room, up to the next event that is not a message."""
        others: list[Published] = []
        for published in events:
            event = published[0]
            if isinstance(event, Said):
                if others:
                    self._tell_each(others)
                    others.clear()
                messages[event.room].append(published)
                if published[1] is None:
                    self._hub.heard(event)
            else:
                if messages:
                    self._deliver_messages(messages)
                    messages.clear()
                others.append(published)
        self._deliver_messages(messages)
        self._tell_each(others)
        self._hub.stored()

    def _deliver_messages(self, by_room: Mapping[int, Sequence[Published]]) -> None:
        for room_id, messages in by_room.items():
            live = self._hub.room(room_id)
            if live is not None:
                self._hub.deliveries += live.deliver(messages)
                self._tell_redactors(live, messages)
            elif room_id in self._hub.direct_conversations:
                for event, origin in messages:
                    assert isinstance(event, Said)
                    self._hub.direct_conversations.deliver(event, origin)
                    self._hub.deliveries += 1

    def _tell_redactors(self, live: LiveRoom, messages: Iterable[Published]) -> None:
        """Tell administrators who redacted messages of a room without being in it."""
        for event, origin in messages:
            if isinstance(event, MessageRedacted) and event.actor.key not in live.members:
                person = self._hub.person_keyed(event.actor.key)
                for session in person.sessions if person is not None else ():
                    if session is session_of(origin) and session.renderer.echo:
                        send(session, session.renderer.render(event, live.name), origin)

    def _tell_each(self, run: Iterable[Published]) -> None:
        told: set[Listener] = set()
        teller: object = None
        arrivals: _Arrivals = {}
        """The joins by room, up to the next event that is neither a join nor the making of a room."""
        for event, origin in run:
            if isinstance(event, MemberJoined):
                teller = None
                self._let_in(event, origin, arrivals)
                continue
            if arrivals and not isinstance(event, RoomOpened):
                self._tell_joined(arrivals)
                arrivals = {}
            who = (event.actor.key, type(event)) if isinstance(event, (MemberQuit, NickChanged)) else None
            if who is None:
                told = set()
            elif who != teller:
                told = self._told_before(event)  # type: ignore[arg-type]
            teller = who
            if isinstance(event, TagsSent):
                self._tell_tags(event, event.room, origin)
                continue
            if isinstance(event, MetadataChanged):
                self._tell_metadata(event, session_of(origin))
                continue
            if isinstance(event, ReadMarked):
                self._tell_marked(event, origin)
                self._marked(event)
                continue
            if isinstance(event, LinkPreviewed):
                self._tell_previewed(event)
                continue
            self._tell(event, origin, told)
        self._tell_joined(arrivals)

    def _let_in(self, event: MemberJoined, origin: object, arrivals: _Arrivals) -> None:
        """Add who has joined, and note what is to be told of it."""
        live = self._hub.room(event.room)
        if live is not None:
            self._note_join(event)
            newcomer, held = self._hub.add_member(live, event)
            away = self._people.away_at(event, newcomer)
            arrival = Arrival(event, away, newcomer, held)
            arrivals.setdefault(live, []).append((arrival, origin))
        _log(event, live.name if live is not None else f"room {event.room}")

    def _tell_joined(self, by_room: _Arrivals) -> None:
        """Tell the rooms who has joined, and then the newcomers' connections, except the one whose own command
        shows it the room."""
        for live, arrivals in by_room.items():
            live.tell_joined([arrival for arrival, _ in arrivals])
            for arrival, origin in arrivals:
                for session in arrival.held:
                    if session is not session_of(origin):
                        session.entered(live.room.id, arrival.joined)

    def _told_before(self, event: RoomEvent) -> set[Listener]:
        """Those who have heard of this quit or change of nick in another room. Where several servers write, one may
        read the history of a person's rooms one after the other."""
        if not self._hub.node:
            return set()
        what = (type(event), event.actor.nick, event.body)
        known = self._heard_of.pop(event.actor.key, None)
        if known is None or known[0] != what:
            known = (what, set())
        self._heard_of[event.actor.key] = known
        if len(self._heard_of) > _LATELY:
            del self._heard_of[next(iter(self._heard_of))]
        return known[1]

    def _tell(self, event: Event, origin: object, told: set[Listener]) -> None:
        """Deliver one event that isn't a message. `told` has those who heard of the same quit or nick change
        in another room."""
        match event:
            case RoomOpened(room, persons):
                self._hub.open_room(room, persons)
            case RoomRemoved(room_id):
                self._hub.close_room(room_id, origin)
            case RoomPruned(room_id, first):
                pruned = self._hub.room(room_id)
                if pruned is not None:
                    pruned.room = replace(pruned.room, first_seq=first)
            case RoomImported(room_id, _, last):
                imported = self._hub.room(room_id)
                if imported is not None:
                    imported.pass_over(last, origin)
            case PersonRenamed() | LoggedIn():
                self._identify(event, origin)
            case RealnameChanged():
                self._people.rename(event, origin)
            case PresenceMoved():
                self._people.look(event, origin)
            case PresencesAre():
                self._people.resync(event)
            case UserModesChanged():
                self._people.change_modes(event)
            case WrongGuess(node, folded, network):
                if node != self._hub.node:
                    self._hub.guessed(folded, network)
            case RoomOffered():
                self._people.offer(event, origin)
            case PersonInvited():
                self._people.invite(event, origin)
            case PersistenceChanged() | ReplayChanged() | NotificationsChanged() | PeaceIs() | PeacesAre():
                self._tell_wishes(event, session_of(origin))
            case FavouriteChanged(account, shown, favourite):
                self._tell_own(account, PINNED, shown, set_=favourite, origin=session_of(origin))
            case PersonKilled():
                self._people.kill(event, origin)
            case OperatorsTold():
                self._people.tell_operators(event, origin)
            case WaitingForAdmins():
                self._people.tell_admins(event)
            case (
                AccountEnded()
                | TokensRemoved()
                | CertificatesRemoved()
                | PasswordChanged()
                | RoleChanged()
                | AccessLeft()
                | ServerBansAre()
            ):
                self._access.changed(event, session_of(origin))
            case RoomEvent():
                live = self._hub.room(event.room)
                if live is not None:
                    self._tell_room(live, event, told, origin)
                _log(event, live.name if live is not None else f"room {event.room}")

    def _tell_wishes(
        self,
        event: PersistenceChanged | ReplayChanged | NotificationsChanged | PeaceIs | PeacesAre,
        origin: object,
    ) -> None:
        """An account wants something else of the server from now on."""
        match event:
            case PersistenceChanged():
                self._change_persistence(event, origin)
            case ReplayChanged():
                self._change_replay(event)
            case NotificationsChanged():
                self._tell_notifications(event, origin)
            case PeaceIs():
                self._tell_peace(event, origin)
            case PeacesAre():
                self._hub.set_peaces(event.all)

    def _identify(self, event: PersonRenamed | LoggedIn, origin: object) -> None:
        """Somebody has another nick, or an account, which may be banned from the server."""
        if isinstance(event, PersonRenamed):
            self._people.renick(event, origin)
        else:
            self._people.log_in(event, origin)
        self._access.look_at(event.actor.key)

    def _change_persistence(self, event: PersistenceChanged, origin: object) -> None:
        """Tell the account's sessions, except the one that asked, which gets an answer."""
        person = self._hub.person_keyed(event.account_id)
        for session in person.sessions if person is not None else ():
            if session.account is not None:
                session.account = replace(session.account, persistence=event.persistence)
            if session is not origin:
                session.send(session.renderer.render(event, ""))

    def _change_replay(self, event: ReplayChanged) -> None:
        person = self._hub.person_keyed(event.account_id)
        for session in person.sessions if person is not None else ():
            if session.account is not None:
                session.account = replace(session.account, replay=event.replay)

    def _tell_notifications(self, event: NotificationsChanged, origin: object) -> None:
        """Tell the account's sessions, except the one that asked, which gets an answer."""
        person = self._hub.person_keyed(event.account_id)
        for session in person.sessions if person is not None else ():
            if session is not origin and session.grant.covers("manage"):
                session.send(session.renderer.render(event, ""))
        if event.conversation is not None:
            muted = event.conversation.level == "nothing"
            self._tell_own(event.account_id, MUTED, event.shown, set_=muted, origin=origin)

    def _tell_own(self, account_id: int, key: str, shown: str, *, set_: bool, origin: object) -> None:
        """Tell the account's sessions that subscribe to the key what the account has set for a conversation."""
        person = self._hub.person_keyed(account_id)
        wanting = self._hub.subscriptions.listeners(key)
        for session in person.sessions if person is not None else ():
            if person is None or session is origin or session not in wanting or not session.grant.covers("manage"):
                continue
            change = MetadataChanged(None, None, person.actor, 0, key, "1" if set_ else "0", shown)
            self._hub.subscriptions.tell(session, session.renderer.render(change, "", person.nick))

    def _tell_peace(self, event: PeaceIs, origin: object) -> None:
        """Tell the account's sessions, except the one that asked, which gets an answer."""
        self._hub.set_peaces({event.account_id: event.peace})
        person = self._hub.person_keyed(event.account_id)
        for session in person.sessions if person is not None else ():
            if session is not origin and session.grant.covers("manage"):
                session.send(session.renderer.render(event, ""))

    def _tell_room(self, live: LiveRoom, event: RoomEvent, told: set[Any], origin: object) -> None:
        if isinstance(event, RoomRenamed):
            self._tell_renamed(live, event, origin)
            return
        if isinstance(event, Unshown):
            live.pass_over(event.seq, origin)
            if isinstance(event, GuestLoggedIn):
                self._people.logged_in(event)
            return
        if isinstance(event, MemberQuit) and self._is_overtaken(event):
            event, told = MemberLeft(event.room, event.seq, event.time, event.actor, event.body, event.tags), set()
        if isinstance(event, MemberQuit):
            told.add(session_of(origin))  # the person is still here, under another identity
        self._change(live, event)
        leaver = self._hub.take_member(live, _leaving(event)) if isinstance(event, _LEAVING) else None
        live.tell(event, told, origin)
        if leaver is not None:
            self._hub.let_go(live, leaver, origin)

    def _note_join(self, event: MemberJoined) -> None:
        self._heard_of.pop(event.actor.key, None)
        if self._hub.node:
            nick = ascii_folded(event.actor.nick)
            self._joined[nick] = max(event.time, self._joined.pop(nick, 0))
            if len(self._joined) > _JOINED:
                del self._joined[next(iter(self._joined))]

    def _is_overtaken(self, event: MemberQuit) -> bool:
        """Whether who has this nick joined a room after this quit, which was told already. Where several servers
        write, the histories of rooms are read one after the other. A client that is told QUIT now would take them
        out of that room, too; so they leave this room only."""
        return event.time < self._joined.get(ascii_folded(event.actor.nick), 0)

    def _change(self, live: LiveRoom, event: RoomEvent) -> None:
        """Change the room before anybody is told: whoever is told, and asks at once, finds what is so now."""
        match event:
            case TopicChanged():
                live.room = replace(live.room, topic=event.body, topic_by=event.actor.nick, topic_at=event.time)
            case ModesChanged():
                self._change_modes(live, event)
            case RoomConfigured():
                live.room = replace(live.room, **event.values)
            case FounderChanged():
                live.room = replace(live.room, founder_id=event.founder_id)

    def _tell_renamed(self, live: LiveRoom, event: RoomRenamed, origin: object) -> None:
        """Tell of a rename. `case_only` compares names as IRC clients do, by their ASCII letters
        (CASEMAPPING)."""
        self._hub.rename_room(live, room_name(event.body), event.time)
        case_only = ascii_folded(event.before) == ascii_folded(event.body)
        for session, moved in live.tell_renamed(event, origin, case_only=case_only):
            if session is not session_of(origin):  # the session's own command shows it the room
                session.entered(live.room.id, moved)

    def _tell_tags(self, event: TagsSent, room_id: int, origin: object) -> None:
        live = self._hub.room(room_id)
        if event.target is not None:
            self._hub.direct_conversations.deliver_unstored(event, event.target, origin)
        elif live is not None:
            live.deliver([(event, origin)])
        elif room_id in self._hub.direct_conversations:
            self._hub.direct_conversations.deliver(event, origin)

    def _tell_metadata(self, event: MetadataChanged, origin: object) -> None:
        """Tell those who subscribed to the key and are in the room, share a room with the person, monitor the
        person, or are the person's other sessions.

        Its numeric begins with the recipient's nick, so it is rendered for each person.
        """
        person = self._hub.person_keyed(event.of.key) if event.of is not None else None
        if event.of is not None and event.of.account_id is None and person is not None:
            others = {key: value for key, value in person.metadata.items() if key != event.key}
            person.metadata = {**others, event.key: event.value} if event.value else others
        rooms: set[int] = set()
        watchers: list[Listener] = []
        if event.room is not None:
            live = self._hub.room(event.room)
            event = replace(event, name=f"#{live.name}" if live is not None else "*")
            rooms = {live.room.id} if live is not None else rooms
        elif event.of is not None:
            event = replace(event, name=person.nick if person is not None else event.of.nick)
            rooms = person.rooms if person is not None else rooms
            watchers = self._hub.monitor.watchers(person_name(event.name).folded)
        for session in self._hub.subscriptions.listeners(event.key):
            listener = session.person
            if session is origin or listener is None:
                continue
            shared = {room_id for room_id in listener.rooms & rooms if session.grant.hears(room_id)}
            if shared or listener is person or session in watchers:
                data = session.renderer.render(event, "", listener.nick)
                lives = filter(None, map(self._hub.room, shared))
                if not any(live.keep_for(session, data) for live in lives):
                    self._hub.subscriptions.tell(session, data)

    def _tell_previewed(self, event: LinkPreviewed) -> None:
        """Tell of the preview of a message that was delivered before."""
        live = self._hub.room(event.room)
        if live is not None:
            live.tell_aside(Rendering(event, live.name), _came_later(live, event.seq))
        elif event.person is not None:
            self._hub.direct_conversations.tell_aside(event, event.person)

    def _tell_marked(self, event: ReadMarked, origin: object) -> None:
        """Tell the person's other sessions; the one that set the marker gets an answer."""
        person, live = self._hub.person_keyed(event.actor.key), self._hub.room(event.room)
        for session in person.sessions if person is not None else ():
            room = live.room.id if live is not None else None
            if session is not session_of(origin) and session.grant.hears(room):
                to = event.target.nick if event.target is not None else ""
                session.send(session.renderer.render(event, live.name if live is not None else "", to))

    def _change_modes(self, live: LiveRoom, event: ModesChanged) -> None:
        changes = parse_modes(event.body)
        live.room = with_modes(live.room, changes, event.actor.nick, event.time)
        roles = [change for change in changes if change.mode in ROLE_MODES]
        for change, key in zip(roles, event.target_keys, strict=False):
            member = live.members.get(key)
            if member is not None:
                member.role = member.role.changed(change.mode, change.adding)


def _came_later(live: LiveRoom, seq: int) -> set[Listener]:
    """The sessions of the members who may not read this event."""
    if live.room.history == "everyone":
        return set()
    return {
        session
        for member in live.members.values()
        if seq < permissions.readable_from(live.room, member.joined_seq)
        for session in member.person.sessions
    }


def _leaving(event: MemberLeft | MemberQuit | MemberKicked) -> int | str:
    return event.target_key if isinstance(event, MemberKicked) else event.actor.key


def _log(event: RoomEvent, room: str) -> None:
    """Log who joins and leaves rooms."""
    match event:
        case MemberJoined():
            log.info("%(nick)s joined %(room)s", {"event": "joined", "nick": event.actor.nick, "room": room})
        case MemberLeft() | MemberQuit():
            log.info("%(nick)s left %(room)s", {"event": "left", "nick": event.actor.nick, "room": room})
        case MemberKicked():
            log.info(
                "%(nick)s was removed from %(room)s by %(by)s",
                {"event": "kicked", "nick": event.target, "room": room, "by": event.actor.nick},
            )
