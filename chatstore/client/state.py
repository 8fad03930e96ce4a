"""What the client knows of the chat: rooms, members, what was shown, what of ours is stored. No I/O, no clock.

Lines go in (`hear`), and what to show and what to send comes out; a front calls the rest for its person.

Catching up, the rule that keeps "no gap, no duplicate": from the moment a connection begins until the history
of a room is complete, its live lines wait in `Target.held`. History is asked for AFTER the last line shown,
page by page until a page is shorter than its limit; then the lines that waited follow, without those that
were in a page. Only what was shown moves `Target.after`, so a connection that breaks anywhere in this costs
nothing: the next one asks from the same place. Direct conversations do the same once CHATHISTORY TARGETS has
told which of them have news. Messages of ours wait until their target has caught up; so one that was sent
and not echoed when a connection broke is either among the lines that are caught up, or is not stored.
"""

from __future__ import annotations

from collections.abc import Iterable

from chatstore.client import items, markers, news, past, telling
from chatstore.client.doing import SEARCH
from chatstore.client.hearing import hear_line
from chatstore.client.items import audience_of, describe, message_in, nick_of, time_of
from chatstore.client.past import GLANCE, PAGES
from chatstore.client.people import People
from chatstore.client.prefixes import Prefixes
from chatstore.client.reaction import Reaction, Reactive
from chatstore.client.receipts import Outgoing, Receipts
from chatstore.client.requests import Requests
from chatstore.client.splitting import Multiline, body_bytes, messages, multiline_limits, spoken
from chatstore.client.targets import Target, fold, is_room
from chatstore.irc.line import Line, LineError

HISTORY = 50
"""Lines of history that a room shows when it is first seen."""
PAGE = 50
"""A page of history where the server doesn't say how much it gives."""
MAX_PAGE = 1000
RECEIPTS, SENT, JOINS = "receipts", "sent-", "joins"
"""Tokens of the PINGs behind our questions: see ChatState.answered."""


class ChatState(Reactive):
    """`resend`: whether a message that was lost with its connection is sent again, or given back as NotSent.
    `picture`: whether news are told, too (see news.py), and so asked for."""

    def __init__(
        self,
        nick: str,
        rooms: Iterable[str] = (),
        *,
        history: int = HISTORY,
        resend: bool = False,
        picture: bool = False,
    ) -> None:
        super().__init__()
        self.nick = nick
        self.picture = picture
        self.connected = False
        self.ready = False
        self.greeted = False
        self.page = PAGE
        self.multiline: Multiline | None = None
        self.targets: dict[str, Target] = {}
        self.asked: set[tuple[str, str]] = set()
        self.searching: list[str] = []
        self.watched: set[str] = set()
        self.away: set[str] = set()
        self.most_watched = 0
        self.prefixes = Prefixes()
        self.mask = ""
        self.broken = ""
        self.caps: frozenset[str] = frozenset()
        self.requests = Requests()
        self.people = People()
        self._history = history
        self._resend = resend
        self._connection = 0
        self._receipts = Receipts()
        self._fence = 0
        for room in rooms:
            self._want(room)

    # What a front may know.

    @property
    def unconfirmed(self) -> int:
        """How many messages of ours have no receipt yet."""
        return len(self._receipts)

    def target(self, name: str) -> Target:
        """The room or the person of this name; a new one when nothing is known of it."""
        target = self.targets.get(fold(name))
        if target is None:
            target = self.targets[fold(name)] = Target(name)
            if target.room or not self.connected:
                return target
            if not self.people.known:
                target.hold()
            else:  # nothing of it was here when the list came, so nothing is read
                markers.move(self, target, 0)
        return target

    def where(self, line: Line) -> str:
        """The room, or the person, that a message belongs to."""
        name = line.param(0).removeprefix(audience_of(line.param(0)))
        nick = nick_of(line.source)
        return name if is_room(name) or self.is_me(nick) else nick

    def has(self, capability: str) -> bool:
        return capability in self.caps

    def tell(self, item: news.News) -> None:
        if self.picture:
            self.show(item)

    def is_me(self, nick: str) -> bool:
        return fold(nick) == fold(self.nick)

    # The connection.

    def begin(self, nick: str, caps: Iterable[str], multiline: str = "") -> None:
        """A connection is logged in. The lines after the 001 are to be heard. `multiline`: the value of
        draft/multiline."""
        self.nick = nick
        self.connected, self.ready = True, False
        self._connection += 1
        self.caps = frozenset(caps)
        self.multiline = multiline_limits(multiline) if "batch" in self.caps else None
        self.requests = Requests()
        self.people.begin(known=not self.keeps_history)
        for forgotten in (self.asked, self.searching, self.watched, self.away):
            forgotten.clear()
        self.page, self.most_watched, self.prefixes = PAGE, 0, Prefixes()
        for target in self.targets.values():
            target.marked, target.typed = 0, ("", 0)
            if self.keeps_history and (target.wanted or not target.room):
                target.hold()

    def lost(self) -> None:
        """The connection is gone; what was held or half received will come again."""
        self.connected = self.ready = False
        self.broken = ""
        for target in self.targets.values():
            target.leave()

    def hear(self, line: Line, now: int) -> Reaction:
        """Take a line from the server; `now` is milliseconds since 1970 UTC."""
        self.now = now
        if line.command in ("PRIVMSG", "NOTICE") and len(line.params) < 2:
            return self.reaction()
        if not self.requests.collect(line):
            hear_line(self, line)
        return self.reaction()

    # What the person does. Each returns nothing: see reaction().

    def say(self, name: str, text: str, *, action: bool = False, reply_to: str = "") -> None:
        """Say something of one or several lines, in as many messages as it needs. `reply_to`: the msgid of the
        message that it answers."""
        if not self.connected and not self._resend:
            self.show(items.NotSent(name, self.now, text, "not connected"))
            return
        target = self.target(name)
        size = body_bytes(self.mask, target.name)
        try:
            parts = messages(text, size, self.multiline, target.name, action=action)
        except LineError as error:
            self.show(items.NotSent(name, self.now, text, str(error)))
            return
        for part in parts:
            self._wait_for(self._receipts.add(fold(name), target.name, part, reply_to))
        target.typed = ("", 0)
        if "\n" in text:
            count = "one message" if len(parts) == 1 else f"{len(parts)} messages"
            self.info(f"{text.count(chr(10)) + 1} lines as {count}")
        self._send_queued(target)

    def join(self, name: str, password: str = "") -> None:
        self._want(name, password)
        if self.connected and not self.target(name).joined:
            if self.keeps_history:
                self.target(name).hold()
            self.send("JOIN", name, *([password] if password else []))
            self.send("PING", JOINS)

    def ask(self, what: str, name: str, *params: str) -> None:
        """Ask for what is known of a room already, to have it shown: NAMES or TOPIC."""
        self.asked.add((what, fold(name)))
        self.send(what, name, *params)

    def older(self, name: str, limit: int, before: str = "") -> None:
        """Show the lines before the message with this msgid, or before the first one that was shown."""
        if self.keeps_history:
            past.ask_older(self, self.target(name), max(1, min(limit, self.page)), before)
        else:
            self.show(items.Failure(name, self.now, "this server keeps no history for clients"))

    def fence(self) -> None:
        """Say that no more messages will follow: once all of them are sent, the server is asked for a sign
        behind the last answer, and what has no receipt then gets none. May be called again and again."""
        unsent = any(self._receipts.queued(key) for key in self._receipts.targets())
        if self.ready and not unsent and self._fence != self._connection:
            self._fence = self._connection
            self.send("PING", RECEIPTS)

    # For hearing.py: what the server's lines do.

    def live(self, target: Target, line: Line) -> None:
        """A line of a room or of a conversation: it is shown, now or after the history before it."""
        key = target.keys.key(line)
        telling.tell_about(self, target, line)
        if target.held is None:
            self.show_line(target, key, line)
        elif not target.knows(key):
            target.keep(key, line)

    def set_page(self, lines: int) -> None:
        """The server gives at most so many lines of history at once; 0: any number."""
        self.page = min(lines, MAX_PAGE) or MAX_PAGE

    def settle_in(self) -> None:
        """The welcome is over: what the server can do is known, and which rooms it put us into."""
        if self.ready:
            return
        self.ready = self.greeted = True
        for target in self.targets.values():
            if target.wanted and not target.joined:
                self.send("JOIN", target.name, *([target.password] if target.password else []))
        self.send("PING", JOINS)
        for target in self.targets.values():
            if target.joined:
                past.catch_up(self, target)
        if self.keeps_history:
            past.ask_people(self)
        else:
            self.settle_all()

    def entered(self, target: Target, line: Line) -> None:
        """We are a member now, or the server says after its welcome that we still are."""
        if target.joined:
            return
        if not target.after:
            first = ("FIRST",) if self.picture else ("FIRST", "NAMES", "TOPIC")
            self.asked |= {(what, fold(target.name)) for what in first}
        target.depth = self._history if target.wanted else min(self._history, GLANCE)
        target.joined = target.wanted = True
        self.tell(news.Membership(target.name, self.now, True))
        if self.keeps_history:
            target.hold()
        target.asked = self.ready and (bool(line.tags.get("msgid")) or not self.keeps_history)
        if line.tags.get("msgid") or not self.keeps_history:
            self.live(target, line)
            markers.move(self, target, time_of(line, self.now))  # what was said before one came is old
        if self.ready:
            past.catch_up(self, target)

    def renamed(self, target: Target, new: str) -> None:
        """A room has another name; all else of it stays."""
        old, key = fold(target.name), fold(new)
        self.tell(news.Renamed(target.name, self.now, new))
        self.targets[key] = self.targets.pop(old)
        target.name = new
        self.requests.renamed(old, key)
        self._receipts.renamed(old, key, new)

    def left(self, target: Target) -> None:
        """We are no member any more."""
        target.leave()
        target.wanted = False
        self.tell(news.Membership(target.name, self.now, False))
        past.caught_up(self, target)

    def join_refused(self, target: Target, text: str, code: str) -> None:
        target.leave()
        target.wanted = False
        self.tell(news.Membership(target.name, self.now, False))
        self.show(items.Failure(target.name, self.now, text, code))
        for message in self._receipts.drop(fold(target.name)):
            self._give_back(message, text, code)

    def refused(self, key: str, text: str, code: str) -> bool:
        """The server refused a message of ours; False when none was under way."""
        message = self._receipts.refused(key, self._connection)
        if message is not None:
            self._give_back(message, text, code)
        return message is not None

    def answered(self, token: str) -> None:
        """A PONG: the server answers in order, so whatever was asked before it and has no answer gets none."""
        if token == RECEIPTS:
            for message in self._receipts.unanswered(self._connection):
                self._give_back(message, "the server gave no receipt", "")
        elif token.startswith(SENT):
            self._taken(int(token.removeprefix(SENT)))
        elif token == JOINS:
            for target in self.targets.values():
                if target.wanted and not target.joined:
                    self.join_refused(target, f"no way into {target.name}: the server did not say why", "")
        elif token == markers.ASKED:
            past.release_people(self)
        elif token.startswith(PAGES) and self.requests.unanswered(token.removeprefix(PAGES)):
            # Going on would leave a gap that nobody sees; a new connection starts from what was shown.
            self.broken = "the server gave no history"

    def batch(self, line: Line) -> None:
        batch = self.requests.batch(line)
        if batch is None:
            return
        if batch.type in ("chathistory", "draft/chathistory-targets"):
            past.came(self, batch)
        elif batch.type == SEARCH:
            past.found(self, batch)
        else:
            for one in batch.lines:
                tags = {key: value for key, value in one.tags.items() if key != "batch"}
                hear_line(self, Line(one.command, one.params, one.source, tags))

    def show_line(self, target: Target, key: str, line: Line) -> None:
        if not target.shows(key, line, time_of(line, self.now)):
            return
        own = self.is_me(nick_of(line.source))
        if own and line.command == "PRIVMSG":
            self._stored(target, line)
        self.show(describe(line, target, own, self.now, key))
        if own and line.command in ("PRIVMSG", "NOTICE"):
            live = target.held is None
            if markers.move(self, target, time_of(line, self.now)) and live:
                markers.sync(self, target)

    def _stored(self, target: Target, line: Line) -> None:
        message = self._receipts.stored(fold(audience_of(line.param(0)) + target.name), line.params[-1])
        if message is not None:
            self.tell(news.Settled(message.target, self.now, message.number))

    # What we say, on its way.

    @property
    def keeps_history(self) -> bool:
        return {"draft/chathistory", "batch", "message-tags"} <= self.caps

    def settle(self, target: Target) -> None:
        """All that is stored of a target is known: so is the fate of what a lost connection left open."""
        key = fold(target.name)
        if self._resend:
            self._receipts.again(key, self._connection)
        for message in self._receipts.lost(key, self._connection):
            self._give_back(message, "the connection was lost", "")
        self._send_queued(target)

    def settle_all(self) -> None:
        for key in self._receipts.targets():
            self.settle(self.targets[key])

    def _want(self, name: str, password: str = "") -> None:
        target = self.target(name)
        target.wanted, target.depth = True, self._history
        target.password = password or target.password

    def _send_queued(self, target: Target) -> None:
        if not self.ready or target.held is not None:
            return
        size, sent = body_bytes(self.mask, target.name), False
        for words, tags in self._receipts.send(fold(target.name), self._connection, size, self.multiline):
            self.send(*words, tags={key: tag for key, tag in tags.items() if self._takes(key)})
            sent = True
        if sent and not self.has("echo-message"):
            self.send("PING", f"{SENT}{self._receipts.sent}")

    def _takes(self, tag: str) -> bool:
        return not tag.startswith("+") or self.has("message-tags")

    def _taken(self, last: int) -> None:
        """Of a server that echoes nothing: what was sent up to this number, and not refused by now, is said."""
        for message in self._receipts.taken(self._connection, last):
            target = self.target(message.target)
            line = Line("PRIVMSG", (message.target, message.body), self.mask or self.nick)
            self.tell(news.Settled(message.target, self.now, message.number))
            self.show(describe(line, target, True, self.now))
            markers.move(self, target, self.now)

    def _wait_for(self, message: Outgoing) -> None:
        line = Line("PRIVMSG", (message.target, message.body))
        said = message_in(line, message.target, True, self.now)
        if said is not None:
            number, answers = message.number, message.reply_to
            self.tell(news.Pending(message.target, self.now, number, said.body, said.kind, answers))

    def _give_back(self, message: Outgoing, reason: str, code: str) -> None:
        self.tell(news.Settled(message.target, self.now, message.number))
        self.show(items.NotSent(message.target, self.now, spoken(message.body), reason, code))
