"""The client without I/O and without a clock: lines of the server go in, events and lines come out.

receive() takes a line. Everything else is what the person does; what comes of it is in effects(). handlers.py
has what each line means, history.py the rule by which nothing is missed and nothing is shown twice.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable

from chatstore.client import handlers, history, presence, sending
from chatstore.client.events import Failure
from chatstore.client.login import ACCOUNTS
from chatstore.client.members import Prefixes
from chatstore.client.names import fold
from chatstore.client.requests import Requests
from chatstore.client.splitting import multiline_limits
from chatstore.client.state import DEFAULT_PAGE, ChatState, Effects
from chatstore.irc.line import Line

JOINS, RECEIPTS = handlers.JOINS, handlers.RECEIPTS


class ClientProtocol(ChatState):
    """One person's client, over as many connections as it takes. The arguments are those of ChatState."""

    # The connection.

    def begin(self, nick: str, caps: Iterable[str], multiline: str = "") -> None:
        """A connection is logged in; receive() gets the lines that follow the 001. `multiline`: the value of
        the capability draft/multiline."""
        self.nick = nick
        self.connected, self.ready = True, False
        self.connection += 1
        self.caps = frozenset(caps)
        self.multiline = multiline_limits(multiline) if "batch" in self.caps else None
        self.requests = Requests()
        self.activity.begin(known=not self.keeps_history or self.single)
        for forgotten in (
            self.room_settings,
            self.asked,
            self.searching,
            self.monitored,
            self.away,
            self.seen_away,
            self.turns,
            self.absent,
            self.files.host,
        ):
            forgotten.clear()
        self.page, self.max_monitored, self.prefixes = DEFAULT_PAGE, 0, Prefixes()
        for target in self.targets.values():
            target.marked, target.typed = 0, ("", 0)
            if self.keeps_history and (target.wanted or not (target.room or self.single)):
                target.hold()

    def receive(self, line: Line, now: int) -> Effects:
        """Take a line from the server. `now`: ms since 1970 UTC."""
        self.now = now
        if line.command in ("PRIVMSG", "NOTICE") and len(line.params) < 2:
            return self.effects()
        if not self.requests.collect(line):
            handlers.handle(self, line)
        return self.effects()

    def lost(self) -> None:
        """The connection is gone. What was held or half received comes again with the next one."""
        self.connected = self.ready = False
        self.broken = ""
        for target in self.targets.values():
            target.leave()

    # What the person does.

    def say(self, name: str, text: str, *, action: bool = False, reply_to: str = "") -> None:
        """Send a text of one or several lines, in as many messages as it takes. `reply_to`: the msgid of the
        message that it answers."""
        sending.say(self, name, text, action=action, reply_to=reply_to)
        if self.ready:
            history.take_turns(self)  # the message waits until its target has caught up

    def look(self, name: str) -> None:
        """The person is here now: ask for what is missing here before all else."""
        self.looked_at = fold(name)
        if self.ready:
            history.take_turns(self)
            history.show_looked_at(self)
            presence.ask_away(self)

    def join(self, name: str, password: str = "") -> None:
        self.want(name, password)
        self.looked_at = fold(name)
        if self.connected and not self.target(name).joined:
            if self.keeps_history:
                self.target(name).hold()
            self.send("JOIN", name, *([password] if password else []))
            self.send("PING", JOINS)

    def ask(self, what: str, name: str, *params: str) -> None:
        """Send the command `what` (NAMES, TOPIC, MODE) about a room, and show the answer."""
        self.asked.add((what, fold(name)))
        self.send(what, name, *params)

    def older(self, name: str, limit: int, before: str = "") -> None:
        """Show the lines before the oldest one here. `before`: the msgid of the oldest line that the frontend
        has."""
        if self.keeps_history:
            history.ask_older(self, self.target(name), max(1, min(limit, self.page)), before)
        else:
            self.show(Failure(name, self.now, "this server keeps no history for clients"))

    def want_token(self, keep: Callable[[str], None]) -> None:
        """Ask the server, once it is ready, for a token to log in with, and store it by `keep`."""
        self.token_for = keep

    def register(self, password: str) -> None:
        """Create an account for our nick."""
        self.new_password = password
        self.send("REGISTER", "*", "*", password)

    def change_password(self, old: str, new: str) -> None:
        """Ask for another password. The server's answer says whether it was changed, so the next login tries
        both. Servers other than chatstore take it by NickServ, which separates the two with a space."""
        if self.has(ACCOUNTS):
            line = ("PASSWORD", base64.b64encode(f"{old}\0{new}".encode()).decode())
        elif old.split() != [old] or new.split() != [new]:
            self.show(
                Failure("", self.now, "NickServ on this server accepts no empty passwords and none with spaces")
            )
            return
        else:
            line = ("NICKSERV", f"SET PASSWORD {old} {new}")
        self.new_password = new
        self.send(*line)

    def fence(self) -> None:
        """No more messages will follow. Once all are sent, a PING asks for a sign behind the last answer;
        messages without a receipt by then get none. May be called again and again."""
        unsent = any(self.receipts.queued(key) for key in self.receipts.targets())
        if self.ready and not unsent and self.fenced != self.connection:
            self.fenced = self.connection
            self.send("PING", RECEIPTS)
