"""The application: it takes the network's events, and ends when the network ends."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Mapping
from datetime import tzinfo
from functools import partial
from pathlib import Path

from textual import events
from textual.app import App

from chatstore.client.buffers import Buffers
from chatstore.client.events import Failure, Info
from chatstore.client.network import Network
from chatstore.client.screen import preferences
from chatstore.client.screen.chat_screen import ChatScreen
from chatstore.client.screen.colors import PALETTES, Styles, theme
from chatstore.client.screen.driver import StdoutDriver
from chatstore.client.screen.notification import notification

Clock = Callable[[], float]


class ChatApp(App[None]):
    """The Services of the screen. `preferences_file`: None to keep no preferences. `background`: "light" or
    "dark", what the terminal has; it counts while the person has chosen no theme. `zone`: None for the local
    time zone."""

    CSS_PATH = "client.tcss"
    ENABLE_COMMAND_PALETTE = False
    AUTO_FOCUS = None
    TITLE = "chatstore"

    def __init__(
        self,
        network: Network,
        buffers: Buffers,
        *,
        background: str = "dark",
        preferences_file: Path | None = None,
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
        self._wall = wall
        self._environment = environment
        self._colors = colors
        self.begun = self.now()
        self._early: list[events.Event] | None = []
        """The keys and pastes that came before the chat was there; None once it is."""
        for palette in PALETTES.values():
            self.register_theme(theme(palette))
        self._apply_theme(self.preferences.theme or background)

    def now(self) -> int:
        """Milliseconds since 1970 UTC."""
        return round(self._wall() * 1000)

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
        self.network.wake_by(partial(self._wake, loop))
        self.network.start()

    def _wake(self, loop: asyncio.AbstractEventLoop) -> None:
        """Called in the network's thread."""
        loop.call_soon_threadsafe(self.call_later, self.take)

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
            if sequence and self._driver is not None:
                self._driver.write(sequence)

    # What it looks like.

    def _apply_theme(self, name: str) -> None:
        self.palette = PALETTES[name if name in PALETTES else "dark"]
        self.text_styles = Styles(self.palette, colors=self._colors)
        self.theme = self.palette.name

    def use_theme(self, name: str) -> None:
        self.preferences.theme = name
        self.save_preferences()
        self._apply_theme(name)

    def save_preferences(self) -> None:
        if self._preferences_file is not None:
            preferences.save(self.preferences, self._preferences_file)

    def show_here(self, text: str, *, failed: bool = False) -> None:
        """Show a text of the client itself in the buffer that the person sees."""
        self._chat.take([Failure("", self.now(), text) if failed else Info("", self.now(), text)])
