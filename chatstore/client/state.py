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

from chatstore.client import items
from chatstore.client.hearing import hear_line
from chatstore.client.items import audience_of, describe, format_time, nick_of, time_of
from chatstore.client.people import People
from chatstore.client.reaction import Reaction, Reactive
from chatstore.client.receipts import Outgoing, Receipts
from chatstore.client.requests import Batch, Purpose, Request, Requests
from chatstore.client.splitting import Multiline, body_bytes, messages, multiline_limits, spoken
from chatstore.client.targets import BEGINNING, Keys, Target, fold
from chatstore.irc.line import Line, LineError

HISTORY = 50
"""Lines of history that a room shows when it is first seen."""
GLANCE = 10
"""The same for a room that nobody asked for here: the account has been in it before."""
PAGE = 50
"""A page of history where the server doesn't say how much it gives."""
MAX_PAGE = 1000
RECEIPTS, JOINS, PAGES = "receipts", "joins", "page-"
"""Tokens of the PINGs behind our questions: see ChatState.answered."""


class ChatState(Reactive):
    """`resend`: whether a message that was lost with its connection is sent again, or given back as NotSent."""

    def __init__(
        self, nick: str, rooms: Iterable[str] = (), *, history: int = HISTORY, resend: bool = False
    ) -> None:
        super().__init__()
        self.nick = nick
        self.connected = False
        self.ready = False
        self.greeted = False
        self.page = PAGE
        self.multiline: Multiline | None = None
        self.targets: dict[str, Target] = {}
        self.asked: set[tuple[str, str]] = set()
        self.mask = ""
        self.broken = ""
        self._history = history
        self._resend = resend
        self._caps: frozenset[str] = frozenset()
        self._connection = 0
        self._requests = Requests()
        self._receipts = Receipts()
        self._people = People()
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
            if self.connected and self._keeps_history and not target.room and not self._people.known:
                target.hold()
        return target

    def is_me(self, nick: str) -> bool:
        return fold(nick) == fold(self.nick)

    # The connection.

    def begin(self, nick: str, caps: Iterable[str], multiline: str = "") -> None:
        """A connection is logged in. The lines after the 001 are to be heard. `multiline`: the value of
        draft/multiline."""
        self.nick = nick
        self.connected, self.ready = True, False
        self._connection += 1
        self._caps = frozenset(caps)
        self.multiline = multiline_limits(multiline) if "batch" in self._caps else None
        self._requests = Requests()
        self._people.begin(known=not self._keeps_history)
        self.asked.clear()
        self.page = PAGE
        if self._keeps_history:
            for target in self.targets.values():
                if target.wanted or not target.room:
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
        if not self._requests.collect(line):
            hear_line(self, line)
        return self.reaction()

    # What the person does. Each returns nothing: see reaction().

    def say(self, name: str, text: str, *, action: bool = False) -> None:
        """Say something of one or several lines, in as many messages as it needs."""
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
            self._receipts.add(fold(name), target.name, part)
        if "\n" in text:
            count = "one message" if len(parts) == 1 else f"{len(parts)} messages"
            self.info(f"{text.count(chr(10)) + 1} lines as {count}")
        self._send_queued(target)

    def join(self, name: str, password: str = "") -> None:
        self._want(name, password)
        if self.connected and not self.target(name).joined:
            if self._keeps_history:
                self.target(name).hold()
            self.send("JOIN", name, *([password] if password else []))
            self.send("PING", JOINS)

    def ask(self, what: str, name: str, *params: str) -> None:
        """Ask for what is known of a room already, to have it shown: NAMES or TOPIC."""
        self.asked.add((what, fold(name)))
        self.send(what, name, *params)

    def older(self, name: str, limit: int) -> None:
        """Show the lines before the first one that was shown."""
        target = self.target(name)
        limit = max(1, min(limit, self.page))
        if not self._keeps_history:
            self.show(items.Failure(name, self.now, "this server keeps no history for clients"))
        elif target.oldest:
            self._request("older", "BEFORE", target, f"msgid={target.oldest}", limit)
        elif target.room or target.held is not None:
            self._request("older", "LATEST", target, "*", limit)
        else:
            target.hold()
            self._request("latest", "LATEST", target, "*", limit)

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
        if target.held is None:
            self._show_line(target, key, line)
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
                self._catch_up(target)
        if self._keeps_history:
            self._ask_people()
        else:
            self._all_caught_up()

    def entered(self, target: Target, line: Line) -> None:
        """We are a member now, or the server says after its welcome that we still are."""
        if target.joined:
            return
        if not target.after:
            self.asked |= {("NAMES", fold(target.name)), ("TOPIC", fold(target.name))}
        target.depth = self._history if target.wanted else min(self._history, GLANCE)
        target.joined = target.wanted = True
        if self._keeps_history:
            target.hold()
        target.asked = self.ready and (bool(line.tags.get("msgid")) or not self._keeps_history)
        if line.tags.get("msgid") or not self._keeps_history:
            self.live(target, line)
        if self.ready:
            self._catch_up(target)

    def left(self, target: Target) -> None:
        """We are no member any more."""
        target.leave()
        target.wanted = False
        self._caught_up(target)

    def join_refused(self, target: Target, text: str, code: str) -> None:
        target.leave()
        target.wanted = False
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
        elif token == JOINS:
            for target in self.targets.values():
                if target.wanted and not target.joined:
                    self.join_refused(target, f"no way into {target.name}: the server did not say why", "")
        elif token.startswith(PAGES) and self._requests.unanswered(token.removeprefix(PAGES)):
            # Going on would leave a gap that nobody sees; a new connection starts from what was shown.
            self.broken = "the server gave no history"

    def batch(self, line: Line) -> None:
        batch = self._requests.batch(line)
        if batch is None:
            return
        if batch.type not in ("chathistory", "draft/chathistory-targets"):
            for one in batch.lines:
                tags = {key: value for key, value in one.tags.items() if key != "batch"}
                hear_line(self, Line(one.command, one.params, one.source, tags))
            return
        request = self._requests.answered(batch)
        if request is None:
            return
        if request.purpose == "targets":
            self._people_came(batch, request)
        elif request.purpose == "older":
            self._older_came(self.targets[request.key], batch)
        else:
            self._page_came(self.targets[request.key], batch, request)

    def history_failed(self, line: Line) -> None:
        if line.param(1) == "BUSY":
            return  # the PONG that follows finds the question unanswered
        request = self._requests.failed(line)
        name = self.targets[request.key].name if request is not None and request.key else ""
        self.show(items.Failure(name, self.now, f"no history: {line.params[-1]}", line.param(1)))
        if request is None or request.purpose == "older":
            return
        if request.purpose == "targets":
            self._people_known()
        else:
            self._caught_up(self.targets[request.key])

    # Catching up.

    @property
    def _keeps_history(self) -> bool:
        return {"draft/chathistory", "batch", "message-tags"} <= self._caps

    def _want(self, name: str, password: str = "") -> None:
        target = self.target(name)
        target.wanted, target.depth = True, self._history
        target.password = password or target.password

    def _request(self, purpose: Purpose, subcommand: str, target: Target, selector: str, limit: int) -> None:
        number = self._requests.ask(purpose, fold(target.name), limit)
        self.send("CHATHISTORY", subcommand, target.name, selector, str(limit))
        self.send("PING", f"{PAGES}{number}")

    def _catch_up(self, target: Target) -> None:
        if not self._keeps_history:
            self._caught_up(target)
        elif target.after:
            self._request("after", "AFTER", target, target.after, self.page)
        else:
            self._request("latest", "LATEST", target, "*", max(1, min(target.depth, self.page)))

    def _page_came(self, target: Target, batch: Batch, request: Request) -> None:
        before, keys = target.after, Keys()
        for line in batch.lines:
            key = keys.key(line)
            target.overtake(key, line)
            self._show_line(target, key, line)
        if request.purpose == "after" and len(batch.lines) >= request.limit and target.after != before:
            self._request("after", "AFTER", target, target.after, request.limit)
        else:
            target.after = target.after or BEGINNING
            self._caught_up(target)

    def _caught_up(self, target: Target) -> None:
        for key, line in target.release():
            self._show_line(target, key, line)
        self._settle(target)

    def _all_caught_up(self) -> None:
        for key in self._receipts.targets():
            self._settle(self.targets[key])

    def _settle(self, target: Target) -> None:
        """All that is stored of a target is known: so is the fate of what a lost connection left open."""
        key = fold(target.name)
        if self._resend:
            self._receipts.again(key, self._connection)
        for message in self._receipts.lost(key, self._connection):
            self._give_back(message, "the connection was lost", "")
        self._send_queued(target)

    def _send_queued(self, target: Target) -> None:
        if not self.ready or target.held is not None:
            return
        size = body_bytes(self.mask, target.name)
        for words, tags in self._receipts.send(fold(target.name), self._connection, size, self.multiline):
            self.send(*words, tags=tags)

    def _give_back(self, message: Outgoing, reason: str, code: str) -> None:
        self.show(items.NotSent(message.target, self.now, spoken(message.body), reason, code))

    def _show_line(self, target: Target, key: str, line: Line) -> None:
        if not target.shows(key, line, time_of(line, self.now)):
            return
        own = self.is_me(nick_of(line.source))
        if own and line.command == "PRIVMSG":
            self._receipts.stored(fold(audience_of(line.param(0)) + target.name), line.params[-1])
        self.show(describe(line, target, own, self.now))

    def _older_came(self, target: Target, batch: Batch) -> None:
        target.come_older(batch.lines)
        found = [describe(line, target, self.is_me(nick_of(line.source)), self.now) for line in batch.lines]
        self.show(items.Older(target.name, self.now, tuple(item for item in found if item is not None)))

    # Direct conversations.

    def _ask_people(self, since: int = 0) -> None:
        number = self._requests.ask("targets", "", self.page)
        self.send("CHATHISTORY", *self._people.question(self.page, since))
        self.send("PING", f"{PAGES}{number}")

    def _people_came(self, batch: Batch, request: Request) -> None:
        since = self._people.came(batch, request.limit)
        if since is not None:
            self._ask_people(since)
        else:
            self._people_known()

    def _people_known(self) -> None:
        people, first = self._people.end()
        for name, time in people:
            target = self.target(name)
            if first:
                target.after, target.last_time = f"timestamp={format_time(time)}", time
            elif not target.after or target.last_time < time:
                target.after = target.after or BEGINNING
                target.hold()
                self._catch_up(target)
        for key, target in self.targets.items():
            if not target.room and not self._requests.catching_up(key):
                self._caught_up(target)
        if first and people:
            self.show(items.Conversations("", self.now, tuple(people)))
