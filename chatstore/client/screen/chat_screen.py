"""The one screen of the client: lists at the sides, the buffer between them, the input, and what the keys do.

take() applies events to the buffers and draws what they change. What the person does goes out through the
actions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.timer import Timer
from textual.widgets import Static, TextArea

from chatstore.chat.model.text import printable, seen, without_formatting
from chatstore.client.actions import Actions
from chatstore.client.buffer import Buffer
from chatstore.client.buffers import Buffers, Change
from chatstore.client.entries import Entry
from chatstore.client.events import Event, FileSeen
from chatstore.client.names import fold
from chatstore.client.screen import bars, commands, completion, keys, lists
from chatstore.client.screen.bars import Bar
from chatstore.client.screen.calling import calls
from chatstore.client.screen.choices import buffers_like, hits_like, threads_like
from chatstore.client.screen.composer import Composer
from chatstore.client.screen.formatting import Piece
from chatstore.client.screen.line_view import LineView
from chatstore.client.screen.message_actions import MessageActions
from chatstore.client.screen.own_commands import OwnCommands
from chatstore.client.screen.popups import Question
from chatstore.client.screen.services import Services
from chatstore.client.screen.side_list import SideList
from chatstore.client.screen.thread_view import ThreadView, thread_line, unread_threads
from chatstore.client.screen.typing_notifications import TypingNotifications

_PAGE = 200
"""Entries in a page of older ones."""
MAX_FILLS = 3
"""Pages that are asked for without the person scrolling, to fill the screen."""
_LONGEST = 3600.0
"""Seconds after which the conversations are drawn again at the latest, while one of them is muted."""
_JUMP = "\x1f"
"""Stands between the name and the msgid of a message to jump to."""
_ROOMS_FROM, _MEMBERS_FROM = 64, 100
"""Columns of the terminal from which the lists are shown."""
_PREVIEW = 6
"""Lines of a paste that are shown with the question."""


class ChatScreen(OwnCommands, MessageActions):
    BINDINGS = keys.bindings()

    rooms: SideList
    members: SideList
    topic: Bar
    hints: Bar
    status: Bar
    lines: LineView
    composer: Composer
    thread: ThreadView

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.services = services
        self.replying: Entry | None = None
        self.editing: Entry | None = None
        self.completing: tuple[Sequence[str], int] | None = None
        self.in_excerpt = False
        """Whether the line view shows an excerpt around a message instead of the buffer's entries."""
        self.typing_notifications = TypingNotifications(services, self.set_timer)
        self._asked: set[str] = set()
        """The keys of the buffers whose older entries are on their way."""
        self._unread: dict[str, str] = {}
        """By buffer: the key of the entry that the unread line stands before."""
        self._fills = MAX_FILLS
        self._wanted = ("", "")
        """(key of the buffer, msgid) of a message to jump to when it is here."""
        self._thread_changed = False
        self._status = self.buffers.connection.status
        self._connected_at = services.now()
        self._tick: Timer | None = None
        self._heard_again: Timer | None = None

    @property
    def buffers(self) -> Buffers:
        return self.services.buffers

    @property
    def actions(self) -> Actions:
        return self.services.actions

    @property
    def current_buffer(self) -> Buffer:
        return self.buffers.current_buffer

    def compose(self) -> ComposeResult:
        with Horizontal(id="middle"):
            yield SideList(id="rooms")
            with Vertical(id="conversation"):
                yield Bar(id="topic")
                yield LineView(
                    self.services.text_styles, zone=self.services.zone, gallery=self.services.gallery, id="lines"
                )
                yield Bar(id="hints")
                with Horizontal(id="writing"):
                    yield Static("›", id="prompt")
                    yield Composer(self._complete, id="composer")
            yield SideList(id="members")
        yield Bar(id="status")

    def on_mount(self) -> None:
        self.rooms, self.members = self.query_one("#rooms", SideList), self.query_one("#members", SideList)
        self.topic, self.hints = self.query_one("#topic", Bar), self.query_one("#hints", Bar)
        self.status, self.lines = self.query_one("#status", Bar), self.query_one(LineView)
        self.composer = self.query_one(Composer)
        self.lines.files_are_at(self.buffers.file_host)
        self.thread = ThreadView(self.services, self.lines)
        self.set_focus(self.composer)
        self.lay_out()
        self.enter(self.buffers.current)

    def on_resize(self, event: events.Resize) -> None:
        self.lay_out()
        self.draw_all()

    def lay_out(self) -> None:
        """Show the lists that fit, or that the person wants."""
        wanted, width = self.services.preferences, self.app.size.width
        self.rooms.display = wanted.rooms if wanted.rooms is not None else width >= _ROOMS_FROM
        members = wanted.members if wanted.members is not None else width >= _MEMBERS_FROM
        self.members.display = members and bool(self.current_buffer.members)
        self.rooms.styles.width = lists.width_for(self.buffers.in_order)

    # What is typed.

    def on_composer_sent(self, event: Composer.Sent) -> None:
        text = event.text
        own = commands.split(text)
        if own is not None:
            getattr(self, f"command_{own[0]}")(own[1])
        elif not self.current_buffer.name and not text.startswith("/"):
            self.app.bell()
            self.composer.insert(text)
            self.services.show_here("only the server writes here; go to a room, or /join one")
        elif self.editing is not None and not text.startswith("/"):
            self.actions.edit(self.current_buffer.name, self.editing.msgid, text)
        elif self.replying is not None and not text.startswith("/"):
            self.actions.say(self.current_buffer.name, text, reply_to=self.replying.msgid)
        elif self.thread.msgid and not text.startswith("/"):
            self.actions.say(self.current_buffer.name, text, reply_to=self.thread.thread.root)
        elif "\n" in text and not text.startswith("/"):
            self.actions.say(self.current_buffer.name, text)
        else:
            selected = self.lines.selected or self.replying
            self.actions.execute(self.current_buffer.name, text, selected.msgid if selected is not None else "")
        self.replying = self.editing = None
        self.leave_excerpt()
        self.lines.go_end()
        self.draw_hints()

    def on_composer_pasted(self, event: Composer.Pasted) -> None:
        lines = event.text.split("\n")
        preview = "\n".join(printable(line) for line in lines[:_PREVIEW]) + ("\n…" if len(lines) > _PREVIEW else "")
        answers = {"y": "send", "e": "edit first"}

        def answered(answer: str | None) -> None:
            if answer == "y" and self.thread.msgid:
                self.actions.say(self.current_buffer.name, event.text, reply_to=self.thread.thread.root)
            elif answer == "y" and self.current_buffer.name:
                self.actions.paste(self.current_buffer.name, lines)
            elif answer:
                self.composer.insert(event.text)

        self.app.push_screen(Question(f"Send these {len(lines)} lines as one message?", preview, answers), answered)

    def on_composer_completing(self, event: Composer.Completing) -> None:
        self.completing = (event.choices, event.chosen) if event.choices else None
        self.draw_hints()

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        self.typing_notifications.types(self.current_buffer.name, event.text_area.text)

    def _complete(self, line: str) -> completion.Completion:
        names = [one.name for one in self.buffers.in_order if one.name]
        return completion.complete(line, commands.names(), self.current_buffer, names, self.buffers.nick)

    async def on_key(self, event: events.Key) -> None:
        """While a message is selected letters are commands for it. All other keys go to the input."""
        if self.focused is not self.lines:
            if event.key in ("home", "end") and not self.composer.text:
                await self.run_action(event.key)
            return
        if self.lines.selected_paragraph and event.key in ("enter", "space", "x"):
            self.lines.open_paragraph()
            event.stop()
            return
        for key in keys.SELECTED:
            if event.key in key.keys.split(",") or event.character in key.keys.split(","):
                await self.run_action(key.action)
                event.stop()
                return
        if event.is_printable and event.character:
            if event.character == "/" and self.lines.selected is not None:
                self.action_reply()  # the command is about this message
            else:
                self.action_let_go()
            self.composer.insert(event.character)
            event.stop()

    def on_paste(self, event: events.Paste) -> None:
        """A paste goes to the input wherever the focus is."""
        event.stop()
        if self.focused is self.lines:
            self.action_let_go()
        self.composer.take_paste(event.text)

    # Going somewhere.

    def go(self, key: str) -> None:
        """Switch to another buffer."""
        if key == self.buffers.current or key not in self.buffers.by_key:
            return
        self.leave_thread()
        before = self.current_buffer
        before.draft, before.scroll = self.composer.text, self.lines.place if not self.in_excerpt else None
        self.typing_notifications.stop(before.name)
        self._unread.pop(self.buffers.current, None)
        self.enter(key)

    def enter(self, key: str) -> None:
        self.buffers.current = key
        self.replying, self.completing, self.in_excerpt = None, None, False
        self.editing = None
        buffer = self.current_buffer
        first_unread = buffer.first_unread
        if first_unread:
            self._unread[key] = first_unread
        self._show_entries()
        self._begin_writing(buffer.draft)
        self._fills = MAX_FILLS
        if buffer.name:
            self.actions.look(buffer.name)
        self.lay_out()
        self.draw_all()
        self.fill()
        self.seen()

    @property
    def _beginning(self) -> str:
        if self.buffers.connection.status == "connected" and not self.buffers.keeps_history:
            return "this server keeps no history"
        return (
            f"this is where {lists.shown_name(self.current_buffer)} begins" if self.current_buffer.complete else ""
        )

    def _show_entries(self) -> None:
        buffer = self.current_buffer
        place = buffer.scroll
        self.lines.show(
            buffer.entries,
            name=lists.shown_name(buffer),
            nick=self.buffers.nick,
            beginning=self._beginning,
            unread=self._unread.get(self.buffers.current, ""),
            place=place if isinstance(place, tuple) else None,
            hides=self.buffers.ignored.hides,
            threads=partial(thread_line, self.services, buffer),
        )

    def leave_excerpt(self) -> None:
        if self.in_excerpt:
            self.in_excerpt = False
            self.current_buffer.scroll = None
            self._show_entries()

    def jump(self, where: str) -> None:
        """Go to a message that was found, given as its name and its msgid around _JUMP. If it is not here,
        ask for the lines around it."""
        name, _, msgid = where.partition(_JUMP)
        self.buffers.open(name)
        self.go(fold(name))
        self.leave_thread()
        self.leave_excerpt()
        if not self.lines.reveal(msgid):
            self._wanted = (fold(name), msgid)
            self.actions.around(name, msgid)

    @property
    def aside(self) -> bool:
        """Whether something else is seen than the entries of the buffer."""
        return self.in_excerpt or bool(self.thread.msgid)

    # Threads.

    def open_thread(self, msgid: str) -> None:
        """Show the thread of a message in place of the conversation. What is typed then replies in it."""
        buffer = self.current_buffer
        self._keep_draft()
        if not self.aside:
            buffer.scroll = self.lines.place
        self.in_excerpt, self.replying, self.editing = False, None, None
        self.thread.open(msgid)
        self._begin_writing(buffer.replies.get(self.thread.thread.root, ""))
        self.composer.focus()
        self.seen()
        self.draw_all()

    def leave_thread(self) -> None:
        if self.thread.msgid:
            self._keep_draft()
            self.thread.close()
            self.replying = self.editing = None
            self._begin_writing(self.current_buffer.draft)
            self._show_entries()
            self.seen()
            self.draw_all()

    def _keep_draft(self) -> None:
        """A conversation and each of its threads have drafts of their own."""
        if self.thread.msgid:
            self.current_buffer.replies[self.thread.thread.root] = self.composer.text
        else:
            self.current_buffer.draft = self.composer.text

    def _begin_writing(self, draft: str) -> None:
        buffer = self.current_buffer
        self.composer.begin(draft, buffer.typed)
        newcomer = "" if buffer.typed else "; Tab completes, F1 lists the keys"
        wanted = f"Message {lists.shown_name(buffer)}" if buffer.name else "/command"
        self.composer.placeholder = "Reply in the thread; Esc leaves it" if self.thread.msgid else wanted + newcomer

    def action_thread(self) -> None:
        entry = self.lines.selected
        if entry is not None:
            self.open_thread(entry.msgid)

    def action_threads(self) -> None:
        """Choose one of the threads of this conversation, those with unread replies first."""
        buffer = self.current_buffer
        if not any(one.count for one in buffer.threads.by_root.values()):
            self.services.show_here("there are no replies in the messages that are here")
            return
        self.pick("Threads", lambda typed: threads_like(typed, buffer, self.services), self.open_thread, wide=True)

    def command_thread(self, rest: str) -> None:
        selected = self.lines.selected or self.replying
        if selected is not None:
            self.open_thread(selected.msgid)
        else:
            self.action_threads()

    def older(self) -> None:
        """Ask for the page before the oldest entry, unless it is on its way or there is none."""
        buffer, key = self.current_buffer, self.buffers.current
        if not self.buffers.keeps_history or self.in_excerpt or not buffer.name:
            return
        if buffer.complete or key in self._asked:
            return
        self._asked.add(key)
        self.actions.older(buffer.name, buffer.oldest, _PAGE)

    def fill(self) -> None:
        """Ask for older entries while the view has room above those that are here: MAX_FILLS times, because a
        room may have nothing that can be drawn."""
        if self._fills and self.current_buffer.entries and self.lines.short and not self.aside:
            self._fills -= 1
            self.older()

    def on_line_view_near_top(self) -> None:
        self.older()

    def on_line_view_moved(self) -> None:
        self.seen()

    # What has happened.

    def take(self, happened: Iterable[Event]) -> None:
        """Apply events to the buffers, and draw what they change."""
        kinds = set()
        called: tuple[Buffer, Entry] | None = None
        for event in happened:
            if isinstance(event, FileSeen):
                self.services.gallery.seen(event)
            change = self.buffers.apply(event)
            kinds.add(change.kind)
            if change.kind == "tail":
                called = calls(self.services, change) or called
            self._follow(change)
        if self._thread_changed and self.thread.msgid:
            again = "connection" in kinds and self.buffers.connection.status == "connected"
            self.thread.changed(connected=again)
            self.draw_hints()
        self._thread_changed = False
        if kinds & {"tail", "entry", "prepended", "list", "people", "focus", "connection", "forgotten", "ignored"}:
            self.draw_lists()
        if kinds & {"people", "topic", "list", "connection"}:
            self.lay_out()
            self.draw_topic()
        if "upload" in kinds:
            self.draw_hints()
        if kinds & {"connection", "typing", "tail"}:
            self.draw_status()
        if kinds & {"tail", "list"}:
            self.seen()
        if kinds & {"tail", "prepended"}:
            self.fill()
        if called is not None:
            buffer, entry = called
            self.services.notify_person(
                lists.shown_name(buffer), f"{entry.nick}: {seen(without_formatting(entry.text))}"
            )

    def _follow(self, change: Change) -> None:
        here = change.key == self.buffers.current
        if self.thread.msgid and (here or change.kind in ("ignored", "connection")):
            self._thread_changed = True
        if change.kind == "focus":
            self.go(change.key)
        elif change.kind == "files":
            self.lines.files_are_at(self.buffers.file_host)
        elif change.kind == "found":
            self.show_found()
        elif change.kind == "connection":
            if self._status != "connected" == self.buffers.connection.status:
                self._connected_at = self.services.now()
            self._status = self.buffers.connection.status
            self._asked.clear()
            self.lines.rename(self.buffers.nick)
            if not self.aside:
                self.lines.begin_with(self._beginning)
        elif change.kind == "prepended":
            self._asked.discard(change.key)
            if here and not self.aside:
                self.lines.begin_with(self._beginning)
                self.lines.prepended(change.count)
            self._reveal_wanted(change.key)
        elif change.kind == "forgotten":
            self._asked.clear()
            self._unread.clear()
            self.leave_thread()
            self.in_excerpt, self._fills = False, MAX_FILLS
            self._show_entries()
        elif change.kind == "ignored":
            self.lines.hide(self.buffers.ignored.hides)
        elif change.kind == "excerpt":
            self._show_excerpt(change.key)
        elif here and not self.aside and change.kind == "tail":
            self.lines.tail(change.start)
        elif here and not self.aside and change.kind == "entry":
            self.lines.changed(change.start)

    def _reveal_wanted(self, key: str) -> None:
        if self._wanted[0] == key == self.buffers.current and self.lines.reveal(self._wanted[1]):
            self._wanted = ("", "")

    def _show_excerpt(self, key: str) -> None:
        excerpt = self.buffers.by_key[key].excerpt
        if excerpt is None or key != self.buffers.current:
            return
        self.leave_thread()
        self.in_excerpt, self._wanted = True, ("", "")
        self.lines.show(
            excerpt.entries,
            name=lists.shown_name(self.current_buffer),
            nick=self.buffers.nick,
            beginning="",
            unread="",
            hides=self.buffers.ignored.hides,
        )
        self.lines.reveal(excerpt.focus)
        self.draw_hints()

    # What is read.

    def seen(self) -> None:
        """Mark as read what the person sees. What comes while nobody looks is below the unread line."""
        buffer, key = self.current_buffer, self.buffers.current
        if self.thread.msgid and self.thread.seen():
            self.draw_lists()
        if not buffer.unread or not buffer.name:
            return
        if self.services.looking and self.lines.follows and not self.aside:
            self._mark_missed(buffer, key)
            stored = (entry for entry in reversed(buffer.entries) if entry.said and not entry.pending)
            last = next(stored, None)
            if last is not None:
                self.actions.mark_read(buffer.name, last.time)
        elif not self._unread.get(key) and not self.aside:
            self._unread[key] = buffer.first_unread
            self.lines.mark_unread(self._unread[key])

    def _mark_missed(self, buffer: Buffer, key: str) -> None:
        """What came while this client was not connected is below the unread line, although it is read at
        once."""
        if not self._unread.get(key):
            place = buffer.place(buffer.first_unread)
            if place is not None and buffer.entries[place].time < self._connected_at:
                self._unread[key] = buffer.first_unread
                self.lines.mark_unread(self._unread[key])

    def looked_away(self) -> None:
        """From now on new entries are below a new unread line."""
        if not self.current_buffer.unread:
            self._unread.pop(self.buffers.current, None)

    # Drawing.

    def draw_all(self) -> None:
        self.draw_lists()
        self.draw_topic()
        self.draw_status()
        self.draw_hints()

    def draw_lists(self) -> None:
        """Draws itself again when a muted conversation is heard again."""
        styles, now = self.services.text_styles, self.services.now()
        levels = {self.key_of(one): self.buffers.level(one, now) for one in self.buffers.in_order}
        threads = {self.key_of(one): unread_threads(self.services, one) for one in self.buffers.in_order}
        rows = lists.conversation_rows(self.buffers.in_order, self.buffers.current, styles, levels, threads)
        self.rooms.show(rows)
        if self._heard_again is not None:
            self._heard_again.stop()
            self._heard_again = None
        until = self.buffers.told.next_change(now)
        if until is not None:
            self._heard_again = self.set_timer(min(_LONGEST, (until - now) / 1000 + 0.01), self.draw_lists)
        self.members.show(lists.member_rows(self.current_buffer, self.buffers.nick, styles))

    def draw_topic(self) -> None:
        row = bars.topic_row(self.current_buffer, self.services.text_styles, members=not self.members.display)
        self.topic.show(*row)

    def draw_status(self) -> None:
        """Draws itself again in a second while something in it changes with time."""
        now = self.services.now()
        typing = self.current_buffer.typing(now)
        self.status.show(*bars.status_row(self.buffers, typing, now, self.services.text_styles))
        if self._tick is not None:
            self._tick.stop()
            self._tick = None
        if typing or self.buffers.connection.status == "waiting":
            self._tick = self.set_timer(1.0, self.draw_status)

    # Which buffer is shown.

    def on_side_list_picked(self, event: SideList.Picked) -> None:
        if event.list_id == "rooms":
            self.go("" if event.key == lists.SERVER else event.key)
        else:
            self.actions.open(event.key)

    def action_conversation(self, number: int) -> None:
        conversations = self.buffers.in_order
        if number <= len(conversations):
            self.go(self.key_of(conversations[number - 1]))

    def action_step(self, step: int) -> None:
        order = [self.key_of(one) for one in self.buffers.in_order]
        place = order.index(self.buffers.current) if self.buffers.current in order else 0
        self.go(order[(place + step) % len(order)])

    def action_next_unread(self) -> None:
        found = lists.next_unread(self.buffers, self.services.now())
        if found:
            self.go(found)

    def action_switch(self) -> None:
        self.pick(
            "Go to",
            lambda typed: buffers_like(typed, self.buffers, self.services.text_styles, self.services.now()),
            self._switched,
        )

    def _switched(self, name: str) -> None:
        if name == lists.SERVER:
            self.go("")
        elif fold(name) in self.buffers.by_key:
            self.go(fold(name))
        else:
            self.actions.execute(
                self.current_buffer.name, f"/join {name}" if name.startswith("#") else f"/msg {name}"
            )

    @staticmethod
    def key_of(buffer: Buffer) -> str:
        return fold(buffer.name) if buffer.name else ""

    # What is seen of it.

    def action_page_up(self) -> None:
        self.lines.page_up()

    def action_page_down(self) -> None:
        self.lines.page_down()

    def action_home(self) -> None:
        self.lines.go_home()

    def action_end(self) -> None:
        self.leave_excerpt()
        self.lines.go_end()

    def action_let_go(self) -> None:
        if self.lines.selecting or self.focused is self.lines:
            self.lines.unselect()
            self.composer.focus()
        elif self.replying is not None:
            self.replying = None
        elif self.editing is not None:
            self.editing = None
            self.composer.put("")
        elif self.buffers.uploads:
            self.actions.cancel_uploads()
        elif self.thread.msgid:
            self.leave_thread()
        else:
            self.action_end()
        self.draw_hints()

    def action_toggle_rooms(self) -> None:
        self.services.preferences.rooms = not self.rooms.display
        self._chosen()

    def action_toggle_members(self) -> None:
        self.services.preferences.members = not self.members.display
        self._chosen()

    def action_toggle_dark(self) -> None:
        self.command_theme("light" if self.services.palette.dark else "dark")

    def _chosen(self) -> None:
        self.services.save_preferences()
        self.lay_out()
        self.draw_all()

    # The selected message.

    def action_select(self, step: int) -> None:
        self.lines.select(step)
        if self.lines.selecting:
            self.lines.focus()
        else:
            self.composer.focus()

    def on_line_view_selected(self) -> None:
        if self.lines.selecting:
            self.lines.focus()
        elif self.focused is self.lines:
            self.composer.focus()
        self.draw_hints()

    def action_reply(self) -> None:
        self.replying = self.lines.selected
        self.lines.unselect()
        self.composer.focus()
        self.draw_hints()

    def action_edit(self) -> None:
        entry = self.lines.selected
        if entry is None or not entry.own or not entry.said:
            self.app.bell()
            return
        self.editing, self.replying = entry, None
        self.lines.unselect()
        self.composer.put(entry.text)
        self.composer.focus()
        self.draw_hints()

    # Looking for things.

    def action_search(self) -> None:
        """Search this buffer. What was in the input comes back with Up."""
        name = self.current_buffer.name
        self.composer.put_aside(f"/search in:{name} " if name else "/search ")
        self.composer.focus()

    def show_found(self) -> None:
        found = self.buffers.found
        if found is None:
            return
        if not found.hits:
            self.services.show_here(f"nothing found for: {found.text}")
            return
        title = f"{len(found.hits)} found for {found.text}; type to narrow down"
        self.pick(
            title,
            lambda typed: hits_like(typed, found, self.services.text_styles, self.services.zone),
            self.jump,
            wide=True,
        )

    # Commands of the screen.

    def action_help(self) -> None:
        self.command_help("")

    def command_close(self, rest: str) -> None:
        gone = self.current_buffer.name
        if not gone:
            return
        order = [self.key_of(one) for one in self.buffers.in_order]
        place = order.index(self.buffers.current)
        self.go(order[place + 1] if place + 1 < len(order) else order[place - 1])
        self.buffers.close(gone)
        self.draw_lists()

    def action_leave(self) -> None:
        self.actions.quit()

    # The bars.

    def draw_hints(self) -> None:
        styles = self.services.text_styles
        shown: list[Piece] = []
        if self.completing is not None:
            shown = bars.completion_hints(*self.completing, self.lines.size.width, styles)
        elif self.lines.selected_paragraph:
            shown = bars.paragraph_hints(styles)
        elif self.lines.selected is not None:
            shown = bars.selected_hints(styles)
        elif self.editing is not None:
            shown = bars.edit_hint(styles)
        elif self.replying is not None:
            shown = bars.reply_hint(self.replying.nick, self.replying.text, styles)
        elif self.buffers.uploads:
            shown = bars.upload_hints([*self.buffers.uploads.values()], styles)
        elif self.thread.msgid:
            shown = bars.thread_hints(self.thread.thread, styles)
        elif self.in_excerpt:
            shown = bars.excerpt_hints(styles)
        self.hints.set_class(bool(shown), "shown")
        self.hints.show(shown)
