"""Chooses what is pushed, and to whom: the messages and invites that this server has committed itself.

Of several servers of one database each pushes what it has committed, so every message is pushed once. The
writer only hands over what it has committed; a thread reads from the database who has subscriptions, and what
they want to be told of. It waits a moment first: what comes together is looked at together, and what somebody
reads at once is not pushed.

What was pushed is taken back when the account has read it elsewhere: by a MARKREAD line under the same topic.
What was pushed before a restart is not."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from chatstore.chat.changes.push import NoteActive, RemovePush
from chatstore.chat.live.listener import Person
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import StoreError
from chatstore.chat.model.events import PersonInvited, Published, ReadMarked
from chatstore.chat.model.message_ids import message_place
from chatstore.chat.model.messages import HistoryQuery, action_text
from chatstore.chat.model.notifications import Notifications
from chatstore.chat.model.push import PushKey, Subscriber, Subscription
from chatstore.chat.model.room_events import MessagePosted
from chatstore.chat.model.rooms import direct_key, direct_persons
from chatstore.chat.rules import permissions
from chatstore.chat.rules.notifying import Names, calls_all, tells
from chatstore.chat.session import Chat
from chatstore.irc.renderer import IrcRenderer
from chatstore.push.lanes import Lanes, Message, Outcome, Send
from chatstore.push.payload import SHORT, fitting, payload_of, topic_of

log = logging.getLogger(__name__)

GATHER = 0.5
"""Seconds for which messages are gathered."""
MAX_HEARD = 20_000
"""Events of any kind that wait for the thread; messages beyond are not pushed."""
_MOST_PUSHED = 20_000
"""Conversations of subscriptions of which is remembered that something was pushed."""
NOTE_SECONDS = 60.0
"""Seconds between two notes, for the other servers, of which accounts are in use here."""
_REPLY = "+draft/reply"
NOTHING = Notifications()

_Heard = MessagePosted | PersonInvited | ReadMarked
Renderers = Callable[[frozenset[str]], IrcRenderer]


class _Conversation(NamedTuple):
    """`room`: the name of a room; empty for a direct conversation. `accounts`: who may be told."""

    room: str
    accounts: Collection[int]


@dataclass
class _Look:
    """What is known while messages are looked at."""

    conversations: Mapping[int, _Conversation]
    subscribers: Mapping[int, Subscriber]
    settings: Mapping[int, Notifications]
    authors: Mapping[str, int | None]
    """Who wrote the messages that are answered, by msgid."""
    now: int


def _chosen(heard: Sequence[Sequence[Published]]) -> list[_Heard]:
    """The events that may be pushed, or say what was read."""
    return [
        event
        for published in heard
        for event, _ in published
        if isinstance(event, (MessagePosted, PersonInvited, ReadMarked))
    ]


class Pusher:
    """Start it once. `sender` makes what sends one message; it is called when the first one is to be sent."""

    def __init__(
        self,
        chat: Chat,
        renderers: Renderers,
        contact: Callable[[], str],
        node: Callable[[], str],
        sender: Callable[[Pusher], Send] | None = None,
    ) -> None:
        self.chat, self.contact = chat, contact
        self.key: PushKey
        """Set it before the start."""
        self._renderers, self._node = renderers, node
        self._sender = sender or _sender
        self._changed = threading.Condition()
        self._heard: deque[Sequence[Published]] = deque()
        """What was committed, as the writer has it: the thread chooses, if anybody has a subscription."""
        self._waiting = 0
        """The events in _heard."""
        self._stopped = self._looking = False
        self.lost = 0
        """Events for which there was no place."""
        self._pushed: OrderedDict[tuple[int, int], int] = OrderedDict()
        """The time of the last message that was pushed to a subscription, by its id and the room."""
        self._pushed_lock = threading.Lock()
        self._send: Send | None = None
        self._making = threading.Lock()
        self._noted = 0.0
        self.lanes = Lanes(self._deliver, self._done)
        self._thread = threading.Thread(target=self._run, name="push", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Drop what waits."""
        with self._changed:
            self._stopped = True
            self._heard.clear()
            self._waiting = 0
            self._changed.notify_all()
        self.lanes.stop()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def busy(self) -> bool:
        """Whether something was heard that was not looked at yet. Any thread may ask."""
        with self._changed:
            return self._looking or bool(self._heard)

    def counts(self) -> Mapping[str, int]:
        """What was counted, for the metrics. Any thread may ask."""
        figures = self.lanes.figures
        return {
            "sent": figures.sent,
            "failed": figures.failed,
            "dropped": figures.dropped + self.lost,
            "ended": figures.ended,
            "waiting": self.lanes.waiting,
            "resting": self.lanes.resting,
        }

    # The writer calls these: they must not block.

    def committed(self, published: Sequence[Published]) -> None:
        """This server has committed these events."""
        if not published or not self.chat.policy.push.enabled:
            return
        with self._changed:
            if self._heard and self._waiting + len(published) > MAX_HEARD:
                self.lost += len(_chosen([published]))
                return
            self._heard.append(published)
            self._waiting += len(published)
            if len(self._heard) == 1:
                self._changed.notify()

    def marked(self, event: ReadMarked) -> None:
        """Somebody has marked what they have read, at any server."""
        self.committed([(event, None)])

    # The thread.

    def _run(self) -> None:
        while (heard := self._gathered()) is not None:
            try:
                if heard and self.chat.policy.push.enabled and self.chat.store.push.any():
                    self._look(_chosen(heard))
                self._note_active()
            except StoreError as error:
                log.warning(
                    "%(count)d messages are not pushed: %(why)s",
                    {"event": "push-unread", "count": len(_chosen(heard)), "why": error},
                )
            except Exception:
                log.exception("messages could not be pushed", {"event": "push-failed"})
            with self._changed:
                self._looking = False

    def _gathered(self) -> list[Sequence[Published]] | None:
        """What was heard, after a moment; nothing after a while without anything; None after stop()."""
        with self._changed:
            if not self._heard and not self._stopped:
                self._changed.wait(NOTE_SECONDS)
            if self._heard and not self._stopped:
                self._changed.wait_for(lambda: self._stopped, GATHER)
            if self._stopped:
                return None
            heard = [*self._heard]
            self._heard.clear()
            self._waiting = 0
            self._looking = bool(heard)
            return heard

    def _look(self, events: Sequence[_Heard]) -> None:
        """Queue what is to be pushed of these events. Blocks."""
        read: dict[tuple[int, int], ReadMarked] = {}
        for event in events:
            if isinstance(event, ReadMarked) and event.actor.account_id is not None:
                read[event.actor.account_id, event.room] = event
        look = self._known(events, read)
        said: defaultdict[int, list[MessagePosted]] = defaultdict(list)
        for event in events:
            if isinstance(event, MessagePosted):
                said[event.room].append(event)
        for room, messages in said.items():
            for account, event in self._told(room, messages, look).items():
                marked = read.get((account, room))
                if marked is None or marked.time < event.time:
                    self._queue(event, look.conversations[room], look.subscribers[account])
        for event in events:
            if isinstance(event, PersonInvited):
                self._invite(event, look)
        for (account, room), marked in read.items():
            subscriber = look.subscribers.get(account)
            for subscription in subscriber.subscriptions if subscriber is not None else ():
                self._take_back(subscription, room, marked, look)

    def _known(self, events: Sequence[_Heard], read: Collection[tuple[int, int]]) -> _Look:
        store, now = self.chat.store, int(self.chat.clock() * 1000)
        rooms = {event.room for event in events}
        conversations = self._conversations(rooms)
        accounts = {account for each in conversations.values() for account in each.accounts}
        accounts |= {account for account, _ in read}
        targets = [event.target.account_id for event in events if isinstance(event, PersonInvited)]
        accounts |= {account for account in targets if account is not None}
        subscribers = store.push.subscribed(accounts, now)
        replies = {
            event.tags[_REPLY] for event in events if isinstance(event, MessagePosted) and _REPLY in event.tags
        }
        authors = {text: self._author(text) for text in replies} if subscribers else {}
        settings = store.notifications.of_all(subscribers.keys()) if subscribers else {}
        return _Look(conversations, subscribers, settings, authors, now)

    def _conversations(self, rooms: Collection[int]) -> dict[int, _Conversation]:
        """Where something was said, with those who may be told."""
        hub = self.chat.hub
        named = {room: live for room in rooms if (live := hub.room(room)) is not None}
        members = self.chat.store.push.in_rooms(named.keys()) if named else {}
        found = {room: _Conversation(live.name, members.get(room, ())) for room, live in named.items()}
        for room in set(rooms) - named.keys():
            direct = hub.direct_conversations.of(room)
            if direct is not None:
                keys = direct_persons(direct.key)
                found[room] = _Conversation("", [key for key in keys if isinstance(key, int)])
        return found

    def _author(self, text: str) -> int | None:
        place = message_place(text)
        event = self.chat.store.messages.at(*place) if place is not None else None
        return event.actor.account_id if event is not None else None

    def _told(self, room: int, events: Sequence[MessagePosted], look: _Look) -> dict[int, MessagePosted]:
        """Who is told of which of these messages of one conversation, by account: of the last one, because
        its topic is that of the others. It costs what the messages and the subscribers cost, and not their
        product."""
        where = look.conversations.get(room)
        told: dict[int, MessagePosted] = {}
        if where is None:
            return told
        names, direct = Names(), not where.room
        for account in where.accounts:
            subscriber = look.subscribers.get(account)
            if subscriber is None:
                continue
            settings = look.settings.get(account, NOTHING)
            if tells(settings, room, direct=direct, named=False, now=look.now):
                last = next((event for event in reversed(events) if self._for(account, event, where)), None)
                told.update({account: last} if last is not None else {})
            elif tells(settings, room, direct=direct, named=True, now=look.now):
                names.add(account, self._names(subscriber, settings))
        for event in events:
            answered = look.authors.get(event.tags.get(_REPLY, ""))
            named = names.accounts if self._calls_all(event) else names.mentioned(event.body)
            for account in {*named, *([answered] if answered in names.accounts else [])}:
                if account is not None and self._for(account, event, where):
                    told[account] = event
        return told

    def _invite(self, event: PersonInvited, look: _Look) -> None:
        """Queue an invite for whom it is for. To them, it is as a direct message."""
        account, where = event.target.account_id, look.conversations.get(event.room)
        subscriber = look.subscribers.get(account) if account is not None else None
        if account is None or subscriber is None or where is None:
            return
        settings = look.settings.get(account, NOTHING)
        wanted = tells(settings, event.room, direct=True, named=True, now=look.now)
        if wanted and self._takes_from(account, event.actor):
            self._queue(event, where, subscriber)

    def _takes_from(self, account: int, actor: Actor) -> bool:
        """Whether an account takes direct messages from a person. An invite, which may come from anybody, is no way
        around that: the name of its room says what its founder likes."""
        hub, peace = self.chat.hub, self.chat.hub.peace(account)
        if peace.open:
            return True
        person, other = hub.person_keyed(account), hub.person_keyed(actor.key)
        known = person is not None and other is not None and not person.rooms.isdisjoint(other.rooms)
        known = known or self._has_written(account, actor)
        operator = other is not None and other.operator
        return permissions.may_write_to(peace, actor, known=known, operator=operator)

    def _has_written(self, account: int, actor: Actor) -> bool:
        room = self.chat.store.rooms.keyed(direct_key(account, actor.key))
        query = HistoryQuery(room.id, 1, author=account) if room is not None else None
        return query is not None and bool(self.chat.store.messages.page(query).events)

    def _calls_all(self, event: MessagePosted) -> bool:
        """Whether a message mentions everybody in its room."""
        live = self.chat.hub.room(event.room)
        member = live.members.get(event.actor.key) if live is not None and event.actor.key else None
        return member is not None and calls_all(event.body, member.role)

    def _names(self, subscriber: Subscriber, settings: Notifications) -> set[str]:
        person = self.chat.hub.person_keyed(subscriber.actor.key)
        nick = person.nick if person is not None else ""
        return {subscriber.actor.nick, subscriber.actor.account or "", nick, *settings.account.keywords}

    def _for(self, account: int, event: MessagePosted, where: _Conversation) -> bool:
        """Whether a message is for an account: somebody else's, and one that it may read."""
        if account == event.actor.account_id or (event.body.startswith("\1") and action_text(event.body) is None):
            return False
        if permissions.ignores(self.chat.hub.peace(account), event.actor):
            return False
        return not where.room or self._may_hear(event, account)

    def _may_hear(self, event: MessagePosted, account: int) -> bool:
        live = self.chat.hub.room(event.room)
        member = live.members.get(account) if live is not None else None
        if member is None or member.joined_seq > event.seq:
            return False
        return permissions.may_hear(event.audience, member.role)

    def _queue(self, event: MessagePosted | PersonInvited, where: _Conversation, subscriber: Subscriber) -> None:
        person = self.chat.hub.person_keyed(subscriber.actor.key)
        to = "" if where.room else (person.nick if person is not None else subscriber.actor.nick)
        for subscription in subscriber.subscriptions:
            if self._is_banned(subscription, subscriber.actor):
                self.chat.store.submit([RemovePush([subscription.id])])
                continue
            if self.in_use(subscription, person):
                continue
            payload = payload_of(self._renderer(subscription), event, where.room, to)
            if payload:
                topic = topic_of(subscription.auth, event.room)
                short = fitting(payload, SHORT)
                self.lanes.put(Message(subscription, event.room, event.time, topic, payload, short))

    def _is_banned(self, subscription: Subscription, actor: Actor) -> bool:
        bans, now = self.chat.hub.bans, int(self.chat.clock() * 1000)
        return bool(bans.all) and (
            bans.of_address(subscription.address, now) is not None or bans.of_person(actor, now) is not None
        )

    def in_use(self, subscription: Subscription, person: Person | None) -> bool:
        """Whether somebody is at a client of the account now: a connection that is not away, and something sent or
        marked as read within `idle_minutes`, at any server of the database."""
        seconds, now = 60 * self.chat.policy.push.idle_minutes, self.chat.clock()
        if not seconds:
            return False
        if _active(person, now - seconds):
            return True
        if person is None or all(there.away for there in person.elsewhere.values()):
            return False
        # The other servers note it within NOTE_SECONDS.
        return subscription.active_at / 1000 > now - max(seconds, NOTE_SECONDS) - NOTE_SECONDS

    def _take_back(self, subscription: Subscription, room: int, marked: ReadMarked, look: _Look) -> None:
        """The account has read a conversation: what was pushed of it is old."""
        topic = topic_of(subscription.auth, room)
        self.lanes.drop(subscription, topic, marked.time)
        with self._pushed_lock:
            pushed = self._pushed.get((subscription.id, room))
            if pushed is None or pushed > marked.time:
                return
            del self._pushed[subscription.id, room]
        where = look.conversations.get(room)
        to = marked.target.nick if marked.target is not None else ""
        if where is None or not (where.room or to):
            return
        payload = payload_of(self._renderer(subscription), marked, where.room, to)
        if payload:
            self.lanes.put(Message(subscription, room, marked.time, topic, payload, urgent=False))

    def _renderer(self, subscription: Subscription) -> IrcRenderer:
        return self._renderers(frozenset(subscription.switches.split()))

    # What is known of accounts at other servers.

    def _note_active(self) -> None:
        """Note for the other servers which accounts were in use here since the last note, however long ago that
        is."""
        now = time.monotonic()
        passed = now - self._noted
        if not self._node() or passed < NOTE_SECONDS:
            return
        self._noted = now
        since = self.chat.clock() - passed
        people = self.chat.hub.user_counts.online()
        active = [each.actor.account_id for each in people if _active(each, since)]
        accounts = [account for account in active if account is not None]
        for begin in range(0, len(accounts), 500):
            self.chat.store.submit([NoteActive(accounts[begin : begin + 500])])

    # The threads of the lanes.

    def _deliver(self, message: Message) -> Outcome:
        with self._making:
            if self._send is None:
                self._send = self._sender(self)
        return self._send(message)

    def _done(self, message: Message, outcome: Outcome) -> None:
        if outcome.verdict == "gone":
            log.info(
                "a push subscription at %(service)s has ended: %(why)s",
                {"event": "push-ended", "service": message.subscription.service, "why": outcome.why},
            )
            self.chat.store.submit([RemovePush([message.subscription.id])])
        elif message.urgent:
            with self._pushed_lock:
                self._pushed[message.subscription.id, message.room] = message.time
                self._pushed.move_to_end((message.subscription.id, message.room))
                if len(self._pushed) > _MOST_PUSHED:
                    self._pushed.popitem(last=False)


def _active(person: Person | None, since: float) -> bool:
    """Whether somebody was active on a connection to this server since then, and is not away."""
    if person is None or not person.sessions or person.away_here[0]:
        return False
    return max(person.last_active, person.read_at) > since


def _sender(pusher: Pusher) -> Send:
    # Loaded here: most servers have no subscriptions, and cryptography is large.
    from chatstore.push.encryption import Vapid
    from chatstore.push.sending import Sender

    return Sender(Vapid(pusher.key, pusher.contact), lambda: pusher.chat.policy.push, pusher.chat.clock)
