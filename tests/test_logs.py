"""The log: one record a line, nothing that steers a terminal, and nobody waits for whoever reads it."""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
from pathlib import Path

import pytest

from chatstore import logs

log = logging.getLogger("chatstore.test")


def test_text_is_one_line_whatever_it_holds(capsys: pytest.CaptureFixture[str]) -> None:
    listener = logs.set_up_logging("info", "text")
    log.info("%s said", "eve\nroot logged in\x1b]0;owned\x07")
    log.debug("not this")
    try:
        raise ValueError("on purpose")
    except ValueError:
        log.exception("failed")
    listener.stop()
    first, second = capsys.readouterr().err.splitlines()
    assert first.endswith(r"info    eve | root logged in\x1b]0;owned\x07 said")
    assert "failed | Traceback" in second
    assert "ValueError: on purpose" in second


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    listener = logs.set_up_logging("info", "json")
    log.warning("Иван left")
    listener.stop()
    entry = json.loads(capsys.readouterr().err)
    assert (entry["level"], entry["message"]) == ("warning", "Иван left")


def test_a_reader_that_hangs_delays_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MAX_QUEUED", 10)
    reading, writing = os.pipe()
    with os.fdopen(writing, "w", buffering=1) as stuck:
        monkeypatch.setattr(sys, "stderr", stuck)
        listener = logs.set_up_logging("info", "text")
        for number in range(3000):
            log.info("%d %s", number, "x" * 1000)  # far more than the pipe takes: it comes back at once
        seen = b""
        while b"records were lost" not in seen:
            seen += os.read(reading, 65536)
            log.info("now it is read again")
        listener.stop()
    os.close(reading)


def test_what_could_not_be_written_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading) as lines, os.fdopen(writing, "w") as end:
        monkeypatch.setattr(logging, "raiseExceptions", False)
        monkeypatch.setattr(sys, "stderr", end)
        listener = logs.set_up_logging("info", "text")
        write = end.write
        tried = threading.Event()

        def fail(text: str) -> int:
            tried.set()
            raise BlockingIOError

        end.write = fail  # type: ignore[method-assign]
        log.info("lost")
        assert tried.wait(60)
        end.write = write  # type: ignore[method-assign]
        log.info("kept")
        assert lines.readline().endswith(" kept (1 earlier records could not be written)\n")
        log.info("the next")
        assert lines.readline().endswith(" the next\n")
        listener.stop()


def test_a_record_needs_no_other_to_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading) as lines, os.fdopen(writing, "w") as end:
        monkeypatch.setattr(sys, "stderr", end)
        listener = logs.set_up_logging("info", "text")
        for number in range(5):
            log.info("%d", number)
            assert lines.readline().endswith(f" {number}\n")
        listener.stop()


def test_many_at_once_are_all_written_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    listener = logs.set_up_logging("info", "text")
    for number in range(3 * logs._TOGETHER + 1):
        log.info("%d", number)
    listener.stop()
    said = [line.split()[-1] for line in capsys.readouterr().err.splitlines()]
    assert said == [str(number) for number in range(3 * logs._TOGETHER + 1)]


@pytest.mark.parametrize("formatter", [logs.TextFormatter(journal=False), logs.JsonFormatter()])
def test_each_second_has_its_own_time(formatter: logging.Formatter) -> None:
    record = log.makeRecord("chatstore.test", logging.INFO, "", 0, "it is so", (), None)
    seen = []
    for record.created in (1e9, 1e9 + 0.9, 1e9 + 1, 1e9):
        seen.append(formatter.format(record))
    assert seen[0] == seen[1] == seen[3] != seen[2]


def test_json_has_the_event_and_its_fields(capsys: pytest.CaptureFixture[str]) -> None:
    listener = logs.set_up_logging("info", "json")
    log.info("%(who)s said %(count)d", {"event": "said", "who": "eve\x1b[2J", "count": 3, "path": Path("/tmp")})
    log.warning("100 % of it")
    listener.stop()
    said, other = map(json.loads, capsys.readouterr().err.splitlines())
    assert said == {
        "time": said["time"],
        "level": "info",
        "event": "said",
        "message": r"eve\x1b[2J said 3",
        "who": r"eve\x1b[2J",
        "count": 3,
        "path": "/tmp",
    }
    assert other["event"] == "other"


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_journal_gets_priorities(form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tmp_path / "journal").open("w+") as journal:
        monkeypatch.setattr(sys, "stderr", journal)
        found = os.fstat(journal.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{found.st_dev}:{found.st_ino}")
        listener = logs.set_up_logging("debug", form)
        for level in (log.debug, log.info, log.warning, log.error, log.critical):
            level("it is so")
        listener.stop()
        journal.seek(0)
        lines = journal.read().splitlines()
    assert [line[:3] for line in lines] == ["<7>", "<6>", "<4>", "<3>", "<2>"]
    assert lines[0] == "<7>it is so" or json.loads(lines[0][3:])["message"] == "it is so"


def test_a_journal_that_reads_something_else_gets_none(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for stream in ("1:1", "nonsense", ""):
        monkeypatch.setenv("JOURNAL_STREAM", stream)
        listener = logs.set_up_logging("info", "text")
        log.info("it is so")
        listener.stop()
    assert all(line.startswith("20") for line in capsys.readouterr().err.splitlines())


ROW = (
    "null value in a column\nDETAIL:  Failing row contains (1, my {0}\n\nof two\nlines {0}).\nCONTEXT:  line 1: {0}"
)


@pytest.mark.parametrize("behind", ["", "\n[SQL: INSERT INTO messages]"])
def test_postgresql_shows_no_row_in_a_traceback(capsys: pytest.CaptureFixture[str], behind: str) -> None:
    """Nor where the row has lines of its own. What comes behind it is shown."""
    listener = logs.set_up_logging("info", "text")
    try:
        try:
            raise ValueError(ROW.format("secret") + behind)
        except ValueError as error:
            raise RuntimeError("not stored") from error
    except RuntimeError:
        log.exception("failed")
    listener.stop()
    said = capsys.readouterr().err
    assert "null value" in said
    assert "RuntimeError: not stored" in said
    assert behind.strip() in said
    assert "my secret" not in said
    assert "lines secret" not in said
    assert "1: secret" not in said
