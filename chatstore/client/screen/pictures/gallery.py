"""What the screen knows of files: how large they are, and their pictures.

It asks when a file comes into view, and keeps little: pictures that were seen a while ago are fetched or
drawn again. A thread draws; everything else happens in the screen's. Nothing here waits.
"""

from __future__ import annotations

import random
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import count

from chatstore.client.events import FileSeen
from chatstore.client.files.links import FileLink
from chatstore.client.screen.pictures.boxes import Box, Cell
from chatstore.client.screen.pictures.drawing import Drawn, Way, draw

MOST_FILES = 2_000
"""Files whose size is kept."""
MOST_BYTES = 4 << 20
"""Bytes of thumbnails, as the server sent them."""
MOST_DRAWN = 24
"""Pictures that are drawn: more than a screen has."""
_AGAIN_MS = 30_000
"""After this time the server is asked again about a file of which it could not tell."""


@dataclass(frozen=True)
class About:
    """What is known of a file. `size`: in bytes, 0 if that is not known. `gone`: it was removed. `blank`: it
    has no picture."""

    size: int = 0
    gone: bool = False
    blank: bool = False


@dataclass(frozen=True)
class Terminal:
    """How pictures are drawn. `background`: #rrggbb."""

    way: Way = "blocks"
    cell: Cell = (10, 20)
    background: str = "#000000"


class Gallery:
    """`ask`: asks the server about a URL, and for its thumbnail; seen() gets the answer. `later`: has the
    screen's thread call something. `send`: sends an escape sequence to the terminal. `changed`: the screen
    has to be drawn again. `now`: in ms."""

    def __init__(
        self,
        *,
        ask: Callable[[str, bool], None],
        later: Callable[[Callable[[], None]], None],
        send: Callable[[str], None],
        changed: Callable[[], None],
        now: Callable[[], int],
    ) -> None:
        self.on = False
        self.terminal = Terminal()
        self._ask, self._later, self._send, self._changed, self._now = ask, later, send, changed, now
        self._about: OrderedDict[str, About] = OrderedDict()
        self._asked: dict[str, tuple[int, bool]] = {}
        """When the server was asked, and whether for the picture. Without those that it has told of."""
        self._small: OrderedDict[str, bytes] = OrderedDict()
        self._drawn: OrderedDict[tuple[str, Box], Drawn] = OrderedDict()
        self._drawing: set[tuple[str, Box]] = set()
        self._round = 0
        """Counts the changes of the terminal: what was drawn for another one is dropped."""
        self._numbers = count(random.randrange(1 << 16, 1 << 23))
        self._thread: ThreadPoolExecutor | None = None

    # What is shown.

    def about(self, link: FileLink) -> About:
        """What is known of a file in view."""
        about = self._about.get(link.file)
        if about is None:
            self._want(link, picture=self._shows(link))
            return About()
        self._about.move_to_end(link.file)
        return about

    def has_space(self, link: FileLink) -> bool:
        """Whether there is space for the file's picture, which may be to come."""
        about = self._about.get(link.file)
        return self._shows(link) and not (about is not None and (about.gone or about.blank))

    def _shows(self, link: FileLink) -> bool:
        return self.on and link.kind == "picture"

    def picture(self, link: FileLink, box: Box) -> Drawn | None:
        """The picture of a file in view; None as long as there is none."""
        key = (link.file, box)
        drawn = self._drawn.get(key)
        if drawn is not None:
            self._drawn.move_to_end(key)
            return drawn
        about = self._about.get(link.file)
        if about is not None and (about.gone or about.blank):
            return None
        data = self._small.get(link.file)
        if data is None:
            self._want(link, picture=True)
        elif key not in self._drawing:
            self._small.move_to_end(link.file)
            self._draw(key, data)
        return None

    def _want(self, link: FileLink, *, picture: bool) -> None:
        when, pictured = self._asked.get(link.file, (0, False))
        if not when or self._now() - when > _AGAIN_MS or (picture and not pictured):
            if len(self._asked) > MOST_FILES:
                self._asked.clear()
            self._asked[link.file] = (self._now(), picture)
            self._ask(link.file, picture)

    # What comes.

    def seen(self, event: FileSeen) -> None:
        """The server has told of a file, or could not."""
        if not event.known and not event.gone:
            return  # it may be asked again, after a while
        pictured = self._asked.pop(event.url, (0, False))[1]
        blank = pictured and not event.picture
        self._about[event.url] = About(event.size, event.gone, blank)
        while len(self._about) > MOST_FILES:
            self._about.popitem(last=False)
        if event.picture:
            self._small[event.url] = event.picture
            while sum(map(len, self._small.values())) > MOST_BYTES:
                self._small.popitem(last=False)
        self._changed()

    def _draw(self, key: tuple[str, Box], data: bytes) -> None:
        self._drawing.add(key)
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, "pictures")
        terminal = self.terminal
        task = partial(
            draw, data, key[1], terminal.way, terminal.cell, terminal.background, next(self._numbers) & 0xFFFFFF
        )
        self._thread.submit(self._drawn_by, task, key, self._round)

    def _drawn_by(self, task: Callable[[], Drawn], key: tuple[str, Box], round: int) -> None:
        """Runs in the thread that draws."""
        drawn: Drawn | None = None
        with suppress(Exception):  # whatever a decoder says of a broken picture: it is not shown
            drawn = task()
        self._later(lambda: self._take(key, drawn, round))

    def _take(self, key: tuple[str, Box], drawn: Drawn | None, round: int) -> None:
        self._drawing.discard(key)
        if round != self._round:
            self._changed()
            return
        if drawn is None:
            self._about[key[0]] = About(self._about.get(key[0], About()).size, blank=True)
            self._small.pop(key[0], None)
        else:
            self._send(drawn.setup)
            self._drawn[key] = drawn
            while len(self._drawn) > MOST_DRAWN:
                self._send(self._drawn.popitem(last=False)[1].undo)
        self._changed()

    # What changes.

    def use(self, terminal: Terminal, *, on: bool) -> None:
        """Draw for this terminal from now on, or no more."""
        if terminal != self.terminal or on != self.on:
            self.terminal, self.on = terminal, on
            self.clear()
            self._changed()

    def clear(self) -> None:
        """Forget what is drawn, here and in the terminal."""
        self._round += 1
        for drawn in self._drawn.values():
            self._send(drawn.undo)
        self._drawn.clear()

    def close(self) -> None:
        self.clear()
        if self._thread is not None:
            self._thread.shutdown(wait=False, cancel_futures=True)
