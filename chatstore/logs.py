"""The log on standard error, one record a line. Logging never blocks a thread of the server.

A terminal that was stopped with Ctrl-S, or a pipe whose reader hangs, blocks a thread that writes to it. So
records go through a queue to a thread of their own. If the queue is full, they are counted and dropped.
"""

from __future__ import annotations

import json
import logging
import sys
from logging.handlers import QueueHandler, QueueListener
from queue import Full, Queue

from chatstore.chat.model.text import spelled_out

MAX_QUEUED = 10_000
"""Records that may wait to be written."""
_FLUSH_SECONDS = 2.0
"""Seconds that stop() gives the records that wait."""
_TRACEBACKS = logging.Formatter()


class _Enqueue(QueueHandler):
    """Puts records on the queue. If it is full, the record is lost."""

    def __init__(self, queue: Queue[logging.LogRecord | None]) -> None:
        super().__init__(queue)
        self._dropped = 0

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        """Format the message now, because its arguments may change later. No other handler needs the parts,
        so the record itself goes on the queue, and not a copy as in QueueHandler."""
        record.msg, record.args = record.getMessage(), None
        if record.exc_info and not record.exc_text:
            record.exc_text = _TRACEBACKS.formatException(record.exc_info)
        record.exc_info = None
        return record

    def enqueue(self, record: logging.LogRecord) -> None:
        if self._dropped:
            record.msg = f"{record.msg} ({self._dropped} earlier records were lost)"
        try:
            self.queue.put_nowait(record)
            self._dropped = 0
        except Full:
            self._dropped += 1


class Journal(QueueListener):
    """The thread that writes the records. stop() gives it a moment for those that wait, and no more."""

    def __init__(self, queue: Queue[logging.LogRecord | None], handler: logging.Handler) -> None:
        super().__init__(queue, handler)
        self._records = queue

    def stop(self) -> None:
        writer = self._thread
        if writer is None:
            return
        try:
            self._records.put(None, timeout=_FLUSH_SECONDS)
        except Full:
            return
        writer.join(_FLUSH_SECONDS)
        self._thread = None


class JsonFormatter(logging.Formatter):
    """Formats a record as a JSON object on one line: time, level, message."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "message": _one_line(record),
        }
        return json.dumps(entry, ensure_ascii=False)


class TextFormatter(logging.Formatter):
    """Formats a record as one line, whatever its text: `2026-11-22 18:52:38 info alice joined main`."""

    def format(self, record: logging.LogRecord) -> str:
        moment = self.formatTime(record, "%Y-%m-%d %H:%M:%S")
        return f"{moment} {record.levelname.lower():7} {_one_line(record)}"


def set_up_logging(level: str, form: str) -> Journal:
    """Send the log of chatstore to standard error. Call stop() on the result to write the records that
    wait."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    queue: Queue[logging.LogRecord | None] = Queue(MAX_QUEUED)
    listener = Journal(queue, handler)
    root = logging.getLogger("chatstore")
    root.handlers = [_Enqueue(queue)]
    root.setLevel(level.upper())
    root.propagate = False
    listener.start()
    return listener


def _one_line(record: logging.LogRecord) -> str:
    """The message, with the traceback of an error behind it. Control characters are spelled out, so that
    nothing steers a terminal."""
    text = record.getMessage()
    if record.exc_text:
        text += "\n" + record.exc_text
    return spelled_out(text.replace("\n", " | "))
