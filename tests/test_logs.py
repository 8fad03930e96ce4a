"""The log: one record a line, nothing that steers a terminal, and nobody waits for whoever reads it."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterator

import pytest

from chatstore import logs

log = logging.getLogger("chatstore.test")


@pytest.fixture(autouse=True)
def own_logging() -> Iterator[None]:
    root = logging.getLogger("chatstore")
    before = root.handlers, root.level, root.propagate
    yield
    root.handlers, root.level, root.propagate = before


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
