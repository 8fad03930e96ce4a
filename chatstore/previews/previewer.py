"""Asks the pages that people link, and has their previews told.

The writer only notes that a message has a link (`look`); everything else happens in threads of their own. So no
message waits for a page, and a page that is slow keeps others waiting at most for as long as one page may take.

- One server of a database asks (who leads), so a page is asked once.
- What is known is kept in the database, failures too: a page is asked again after DAYS, or after FAILED.
- The queue is bounded. A message that finds it full has no preview; so has one whose author or whose host was
there too often lately. - Nobody is trusted: the URL is judged, and asked by net/fetching.py; the page is read by
page.py; of a picture only the thumbnail is kept, which is made anew from its pixels."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

import chatstore
from chatstore.chat.changes.previews import KeepPreview, TellPreview
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import ChatError, StoreError
from chatstore.chat.model.events import Published
from chatstore.chat.model.metadata import Subject
from chatstore.chat.model.previews import DIRECT_KEY, Picture, Preview, new_image, previewed, wants_direct
from chatstore.chat.model.room_events import MessagePosted
from chatstore.chat.model.rooms import Room, direct_persons
from chatstore.chat.ports import Change, Store
from chatstore.chat.rules.policy import Policy
from chatstore.chat.rules.rate_limits import TokenBuckets
from chatstore.net.fetching import Fetched, FetchError, Limits, fetch
from chatstore.previews.page import HTML, Page, read_page
from chatstore.urls import Networks

log = logging.getLogger("chatstore")

THREADS = 2
MOST_WAITING = 500
"""Messages that wait. Those that come then have no preview."""
MOST_SAME = 100
"""Messages that wait for one page that is being asked."""
DAY = 86_400_000
LASTS, FAILED = 7 * DAY, 60 * 60_000
"""For how long a preview is kept, and for how long a page that has none is not asked again: ms."""
PAGE = Limits(bytes=512 * 1024, seconds=8.0, redirects=3, types=(*HTML, "image/*"), cut=True)
PICTURE = Limits(bytes=4 * 1024 * 1024, seconds=8.0, redirects=3, types=("image/*",))
MOST_PICTURE = 256 * 1024
"""Bytes of a thumbnail."""
A_HOST, A_PERSON = (5, 6.0), (10, 6.0)
"""How many pages of one host, and links of one person, at once, and the seconds until one more."""
_HEADERS = {
    "User-Agent": f"Mozilla/5.0 (compatible; chatstore/{chatstore.__version__}; link preview; like Twitterbot)",
    "Accept": "text/html,application/xhtml+xml;q=0.9,image/*;q=0.5",
    "Accept-Language": "en, *;q=0.5",
}


class Thumbnails(Protocol):
    """Makes a small picture of the bytes of one; None if that can't be. It may block."""

    def __call__(self, data: bytes) -> Picture | None: ...


class _Waiting(NamedTuple):
    """A message with a link."""

    room: int
    seq: int
    person: int | str
    url: str


class Previewer:
    """`own`: the URL of the server's page, which is not asked. `leads`: whether this server is to ask now.
    `thumbnail`: see Thumbnails. look() may be called before start()."""

    def __init__(
        self,
        store: Store,
        policy: Callable[[], Policy],
        leads: Callable[[], bool],
        own: Callable[[], str] = lambda: "",
        thumbnail: Thumbnails = lambda _: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store, self._policy, self._leads = store, policy, leads
        self._own, self._thumbnail, self._clock = own, thumbnail, clock
        self._waiting: deque[_Waiting] = deque()
        self._asking: dict[str, list[_Waiting]] = {}
        """The messages that wait for each page that is being asked."""
        self._changed = threading.Condition()
        self._stopping = False
        self._busy: set[int | str] = set()
        """Messages that are being looked at, by who said them: one of each person, so that nobody's slow pages take
        all threads."""
        self._threads: list[threading.Thread] = []
        self._hosts = TokenBuckets(*A_HOST, time.monotonic)
        self._people = TokenBuckets(*A_PERSON, time.monotonic)
        self.dropped = 0
        """Messages that found the queue full."""

    def look(self, events: Sequence[Published]) -> None:
        """Note the messages that have links. The writer calls it for everything that was committed."""
        if not self._policy().previews.enabled or not self._leads():
            return
        for event, _ in events:
            if isinstance(event, MessagePosted) and "://" in event.body and not event.audience:
                self._note(event)

    def _note(self, event: MessagePosted) -> None:
        url = previewed(event.body)
        if not url:
            return
        with self._changed:
            if len(self._waiting) >= MOST_WAITING:
                self.dropped += 1
                return
            self._waiting.append(_Waiting(event.room, event.seq, event.actor.key, url))
            self._changed.notify()

    def start(self) -> None:
        """Begin to ask."""
        for number in range(THREADS):
            thread = threading.Thread(target=self._run, name=f"previews-{number}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """End. What is being asked is given up."""
        with self._changed:
            self._stopping = True
            self._waiting.clear()
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(0.2)

    def wait(self, seconds: float) -> bool:
        """Wait until nothing is left to do; for tests. False if that takes longer."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting and not self._busy, seconds)

    # In a thread of its own.

    def _run(self) -> None:
        while (one := self._next()) is not None:
            try:
                self._do(one)
            except (ChatError, StoreError):
                pass  # the database does not answer: there is no preview
            except Exception as error:
                log.exception("a link preview failed: %(error)s", {"event": "preview-failed", "error": error})
            finally:
                with self._changed:
                    self._busy.discard(one.person)
                    self._changed.notify_all()

    def _next(self) -> _Waiting | None:
        with self._changed:
            while not self._stopping:
                for place, one in enumerate(self._waiting):
                    if one.person not in self._busy:
                        del self._waiting[place]
                        self._busy.add(one.person)
                        return one
                self._changed.wait()
            return None

    def _do(self, one: _Waiting) -> None:
        if self._is_own(one.url) or self._audience(one) is None:
            return
        known = self._store.previews.known(one.url, int(self._clock() * 1000))
        if known is not None:
            if known.preview is not None:
                self._submit(self._telling([one], known.preview))
            return
        if not self._may_ask(one):
            return
        with self._changed:
            if (others := self._asking.get(one.url)) is not None:
                if len(others) < MOST_SAME:
                    others.append(one)
                return
            self._asking[one.url] = [one]
        told: Sequence[_Waiting] = ()
        preview, picture, failure = Preview(one.url), None, "INTERNAL"
        try:
            preview, picture, failure = self._ask(one.url)
        finally:
            with self._changed:
                told = self._asking.pop(one.url)
        lasts, most = FAILED if failure else LASTS, self._policy().previews.kept
        said = [(each.room, each.seq) for each in told]
        keep: list[Change] = [KeepPreview(preview, picture, failure, lasts, most, said)]
        self._submit(keep if failure else [*keep, *self._telling(told, preview)])

    def _submit(self, changes: Sequence[Change]) -> None:
        if changes and not self._stopping:
            self._store.submit(changes).result()

    def _telling(self, told: Sequence[_Waiting], preview: Preview) -> list[Change]:
        return [
            TellPreview(each.room, each.seq, preview, people)
            for each in told
            if (people := self._audience(each)) is not None
        ]

    def _is_own(self, url: str) -> bool:
        own = self._own()
        return bool(own) and url.startswith(own)

    def _audience(self, one: _Waiting) -> Sequence[Actor] | None:
        """Who in a direct conversation wants previews; nobody in particular for a room. None: there is no
        preview."""
        room = self._store.rooms.by_id(one.room)
        if room is None:
            return None
        if room.direct:
            return self._wanting(room) or None
        return () if room.previews == "on" else None

    def _wanting(self, room: Room) -> Sequence[Actor]:
        found = []
        for key in dict.fromkeys(direct_persons(room.key)):
            account = self._store.accounts.by_id(key) if isinstance(key, int) else None
            if account is not None:
                values = self._store.metadata.of(Subject(account.name, actor=account.actor))
                if wants_direct(values.get(DIRECT_KEY, "")):
                    found.append(account.actor)
        return found

    def _may_ask(self, one: _Waiting) -> bool:
        """Whether neither the person nor the host was there too often lately."""
        try:
            host = urlsplit(one.url).hostname or ""
        except ValueError:
            return False
        buckets = ((self._people, one.person), (self._hosts, host))
        if any(bucket.wait(key) > 0 for bucket, key in buckets):
            return False
        for bucket, key in buckets:
            bucket.take(key)
        return True

    def _ask(self, url: str) -> tuple[Preview, Picture | None, str]:
        """The preview of a page, its picture, and why there is no preview."""
        networks = Networks(self._policy().previews.allowed)
        try:
            fetched = fetch(url, headers=_HEADERS, limits=PAGE, allowed=networks)
        except FetchError as error:
            return Preview(url), None, error.code
        if not 200 <= fetched.status < 300:
            return Preview(url), None, f"HTTP {fetched.status}"
        page = self._page(fetched, networks)
        picture = self._picture(page.image, networks)
        if page.says_nothing and picture is None:
            return Preview(url), None, "EMPTY"
        if picture is None:
            return Preview(url, page.title, page.description, page.site), None, ""
        image = new_image()
        size = picture.width, picture.height
        return Preview(url, page.title, page.description, page.site, image, *size), picture, ""

    @staticmethod
    def _page(fetched: Fetched, networks: Networks) -> Page:
        if fetched.media_type not in HTML:
            return Page(image=fetched.url)
        return read_page(fetched.body, fetched.headers.get("content-type", ""), fetched.url, networks)

    def _picture(self, url: str, networks: Networks) -> Picture | None:
        if not url:
            return None
        try:
            fetched = fetch(url, headers=_HEADERS, limits=PICTURE, allowed=networks)
        except FetchError:
            return None
        found = self._thumbnail(fetched.body) if 200 <= fetched.status < 300 else None
        return found if found is not None and len(found.data) <= MOST_PICTURE else None
