"""The application: it takes the network's events, and ends when the network ends."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import tzinfo
from functools import partial
from pathlib import Path

from textual import events
from textual.app import App

from chatstore.client.buffers import Buffers
from chatstore.client.events import Failure, Info
from chatstore.client.names import fold
from chatstore.client.network import Network
from chatstore.client.screen import abilities, preferences
from chatstore.client.screen.abilities import Abilities
from chatstore.client.screen.chat_screen import ChatScreen
from chatstore.client.screen.colors import PALETTES, Styles, theme
from chatstore.client.screen.driver import StdoutDriver
from chatstore.client.screen.notification import notification
from chatstore.client.screen.pictures import choice
from chatstore.client.screen.pictures.gallery import Gallery, Terminal
from chatstore.client.screen.thread_reads import ThreadReads
from chatstore.client.threads import Reading

Clock = Callable[[], float]
_USUAL = Abilities()


class ChatApp(App[None]):
    """The Services of the screen. `preferences_file`, `reads_file`: None to keep no preferences, and not what is
    read in threads. `terminal`: what it is; its background counts while the person has chosen no theme. `zone`:
    None for the local time zone."""

    CSS_PATH = "client.tcss"
    ENABLE_COMMAND_PALETTE = False
    AUTO_FOCUS = None
    TITLE = "chatstore"

    def __init__(
        self,
        network: Network,
        buffers: Buffers,
        *,
        terminal: Abilities = _USUAL,
        preferences_file: Path | None = None,
        reads_file: Path | None = None,
        zone: tzinfo | None = None,
        wall: Clock = time.time,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        colors = "NO_COLOR" not in environment
        driver = StdoutDriver if os.isatty(1) else None
        super().__init__(driver_class=driver, ansi_color=None if colors else True)
        self.animation_level = "none"
        self.network = network
        self.actions = network.actions
        self.buffers = buffers
        self.zone: tzinfo | None = zone
        self.looking = True
        self.preferences = preferences.load(preferences_file) if preferences_file else preferences.Preferences()
        self._preferences_file = preferences_file
        self._reads = ThreadReads(reads_file)
        self._wall = wall
        self._environment = environment
        self._colors = colors
        self.begun = self.now()
        self._early: list[events.Event] | None = []
        """The keys and pastes that came before the chat was there; None once it is."""
        self._terminal = terminal
        self._loop: asyncio.AbstractEventLoop | None = None
        self.gallery = Gallery(
            ask=lambda url, picture: self.actions.look_at_file(url, picture=picture),
            later=self._later,
            send=self._send,
            changed=self._files_changed,
            now=self.now,
        )
        for palette in PALETTES.values():
            self.register_theme(theme(palette))
        self._apply_theme(self.preferences.theme or terminal.background)

    def now(self) -> int:
        """Milliseconds since 1970 UTC."""
        return round(self._wall() * 1000)

    @property
    def reading(self) -> Reading:
        return self._reads.of(self._who, self.begun)

    def keep_reading(self, reading: Reading) -> None:
        self._reads.keep(self._who, reading)

    @property
    def _who(self) -> str:
        return f"{fold(self.buffers.nick)}@{self.buffers.connection.address}"

    # Beginning and end.

    def on_mount(self) -> None:
        self._chat = ChatScreen(self)
        self.push_screen(self._chat)
        self.call_after_refresh(self._listen)

    async def on_event(self, event: events.Event) -> None:
        if self._early is not None and isinstance(event, events.Key | events.Paste):
            self._early.append(event)
        else:
            await super().on_event(event)

    async def _listen(self) -> None:
        early, self._early = self._early or [], None
        for event in early:
            await self.on_event(event)
        loop = asyncio.get_running_loop()
        self._loop = loop
        self.network.wake_by(partial(self._wake, loop))
        self.network.start()

    def _wake(self, loop: asyncio.AbstractEventLoop) -> None:
        """Called in the network's thread."""
        loop.call_soon_threadsafe(self.call_later, self.take)

    def _later(self, what: Callable[[], None]) -> None:
        """For any thread."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended, and nothing is drawn any more
                self._loop.call_soon_threadsafe(self.call_later, what)

    def _files_changed(self) -> None:
        if self._loop is not None:
            self._chat.lines.files_changed()

    def on_resize(self, event: events.Resize) -> None:
        """The person may have chosen another size of the font, too."""
        cell = abilities.cell_of(1) if os.isatty(1) else None
        if cell is not None and cell != self._terminal.cell:
            self._terminal = replace(self._terminal, cell=cell)
            self.use_pictures()

    def take(self) -> None:
        """Take the network's events. After the last one the application ends."""
        self._chat.take(self.network.take())
        if self.buffers.connection.status == "ended":
            self.exit()

    def action_leave(self) -> None:
        self.actions.quit()

    async def action_quit(self) -> None:
        self.action_leave()

    def on_unmount(self) -> None:
        self.gallery.close()
        self.network.wake_by(None)

    # Whether the person looks.

    def on_app_focus(self, event: events.AppFocus) -> None:
        self.looking = True
        self._chat.seen()

    def on_app_blur(self, event: events.AppBlur) -> None:
        self.looking = False
        self._chat.looked_away()

    def notify_person(self, title: str, text: str) -> None:
        """Ring the bell, and show a notification if the terminal has them."""
        if self.preferences.notify:
            self.bell()
            sequence = notification(title, text, self._environment)
            self._send(sequence)

    def _send(self, sequence: str) -> None:
        """Send an escape sequence to the terminal."""
        if sequence and self._driver is not None:
            self._driver.write(sequence)

    # What it looks like.

    def _apply_theme(self, name: str) -> None:
        self.palette = PALETTES[name if name in PALETTES else "dark"]
        self.text_styles = Styles(self.palette, colors=self._colors)
        self.theme = self.palette.name
        self.use_pictures()

    def no_pictures_because(self) -> str:
        coarse = self._terminal.way == "blocks" and not self._terminal.colorful
        return choice.why_not(self.preferences.pictures, self._environment, coarse=coarse)

    def use_pictures(self) -> None:
        """Draw pictures from now on, or no more, as the person and the terminal have it."""
        terminal = Terminal(self._terminal.way, self._terminal.cell, self.palette.background)
        self.gallery.use(terminal, on=not self.no_pictures_because())

    def use_theme(self, name: str) -> None:
        self.preferences.theme = name
        self.save_preferences()
        self._apply_theme(name)

    def save_preferences(self) -> None:
        self.use_pictures()
        if self._preferences_file is not None:
            preferences.save(self.preferences, self._preferences_file)

    def show_here(self, text: str, *, failed: bool = False) -> None:
        """Show a text of the client itself in the buffer that the person sees."""
        self._chat.take([Failure("", self.now(), text) if failed else Info("", self.now(), text)])
