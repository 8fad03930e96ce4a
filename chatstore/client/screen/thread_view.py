"""A thread in place of its conversation, in the same view: the root, its replies, and what is unread of them."""

from __future__ import annotations

from dataclasses import replace

from chatstore.client.buffer import Buffer
from chatstore.client.entries import Entry
from chatstore.client.screen.drawing import ThreadLine
from chatstore.client.screen.line_view import LineView
from chatstore.client.screen.services import Services
from chatstore.client.threads import Thread

_MAX_STEPS = 20
"""Messages of a chain that are fetched to find its root: a stranger could make one without an end."""


def thread_line(services: Services, buffer: Buffer, msgid: str) -> ThreadLine | None:
    """What stands below the root of a thread."""
    thread = buffer.threads.by_root.get(msgid)
    if thread is None or not thread.count:
        return None
    return ThreadLine(thread.count, thread.last, unread_in(services, thread))


def unread_in(services: Services, thread: Thread) -> int:
    return len(services.reading.unread(thread))


def unread_threads(services: Services, buffer: Buffer) -> int:
    """How many threads of a conversation have unread replies."""
    return sum(unread_in(services, one) > 0 for one in buffer.threads.by_root.values())


class ThreadView:
    """`msgid`: of a message in the thread that is shown; "" while none is."""

    def __init__(self, services: Services, lines: LineView) -> None:
        self._services = services
        self._lines = lines
        self.msgid = ""
        self._asked: set[str] = set()

    @property
    def thread(self) -> Thread:
        buffer = self._services.buffers.current_buffer
        thread = buffer.threads.of(self.msgid)
        return replace(thread, first=thread.first or buffer.message(thread.root))  # one that nobody has replied to

    def open(self, msgid: str) -> None:
        self.msgid = msgid
        self._asked.clear()
        thread = self.thread
        unread = self._services.reading.unread(thread)
        self._lines.show(
            self._entries(thread),
            name="thread",
            nick=self._services.buffers.nick,
            beginning=self._beginning(thread),
            unread=unread[0].key if unread else "",
            hides=self._services.buffers.ignored.hides,
        )
        self._fetch(thread)

    def close(self) -> None:
        self.msgid = ""

    def changed(self, *, connected: bool = False) -> None:
        """Something of the conversation has changed. `connected`: what could not be fetched is asked for again."""
        if connected:
            self._asked.clear()
        thread = self.thread
        self._lines.hide(self._services.buffers.ignored.hides)
        self._lines.begin_with(self._beginning(thread))
        self._lines.put(self._entries(thread))
        self._fetch(thread)

    def seen(self) -> bool:
        """Mark the thread as read if the person sees its end. Whether that is news."""
        if not self._services.looking or not self._lines.follows:
            return False
        before = self._services.reading
        self._services.keep_reading(before.until(self.thread))
        return self._services.reading is not before

    def _fetch(self, thread: Thread) -> None:
        """Ask for the next message on the way to the root."""
        if thread.first is None and thread.root not in self._asked and len(self._asked) < _MAX_STEPS:
            self._asked.add(thread.root)
            self._services.actions.thread(self._services.buffers.current_buffer.name, thread.root)

    @staticmethod
    def _entries(thread: Thread) -> list[Entry]:
        """As they are drawn: that they reply to the root goes without saying."""
        shown = [thread.first] if thread.first is not None else []
        return shown + [replace(one, reply_to="") if one.reply_to == thread.root else one for one in thread.replies]

    def _beginning(self, thread: Thread) -> str:
        """The text above the root; "" where replies may be missing that older pages have."""
        buffer = self._services.buffers.current_buffer
        if not buffer.complete and buffer.place(thread.root) is None:
            return ""
        return f"thread in {buffer.name}"
