"""How the screen follows the book: what an item changes is drawn, what is seen is marked as read, and whoever is
meant is called."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from textual.screen import Screen
from textual.timer import Timer

from chatstore.chat.model.text import seen, without_formatting
from chatstore.client.actions import Actions
from chatstore.client.book import Book, Change
from chatstore.client.conversation import Conversation
from chatstore.client.entries import Entry
from chatstore.client.items import Item
from chatstore.client.screen import bars, lists
from chatstore.client.screen.bars import Bar
from chatstore.client.screen.composer import Composer
from chatstore.client.screen.line_view import LineView
from chatstore.client.screen.side_list import SideList
from chatstore.client.targets import fold

if TYPE_CHECKING:
    from chatstore.client.screen.app import ChatApp

    _Base = Screen[None]
else:
    _Base = object

_PAGE = 200
"""Entries that are asked for at a time."""
_FILLS = 3
"""How often older entries are asked for by itself, to fill the screen."""
_PAUSE = 5.0
"""Seconds without a key after which one is no longer typing."""
_JUMP = "\x1f"
"""Between the name and the msgid of what to jump to."""


class Following(_Base):
    """The part of ChatScreen that the book drives."""

    rooms: SideList
    members: SideList
    topic: Bar
    hints: Bar
    status: Bar
    lines: LineView
    composer: Composer
    if TYPE_CHECKING:

        @property
        def chat(self) -> ChatApp: ...

        def lay_out(self) -> None: ...

        def draw_hints(self) -> None: ...

        def show_found(self) -> None: ...

    def following_begins(self) -> None:
        self.replying: Entry | None = None
        self.completing: tuple[Sequence[str], int] | None = None
        self.in_excerpt = False
        self._asked: set[str] = set()
        self._unread: dict[str, str] = {}
        self._fills = _FILLS
        self._wanted = ("", "")
        self._status = self.book.connection.status
        self._connected_at = self.chat.now()
        self._tick: Timer | None = None
        self._pause: Timer | None = None

    @property
    def book(self) -> Book:
        return self.chat.book

    @property
    def actions(self) -> Actions:
        return self.chat.actions

    @property
    def now_in(self) -> Conversation:
        return self.book.now_in

    # Going somewhere.

    def go(self, key: str) -> None:
        """See another conversation."""
        if key == self.book.current or key not in self.book.by_key:
            return
        before = self.now_in
        before.draft, before.scroll = self.composer.text, self.lines.place if not self.in_excerpt else None
        self._stop_typing()
        self._unread.pop(self.book.current, None)
        self.enter(key)

    def enter(self, key: str) -> None:
        self.book.current = key
        self.replying, self.completing, self.in_excerpt = None, None, False
        conversation = self.now_in
        first_unread = conversation.first_unread
        if first_unread:
            self._unread[key] = first_unread
        self._show_entries()
        self.composer.begin(conversation.draft, conversation.typed)
        newcomer = "" if conversation.typed else "; Tab completes, F1 lists the keys"
        wanted = f"Message {lists.shown_name(conversation)}" if conversation.name else "/command"
        self.composer.placeholder = wanted + newcomer
        self._fills = _FILLS
        if conversation.name:
            self.actions.look(conversation.name)
        self.lay_out()
        self.draw_all()
        self.fill()
        self.seen()

    @property
    def _beginning(self) -> str:
        if self.book.connection.status == "connected" and not self.book.keeps_history:
            return "this server keeps no history"
        return f"this is where {lists.shown_name(self.now_in)} begins" if self.now_in.complete else ""

    def _show_entries(self) -> None:
        conversation = self.now_in
        place = conversation.scroll
        self.lines.show(
            conversation.entries,
            name=lists.shown_name(conversation),
            nick=self.book.nick,
            beginning=self._beginning,
            unread=self._unread.get(self.book.current, ""),
            place=place if isinstance(place, tuple) else None,
        )

    def leave_excerpt(self) -> None:
        if self.in_excerpt:
            self.in_excerpt = False
            self.now_in.scroll = None
            self._show_entries()

    def jump(self, where: str) -> None:
        """To a message that was found, by `name\\x1fmsgid`; its page is asked for where it is not here."""
        name, _, msgid = where.partition(_JUMP)
        self.book.conversation(name)
        self.go(fold(name))
        self.leave_excerpt()
        if not self.lines.reveal(msgid):
            self._wanted = (fold(name), msgid)
            self.actions.around(name, msgid)

    def older(self) -> None:
        """Ask for the page before the oldest entry, once at a time, where the server keeps any."""
        conversation, key = self.now_in, self.book.current
        if not self.book.keeps_history or self.in_excerpt or not conversation.name:
            return
        if conversation.complete or key in self._asked:
            return
        self._asked.add(key)
        self.actions.older(conversation.name, conversation.oldest, _PAGE)

    def fill(self) -> None:
        """Ask for older entries while there is room above those that are here: a few times, not to the beginning of
        a room of which nothing can be drawn."""
        if self._fills and self.now_in.entries and self.lines.short and not self.in_excerpt:
            self._fills -= 1
            self.older()

    def on_line_view_near_top(self) -> None:
        self.older()

    def on_line_view_moved(self) -> None:
        self.seen()

    # What has happened.

    def take(self, items: Iterable[Item]) -> None:
        """Apply items to the book, and draw what they change."""
        kinds = set()
        called: tuple[Conversation, Entry] | None = None
        for item in items:
            change = self.book.apply(item)
            kinds.add(change.kind)
            if change.kind == "tail":
                called = self._called(change) or called
            self._follow(change)
        if kinds & {"tail", "entry", "prepended", "list", "people", "focus", "connection", "forgotten"}:
            self.draw_lists()
        if kinds & {"people", "topic", "list", "connection"}:
            self.lay_out()
            self.draw_topic()
        if kinds & {"connection", "typing", "tail"}:
            self.draw_status()
        if kinds & {"tail", "list"}:
            self.seen()
        if kinds & {"tail", "prepended"}:
            self.fill()
        if called is not None:
            conversation, entry = called
            self.chat.call(lists.shown_name(conversation), f"{entry.nick}: {seen(without_formatting(entry.text))}")

    def _follow(self, change: Change) -> None:
        here = change.key == self.book.current
        if change.kind == "focus":
            self.go(change.key)
        elif change.kind == "found":
            self.show_found()
        elif change.kind == "connection":
            if self._status != "connected" == self.book.connection.status:
                self._connected_at = self.chat.now()
            self._status = self.book.connection.status
            self._asked.clear()
            self.lines.rename(self.book.nick)
            if not self.in_excerpt:
                self.lines.begin_with(self._beginning)
        elif change.kind == "prepended":
            self._asked.discard(change.key)
            if here and not self.in_excerpt:
                self.lines.begin_with(self._beginning)
                self.lines.prepended(change.count)
            self._reveal_wanted(change.key)
        elif change.kind == "forgotten":
            self._asked.clear()
            self._unread.clear()
            self.in_excerpt, self._fills = False, _FILLS
            self._show_entries()
        elif change.kind == "excerpt":
            self._show_excerpt(change.key)
        elif here and not self.in_excerpt and change.kind == "tail":
            self.lines.tail(change.start)
        elif here and change.kind == "entry":
            self.lines.changed(change.start)

    def _reveal_wanted(self, key: str) -> None:
        if self._wanted[0] == key == self.book.current and self.lines.reveal(self._wanted[1]):
            self._wanted = ("", "")

    def _show_excerpt(self, key: str) -> None:
        excerpt = self.book.by_key[key].excerpt
        if excerpt is None or key != self.book.current:
            return
        self.in_excerpt, self._wanted = True, ("", "")
        self.lines.show(
            excerpt.entries, name=lists.shown_name(self.now_in), nick=self.book.nick, beginning="", unread=""
        )
        self.lines.reveal(excerpt.focus)
        self.draw_hints()

    def _called(self, change: Change) -> tuple[Conversation, Entry] | None:
        """The last of the new entries that is meant for us, unless it is being looked at."""
        conversation = self.book.by_key[change.key]
        if self.chat.looking and change.key == self.book.current:
            return None
        for entry in reversed(conversation.entries[change.start :]):
            meant = entry.mention or (not conversation.room and bool(conversation.name) and entry.kind != "notice")
            if meant and entry.counts and entry.time > max(conversation.read_until, self.chat.begun):
                return conversation, entry
        return None

    # What is read.

    def seen(self) -> None:
        """What stands in front of somebody is read; what comes while nobody looks gets the unread line."""
        conversation, key = self.now_in, self.book.current
        if not conversation.unread or not conversation.name:
            return
        if self.chat.looking and self.lines.follows and not self.in_excerpt:
            self._mark_missed(conversation, key)
            stored = (entry for entry in reversed(conversation.entries) if entry.said and not entry.pending)
            last = next(stored, None)
            if last is not None:
                self.actions.mark_read(conversation.name, last.time)
        elif not self._unread.get(key) and not self.in_excerpt:
            self._unread[key] = conversation.first_unread
            self.lines.mark_unread(self._unread[key])

    def _mark_missed(self, conversation: Conversation, key: str) -> None:
        """What came while this client was not connected is below the unread line, though it is read at once."""
        if not self._unread.get(key):
            place = conversation.place(conversation.first_unread)
            if place is not None and conversation.entries[place].time < self._connected_at:
                self._unread[key] = conversation.first_unread
                self.lines.mark_unread(self._unread[key])

    def looked_away(self) -> None:
        """What comes from now on is below a new unread line."""
        if not self.now_in.unread:
            self._unread.pop(self.book.current, None)

    # Typing.

    def types(self, text: str) -> None:
        """Tell the others, unless it is a command or they are not to know."""
        if not self.chat.settings.typing or not self.now_in.name:
            return
        if not text or text.startswith("/"):
            self._stop_typing()
            return
        self.actions.typing(self.now_in.name, "active")
        if self._pause is not None:
            self._pause.stop()
        name = self.now_in.name
        self._pause = self.set_timer(_PAUSE, lambda: self.actions.typing(name, "paused"))

    def _stop_typing(self) -> None:
        if self._pause is not None:
            self._pause.stop()
            self._pause = None
            self.actions.typing(self.now_in.name, "done")

    # Drawing.

    def draw_all(self) -> None:
        self.draw_lists()
        self.draw_topic()
        self.draw_status()
        self.draw_hints()

    def draw_lists(self) -> None:
        styles = self.chat.styles_now
        self.rooms.show(lists.conversation_rows(self.book.conversations, self.book.current, styles))
        self.members.show(lists.member_rows(self.now_in, self.book.nick, styles))

    def draw_topic(self) -> None:
        told = bars.topic_row(self.now_in, self.chat.styles_now, members=not self.members.display)
        self.topic.show(*told)

    def draw_status(self) -> None:
        """Again in a second while something in it changes by itself."""
        now = self.chat.now()
        typing = self.now_in.typing(now)
        self.status.show(*bars.status_row(self.book, typing, now, self.chat.styles_now))
        if self._tick is not None:
            self._tick.stop()
            self._tick = None
        if typing or self.book.connection.status == "waiting":
            self._tick = self.set_timer(1.0, self.draw_status)
