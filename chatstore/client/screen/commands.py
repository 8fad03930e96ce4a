"""The slash commands of the screen itself. All others are in chatstore/client/commands.py."""

from __future__ import annotations

from dataclasses import dataclass

from chatstore.client.commands import COMMANDS


@dataclass(frozen=True)
class ScreenCommand:
    """`usage` and `help` as in chatstore.client.commands.Command. The method command_… of the screen runs
    it."""

    name: str
    usage: str
    help: str


SCREEN_COMMANDS = {
    command.name: command
    for command in (
        ScreenCommand("help", "/help [COMMAND]", "show all keys and commands, or one command"),
        ScreenCommand("theme", "/theme [light|dark]", "switch between the light and the dark theme"),
        ScreenCommand(
            "close", "/close", "remove this conversation from the list until something new happens in it"
        ),
        ScreenCommand(
            "notify", "/notify [on|off]", "ring the bell and show a notification here; /help notify has the rest"
        ),
        ScreenCommand(
            "pictures", "/pictures [on|off|auto]", "draw the pictures of messages; alone, say if that is on"
        ),
        ScreenCommand("thread", "/thread", "show the thread of the selected message, or choose one"),
        ScreenCommand("typing", "/typing [on|off]", "show others that you are typing"),
    )
}


def names() -> list[str]:
    return sorted({*COMMANDS, *SCREEN_COMMANDS})


def table() -> list[tuple[str, str]]:
    """(usage, help) of all commands, by name."""
    every = {name: (one.usage, one.help) for name, one in COMMANDS.items()}
    every.update({name: (one.usage, one.help) for name, one in SCREEN_COMMANDS.items()})
    return [every[name] for name in sorted(every)]


def split(text: str) -> tuple[str, str] | None:
    """(command of the screen, the text behind it); None for all other input."""
    if not text.startswith("/") or text.startswith("//"):
        return None
    word, _, rest = text[1:].partition(" ")
    return (word.lower(), rest.strip()) if word.lower() in SCREEN_COMMANDS else None
