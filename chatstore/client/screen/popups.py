"""Popups over the chat: a list to pick from, a question, and the help."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from chatstore.client.commands import column_of
from chatstore.client.screen.wrapping import wrap


@dataclass(frozen=True)
class Choice:
    """`value` is the result if this is picked."""

    value: str
    text: Text


class Picker(ModalScreen[str]):
    """A list that is filtered by what is typed. `find`: the choices for a text. The result is "" if nothing
    is picked."""

    BINDINGS = [
        Binding("escape", "leave", "", show=False),
        Binding("ctrl+k", "leave", "", show=False, priority=True),
        Binding("ctrl+q", "app.leave", "", show=False, priority=True),
    ]

    def __init__(self, title: str, find: Callable[[str], Sequence[Choice]], *, wide: bool = False) -> None:
        super().__init__()
        self._title = title
        self._find = find
        self._wide = wide
        self._shown: Sequence[Choice] = ()

    def compose(self) -> ComposeResult:
        with Vertical(id="popup", classes="wide" if self._wide else ""):
            yield Input(placeholder=self._title, id="wanted", compact=True)
            yield OptionList(id="choices", compact=True)

    def on_mount(self) -> None:
        wanted = self.query_one(Input)
        wanted.cursor_blink = False
        wanted.focus()
        self._fill("")

    def on_input_changed(self, event: Input.Changed) -> None:
        self._fill(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        place = self.query_one(OptionList).highlighted
        if place is not None:
            self.dismiss(self._shown[place].value)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._shown[event.option_index].value)

    def on_key(self, event: events.Key) -> None:
        """The input keeps the focus; the arrow keys move in the list."""
        choices = self.query_one(OptionList)
        moves: dict[str, Callable[[], None]] = {
            "down": choices.action_cursor_down,
            "up": choices.action_cursor_up,
            "ctrl+n": choices.action_cursor_down,
            "ctrl+p": choices.action_cursor_up,
            "tab": choices.action_cursor_down,
            "shift+tab": choices.action_cursor_up,
            "pagedown": choices.action_page_down,
            "pageup": choices.action_page_up,
        }
        if event.key in moves:
            moves[event.key]()
            event.stop()
            event.prevent_default()

    def action_leave(self) -> None:
        self.dismiss("")

    def _fill(self, wanted: str) -> None:
        self._shown = self._find(wanted)
        choices = self.query_one(OptionList)
        choices.clear_options()
        choices.add_options([Option(choice.text) for choice in self._shown])
        choices.highlighted = 0 if self._shown else None


class Question(ModalScreen[str]):
    """`answers`: key → its label. Enter picks the first. The result of Esc is ""."""

    BINDINGS = [Binding("escape", "leave", "", show=False)]

    def __init__(self, question: str, excerpt: str, answers: dict[str, str]) -> None:
        super().__init__()
        self._question = question
        self._excerpt = excerpt
        self._answers = answers

    def compose(self) -> ComposeResult:
        with Vertical(id="popup", classes="question"):
            yield Static(Text(self._question), id="question")
            yield Static(Text(self._excerpt), id="excerpt")
            keys = Text()
            for place, (key, help) in enumerate(self._answers.items()):
                keys.append("Enter" if place == 0 else key, "bold")
                keys.append(f" {help}   ")
            keys.append("Esc", "bold")
            keys.append(" cancel")
            yield Static(keys, id="answers")

    def on_key(self, event: events.Key) -> None:
        key = next(iter(self._answers)) if event.key == "enter" else event.key
        if key in self._answers:
            event.stop()
            self.dismiss(key)

    def action_leave(self) -> None:
        self.dismiss("")


_WIDEST_HELP, _LEAST_HELP, _HELP_EDGES = 104, 16, 9
_EDGED_FROM = 110
"""Columns of the terminal from which the help has a margin."""


class Help(ModalScreen[None]):
    """`tables`: (heading, (what to type, what it does))."""

    BINDINGS = [
        Binding("escape,f1,q", "leave", "", show=False),
        Binding("home", "top", "", show=False),
        Binding("end", "bottom", "", show=False),
    ]

    def __init__(self, tables: Sequence[tuple[str, Sequence[tuple[str, str]]]], after: str) -> None:
        super().__init__()
        self._tables = tables
        self._after = after

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="popup", classes="help") as popup:
            popup.focus()
            width = column_of([typed for _, rows in self._tables for typed, _ in rows])
            for heading, rows in self._tables:
                yield Static(Text(heading, "bold"), classes="heading")
                for typed, help in rows:
                    beside = f"\n{'':{width + 2}}"
                    with_help = Text(f"{typed:{width}}  " if len(typed) <= width else f"{typed}{beside}", "bold")
                    with_help.append(beside.join(self._rows(help, width)), "not bold")
                    yield Static(with_help)
            yield Static(Text(self._after), classes="heading")

    def _rows(self, help: str, before: int) -> list[str]:
        """The help of a key, in rows beside its column."""
        room = max(_LEAST_HELP, min(_WIDEST_HELP, self.app.size.width) - before - _HELP_EDGES)
        return [help[start:end] for start, end in wrap(help, room)]

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width < _EDGED_FROM, "narrow")

    def action_leave(self) -> None:
        self.dismiss(None)

    def action_top(self) -> None:
        self.query_one(VerticalScroll).scroll_home(animate=False)

    def action_bottom(self) -> None:
        self.query_one(VerticalScroll).scroll_end(animate=False)
