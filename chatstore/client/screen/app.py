"""The application: it wakes up when the network has news, and ends when the network does."""

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

from chatstore.client.book import Book
from chatstore.client.items import Failure, Info
from chatstore.client.network import Network
from chatstore.client.screen import settings
from chatstore.client.screen.chat_screen import ChatScreen
from chatstore.client.screen.colors import PALETTES, Styles, theme
from chatstore.client.screen.notification import notification
from chatstore.client.screen.output import Output

Clock = Callable[[], float]


class ChatApp(App[None]):
    """`kept`: where the person's choices are, None to keep none. `background`: "light" or "dark", what the terminal
    has; it counts while nobody chose. `zone`: None for the local one."""

    CSS_PATH = "client.tcss"
    ENABLE_COMMAND_PALETTE = False
    AUTO_FOCUS = None
    TITLE = "chatstore"

    def __init__(
        self,
        network: Network,
        book: Book,
        *,
        background: str = "dark",
        kept: Path | None = None,
        zone: tzinfo | None = None,
        wall: Clock = time.time,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        colors = "NO_COLOR" not in environment
        super().__init__(driver_class=Output if os.isatty(1) else None, ansi_color=None if colors else True)
        self.animation_level = "none"
        self.network = network
        self.actions = network.actions
        self.book = book
        self.zone = zone
        self.looking = True
        self.settings = settings.load(kept) if kept is not None else settings.Settings()
        self._kept = kept
        self._wall = wall
        self._environment = environment
        self._colors = colors
        self.begun = self.now()
        for palette in PALETTES.values():
            self.register_theme(theme(palette))
        self._wear(self.settings.theme or background)

    def now(self) -> int:
        """Milliseconds since 1970 UTC."""
        return round(self._wall() * 1000)

    # Coming and going.

    def on_mount(self) -> None:
        self._chat = ChatScreen()
        self.push_screen(self._chat)
        self.call_after_refresh(self._listen)

    def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        self.network.wake_by(partial(self._wake, loop))
        self.network.start()

    def _wake(self, loop: asyncio.AbstractEventLoop) -> None:
        """In the network's thread."""
        loop.call_soon_threadsafe(self.call_later, self.take)

    def take(self) -> None:
        """What the network has told; its last word ends the application."""
        self._chat.take(self.network.take())
        if self.book.connection.status == "ended":
            self.exit()

    def action_leave(self) -> None:
        self.actions.quit()

    async def action_quit(self) -> None:
        self.action_leave()

    def on_unmount(self) -> None:
        self.network.wake_by(None)

    # Whether somebody looks.

    def on_app_focus(self, event: events.AppFocus) -> None:
        self.looking = True
        self._chat.seen()

    def on_app_blur(self, event: events.AppBlur) -> None:
        self.looking = False
        self._chat.looked_away()

    def call(self, title: str, text: str) -> None:
        """Somebody is meant who does not look."""
        if self.settings.notify:
            self.bell()
            told = notification(title, text, self._environment)
            if told and self._driver is not None:
                self._driver.write(told)

    # What it looks like.

    def _wear(self, name: str) -> None:
        self.palette = PALETTES[name if name in PALETTES else "dark"]
        self.styles_now = Styles(self.palette, colors=self._colors)
        self.theme = self.palette.name

    def use_theme(self, name: str) -> None:
        self.settings.theme = name
        self.keep_settings()
        self._wear(name)

    def keep_settings(self) -> None:
        if self._kept is not None:
            settings.save(self.settings, self._kept)

    def say_here(self, text: str, *, failed: bool = False) -> None:
        """The screen's own word, in the conversation that is seen."""
        self._chat.take([Failure("", self.now(), text) if failed else Info("", self.now(), text)])
