"""The one screen of the client: lists at the sides, the conversation between them, and what the keys do there.

What happens outside comes in by Following (following.py); everything that goes out goes through the actions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Static, TextArea

from chatstore.chat.model.text import printable
from chatstore.client.conversation import Conversation
from chatstore.client.screen import bars, commands, completion, keys, lists
from chatstore.client.screen.bars import Bar
from chatstore.client.screen.composer import Composer
from chatstore.client.screen.finding import conversations_like, hits_like, reactions_like
from chatstore.client.screen.following import Following
from chatstore.client.screen.line_view import LineView
from chatstore.client.screen.popups import Help, Picker, Question
from chatstore.client.screen.side_list import SideList
from chatstore.client.screen.speech import Piece
from chatstore.client.targets import fold

if TYPE_CHECKING:
    from chatstore.client.screen.app import ChatApp

_ROOMS_FROM, _MEMBERS_FROM = 64, 100
"""Columns of the screen from which on there is room for the lists."""
_PREVIEW = 6
"""Lines of what was pasted that are shown with the question."""


class ChatScreen(Following, Screen[None]):
    BINDINGS = keys.bindings()

    def __init__(self) -> None:
        super().__init__()

    @property
    def chat(self) -> ChatApp:
        return cast("ChatApp", self.app)

    def compose(self) -> ComposeResult:
        with Horizontal(id="middle"):
            yield SideList(id="rooms")
            with Vertical(id="conversation"):
                yield Bar(id="topic")
                yield LineView(self.chat.styles_now, zone=self.chat.zone, id="lines")
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
        self.following_begins()
        self.composer.focus()
        self.lay_out()
        self.enter(self.book.current)

    def on_resize(self, event: events.Resize) -> None:
        self.lay_out()
        self.draw_all()

    def lay_out(self) -> None:
        """Show the lists for which there is room, or that are wanted."""
        wanted, width = self.chat.settings, self.app.size.width
        self.rooms.display = wanted.rooms if wanted.rooms is not None else width >= _ROOMS_FROM
        members = wanted.members if wanted.members is not None else width >= _MEMBERS_FROM
        self.members.display = members and bool(self.now_in.members)
        self.rooms.styles.width = lists.width_for(self.book.conversations)

    # What is typed.

    def on_composer_sent(self, event: Composer.Sent) -> None:
        text = event.text
        own = commands.split(text)
        if own is not None:
            getattr(self, f"command_{own[0]}")(own[1])
        elif not self.now_in.name and not text.startswith("/"):
            self.app.bell()
            self.composer.insert(text)
            self.chat.say_here("only the server writes here; go to a room, or /join one")
        elif self.replying is not None and not text.startswith("/"):
            self.actions.say(self.now_in.name, text, reply_to=self.replying.msgid)
        elif "\n" in text and not text.startswith("/"):
            self.actions.say(self.now_in.name, text)
        else:
            selected = self.lines.selected or self.replying
            self.actions.execute(self.now_in.name, text, selected.msgid if selected is not None else "")
        self.replying = None
        self.leave_excerpt()
        self.lines.go_end()
        self.draw_hints()

    def on_composer_pasted(self, event: Composer.Pasted) -> None:
        lines = event.text.split("\n")
        preview = "\n".join(printable(line) for line in lines[:_PREVIEW]) + ("\n…" if len(lines) > _PREVIEW else "")
        answers = {"y": "send", "e": "edit first"}

        def answered(answer: str | None) -> None:
            if answer == "y" and self.now_in.name:
                self.actions.paste(self.now_in.name, lines)
            elif answer:
                self.composer.insert(event.text)

        self.app.push_screen(Question(f"Send these {len(lines)} lines as one message?", preview, answers), answered)

    def on_composer_completing(self, event: Composer.Completing) -> None:
        self.completing = (event.choices, event.chosen) if event.choices else None
        self.draw_hints()

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        self.types(event.text_area.text)

    def _complete(self, line: str) -> completion.Completion:
        names = [one.name for one in self.book.conversations if one.name]
        return completion.complete(line, commands.names(), self.now_in, names, self.book.nick)

    async def on_key(self, event: events.Key) -> None:
        """While a message is selected letters are about it; all others go back to the input."""
        if self.focused is not self.lines:
            if event.key in ("home", "end") and not self.composer.text:
                await self.run_action(event.key)
            return
        if self.lines.selected_paragraph and event.key in ("enter", "space"):
            self.lines.open_paragraph()
            event.stop()
            return
        for key in keys.SELECTED:
            if event.key in key.keys.split(",") or event.character in key.keys.split(","):
                await self.run_action(key.action)
                event.stop()
                return
        if event.is_printable and event.character:
            self.action_let_go()
            self.composer.insert(event.character)
            event.stop()

    # Where one is.

    def on_side_list_picked(self, event: SideList.Picked) -> None:
        if event.list_id == "rooms":
            self.go("" if event.key == lists.SERVER else event.key)
        else:
            self.actions.open(event.key)

    def action_conversation(self, number: int) -> None:
        conversations = self.book.conversations
        if number <= len(conversations):
            self.go(self.key_of(conversations[number - 1]))

    def action_step(self, step: int) -> None:
        order = [self.key_of(one) for one in self.book.conversations]
        place = order.index(self.book.current) if self.book.current in order else 0
        self.go(order[(place + step) % len(order)])

    def action_next_unread(self) -> None:
        waiting = [one for one in self.book.conversations if one.unread and one is not self.now_in]
        if waiting:
            self.go(self.key_of(max(waiting, key=lambda one: (bool(one.mentions), one.last))))

    def action_switch(self) -> None:
        self._pick(
            "Go to", lambda typed: conversations_like(typed, self.book, self.chat.styles_now), self._switched
        )

    def _switched(self, name: str) -> None:
        if name == lists.SERVER:
            self.go("")
        elif fold(name) in self.book.by_key:
            self.go(fold(name))
        else:
            self.actions.execute(self.now_in.name, f"/join {name}" if name.startswith("#") else f"/msg {name}")

    @staticmethod
    def key_of(conversation: Conversation) -> str:
        return fold(conversation.name) if conversation.name else ""

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
        else:
            self.action_end()
        self.draw_hints()

    def action_toggle_rooms(self) -> None:
        self.chat.settings.rooms = not self.rooms.display
        self._chosen()

    def action_toggle_members(self) -> None:
        self.chat.settings.members = not self.members.display
        self._chosen()

    def action_toggle_dark(self) -> None:
        self.command_theme("light" if self.chat.palette.dark else "dark")

    def _chosen(self) -> None:
        self.chat.keep_settings()
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

    def action_react(self) -> None:
        entry = self.lines.selected
        if entry is None:
            return

        def reacted(emoji: str) -> None:
            mine = any(said == emoji and self.book.nick in nicks for said, nicks in entry.reactions)
            send = self.actions.unreact if mine else self.actions.react
            send(self.now_in.name, entry.msgid, emoji)
            self.lines.unselect()

        self._pick("React with", reactions_like, reacted)

    def action_redact(self) -> None:
        entry = self.lines.selected
        if entry is None:
            return

        def answered(answer: str | None) -> None:
            if answer:
                self.actions.redact(self.now_in.name, entry.msgid)
                self.lines.unselect()

        self.app.push_screen(
            Question(
                "Remove this message for everybody?", printable(entry.text.partition("\n")[0]), {"y": "remove"}
            ),
            answered,
        )

    def action_copy(self) -> None:
        entry = self.lines.selected
        if entry is not None:
            self.app.copy_to_clipboard(entry.text)
            self.lines.unselect()

    # Looking for things.

    def action_search(self) -> None:
        """In this conversation; what was typed for it can be called back by Up."""
        name = self.now_in.name
        self.composer.put_aside(f"/search in:{name} " if name else "/search ")
        self.composer.focus()

    def show_found(self) -> None:
        found = self.book.found
        if found is None:
            return
        if not found.hits:
            self.chat.say_here(f"nothing found for: {found.text}")
            return
        title = f"{len(found.hits)} found for {found.text}; type to narrow down"
        self._pick(
            title, lambda typed: hits_like(typed, found, self.chat.styles_now, self.chat.zone), self.jump, wide=True
        )

    def _pick(self, title: str, find: object, picked: object, *, wide: bool = False) -> None:
        def answered(value: str | None) -> None:
            if value:
                picked(value)  # type: ignore[operator]

        self.app.push_screen(Picker(title, find, wide=wide), answered)  # type: ignore[arg-type]

    # Commands of the screen.

    def action_help(self) -> None:
        self.command_help("")

    def command_help(self, rest: str) -> None:
        tables = [*keys.table(), ("Commands", commands.table())]
        self.app.push_screen(
            Help(
                tables,
                "Everything else that you type is a message. To begin one with /, type //.\n"
                "With a screen reader, the line client reads better: chatstore client --plain.",
            )
        )

    def command_theme(self, rest: str) -> None:
        wanted = rest or ("light" if self.chat.palette.dark else "dark")
        if wanted not in ("light", "dark"):
            self.chat.say_here(f"usage: {commands.SCREEN_COMMANDS['theme'].usage}", failed=True)
            return
        self.chat.use_theme(wanted)
        self.lines.restyle(self.chat.styles_now)
        self.draw_all()

    def command_close(self, rest: str) -> None:
        gone = self.now_in.name
        if not gone:
            return
        order = [self.key_of(one) for one in self.book.conversations]
        place = order.index(self.book.current)
        self.go(order[place + 1] if place + 1 < len(order) else order[place - 1])
        self.book.close(gone)
        self.draw_lists()

    def command_notify(self, rest: str) -> None:
        self._switch("notify", rest, "the bell and notifications are")

    def command_typing(self, rest: str) -> None:
        self._switch("typing", rest, "telling others that you type is")

    def _switch(self, name: str, rest: str, what: str) -> None:
        if rest not in ("", "on", "off"):
            self.chat.say_here(f"usage: {commands.SCREEN_COMMANDS[name].usage}", failed=True)
            return
        on = rest == "on" if rest else not getattr(self.chat.settings, name)
        setattr(self.chat.settings, name, on)
        self.chat.keep_settings()
        self.chat.say_here(f"{what} {'on' if on else 'off'}")

    def action_leave(self) -> None:
        self.chat.action_leave()

    # The bars.

    def draw_hints(self) -> None:
        styles = self.chat.styles_now
        shown: list[Piece] = []
        if self.completing is not None:
            shown = bars.completion_hints(*self.completing, self.lines.size.width, styles)
        elif self.lines.selected_paragraph:
            shown = bars.paragraph_hints(styles)
        elif self.lines.selected is not None:
            shown = bars.selected_hints(styles)
        elif self.replying is not None:
            shown = bars.reply_hint(self.replying.nick, self.replying.text, styles)
        elif self.in_excerpt:
            shown = bars.excerpt_hints(styles)
        self.hints.set_class(bool(shown), "shown")
        self.hints.show(shown)
