"""The log on standard error, one record a line. Logging never blocks a thread of the server.

Every record has an event: a stable name, and fields that belong to it. They are the one argument of the call, a
dictionary, from which the message takes its words:

    log.info("%(account)s logged in from %(address)s", {"event": "login", "account": …, "address": …})

docs/monitoring.md lists the events; tests/watching/test_events.py holds the list complete, and keeps message text,
passwords and tokens out.

A terminal that was stopped with Ctrl-S, or a pipe whose reader hangs, blocks a thread that writes to it. So
records go through a queue to a thread of their own. If the queue is full, they are counted and dropped.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from collections.abc import Mapping
from logging.handlers import QueueHandler, QueueListener
from queue import Full, Queue

from chatstore.chat.model.text import spelled_out

MAX_QUEUED = 10_000
"""Records that may wait to be written."""
_FLUSH_SECONDS = 2.0
"""Seconds that stop() gives the records that wait."""
_TRACEBACKS = logging.Formatter()
_DETAIL = re.compile(
    r"^(?:DETAIL|HINT|CONTEXT|STATEMENT|QUERY): .*?(?=^\[SQL: |^The above exception was |^During handling of |\Z)",
    re.MULTILINE | re.DOTALL,
)
"""What PostgreSQL adds to an error. It may have the values of a row, which have lines of their own: so it ends only
where SQLAlchemy adds its words, or the next traceback begins."""
_PRIORITIES = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}
"""The journal's, by level."""


class _Enqueue(QueueHandler):
    """Puts records on the queue. If it is full, the record is lost."""

    def __init__(self, queue: Queue[logging.LogRecord | None]) -> None:
        super().__init__(queue)
        self._dropped = 0

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        """Format the message now, because its arguments may change later. No other handler needs the parts,
        so the record itself goes on the queue, and not a copy as in QueueHandler."""
        fields = record.args if isinstance(record.args, Mapping) else {}
        record.fields = {"event": "other", **{name: _plain(value) for name, value in fields.items()}}
        record.msg, record.args = record.getMessage(), None
        if record.exc_info and not record.exc_text:
            record.exc_text = _DETAIL.sub("", _TRACEBACKS.formatException(record.exc_info))
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
    """Formats a record as a JSON object on one line: time, level, event, message, and the event's fields."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {"event": "other"} | record.__dict__.get("fields", {})
        entry = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "event": fields.pop("event"),
            "message": _one_line(record),
            **fields,
        }
        return json.dumps(entry, ensure_ascii=False)


class TextFormatter(logging.Formatter):
    """Formats a record as one line, whatever its text: `2026-11-22 18:52:38 info alice joined main`. For systemd's
    journal, which keeps the time itself, the line begins with the priority (sd-daemon(3)) in place of it."""

    def __init__(self, *, journal: bool) -> None:
        super().__init__()
        self._journal = journal

    def format(self, record: logging.LogRecord) -> str:
        if self._journal:
            return _one_line(record)
        moment = self.formatTime(record, "%Y-%m-%d %H:%M:%S")
        return f"{moment} {record.levelname.lower():7} {_one_line(record)}"


class _Prioritized(logging.Formatter):
    """Puts the priority in front, by which systemd's journal filters (sd-daemon(3), syslog(3))."""

    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self._inner = inner

    def format(self, record: logging.LogRecord) -> str:
        return f"<{_PRIORITIES.get(record.levelno, 6)}>{self._inner.format(record)}"


def goes_to_journal() -> bool:
    """Whether standard error is read by systemd's journal. Spec: systemd.exec(5), $JOURNAL_STREAM."""
    device, _, inode = os.environ.get("JOURNAL_STREAM", "").partition(":")
    try:
        found = os.fstat(sys.stderr.fileno())
    except (AttributeError, OSError, ValueError):  # no file behind it
        return False
    return (device, inode) == (str(found.st_dev), str(found.st_ino))


def set_up_logging(level: str, form: str) -> Journal:
    """Send the log of chatstore to standard error. Call stop() on the result to write the records that
    wait."""
    handler = logging.StreamHandler(sys.stderr)
    journal = goes_to_journal()
    formatter = JsonFormatter() if form == "json" else TextFormatter(journal=journal)
    handler.setFormatter(_Prioritized(formatter) if journal else formatter)
    queue: Queue[logging.LogRecord | None] = Queue(MAX_QUEUED)
    listener = Journal(queue, handler)
    root = logging.getLogger("chatstore")
    root.handlers = [_Enqueue(queue)]
    root.setLevel(level.upper())
    root.propagate = False
    listener.start()
    return listener


def _plain(value: object) -> str | int | float | bool | None:
    """A field's value as JSON has it. Control characters are spelled out, as in the message."""
    return value if isinstance(value, (int, float, bool, type(None))) else spelled_out(str(value))


def _one_line(record: logging.LogRecord) -> str:
    """The message, with the traceback of an error behind it. Control characters are spelled out, so that
    nothing steers a terminal."""
    text = record.getMessage()
    if record.exc_text:
        text += "\n" + record.exc_text
    return spelled_out(text.replace("\n", " | "))
