"""The input: several lines, the inputs before, and completion."""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.message import Message
from textual.widgets import TextArea

from chatstore.client.commands import command_in
from chatstore.client.screen.completion import Completion

_HIGHEST = 8
"""Rows. A longer text scrolls."""
_FURTHER_LINE = ("ctrl+j", "shift+enter", "alt+enter")


class Composer(TextArea):
    """`complete`: completes the last word of a line."""

    class Sent(Message):
        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Pasted(Message):
        """Several lines were pasted, and the person must confirm them."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Completing(Message):
        """Tab chooses from these; empty when that is over."""

        def __init__(self, choices: tuple[str, ...] = (), chosen: int = 0) -> None:
            super().__init__()
            self.choices = choices
            self.chosen = chosen

    def __init__(self, complete: Callable[[str], Completion], *, id: str) -> None:
        super().__init__(
            id=id, compact=True, highlight_cursor_line=False, show_line_numbers=False, tab_behavior="focus"
        )
        self.cursor_blink = False
        self._complete = complete
        self._sent: list[str] = []
        self._at = 0
        self._unsent = ""
        self._choosing: Completion | None = None
        self._chosen = 0

    def begin(self, draft: str, sent: list[str]) -> None:
        """Show the draft of another buffer. `sent`: the inputs before, to which send() adds."""
        self._sent, self._at, self._unsent = sent, len(sent), ""
        self.put(draft)

    def put(self, text: str) -> None:
        """Replace the text, and put the cursor behind it."""
        self.text = text
        self.move_cursor(self.document.end)
        self._grow()

    def put_aside(self, text: str) -> None:
        """Replace the text with another one. Up brings the old one back."""
        self._remember(self.text.strip("\n"))
        self.put(text)

    def send(self) -> None:
        text = self.text.strip("\n")
        if not text.strip():
            return
        self._remember(text)
        self.put("")
        self.post_message(self.Sent(text))

    def _remember(self, text: str) -> None:
        command = command_in(text)
        if text.strip() and self._sent[-1:] != [text] and not (command is not None and command.secret):
            self._sent.append(text)
        self._at = len(self._sent)
        self._unsent = ""

    # Keys.

    async def _on_key(self, event: events.Key) -> None:
        if self._handle(event.key):
            event.stop()
            event.prevent_default()

    def _handle(self, key: str) -> bool:
        """Handle a key of the input's own; False for a key that TextArea handles."""
        if key in ("tab", "shift+tab"):
            self._choose(1 if key == "tab" else -1)
            return True
        self._end_choice()
        if key.startswith("alt+") and key not in _FURTHER_LINE:
            return True  # no command: and no letter, though Textual says that it can be printed
        if key == "enter":
            self.send()
        elif key in _FURTHER_LINE:
            self.insert("\n")
        elif key == "up" and self._row() == 0:
            self._recall(-1)
        elif key == "down" and self._row() >= self.wrapped_document.height - 1:
            self._recall(1)
        else:
            return False
        return True

    async def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        self.take_paste(event.text)

    def take_paste(self, pasted: str) -> None:
        """Insert one line; several lines ask first."""
        text = pasted.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
        if "\n" in text:
            self.post_message(self.Pasted(text))
        elif text:
            self.replace(text, *self.selection)

    def _row(self) -> int:
        return self.wrapped_document.location_to_offset(self.cursor_location).y

    def _recall(self, step: int) -> None:
        """Show the input before or after this one. After the last comes the text that was not sent."""
        place = self._at + step
        if not 0 <= place <= len(self._sent):
            return
        if self._at == len(self._sent):
            self._unsent = self.text
        self._at = place
        self.put(self._sent[place] if place < len(self._sent) else self._unsent)

    # Completion.

    def _choose(self, step: int) -> None:
        row, column = self.cursor_location
        if self._choosing is None:
            self._choosing = self._complete(self.document.get_line(row)[:column])
            self._chosen = 0 if step > 0 else len(self._choosing.choices) - 1
        elif self._choosing.choices:
            self._chosen = (self._chosen + step) % len(self._choosing.choices)
        choices = self._choosing.choices
        if not choices:
            self._choosing = None
            return
        self.replace(choices[self._chosen][0], (row, self._choosing.start), (row, column))
        if len(choices) > 1:
            self.post_message(self.Completing(tuple(shown for _, shown in choices), self._chosen))
        else:
            self._choosing = None

    def _end_choice(self) -> None:
        if self._choosing is not None:
            self._choosing = None
            self.post_message(self.Completing())

    # Height.

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        self._grow()

    def on_resize(self, event: events.Resize) -> None:
        self._grow()

    def _grow(self) -> None:
        self.styles.height = min(_HIGHEST, max(1, self.wrapped_document.height))
