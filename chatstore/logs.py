"""The log on standard error, one record a line. Logging never blocks a thread of the server.

Every record has an event: a stable name, and fields that belong to it. They are the one argument of the call, a
dictionary, from which the message takes its words:

    log.info("%(account)s logged in from %(address)s", {"event": "login", "account": …, "address": …})

docs/monitoring.md lists the events; tests/watching/test_events.py holds the list complete, and keeps message text,
passwords and tokens out.

A terminal that was stopped with Ctrl-S, or a pipe whose reader hangs, blocks a thread that writes to it. So
records go through a queue to a thread of their own. If the queue is full, they are counted and dropped. When
thousands of clients connect at once, that thread writes many records together.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, TextIO

from chatstore.chat.model.text import spelled_out

MAX_QUEUED = 10_000
"""Records that may wait to be written."""
_GATHERING = 0.02
"""Seconds that a record may wait for others. The first one after a pause of that length is written at once."""
_TOGETHER = 500
"""Records that are written together, at most."""
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


class _Enqueue(logging.Handler):
    """Puts records on the queue, with their `fields` if they are wanted. If it is full, the record is lost."""

    def __init__(self, queue: SimpleQueue[logging.LogRecord | None], *, fields: bool) -> None:
        super().__init__()
        self._queue = queue
        self._fields = fields
        self._dropped = 0

    def emit(self, record: logging.LogRecord) -> None:
        if self._queue.qsize() >= MAX_QUEUED:
            self._dropped += 1
            return
        try:
            self._prepare(record)
        except Exception:
            self.handleError(record)
            return
        if self._dropped:
            record.msg = f"{record.msg} ({self._dropped} earlier records were lost)"
            self._dropped = 0
        self._queue.put(record)

    def _prepare(self, record: logging.LogRecord) -> None:
        """Format the message now, because its arguments may change later."""
        if self._fields and isinstance(record.args, Mapping):
            record.fields = {name: _plain(value) for name, value in record.args.items()}
        record.msg, record.args = record.getMessage(), None
        if record.exc_info and not record.exc_text:
            record.exc_text = _DETAIL.sub("", _TRACEBACKS.formatException(record.exc_info))
        record.exc_info = None


class Journal:
    """The thread that writes the records. `handler` formats them and has the stream."""

    def __init__(
        self, queue: SimpleQueue[logging.LogRecord | None], handler: logging.StreamHandler[TextIO]
    ) -> None:
        self._queue = queue
        self._handler = handler
        self._lost = 0
        """Records that could not be written."""
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Give the records that wait a moment to be written, and no more."""
        self._queue.put(None)
        self._thread.join(_FLUSH_SECONDS)

    def _run(self) -> None:
        ended, written = False, 0.0
        while not ended:
            records = [self._queue.get()]
            if time.monotonic() - written < _GATHERING and self._queue.qsize() < _TOGETHER:
                time.sleep(_GATHERING)
            with suppress(Empty):
                while len(records) < _TOGETHER:
                    records.append(self._queue.get_nowait())
            ended = None in records
            self._write([record for record in records if record is not None])
            written = time.monotonic()

    def _write(self, records: Sequence[logging.LogRecord]) -> None:
        lines = []
        for record in records:
            try:
                lines.append(f"{self._handler.format(record)}\n")
            except Exception:
                self._handler.handleError(record)
        if lines:
            if self._lost:
                lines[0] = f"{lines[0][:-1]} ({self._lost} earlier records could not be written)\n"
            try:
                self._handler.stream.write("".join(lines))
                self._handler.flush()
            except Exception:
                self._lost += len(lines)
                self._handler.handleError(records[-1])
            else:
                self._lost = 0


class _Formatter(logging.Formatter):
    def __init__(self, datefmt: str) -> None:
        super().__init__(datefmt=datefmt)
        self._last = 0, ""

    def moment(self, record: logging.LogRecord) -> str:
        """The record's time, which is made once a second."""
        second, text = self._last
        if second != int(record.created):
            second, text = self._last = int(record.created), self.formatTime(record, self.datefmt)
        return text


class JsonFormatter(_Formatter):
    """Formats a record as a JSON object on one line: time, level, event, message, and the event's fields."""

    def __init__(self) -> None:
        super().__init__("%Y-%m-%dT%H:%M:%S%z")

    def format(self, record: logging.LogRecord) -> str:
        known: dict[str, Any] = record.__dict__.get("fields", {})
        fields = {"event": "other"} | {
            name: spelled_out(value) if isinstance(value, str) else value for name, value in known.items()
        }
        entry = {
            "time": self.moment(record),
            "level": record.levelname.lower(),
            "event": fields.pop("event"),
            "message": _one_line(record),
            **fields,
        }
        return json.dumps(entry, ensure_ascii=False)


class TextFormatter(_Formatter):
    """Formats a record as one line, whatever its text: `2026-11-22 18:52:38 info alice joined main`. For systemd's
    journal, which keeps the time itself, the line begins with the priority (sd-daemon(3)) in place of it."""

    def __init__(self, *, journal: bool) -> None:
        super().__init__("%Y-%m-%d %H:%M:%S")
        self._journal = journal

    def format(self, record: logging.LogRecord) -> str:
        if self._journal:
            return _one_line(record)
        return f"{self.moment(record)} {record.levelname.lower():7} {_one_line(record)}"


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
    queue: SimpleQueue[logging.LogRecord | None] = SimpleQueue()
    root = logging.getLogger("chatstore")
    root.handlers = [_Enqueue(queue, fields=form == "json")]
    root.setLevel(level.upper())
    root.propagate = False
    return Journal(queue, handler)


def _plain(value: object) -> str | int | float | bool | None:
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def _one_line(record: logging.LogRecord) -> str:
    """The message, with the traceback of an error behind it. Control characters are spelled out, so that
    nothing steers a terminal."""
    text = record.getMessage()
    if record.exc_text:
        text += "\n" + record.exc_text
    return spelled_out(text.replace("\n", " | "))
