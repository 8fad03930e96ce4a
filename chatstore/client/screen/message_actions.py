"""What the person can do with the selected message, but for what they write about it."""

from __future__ import annotations

from textual.screen import Screen

from chatstore.chat.model.links import first_link
from chatstore.chat.model.text import printable, without_formatting
from chatstore.client.files import opening
from chatstore.client.files.links import files_in
from chatstore.client.screen.choices import reactions_like
from chatstore.client.screen.line_view import LineView
from chatstore.client.screen.popups import Picker, Question
from chatstore.client.screen.services import Services


class MessageActions(Screen[None]):
    services: Services
    lines: LineView

    def action_react(self) -> None:
        entry = self.lines.selected
        if entry is None:
            return

        def reacted(emoji: str) -> None:
            mine = any(said == emoji and self.services.buffers.nick in nicks for said, nicks in entry.reactions)
            send = self.services.actions.unreact if mine else self.services.actions.react
            send(self.services.buffers.current_buffer.name, entry.msgid, emoji)
            self.lines.unselect()

        self.pick("React with", reactions_like, reacted)

    def action_redact(self) -> None:
        entry = self.lines.selected
        if entry is None:
            return

        def answered(answer: str | None) -> None:
            if answer:
                self.services.actions.redact(self.services.buffers.current_buffer.name, entry.msgid)
                self.lines.unselect()

        self.app.push_screen(
            Question(
                "Remove this message for everybody?", printable(entry.text.partition("\n")[0]), {"y": "remove"}
            ),
            answered,
        )

    def action_open(self) -> None:
        """Open the first file or link of the selected message."""
        entry = self.lines.selected
        url = first_link(without_formatting(entry.text)) if entry is not None else ""
        program = opening.opener()
        if entry is not None and (files := files_in(entry.text, self.services.buffers.file_host)):
            self.services.actions.execute(self.services.buffers.current_buffer.name, f"/open {files[0].url}")
        elif url and program:
            opening.open_with(program, url)
        elif url:
            self.services.show_here("there is no desktop here to open it; c copies the message", failed=True)
        else:
            self.app.bell()
            return
        self.lines.unselect()

    def action_copy(self) -> None:
        entry = self.lines.selected
        if entry is not None:
            self.app.copy_to_clipboard(entry.text)
            self.lines.unselect()

    def pick(self, title: str, find: object, picked: object, *, wide: bool = False) -> None:
        """Let the person choose among what `find` finds for what they type; then call `picked`."""

        def answered(value: str | None) -> None:
            if value:
                picked(value)  # type: ignore[operator]

        self.app.push_screen(Picker(title, find, wide=wide), answered)  # type: ignore[arg-type]
