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

import base64
import platform
from collections.abc import Callable, Iterable
from dataclasses import replace

from chatstore.client import items, markers, news, past, presence, speaking, telling
from chatstore.client.doing import SEARCH
from chatstore.client.hearing import hear_line
from chatstore.client.items import audience_of, describe, nick_of, time_of
from chatstore.client.login import ACCOUNTS
from chatstore.client.past import GLANCE, HISTORY, PAGES
from chatstore.client.people import People
from chatstore.client.prefixes import Prefixes
from chatstore.client.reaction import Reaction, Reactive
from chatstore.client.receipts import Receipts
from chatstore.client.requests import Requests
from chatstore.client.safekeeping import SafekeepingError
from chatstore.client.splitting import Multiline, multiline_limits
from chatstore.client.targets import Target, fold, is_room
from chatstore.irc.line import Line

PAGE = 50
"""A page of history where the server doesn't say how much it gives."""
MAX_PAGE = 1000
RECEIPTS, JOINS = "receipts", "joins"
"""Tokens of the PINGs behind our questions: see ChatState.answered."""


class ChatState(Reactive):
    """`resend`: whether a message that was lost with its connection is sent again, or given back as NotSent.
    `picture`: whether news are told, too (see news.py), and so asked for. `single`: nothing is asked that is not
    needed to say something in `rooms`."""

    def __init__(
        self,
        nick: str,
        rooms: Iterable[str] = (),
        *,
        history: int = HISTORY,
        resend: bool = False,
        picture: bool = False,
        single: bool = False,
    ) -> None:
        super().__init__()
        self.nick = nick
        self.picture = picture
        self.single = single
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
        self.seen_away: set[str] = set()
        """Rooms that were asked who of them is away."""
        self.most_watched = 0
        self.chatstore = False
        self.new_password = ""
        self.token_for: Callable[[str], None] | None = None
        self.keep_renewed: Callable[[str], None] | None = None
        """Keeps the token that takes the place of the one that we logged in with."""
        self.prefixes = Prefixes()
        self.mask = ""
        self.broken = ""
        self.away_told: dict[str, str] = {}
        self.whois = ""
        self.caps: frozenset[str] = frozenset()
        self.requests = Requests()
        self.people = People()
        self._history = history
        self.resend = resend
        self.connection = 0
        self.turns: dict[str, None] = {}
        """The keys of those that are to catch up, in their order."""
        self.absent: set[str] = set()
        """Names that nobody has, by their keys: of those nothing more is asked."""
        self.incarnation = ""
        """Which one of the lives of the server's database our messages are from; "" where nobody said."""
        self.looked_at = ""
        """The key of the room or conversation where the person is."""
        self.receipts = Receipts()
        self._fence = 0
        for room in rooms:
            self.looked_at = self.looked_at or fold(room)
            self._want(room)

    # What a front may know.

    @property
    def unconfirmed(self) -> int:
        """How many messages of ours have no receipt yet."""
        return len(self.receipts)

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
                presence.watch(self, [name])
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
        self.connection += 1
        self.caps = frozenset(caps)
        self.multiline = multiline_limits(multiline) if "batch" in self.caps else None
        self.requests = Requests()
        self.people.begin(known=not self.keeps_history or self.single)
        for forgotten in (
            self.asked,
            self.searching,
            self.watched,
            self.away,
            self.seen_away,
            self.turns,
            self.absent,
        ):
            forgotten.clear()
        self.page, self.most_watched, self.prefixes = PAGE, 0, Prefixes()
        for target in self.targets.values():
            target.marked, target.typed = 0, ("", 0)
            if self.keeps_history and (target.wanted or not (target.room or self.single)):
                target.hold()

    def incarnation_is(self, token: str) -> None:
        """The server's database is this one. Where it was another one before, an older backup was put back:
        messages have got the ids of others that were shown, so nothing of what is here can be believed."""
        before, self.incarnation = self.incarnation, token
        if before and before != token:
            self.start_anew()

    def start_anew(self) -> None:
        """Forget what was told of messages and markers: all of it will be asked for."""
        for key in self.receipts.targets():
            if self.resend:
                self.receipts.again(key, self.connection)
            for message in self.receipts.lost(key, self.connection):
                speaking.give_back(self, message, "the connection was lost", "")
        for target in self.targets.values():
            target.forget()
        self.people.listed = False
        self.tell(news.Forgotten("", self.now))
        self.info("the server has another copy of its data, perhaps a backup: all messages are loaded anew")

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
        speaking.say(self, name, text, action=action, reply_to=reply_to)
        if self.ready:
            past.take_turns(self)  # what is said waits until its conversation has caught up

    def look(self, name: str) -> None:
        """The person is here now: what there is to know of this place is asked for before all else."""
        self.looked_at = fold(name)
        if self.ready:
            past.take_turns(self)
            past.show_looked_at(self)
            presence.ask_away(self)

    def join(self, name: str, password: str = "") -> None:
        self._want(name, password)
        self.looked_at = fold(name)
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
        """Show the lines before the oldest one here. `before`: the msgid that the front takes for it."""
        if self.keeps_history:
            past.ask_older(self, self.target(name), max(1, min(limit, self.page)), before)
        else:
            self.show(items.Failure(name, self.now, "this server keeps no history for clients"))

    def want_token(self, keep: Callable[[str], None]) -> None:
        """Have the server make a token to log in with, once it is ready."""
        self.token_for = keep

    def keep(self, keep: Callable[[str], None], secret: str) -> None:
        """Let what one logs in with be kept; that it can't be is no reason not to chat."""
        try:
            keep(secret)
        except SafekeepingError as error:
            self.show(items.Failure("", self.now, f"not kept: {error}"))

    def register(self, password: str) -> None:
        """Make an account of our nick."""
        self.new_password = password
        self.send("REGISTER", "*", "*", password)

    def change_password(self, old: str, new: str) -> None:
        """The server's answer says whether it was; whoever logs in again knows both. NickServ, elsewhere, parts the
        two by a space."""
        if self.has(ACCOUNTS):
            line = ("PASSWORD", base64.b64encode(f"{old}\0{new}".encode()).decode())
        elif old.split() != [old] or new.split() != [new]:
            self.show(items.Failure("", self.now, "NickServ here takes no password with spaces, and no empty one"))
            return
        else:
            line = ("NICKSERV", f"SET PASSWORD {old} {new}")
        self.new_password = new
        self.send(*line)

    def fence(self) -> None:
        """Say that no more messages will follow: once all of them are sent, the server is asked for a sign
        behind the last answer, and what has no receipt then gets none. May be called again and again."""
        unsent = any(self.receipts.queued(key) for key in self.receipts.targets())
        if self.ready and not unsent and self._fence != self.connection:
            self._fence = self.connection
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
        if self.token_for is not None:
            self.send("TOKEN", "ADD", f"chatstore client on {platform.node() or 'a computer'}")
        for target in self.targets.values():
            if target.joined:
                past.catch_up(self, target)
        if self.keeps_history and not self.single:
            past.ask_people(self)
        elif not self.keeps_history:
            speaking.settle_all(self)

    def entered(self, target: Target, line: Line) -> None:
        """We are a member now, or the server says after its welcome that we still are."""
        if target.joined:
            return
        if self.single and not target.wanted:
            target.joined = True
            return
        if not target.after:
            first = ("FIRST",) if self.picture or self.single else ("FIRST", "NAMES", "TOPIC")
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
        self.looked_at = key if self.looked_at == old else self.looked_at
        if old in self.turns:
            self.turns[key] = self.turns.pop(old)
        target.name = new
        self.requests.renamed(old, key)
        self.receipts.renamed(old, key, new)

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
        for message in self.receipts.drop(fold(target.name)):
            speaking.give_back(self, message, text, code)

    def nobody(self, name: str) -> None:
        """A name was used that nobody has: it is told once."""
        if fold(name) not in self.absent:
            self.absent.add(fold(name))
            self.show(
                items.Failure(
                    name if fold(name) in self.targets else "", self.now, f"nobody is called {name}", "401"
                )
            )

    def refused(self, key: str, text: str, code: str) -> bool:
        """The server refused a message of ours; False when none was under way."""
        message = self.receipts.refused(key, self.connection)
        if message is not None:
            speaking.give_back(self, message, text, code)
        return message is not None

    def answered(self, token: str) -> None:
        """A PONG: the server answers in order, so whatever was asked before it and has no answer gets none."""
        if token == RECEIPTS:
            for message in self.receipts.unanswered(self.connection):
                speaking.give_back(self, message, "the server gave no receipt", "")
        elif token.startswith(speaking.SENT):
            speaking.taken(self, int(token.removeprefix(speaking.SENT)))
        elif token == JOINS:
            for target in self.targets.values():
                if target.wanted and not target.joined:
                    self.join_refused(target, f"cannot join {target.name}: the server did not say why", "")
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
        own = self.is_me(nick_of(line.source))
        if not target.shows(key, line, time_of(line, self.now)):
            if own and line.command == "PRIVMSG" and target.comes_late(key, time_of(line, self.now)):
                speaking.stored(self, target, line)
            return
        if own and line.command == "PRIVMSG":
            speaking.stored(self, target, line)
        item = describe(line, target, own, self.now, key)
        if isinstance(item, items.Kicked) and self.is_me(item.nick) and not line.tags.get("batch"):
            item = replace(item, own=True)
        self.show(item)
        if line.command == "REDACT" and line.param(1) in target.own:
            target.own.remove(line.param(1))
        if line.command in ("PRIVMSG", "NOTICE") and line.tags.get("msgid"):
            target.note_newest(line.tags["msgid"], own)
        if own and line.command in ("PRIVMSG", "NOTICE"):
            live = target.held is None
            if markers.move(self, target, time_of(line, self.now)) and live:
                markers.sync(self, target)

    @property
    def keeps_history(self) -> bool:
        return {"draft/chathistory", "batch", "message-tags"} <= self.caps

    def _want(self, name: str, password: str = "") -> None:
        target = self.target(name)
        target.wanted, target.depth = True, self._history
        target.password = password or target.password
