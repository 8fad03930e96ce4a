"""The keys: one table, from which the screen's bindings, the hints and the help are made."""

from __future__ import annotations

from dataclasses import dataclass

from textual.binding import Binding


@dataclass(frozen=True)
class Key:
    """`keys`: Textual's names, separated by commas; `shown`: for people. `action`: a method action_… of the
    screen; "" if the input handles the key itself."""

    keys: str
    shown: str
    help: str
    action: str = ""


_ALT_DIGITS = tuple(
    Key(f"alt+{digit}", f"Alt-{digit}", f"conversation {digit}", f"conversation({digit})") for digit in range(1, 10)
)
EVERYWHERE = (
    Key("f1", "F1", "this help", "help"),
    Key("ctrl+k", "Ctrl-K", "go to a conversation by part of its name", "switch"),
    Key("alt+a", "Alt-A", "go to the next unread conversation, mentions first", "next_unread"),
    Key("ctrl+n,alt+right", "Ctrl-N, Alt-Right", "next conversation", "step(1)"),
    Key("ctrl+p,alt+left", "Ctrl-P, Alt-Left", "previous conversation", "step(-1)"),
    Key("pageup", "PageUp", "scroll up; at the top, load older messages", "page_up"),
    Key("pagedown", "PageDown", "scroll down", "page_down"),
    Key("ctrl+home", "Home, Ctrl-Home", "go to the oldest loaded message (Home: while the input is empty)", "home"),
    Key("ctrl+end", "End, Ctrl-End", "go to the newest message (End: while the input is empty)", "end"),
    Key("alt+up,ctrl+up", "Alt-Up, Ctrl-Up", "select the message above", "select(-1)"),
    Key("alt+down,ctrl+down", "Alt-Down, Ctrl-Down", "select the message below", "select(1)"),
    Key("ctrl+t", "Ctrl-T", "choose a thread of this conversation, unread ones first", "threads"),
    Key("ctrl+f", "Ctrl-F", "search in this conversation", "search"),
    Key("f2", "F2", "show or hide the conversations", "toggle_rooms"),
    Key("f3", "F3", "show or hide the members", "toggle_members"),
    Key("f4", "F4", "switch between light and dark", "toggle_dark"),
    Key(
        "escape",
        "Esc",
        "close a popup, cancel a reply or an upload, unselect a message, leave a thread; then go to the end",
        "let_go",
    ),
    Key("ctrl+q", "Ctrl-Q", "leave", "leave"),
)
SELECTED = (
    Key("r,enter", "r", "reply", "reply"),
    Key("e,+", "e", "react", "react"),
    Key("E", "E", "edit", "edit"),
    Key("t", "t", "thread", "thread"),
    Key("d,delete", "d", "remove", "redact"),
    Key("o", "o", "open its file or link", "open"),
    Key("c", "c", "copy", "copy"),
    Key("up,k", "Up", "message above", "select(-1)"),
    Key("down,j", "Down", "message below", "select(1)"),
    Key("home", "Home", "oldest", "home"),
    Key("end", "End", "newest", "end"),
)
"""While a message is selected. Any other letter goes to the input."""
INPUT = (
    Key("enter", "Enter", "send"),
    Key("ctrl+j,shift+enter,alt+enter", "Ctrl-J, Shift-Enter, Alt-Enter", "new line"),
    Key("tab", "Tab, Shift-Tab", "complete a nick, #room, /command or :emoji:; again for the next"),
    Key("up", "Up, Down", "previous and next input (from the first and last line)"),
    Key("ctrl+u", "Ctrl-U", "delete to the start of the line"),
    Key("ctrl+w", "Ctrl-W", "delete the word before the cursor"),
    Key("ctrl+z,ctrl+y", "Ctrl-Z, Ctrl-Y", "undo, redo"),
)


def bindings() -> list[Binding | tuple[str, str] | tuple[str, str, str]]:
    """The bindings that work wherever the focus is."""
    return [
        Binding(key.keys, key.action, key.help, show=False, priority=key.keys != "escape")
        for key in (*EVERYWHERE, *_ALT_DIGITS)
    ]


def table() -> list[tuple[str, list[tuple[str, str]]]]:
    """(heading, (key, what it does)) for the help."""
    everywhere = [(key.shown, key.help) for key in EVERYWHERE]
    everywhere.insert(3, ("Alt-1 … Alt-9", "the first nine conversations"))
    return [
        ("Keys", everywhere),
        ("In the input", [(key.shown, key.help) for key in INPUT]),
        ("With a message selected", [(key.shown, key.help) for key in SELECTED]),
    ]
