"""One person at the screen, in a test: the real application without a terminal, connected to a real server.

What a test waits for is what is true of the screen or of the server, never a time that passes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timezone
from pathlib import Path
from typing import Any

from textual import events
from textual.pilot import Pilot

from chatstore.client import loop
from chatstore.client.address import Address
from chatstore.client.buffer import Buffer
from chatstore.client.buffers import Buffers
from chatstore.client.names import fold
from chatstore.client.network import Network
from chatstore.client.screen.abilities import Abilities
from chatstore.client.screen.app import ChatApp
from chatstore.client.screen.chat_screen import ChatScreen
from tests.running import PASSWORD, Running

SECONDS = 40.0
USUAL = Abilities()
SOON = loop.Timing(first_wait=0.05, max_wait=0.2, quit=20.0)


async def until(pilot: Pilot[Any], test: Callable[[], object]) -> None:
    """Until this is true; it is asked again after whatever the application has done."""
    end = time.monotonic() + SECONDS
    while not test():
        assert time.monotonic() < end, f"it never came to be; the screen:\n{picture(pilot)}"
        await asyncio.sleep(0.005)


def picture(pilot: Pilot[Any]) -> str:
    screen = pilot.app.screen
    return "\n".join(strip.text for strip in screen._compositor.render_strips())


class Person:
    def __init__(self, app: ChatApp, pilot: Pilot[Any]) -> None:
        self.app = app
        self.pilot = pilot
        self.bells: list[str] = []

    @property
    def buffers(self) -> Buffers:
        return self.app.buffers

    @property
    def screen(self) -> ChatScreen:
        """The chat, whatever has opened over it."""
        chat = self.app.screen_stack[1]
        assert isinstance(chat, ChatScreen)
        return chat

    @property
    def lines(self) -> list[str]:
        """What is seen of the conversation."""
        return self.screen.lines.text_rows()

    @property
    def picture(self) -> str:
        return picture(self.pilot)

    def __getitem__(self, name: str) -> Buffer:
        return self.buffers.open(name)

    def sees(self, text: str) -> bool:
        return any(text in line for line in self.lines)

    async def until(self, test: Callable[[], object]) -> None:
        await until(self.pilot, test)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        """Put into the input, and send it."""
        self.screen.composer.put(text)
        await self.press("enter")

    def said(self, name: str) -> list[str]:
        return [entry.text for entry in self[name].entries if entry.said and not entry.pending]


@asynccontextmanager
async def at_the_screen(
    server: Running,
    name: str,
    *rooms: str,
    size: tuple[int, int] = (100, 30),
    create: bool = True,
    environment: Mapping[str, str] | None = None,
    kept: Path | None = None,
    timing: loop.Timing = SOON,
    why: str = "",
    early: Sequence[events.Event] = (),
    terminal: Abilities = USUAL,
) -> AsyncIterator[Person]:
    """From the login to leaving. `why`: what ends it otherwise. `early`: what the terminal
    sends before anything is drawn."""
    rooms = rooms or ("#main",)
    network = Network(
        Address("127.0.0.1", server.port()), loop.Account(name, PASSWORD, create), rooms, timing=timing
    )
    network.enter()
    buffers = Buffers(name)
    buffers.open(rooms[0])
    buffers.current = fold(rooms[0])
    app = ChatApp(
        network,
        buffers,
        terminal=terminal,
        zone=timezone.utc,
        environment=environment or {},
        preferences_file=kept,
    )
    for event in early:
        app.post_message(event)
    async with app.run_test(size=size) as pilot:
        person = Person(app, pilot)
        await person.until(lambda: len(app.screen_stack) > 1 and buffers.open(rooms[0]).joined)
        yield person
        app.actions.quit()
        await person.until(lambda: buffers.connection.status == "ended")
    assert network.join(SECONDS)
    assert network.why == why, network.why


def go(scenario: Coroutine[Any, Any, None]) -> None:
    asyncio.run(scenario)
